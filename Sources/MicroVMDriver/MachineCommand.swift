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
        static let state = 6
    }

    /// Whether the machine is one to be kept, or goes on from a kept one.
    enum Purpose: Sendable {
        case template, sandbox
    }

    let shape: MachineShape
    let accelerator: Accelerator
    /// Of the host's processor, in ticks per millisecond: an emulated one shows it as its own, and has nothing to measure it by.
    let clockKilohertz: Int

    func arguments(_ purpose: Purpose) -> [String] {
        var arguments = [
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "none",
            "-machine", "microvm,rtc=on,isa-serial=off,memory-backend=memory", "-smp", "\(shape.processors)",
            "-m", "\(shape.memoryBytes >> 20)M",
            // What a sandbox writes is its own; the kept machine's memory stays as it is.
            "-object",
            "memory-backend-file,id=memory,size=\(shape.memoryBytes),mem-path=/proc/self/fd/\(Passed.memory),"
                + "share=\(purpose == .template ? "on" : "off")",
            "-kernel", MachineRoom.kernel, "-initrd", MachineRoom.initialFiles, "-append", kernelArguments,
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

    /// `panic=-1`: a machine whose agent ended is over at once.
    private var kernelArguments: String {
        (["quiet", "panic=-1", "lsm=landlock", "net.ifnames=0"]
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
