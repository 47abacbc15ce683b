// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Logging
public import NestboxCore
public import Store

/// Judges batches: a bounded number of submissions at one time, those of all open batches in turn.
///
/// What is to do and what is done is in the store. In memory are only the submissions at work, a few that come next, and the
/// problems that they have.
public actor BatchManager: BatchService {
    /// Batches that are not over, and bytes of them; beyond it a batch is refused with `queue_full`.
    static let mostOpen = 1000
    /// Submissions read at one time.
    private static let fetched = 32
    /// Of the reports of a page, unless the first alone is larger: a stream that nobody reads holds no more.
    private static let mostPageBytes = 1 << 20
    /// How long to wait after the store failed.
    private static let pause = Duration.seconds(1)

    private struct OpenBatch {
        let id: String
        let shared: SharedSettings
        let places: Places?
        /// Read and not begun.
        var waiting: [BatchStore.Item] = []
        var lastRead = -1
        var isRead = false
        /// Numbers of ``BatchManager/tasks`` that are at work for it.
        var work: Set<UInt64> = []
    }

    /// What is the same for all submissions of a batch, as the store has it.
    struct SharedSettings: Codable, Sendable {
        var options: JudgeOptions
        var isolation: String?
        var template: String?
        var keyRules: KeyRules?
    }

    private let judge: SubmissionJudge
    private let store: BatchStore
    private let logger: Logger
    private let problems: ProblemShelf
    private let cache: JudgementCache
    private let changes = BatchChanges()
    private let watch: StoreWatch
    private let counts = BatchCounts()
    /// Submissions at one time: twice the places, so that a place need not wait while a result is checked and committed.
    private let most: Int
    private var open: [OpenBatch] = []
    /// Whose turn it is.
    private var turn = 0
    private var tasks: [UInt64: Task<Void, Never>] = [:]
    private var nextTask: UInt64 = 0
    private var dealing: Task<Void, Never>?
    /// Something has changed since the dealing began.
    private var isWanted = false
    private var isClosed = false

    /// - Parameter engine: Runs the cases; it must be shut down after this.
    public init(engine: Engine, store: BatchStore, logger: Logger) {
        judge = engine.submissionJudge
        self.store = store
        self.logger = logger
        watch = StoreWatch(logger: logger)
        problems = ProblemShelf(store: store, preparation: engine.submissionJudge.preparation)
        cache = JudgementCache(store: store, judge: engine.submissionJudge, version: engine.version)
        most = 2 * engine.submissionJudge.queue.concurrency
    }

    /// Goes on with what an earlier process left.
    public func start() async {
        do {
            for batch in try await store.open() {
                do {
                    enter(batch.id, try Self.settings(batch.options))
                } catch let error as DecodingError {
                    // Nobody can judge it, so nobody should wait for it.
                    logger.error(
                        "a batch cannot be read and is ended", metadata: ["batch": "\(batch.id)", "error": "\(error)"])
                    _ = try await store.cancel(batch.id, atMilliseconds: Self.now)
                }
            }
        } catch {
            logger.error("batches could not be read", metadata: ["error": "\(error)"])
        }
        deal()
    }

    /// Begins nothing more, and returns when nothing is at work. What was not committed is judged after the next start.
    public func shutDown() async {
        isClosed = true
        await dealing?.value
        let all = tasks.values
        for task in all { task.cancel() }
        for task in all { await task.value }
    }

    private static func settings(_ json: String) throws -> SharedSettings {
        try JSONDecoder().decode(SharedSettings.self, from: Data(json.utf8))
    }

    private func enter(_ id: String, _ settings: SharedSettings) {
        open.append(
            OpenBatch(id: id, shared: settings, places: settings.options.parallel.map { Places($0) }))
    }

    // MARK: BatchService

    public func submit(_ request: BatchRequest) async throws -> BatchStatus {
        guard !isClosed else { throw RequestError(.shuttingDown, "the server is stopping; try again later") }
        let texts = try await Self.texts(of: request, judge.preparation)
        guard !isClosed else { throw RequestError(.shuttingDown, "the server is stopping; try again later") }
        guard open.count < Self.mostOpen else {
            throw RequestError(.queueFull, "\(open.count) batches wait already; try again later")
        }
        let id = Identifier.make(prefix: "batch")
        let settings = SharedSettings(
            options: request.options, isolation: request.isolation, template: request.template,
            keyRules: request.keyRules)
        let now = Self.now
        do {
            guard try await store.openBytes() < store.retention.bytes else {
                throw RequestError(
                    .queueFull, "batches that wait take \(store.retention.bytes) bytes already; try again later")
            }
            try await store.add(
                id: id, options: Self.json(settings), problems: texts, count: request.submissions.count,
                createdMilliseconds: now, item: { try Self.json(request.submissions[$0]) })
        } catch let error as RequestError {
            throw error
        } catch {
            throw failure(error)
        }
        watch.worked()
        enter(id, settings)
        deal()
        return BatchStatus(
            id: id, state: .queued, total: request.submissions.count, done: 0, verdicts: [:], createdMilliseconds: now)
    }

    /// Problems as they are kept, by name, after everything of the batch was checked. Not on this actor: a large batch takes a while,
    /// and others ask meanwhile.
    @concurrent private static func texts(
        of request: BatchRequest, _ preparation: RunPreparation
    ) async throws -> [String: String] {
        try request.validate()
        try BatchRules.check(request, preparation)
        var texts = try request.problems.mapValues { try json($0) }
        if let problem = request.problem { texts[""] = try json(problem) }
        return texts
    }

    public func status(ofBatch id: String) async throws -> BatchStatus? {
        do {
            return try await store.status(of: id).map(withWork)
        } catch {
            throw failure(error)
        }
    }

    /// One whose first submissions are at work is running, too.
    private func withWork(_ status: BatchStatus) -> BatchStatus {
        var status = status
        if status.state == .queued, open.contains(where: { $0.id == status.id && !$0.work.isEmpty }) {
            status.state = .running
        }
        return status
    }

    public func results(ofBatch id: String, after sequence: Int, limit: Int) async throws -> BatchPage? {
        do {
            return try await store.page(of: id, after: sequence, limit: limit, bytes: Self.mostPageBytes).map { page in
                BatchPage(
                    lines: page.lines.map { .init(sequence: $0.sequence, report: $0.json) },
                    status: withWork(page.status))
            }
        } catch {
            throw failure(error)
        }
    }

    public func cancel(batch id: String) async throws -> BatchStatus? {
        do {
            guard let (status, isNew) = try await store.cancel(id, atMilliseconds: Self.now) else { return nil }
            if isNew { leave(id) }
            return status
        } catch {
            throw failure(error)
        }
    }

    public func waitForResults(ofBatch id: String, after sequence: Int, atMost time: Duration) async throws {
        let seen = changes.count
        guard let status = try await status(ofBatch: id), status.done <= sequence, !status.state.isOver else { return }
        await changes.wait(for: id, beyond: seen, atMost: time)
    }

    public func metrics() async -> String {
        var text = MetricsText()
        text.add("nestbox_batches_open", .gauge, "Batches that are not over.", open.count)
        if let left = try? await store.openCount() {
            text.add(
                "nestbox_batch_submissions_waiting", .gauge, "Submissions without a result that are not at work.",
                max(0, left - tasks.count))
        }
        text.add("nestbox_batch_submissions_running", .gauge, "Submissions at work.", tasks.count)
        counts.write(to: &text)
        let (isFailing, failures) = watch.counts
        text.add(
            "nestbox_batch_store_failing", .gauge, "Whether batches cannot be read or kept now.", isFailing ? 1 : 0)
        text.add(
            "nestbox_batch_store_failures_total", .counter, "What could not be read or kept of batches.", failures)
        return text.lines
    }

    private func failure(_ error: any Error) -> any Error {
        if error is ServiceError { return error }
        if Task.isCancelled { return CancellationError() }
        watch.failed(error)
        return ServiceError(.storeFailed, "the batches cannot be read or kept")
    }

    // MARK: Work

    /// Begins as many submissions as may be at work, one of each open batch in turn. In a task of its own, which shutDown() awaits:
    /// whoever finds that there is something to begin may be cancelled, and the store answers nobody who is.
    private func deal() {
        isWanted = true
        // One at a time, as it awaits the store.
        guard dealing == nil, !isClosed else { return }
        dealing = Task { await self.dealAll() }
    }

    private func dealAll() async {
        defer { dealing = nil }
        while isWanted {
            isWanted = false
            while !isClosed, tasks.count < most, let id = await nextBatch() {
                guard !isClosed, let place = open.firstIndex(where: { $0.id == id }), !open[place].waiting.isEmpty
                else { continue }
                begin(open[place].waiting.removeFirst(), of: place)
            }
        }
    }

    /// The next batch in turn with something to begin, read from the store where that is needed.
    private func nextBatch() async -> String? {
        for _ in 0..<open.count where !open.isEmpty {
            turn = (turn + 1) % open.count
            let batch = open[turn]
            if !batch.waiting.isEmpty { return batch.id }
            if batch.isRead { continue }
            do {
                let items = try await store.items(of: batch.id, after: batch.lastRead, limit: Self.fetched)
                watch.worked()
                guard let place = open.firstIndex(where: { $0.id == batch.id }) else { continue }
                open[place].waiting = items
                open[place].lastRead = items.last?.number ?? open[place].lastRead
                open[place].isRead = items.isEmpty
                if !items.isEmpty { return batch.id }
                if open[place].work.isEmpty { leave(batch.id) }
            } catch {
                watch.failed(error)
                try? await Task.sleep(for: Self.pause)
                isWanted = !isClosed
            }
        }
        return nil
    }

    private func begin(_ item: BatchStore.Item, of place: Int) {
        let batch = open[place]
        let number = nextTask
        nextTask += 1
        open[place].work.insert(number)
        // It outlives the request that brought the batch; shutDown() and cancel(batch:) reach it.
        tasks[number] = Task {
            await self.judge(item, of: batch.id, batch.shared, batch.places)
            self.finished(number, of: batch.id)
        }
    }

    private func finished(_ number: UInt64, of id: String) {
        tasks[number] = nil
        if let place = open.firstIndex(where: { $0.id == id }) {
            open[place].work.remove(number)
            if open[place].isRead, open[place].work.isEmpty, open[place].waiting.isEmpty { leave(id) }
        }
        deal()
    }

    /// The batch is over; what is still at work for it is of no use.
    private func leave(_ id: String) {
        if let place = open.firstIndex(where: { $0.id == id }) {
            for number in open.remove(at: place).work { tasks[number]?.cancel() }
            turn = open.isEmpty ? 0 : turn % open.count
        }
        problems.forget(id)
        changes.tell(id)
    }

    nonisolated private func judge(
        _ item: BatchStore.Item, of id: String, _ shared: SharedSettings, _ places: Places?
    ) async {
        while !Task.isCancelled {
            do {
                guard let report = try await report(of: item, in: id, shared, places) else { return }
                try await commit(try Self.json(report), report, item.number, of: id)
                return
            } catch {
                if Task.isCancelled { return }
                // The store fails. Nothing is lost: the submission is judged again.
                watch.failed(error)
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Nil when the batch is gone.
    ///
    /// - Throws: `CancellationError`, ``StoreError``.
    nonisolated private func report(
        of item: BatchStore.Item, in id: String, _ shared: SharedSettings, _ places: Places?
    ) async throws -> SubmissionReport? {
        var name: String?
        do {
            let submission = try JSONDecoder().decode(Submission.self, from: Data(item.json.utf8))
            name = submission.id
            guard let problem = try await problems.problem(submission.problem ?? "", of: id, rules: shared.keyRules)
            else { return nil }
            return try await cache.judge(
                .init(
                    submission: submission, index: item.number, problem: problem, options: shared.options,
                    isolation: shared.isolation, template: shared.template, keyRules: shared.keyRules, places: places))
        } catch let error where !(error is CancellationError || error is StoreError) {
            // What was taken can be judged no more, by a checker whose language is not installed any longer for example.
            return SubmissionReport(
                id: name, index: item.number, verdict: .internalError,
                error: SubmissionError(code: Verdict.internalError.rawValue, message: "\(error)"))
        }
    }

    /// Tries until the store takes it: a result is worth more than the wait.
    nonisolated private func commit(
        _ json: String, _ report: SubmissionReport, _ number: Int, of id: String
    ) async throws {
        while true {
            do {
                let isNew = try await store.commit(
                    json, verdict: report.verdict, cached: report.cached, number: number, of: id,
                    atMilliseconds: Self.now)
                watch.worked()
                if isNew { counts.add(report) }
                changes.tell(id)
                return
            } catch {
                try Task.checkCancellation()
                watch.failed(error)
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    // MARK: Values

    private static var now: Int { Int(Date.now.timeIntervalSince1970 * 1000) }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
