// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NestboxCore
import Synchronization

/// What all drop-ins do alike: take a body within the same bounds as the native API, and run it like any other run.
struct DropInRunner: Sendable {
    let service: any NestboxService
    let bodies: RequestBodyReader
    let budget: BodyBudget
    let runs: RunTasks
    let shutdown: ShutdownState

    /// The decoded body, and what it takes of the budget while it is kept.
    func body<Value: Decodable>(
        _ type: Value.Type, of request: Request, context: APIContext
    ) async throws -> (Value, BodyBudget.Share) {
        let share = BodyBudget.Share(of: budget)
        let body = try await bodies.json(of: request, on: context.channel, share: share)
        return (try RequestDecoder.decode(type, from: body), share)
    }

    /// Runs to the end, or until the client goes away.
    ///
    /// - Throws: What ``NestboxService/run(_:id:onEvent:)`` throws; ``RequestError`` `shutting_down` when the server stops;
    ///   ``ServiceError`` when the failure is ours. Everything else is in the report.
    func run(_ run: RunRequest, share: BodyBudget.Share, context: APIContext) async throws -> DropInReport {
        let id = Identifier.make(prefix: "run")
        let output = OrderedOutput()
        var run = run
        run.keyRules = context.keyRules
        let task = runs.start(id, on: context.channel) { [service, run] in
            defer { withExtendedLifetime(share) {} }
            return try await service.run(run, id: id) { output.note($0) }
        }
        return try finished(try await task.linkedValue, output: output)
    }

    /// Judges an answer by unit tests, or until the client goes away.
    ///
    /// - Throws: As ``run(_:share:context:)``.
    func judge(
        _ problem: UnitTestProblem, answer: String, _ terms: JudgeTerms, share: BodyBudget.Share, context: APIContext
    ) async throws -> UnitTestReport {
        let id = Identifier.make(prefix: "run")
        let task = runs.start(id, on: context.channel) { [service] in
            defer { withExtendedLifetime(share) {} }
            return try await service.judge(problem, answer: answer, terms: terms)
        }
        let report: UnitTestReport
        do {
            report = try await task.linkedValue
        } catch is CancellationError where shutdown.isDraining {
            throw RequestError(.shuttingDown, "the server is shutting down and has cancelled what it judged")
        }
        switch report.verdict {
        case .internalError: throw ServiceError(.internalError, report.message)
        case .cancelled where shutdown.isDraining:
            throw RequestError(.shuttingDown, "the server is shutting down and has cancelled what it judged")
        case .cancelled: throw CancellationError()
        default: return report
        }
    }

    /// A result that is the program's own.
    func finished(_ result: RunResult, output: OrderedOutput) throws -> DropInReport {
        guard case .program(let report) = result else {
            throw ServiceError(.internalError, "a drop-in has run something else than a program")
        }
        switch report.verdict {
        case .internalError: throw ServiceError(.internalError, report.error?.message ?? "the run failed")
        case .cancelled where shutdown.isDraining:
            throw RequestError(.shuttingDown, "the server is shutting down and has cancelled run \(report.id)")
        case .cancelled: throw CancellationError()
        default: return DropInReport(report: report, output: output)
        }
    }
}

/// A finished run, and what it printed in the order in which it did.
struct DropInReport: Sendable {
    let report: RunReport
    let output: OrderedOutput

    var headers: HTTPFields { [.nestboxRunID: report.id] }
}

/// stdout and stderr as they came, each stage by itself. The engine holds the bounds.
final class OrderedOutput: Sendable {
    private let bytes = Mutex<(compile: [UInt8], run: [UInt8])>(([], []))

    func note(_ event: RunEvent) {
        switch event {
        case .stdout(let new, compile: true), .stderr(let new, compile: true):
            bytes.withLock { $0.compile += new }
        case .stdout(let new, compile: false), .stderr(let new, compile: false):
            bytes.withLock { $0.run += new }
        case .block, .result, .report: break
        }
    }

    var compile: String { bytes.withLock { String(decoding: $0.compile, as: UTF8.self) } }
    var run: String { bytes.withLock { String(decoding: $0.run, as: UTF8.self) } }
}
