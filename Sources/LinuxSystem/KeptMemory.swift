// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Memory that is written to a file and read again.
public enum KeptMemory {
    /// A number by which damage is found. It does not find intent.
    public static func sum(_ bytes: [UInt8], after sum: UInt64 = 0) -> UInt64 {
        bytes.withUnsafeBytes { nb_sum(sum, $0.baseAddress, $0.count) }
    }

    /// Makes `to`, which must be empty, the same as `from`; blocks. What is zero takes no space.
    ///
    /// - Returns: The sum over all that is not zero.
    public static func copy(from: Int32, to: Int32) throws(SystemError) -> UInt64 {
        var sum: UInt64 = 0
        try retrying("copy memory") { nb_copy_memory(from, to, &sum) }
        return sum
    }

    /// fsync(2), which also tells what could not be written.
    public static func settle(_ file: Int32) throws(SystemError) {
        try retrying("fsync") { fsync(file) }
    }

    /// rename(2) of a directory; one that is there with something in it is not replaced.
    public static func rename(_ path: String, to other: String) throws(SystemError) {
        try retrying("rename", path) { Glibc.rename(path, other) }
    }
}
