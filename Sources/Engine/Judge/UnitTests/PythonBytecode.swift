// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore
import Synchronization

/// Our own Python texts as the installed interpreter compiles them: to compile them costs an interpreter more than to run most
/// answers. Asked for once by text and toolchain, in a sandbox that nobody else's code was in.
final class PythonBytecode: Sendable {
    private struct Key: Hashable {
        let text: String
        let toolchain: String
    }

    private let state = Mutex<[Key: Task<[UInt8]?, Never>]>([:])

    /// Name of the file that ``loader`` reads.
    static let file = "harness.bin"
    /// A program that goes on as the text that was compiled.
    static let loader = """
        import marshal as _marshal
        with open("\(file)", "rb") as _code:
            _code = _marshal.loads(_code.read())
        exec(_code)

        """

    private static let compiler = """
        import base64, marshal, sys
        with open("text", encoding="utf-8") as file:
            text = file.read()
        code = compile(text, "\(SandboxPath.home)/main.py", "exec", dont_inherit=True)
        sys.stdout.write(base64.b64encode(marshal.dumps(code)).decode())

        """

    /// What `marshal` (Python's own module, of one version's format) makes of a text's code.
    ///
    /// - Returns: Nil when it could not be compiled; the text then goes as it is.
    func code(of text: String, _ preparation: RunPreparation, _ runner: ProgramRunner) async -> [UInt8]? {
        let request = RunRequest(
            code: Self.compiler, files: [FileInput(path: "text", content: text)], language: "python",
            limits: LimitsRequest(outputBytes: 1 << 20))
        guard case .program(var program)? = try? preparation.prepare(request) else { return nil }
        // The text is ours.
        program.policies = []
        let compiling = program
        let key = Key(text: text, toolchain: runner.versions.fingerprint(of: program.pack))
        // Shared by all who want it; none of them may cancel it for the others.
        let task = state.withLock { state in
            if let task = state[key] { return task }
            let task = Task { await Self.compile(compiling, runner) }
            state[key] = task
            return task
        }
        let code = await task.value
        if code == nil { state.withLock { $0[key] = nil } }
        return code
    }

    private static func compile(_ program: PreparedProgram, _ runner: ProgramRunner) async -> [UInt8]? {
        let id = Identifier.make(prefix: "run")
        guard let report = try? await runner.run(program, id: id, queued: .zero, onEvent: { _ in }),
            report.verdict == .ok, !report.stage.stdoutTruncated, let data = Data(base64Encoded: report.stage.stdout)
        else { return nil }
        return Array(data)
    }
}
