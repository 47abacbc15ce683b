// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore
import Synchronization

/// A service that runs nothing. What a run does is told by its code:
///
/// `hang` waits until it is cancelled and is reported as cancelled; `wait` does too and throws instead, as a run does that
/// never left the queue; `big N` prints N bytes; `stream` sends a few events with awkward bytes; `flood` prints without
/// end; `sleep MS` takes its time; `compile` has a compile stage; `fail CODE` throws the ``RequestError`` of that code;
/// `unclear` throws the error of code in no clear language; `late CODE` throws it after an event; `broken` and `isolation` throw what is our own fault; anything else is printed.
final class FakeService: NestboxService {
    struct Secret: Error { let password = "hunter2" }

    private struct State {
        var running: [String: Task<Void, Never>] = [:]
        var reports: [String: RunResult] = [:]
        var requests: [RunRequest] = []
        var cancelled = 0
        var eventsSent = 0
        var begun = 0
    }

    private let state = Mutex(State())

    var requests: [RunRequest] { state.withLock { $0.requests } }
    var cancelled: Int { state.withLock { $0.cancelled } }
    var eventsSent: Int { state.withLock { $0.eventsSent } }
    var running: Int { state.withLock { $0.running.count } }
    var runningIDs: [String] { state.withLock { $0.running.keys.sorted() } }
    var begun: Int { state.withLock { $0.begun } }

    func run(
        _ request: RunRequest, id: String, onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        // A run that is asked to stop from elsewhere ends its own task, as the engine's does.
        let stop = Task<Void, Never> { try? await Task.sleep(for: .seconds(3600)) }
        state.withLock { state in
            state.requests.append(request)
            state.running[id] = stop
            state.begun += 1
        }
        defer { state.withLock { $0.running[id] = nil } }
        defer { stop.cancel() }
        let result = try await perform(request, id: id, stop: stop, onEvent: onEvent)
        state.withLock { $0.reports[id] = result }
        try? await onEvent(.report(result))
        return result
    }

    /// Talks to nobody.
    func run(
        _ request: RunRequest, id: String, input: ProgramInput,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        defer { input.close() }
        return try await run(request, id: id, onEvent: onEvent)
    }

    private func perform(
        _ request: RunRequest, id: String, stop: Task<Void, Never>,
        onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        if let markdown = request.markdown {
            return .markdown(
                MarkdownReport(
                    id: id, verdict: .ok,
                    blocks: [.init(language: "python", line: 3, report: Fake.report(id + ".1", stdout: markdown))]))
        }
        let words = (request.code ?? "").split(separator: " ")
        let argument = words.count > 1 ? String(words[1]) : ""
        switch words.first {
        case "hang":
            await waitUntilCancelled(stop)
            return .program(Fake.report(id, stdout: "", verdict: .cancelled))
        case "wait":
            await waitUntilCancelled(stop)
            throw CancellationError()
        case "big":
            return .program(Fake.report(id, stdout: String(repeating: "x", count: Int(argument) ?? 0)))
        case "sleep":
            try await Task.sleep(for: .milliseconds(Int(argument) ?? 0))
            return .program(Fake.report(id, stdout: "slept"))
        case "stream":
            try await send(.stdout(Array("grüß".utf8.prefix(3)), compile: false), onEvent)
            try await send(.stdout(Array("grüß".utf8.dropFirst(3)), compile: false), onEvent)
            try await send(.stderr([0xFF, 0x00, 0x41], compile: false), onEvent)
            try await send(.stdout([0xE2, 0x82], compile: false), onEvent)
            try await send(.result(verdict: .ok, exitCode: 0, signal: nil, compile: false), onEvent)
            return .program(Fake.report(id, stdout: "grüß"))
        case "flood":
            while true {
                try await send(.stdout(Array(repeating: 0x78, count: 16_384), compile: false), onEvent)
            }
        case "talk":
            try await send(.stdout(Array("hello".utf8), compile: false), onEvent)
            await waitUntilCancelled(stop)
            return .program(Fake.report(id, stdout: "hello", verdict: .cancelled))
        case "compile":
            try await send(.stderr(Array("warning".utf8), compile: true), onEvent)
            try await send(.result(verdict: .compileError, exitCode: 1, signal: nil, compile: true), onEvent)
            var report = Fake.report(id, stdout: "", verdict: .compileError)
            report.compile = Fake.stage("", verdict: .compileError)
            report.error = RunErrorReport(type: "error", message: "no", traceback: "", line: nil)
            return .program(report)
        case "late":
            try await send(.stdout(Array("x".utf8), compile: false), onEvent)
            throw RequestError(RequestError.Code(rawValue: argument) ?? .notFound, "late")
        case "fail":
            throw RequestError(RequestError.Code(rawValue: argument) ?? .notFound, "as asked for", field: "code")
        case "unclear":
            throw RequestError(
                .ambiguousLanguage, "it may be c (48 %), cpp (41 %)", field: "language",
                candidates: [.init(name: "c", confidence: 0.48), .init(name: "cpp", confidence: 0.41)])
        case "broken":
            throw Secret()
        case "isolation":
            throw ServiceError(.isolationFailed, "clone3: EPERM")
        default:
            return .program(Fake.report(id, stdout: request.code ?? ""))
        }
    }

