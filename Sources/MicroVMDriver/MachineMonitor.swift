// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// Talks to QEMU (QMP: lines of JSON). QEMU's answers are looked through for the few words that matter and never parsed: it may
/// have been taken over by its guest.
final class MachineMonitor {
    /// QEMU's lines are short. A longer one is not QEMU's.
    private static let mostLineBytes = 1 << 16
    private static let step = "talk to QEMU"

    private let socket: SharedDescriptor
    private var buffer: [UInt8] = []

    /// QEMU greets first.
    init(_ socket: SharedDescriptor) async throws {
        self.socket = socket
        try Descriptors.setNonBlocking(socket.raw)
        guard try await line().contains("\"QMP\"") else { throw Self.failure("does not greet") }
        try await command("qmp_capabilities")
        try await command(
            "migrate-set-capabilities",
            "{\"capabilities\":[{\"capability\":\"x-ignore-shared\",\"state\":true},{\"capability\":\"events\",\"state\":true}]}"
        )
    }

    /// - Parameter arguments: As JSON.
    func command(_ name: String, _ arguments: String = "{}", passing descriptors: [Int32] = []) async throws {
        let text = "{\"execute\":\"\(name)\",\"arguments\":\(arguments)}\n"
        // Far smaller than a socket's room.
        let bytes = Array(text.utf8)
        guard try Descriptors.send(bytes[...], descriptors: descriptors, to: socket.raw) == bytes.count else {
            throw Self.failure("does not listen")
        }
        while true {
            let answer = try await line()
            if answer.hasPrefix("{\"return\"") { return }
            if answer.hasPrefix("{\"error\"") { throw Self.failure("refuses \(name): \(answer.prefix(300))") }
        }
    }

    /// Returns when what was started with `migrate` or `migrate-incoming` is done.
    func migrated() async throws {
        while true {
            let event = try await line()
            guard event.contains("\"MIGRATION\"") else { continue }
            if event.contains("\"completed\"") { return }
            if event.contains("\"failed\"") { throw Self.failure("cannot keep or restore the machine") }
        }
    }

    private func line() async throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            guard buffer.count < Self.mostLineBytes else { throw Self.failure("talks too much") }
            buffer += try await Self.received(from: socket.raw)
        }
    }

    /// What has come on a socket that does not block; waits for it. Polls, because the wait must end with the task.
    static func received(from socket: Int32) async throws -> [UInt8] {
        while true {
            do throws(SystemError) {
                if let (bytes, descriptors) = try Descriptors.receive(from: socket, upTo: 4096) {
                    for number in descriptors { _ = OwnedDescriptor(owning: number) }
                    if !bytes.isEmpty { return bytes }
                    throw SystemError(Errno.noEntry, call: "receive")
                }
            } catch {
                throw failure("has ended")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private static func failure(_ message: String) -> IsolationError {
        IsolationError(.setupFailed, step: step, message: "QEMU \(message)")
    }
}
