// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// The guest's kernel and the modules it needs to reach the host.
struct MachineKernel: Sendable {
    struct Module: Sendable {
        var name: String
        var content: [UInt8]
    }

    /// Empty for one that Firecracker starts.
    let image: [UInt8]
    let modules: [Module]
    /// As `uname -r` says inside.
    let release: String

    private static let mostImageBytes = 64 << 20
    private static let mostModuleBytes = 16 << 20

    /// - Throws: ``IsolationError`` `unavailable` with what is missing and how to get it.
    static func load(from directory: String) throws(IsolationError) -> MachineKernel {
        do throws(SystemError) {
            try checkOwner(directory, image: "vmlinuz")
            let image = try Files.readAll("\(directory)/vmlinuz", atMost: mostImageBytes)
            let modules = try modules(in: directory)
            guard let release = release(in: image), !modules.isEmpty else {
                throw SystemError(
                    Errno.invalid, call: "use", subject: "\(directory), which has no Linux kernel for x86 or no modules"
                )
            }
            return try holding(MachineKernel(image: image, modules: modules, release: release), directory)
        } catch {
            throw IsolationError(
                .unavailable, step: "find the guest's kernel",
                message:
                    "\(error). 'scripts/setup vm' gets the distribution's kernel into .build/vm; put its vmlinuz and modules "
                    + "into \(MicroVMConfiguration.defaultKernel), or name their directory with isolation.microvm.kernel"
            )
        }
    }

    /// A kernel as an ELF file, `vmlinux`, which is what Firecracker starts. The file is not read into memory: it is large, and only
    /// wanted when a machine is.
    ///
    /// - Throws: ``IsolationError`` `unavailable` with what is missing and how to get it.
    static func loadUnpacked(from directory: String) throws(IsolationError) -> MachineKernel {
        do throws(SystemError) {
            try checkOwner(directory, image: "vmlinux")
            let image = try Files.open("\(directory)/vmlinux", .readOnly)
            let modules = try modules(in: directory)
            guard try Files.read(image.raw, upTo: 4) == [0x7F, 0x45, 0x4C, 0x46],
                let release = modules.first.flatMap(release(of:))
            else {
                throw SystemError(
                    Errno.invalid, call: "use",
                    subject: "\(directory), which has no unpacked Linux kernel or no modules")
            }
            return try holding(MachineKernel(image: [], modules: modules, release: release), directory)
        } catch {
            throw IsolationError(
                .unavailable, step: "find the guest's kernel",
                message:
                    "\(error). 'scripts/setup vm' gets the distribution's kernel into .build/vm/firecracker; put its vmlinux and "
                    + "modules into \(FirecrackerConfiguration.defaultKernel), or name their directory with "
                    + "isolation.firecracker.kernel")
        }
    }

    private static func holding(_ kernel: MachineKernel, _ directory: String) throws(SystemError) -> MachineKernel {
        guard kernel.holdsPrograms else {
            throw SystemError(
                Errno.invalid, call: "use",
                subject: "\(directory), Linux \(kernel.release): its control groups tell too little before 5.19")
        }
        return kernel
    }

    /// The first word of what a module says that it was made for (its section `.modinfo`).
    private static func release(of module: Module) -> String? {
        let mark = Array("vermagic=".utf8)
        let place = module.content.indices.first { index in
            module.content[index] == mark[0] && module.content[index...].starts(with: mark)
        }
        guard let place else { return nil }
        let text = module.content[(place + mark.count)...].prefix { $0 > 0x20 && $0 < 0x7F }
        return text.isEmpty || text.count > 64 ? nil : String(decoding: text, as: UTF8.self)
    }

    private static func modules(in directory: String) throws(SystemError) -> [Module] {
        try Files.list("\(directory)/modules").filter { $0.hasSuffix(".ko") }.sorted().map { name throws(SystemError) in
            Module(name: name, content: try Files.readAll("\(directory)/modules/\(name)", atMost: mostModuleBytes))
        }
    }

    /// Whoever may change the kernel is root in every machine.
    private static func checkOwner(_ directory: String, image: String) throws(SystemError) {
        for path in [directory, "\(directory)/\(image)", "\(directory)/modules"] {
            let status = try Files.status(path, followLinks: true)
            guard status.owner == Processes.userID, status.mode & 0o022 == 0 else {
                throw SystemError(Errno.notPermitted, call: "use", subject: "\(path), which others may change")
            }
        }
    }

    /// The first word of the version, which the header of a bzImage points at (kernel, arch/x86/boot.rst).
    static func release(in image: [UInt8]) -> String? {
        let (signature, magic, pointer, setup) = (0x1FE, 0x202, 0x20E, 0x200)
        guard image.count > pointer + 1, image[signature] == 0x55, image[signature + 1] == 0xAA,
            image[magic..<magic + 4].elementsEqual("HdrS".utf8)
        else { return nil }
        let place = Int(image[pointer]) + (Int(image[pointer + 1]) << 8) + setup
        guard place < image.count else { return nil }
        let text = image[place...].prefix { $0 > 0x20 && $0 < 0x7F }
        return text.isEmpty || text.count > 64 ? nil : String(decoding: text, as: UTF8.self)
    }

    private var version: (Int, Int)? {
        let parts = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// Whether the control group of programs can tell the peak of their memory (kernel, admin-guide/cgroup-v2.rst, "memory.peak").
    var holdsPrograms: Bool { version.map { $0 >= (5, 19) } ?? false }

    /// What Landlock of this kernel can do (kernel, userspace-api/landlock.rst, "Previous limitations").
    var landlockABI: Int {
        guard let version else { return 0 }
        let since: [(Int, Int)] = [(5, 13), (5, 19), (6, 2), (6, 7), (6, 10), (6, 12)]
        return since.count { $0 <= version }
    }
}
