// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Finds programs as execvp(3) does.
enum ProgramLookup {
    /// `program` itself when it has a slash; else the first file of that name in the environment's `PATH`; else
    /// `program` again, for which exec then reports the truth.
    static func path(of program: String, environment: [String]) -> String {
        guard !program.contains("/"), let path = environment.first(where: { $0.hasPrefix("PATH=") }) else {
            return program
        }
        for directory in path.dropFirst(5).split(separator: ":") {
            let candidate = "\(directory)/\(program)"
            if Files.exists(candidate) { return candidate }
        }
        return program
    }
}
