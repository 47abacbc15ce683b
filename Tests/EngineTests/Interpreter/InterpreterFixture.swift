// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import Testing

/// What an execution gave, gathered.
struct Outcome {
    var events: [ExecutionEvent] = []

    var stdout: [String] { events.compactMap { if case .stdout(let text, _) = $0 { text } else { nil } } }
    var stderr: [String] { events.compactMap { if case .stderr(let text, _) = $0 { text } else { nil } } }
    var results: [ExecutionResult] { events.compactMap { if case .result(let result) = $0 { result } else { nil } } }
    var text: String? { results.last { $0.isMain }?.texts["text"] }
    var error: (name: String, value: String, traceback: String)? {
        for case .error(let name, let value, let traceback) in events { return (name, value, traceback) }
        return nil
    }
    var count: Int? {
        if case .started(let count)? = events.first { count } else { nil }
    }
}

extension InterpreterService {
    /// Runs code to its end, in the default context of `language` or in `context`.
    func run(
        _ code: String, in context: String? = nil, language: String? = nil, environment: [String: String] = [:]
    ) async throws -> Outcome {
        let execution = try await execute(
            ExecutionRequest(code: code, contextID: context, language: language, environment: environment))
        return try await execution.rest()
    }
}

extension Execution {
    /// Every event until the end.
    func rest() async throws -> Outcome {
        var outcome = Outcome()
        while true {
            switch try await next(within: .seconds(120)) {
            case .event(let event): outcome.events.append(event)
            case .silence: throw Silence(events: outcome.events)
            case .finished: return outcome
            }
        }
    }

    struct Silence: Error { let events: [ExecutionEvent] }
}

/// JSON texts compared by what they say.
func json(_ text: String?) throws -> NSObject {
    let value = try JSONSerialization.jsonObject(with: Data(try #require(text).utf8), options: .fragmentsAllowed)
    return try #require(value as? NSObject)
}
