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
        _ = await eventually(within: .seconds(30)) {
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

    /// Whether it is Nestbox or runs in one of its cgroups; other containers on the machine are not our business.
    private static func isOurs(_ id: Int32) -> Bool {
        if status("Name", of: id)?.hasPrefix("nestbox") == true { return true }
        let groups = (try? String(contentsOfFile: "/proc/\(id)/cgroup", encoding: .utf8)) ?? ""
        // Below a directory of that name, or (an ordinary user's) named after the run's identifier.
        return groups.contains("/nestbox") || groups.contains("/run_")
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

    /// cgroups of runs and of Nestbox processes; the directory that holds them all may stay.
    private static func sandboxCgroups() -> Set<String> {
        folders(below: "/sys/fs/cgroup").filter { path in
            path.contains("/nestbox/") || path.split(separator: "/").last?.hasPrefix("run_") == true
        }
    }

    /// Every folder below one, by reading directories only: a cgroup has dozens of files.
    private static func folders(below root: String) -> Set<String> {
        guard let directory = opendir(root) else { return [] }
        defer { closedir(directory) }
        var found: Set<String> = []
        while let entry = readdir(directory) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            found.insert("\(root)/\(name)")
            found.formUnion(folders(below: "\(root)/\(name)"))
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
            }
        ).subtracting(["/run/nestbox"])  // state that stays by design, see docs/production.md
    }
}
