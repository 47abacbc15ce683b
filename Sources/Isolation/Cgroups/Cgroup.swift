// SPDX-License-Identifier: Apache-2.0
public import LinuxSystem
public import NestboxCore
import Synchronization

/// The limits a control group holds.
public struct CgroupLimits: Sendable, Hashable {
    public var memoryBytes: Int
    public var processes: Int
    public var milliCPU: Int

    /// - Parameter ownProcesses: Processes of Nestbox in the group (the guest agent), beyond what the program may have.
    public init(_ limits: Limits, ownProcesses: Int) {
        memoryBytes = limits.memoryBytes
        processes = limits.processes + ownProcesses
        milliCPU = limits.milliCPU
    }
}

/// The control group of one sandbox: limits, counters, freezer and kill switch.
///
/// Owned by one sandbox, which calls ``remove()`` when everything in it is dead.
public final class Cgroup: Sendable {
    private static let cpuPeriodMicroseconds = 100_000
    /// More than the kernel charges to a group in one go.
    private static let chargeBytes = 1 << 20

    public let version: CgroupHierarchy.Version
    let directories: [(controller: String, directory: String)]
    /// `memory.peak` of version 2 (kernel 5.19), kept open: a reset counts only for the descriptor it was written through.
    private let peak: SharedDescriptor?
    private let counters = ControlFiles()
    /// What was set last; nil when that is not known, as after a failure.
    private let current = Mutex<CgroupLimits?>(nil)

    init(hierarchy: CgroupHierarchy, path: String, limits: CgroupLimits) throws(IsolationError) {
        version = hierarchy.version
        directories = hierarchy.directories(of: path)
        var made: [String] = []
        do throws(SystemError) {
            for (_, directory) in directories {
                try Files.makeDirectory(directory)
                made.append(directory)
            }
        } catch {
            for directory in made { try? Files.removeDirectory(directory) }
            throw IsolationError(.setupFailed, step: "make cgroup \(path)", message: "\(error)")
        }
        peak = version == .v2 ? directories.first.flatMap { Self.openPeak($0.directory + "/memory.peak") } : nil
        do throws(SystemError) {
            try set(limits, isNew: true)
        } catch {
            for directory in made { try? Files.removeDirectory(directory) }
            throw IsolationError(.setupFailed, step: "make cgroup \(path)", message: "\(error)")
        }
    }

    /// Before kernel 6.12 the file is read-only, and an ordinary user cannot open it for writing.
    private static func openPeak(_ file: String) -> SharedDescriptor? {
        for mode in [OpenFlags.readWrite, .readOnly] {
            do throws(SystemError) {
                return SharedDescriptor(try Files.open(file, mode))
            } catch {
                continue
            }
        }
        return nil
    }

    private func directory(_ controller: String) -> String {
        let wanted = version == .v2 ? "" : controller
        return directories.first { $0.controller == wanted }?.directory ?? ""
    }

    private func write(_ value: String, _ controller: String, _ file: String) throws(SystemError) {
        try Files.writeText(value, to: "\(directory(controller))/\(file)")
    }

    private func read(_ controller: String, _ file: String) throws(SystemError) -> String {
        try Files.readText("\(directory(controller))/\(file)")
    }

    // MARK: Limits

    public func apply(_ limits: CgroupLimits) throws(IsolationError) {
        do throws(SystemError) {
            try set(limits, isNew: false)
            try resetPeak()
        } catch {
            throw IsolationError(.setupFailed, step: "change cgroup limits", message: "\(error)")
        }
    }

    /// As ``apply(_:)``; gives a group time to give back what it uses beyond a smaller limit, which version 1 refuses meanwhile.
    public func applyPatiently(_ limits: CgroupLimits) async throws(IsolationError) {
        for _ in 0..<Self.mostAttempts {
            do throws(SystemError) {
                try set(limits, isNew: false)
                break
            } catch  where error.number == Errno.busy {
                try? await Task.sleep(for: .milliseconds(100))
            } catch {
                break
            }
        }
        try apply(limits)
    }

    private static let mostAttempts = 50

    /// Writes what differs from what is set.
    private func set(_ limits: CgroupLimits, isNew: Bool) throws(SystemError) {
        let before = current.withLock { current in
            defer { current = nil }
            return current
        }
        if limits.memoryBytes != before?.memoryBytes {
            switch version {
            case .v2:
                try write("\(limits.memoryBytes)", "memory", "memory.max")
                // Not memory.oom.group: it would kill the guest agent as well, and with it what the program printed and
                // wrote. The host ends the whole sandbox as soon as it sees a kill.
                if isNew { try writeIfPresent("0", "memory", "memory.swap.max") }
            case .v1: try setV1Memory(limits.memoryBytes, before: before?.memoryBytes, isNew: isNew)
            }
        }
        if limits.processes != before?.processes { try write("\(limits.processes)", "pids", "pids.max") }
        if limits.milliCPU != before?.milliCPU {
            let quota = max(1000, limits.milliCPU * Self.cpuPeriodMicroseconds / 1000)
            switch version {
            case .v2: try write("\(quota) \(Self.cpuPeriodMicroseconds)", "cpu", "cpu.max")
            case .v1:
                if isNew { try write("\(Self.cpuPeriodMicroseconds)", "cpu", "cpu.cfs_period_us") }
                try write("\(quota)", "cpu", "cpu.cfs_quota_us")
            }
        }
        current.withLock { $0 = limits }
    }

