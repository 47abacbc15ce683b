// SPDX-License-Identifier: Apache-2.0

extension Mounts {
    /// Shows `content` at `path` as a read-only executable that runs with its owner's rights.
    ///
    /// It lies on a file system of its own, so that nothing else becomes setuid with it. Whatever is at `path` is removed first: a
    /// symbolic link of the host's would be followed by mounting.
    ///
    /// - Parameters:
    ///   - staging: A directory that is not there yet; it is gone again when this returns.
    ///   - owner: User and group of the file.
    public static func showSetuidFile(
        _ content: [UInt8], at path: String, staging: String, owner: UInt32
    ) throws(SystemError) {
        // The file in whole pages, and one for the directory.
        let bytes = (content.count + 8191) & ~4095
        let files = try create(
            "tmpfs", options: [("size", "\(bytes)"), ("nr_inodes", "2"), ("mode", "755")], attributes: .noDevices)
        try Files.makeDirectory(staging, mode: 0o700)
        try attach(files, at: staging)
        let source = "\(staging)/program"
        do {
            let file = try Files.open(source, [.writeOnly, .create, .exclusive], mode: 0o755)
            try Files.writeAll(file.raw, content)
            try Files.setOwner(file.raw, user: owner, group: owner)
            // After the owner: changing that takes the bit away.
            try Files.setMode(file.raw, 0o4755)
        }
        do {
            try Files.removeFile(path)
        } catch  where error.number == Errno.noEntry {
        }
        _ = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o755)
        let program = try clone(source, recursive: false)
        try setAttributes(of: program.raw, [.readOnly, .noDevices], recursive: false)
        try attach(program, at: path)
        try detach(staging)
        try Files.removeDirectory(staging)
    }
}
