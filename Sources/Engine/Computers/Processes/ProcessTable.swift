// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The processes of one computer: those that live, and those that ended less than 30 s ago.
final class ProcessTable: Sendable {
    /// How long a process stays findable after its end, so that a late listener learns how it ended.
    static let keptAfterEnd = Duration.seconds(30)
    /// Most ended processes kept, whatever their age.
    static let mostEnded = 1000

    private struct Ended {
        let process: ManagedProcess
        let moment: Duration
    }

    private struct State {
        /// Oldest first.
        var living: [ManagedProcess] = []
        var ended: [Ended] = []
        var isClosed = false
    }

    private let clock: ComputerClock
    private let state = Mutex(State())

    init(clock: ComputerClock) {
        self.clock = clock
    }

    var living: [ManagedProcess] { state.withLock { $0.living } }

    /// False when the computer is gone.
    func add(_ process: ManagedProcess) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.living.append(process)
            return true
        }
    }

    /// Moves a process to the ended ones.
    func ended(_ process: ManagedProcess) {
        let now = clock.now()
        state.withLock { state in
            guard let index = state.living.firstIndex(where: { $0 === process }) else { return }
            state.living.remove(at: index)
            Self.purge(&state, now)
            if state.ended.count == Self.mostEnded { state.ended.removeFirst() }
            state.ended.append(Ended(process: process, moment: now))
        }
    }

    /// The youngest process that fits, a living one before an ended one.
    ///
    /// - Throws: ``ComputerError`` `not_found`.
    func find(_ selector: ComputerProcessSelector) throws(ComputerError) -> ManagedProcess {
        let now = clock.now()
        let found = state.withLock { state in
            Self.purge(&state, now)
            return state.living.last { selector.fits($0) } ?? state.ended.last { selector.fits($0.process) }?.process
        }
        if let found { return found }
        switch selector {
        case .pid(let pid): throw ComputerError(.notFound, "process with pid \(pid) not found")
        case .tag(let tag): throw ComputerError(.notFound, "process with tag \(tag) not found")
        }
    }

    /// The computer is gone: everybody who listens learns it, and nothing is added any more.
    func close() {
        let living = state.withLock { state in
            state.isClosed = true
            defer {
                state.living = []
                state.ended = []
            }
            return state.living
        }
        for process in living { process.finish(nil) }
    }

    private static func purge(_ state: inout State, _ now: Duration) {
        let young = state.ended.firstIndex { now - $0.moment < keptAfterEnd } ?? state.ended.count
        state.ended.removeFirst(young)
    }
}

extension ComputerProcessSelector {
    fileprivate func fits(_ process: ManagedProcess) -> Bool {
        switch self {
        case .pid(let pid): process.pid == pid
        case .tag(let tag): process.request.tag == tag
        }
    }
}
