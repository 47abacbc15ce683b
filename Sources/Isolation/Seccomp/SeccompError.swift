// SPDX-License-Identifier: Apache-2.0

/// A system call profile that cannot be used. The text says what was wrong and what would be right.
public struct SeccompError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The text is not YAML.
        case invalidYAML = "invalid_yaml"
        case unknownKey = "unknown_key"
        case missingKey = "missing_key"
        /// A mapping, list or text stands where another one belongs.
        case wrongType = "wrong_type"
        /// A number, name or combination that no filter can be made from.
        case invalidValue = "invalid_value"
        /// No architecture has a call of this name, or the one at hand has not.
        case unknownSyscall = "unknown_syscall"
        /// The same thing is said twice.
        case duplicate
        /// No bundled profile has this name.
        case unknownProfile = "unknown_profile"
        /// libseccomp refused or failed.
        case libraryFailed = "library_failed"
        /// The program is larger than the kernel takes, or not what was asked for.
        case invalidProgram = "invalid_program"
    }

    public let code: Code
    public let message: String
    /// The profile's file name; nil when the error is about none.
    public let file: String?
    /// Counted from 1; nil when the error is about the file as a whole.
    public let line: Int?

    public init(_ code: Code, _ message: String, file: String? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    /// `run.yaml:12: message (code)`
    public var description: String {
        let place = [file, line.map(String.init)].compactMap(\.self)
        return (place.isEmpty ? "" : place.joined(separator: ":") + ": ") + "\(message) (\(code.rawValue))"
    }
}
