// SPDX-License-Identifier: Apache-2.0
import Isolation

extension InterpreterService {
    /// Where programs inside a computer look for the code interpreter.
    static let port = 49999

    /// Lets `http://localhost:49999/health` answer inside the computer. The interpreter itself is on the host's side.
    static func answerHealth(in computer: any Computer) {
        // A task of its own: a computer is there without waiting for this, and lives on where it cannot be.
        Task {
            _ = try? await computer.start(
                ComputerProcessRequest(
                    command: SandboxPath.tool, arguments: ["tool", "health", "\(port)"], directory: "/",
                    isInternal: true))
        }
    }
}
