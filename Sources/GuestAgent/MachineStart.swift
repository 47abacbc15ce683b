// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The first moments of a virtual machine whose first process is the agent: modules, a root that can be left, and the
/// stream to the host. The machine is kept as it is after that, and each sandbox goes on from there.
public enum MachineStart {
    /// First argument of the agent in a machine.
    public static let argument = "machine"
    /// Second argument of the agent in a machine that the host reaches by a socket (vsock(7)) instead of a console's port.
    public static let socketArgument = "vsock"
    /// Where it listens then.
    public static let socketPort: UInt32 = 1024
    /// What the agent says when the machine is ready to be kept, and to each connection of the host.
    public static let greeting = "nestbox machine\n"
    /// Kernel modules, loaded in the order of their names.
    public static let modules = "/modules"
    /// The library that makes interpreters wait that are started ahead; a machine may be without.
    public static let library = "/zygote.so"
    private static let mostLibraryBytes = 16 << 20
    /// The first port of the first virtio console.
    private static let port = "/dev/vport0p1"
    private static let portAttempts = 3000
    private static let staging = "/root"

    /// Never returns: becomes the agent. A machine whose agent ends is over, and says on its console why.
    ///
    /// - Parameter arguments: Those behind ``argument``.
    public static func run(_ arguments: [String]) -> Never {
        do throws(SystemError) {
            let (library, group) = try begin(hasSocket: arguments.contains(socketArgument))
            Agent.run(control: 3, library: library, group: group)
        } catch {
            say("nestbox: \(error)")
            GuestCalls.exit(Agent.Exit.systemFailed.rawValue)
        }
    }

    /// - Returns: The library that makes interpreters wait, and the group of programs.
    private static func begin(hasSocket: Bool) throws(SystemError) -> (SharedDescriptor?, ProgramGroup) {
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
        let port = hasSocket ? -1 : try openPort().release()
        let content = Files.exists(library) ? try Files.readAll(library, atMost: mostLibraryBytes) : nil
        try enterRoot()
        Rehearsal.run()
        // What programs together may use is held where it is used, so nobody is refused for what might be.
        try Files.writeText("1", to: "/proc/sys/vm/overcommit_memory")
        let stream = hasSocket ? try firstWord().release() : port
        // Closes what else is open.
        try GuestCalls.takeControl(stream)
        let group = try ProgramGroup()
        // In memory: no rule about files concerns it, and nobody can change it.
        let library = try content.map { content throws(SystemError) in
            SharedDescriptor(try Descriptors.makeSealedMemory(name: "nestbox-zygote", content: content))
        }
        if !hasSocket { try Files.writeAll(3, Array(greeting.utf8)) }
        return (library, group)
    }

    /// The kernel's first root cannot be left for another. This one can.
    ///
    /// Its descriptor is closed when this returns, before the agent closes what it does not know: its number is another's afterwards.
    private static func enterRoot() throws(SystemError) {
        let root = try Mounts.create("tmpfs", options: [("size", "1m"), ("mode", "755")], attributes: [.noSetuid])
        try Mounts.attach(root, at: staging)
        for name in ["dev", "proc", "tmp"] { try Files.makeDirectory("\(staging)/\(name)", mode: 0o755) }
        try Mounts.attach(
            try Mounts.create("devtmpfs", options: [], attributes: [.noSetuid, .noExecute]), at: "\(staging)/dev")
        try Mounts.attach(
            try Mounts.create("proc", options: [], attributes: [.noSetuid, .noDevices, .noExecute]),
            at: "\(staging)/proc")
        try MachineCalls.replaceFirstRoot(with: root)
    }

    /// The connection on which the host begins to talk. It has connected before to see that the machine is there, and that
    /// connection has ended, or was cut when the machine was kept; what listens for the next outlives that.
    private static func firstWord() throws(SystemError) -> OwnedDescriptor {
        let listener = try HostListener(port: socketPort)
        while true {
            do throws(SystemError) {
                let connection = try listener.accept()
                try Files.writeAll(connection.raw, Array(greeting.utf8))
                if try HostListener.waitForWord(on: connection.raw) { return connection }
            } catch  where [Errno.connectionReset, Errno.brokenPipe].contains(error.number) {
                continue
            }
        }
    }

    /// The kernel makes the port a moment after its driver was loaded, and its file a moment before the driver finds the port that
    /// it stands for (drivers/char/virtio_console.c, add_port()): ENXIO.
    private static func openPort() throws(SystemError) -> OwnedDescriptor {
        for _ in 0..<portAttempts {
            do throws(SystemError) {
                return try Files.open(port, .readWrite)
            } catch  where error.number == Errno.noEntry || error.number == Errno.noSuchDevice {
                MonotonicClock.sleep(milliseconds: 10)
            }
        }
        return try Files.open(port, .readWrite)
    }

    private static func say(_ text: String) {
        if let console = try? Files.open("/dev/console", .writeOnly) {
            try? Files.writeAll(console.raw, Array((text + "\n").utf8))
        }
    }
}
