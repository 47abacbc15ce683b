// SPDX-License-Identifier: Apache-2.0
import Isolation
import OCIDriver

/// OCI runtimes as they stand in a configuration: `NAME=KIND:PROGRAM ARGUMENT ...`.
enum RuntimeRule {
    private static let mostNameBytes = 32
    /// Names of what is not an OCI runtime.
    private static let taken: Set<String> = ["namespace", "microvm", "firecracker", StrongestIsolation.word]

    static func runtime(_ text: String) throws(ValueError) -> OCIRuntime {
        guard let equals = text.firstIndex(of: "="), let colon = text[equals...].firstIndex(of: ":") else {
            throw ValueError(
                "'\(text)' is no runtime; write NAME=KIND:PROGRAM, such as systrap=runsc:/opt/runsc --platform=systrap")
        }
        let name = String(text[..<equals])
        let isName =
            name.first?.isLowercase ?? false
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard isName, name.utf8.count <= mostNameBytes else {
            throw ValueError(
                "'\(name)' is no name of a runtime; use up to \(mostNameBytes) of a-z, 0-9 and -, a letter first")
        }
        guard !taken.contains(name) else { throw ValueError("'\(name)' is no OCI runtime; use another name") }
        let kindName = String(text[text.index(after: equals)..<colon])
        guard let kind = OCIRuntime.Kind(rawValue: kindName) else {
            let kinds = OCIRuntime.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValueError("'\(kindName)' of runtime '\(name)' is no kind of command line; there are \(kinds)")
        }
        let words = text[text.index(after: colon)...].split(separator: " ").map(String.init)
        guard let program = words.first, program.hasPrefix("/") else {
            throw ValueError("the program of runtime '\(name)' must be an absolute path")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw ValueError("runtime '\(name)' has control characters")
        }
        return OCIRuntime(name: name, kind: kind, program: program, arguments: Array(words.dropFirst()))
    }

    /// The built-in ones with the operator's: one of the same name takes its place, others come behind.
    static func runtimes(with texts: [String]) throws(ValueError) -> [OCIRuntime] {
        var runtimes = OCIRuntime.builtIn
        for text in texts {
            let runtime = try runtime(text)
            if let index = runtimes.firstIndex(where: { $0.name == runtime.name }) {
                runtimes[index] = runtime
            } else {
                runtimes.append(runtime)
            }
        }
        return runtimes
    }
}
