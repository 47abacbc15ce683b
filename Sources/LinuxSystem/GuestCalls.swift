// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Calls that the guest agent makes about itself, once, while it sets a sandbox up.
public enum GuestCalls {
    public static func setIdentity(user: UInt32, group: UInt32, dropGroups: Bool) throws(SystemError) {
        try retrying("setresuid", "\(user)") { nb_set_identity(user, group, dropGroups ? 1 : 0) }
    }

    /// Capabilities as a bit mask by capability number (capabilities(7)); permitted and effective become exactly these.
    public static func setCapabilities(_ mask: UInt64) throws(SystemError) {
        try retrying("capset") { nb_set_capabilities(mask) }
    }

    public static func unshare(_ namespaces: Namespaces) throws(SystemError) {
        try retrying("unshare") { nb_unshare(namespaces.rawValue) }
    }

    public static func setHostname(_ name: String) throws(SystemError) {
        try retrying("sethostname", name) { sethostname(name, name.utf8.count) }
    }

    /// The domain name also shows in uname(2) and is copied from the host's.
    public static func setDomainName(_ name: String) throws(SystemError) {
        try retrying("setdomainname", name) { nb_set_domain_name(name) }
    }

    public static func bringLoopbackUp() throws(SystemError) {
        try retrying("ioctl SIOCSIFFLAGS", "lo") { nb_loopback_up() }
    }

    public static func setDumpable(_ dumpable: Bool) throws(SystemError) {
        try retrying("prctl PR_SET_DUMPABLE") { nb_set_dumpable(dumpable ? 1 : 0) }
    }

    /// Asks for SIGKILL when the thread that started this process ends.
    public static func dieWithParent() throws(SystemError) {
        try retrying("prctl PR_SET_PDEATHSIG") { nb_set_death_signal(SIGKILL) }
    }

    public static func setNoNewPrivileges() throws(SystemError) {
        try retrying("prctl PR_SET_NO_NEW_PRIVS") { nb_set_no_new_privileges() }
    }

    /// Filters the system calls of this process and of all it starts (seccomp(2)): needs no_new_privs, or CAP_SYS_ADMIN in its
    /// user namespace.
    ///
    /// - Parameter filter: `struct sock_filter` after `struct sock_filter`, 8 bytes each.
    public static func setFilter(_ filter: [UInt8]) throws(SystemError) {
        try retrying("seccomp") {
            filter.withUnsafeBytes { nb_set_filter($0.baseAddress, UInt16(truncatingIfNeeded: $0.count / 8)) }
        }
    }

    public static func changeDirectory(_ path: String) throws(SystemError) {
        try retrying("chdir", path) { chdir(path) }
    }

    public static func changeDirectory(to descriptor: Int32) throws(SystemError) {
        try retrying("fchdir") { fchdir(descriptor) }
    }

    /// Sets the file mode creation mask; returns nothing because it cannot fail.
    public static func setUmask(_ mask: UInt32) {
        umask(mask)
    }

    /// Blocks every signal for this process; ended children are then seen through ``makeChildSignal()``.
    public static func blockSignals() throws(SystemError) {
        try retrying("sigprocmask") { nb_block_all_signals() }
    }

    /// A descriptor that is readable when a child has ended (signalfd(2) for SIGCHLD).
    public static func makeChildSignal() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try retrying("signalfd") { nb_signalfd_all(SIGCHLD, 0) })
    }

    /// Makes `stream` descriptor 3, where agents have their stream to the host, and 0 to 2 /dev/null. All others close.
    public static func takeControl(_ stream: Int32) throws(SystemError) {
        try retrying("dup2", "the stream to the host") { nb_take_control(stream) }
    }

    /// Ends the process at once; as PID 1 this ends every process of the sandbox.
    public static func exit(_ code: Int32) -> Never {
        _exit(code)
    }

    /// Executes a program in place of this process, without any capability: `descriptors` become its 0, 1 and so on, all others
    /// close. Returns only by throwing.
    public static func become(
        _ arguments: [String], _ environment: [String], directory: String, descriptors: [Int32]
    ) throws(SystemError) {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in argv { free(pointer) }
            for pointer in envp { free(pointer) }
        }
        try retrying("execve", arguments.first ?? "") {
            nb_become(&argv, &envp, directory, descriptors, Int32(descriptors.count))
        }
    }
}
