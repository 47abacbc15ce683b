// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NIOCore
import Synchronization

/// Which connections are answering for which computer, so that they are reset when it goes.
///
/// A reset, not an orderly end: a stream that simply ends is taken for a whole one by every client (section 3.9 of the wire).
final class ComputerConnections: Sendable {
    private struct Entry {
        var channels: [Int: any Channel] = [:]
        var isWatched = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())
    /// Called with the identifier of a computer that has gone.
    private let onGone: @Sendable (String) -> Void

    init(onGone: @escaping @Sendable (String) -> Void = { _ in }) { self.onGone = onGone }

    /// One exchange of one connection; ``release()`` it when the response has ended.
    struct Lease: Sendable {
        fileprivate let key: ObjectIdentifier
        fileprivate let number: Int
        fileprivate let connections: ComputerConnections

        func release() { connections.release(self) }
    }

    /// From now to the lease's release `channel` is reset when `computer` goes.
    func enter(_ computer: any Computer, _ channel: any Channel) -> Lease {
        let key = ObjectIdentifier(computer)
        let (number, isNew) = state.withLock { state in
            state.nextNumber += 1
            var entry = state.entries[key] ?? Entry()
            let isNew = !entry.isWatched
            entry.isWatched = true
            entry.channels[state.nextNumber] = channel
            state.entries[key] = entry
            return (state.nextNumber, isNew)
        }
        if isNew {
            // One task for each computer that is spoken to; it ends with the computer, which it keeps alive.
            Task {
                await computer.untilGone()
                let channels = state.withLock { $0.entries.removeValue(forKey: key) }?.channels.values
                for channel in channels.map(Array.init) ?? [] { await Self.reset(channel) }
                onGone(computer.id)
            }
        }
        return Lease(key: key, number: number, connections: self)
    }

    private func release(_ lease: Lease) {
        state.withLock { $0.entries[lease.key]?.channels[lease.number] = nil }
    }

    /// Connections that answer for a computer right now.
    var count: Int { state.withLock { $0.entries.values.reduce(0) { $0 + $1.channels.count } } }

    /// Closes `channel` with a TCP reset. Returns when that has been done.
    static func reset(_ channel: any Channel) async {
        if let socket = channel as? any SocketOptionProvider {
            try? await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.close().get()
    }
}
