// SPDX-License-Identifier: Apache-2.0

/// What a tool tells the host, as frames on its standard output. A tool is an ordinary program of the sandbox, so any other
/// program there can put words into its mouth: the host holds every bound again and believes nothing beyond the sandbox.
///
/// Each tool ends after `failed` or `end`; a stream that stops without either is a tool that was killed.
public enum ToolMessage: Sendable, Hashable {
    /// The tool could not do it: the name of an errno, such as `ENOENT`, and the call.
    case failed(name: String, call: String)
    case entry(ToolEntry)
    /// A file is open for reading. It waits for 8 bytes on standard input, the offset, little-endian.
    case opened(size: UInt64, seconds: Int64, nanoseconds: UInt32)
    /// The next bytes of a file or a connection.
    case data([UInt8])
    /// All is done; of a connection: nothing more comes from inside.
    case end
    /// The file is open for writing, the directory is watched, the connection is up.
    case ready
    /// Something changed in a watched directory; `name` is relative to it, `.` for the directory itself.
    case change(ToolChange, name: [UInt8])
    /// Everything that had happened when the host asked was sent.
    case synced
    /// Changes were lost: more happened than the kernel keeps. The watch is over.
    case overflow

    /// PATH_MAX, without the NUL.
    public static let mostPathBytes = 4095
    public static let mostNameBytes = 255
    /// Entries of one listing.
    public static let mostEntries = 100_000
    public static let mostAttributes = 256
    /// Keys and values of an entry together.
    public static let mostAttributeBytes = 65536

    public func encoded() -> [UInt8] {
        switch self {
        case .failed(let name, let call):
            Frame.encode(type: 1) { writer in
                writer.put(name.utf8.prefix(Self.mostNameBytes))
                writer.put(call.utf8.prefix(Self.mostNameBytes))
            }
        case .entry(let entry):
            Frame.encode(type: 2) { entry.put(to: &$0) }
        case .opened(let size, let seconds, let nanoseconds):
            Frame.encode(type: 3) { writer in
                writer.put(size)
                writer.put(UInt64(bitPattern: seconds))
                writer.put(nanoseconds)
            }
        case .data(let bytes):
            Frame.encode(type: 4) { $0.put(bytes) }
        case .end:
            Frame.encode(type: 5) { _ in }
        case .ready:
            Frame.encode(type: 6) { _ in }
        case .change(let kind, let name):
            Frame.encode(type: 7) { writer in
                writer.put(kind.rawValue)
                writer.put(name)
            }
        case .synced:
            Frame.encode(type: 8) { _ in }
        case .overflow:
            Frame.encode(type: 9) { _ in }
        }
    }

    public init(type: UInt8, payload: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(payload)
        switch type {
        case 1:
            let name = try reader.data("name", atMost: Self.mostNameBytes)
            let call = try reader.data("call", atMost: Self.mostNameBytes)
            guard let name = String(validating: name, as: UTF8.self), let call = String(validating: call, as: UTF8.self)
            else { throw .invalid(field: "name", value: 0) }
            self = .failed(name: name, call: call)
        case 2: self = .entry(try ToolEntry(from: &reader))
        case 3:
            let size = try reader.uint64("size")
            guard size <= UInt64(Int64.max) else { throw .invalid(field: "size", value: size) }
            self = .opened(
                size: size, seconds: Int64(bitPattern: try reader.uint64("seconds")),
                nanoseconds: try reader.bits("nanoseconds", atMost: 999_999_999))
        case 4: self = .data(try reader.data("data", atMost: Frame.chunkBytes))
        case 5: self = .end
        case 6: self = .ready
        case 7:
            let kind = try reader.byte("kind")
            guard let change = ToolChange(rawValue: kind) else { throw .invalid(field: "kind", value: UInt64(kind)) }
            self = .change(change, name: try reader.path("name"))
        case 8: self = .synced
        case 9: self = .overflow
        default: throw .invalid(field: "type", value: UInt64(type))
        }
        try reader.finish()
    }
}

/// What happened to a file.
public enum ToolChange: UInt8, Sendable, Hashable, CaseIterable {
    case create = 1
    case write = 2
    case remove = 3
    case rename = 4
    case chmod = 5
}

extension WireReader {
    mutating func data(_ field: String, atMost most: Int) throws(WireError) -> [UInt8] {
        let bytes = try data(field)
        guard bytes.count <= most else { throw .invalid(field: field, value: UInt64(bytes.count)) }
        return bytes
    }

    /// 1 to ``ToolMessage/mostPathBytes`` bytes, none of them NUL.
    mutating func path(_ field: String) throws(WireError) -> [UInt8] {
        let bytes = try data(field, atMost: ToolMessage.mostPathBytes)
        guard !bytes.isEmpty, !bytes.contains(0) else { throw .invalid(field: field, value: 0) }
        return bytes
    }

    mutating func bits(_ field: String, atMost most: UInt32) throws(WireError) -> UInt32 {
        let value = try uint32(field)
        guard value <= most else { throw .invalid(field: field, value: UInt64(value)) }
        return value
    }
}
