// SPDX-License-Identifier: Apache-2.0

/// A language pack, or a set of packs, that cannot be used.
public struct LanguagePackError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Name of the file, as the caller gave it.
    public let file: String
    /// 1-based line; nil when the whole file is to blame.
    public let line: Int?
    /// What is wrong and what would be right.
    public let message: String

    public init(file: String, line: Int?, message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message)" }
}
