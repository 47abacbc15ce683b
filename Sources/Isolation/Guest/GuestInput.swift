// SPDX-License-Identifier: Apache-2.0
import GuestWire

/// A file to be written in a sandbox beneath `root`, replacing what has its name; missing directories are made.
public struct GuestInput: Sendable, Hashable {
    public let path: String
    public let content: [UInt8]
    public let root: String
    public let mode: UInt32

    public init(path: String, content: [UInt8], root: String = SandboxPath.home, mode: UInt32 = 0o644) {
        self.path = path
        self.content = content
        self.root = root
        self.mode = mode
    }

    /// The frames that carry it, each at most ``GuestWire/Frame/chunkBytes`` of content.
    func messages(_ request: UInt32) -> [HostMessage] {
        let offsets = content.isEmpty ? [0] : Array(stride(from: 0, to: content.count, by: Frame.chunkBytes))
        return offsets.map { offset in
            HostMessage.putFile(
                request: request, root: root, path: path, mode: mode, offset: UInt64(offset),
                data: Array(content[offset..<min(offset + Frame.chunkBytes, content.count)]),
                last: offset == offsets.last)
        }
    }
}
