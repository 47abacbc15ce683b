// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import NIOCore
import Synchronization

/// All open connections of a server: how many there are, and which one goes when there are too many.
final class ConnectionRegistry: Sendable {
    private struct State {
        var accepted = 0
        var open: [ObjectIdentifier: any Channel] = [:]
        /// Since when a connection has been idle; the busy ones are absent.
        var idle: [ObjectIdentifier: NIODeadline] = [:]

        /// The connection that has been idle longest. It is taken once only: each new connection needs another's place.
        mutating func takeOldest() -> (any Channel)? {
            guard let oldest = idle.min(by: { $0.value < $1.value }) else { return nil }
            idle[oldest.key] = nil
            return open[oldest.key]
        }
    }

    private let state = Mutex(State())
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    var openCount: Int { state.withLock { $0.open.count } }

    func opened(_ channel: any Channel) {
        state.withLock { state in
            state.open[ObjectIdentifier(channel)] = channel
            state.idle[ObjectIdentifier(channel)] = .now()
        }
    }

    func closed(_ channel: any Channel) {
        state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            state.idle[ObjectIdentifier(channel)] = nil
        }
    }

    func becameBusy(_ channel: any Channel) {
        state.withLock { $0.idle[ObjectIdentifier(channel)] = nil }
    }

    /// - Returns: Whether the connection may stay open; not when new ones wait for a place.
    func becameIdle(_ channel: any Channel) -> Bool {
        state.withLock { state in
            state.idle[ObjectIdentifier(channel)] = .now()
            return state.accepted < maximum
        }
    }

    /// Asks the connections that have been idle longest to close.
    func evictIdle(_ count: Int) {
        let channels = state.withLock { state in
            (0..<count).compactMap { _ in state.takeOldest() }
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(EvictIfIdle()) }
    }

    func closeAll() {
        let channels = state.withLock { Array($0.open.values) }
        for channel in channels { channel.close(promise: nil) }
    }

    fileprivate func accepted() {
        let evicted: (any Channel)? = state.withLock { state in
            state.accepted += 1
            guard state.accepted >= maximum else { return nil }
            return state.takeOldest()
        }
        evicted?.pipeline.fireUserInboundEventTriggered(EvictIfIdle())
    }

    fileprivate func gone() { state.withLock { $0.accepted -= 1 } }
    fileprivate var hasPlace: Bool { state.withLock { $0.accepted < maximum } }
}

/// Lets a server accept while its registry has a place. When it has not, connections wait in the kernel's queue.
struct ConnectionGate: AvailableConnectionsDelegate {
    let registry: ConnectionRegistry

    mutating func connectionOpened() { registry.accepted() }
    mutating func connectionClosed() { registry.gone() }
    func isAcceptingNewConnections() -> Bool { registry.hasPlace }
}
