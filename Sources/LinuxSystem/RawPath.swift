// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A path as the kernel knows it: any bytes but NUL, not necessarily UTF-8.
public struct RawPath: Sendable, Hashable {
    /// PATH_MAX without its NUL: no longer path can be given to the kernel.
    public static let mostBytes = 4095

    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    private static let slash = UInt8(ascii: "/")

    /// The last component; `/` for the root.
    public var name: [UInt8] {
        let parts = bytes.split(separator: Self.slash)
        return parts.last.map(Array.init) ?? [Self.slash]
    }

    /// Everything before the last component; the root is its own parent.
    public var parent: RawPath {
        var rest = bytes[...]
        while rest.count > 1, rest.last == Self.slash { rest = rest.dropLast() }
        guard let cut = rest.lastIndex(of: Self.slash) else { return RawPath(".") }
        rest = rest[..<cut]
        while rest.last == Self.slash { rest = rest.dropLast() }
        return RawPath(bytes: rest.isEmpty ? [Self.slash] : Array(rest))
    }

    public func appending(_ name: [UInt8]) -> RawPath {
        if bytes.isEmpty { return RawPath(bytes: name) }
        return RawPath(bytes: bytes.last == Self.slash ? bytes + name : bytes + [Self.slash] + name)
    }

    /// For messages: what is not UTF-8 is replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// NUL-terminated, for calls.
    var characters: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
