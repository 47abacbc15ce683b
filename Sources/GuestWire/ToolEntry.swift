// SPDX-License-Identifier: Apache-2.0

/// One file, directory or link, as a tool inside the sandbox saw it. Names are raw bytes.
public struct ToolEntry: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, Hashable {
        case file = 1
        case directory = 2
        /// Sockets, devices, dangling links.
        case other = 3
    }

    public struct Attribute: Sendable, Hashable {
        public var key: [UInt8]
        public var value: [UInt8]

        public init(key: [UInt8], value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    public var path: [UInt8]
    /// Of what a symbolic link leads to.
    public var kind: Kind
    public var size: UInt64
    /// Permission bits of what a symbolic link leads to.
    public var mode: UInt32
    /// Permission bits of the entry itself, set-id and sticky bits included.
    public var ownMode: UInt32
    /// A name, or the number in decimal.
    public var owner: [UInt8]
    public var group: [UInt8]
    public var seconds: Int64
    public var nanoseconds: UInt32
    /// Of a symbolic link only.
    public var linkTarget: [UInt8]?
    /// At most ``ToolMessage/mostAttributes``, and ``ToolMessage/mostAttributeBytes`` together.
    public var attributes: [Attribute]

    public init(
        path: [UInt8], kind: Kind, size: UInt64, mode: UInt32, ownMode: UInt32, owner: [UInt8], group: [UInt8],
        seconds: Int64,
        nanoseconds: UInt32, linkTarget: [UInt8]?, attributes: [Attribute]
    ) {
        self.path = path
        self.kind = kind
        self.size = size
        self.mode = mode
        self.ownMode = ownMode
        self.owner = owner
        self.group = group
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.linkTarget = linkTarget
        self.attributes = attributes
    }

    func put(to writer: inout WireWriter) {
        writer.put(path)
        writer.put(kind.rawValue)
        writer.put(size)
        writer.put(mode)
        writer.put(ownMode)
        writer.put(owner)
        writer.put(group)
        writer.put(UInt64(bitPattern: seconds))
        writer.put(nanoseconds)
        writer.put(linkTarget != nil)
        if let linkTarget { writer.put(linkTarget) }
        writer.put(list: attributes) { writer, attribute in
            writer.put(attribute.key)
            writer.put(attribute.value)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        path = try reader.path("path")
        let rawKind = try reader.byte("kind")
        guard let kind = Kind(rawValue: rawKind) else { throw .invalid(field: "kind", value: UInt64(rawKind)) }
        self.kind = kind
        size = try reader.uint64("size")
        guard size <= UInt64(Int64.max) else { throw .invalid(field: "size", value: size) }
        mode = try reader.bits("mode", atMost: 0o777)
        ownMode = try reader.bits("own_mode", atMost: 0o7777)
        owner = try reader.data("owner", atMost: ToolMessage.mostNameBytes)
        group = try reader.data("group", atMost: ToolMessage.mostNameBytes)
        seconds = Int64(bitPattern: try reader.uint64("seconds"))
        nanoseconds = try reader.bits("nanoseconds", atMost: 999_999_999)
        linkTarget = try reader.bool("is_link") ? try reader.path("link_target") : nil
        attributes = try reader.list("attributes") { reader throws(WireError) in
            Attribute(
                key: try reader.data("key", atMost: ToolMessage.mostNameBytes),
                value: try reader.data("value", atMost: ToolMessage.mostAttributeBytes))
        }
        guard attributes.count <= ToolMessage.mostAttributes else {
            throw .invalid(field: "attributes", value: UInt64(attributes.count))
        }
        let bytes = attributes.reduce(0) { $0 + $1.key.count + $1.value.count }
        guard bytes <= ToolMessage.mostAttributeBytes else { throw .invalid(field: "attributes", value: UInt64(bytes)) }
    }
}
