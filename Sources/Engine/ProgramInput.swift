// SPDX-License-Identifier: Apache-2.0
import Isolation
import Synchronization

/// Standard input and signals for a program while it runs, from somebody who talks to it.
///
/// One task gives, one task feeds. They are for the run stage: what is given while a program is still compiled waits for it.
public final class ProgramInput: Sendable {
    private enum Item {
        case bytes([UInt8])
        case signal(Int32)
    }

    private struct State {
        var items: [Item] = []
        var heldBytes = 0
        var hasEnded = false
        /// Nothing will be taken any more.
        var isClosed = false
        var taker: CheckedContinuation<Void, Never>?
        var giver: CheckedContinuation<Void, Never>?
    }

    /// How much waits for a program that does not read before whoever gives has to wait, too.
    private static let mostHeldBytes = 1 << 20

    private let state = Mutex(State())

    public init() {}

    /// Gives input. Returns when there is room for more, or when nobody takes any more.
    public func write(_ bytes: [UInt8]) async {
        if bytes.isEmpty { return }
        give { state in
            guard !state.hasEnded else { return }
            state.items.append(.bytes(bytes))
            state.heldBytes += bytes.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFull = state.withLock { state in
                    guard state.heldBytes > Self.mostHeldBytes, !state.isClosed, !state.hasEnded, !Task.isCancelled
                    else {
                        return false
                    }
                    state.giver = continuation
                    return true
                }
                if !isFull { continuation.resume() }
            }
        } onCancel: {
            resumeGiver()
        }
    }

    /// Sends a signal to the program, after the input given before it and before the input given after it.
    public func signal(_ number: Int32) {
        give { $0.items.append(.signal(number)) }
    }

    /// Ends the input behind what was given. Nothing more is taken, and whoever gives need not wait.
    public func finish() {
        give { $0.hasEnded = true }
        resumeGiver()
    }

    private func give(_ change: (inout State) -> Void) {
        let taker = state.withLock { state in
            if !state.isClosed { change(&state) }
            defer { state.taker = nil }
            return state.taker
        }
        taker?.resume()
    }

    private func resumeGiver() {
        let giver = state.withLock { state in
            defer { state.giver = nil }
            return state.giver
        }
        giver?.resume()
    }

    // MARK: The program's side

    /// Hands everything to `program`, until the input ends, the program does, or the task is cancelled.
    func feed(_ program: GuestProgram) async {
        defer { close() }
        while let item = await next() {
            switch item {
            case .signal(let number): program.signal(number)
            case .bytes(let bytes):
                do {
                    try await program.write(bytes)
                } catch {
                    return
                }
            }
        }
        if !Task.isCancelled { program.closeInput() }
    }

    /// Nothing will be taken any more; whoever gives need not wait.
    public func close() {
        state.withLock { state in
            state.isClosed = true
            state.items = []
            state.heldBytes = 0
        }
        resumeGiver()
    }

    /// Nil at the end.
    private func next() async -> Item? {
        while !Task.isCancelled {
            let (item, hasEnded): (Item?, Bool) = state.withLock { state in
                if state.items.isEmpty { return (nil, state.hasEnded) }
                let item = state.items.removeFirst()
                if case .bytes(let bytes) = item { state.heldBytes -= bytes.count }
                return (item, false)
            }
            if let item {
                resumeGiver()
                return item
            }
            if hasEnded { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isWaiting = state.withLock { state in
                        guard state.items.isEmpty, !state.hasEnded, !Task.isCancelled else { return false }
                        state.taker = continuation
                        return true
                    }
                    if !isWaiting { continuation.resume() }
                }
            } onCancel: {
                give { _ in }
            }
        }
        return nil
    }
}