    private func send(
        _ event: RunEvent, _ onEvent: @Sendable (RunEvent) async throws -> Void
    ) async throws {
        try await onEvent(event)
        state.withLock { $0.eventsSent += 1 }
    }

    private func waitUntilCancelled(_ stop: Task<Void, Never>) async {
        await withTaskCancellationHandler {
            await stop.value
        } onCancel: {
            stop.cancel()
        }
        state.withLock { $0.cancelled += 1 }
    }

    func report(id: String) async throws -> RunResult? {
        state.withLock { $0.reports[id] }
    }

    func cancel(id: String) async -> CancelOutcome {
        state.withLock { state in
            if let task = state.running[id] {
                task.cancel()
                return .cancelled
            }
            return state.reports[id] == nil ? .unknown : .alreadyFinished
        }
    }

    func languages() async -> [LanguageStatus] {
        [
            LanguageStatus(
                name: "python", aliases: ["py"], extensions: ["py"], available: true, version: "3.11.2",
                compiled: false,
                packages: ["python3"], missing: nil),
            LanguageStatus(
                name: "go", aliases: [], extensions: ["go"], available: false, version: nil, compiled: true,
                packages: ["golang-go"], missing: "/usr/bin/go"),
        ]
    }

    func capabilities() async -> Capabilities {
        Capabilities(
            version: "1.0", isolationDefault: "namespace",
            isolation: [
                DriverStatus(
                    driver: "namespace", available: true, limitsEnforcedBy: "cgroup-v2", enforcement: Fake.enforcement,
                    findings: [
                        .init(name: "cgroups", level: .ok, detail: "v2"),
                        .init(name: "landlock", level: .missing, detail: "kernel 5.10", remedy: "a newer kernel"),
                    ])
            ],
            limitsDefault: .init(.standard), limitsMaximum: .init(.standardMaximum), network: .init(egress: "none"),
            concurrency: 2, queue: 256)
    }
}

enum Fake {
    static let enforcement = LimitEnforcement(
        memory: .sandbox, processes: .sandbox, cpuTime: .sandbox, cpuRate: .sandbox, memoryPeak: .stage,
        tellsRefusals: true)

    static func stage(_ stdout: String, verdict: Verdict = .ok) -> StageReport {
        StageReport(
            verdict: verdict, exitCode: verdict == .cancelled ? nil : 0,
            signal: verdict == .cancelled ? "SIGKILL" : nil,
            stdout: stdout, stderr: "", stdoutTruncated: false, stderrTruncated: false, stdoutBase64: nil,
            stderrBase64: nil, wallMilliseconds: 1.25, cpuMilliseconds: 1, memoryPeakBytes: 4096)
    }

    static func report(_ id: String, stdout: String, verdict: Verdict = .ok) -> RunReport {
        RunReport(
            id: id, stage: stage(stdout, verdict: verdict),
            language: LanguageReport(name: "python", version: "3.11.2", detectedBy: .content, confidence: 0.9),
            compile: nil, warnings: [RunWarning(kind: "UserWarning", message: "careful", file: "main.py", line: 2)],
            error: nil,
            files: [
                CollectedFile(path: "out.txt", sizeBytes: 3, contentBase64: "YWJj"),
                CollectedFile(path: "pipe", sizeBytes: 0, contentBase64: nil, skipped: "not_a_file"),
            ],
            isolation: IsolationReport(
                driver: "namespace", start: "cold", limitsEnforcedBy: "cgroup-v2", enforcement: enforcement),
            timings: Timings(
                queueMilliseconds: 0.125, sandboxMilliseconds: 2, runMilliseconds: 1, collectMilliseconds: 0))
    }
}
