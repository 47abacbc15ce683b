// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// Settings of machines of Firecracker, from the configuration's `isolation` section.
public struct FirecrackerConfiguration: Sendable, Hashable {
    public static let driverName = "firecracker"
    /// Where the kernel and the image lie when nothing else is said.
    public static let defaultKernel = "/var/lib/nestbox/firecracker"

    /// Path of the program; nil when there are to be no such machines.
    public var binary: String?
    /// Path of its jailer; nil is `jailer` beside the program.
    public var jailer: String?
    /// Directory with the guest's kernel, `vmlinux`, its modules in `modules`, which are loaded in the order of their names, and
    /// `root.erofs`, what sandboxes see of the host, which ``MicroVMDriver/prepare(_:)`` makes.
    public var kernel: String
    /// What a machine has beside the memory of its programs, for its kernel and its caches, in bytes.
    public var memoryOverhead: Int
    /// As in ``MicroVMConfiguration``.
    public var guestExecutable: String?
    public var cgroupParent: String?
    public var extraPaths: [String]
    public var configurationEntries: [String]

    /// In what time a machine is there. Tests have slower ones.
    var bootTime = Duration.seconds(20)
    /// What sandboxes see, in tests: a whole `/usr` takes minutes.
    var view: HostView?

    public init(
        binary: String? = nil, jailer: String? = nil, kernel: String = defaultKernel, memoryOverhead: Int = 128 << 20,
        guestExecutable: String? = nil, cgroupParent: String? = nil, extraPaths: [String] = [],
        configurationEntries: [String] = []
    ) {
        self.binary = binary
        self.jailer = jailer
        self.kernel = kernel
        self.memoryOverhead = memoryOverhead
        self.guestExecutable = guestExecutable
        self.cgroupParent = cgroupParent
        self.extraPaths = extraPaths
        self.configurationEntries = configurationEntries
    }

    var common: MachineParts.Settings {
        .init(
            guestExecutable: guestExecutable, cgroupParent: cgroupParent, extraPaths: extraPaths,
            configurationEntries: configurationEntries)
    }

    /// Firecracker and its jailer, which are started as root.
    struct Programs: Sendable {
        let firecracker: String
        let jailer: String
    }

    /// - Throws: ``IsolationError`` `unavailable` when a program is not configured, not there, or not only root's to change.
    func programs() throws(IsolationError) -> Programs {
        let step = "find Firecracker"
        guard let binary else {
            throw IsolationError(
                .unavailable, step: step,
                message: "isolation.firecracker.binary is not set; name the path of Firecracker's program there. "
                    + "Nestbox's tests have never run the real one")
        }
        let beside = binary.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/jailer"
        let programs = Programs(firecracker: binary, jailer: jailer ?? beside)
        for path in [programs.firecracker, programs.jailer] {
            do throws(SystemError) {
                let status = try Files.status(path, followLinks: true)
                guard status.kind == .regular, status.owner == 0, status.mode & 0o022 == 0, status.mode & 0o100 != 0
                else {
                    throw SystemError(
                        Errno.notPermitted, call: "use",
                        subject: "\(path), which must be root's program and nobody else's to change")
                }
            } catch {
                throw IsolationError(
                    .unavailable, step: step,
                    message: "\(error). isolation.firecracker.binary and .jailer name the two programs of one release")
            }
        }
        return programs
    }
}
