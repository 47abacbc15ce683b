// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Sends the content of a regular file from an offset that the host names once it knows the size.
struct FileReader {
    /// Files that say they are this small are read before their size is told: those of /proc and /sys do not know theirs.
    private static let mostAtOnce = Frame.chunkBytes
    /// Most content of a file that says it has none.
    private static let mostUntold = 4 << 20

    private let file: SharedDescriptor
    private let status: FileStatus
    private var content: [UInt8]?

    /// - Throws: EISDIR for a directory, EINVAL for what is no regular file.
    init(_ path: RawPath) throws(SystemError) {
        // Opening a FIFO or a device must not block, nor make a terminal ours.
        file = SharedDescriptor(try Files.open(path, [.readOnly, .nonBlocking, .noTerminal]))
        status = try Files.status(of: file.raw)
        guard status.kind != .directory else { throw SystemError(Errno.isDirectory, call: "read") }
        guard status.kind == .regular else { throw SystemError(Errno.invalid, call: "read") }
        if status.size <= Self.mostAtOnce { content = try readAll() }
    }

    private func readAll() throws(SystemError) -> [UInt8] {
        var content: [UInt8] = []
        // In order and without offsets, as the kernel's made-up files want to be read.
        while let part = try Files.read(file.raw, upTo: Frame.chunkBytes), !part.isEmpty {
            content += part
            if status.size > 0 && content.count >= Self.mostAtOnce { break }
            guard content.count <= Self.mostUntold else { throw SystemError(Errno.fileTooBig, call: "read") }
        }
        return content
    }

    /// Never sends more than the size that was told, even when the file grows; less when it shrinks.
    func send(to output: ToolOutput) throws(SystemError) {
        let size = Int64(content?.count ?? status.size)
        output.send(
            .opened(
                size: UInt64(size), seconds: status.modifiedSeconds,
                nanoseconds: UInt32(min(max(0, status.modifiedNanoseconds), 999_999_999))))
        var offset = min(try waitForOffset(), size)
        while offset < size {
            let count = Int(min(Int64(Frame.chunkBytes), size - offset))
            let part: [UInt8]
            if let content {
                part = Array(content[Int(offset)..<Int(offset) + count])
            } else {
                part = try Files.read(file.raw, upTo: count, at: offset)
            }
            if part.isEmpty { break }
            output.send(.data(part))
            offset += Int64(part.count)
        }
    }

    private func waitForOffset() throws(SystemError) -> Int64 {
        var bytes: [UInt8] = []
        while bytes.count < 8 {
            guard let part = try Files.read(ToolOutput.input, upTo: 8 - bytes.count), !part.isEmpty else {
                GuestCalls.exit(GuestTool.Exit.done.rawValue)
            }
            bytes += part
        }
        return Int64(
            truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & UInt64(Int64.max))
    }
}
