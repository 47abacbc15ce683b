// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
public import NestboxCore

/// The place below which this process keeps the control groups of its sandboxes:
/// `PARENT/INSTANCE/SANDBOX`, where the instance names the process, so that the next one can tell what is abandoned.
public final class CgroupParent: Sendable {
    /// Where root keeps them unless configured otherwise.
    public static let defaultRootPath = "/nestbox"

    public let hierarchy: CgroupHierarchy
    public let path: String
    private let instance: String

    var instancePath: String { (path == "/" ? "" : path) + "/" + instance }

    /// Prepares `path`, making what is missing.
    ///
    /// - Parameter configured: Path of the parent group from the hierarchy's root, or nil for the default: `/nestbox`
    ///   for root, the process's own control group for an ordinary user.
    /// - Throws: ``IsolationError`` `unavailable` with what to do when the groups cannot be made.
    public init(configured: String?) throws(IsolationError) {
        hierarchy = try CgroupHierarchy.detect()
        let isRoot = Processes.userID == 0
        path = configured ?? (isRoot ? Self.defaultRootPath : Self.ownPath(hierarchy))
        instance = try ProcessInstance.current.name
        do {
            try prepare()
        } catch {
            throw IsolationError(
                .unavailable, step: "prepare cgroup \(path)", message: "\(error). \(Self.advice(hierarchy, path: path))"
            )
        }
    }

    /// The process's own group. When that is the leaf into which a Nestbox process of the same group moved everything, the
    /// group is meant: otherwise every start from one shell would go a level deeper.
    static func ownPath(_ hierarchy: CgroupHierarchy) -> String {
        let own = hierarchy.own[hierarchy.version == .v2 ? "" : "memory"] ?? "/"
        let leaf = "/" + CgroupDelegation.leafName
        guard hierarchy.version == .v2, own.hasSuffix(leaf) else { return own }
        return own == leaf ? "/" : String(own.dropLast(leaf.count))
    }

    /// How an administrator delegates groups to an ordinary user.
    static func advice(_ hierarchy: CgroupHierarchy, path: String) -> String {
        switch hierarchy.version {
        case .v2:
            "Delegate a group to this user: start Nestbox with 'systemd-run --user --scope -p Delegate=yes nestbox ...' "
                + "(which needs 'Delegate=cpu memory pids' in the service user@.service), or, as root, make one with the controllers memory, pids and cpu, give the user its directory, "
                + "cgroup.procs and cgroup.subtree_control, move the shell into it, and name it with isolation.cgroup_parent"
        case .v1:
            "Delegate a group to this user, as root: for c in memory pids cpu cpuacct freezer; do "
                + "mkdir -p /sys/fs/cgroup/$c/NAME && chown USER /sys/fs/cgroup/$c/NAME; done; "
                + "then set isolation.cgroup_parent to /NAME"
        }
    }

    private func prepare() throws(SystemError) {
        switch hierarchy.version {
        case .v1:
            for group in [path, instancePath] {
                for (controller, directory) in hierarchy.directories(of: group) {
                    try CgroupDelegation.make(directory, below: hierarchy.mounts[controller]?.place ?? "/")
                }
            }
        case .v2:
            guard let mount = hierarchy.mounts[""]?.place, let own = hierarchy.own[""] else { return }
            let delegation = CgroupDelegation(
                mount: mount, own: hierarchy.directories(of: own).first?.directory ?? mount)
            for group in [path, instancePath] {
                for (_, directory) in hierarchy.directories(of: group) { try delegation.prepare(directory) }
            }
        }
    }

    /// How groups made here hold their limits.
    public var enforcement: LimitEnforcement {
        LimitEnforcement(
            memory: .sandbox, processes: .sandbox, cpuTime: .sandbox, cpuRate: .sandbox,
            memoryPeak: startsNewPeaks ? .stage : .sandbox, tellsRefusals: true)
    }

    /// Whether a living group's memory peak can start anew.
    private var startsNewPeaks: Bool {
        hierarchy.directories(of: instancePath).first.map {
            Cgroup.startsNewPeaks(hierarchy.version, memoryDirectory: $0.directory)
        } ?? false
    }

    /// Whether the kernel limits what a group swaps out: it accounts for swap (kernel parameter `swapaccount`).
    public var limitsSwap: Bool {
        guard let memory = hierarchy.directories(of: instancePath).first else { return false }
        return Cgroup.limitsSwap(hierarchy.version, memoryDirectory: memory.directory)
    }

