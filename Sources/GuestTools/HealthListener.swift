// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Says over HTTP, to whoever asks inside the sandbox, that the code interpreter is there. It is answered by the host, so a
/// sandbox itself has nothing else that listens on that port.
struct HealthListener: ~Copyable {
    private static let answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\"OK\""
    private static let patienceSeconds: Int32 = 2

    private let listener: LoopbackListener

    init(port: UInt16) throws(SystemError) {
        listener = try LoopbackListener(port: port)
    }

    /// Answers one after the other, whatever they ask, for ever.
    func run() throws(SystemError) {
        while true {
            let connection = try listener.accept(seconds: Self.patienceSeconds)
            // Who does not ask, or does not want the answer, has none.
            guard let asked = try? Files.read(connection.raw, upTo: 4096), !asked.isEmpty else { continue }
            _ = try? Descriptors.send(Array(Self.answer.utf8)[...], to: connection.raw)
        }
    }
}
