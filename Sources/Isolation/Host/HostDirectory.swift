// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// What Nestbox keeps on a host where it is root; it goes when the machine restarts.
package enum HostDirectory {
    package static let path = "/run/nestbox"

    /// Makes it, unless it is there. Nobody but root may write it.
    package static func make() throws(SystemError) {
        do throws(SystemError) {
            try Files.makeDirectory(path, mode: 0o755)
        } catch  where error.number == Errno.exists {
        }
        let status = try Files.status(path)
        guard status.kind == .directory, status.owner == 0, status.mode & 0o022 == 0 else {
            throw SystemError(Errno.notPermitted, call: "use", subject: "\(path), which others may write")
        }
    }
}
