// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// What this machine offers and lacks, in words an administrator can act on.
enum HostChecks {
    /// The likely reason why the guest agent could not be started.
    ///
    /// - Parameter guest: Path of its executable.
    static func explain(_ error: SystemError, guest: String) -> String {
        switch error.number {
        case Errno.access, Errno.notExecutable, Errno.noEntry:
            "\(error): \(guest) is not a program that this machine can execute; install it again"
        case Errno.notPermitted where Processes.userID != 0:
            "\(error): this user may not make user namespaces. Check /proc/sys/kernel/unprivileged_userns_clone, "
                + "/proc/sys/kernel/apparmor_restrict_unprivileged_userns and /proc/sys/user/max_user_namespaces"
        case Errno.notPermitted:
            "\(error): the process lacks CAP_SYS_ADMIN; inside a container, allow user namespaces or run it privileged"
        case Errno.noSpace:
            "\(error): the limit in /proc/sys/user/max_*_namespaces is reached"
        case Errno.again:
            "\(error): a process limit is reached (ulimit -u, the service's TasksMax, or /proc/sys/kernel/pid_max)"
        default: "\(error)"
        }
    }

    static func findings(cgroups: CgroupParent?, landlockABI: Int, hasOverlay: Bool) -> [DriverStatus.Finding] {
        typealias Finding = DriverStatus.Finding
        var findings: [Finding] = []
        findings.append(
            Finding(
                name: "identity", level: .ok,
                detail: Processes.userID == 0
                    ? "root: every sandbox has its own host ids"
                    : "ordinary user: sandboxes run with this user's host id, through a user namespace"))
        findings.append(
            Finding(
                name: "namespaces", level: .ok,
                detail: SandboxPlanner.namespaces.union(.cgroup).names.joined(separator: ", ")))
        if let cgroups {
            findings.append(
                Finding(
                    name: "limits", level: .ok, detail: "\(cgroups.hierarchy.version.rawValue), below \(cgroups.path)"))
        } else {
            findings.append(
                Finding(
                    name: "limits", level: .missing,
                    detail: "no control group: memory is limited for each process alone, CPU time is watched, "
                        + "CPU use is not held",
                    remedy: "delegate a control group and drop isolation.accept_rlimit_only"))
        }
        findings.append(Finding(name: "seccomp", level: .ok, detail: "allow-list 'run'"))
        if landlockABI > 0 {
            findings.append(Finding(name: "landlock", level: .ok, detail: "ABI \(landlockABI)"))
        } else {
            findings.append(
                Finding(
                    name: "landlock", level: .missing, detail: "not in this kernel or not enabled; one layer less",
                    remedy: "use kernel 5.13 or later with 'landlock' in the lsm= boot parameter"))
        }
        if hasOverlay {
            findings.append(Finding(name: "overlay", level: .ok, detail: "every sandbox has inodes of its own"))
        } else {
            findings.append(
                Finding(
                    name: "overlay", level: .missing,
                    detail: "sandboxes share inodes of /usr: programs can signal each other through file locks",
                    remedy: "use kernel 5.19 or later, with overlayfs compiled in or 'modprobe overlay'"))
        }
        if CgroupParent.hostHasSwap {
            findings.append(Finding(name: "swap", level: .ok, detail: "on; sandboxes cannot use it"))
        }
        return findings
    }
}
