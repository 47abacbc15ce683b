// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// Describes files as the host wants them.
struct EntryReader {
    static let attributePrefix = "user.e2b."

    private let users = AccountNames(file: "/etc/passwd")
    private let groups = AccountNames(file: "/etc/group")

    /// The entry at `path` itself. Owner, size and time are its own; kind, mode and attributes those of a link's target.
    func entry(_ path: RawPath) throws(SystemError) -> ToolEntry {
        entry(path, try Files.status(path))
    }

    func entry(_ path: RawPath, _ own: FileStatus) -> ToolEntry {
        var target: FileStatus? = own
        var linkTarget: RawPath?
        if own.kind == .symlink {
            target = try? Files.status(path, followLinks: true)
            linkTarget = (try? Files.resolved(path)) ?? path
        }
        let kind: ToolEntry.Kind =
            switch target?.kind {
            case .regular: .file
            case .directory: .directory
            default: .other
            }
        return ToolEntry(
            path: path.bytes, kind: kind, size: UInt64(max(0, own.size)), mode: (target?.mode ?? 0) & 0o777,
            ownMode: own.mode & 0o7777, owner: users.name(own.owner), group: groups.name(own.group),
            seconds: own.modifiedSeconds, nanoseconds: UInt32(min(max(0, own.modifiedNanoseconds), 999_999_999)),
            linkTarget: linkTarget.map { $0.bytes.count > ToolMessage.mostPathBytes ? path.bytes : $0.bytes },
            attributes: kind == .other ? [] : attributes(path))
    }

    /// `user.e2b.*` without that prefix. What is more than the wire takes is left out.
    private func attributes(_ path: RawPath) -> [ToolEntry.Attribute] {
        guard let names = try? FileAttributes.names(path) else { return [] }
        var found: [ToolEntry.Attribute] = []
        var bytes = 0
        for name in names where name.hasPrefix(Self.attributePrefix) {
            guard let value = try? FileAttributes.value(name, of: path) else { continue }
            let key = Array(name.utf8.dropFirst(Self.attributePrefix.utf8.count))
            bytes += key.count + value.count
            guard !key.isEmpty, found.count < ToolMessage.mostAttributes, bytes <= ToolMessage.mostAttributeBytes else {
                break
            }
            found.append(ToolEntry.Attribute(key: key, value: value))
        }
        return found
    }
}

/// Names of users or groups by number, from a file with lines like `name:x:1000:…`. Read by hand: the C library's own
/// functions load shared libraries, which a static executable cannot.
final class AccountNames {
    private static let mostFileBytes = 1 << 20

    private let file: String
    private lazy var names = Self.read(file)

    init(file: String) {
        self.file = file
    }

    /// The number in decimal when it has no name.
    func name(_ number: UInt32) -> [UInt8] {
        names[number] ?? Array(String(number).utf8)
    }

    private static func read(_ file: String) -> [UInt32: [UInt8]] {
        guard let content = try? Files.readAll(file, atMost: mostFileBytes) else { return [:] }
        var names: [UInt32: [UInt8]] = [:]
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count >= 3, let number = UInt32(String(decoding: fields[2], as: UTF8.self)),
                names[number] == nil,
                (1...ToolMessage.mostNameBytes).contains(fields[0].count)
            else { continue }
            names[number] = Array(fields[0])
        }
        return names
    }
}
