// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Two descriptors that belong together: the ends of a pipe or of a socket pair.
public struct DescriptorPair: ~Copyable, Sendable {
    /// The reading end of a pipe.
    public let first: OwnedDescriptor
    /// The writing end of a pipe.
    public let second: OwnedDescriptor

    /// Both ends, each to be kept or dropped on its own.
    public consuming func share() -> (first: SharedDescriptor, second: SharedDescriptor) {
        (SharedDescriptor(first), SharedDescriptor(second))
    }
}

/// Pipes, sockets and memory files.
public enum Descriptors {
    /// Most descriptors that go with one message.
    public static let mostPassed = 64

    /// A pipe, both ends close-on-exec.
    public static func makePipe() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        try retrying("pipe2") { nb_pipe(&ends) }
        return DescriptorPair(first: OwnedDescriptor(owning: ends[0]), second: OwnedDescriptor(owning: ends[1]))
    }

    /// A connected pair of stream sockets, close-on-exec.
    public static func makeSocketPair() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        try retrying("socketpair") { nb_socketpair(&ends) }
        return DescriptorPair(first: OwnedDescriptor(owning: ends[0]), second: OwnedDescriptor(owning: ends[1]))
    }

    /// Another descriptor for the same open file, close-on-exec.
    public static func duplicate(_ descriptor: Int32) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("fcntl F_DUPFD_CLOEXEC") { nb_fcntl_int(descriptor, F_DUPFD_CLOEXEC, 0) })
    }

    public static func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
        let flags = try retrying("fcntl F_GETFL") { nb_fcntl_int(descriptor, F_GETFL, 0) }
        try retrying("fcntl F_SETFL") { nb_fcntl_int(descriptor, F_SETFL, Int(flags | O_NONBLOCK)) }
    }

    /// Sends bytes, with descriptors attached to the first of them. Returns bytes sent, `nil` when there is no room now.
    public static func send(
        _ bytes: ArraySlice<UInt8>, descriptors: [Int32] = [], to socket: Int32
    ) throws(SystemError) -> Int? {
        while true {
            let sent = bytes.withUnsafeBytes { buffer in
                descriptors.withUnsafeBufferPointer {
                    nb_send_descriptors(socket, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
                }
            }
            if sent >= 0 { return sent }
            if errno == EINTR { continue }
            if errno == EAGAIN { return nil }
            throw SystemError.last("sendmsg")
        }
    }

    /// Receives bytes and any attached descriptors, which the caller then owns. Empty bytes: the peer closed.
    /// `nil` when a non-blocking socket has nothing now.
    public static func receive(
        from socket: Int32, upTo count: Int
    ) throws(SystemError) -> (bytes: [UInt8], descriptors: [Int32])? {
        var descriptors = [Int32](repeating: -1, count: mostPassed)
        var descriptorCount = descriptors.count
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            while true {
                descriptorCount = mostPassed
                let got = nb_receive_descriptors(socket, buffer.baseAddress, count, &descriptors, &descriptorCount)
                if got >= 0 {
                    used = got
                    return
                }
                if errno == EINTR { continue }
                failure = errno
                used = 0
                return
            }
        }
        if failure == EAGAIN { return nil }
        if failure != 0 { throw SystemError(failure, call: "recvmsg") }
        return (bytes, Array(descriptors.prefix(descriptorCount)))
    }

    /// Sends all of it on a blocking stream, with descriptors attached to the first byte.
    public static func sendAll(
        _ bytes: [UInt8], descriptors: [Int32] = [], to socket: Int32
    ) throws(SystemError) {
        var rest = bytes[...]
        var attached = descriptors
        while !rest.isEmpty {
            guard let sent = try send(rest, descriptors: attached, to: socket) else {
                throw SystemError(Errno.timedOut, call: "sendmsg")
            }
            rest = rest.dropFirst(sent)
            attached = []
        }
    }

    /// Receives exactly so many bytes from a blocking stream; descriptors that come with them are closed.
    public static func receiveAll(_ count: Int, from socket: Int32) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let (more, descriptors) = try receive(from: socket, upTo: count - bytes.count) else {
                throw SystemError(Errno.timedOut, call: "recvmsg")
            }
            for descriptor in descriptors { _ = OwnedDescriptor(owning: descriptor) }
            guard !more.isEmpty else { throw SystemError(Errno.connectionReset, call: "recvmsg") }
            bytes += more
        }
        return bytes
    }

    /// Makes sending and receiving on a blocking socket give up after this time (socket(7), `SO_RCVTIMEO`).
    public static func setTimeout(of socket: Int32, seconds: Int) throws(SystemError) {
        try retrying("setsockopt SO_RCVTIMEO") { nb_set_timeout(socket, Int32(seconds)) }
    }

    /// A memory file with this content that can never be changed again (memfd_create(2), fcntl(2) `F_ADD_SEALS`).
    public static func makeSealedMemory(name: String, content: [UInt8]) throws(SystemError) -> OwnedDescriptor {
        let memory = OwnedDescriptor(owning: try retrying("memfd_create", name) { nb_memfd(name) })
        try Files.writeAll(memory.raw, content)
        try retrying("fcntl F_ADD_SEALS", name) { nb_seal_memory(memory.raw) }
        return memory
    }

    /// An empty memory file, which ``seal(_:)`` can make unchangeable.
    public static func makeMemory(name: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("memfd_create", name) { nb_data_memory(name) })
    }

    /// Makes a memory file unchangeable for good. Fails while it is mapped for writing.
    public static func seal(_ memory: Int32) throws(SystemError) {
        try retrying("fcntl F_ADD_SEALS") { nb_seal_memory(memory) }
    }

    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }
}
