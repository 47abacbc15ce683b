// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NIOCore
import NIOWebSocket
import NestboxCore
import Synchronization

/// One WebSocket of `/api/v2/connect`: one job, talked to while it runs.
struct PistonConversation: Sendable {
    /// How long a client may take to say what to run.
    private static let patience = Duration.seconds(1)

    private enum End {
        static let alreadyInitialized = (code: UInt16(4000), reason: "Already Initialized")
        static let initializationTimeout = (code: UInt16(4001), reason: "Initialization Timeout")
        static let notifiedError = (code: UInt16(4002), reason: "Notified Error")
        static let notYetInitialized = (code: UInt16(4003), reason: "Not yet initialized")
        static let onlyStdin = (code: UInt16(4004), reason: "Can only write to stdin")
        static let invalidSignal = (code: UInt16(4005), reason: "Invalid signal")
        static let completed = (code: UInt16(4999), reason: "Job Completed")
    }

    let socket: WebSocketConnection
    let runner: DropInRunner
    let errors: ErrorReporter
    let context: APIContext

    /// Returns when the conversation is over and its run is gone.
    func hold() async {
        let input = ProgramInput()
        var job: Task<Void, Never>?
        let timer = Task {
            try await Task.sleep(for: Self.patience)
            await end(End.initializationTimeout)
        }
        while let message = await socket.next() {
            do {
                switch try PistonMessage(message) {
                case .start(let start):
                    guard job == nil else {
                        await end(End.alreadyInitialized)
                        break
                    }
                    timer.cancel()
                    job = self.start(start, input: input)
                case .input(let stream, let data):
                    if job == nil {
                        await end(End.notYetInitialized)
                    } else if stream == "stdin" {
                        await input.write(Array(data.utf8))
                    } else {
                        await end(End.onlyStdin)
                    }
                case .signal(let number):
                    if job == nil {
                        await end(End.notYetInitialized)
                    } else if let number {
                        input.signal(number)
                    } else {
                        await end(End.invalidSignal)
                    }
                case .other: break
                }
            } catch {
                await tell(error)
            }
        }
        timer.cancel()
        job?.cancel()
        input.close()
        await job?.value
        socket.end()
    }

    private func end(_ end: (code: UInt16, reason: String)) async {
        await socket.close(WebSocketErrorCode(codeNumber: Int(end.code)), end.reason)
        socket.endLater()
    }

    /// Tells what is wrong, which has more room in a message than in a close.
    private func tell(_ error: any Error) async {
        let error = (error as? RequestError).map(PistonJob.inOwnWords) ?? error
        let problem = errors.problem(for: error, runID: nil)
        await tell(problem.detail, code: problem.code)
    }

    private func tell(_ message: String, code: String) async {
        await send(["type": "error", "message": message, "code": code])
        await end(End.notifiedError)
    }

    /// A policy kept the job from running.
    private struct Refusal: Error {
        let message: String
    }

    private func send(_ message: some Encodable) async {
        guard let text = try? JSONOutput.buffer(message) else { return }
        try? await socket.send(String(buffer: text))
    }

    // MARK: The job

    /// A task of its own beside the reading of messages, which ends it; ``hold()`` awaits it.
    private func start(_ job: PistonJob, input: ProgramInput) -> Task<Void, Never> {
        let id = Identifier.make(prefix: "run")
        let work = runner.runs.start(id, on: context.channel) {
            let language = try await PistonRoutes.language(for: job, of: runner.service)
            var request = try job.request(language: language.name, isTalkedTo: true)
            request.keyRules = context.keyRules
            let speaker = StageSpeaker(compiled: language.compiled) { message in try await say(message) }
            try await speaker.begin(PistonRuntime(language))
            let result = try await runner.service.run(request, id: id, input: input) { event in
                try await speaker.tell(event)
            }
            let report = try runner.finished(result, output: OrderedOutput()).report
            if report.verdict == .policyViolation { throw Refusal(message: report.error?.message ?? "") }
        }
        return Task {
            do {
                try await work.linkedValue
                await end(End.completed)
            } catch let refusal as Refusal {
                await tell(refusal.message, code: Verdict.policyViolation.rawValue)
            } catch is CancellationError where !runner.shutdown.isDraining {
                // The client went away, or has heard why this ended.
            } catch is CancellationError {
                await tell(RequestError(.shuttingDown, "the server is shutting down"))
            } catch {
                await tell(error)
            }
        }
    }

    /// Sends, or ends the run when nobody listens any more.
    private func say(_ message: PistonEvent) async throws {
        try await socket.send(String(buffer: try JSONOutput.buffer(message)))
    }
}

/// A message to a client.
struct PistonEvent: Encodable, Sendable, Equatable {
    var type: String
    var language: String?
    var version: String?
    var stage: String?
    var stream: String?
    var data: String?
    var end: PistonEnd?

    private enum Key: String, CodingKey { case type, language, version, stage, stream, data, code, signal }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(type, forKey: .type)
        try container.encodeIfPresent(language, forKey: .language)
        try container.encodeIfPresent(version, forKey: .version)
        try container.encodeIfPresent(stage, forKey: .stage)
        try container.encodeIfPresent(stream, forKey: .stream)
        try container.encodeIfPresent(data, forKey: .data)
        guard let end else { return }
        try container.encode(end.code, forKey: .code)
        try container.encode(end.signal, forKey: .signal)
    }
}

/// Turns what happens in a run into messages: stages, output as it comes, ends.
final class StageSpeaker: Sendable {
    private let compiled: Bool
    private let say: @Sendable (PistonEvent) async throws -> Void
    /// A character may arrive in two parts.
    private let pieces = Mutex<(stdout: UTF8Pieces, stderr: UTF8Pieces)>((UTF8Pieces(), UTF8Pieces()))

    init(compiled: Bool, say: @escaping @Sendable (PistonEvent) async throws -> Void) {
        self.compiled = compiled
        self.say = say
    }

    func begin(_ runtime: PistonRuntime) async throws {
        try await say(PistonEvent(type: "runtime", language: runtime.language, version: runtime.version))
        try await say(PistonEvent(type: "stage", stage: compiled ? "compile" : "run"))
    }

    func tell(_ event: RunEvent) async throws {
        switch event {
        case .stdout(let bytes, _): try await tell("stdout", pieces.withLock { $0.stdout.next(bytes) })
        case .stderr(let bytes, _): try await tell("stderr", pieces.withLock { $0.stderr.next(bytes) })
        case .result(let verdict, let exitCode, let signal, let compile):
            try await tell("stdout", pieces.withLock { $0.stdout.end() })
            try await tell("stderr", pieces.withLock { $0.stderr.end() })
            let end = PistonEnd(verdict: verdict, exitCode: exitCode, signal: signal)
            try await say(PistonEvent(type: "exit", stage: compile ? "compile" : "run", end: end))
            if compile, verdict == .ok { try await say(PistonEvent(type: "stage", stage: "run")) }
        case .block, .report: break
        }
    }

    private func tell(_ stream: String, _ piece: OutputPiece?) async throws {
        let text: String
        switch piece {
        case nil: return
        case .text(let piece): text = piece
        // Bytes that are no text cannot be told; they are marked, as everywhere here.
        case .base64(let piece): text = String(decoding: Data(base64Encoded: piece) ?? Data(), as: UTF8.self)
        }
        try await say(PistonEvent(type: "data", stream: stream, data: text))
    }
}