    /// Makes the group of one sandbox, with its limits set and no process in it.
    public func makeGroup(_ name: String, limits: CgroupLimits) throws(IsolationError) -> Cgroup {
        try Cgroup(hierarchy: hierarchy, path: "\(instancePath)/\(name)", limits: limits)
    }

    /// Moves a process out of the group of a sandbox, where it has nothing more to do, to where this process is.
    ///
    /// - Throws: ``IsolationError`` when it could not be moved. A process that has ended is not an error.
    public func takeBack(_ pid: Int32) throws(IsolationError) {
        for (controller, _) in hierarchy.directories(of: path) {
            let own = hierarchy.own[controller] ?? "/"
            guard let directory = hierarchy.mounts[controller]?.directory(of: own) else { continue }
            do throws(SystemError) {
                try Files.writeText("\(pid)", to: directory + "/cgroup.procs")
            } catch  where error.number == Errno.noProcess {
                return
            } catch {
                throw IsolationError(.setupFailed, step: "move process \(pid) to cgroup \(own)", message: "\(error)")
            }
        }
    }

    /// Path of a group that a runtime makes itself, for what Nestbox does not use: of version 1 in the hierarchy of devices, of
    /// version 2 inside the sandbox's group.
    public func runtimeGroup(_ name: String) -> String {
        "\(instancePath)/\(name)" + (hierarchy.version == .v2 ? "/runtime" : "")
    }

    /// Removes that group, where it is not inside the sandbox's.
    public func removeRuntimeGroup(_ name: String) {
        if let directory = hierarchy.devicesDirectory(of: "\(instancePath)/\(name)") {
            _ = CgroupDirectory.remove(directory)
        }
    }

    /// Removes this process's own group. Called at exit; what is still in it was about to be removed by somebody who now does not get
    /// to it.
    public func close() {
        for directory in directories(of: instancePath) where !CgroupDirectory.remove(directory) { _ = clear(directory) }
    }

    private func directories(of path: String) -> [String] {
        hierarchy.directories(of: path).map(\.directory) + [hierarchy.devicesDirectory(of: path)].compactMap(\.self)
    }

    /// Kills and removes what dead Nestbox processes of this machine left. Returns the number of groups removed.
    public func sweep() -> Int {
        var removed = 0
        for directory in directories(of: path) {
            for name in (try? Files.list(directory)) ?? [] {
                guard let other = ProcessInstance(name: name), !other.isAlive else { continue }
                removed += clear("\(directory)/\(name)")
            }
        }
        return removed
    }

    /// Kills and removes the groups in the group of a Nestbox process, and it; how many.
    private func clear(_ instance: String) -> Int {
        let groups = ((try? Files.list(instance)) ?? []).map { "\(instance)/\($0)" }
        return (groups.filter { Files.exists($0 + "/cgroup.procs") } + [instance]).count {
            CgroupDirectory.killAndRemove($0)
        }
    }
}

/// Names a process for good: its pid namespace, its number and when it started, since numbers are reused.
struct ProcessInstance: Sendable, Hashable {
    let pidNamespace: UInt64
    let pid: Int32
    let startTime: UInt64

    static var current: ProcessInstance {
        get throws(IsolationError) {
            guard let start = startTime(of: Processes.ownPID), let namespace = ownPIDNamespace else {
                throw IsolationError(
                    .unavailable, step: "identify this process", message: "/proc is not mounted or not readable")
            }
            return ProcessInstance(pidNamespace: namespace, pid: Processes.ownPID, startTime: start)
        }
    }

    var name: String { "run-\(pidNamespace)-\(pid)-\(startTime)" }

    init(pidNamespace: UInt64, pid: Int32, startTime: UInt64) {
        self.pidNamespace = pidNamespace
        self.pid = pid
        self.startTime = startTime
    }

    /// Nil for a directory that no Nestbox process made.
    init?(name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "run", let namespace = UInt64(parts[1]), let pid = Int32(parts[2]),
            let start = UInt64(parts[3])
        else { return nil }
        self.init(pidNamespace: namespace, pid: pid, startTime: start)
    }

    /// True also for a process of another pid namespace, which cannot be judged from here.
    var isAlive: Bool {
        pidNamespace != Self.ownPIDNamespace || Self.startTime(of: pid) == startTime
    }

    private static var ownPIDNamespace: UInt64? {
        (try? Files.status("/proc/self/ns/pid", followLinks: true))?.inode
    }

    /// Field 22 of /proc/PID/stat; the name in field 2 may contain anything, so counting starts after its last ")".
    private static func startTime(of pid: Int32) -> UInt64? {
        guard let text = try? Files.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].dropFirst().split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}
