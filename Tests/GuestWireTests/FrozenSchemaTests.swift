// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Testing

/// The wire is frozen: the bytes of one of every message, as committed in `generation-1.txt`.
///
/// When this fails, either undo the change, or raise ``Frame/generation`` and commit a new file. A guest agent and a host
/// of different builds meet when sandboxes outlive an upgrade.
@Suite struct FrozenSchemaTests {
    static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "generation-1.txt")

    static var current: String {
        func line(_ name: String, _ bytes: [UInt8]) -> String {
            name + " " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        let host = SampleMessages.host.enumerated().map { line("host \($0.offset)", $0.element.encoded()) }
        let guest = SampleMessages.guest.enumerated().map { line("guest \($0.offset)", $0.element.encoded()) }
        return (host + guest).joined(separator: "\n") + "\n"
    }

    @Test func bytesOfEveryMessageAreAsCommitted() throws {
        #expect(Frame.generation == 1)
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == Self.current)
    }
}
