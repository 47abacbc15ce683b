// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What sandboxes could leave behind on this machine.
struct MachineState: Sendable {
    private var kinds: [String: Set<String>]

    /// The state now.
    init() {
        kinds = [
            "processes": Set(Self.sandboxProcesses().filter(Self.isOurs).map(Self.describe)),
            "network namespaces": Self.networkNamespaces(),
            "cgroups": Self.sandboxCgroups(),
            "mounts": Self.mounts(),
            "temporary files": Self.temporaryFiles(),
        ]
    }

    /// Fails the test for everything that is there now, was not there at this state, and does not go away by itself.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async {
        var left = MachineState().new(since: self)
        _ = await eventually(within: .seconds(10)) {
            let now = MachineState().kinds
            left = left.mapValues { $0 }.reduce(into: [:]) { $0[$1.key] = $1.value.intersection(now[$1.key] ?? []) }
            return left.values.allSatisfy(\.isEmpty)
        }
        for (kind, things) in left where !things.isEmpty {
            Issue.record("left behind, \(kind): \(things.sorted())", sourceLocation: sourceLocation)
        }
    }

    private func new(since old: MachineState) -> [String: Set<String>] {
        kinds.reduce(into: [:]) { $0[$1.key] = $1.value.subtracting(old.kinds[$1.key] ?? []) }
    }

    // MARK: What there is to look at

    private static func processIDs() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func namespace(_ kind: String, of process: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/\(kind)")
    }

    /// cgroups are named after Nestbox, or after an identifier (`Identifier.make`).
    private static func namesNestbox(_ text: String) -> Bool { text.contains(/nestbox|[a-z]+_[a-z2-7]{26}/) }

    /// Whether it is Nestbox or runs in one of its cgroups; other containers on the machine are not our business.
    private static func isOurs(_ id: Int32) -> Bool {
        status("Name", of: id)?.hasPrefix("nestbox") == true
            || namesNestbox((try? String(contentsOfFile: "/proc/\(id)/cgroup", encoding: .utf8)) ?? "")
    }

    /// Enough to tell whose process it is; the same as long as it lives.
    private static func describe(_ id: Int32) -> String {
        "\(id) \(status("Name", of: id) ?? "gone"), parent \(status("PPid", of: id) ?? "?"), \(namespace("pid", of: "\(id)") ?? "?")"
    }

    /// Processes in another PID namespace than this one: sandboxes, and whatever else this machine contains.
    private static func sandboxProcesses() -> [Int32] {
        let own = namespace("pid", of: "self")
        return processIDs().filter { id in namespace("pid", of: "\(id)").map { $0 != own } ?? false }
    }

    /// Processes of the sandboxes of one Nestbox process: its descendants in another PID namespace.
    static func sandboxProcesses(of host: Int32) -> [Int32] {
        var parents: [Int32: Int32] = [:]
        for id in processIDs() { parents[id] = status("PPid", of: id).flatMap { Int32($0) } }
        return sandboxProcesses().filter { id in
            var ancestor = parents[id]
            while let one = ancestor, one != host { ancestor = parents[one] }
            return ancestor == host
        }
    }

    /// Guest agents of one Nestbox process: number 1 of their PID namespace.
    static func guestAgents(of host: Int32) -> [Int32] {
        sandboxProcesses(of: host).filter { status("NSpid", of: $0)?.hasSuffix("\t1") ?? false }
    }

    /// Whether any of these processes is still there; a zombie is not.
    static func anyAlive(_ processes: [Int32]) -> Bool {
        processes.contains { id in status("State", of: id).map { !$0.hasPrefix("Z") } ?? false }
    }

    private static func status(_ field: String, of id: Int32) -> String? {
        let text = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") }) else { return nil }
        return line.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
    }

    private static func networkNamespaces() -> Set<String> {
        Set(processIDs().filter(isOurs).compactMap { namespace("net", of: "\($0)") })
    }

    private static func sandboxCgroups() -> Set<String> {
        let walker = FileManager.default.enumerator(atPath: "/sys/fs/cgroup")
        var found: Set<String> = []
        while let path = walker?.nextObject() as? String {
            // The directory that holds the sandboxes' own may stay.
            if path.split(separator: "/").last.map({ $0.contains(/[a-z]+_[a-z2-7]{26}/) }) == true { found.insert(path) }
        }
        return found
    }

    private static func mounts() -> Set<String> {
        let text = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map(String.init))
    }

    private static func temporaryFiles() -> Set<String> {
        // Not /tmp: what is under test has a TMPDIR of its own, which withServer looks into.
        Set(
            ["/var/tmp", "/dev/shm", "/run"].flatMap { folder in
                ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                    .filter { $0.contains("nestbox") }.map { "\(folder)/\($0)" }
            })
    }
}
