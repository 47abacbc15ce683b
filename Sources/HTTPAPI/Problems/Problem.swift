// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import NestboxCore

/// An error as clients see it: `application/problem+json` (RFC 9457).
struct Problem: Sendable, Equatable {
    var status: HTTPResponse.Status
    /// Stable and machine-readable.
    var code: String
    /// What kind of problem this is; the same for every one with this code.
    var title: String
    /// What was wrong this time, and what would be right.
    var detail: String
    /// Dotted path of the field to blame.
    var field: String?
    /// Languages that the code may be written in, when it was not clear.
    var candidates: [RequestError.Candidate]
    /// Further header fields of the response, such as `Retry-After`.
    var headers: HTTPFields

    init(
        _ status: HTTPResponse.Status, code: String, title: String, detail: String, field: String? = nil,
        candidates: [RequestError.Candidate] = [], headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.field = field
        self.candidates = candidates
        self.headers = headers
    }

    /// After a problem of these the connection closes: what follows on it is not a request that can be trusted.
    var closesConnection: Bool {
        status == .requestTimeout || status == .contentTooLarge || code == "malformed_request"
    }
}

extension Problem: Encodable {
    enum CodingKeys: String, CodingKey { case type, title, status, detail, code, field, candidates }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("urn:nestbox:problem:\(code)", forKey: .type)
        try container.encode(title, forKey: .title)
        try container.encode(status.code, forKey: .status)
        try container.encode(detail, forKey: .detail)
        try container.encode(code, forKey: .code)
        try container.encodeIfPresent(field, forKey: .field)
        if !candidates.isEmpty { try container.encode(candidates, forKey: .candidates) }
    }
}

extension Problem {
    /// The request is no proper HTTP.
    static func malformed(_ detail: String, status: HTTPResponse.Status = .badRequest) -> Problem {
        Problem(status, code: "malformed_request", title: "The request is not well-formed HTTP", detail: detail)
    }

    /// ``CancelOutcome/alreadyFinished``.
    static func alreadyFinished(id: String) -> Problem {
        Problem(
            .conflict, code: "already_finished", title: "The run has ended",
            detail: "run \(id) has ended before it could be cancelled; its report is at /v1/runs/\(id)")
    }

    /// A run was cancelled before there was anything to report.
    static func cancelled(id: String) -> Problem {
        Problem(
            .conflict, code: "cancelled", title: "The run was cancelled",
            detail: "run \(id) was cancelled before it began")
    }

    /// Our own failure. The cause is in the log only.
    static func internalError(code: String = "internal_error", runID: String?) -> Problem {
        let place = runID.map { "the server's log has the cause under run \($0)" } ?? "the server's log has the cause"
        return Problem(
            .internalServerError, code: code, title: "Nestbox failed",
            detail: "this is not the program's fault; \(place)")
    }
}
