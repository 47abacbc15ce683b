// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// What an ``Epoll`` watches for or reports.
public struct PollEvents: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = PollEvents(rawValue: 0x001)
    /// Of a control group's files: it has changed since it was read last.
    public static let urgent = PollEvents(rawValue: 0x002)
    public static let writable = PollEvents(rawValue: 0x004)
    public static let failed = PollEvents(rawValue: 0x008)
    public static let hungUp = PollEvents(rawValue: 0x010)
}

/// epoll(7), level-triggered. Each descriptor carries a caller-chosen token.
public struct Epoll: ~Copyable, Sendable {
    public struct Event: Sendable, Hashable {
        public let token: UInt64
        public let events: PollEvents
    }

    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(owning: try retrying("epoll_create1") { nb_epoll_create() })
    }

    public func add(_ watched: Int32, token: UInt64, events: PollEvents) throws(SystemError) {
        try control(1, watched, token, events)
    }

    public func modify(_ watched: Int32, token: UInt64, events: PollEvents) throws(SystemError) {
        try control(3, watched, token, events)
    }

    public func remove(_ watched: Int32) throws(SystemError) {
        try control(2, watched, 0, [])
    }

    private func control(_ operation: Int32, _ watched: Int32, _ token: UInt64, _ events: PollEvents)
        throws(SystemError)
    {
        try retrying("epoll_ctl") { nb_epoll_control(descriptor.raw, operation, watched, events.rawValue, token) }
    }

    /// Waits for events; `milliseconds` -1 waits without end. Empty on time-out or when a signal interrupts.
    public func wait(milliseconds: Int32 = -1) throws(SystemError) -> [Event] {
        let most = 64
        var failure: Int32 = 0
        let raw = [nb_epoll_event](unsafeUninitializedCapacity: most) { buffer, used in
            let got = nb_epoll_wait(descriptor.raw, buffer.baseAddress, Int32(most), milliseconds)
            if got < 0 { failure = errno }
            used = max(0, Int(got))
        }
        if failure != 0 && failure != EINTR { throw SystemError(failure, call: "epoll_wait") }
        return raw.map { Event(token: $0.token, events: PollEvents(rawValue: $0.events)) }
    }
}

/// eventfd(2): wakes an ``Epoll`` from another thread.
public struct WakeUp: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    public init() throws(SystemError) {
        descriptor = OwnedDescriptor(owning: try retrying("eventfd") { nb_eventfd() })
    }

    public var raw: Int32 { descriptor.raw }

    public func signal() {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor.raw, &one, 8)
    }

    public func clear() {
        var value: UInt64 = 0
        _ = Glibc.read(descriptor.raw, &value, 8)
    }
}

/// timerfd(2) on CLOCK_MONOTONIC: wakes an ``Epoll`` when time has passed. Setting it is one system call and wakes no thread.
public struct WakeTimer: Sendable {
    private let descriptor: SharedDescriptor

    public init() throws(SystemError) {
        descriptor = SharedDescriptor(OwnedDescriptor(owning: try retrying("timerfd_create") { nb_timerfd_create() }))
    }

    public var raw: Int32 { descriptor.raw }

    /// Rings once, `time` from now, at once when it is not positive; in place of what was set before.
    public func set(after time: Duration) {
        // Nothing at all would stop the timer.
        let (seconds, attoseconds) = max(time, .nanoseconds(1)).components
        _ = nb_timerfd_set(descriptor.raw, seconds, attoseconds / 1_000_000_000)
    }

    /// After it has rung; it is readable until then.
    public func clear() {
        var count: UInt64 = 0
        _ = Glibc.read(descriptor.raw, &count, 8)
    }
}
