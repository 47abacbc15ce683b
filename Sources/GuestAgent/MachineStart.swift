// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The first moments of a virtual machine whose first process is the agent: modules, a root that can be left, and the
/// stream to the host. The machine is kept as it is after that, and each sandbox goes on from there.
public enum MachineStart {
    /// First argument of the agent in a machine.
    public static let argument = "machine"
    /// What the agent says when the machine is ready to be kept.
    public static let greeting = "nestbox machine\n"
    /// Kernel modules, loaded in the order of their names.
    public static let modules = "/modules"
    /// The first port of the first virtio console.
    private static let port = "/dev/vport0p1"
    private static let portAttempts = 3000
    private static let staging = "/root"

    /// Never returns: becomes the agent. A machine whose agent ends is over, and says on its console why.
    public static func run() -> Never {
        do throws(SystemError) {
            try begin()
        } catch {
            say("nestbox: \(error)")
            GuestCalls.exit(Agent.Exit.systemFailed.rawValue)
        }
        Agent.run(control: 3)
    }

    private static func begin() throws(SystemError) {
        // Anywhere else this would lay mounts over somebody's system.
        let names = try Files.list(modules)
        guard Processes.ownPID == 1, !Files.exists("/usr") else {
            throw SystemError(Errno.notPermitted, call: "start a machine", subject: "outside one")
        }
        GuestCalls.setUmask(0)
        try MachineCalls.liftLimits()
        try Mounts.attach(
            try Mounts.create("devtmpfs", options: [], attributes: [.noSetuid, .noExecute]), at: "/dev")
        for name in names.sorted() { try MachineCalls.loadModule("\(modules)/\(name)") }
        let stream = try openPort()
        // The kernel's first root cannot be left for another. This one can.
        let root = try Mounts.create("tmpfs", options: [("size", "1m"), ("mode", "755")], attributes: [.noSetuid])
        try Mounts.attach(root, at: staging)
        for name in ["dev", "proc", "tmp"] { try Files.makeDirectory("\(staging)/\(name)", mode: 0o755) }
        try Mounts.attach(
            try Mounts.create("devtmpfs", options: [], attributes: [.noSetuid, .noExecute]), at: "\(staging)/dev")
        try Mounts.attach(
            try Mounts.create("proc", options: [], attributes: [.noSetuid, .noDevices, .noExecute]),
            at: "\(staging)/proc")
        try MachineCalls.replaceFirstRoot(with: root)
        Rehearsal.run()
        try GuestCalls.takeControl(stream.release())
        try Files.writeAll(3, Array(greeting.utf8))
    }

    /// The kernel makes the port a moment after its driver was loaded.
    private static func openPort() throws(SystemError) -> OwnedDescriptor {
        for _ in 0..<portAttempts {
            if Files.exists(port) { break }
            MonotonicClock.sleep(milliseconds: 10)
        }
        return try Files.open(port, .readWrite)
    }

    private static func say(_ text: String) {
        if let console = try? Files.open("/dev/console", .writeOnly) {
            try? Files.writeAll(console.raw, Array((text + "\n").utf8))
        }
    }
}
