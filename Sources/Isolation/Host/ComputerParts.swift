// SPDX-License-Identifier: Apache-2.0

/// What a computer needs beyond what every sandbox has. Read once, when the first computer is made.
package struct ComputerParts: Sendable {
    /// `nestbox-sudo`.
    package var sudo: [UInt8]
    /// The profile `computer`, compiled.
    package var seccomp: [UInt8]
    /// Places in the host's trees that not everybody may read there. Root of a computer could, so they are masked.
    package var hidden: [String]
    /// Names that programs expect and the host's trees lack, by path.
    package var links: [String: String] = [:]

    package init(sudo: [UInt8], seccomp: [UInt8], hidden: [String], links: [String: String] = [:]) {
        self.sudo = sudo
        self.seccomp = seccomp
        self.hidden = hidden
        self.links = links
    }

    /// The links that lie below a tree of the host.
    package func links(below tree: String) -> [(path: String, target: String)] {
        links.filter { $0.key.hasPrefix(tree + "/") }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What is to be masked. Not sudo, which is mounted over the host's own.
    package var masked: [String] { hidden.filter { $0 != ComputerLayout.sudoPath } }
}

/// What is the same in every computer, whatever driver makes it.
package enum ComputerLayout {
    /// What a program of root can have, or gain: CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7,
    /// NET_BIND_SERVICE 10, SYS_CHROOT 18 (capabilities(7)). All of it counts within the sandbox's user namespace only.
    package static let rootCapabilities: UInt64 =
        1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10 | 1 << 18
    /// The agent's user once it has set the computer up: neither of those that programs are started as.
    package static let agentID: UInt32 = 65_533
    package static let sudoPath = "/usr/bin/sudo"
    package static let rootShell = "/bin/bash"
    /// A terminal's program opens its own terminal through `tty`.
    package static let devices = SandboxLayout.devices + ["tty"]
    /// Holds what the sandbox itself writes: directories, symbolic links, copies of small files of /etc.
    package static let ownBytes = 4 << 20
    package static let ownInodes = 2048
    /// Made beside what the host's view needs.
    package static let directories: [(path: String, mode: UInt32)] =
        [
            "/dev/pts", "/proc", "/media", "/mnt", "/opt", "/run/lock", "/srv", "/var/cache", "/var/lib", "/var/log",
            "/var/mail", "/var/spool",
        ].map { ($0, 0o755) } + ["/dev/shm", "/tmp", "/var/tmp"].map { ($0, 0o1777) } + [("/root", 0o700)]
    package static let symlinks = [("/var/run", "/run"), ("/var/lock", "/run/lock")]
}