    private static let v1MemoryAndSwap = "memory.memsw.limit_in_bytes"

    /// Whether groups can be kept from swapping: without swap accounting the files for it are missing.
    static func limitsSwap(_ version: CgroupHierarchy.Version, memoryDirectory: String) -> Bool {
        Files.exists("\(memoryDirectory)/\(version == .v2 ? "memory.swap.max" : v1MemoryAndSwap)")
    }

    /// Swap: memory and swap together are limited to the same number. Without swap accounting the driver has made sure
    /// that the host has no swap at all.
    private func setV1Memory(_ bytes: Int, before: Int?, isNew: Bool) throws(SystemError) {
        // The kernel keeps memory <= memory+swap at every moment, so a growing limit starts with the sum.
        let known = isNew ? nil : before ?? (try? read("memory", Self.v1MemoryAndSwap)).map(Self.number)
        let grows = known.map { $0 < bytes } ?? false
        if grows { try writeIfPresent("\(bytes)", "memory", Self.v1MemoryAndSwap) }
        try write("\(bytes)", "memory", "memory.limit_in_bytes")
        if !grows { try writeIfPresent("\(bytes)", "memory", Self.v1MemoryAndSwap) }
    }

    private func writeIfPresent(_ value: String, _ controller: String, _ file: String) throws(SystemError) {
        do throws(SystemError) {
            try write(value, controller, file)
        } catch  where error.number == Errno.noEntry {
            return
        }
    }

    // MARK: Processes

    /// Moves a process, and all it starts from then on, into the group.
    public func add(_ pid: Int32) throws(IsolationError) {
        do throws(SystemError) {
            for (_, directory) in directories { try Files.writeText("\(pid)", to: directory + "/cgroup.procs") }
        } catch {
            throw IsolationError(.setupFailed, step: "add process to cgroup", message: "\(error)")
        }
    }

    /// Stops every process of the group, or lets them go on.
    public func setFrozen(_ frozen: Bool) throws(IsolationError) {
        do throws(SystemError) {
            switch version {
            case .v2: try write(frozen ? "1" : "0", "freezer", "cgroup.freeze")
            case .v1: try write(frozen ? "FROZEN" : "THAWED", "freezer", "freezer.state")
            }
        } catch {
            throw IsolationError(.setupFailed, step: frozen ? "freeze cgroup" : "thaw cgroup", message: "\(error)")
        }
    }

    /// Whether every process stands still, after ``setFrozen(_:)``.
    public func isFrozen() throws(IsolationError) -> Bool {
        do throws(SystemError) {
            switch version {
            case .v2: return Self.field("frozen", in: try read("freezer", "cgroup.events")) == 1
            case .v1: return try read("freezer", "freezer.state").hasPrefix("FROZEN")
            }
        } catch {
            throw IsolationError(.accountingFailed, step: "read cgroup freezer", message: "\(error)")
        }
    }

    /// Lets a frozen group go on, so that its processes can die.
    public func thawIfFrozen() throws(SystemError) {
        let frozen =
            try version == .v2
            ? read("freezer", "cgroup.freeze").hasPrefix("1") : !read("freezer", "freezer.state").hasPrefix("THAWED")
        guard frozen else { return }
        try version == .v2 ? write("0", "freezer", "cgroup.freeze") : write("THAWED", "freezer", "freezer.state")
    }

    // MARK: Counters

    private func counter(_ controller: String, _ file: String) throws(SystemError) -> String {
        try counters.read(file) { "\(directory(controller))/\(file)" }
    }

    public func usage() throws(IsolationError) -> SandboxUsage {
        do throws(SystemError) {
            let cpu: Duration
            let current: Int
            let peak: Int
            let kills: Int
            // Whether the group itself ran into its limit. A kill without that was made for somebody else's memory.
            let isOwn: Bool
            switch version {
            case .v2:
                cpu = .microseconds(Self.field("usage_usec", in: try counter("cpu", "cpu.stat")))
                current = Self.number(try counter("memory", "memory.current"))
                peak = try v2MemoryPeak()
                let events = try counter("memory", "memory.events")
                kills = Self.field("oom_kill", in: events)
                isOwn = Self.field("oom", in: events) > 0
            case .v1:
                cpu = .nanoseconds(Self.number(try counter("cpuacct", "cpuacct.usage")))
                current = Self.number(try counter("memory", "memory.usage_in_bytes"))
                // Kills before the peak, so that a kill comes with the peak that led to it.
                kills = Self.field("oom_kill", in: try counter("memory", "memory.oom_control"))
                peak = Self.number(try counter("memory", "memory.max_usage_in_bytes"))
                isOwn = kills > 0 ? try v1ReachedLimit(peak) : false
            }
            return SandboxUsage(
                cpu: cpu, memoryBytes: current, memoryPeakBytes: peak, memoryKills: isOwn ? kills : 0,
                hostMemoryKills: isOwn ? 0 : kills,
                processRefusals: Self.field("max", in: try counter("pids", "pids.events")))
        } catch {
            throw IsolationError(.accountingFailed, step: "read cgroup counters", message: "\(error)")
        }
    }

