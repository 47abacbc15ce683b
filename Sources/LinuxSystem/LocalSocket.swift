// SPDX-License-Identifier: Apache-2.0
import CLinux

/// A connection to a Unix socket that lies where somebody else may write.
public enum LocalSocket {
    /// Connects to the socket `path` below the directory `root`, through no symbolic link. Non-blocking and close-on-exec.
    ///
    /// - Throws: ``SystemError``: ENOENT when it is not there yet, ECONNREFUSED when nobody listens, ELOOP for a link, EINVAL for what
    ///   is no socket.
    public static func connect(_ path: String, below root: Int32) throws(SystemError) -> OwnedDescriptor {
        let place = try Files.open(path, .path, at: root, resolve: [.beneath, .noSymlinks, .noMagicLinks])
        guard try Files.status(of: place.raw).kind == .socket else {
            throw SystemError(Errno.invalid, call: "connect", subject: "\(path), which is no socket")
        }
        return OwnedDescriptor(owning: try retrying("connect", path) { nb_connect_local("/proc/self/fd/\(place.raw)") })
    }
}
