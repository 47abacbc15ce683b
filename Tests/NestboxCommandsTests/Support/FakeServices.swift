// SPDX-License-Identifier: Apache-2.0
import Engine
import HTTPAPI
import Isolation
import NestboxCore
import Synchronization

@testable import NestboxCommands

/// A service that remembers the request, sends prepared events and answers with a prepared result.
final class FakeService: NestboxService {
    typealias Body = @Sendable (RunRequest, @Sendable (RunEvent) async throws -> Void) async throws -> RunResult

    private let body: Body
    private let statuses: [LanguageStatus]
    private let received = Mutex<[RunRequest]>([])

    init(languages: [LanguageStatus] = [], _ body: @escaping Body) {
        statuses = languages
        self.body = body
    }

    convenience init(events: [RunEvent] = [], _ result: RunResult) {
        self.init { _, send in
            for event in events { try await send(event) }
            return result
        }
    }

    var requests: [RunRequest] { received.withLock { $0 } }

    func run(
        _ request: RunRequest, id: String, onEvent: @escaping @Sendable (RunEvent) async throws -> Void
    ) async throws -> RunResult {
        received.withLock { $0.append(request) }
        return try await body(request, onEvent)
    }

    func report(id: String) async throws -> RunResult? { nil }
    func cancel(id: String) async -> CancelOutcome { .unknown }
    func languages() async -> [LanguageStatus] { statuses }
    func capabilities() async -> Capabilities {
        Capabilities(
            version: "0", isolationDefault: "namespace", isolation: [], limitsDefault: .init(.standard),
            limitsMaximum: .init(.standardMaximum), network: .init(egress: "none"), concurrency: 1, queue: 0)
    }
}

/// The layers below, made up.
struct FakeServices: ServiceProvider {
    var service = FakeService(.program(.sample()))
    var fakeDrivers: [FakeDriver] = []
    var detected: Result<LanguageReport, RequestError> = .failure(RequestError(.unknownLanguage, "nothing is known"))
    var judging: @Sendable (EvalItem) async throws -> SubmissionReport = { _ in SubmissionReport(verdict: .ok) }
    var onServe: @Sendable (ValidConfiguration) async throws -> Void = { _ in }

    func makeService(_ configuration: ValidConfiguration) async throws -> any NestboxService { service }
    func makeEvalJudge(_ configuration: ValidConfiguration) async throws -> any EvalJudge {
        LocalEvalJudge(places: 2, judging: judging, closing: {})
    }
    func drivers(_ configuration: ValidConfiguration) async throws -> [any IsolationDriver] { fakeDrivers }
    func detect(_ text: String, filename: String?, _ configuration: ValidConfiguration) async throws -> LanguageReport {
        try detected.get()
    }
    func serve(
        _ configuration: ValidConfiguration, onListening: @escaping @Sendable (String) async -> Void
    ) async throws {
        try await onServe(configuration)
        await onListening("http://\(configuration.server.listen)")
    }
}

/// A driver that explains itself and makes nothing.
struct FakeDriver: IsolationDriver {
    var name = "namespace"
    var available = true
    var findings: [DriverStatus.Finding] = []

    func status() async -> DriverStatus {
        DriverStatus(driver: name, available: available, limitsEnforcedBy: "cgroup-v2", findings: findings)
    }
    func explain(_ spec: SandboxSpec) throws(IsolationError) -> [ExplainedStep] {
        [
            ExplainedStep(
                actor: "host", step: "cgroup",
                detail: "memory \(spec.limits.memoryBytes)" + (spec.profile == .computer ? ", computer" : "")),
            ExplainedStep(actor: "guest", step: "mount_tmpfs", detail: "/tmp"),
        ]
    }
    func makeSandbox(_ spec: SandboxSpec) async throws(IsolationError) -> any Sandbox {
        throw IsolationError(.unavailable, step: "make", message: "a fake makes no sandbox")
    }
    func sweep() async -> Int { 0 }
}

extension StageReport {
    static func sample(
        _ verdict: Verdict = .ok, exitCode: Int? = 0, signal: String? = nil, wall: Double = 12, cpu: Double = 8,
        memory: Int = 10 << 20
    ) -> StageReport {
        StageReport(
            verdict: verdict, exitCode: exitCode, signal: signal, stdout: "", stderr: "", stdoutTruncated: false,
            stderrTruncated: false, stdoutBase64: nil, stderrBase64: nil, wallMilliseconds: wall, cpuMilliseconds: cpu,
            memoryPeakBytes: memory)
    }
}

extension RunReport {
    static func sample(
        _ stage: StageReport = .sample(), compile: StageReport? = nil, error: RunErrorReport? = nil,
        files: [CollectedFile] = [], limitsEnforcedBy: String = "cgroup-v2"
    ) -> RunReport {
        RunReport(
            id: "run_" + String(repeating: "a", count: 26), stage: stage,
            language: LanguageReport(name: "python", version: "3.11.2", detectedBy: .explicit, confidence: 1),
            compile: compile, warnings: [], error: error, files: files,
            isolation: IsolationReport(driver: "namespace", start: "cold", limitsEnforcedBy: limitsEnforcedBy),
            timings: Timings())
    }
}
