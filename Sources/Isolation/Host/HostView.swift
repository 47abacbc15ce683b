// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NestboxCore

/// What of the host a sandbox sees: its `/usr`, the parts of `/etc` that programs need to find their libraries and
/// data, and nothing else. Worked out once; an allow-list, so that a secret in `/etc` never shows.
package struct HostView: Sendable, Hashable {
    package enum Entry: Sendable, Hashable {
        case tree(String)
        case file(String)
        /// A small file, copied, so that its inode is not shared.
        case copy(String)
        case symlink(String, target: String)
    }

    package let entries: [Entry]
    /// Top directories with programs and libraries, for Landlock.
    package let readablePaths: [String]

    package init(entries: [Entry], readablePaths: [String]) {
        self.entries = entries
        self.readablePaths = readablePaths
    }

    private static let mostCopiedBytes = 256 << 10
    /// Where a sandbox has something else than the host, so that nothing of the host can be shown there.
    private static let ownPlaces = ["/tmp", "/var/tmp", SandboxPath.home]

    private static let topLevel = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"]

    /// Public parts of /etc that are not one language's. Each is world-readable data of a package; none holds secrets by
    /// its purpose.
    private static let configuration = [
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone", "mime.types", "magic",
        "protocols", "services", "fonts", "matplotlibrc", "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs",
        "python3*", "perl", "inputrc", "bash.bashrc", "terminfo", "os-release",
    ]

    package static func detect(extraPaths: [String], configurationEntries: [String]) throws(IsolationError) -> HostView
    {
        var entries: [Entry] = [.tree("/usr")]
        var readable = ["/usr", "/etc"]
        guard Files.exists("/usr/bin") else {
            throw IsolationError(.unavailable, step: "look at the host", message: "/usr/bin does not exist")
        }
        for path in topLevel {
            guard let status = try? Files.status(path) else { continue }
            if status.kind == .symlink, let target = try? Files.readLink(path) {
                entries.append(.symlink(path, target: target))
            } else if status.kind == .directory {
                entries.append(.tree(path))
                readable.append(path)
            }
        }
        for name in Set(configuration + configurationEntries).flatMap(expand).sorted() {
            let path = "/etc/\(name)"
            guard let status = try? Files.status(path) else { continue }
            switch status.kind {
            case .symlink:
                if let target = try? Files.readLink(path) { entries.append(.symlink(path, target: target)) }
            case .directory where status.mode & 0o005 == 0o005: entries.append(.tree(path))
            case .regular where status.mode & 0o004 != 0:
                entries.append(status.size <= mostCopiedBytes ? .copy(path) : .file(path))
            default: continue
            }
        }
        for path in extraPaths {
            guard PathText.isAbsolute(path), !PathText.components(of: path).contains(".."), path != "/" else {
                throw IsolationError(
                    .unavailable, step: "extra path \(path)", message: "must be absolute, without '..'")
            }
            if let place = ownPlaces.first(where: { path == $0 || path.hasPrefix($0 + "/") }) {
                throw IsolationError(
                    .unavailable, step: "extra path \(path)",
                    message: "every sandbox has a \(place) of its own, which would hide it")
            }
            do {
                let status = try Files.status(path, followLinks: true)
                entries.append(status.kind == .directory ? .tree(path) : .file(path))
            } catch {
                throw IsolationError(.unavailable, step: "extra path \(path)", message: "\(error)")
            }
            readable.append(path)
        }
        return HostView(entries: entries, readablePaths: readable)
    }

    /// Names in /etc that `pattern` means; a pattern has at most one `*`, within one name.
    private static func expand(_ pattern: String) -> [String] {
        guard !PathText.components(of: pattern).contains("..") else { return [] }
        guard let star = pattern.firstIndex(of: "*"), !PathText.hasSlash(pattern) else {
            return pattern.contains("*") ? [] : [pattern]
        }
        let head = pattern[..<star]
        let tail = pattern[pattern.index(after: star)...]
        return ((try? Files.list("/etc")) ?? []).filter {
            $0.hasPrefix(head) && $0.hasSuffix(tail) && $0.utf8.count >= head.utf8.count + tail.utf8.count
        }
    }
}
