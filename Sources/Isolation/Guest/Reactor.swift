// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Synchronization

/// One thread that waits for descriptors on behalf of every guest session.
///
/// Handlers run on that thread, one at a time, and must not block. A handler may still be called once after its
/// descriptor was removed by another thread; it checks its own state.
final class Reactor: Sendable {
    typealias Handler = @Sendable (PollEvents) -> Void

    private struct Registration {
        let handler: Handler
        /// Set for who wants to hear of one event only.
        let onlyOnce: Int32?
    }

    private struct State {
        var nextToken: UInt64 = 1
        var handlers: [UInt64: Registration] = [:]
    }

    /// Registrations begin behind it.
    private static let alarmToken: UInt64 = 0

    /// Ring on this thread.
    let alarms: Alarms
    private let epoll: Epoll
    private let state = Mutex(State())

    init() throws(SystemError) {
        epoll = try Epoll()
        alarms = Alarms(timer: try WakeTimer())
        try epoll.add(alarms.descriptor, token: Self.alarmToken, events: .readable)
        try startThread(name: "nestbox-io") { [self] in
            while true {
                // Nothing but a broken descriptor of our own makes waiting fail; trying again is all there is to do.
                guard let events = try? epoll.wait() else { continue }
                for event in events {
                    if event.token == Self.alarmToken { alarms.ring() } else { handle(event) }
                }
            }
        }
    }

    private func handle(_ event: Epoll.Event) {
        let registration = state.withLock { state in
            guard let found = state.handlers[event.token] else { return nil as Registration? }
            if found.onlyOnce != nil { state.handlers[event.token] = nil }
            return found
        }
        // Before the handler tells anybody: an event that nobody has taken care of would be reported again and again, as
        // long as whoever is told waits for a processor.
        if let descriptor = registration?.onlyOnce { try? epoll.remove(descriptor) }
        registration?.handler(event.events)
    }

    /// Watches `descriptor` until ``remove(_:descriptor:)``, or until its first event. Returns the token of the registration.
    @discardableResult
    func add(
        _ descriptor: Int32, _ events: PollEvents, onlyOnce: Bool = false, handler: @escaping Handler
    ) throws(SystemError) -> UInt64 {
        let token = state.withLock { state in
            let token = state.nextToken
            state.nextToken += 1
            state.handlers[token] = Registration(handler: handler, onlyOnce: onlyOnce ? descriptor : nil)
            return token
        }
        do throws(SystemError) {
            try epoll.add(descriptor, token: token, events: events)
        } catch {
            state.withLock { $0.handlers[token] = nil }
            throw error
        }
        return token
    }

    func modify(_ token: UInt64, descriptor: Int32, _ events: PollEvents) throws(SystemError) {
        try epoll.modify(descriptor, token: token, events: events)
    }

    func remove(_ token: UInt64, descriptor: Int32) {
        let known = state.withLock { $0.handlers.removeValue(forKey: token) != nil }
        if known { try? epoll.remove(descriptor) }
    }
}
