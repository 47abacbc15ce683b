// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem

/// The guest's kernel and the modules it needs to reach the host.
struct MachineKernel: Sendable {
    struct Module: Sendable {
        var name: String
        var content: [UInt8]
    }

    let image: [UInt8]
    let modules: [Module]
    /// As `uname -r` says inside.
    let release: String

    private static let mostImageBytes = 64 << 20
    private static let mostModuleBytes = 16 << 20

    /// - Throws: ``IsolationError`` `unavailable` with what is missing and how to get it.
    static func load(from directory: String) throws(IsolationError) -> MachineKernel {
        do throws(SystemError) {
            try checkOwner(directory)
            let image = try Files.readAll("\(directory)/vmlinuz", atMost: mostImageBytes)
            let names = try Files.list("\(directory)/modules").filter { $0.hasSuffix(".ko") }.sorted()
            let modules = try names.map { name throws(SystemError) in
                Module(name: name, content: try Files.readAll("\(directory)/modules/\(name)", atMost: mostModuleBytes))
            }
            guard let release = release(in: image), !modules.isEmpty else {
                throw SystemError(
                    Errno.invalid, call: "use", subject: "\(directory), which has no Linux kernel for x86 or no modules"
                )
            }
            return MachineKernel(image: image, modules: modules, release: release)
        } catch {
            throw IsolationError(
                .unavailable, step: "find the guest's kernel",
                message:
                    "\(error). 'scripts/setup vm' gets the distribution's kernel into .build/vm; put its vmlinuz and modules "
                    + "into \(MicroVMConfiguration.defaultKernel), or name their directory with isolation.microvm.kernel"
            )
        }
    }

    /// Whoever may change the kernel is root in every machine.
    private static func checkOwner(_ directory: String) throws(SystemError) {
        for path in [directory, "\(directory)/vmlinuz", "\(directory)/modules"] {
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

    /// What Landlock of this kernel can do (kernel, userspace-api/landlock.rst, "Previous limitations").
    var landlockABI: Int {
        let parts = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard parts.count == 2 else { return 0 }
        let version = (parts[0], parts[1])
        let since: [(Int, Int)] = [(5, 13), (5, 19), (6, 2), (6, 7), (6, 10), (6, 12)]
        return since.count { $0 <= version }
    }
}
