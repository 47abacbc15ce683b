// SPDX-License-Identifier: Apache-2.0

/// Bytes that are not a message. Whoever reads it closes the stream: after a framing error nothing can be trusted.
public enum WireError: Error, Sendable, Hashable {
    /// A frame announces more than ``Frame/mostPayloadBytes``; nothing was allocated for it.
    case frameTooLarge(UInt32)
    /// A field runs past the end of its frame.
    case truncated(field: String)
    /// A field has a value that no sender of this generation writes.
    case invalid(field: String, value: UInt64)
    /// The frame has bytes after its last field.
    case trailingBytes(Int)
}

/// Appends fields: integers little-endian, byte strings and lists with a 32-bit count in front.
public struct WireWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func put(_ value: UInt8) { bytes.append(value) }

    public mutating func put(_ value: UInt16) {
        put(UInt8(truncatingIfNeeded: value))
        put(UInt8(truncatingIfNeeded: value >> 8))
    }

    public mutating func put(_ value: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    public mutating func put(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    public mutating func put(_ value: Int32) { put(UInt32(bitPattern: value)) }

    public mutating func put(_ value: Bool) { put(value ? UInt8(1) : UInt8(0)) }

    public mutating func put(_ value: some Collection<UInt8>) {
        put(UInt32(truncatingIfNeeded: value.count))
        bytes.append(contentsOf: value)
    }

    public mutating func put(_ value: String) { put(value.utf8) }

    public mutating func put<Element>(list: [Element], _ putElement: (inout WireWriter, Element) -> Void) {
        put(UInt32(truncatingIfNeeded: list.count))
        for element in list { putElement(&self, element) }
    }
}

/// Reads fields in the order in which ``WireWriter`` put them; never reads or allocates past its input.
public struct WireReader: Sendable {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    public var remaining: Int { rest.count }

    private mutating func take(_ count: Int, _ field: String) throws(WireError) -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw .truncated(field: field) }
        let part = rest.prefix(count)
        rest = rest.dropFirst(count)
        return part
    }

    public mutating func byte(_ field: String) throws(WireError) -> UInt8 {
        guard let value = rest.popFirst() else { throw .truncated(field: field) }
        return value
    }

    public mutating func uint16(_ field: String) throws(WireError) -> UInt16 {
        try take(2, field).reversed().reduce(0) { $0 << 8 | UInt16($1) }
    }

    public mutating func uint32(_ field: String) throws(WireError) -> UInt32 {
        try take(4, field).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    public mutating func uint64(_ field: String) throws(WireError) -> UInt64 {
        try take(8, field).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    public mutating func int32(_ field: String) throws(WireError) -> Int32 {
        Int32(bitPattern: try uint32(field))
    }

    public mutating func bool(_ field: String) throws(WireError) -> Bool {
        let value = try byte(field)
        guard value <= 1 else { throw .invalid(field: field, value: UInt64(value)) }
        return value == 1
    }

    public mutating func data(_ field: String) throws(WireError) -> [UInt8] {
        let count = try uint32(field)
        return Array(try take(Int(count), field))
    }

    /// Text; bytes that are not UTF-8 are refused, since no sender writes them.
    public mutating func text(_ field: String) throws(WireError) -> String {
        let count = try uint32(field)
        let part = try take(Int(count), field)
        guard let text = String(validating: part, as: UTF8.self) else { throw .invalid(field: field, value: 0) }
        return text
    }

    public mutating func list<Element>(
        _ field: String, _ element: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = try uint32(field)
        // Every element takes at least one byte, so a larger count is a lie and nothing is reserved for it.
        guard Int(count) <= rest.count else { throw .truncated(field: field) }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }

    public func finish() throws(WireError) {
        guard rest.isEmpty else { throw .trailingBytes(rest.count) }
    }
}
