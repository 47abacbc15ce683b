// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// How this machine's control groups are laid out, read once from /proc (cgroups(7)).
///
/// Hybrid hosts exist: a version 2 hierarchy without controllers beside version 1 hierarchies that have them. What
/// counts is where the controllers are.
public struct CgroupHierarchy: Sendable, Hashable {
    public enum Version: String, Sendable, Hashable {
        case v1 = "cgroup-v1"
        case v2 = "cgroup-v2"
    }

    /// Controllers a sandbox needs, in the order in which they are set up.
    static let v1Controllers = ["memory", "pids", "cpu", "cpuacct", "freezer"]
    /// Not needed, but runc needs it and makes groups in it.
    static let devicesController = "devices"
    static let v2Controllers = ["memory", "pids", "cpu"]

    /// A mounted hierarchy.
    struct Mount: Sendable, Hashable {
        /// The mount point.
        let place: String
        /// The group that is seen there: "/", or another one in a container without a cgroup namespace.
        let root: String

        init(_ place: String, root: String = "/") {
            self.place = place
            self.root = root
        }

        /// A path may be the group's full one, as /proc/self/cgroup has it, or begin at what is mounted.
        func directory(of path: String) -> String {
            var path = path
            if root != "/", path == root || path.hasPrefix(root + "/") { path = String(path.dropFirst(root.count)) }
            return place + (path == "/" ? "" : path)
        }
    }

    public let version: Version
    /// By controller; for version 2 the one entry "".
    let mounts: [String: Mount]
    /// Own control group by controller, as /proc/self/cgroup names it; for version 2 the one entry "".
    let own: [String: String]

    /// - Throws: ``IsolationError`` `unavailable` saying which controllers are missing.
    public static func detect() throws(IsolationError) -> CgroupHierarchy {
        do {
            return try parse(
                mountInfo: try Files.readText("/proc/self/mountinfo"),
                ownGroups: try Files.readText("/proc/self/cgroup"),
                v2Controllers: { try? Files.readText($0 + "/cgroup.controllers") })
        } catch let error as SystemError {
            throw IsolationError(.unavailable, step: "read cgroup layout", message: "\(error)")
        } catch let error as IsolationError {
            throw error
        } catch {
            throw IsolationError(.unavailable, step: "read cgroup layout", message: "\(error)")
        }
    }

    static func parse(
        mountInfo: String, ownGroups: String, v2Controllers readControllers: (String) -> String?
    ) throws -> CgroupHierarchy {
        var v1Mounts: [String: Mount] = [:]
        var v2Mount: Mount?
        for line in mountInfo.split(separator: "\n") {
            // proc(5): ID parent major:minor root mount-point options ... - type source super-options
            let halves = line.split(separator: " - ", maxSplits: 1)
            let before = halves.first?.split(separator: " ") ?? []
            let after = halves.count == 2 ? halves[1].split(separator: " ") : []
            guard before.count > 4, after.count > 2 else { continue }
            let mount = Mount(String(before[4]), root: String(before[3]))
            switch after[0] {
            // The first place; of several mounts at one place the last, which covers the others.
            case "cgroup2": if v2Mount == nil || v2Mount?.place == mount.place { v2Mount = mount }
            case "cgroup":
                for option in after[2].split(separator: ",")
                where (v1Controllers + [devicesController]).contains(String(option)) {
                    let first = v1Mounts[String(option)]
                    if first == nil || first?.place == mount.place { v1Mounts[String(option)] = mount }
                }
            default: continue
            }
        }
        var own: [String: String] = [:]
        for line in ownGroups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                own[String(controller)] = String(parts[2])
            }
        }

        if let mount = v2Mount {
            let present = Set(
                (readControllers(mount.place) ?? "").split(whereSeparator: \.isWhitespace).map(String.init))
            if Self.v2Controllers.allSatisfy(present.contains) {
                return CgroupHierarchy(version: .v2, mounts: ["": mount], own: ["": own[""] ?? "/"])
            }
        }
        let missing = v1Controllers.filter { v1Mounts[$0] == nil }
        guard missing.isEmpty else {
            throw IsolationError(
                .unavailable, step: "find cgroup controllers",
                message:
                    "no cgroup v2 hierarchy with memory, pids and cpu, and cgroup v1 lacks \(missing.joined(separator: ", "))"
            )
        }
        return CgroupHierarchy(version: .v1, mounts: v1Mounts, own: own.filter { v1Controllers.contains($0.key) })
    }

    /// Where version 1's hierarchy of devices is mounted.
    public var devicesPlace: String? { version == .v1 ? mounts[Self.devicesController]?.place : nil }

    /// The directory of the group at `path` in the hierarchy of devices, where a runtime made it.
    func devicesDirectory(of path: String) -> String? {
        version == .v1 ? mounts[Self.devicesController]?.directory(of: path) : nil
    }

    /// Every controller directory of the group at `path` (which begins with a slash), by controller.
    func directories(of path: String) -> [(controller: String, directory: String)] {
        let controllers = version == .v2 ? [""] : Self.v1Controllers
        return controllers.compactMap { controller in
            mounts[controller].map { (controller, $0.directory(of: path)) }
        }
    }
}
