// SPDX-License-Identifier: Apache-2.0

/// How far a batch is: `GET /v1/batches/{id}`.
public struct BatchStatus: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case queued, running, finished, cancelled

        /// Nothing will be added any more.
        public var isOver: Bool { self == .finished || self == .cancelled }
    }

    public var id: String
    public var state: State
    public var total: Int
    /// Submissions with a result.
    public var done: Int
    /// Results by verdict; verdicts that none has are left out.
    public var verdicts: [String: Int]
    /// How many of `done` were answered from earlier judgements.
    public var cached: Int
    /// Milliseconds since 1970.
    public var createdMilliseconds: Int
    /// Nil until it is over.
    public var finishedMilliseconds: Int?

    public init(
        id: String, state: State, total: Int, done: Int, verdicts: [String: Int], cached: Int = 0,
        createdMilliseconds: Int, finishedMilliseconds: Int? = nil
    ) {
        self.id = id
        self.state = state
        self.total = total
        self.done = done
        self.verdicts = verdicts
        self.cached = cached
        self.createdMilliseconds = createdMilliseconds
        self.finishedMilliseconds = finishedMilliseconds
    }

    enum CodingKeys: String, CodingKey {
        case id, state, total, done, verdicts, cached
        case createdMilliseconds = "created_ms"
        case finishedMilliseconds = "finished_ms"
    }
}

/// A result in the order of completion: one line of `GET /v1/batches/{id}/results` as NDJSON.
public struct BatchResult: Sendable, Hashable, Codable {
    /// From 1, without gaps.
    public var sequence: Int
    public var report: SubmissionReport

    public init(sequence: Int, report: SubmissionReport) {
        self.sequence = sequence
        self.report = report
    }

    enum CodingKeys: String, CodingKey {
        case report
        case sequence = "seq"
    }
}
