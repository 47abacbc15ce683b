// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird
import Logging
import NestboxCore

/// Turns whatever was thrown into a problem, and logs what is our own fault.
struct ErrorReporter: Sendable {
    let logger: Logger

    func problem(for error: any Error, runID: String?) -> Problem {
        switch error {
        case let error as RequestError:
            return Problem(error)
        case is CancellationError:
            return .cancelled(id: runID ?? "")
        case is BrokenBody:
            return .malformed("the body ended before its end")
        case let error as ServiceError:
            log(error.description, code: error.code.rawValue, runID: runID)
            return .internalError(code: error.code.rawValue, runID: runID)
        default:
            log("\(error)", code: "internal_error", runID: runID)
            return .internalError(runID: runID)
        }
    }

    private func log(_ error: String, code: String, runID: String?) {
        var metadata: Logger.Metadata = ["error": "\(error)", "code": "\(code)"]
        if let runID { metadata["run"] = "\(runID)" }
        logger.error("request failed", metadata: metadata)
    }
}
