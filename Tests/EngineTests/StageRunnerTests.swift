// SPDX-License-Identifier: Apache-2.0
import Isolation
import NestboxCore
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct StageRunnerTests {
    /// A machine that stands still cannot make a run wait for ever: its limits count from the program's start.
    @Test func anAgentThatDoesNotStartTheProgramIsTold() async throws {
        let runner = StageRunner(
            sandbox: try FakeSandbox(id: "hung"), limits: .standard, stdin: [], isCompile: false,
            startTime: .milliseconds(50)
        ) { _ in }
        let error = await #expect(throws: IsolationError.self) {
            _ = try await runner.run(ProgramSpec(arguments: ["/bin/true"], environment: [:], directory: "/"))
        }
        #expect(error?.code == .guestFailed)
        #expect(error?.message.contains("did not answer") == true)
    }
}
