// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// The agent's end of the stream to the host: descriptor 3.
final class ControlChannel {
    /// Above this many unsent bytes the agent stops reading programs' output.
    static let highWaterBytes = 256 << 10

    let descriptor: Int32
    /// Otherwise a port of a machine, which passes bytes only.
    private let isSocket: Bool
    private var passed: [Int32] = []
    private var incoming = FrameBuffer()
    private var outgoing: [UInt8] = []
    private var sent = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
        isSocket = (try? Files.status(of: descriptor))?.kind == .socket
    }

    var unsentBytes: Int { outgoing.count - sent }

    /// Reads what has come. False: the host is gone.
    func receive() throws(SystemError) -> Bool {
        guard isSocket else {
            guard let bytes = try Files.read(descriptor, upTo: Frame.chunkBytes) else { return true }
            incoming.append(bytes)
            return !bytes.isEmpty
        }
        guard let (bytes, descriptors) = try Descriptors.receive(from: descriptor, upTo: Frame.chunkBytes) else {
            return true
        }
        passed += descriptors
        incoming.append(bytes)
        return !bytes.isEmpty
    }

    /// Descriptors that the host has passed and nobody has taken, in order; they are the caller's now.
    func takePassed() -> [Int32] {
        defer { passed = [] }
        return passed
    }

    func nextMessage() throws(WireError) -> HostMessage? {
        guard let (type, payload) = try incoming.next() else { return nil }
        return try HostMessage(type: type, payload: payload)
    }

    func send(_ message: GuestMessage) {
        if sent == outgoing.count {
            outgoing = message.encoded()
            sent = 0
        } else {
            outgoing += message.encoded()
        }
    }

    /// Sends what fits now. False: the host is gone.
    func flush() -> Bool {
        while sent < outgoing.count {
            do throws(SystemError) {
                let rest = outgoing[sent...]
                guard let count = try isSocket ? Descriptors.send(rest, to: descriptor) : Files.write(descriptor, rest)
                else { return true }
                sent += count
            } catch {
                return false
            }
        }
        outgoing.removeAll(keepingCapacity: outgoing.capacity <= Self.highWaterBytes)
        sent = 0
        return true
    }

    /// Sends everything, waiting for the host where it must. False: the host is gone.
    func drain() throws(SystemError) -> Bool {
        while unsentBytes > 0 {
            guard flush() else { return false }
            if unsentBytes > 0 {
                let epoll = try Epoll()
                try epoll.add(descriptor, token: 0, events: .writable)
                _ = try epoll.wait()
            }
        }
        return true
    }
}
