// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Carries bytes between the host and a server that listens on this sandbox's loopback. Each direction is closed on its
/// own, and a side that does not read stops only the other side's writing.
final class Relay {
    private enum Token {
        static let input: UInt64 = 0
        static let output: UInt64 = 1
        static let socket: UInt64 = 2
    }

    private static let connectMilliseconds: Int32 = 10_000

    private let socket: OwnedDescriptor
    private let epoll: Epoll
    private var watched: [Int32: PollEvents] = [:]
    /// From the host, on the way to the server.
    private var inward: ArraySlice<UInt8> = []
    /// Frames on the way to the host.
    private var outward: ArraySlice<UInt8> = []
    private var hostMayWrite = true
    private var serverMayWrite = true

    /// - Throws: What the last address answered: ECONNREFUSED when nothing listens.
    init(port: UInt16) throws(SystemError) {
        do {
            socket = try LoopbackConnection.open(.four, port: port, milliseconds: Self.connectMilliseconds)
        } catch {
            do {
                socket = try LoopbackConnection.open(.six, port: port, milliseconds: Self.connectMilliseconds)
            } catch let second {
                // A sandbox without IPv6 has no such address; then the first answer says more.
                throw error.number == Errno.connectionRefused ? error : second
            }
        }
        epoll = try Epoll()
    }

    /// Returns when both directions are closed.
    func run() throws(SystemError) {
        outward = ToolMessage.ready.encoded()[...]
        try Descriptors.setNonBlocking(ToolOutput.input)
        try Descriptors.setNonBlocking(ToolOutput.descriptor)
        while hostMayWrite || serverMayWrite || !inward.isEmpty || !outward.isEmpty {
            try updateInterest()
            for event in try epoll.wait() {
                switch event.token {
                case Token.input: try readInput()
                case Token.output: try writeOutput()
                default:
                    if event.events.contains(.writable) || !event.events.isDisjoint(with: [.failed, .hungUp]) {
                        try writeSocket()
                    }
                    if !event.events.isDisjoint(with: [.readable, .failed, .hungUp]) { readSocket() }
                }
            }
        }
    }

    private func updateInterest() throws(SystemError) {
        try watch(ToolOutput.input, hostMayWrite && inward.isEmpty ? .readable : [], token: Token.input)
        try watch(ToolOutput.descriptor, outward.isEmpty ? [] : .writable, token: Token.output)
        var events: PollEvents = []
        if serverMayWrite && outward.isEmpty { events.insert(.readable) }
        if !inward.isEmpty { events.insert(.writable) }
        try watch(socket.raw, events, token: Token.socket)
    }

    /// Takes a descriptor out while nothing is wanted of it: a hang-up is reported whatever is asked for.
    private func watch(_ descriptor: Int32, _ events: PollEvents, token: UInt64) throws(SystemError) {
        let before = watched[descriptor]
        guard before != (events.isEmpty ? nil : events) else { return }
        if events.isEmpty {
            try epoll.remove(descriptor)
        } else if before == nil {
            try epoll.add(descriptor, token: token, events: events)
        } else {
            try epoll.modify(descriptor, token: token, events: events)
        }
        watched[descriptor] = events.isEmpty ? nil : events
    }

    private func readInput() throws(SystemError) {
        guard hostMayWrite, inward.isEmpty, let bytes = try Files.read(ToolOutput.input, upTo: Frame.chunkBytes) else {
            return
        }
        if bytes.isEmpty {
            hostMayWrite = false
            // The server may have gone already.
            try? LoopbackConnection.finishWriting(socket.raw)
        } else {
            inward = bytes[...]
            try writeSocket()
        }
    }

    private func writeSocket() throws(SystemError) {
        guard !inward.isEmpty else { return }
        do {
            guard let sent = try Descriptors.send(inward, to: socket.raw) else { return }
            inward = inward.dropFirst(sent)
        } catch let error where error.number == Errno.brokenPipe || error.number == Errno.connectionReset {
            // The server reads no more; what it has written still goes to the host.
            inward = []
            hostMayWrite = false
        }
    }

    private func readSocket() {
        guard serverMayWrite, outward.isEmpty else { return }
        do throws(SystemError) {
            guard let bytes = try Files.read(socket.raw, upTo: Frame.chunkBytes) else { return }
            if bytes.isEmpty { serverMayWrite = false }
            outward = (bytes.isEmpty ? ToolMessage.end : .data(bytes)).encoded()[...]
        } catch {
            serverMayWrite = false
            hostMayWrite = false
            inward = []
            outward = ToolMessage.failed(name: error.name, call: error.call).encoded()[...]
        }
    }

    private func writeOutput() throws(SystemError) {
        guard let written = try Files.write(ToolOutput.descriptor, outward) else { return }
        outward = outward.dropFirst(written)
    }
}
