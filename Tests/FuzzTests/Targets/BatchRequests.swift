// SPDX-License-Identifier: Apache-2.0
import Foundation
import Languages
import NestboxCore

@testable import Engine
@testable import HTTPAPI

/// The body of `POST /v1/batches`, on its way to problems that are ready to judge; and the JSON texts that batches are kept as.
enum BatchRequests {
    static func check(_ bytes: [UInt8]) throws {
        let request: BatchRequest
        do throws(RequestError) {
            request = try RequestDecoder.decode(BatchRequest.self, from: Data(bytes))
        } catch {
            try check(error, among: [.invalidJSON, .invalidField, .unknownField])
            return
        }
        let again = try RequestDecoder.decode(BatchRequest.self, from: Data(try BatchManager.json(request).utf8))
        try hold(request == again, "\(request) is read as \(again)")
        do throws(RequestError) {
            try request.validate()
            try BatchRules.check(request, try preparation())
        } catch {
            try check(error, among: refusals)
            let first = error.field?.prefix { $0 != "." } ?? ""
            try hold(BatchRequest.CodingKeys(rawValue: String(first)) != nil, "no item is named: \(error)")
            return
        }
        try hold(!request.submissions.isEmpty, "there is nothing to judge")
        for submission in request.submissions {
            let problem = submission.problem.map { request.problems[$0] } ?? request.problem
            try hold(problem != nil, "no problem judges \(submission)")
        }
    }

    private static func check(_ error: RequestError, among codes: Set<RequestError.Code>) throws {
        try hold(codes.contains(error.code), "\(error.code) for \(error.message)")
        try Problems.check(error)
    }

    private static let refusals = Set(RequestError.Code.allCases).subtracting([
        .invalidJSON, .unknownField, .unsupportedMediaType, .payloadTooLarge, .requestTimeout, .notFound,
        .methodNotAllowed, .unauthorized, .forbiddenOrigin, .queueFull, .shuttingDown, .invalidConfiguration,
        .batchesUnavailable,
    ])

    private static let made = Result {
        RunPreparation(
            configuration: EngineConfiguration(concurrency: 1), catalog: try LanguageCatalog.builtIn(),
            drivers: ["namespace": NoDriver()], unavailableDrivers: ["other": "it is not here"],
            fileExists: { _ in true })
    }

    private static func preparation() throws(RequestError) -> RunPreparation {
        switch made {
        case .success(let preparation): return preparation
        case .failure(let error): throw RequestError(.invalidConfiguration, "\(error)")
        }
    }

    // MARK: What is kept

    /// The first byte says which of the texts in the database the rest is; a database may hold anything.
    static func kept(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let kind = input.number(below: 4)
        let text = Data(input.rest)
        switch kind {
        case 0: try same(Submission.self, text)
        case 1: try same(JudgeProblem.self, text)
        case 2: try same(SubmissionReport.self, text)
        default:
            guard let settings = try? JSONDecoder().decode(BatchManager.SharedSettings.self, from: text) else { return }
            let json = try BatchManager.json(settings)
            let again = try JSONDecoder().decode(BatchManager.SharedSettings.self, from: Data(json.utf8))
            try hold(settings.options == again.options && settings.keyRules == again.keyRules, "\(json) changes")
        }
    }

    /// What can be read is the same when it was written and read again, and is written alike.
    private static func same<Value: Codable & Hashable>(_ type: Value.Type, _ text: Data) throws {
        guard let value = try? JSONDecoder().decode(type, from: text) else { return }
        let json = try BatchManager.json(value)
        let again = try JSONDecoder().decode(type, from: Data(json.utf8))
        try hold(value == again, "\(json) is read as \(again)")
        try hold(try BatchManager.json(again) == json, "\(json) is written in two ways")
    }
}
