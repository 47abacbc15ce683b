// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Byte-range locks that belong to an open file and vanish with it, also when its process is killed
/// (fcntl(2), "Open file description locks", kernel 3.15).
public enum FileLocks {
    /// Takes the exclusive lock on one byte; false when somebody else holds it.
    public static func lock(_ descriptor: Int32, byte: Int) throws(SystemError) -> Bool {
        do {
            try retrying("fcntl F_OFD_SETLK") { nb_ofd_lock(descriptor, 1, byte) }
            return true
        } catch  where error.number == EAGAIN || error.number == EACCES {
            return false
        }
    }

    public static func unlock(_ descriptor: Int32, byte: Int) throws(SystemError) {
        try retrying("fcntl F_OFD_SETLK") { nb_ofd_lock(descriptor, 0, byte) }
    }
}
