// SPDX-License-Identifier: Apache-2.0

/// QEMU's command line.
struct MachineCommand: Sendable {
    static let program = "/usr/bin/qemu-system-x86_64"
    static let shareTag = "nestbox"
    /// Descriptors that QEMU is given, in this order.
    enum Passed {
        static let port = 3
        static let monitor = 4
        static let memory = 5
        /// Of a machine that goes on from a kept one.
        static let state = 6
        /// Of a machine that is to be kept: what its kernel says.
        static let console = 6
    }

    /// Whether the machine is one to be kept, or goes on from a kept one.
    enum Purpose: Sendable {
        case template, sandbox
    }

    let shape: MachineShape
    let accelerator: Accelerator
    /// Of the host's processor, in ticks per millisecond: an emulated one shows it as its own, and has nothing to measure it by.
    var clockKilohertz: Int

    func arguments(_ purpose: Purpose) -> [String] { arguments(purpose, clockKilohertz: clockKilohertz) }

    func arguments(_ purpose: Purpose, clockKilohertz: Int) -> [String] {
        var arguments = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "microvm,rtc=on,isa-serial=on,memory-backend=memory", "-smp", "\(shape.processors)",
            "-m", "\(shape.memoryBytes >> 20)M",
            // A file of its own. To map the kept one privately would cost each page twice: the kernel fills what is not there yet of a
            // memory file when it is touched, also for a copy of it, and for good.
            "-object",
            "memory-backend-file,id=memory,size=\(shape.memoryBytes),mem-path=/proc/self/fd/\(Passed.memory),share=on",
            "-kernel", MachineRoom.kernel, "-initrd", MachineRoom.initialFiles,
            "-append", kernelArguments(clockKilohertz),
            // The kernel's last words, when it does not come up. Later nobody listens: it may say what it likes.
            "-chardev",
            purpose == .template ? "file,id=console,path=/proc/self/fd/\(Passed.console),append=on" : "null,id=console",
            "-serial", "chardev:console",
            "-device", "virtio-serial-device,max_ports=2", "-chardev", "socket,id=port,fd=\(Passed.port)",
            "-device", "virtserialport,chardev=port,name=nestbox",
            "-fsdev", "local,id=share,path=\(MachineRoom.share),security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-9p-device,fsdev=share,mount_tag=\(Self.shareTag)",
            "-chardev", "socket,id=monitor,fd=\(Passed.monitor)", "-mon", "chardev=monitor,mode=control",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        ]
        arguments += accelerator.options
        if purpose == .sandbox { arguments += ["-incoming", "defer"] }
        return arguments
    }

    /// `panic=-1`: a machine whose agent ended is over at once. `reboot=t`: by a triple fault; without it the kernel first asks devices
    /// that such a machine does not have, and now and then stands still there.
    private func kernelArguments(_ clockKilohertz: Int) -> String {
        (["quiet", "console=ttyS0", "panic=-1", "reboot=t", "lsm=landlock", "net.ifnames=0"]
            + accelerator.kernelArguments(clockKilohertz: clockKilohertz)
            + ["rdinit=/init", "--", "machine"]).joined(separator: " ")
    }
}

/// What runs the processor of a machine.
enum Accelerator: String, Sendable, Hashable {
    case kvm, tcg

    var options: [String] {
        switch self {
        case .kvm: ["-accel", "kvm", "-cpu", "host,migratable=on"]
        case .tcg: ["-accel", "tcg,tb-size=64", "-cpu", "max"]
        }
    }

    /// An emulated processor does not speculate, so there is nothing to mitigate.
    func kernelArguments(clockKilohertz: Int) -> [String] {
        switch self {
        case .kvm: []
        case .tcg: ["tsc_early_khz=\(clockKilohertz)", "tsc=reliable", "no_timer_check", "mitigations=off"]
        }
    }
}
