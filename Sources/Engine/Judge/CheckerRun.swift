// SPDX-License-Identifier: Apache-2.0
import Isolation
import Languages
import NestboxCore

/// A checker that is a program: compiled once for its problem, run for each output in a sandbox of its own. The submission
/// has no part in that sandbox but what it printed.
final class CheckerRun: Sendable {
    private static let names = (input: "input.txt", output: "output.txt", answer: "answer.txt")
    private static let mostMessageBytes = 4096

    private let program: PreparedProgram
    private let hasOwnDisk: Bool
    private let hasOwnMemory: Bool
    private let maximum: Limits
    private let held = HeldCompilation()
    /// So that several cases at one time do not compile it several times.
    private let compiling = Places(1)

    var pack: LanguagePack { program.pack }

    /// - Parameter rules: What holds for the key of whoever brings the checker: it is a program of theirs like any other.
    /// - Throws: ``RequestError`` when it cannot be run, its language unknown or not installed for example.
    init(_ checker: CheckerProgram, _ preparation: RunPreparation, _ rules: KeyRules?) throws(RequestError) {
        var request = checker.request
        request.keyRules = rules
        guard case .program(let program) = try preparation.prepare(request) else {
            throw RequestError(.missingCode, "there is no checker: give code or files", field: "code")
        }
        for name in [Self.names.input, Self.names.output, Self.names.answer]
        where program.files.contains(where: { $0.path == name || PathText.isFolder(name, of: $0.path) }) {
            throw RequestError(
                .conflictingFields, "'\(name)' is the name of a file that the checker is given", field: "files")
        }
        self.program = program
        hasOwnDisk = checker.limits.diskBytes != nil
        hasOwnMemory = checker.limits.memoryBytes != nil
        maximum = preparation.configuration.maximumLimits.atMost(rules?.limits ?? LimitsRequest())
    }

    /// What the checker says of an output.
    ///
    /// - Throws: `CancellationError`; ``ServiceError`` when no sandbox could be made.
    func check(
        input: [UInt8], output: [UInt8], answer: [UInt8], runner: ProgramRunner
    ) async throws -> CheckerReport {
        let report = try await run(program(input: input, output: output, answer: answer), runner)
        guard report.verdict != .cancelled else { throw CancellationError() }
        return Self.judgement(report)
    }

    private func program(input: [UInt8], output: [UInt8], answer: [UInt8]) -> PreparedProgram {
        var program = program
        program.laterFiles += [
            .init(path: Self.names.input, content: input), .init(path: Self.names.output, content: output),
            .init(path: Self.names.answer, content: answer),
        ]
        program.arguments = [Self.names.input, Self.names.output, Self.names.answer].map { "\(SandboxPath.home)/\($0)" }
        // Files are memory: a checker that was not told otherwise has room for what it is to compare, and for a copy.
        let files = input.count + output.count + answer.count
        if !hasOwnDisk { program.limits.diskBytes = min(maximum.diskBytes, program.limits.diskBytes + files) }
        if !hasOwnMemory {
            program.limits.memoryBytes = min(maximum.memoryBytes, program.limits.memoryBytes + 4 * files)
        }
        return program
    }

    /// Lets a submission talk to this program and returns what the submission came to, and what the program says of it: nil when
    /// the submission has failed by itself.
    ///
    /// - Throws: `CancellationError`; ``ServiceError`` when no sandbox could be made.
    func talk(
        to submission: PreparedProgram, held other: HeldCompilation, input: [UInt8], answer: [UInt8],
        runner: ProgramRunner
    ) async throws -> (RunReport, CheckerReport?) {
        var judge = PairedProgram(program(input: input, output: [], answer: answer), grace: nil)
        judge.held = held
        var talker = PairedProgram(submission, keptBytes: CaseReport.mostOutputBytes)
        talker.held = other
        let pair = try await PairRunner(runner: runner).run(judge, talker)
        if Task.isCancelled { throw CancellationError() }
        if let compile = pair.second.compile, compile.verdict != .ok { return (pair.second, nil) }
        switch pair.second.verdict {
        case .ok, .cancelled, .internalError: break
        // Where the other end has gone away, a program may fail for no other reason.
        case .runtimeError, .signaled: if pair.endedFirst == .second { return (pair.second, nil) }
        default: return (pair.second, nil)
        }
        return (pair.second, Self.judgement(pair.first))
    }

    private func run(_ program: PreparedProgram, _ runner: ProgramRunner) async throws -> RunReport {
        let id = Identifier.make(prefix: "check")
        if program.pack.compile == nil || held.entry != nil {
            return try await runner.run(program, id: id, held: held, queued: .zero) { _ in }
        }
        guard await compiling.enter() else { throw CancellationError() }
        defer { compiling.leave() }
        return try await runner.run(program, id: id, held: held, queued: .zero) { _ in }
    }

    /// What a checker said by its end.
    static func judgement(_ report: RunReport) -> CheckerReport {
        func failed(_ message: String) -> CheckerReport {
            CheckerReport(outcome: .failed, message: message, share: 0)
        }
        let message = text(report.stage.stderr)
        if let compile = report.compile, compile.verdict != .ok {
            return failed("the checker does not compile (\(compile.verdict.rawValue)): \(text(compile.stderr))")
        }
        switch report.verdict {
        case .ok: return CheckerReport(outcome: .accepted, message: message, share: 1)
        case .runtimeError:
            // An uncaught error ends an interpreter with the code that means "wrong".
            if let error = report.error, !error.traceback.isEmpty {
                return failed("the checker ended by an error: \(text("\(error.type): \(error.message)"))")
            }
            switch report.stage.exitCode {
            case 1: return CheckerReport(outcome: .wrong, message: message, share: 0)
            case 2: return CheckerReport(outcome: .presentation, message: message, share: 0)
            case 7:
                guard let share = share(in: report.stage.stderr) else {
                    return failed("the checker ended with code 7 and named no share from 0 to 1: \(message)")
                }
                return CheckerReport(outcome: .partial, message: message, share: share)
            case 3: return failed(message.isEmpty ? "the checker says that it failed" : message)
            case let code: return failed("the checker ended with code \(code ?? -1): \(message)")
            }
        case .internalError: return failed(report.error?.message ?? "the checker could not be run")
        case let verdict:
            let signal = report.stage.signal.map { " by \($0)" } ?? ""
            return failed("the checker ended as \(verdict.rawValue)\(signal)\(message.isEmpty ? "" : ": \(message)")")
        }
    }

    /// The number that comes first, after the word `points` perhaps.
    private static func share(in stderr: String) -> Double? {
        let words = stderr.split(maxSplits: 2, whereSeparator: \.isWhitespace)
        guard let first = words.first else { return nil }
        let word = first == "points" ? words.dropFirst().first : first
        guard let share = word.flatMap({ Double($0) }), share >= 0, share <= 1 else { return nil }
        return share
    }

    private static func text(_ text: String) -> String {
        let trimmed = text.trimmingPrefix(while: \.isWhitespace)
        guard trimmed.utf8.count > mostMessageBytes else {
            return String(trimmed.reversed().trimmingPrefix(while: \.isWhitespace).reversed())
        }
        return CaseReport.beginning(of: String(trimmed), mostMessageBytes)
    }
}

extension CaseReport {
    /// As many whole characters of a text as fit into a number of bytes.
    static func beginning(of text: String, _ bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: bytes)
        while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
