// SPDX-License-Identifier: Apache-2.0

/// The file system that a machine starts with, as a cpio archive of the format `newc` (kernel, driver-api/early-userspace).
struct InitialFiles {
    private var bytes: [UInt8] = []
    private var inode = 0

    private static let directoryType = 0o040000
    private static let fileType = 0o100000

    /// The agent as first process, the modules, the library that makes interpreters wait, and the places it mounts at.
    static func archive(agent: [UInt8], modules: [MachineKernel.Module], library: [UInt8]?) -> [UInt8] {
        var files = InitialFiles()
        for name in ["dev", "proc", "root", "modules"] {
            files.add(name, mode: directoryType | 0o755, content: [])
        }
        for module in modules { files.add("modules/\(module.name)", mode: fileType | 0o400, content: module.content) }
        if let library { files.add("zygote.so", mode: fileType | 0o400, content: library) }
        files.add("init", mode: fileType | 0o500, content: agent)
        files.add("TRAILER!!!", mode: 0, content: [])
        return files.bytes
    }

    private mutating func add(_ name: String, mode: Int, content: [UInt8]) {
        inode += 1
        let nameBytes = Array(name.utf8) + [0]
        let fields = [
            inode, mode, 0, 0, 1, 0, content.count, 0, 0, 0, 0, nameBytes.count, 0,
        ]
        bytes += Array("070701".utf8)
        for field in fields {
            let digits = String(field, radix: 16)
            bytes += Array((String(repeating: "0", count: 8 - digits.utf8.count) + digits).utf8)
        }
        bytes += nameBytes
        pad()
        bytes += content
        pad()
    }

    private mutating func pad() {
        while !bytes.count.isMultiple(of: 4) { bytes.append(0) }
    }
}
