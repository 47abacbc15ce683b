// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// The control group of all programs of a machine, in the machine's own kernel: their memory, files in memory included, and how many
/// they are. The agent is outside, so that it has memory left when they have none.
///
/// The file system of control groups is mounted nowhere: nothing but these descriptors leads there. In a namespace of their own,
/// programs are in what looks like the topmost group.
final class ProgramGroup {
    private static let name = "programs"
    private static let controllers = "+memory +pids"

    /// A mount that is attached nowhere lives as long as this.
    private let mount: SharedDescriptor
    private let directory: SharedDescriptor
    /// Who writes "0" to it is in the group.
    let entry: SharedDescriptor
    /// ``PollEvents/urgent`` when a process was killed, among others.
    let memoryEvents: SharedDescriptor
    private let memory: SharedDescriptor
    private let memoryPeak: SharedDescriptor
    private let processes: SharedDescriptor
    private let processEvents: SharedDescriptor
    private var mostProcesses: UInt64 = 0
    private var knownKills: UInt64 = 0

    /// Makes the group, and the namespace that programs see it from. The caller stays outside.
    ///
    /// - Throws: ``SystemError`` in a kernel without what this needs: memory and pids of version 2, `memory.peak` (5.19).
    init() throws(SystemError) {
        mount = SharedDescriptor(try Self.makeMount())
        try Files.writeText(Self.controllers, to: "cgroup.subtree_control", at: mount.raw)
        try Files.makeDirectory(Self.name, mode: 0o700, at: mount.raw)
        directory = SharedDescriptor(try Files.open(Self.name, [.readOnly, .directory], at: mount.raw))
        let place = directory.raw
        entry = SharedDescriptor(try Files.open("cgroup.procs", .writeOnly, at: place))
        memoryEvents = SharedDescriptor(try Files.open("memory.events", .readOnly, at: place))
        memory = SharedDescriptor(try Files.open("memory.current", .readOnly, at: place))
        memoryPeak = SharedDescriptor(try Files.open("memory.peak", .readOnly, at: place))
        processes = SharedDescriptor(try Files.open("pids.current", .readOnly, at: place))
        processEvents = SharedDescriptor(try Files.open("pids.events", .readOnly, at: place))
        // Nothing may be in it before it has limits.
        try Files.writeText("0", to: "pids.max", at: place)
        let outside = try Files.open("cgroup.procs", .writeOnly, at: mount.raw)
        try Files.writeAll(entry.raw, [Self.itself])
        try GuestCalls.unshare(.cgroup)
        try Files.writeAll(outside.raw, [Self.itself])
    }

    private static let itself = UInt8(ascii: "0")

    /// Processes are put into the group as they start. Without `favordynmods` (kernel 6.0) each of them waits for all processors.
    private static func makeMount() throws(SystemError) -> OwnedDescriptor {
        let attributes: MountAttributes = [.noSetuid, .noDevices, .noExecute]
        do throws(SystemError) {
            return try Mounts.create("cgroup2", options: [("favordynmods", "")], attributes: attributes)
        } catch  where error.number == Errno.invalid {
            return try Mounts.create("cgroup2", options: [], attributes: attributes)
        }
    }

    /// Sets both limits. What is used beyond a smaller limit is taken back by the kernel, if need be with a kill.
    func limit(memoryBytes: UInt64, processes: UInt32) throws(SystemError) {
        try Files.writeText("\(memoryBytes)", to: "memory.max", at: directory.raw)
        try Files.writeText("\(processes)", to: "pids.max", at: directory.raw)
        mostProcesses = UInt64(processes)
    }

    /// Whether one more program may start.
    func hasRoom() throws(SystemError) -> Bool { try Self.number(processes) < mostProcesses }

    func usage() throws(SystemError) -> ProgramUsage {
        // Kills before the peak, so that a kill comes with the peak that led to it.
        let kills = try Self.field("oom_kill", in: memoryEvents)
        return ProgramUsage(
            memoryBytes: try Self.number(memory), memoryPeakBytes: try Self.number(memoryPeak), memoryKills: kills,
            processRefusals: try Self.field("max", in: processEvents))
    }

    /// Whether a process was killed since this was asked last.
    func hasNewKills() throws(SystemError) -> Bool {
        let kills = try Self.field("oom_kill", in: memoryEvents)
        defer { knownKills = kills }
        return kills > knownKills
    }

    private static func number(_ file: SharedDescriptor) throws(SystemError) -> UInt64 {
        guard let value = UInt64(try Files.readText(from: file.raw).prefix { $0.isNumber }) else {
            throw SystemError(Errno.invalid, call: "read a control group's number")
        }
        return value
    }

    /// Value of a line `NAME VALUE`.
    private static func field(_ name: String, in file: SharedDescriptor) throws(SystemError) -> UInt64 {
        for line in try Files.readText(from: file.raw).split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, parts[0] == name, let value = UInt64(parts[1]) { return value }
        }
        throw SystemError(Errno.invalid, call: "find \(name) in a control group's file")
    }
}
