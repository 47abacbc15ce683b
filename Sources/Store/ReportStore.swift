// SPDX-License-Identifier: Apache-2.0
public import NestboxCore

/// Where finished reports are kept for a while.
public protocol ReportStore: Sendable {
    /// Keeps a report; the oldest ones beyond the retention limit are dropped in the same transaction.
    func save(_ result: RunResult) async throws
    /// The report with this id, or nil.
    func load(id: String) async throws -> RunResult?
}