    /// CPU time alone: what is asked for many times during a run.
    public func cpuTime() throws(IsolationError) -> Duration {
        do throws(SystemError) {
            switch version {
            case .v2: return .microseconds(Self.field("usage_usec", in: try counter("cpu", "cpu.stat")))
            case .v1: return .nanoseconds(Self.number(try counter("cpuacct", "cpuacct.usage")))
            }
        } catch {
            throw IsolationError(.accountingFailed, step: "read cgroup counters", message: "\(error)")
        }
    }

    /// Version 1 has a counter of failed charges that newer kernels do not keep up; but a group that ran into its limit has
    /// come within a charge of it.
    private func v1ReachedLimit(_ peak: Int) throws(SystemError) -> Bool {
        peak + Self.chargeBytes >= Self.number(try counter("memory", "memory.limit_in_bytes"))
    }

    /// `memory.peak` exists from kernel 5.19; before it the current use stands in, which is a lower bound.
    private func v2MemoryPeak() throws(SystemError) -> Int {
        if let peak { return Self.number(try Files.readText(from: peak.raw)) }
        return Self.number(try counter("memory", "memory.current"))
    }

    /// Version 2 can do it from kernel 6.12; before that a stage's peak includes the stages before it.
    static func startsNewPeaks(_ version: CgroupHierarchy.Version, memoryDirectory: String) -> Bool {
        version == .v1 || (try? Files.writeText("reset", to: memoryDirectory + "/memory.peak")) != nil
    }

    private func resetPeak() throws(SystemError) {
        switch version {
        case .v1: try write("0", "memory", "memory.max_usage_in_bytes")
        case .v2:
            if let peak { _ = try? Files.writeAll(peak.raw, Array("reset".utf8)) }
        }
    }

    static func number(_ text: String) -> Int {
        Int(text.prefix { $0.isNumber }) ?? 0
    }

    /// Value of a line `NAME VALUE`.
    static func field(_ name: String, in text: String) -> Int {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, parts[0] == name { return Int(parts[1]) ?? 0 }
        }
        return 0
    }

    // MARK: End

    /// Whether any process is left in the group.
    public var isEmpty: Bool {
        directories.allSatisfy { CgroupDirectory.processes(in: $0.directory).isEmpty }
    }

    /// Sends SIGKILL to every process, frozen or not.
    public func kill() {
        if version == .v1 { try? setFrozen(false) }
        for (_, directory) in directories { CgroupDirectory.kill(directory) }
    }

    /// Removes the group. False while a process is still in it; to be tried again.
    public func remove() -> Bool {
        counters.close()
        var isGone = true
        for (_, directory) in directories where !CgroupDirectory.remove(directory) { isGone = false }
        return isGone
    }
}

/// Operations on one control group directory of any version.
enum CgroupDirectory {
    static func processes(in directory: String) -> [Int32] {
        guard let text = try? Files.readText(directory + "/cgroup.procs") else { return [] }
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    static func kill(_ directory: String) {
        // cgroup.kill, kernel 5.14, takes forks under way with it; elsewhere repetition does.
        if (try? Files.writeText("1", to: directory + "/cgroup.kill")) != nil { return }
        for pid in processes(in: directory) { try? Processes.kill(pid, Processes.sigKill) }
    }

    static func remove(_ directory: String) -> Bool {
        do {
            try Files.removeDirectory(directory)
            return true
        } catch  where error.number == Errno.busy {
            // Of version 2, what a runtime made inside.
            guard (try? Files.removeDirectory(directory + "/runtime")) != nil else { return false }
            return (try? Files.removeDirectory(directory)) != nil
        } catch {
            return error.number == Errno.noEntry
        }
    }

    /// For groups whose owner is dead: kills, thaws and removes, trying for a bounded while.
    static func killAndRemove(_ directory: String) -> Bool {
        guard Files.exists(directory) else { return false }
        for _ in 0..<100 {
            if remove(directory) { return true }
            if Files.exists(directory + "/freezer.state") {
                try? Files.writeText("THAWED", to: directory + "/freezer.state")
            }
            kill(directory)
            MonotonicClock.sleep(milliseconds: 10)
        }
        return false
    }
}
