// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// The host's side of a Firecracker's sockets. What comes from them is bounded and hardly looked at: Firecracker may have been
/// taken over by its guest.
enum FirecrackerConnection {
    /// Firecracker's answers have no body, or a line of JSON.
    private static let mostAnswerBytes = 1 << 16
    private static let mostMessageBytes = 500
    /// `OK`, a port, and what the agent says.
    private static let mostGreetingBytes = 256
    private static let step = "talk to Firecracker"

    /// Sends a request on a connection of its own and waits for the answer.
    ///
    /// - Throws: ``IsolationError`` `setup_failed` with Firecracker's `fault_message` when it refuses.
    static func exchange(_ request: FirecrackerRequest, on socket: SharedDescriptor) async throws {
        let bytes = request.bytes
        guard try Descriptors.send(bytes[...], to: socket.raw) == bytes.count else { throw failure("does not listen") }
        var answer: [UInt8] = []
        while true {
            if let (status, body) = try parsed(answer) {
                if (200..<300).contains(status) { return }
                throw failure("refuses \(request.method.rawValue) \(request.path) with \(status): \(readable(body))")
            }
            guard answer.count < mostAnswerBytes else { throw failure("talks too much") }
            answer += try await received(from: socket.raw)
        }
    }

    /// Status and body of a whole answer; nil when more must come.
    static func parsed(_ answer: [UInt8]) throws(IsolationError) -> (status: Int, body: ArraySlice<UInt8>)? {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        guard let head = answer.indices.first(where: { answer[$0...].starts(with: end) }) else {
            // What is no answer is found out at once, not when there is enough of it.
            guard Array("HTTP/1.".utf8).starts(with: answer.prefix(7)) else { throw failure("does not speak HTTP") }
            return nil
        }
        let lines = String(decoding: answer[..<head], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
            let status = Int(words[1]), (100..<600).contains(status)
        else { throw failure("does not speak HTTP") }
        var length = 0
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw failure("does not speak HTTP") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-length":
                guard let number = Int(value), (0...mostAnswerBytes).contains(number) else {
                    throw failure("announces an answer of \(readable(Array(value.utf8)[...])) bytes")
                }
                length = number
            case "transfer-encoding": throw failure("answers in an encoding that it never uses")
            default: continue
            }
        }
        let body = answer[(head + end.count)...]
        return status == 204 ? (status, []) : body.count < length ? nil : (status, body.prefix(length))
    }

    /// Reaches the guest agent through a connection to Firecracker's socket (docs/vsock.md, "Host-Initiated Connections").
    ///
    /// - Returns: False when nobody listens in the guest yet: Firecracker closes the connection then.
    static func greet(on socket: SharedDescriptor) async throws -> Bool {
        let words = Array("CONNECT \(MachineGreeting.socketPort)\n".utf8)
        guard try Descriptors.send(words[...], to: socket.raw) == words.count else { throw failure("does not listen") }
        var text: [UInt8] = []
        while true {
            if let end = text.firstIndex(of: 0x0A) {
                let line = String(decoding: text[..<end], as: UTF8.self)
                guard line.hasPrefix("OK "), UInt32(line.dropFirst(3)) != nil else {
                    throw failure("does not connect: \(readable(text[..<end]))")
                }
                let greeting = text[(end + 1)...]
                let expected = Array(MachineGreeting.text.utf8)
                if greeting.elementsEqual(expected) { return true }
                guard expected.starts(with: greeting) else { break }
            }
            guard text.count < mostGreetingBytes else { break }
            do {
                text += try await received(from: socket.raw)
            } catch is IsolationError where text.isEmpty {
                return false
            }
        }
        throw IsolationError(.guestFailed, step: "start a machine", message: "the guest agent does not greet")
    }

    private static func received(from socket: Int32) async throws -> [UInt8] {
        do {
            return try await MachineMonitor.received(from: socket)
        } catch is IsolationError {
            throw failure("has ended its connection")
        }
    }

    private static func readable(_ bytes: ArraySlice<UInt8>) -> String {
        String(
            String(decoding: bytes.prefix(mostMessageBytes), as: UTF8.self).unicodeScalars
                .filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init))
    }

    private static func failure(_ message: String) -> IsolationError {
        IsolationError(.setupFailed, step: step, message: "Firecracker \(message)")
    }
}
