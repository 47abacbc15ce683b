// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// What is done for callers that have many submissions judged.
public protocol BatchService: Sendable {
    /// Takes a batch. When this returns, it will be judged, whatever becomes of this process.
    ///
    /// - Throws: ``RequestError`` that names the item; `queue_full` when too much waits already; ``ServiceError``.
    func submit(_ request: BatchRequest) async throws -> BatchStatus

    /// Nil when the batch is unknown, or retention has dropped it. So for the others.
    func status(ofBatch id: String) async throws -> BatchStatus?

    /// Results in the order in which they were committed, whose sequence numbers are beyond `sequence`: at most `limit`, and
    /// fewer when they are large. None when there are none yet.
    func results(ofBatch id: String, after sequence: Int, limit: Int) async throws -> BatchPage?

    /// Ends a batch; submissions without a result get none.
    func cancel(batch id: String) async throws -> BatchStatus?

    /// Returns when there are results beyond `sequence`, when the batch is over or unknown, or after `time`.
    func waitForResults(ofBatch id: String, after sequence: Int, atMost time: Duration) async throws

    /// Numbers for monitoring, in Prometheus' text format.
    func metrics() async -> String
}

extension BatchService {
    public func metrics() async -> String { "" }
}

/// Some of a batch's results.
public struct BatchPage: Sendable, Hashable {
    public struct Line: Sendable, Hashable {
        /// From 1, without gaps.
        public let sequence: Int
        /// JSON text of the ``SubmissionReport``.
        public let report: String

        public init(sequence: Int, report: String) {
            self.sequence = sequence
            self.report = report
        }
    }

    public let lines: [Line]
    /// As it was when the results were read: when it is over, there are no results but these and those before.
    public let status: BatchStatus

    public init(lines: [Line], status: BatchStatus) {
        self.lines = lines
        self.status = status
    }
}
