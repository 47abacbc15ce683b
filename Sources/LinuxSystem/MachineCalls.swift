// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Calls of a guest agent that is the first process of a whole machine.
public enum MachineCalls {
    /// Loads a kernel module. One that is there already is not an error.
    public static func loadModule(_ path: String) throws(SystemError) {
        let file = try Files.open(path, .readOnly)
        try retrying("finit_module", path) { nb_load_module(file.raw) }
    }

    /// Lets programs have limits that the kernel thinks too large for the machine.
    public static func liftLimits() throws(SystemError) {
        try retrying("setrlimit") { nb_lift_limits() }
    }

    /// How often the processor's clock ticks in a millisecond; blocks for some 20 ms. Nil where that is not known.
    public static var clockKilohertz: Int? {
        let measured = nb_clock_kilohertz()
        return measured > 0 ? measured : nil
    }

    /// Makes a detached mount the root and working directory.
    public static func replaceFirstRoot(with mount: borrowing OwnedDescriptor) throws(SystemError) {
        try retrying("chroot") { nb_replace_first_root(mount.raw) }
    }

    /// Has the kernel's random numbers start anew from these bytes.
    public static func renewRandomness(_ bytes: [UInt8]) throws(SystemError) {
        try retrying("ioctl RNDADDENTROPY") {
            bytes.withUnsafeBytes { nb_renew_randomness($0.baseAddress, $0.count) }
        }
    }

    /// Sets the clock of the day, in Unix time.
    public static func setClock(seconds: Int64, nanoseconds: Int64) throws(SystemError) {
        try retrying("clock_settime") { nb_set_clock(seconds, nanoseconds) }
    }
}
