// SPDX-License-Identifier: Apache-2.0
import CLinux

/// Pseudo terminals (pty(7)).
public enum Terminals {
    /// A new terminal of the devpts file system whose root directory is `directory`: the master end does not block.
    ///
    /// Nothing is looked up by a path that programs could change.
    public static func make(in directory: Int32) throws(SystemError) -> (
        master: SharedDescriptor, slave: SharedDescriptor
    ) {
        let master = SharedDescriptor(
            try Files.open("ptmx", [.readWrite, .nonBlocking, .noControllingTerminal, .noFollow], at: directory))
        let slave = try retrying("ioctl TIOCGPTPEER") { nb_open_terminal_peer(master.raw, directory) }
        return (master, SharedDescriptor(OwnedDescriptor(owning: slave)))
    }

    /// SIGWINCH goes to the foreground process group (ioctl_tty(2), TIOCSWINSZ).
    public static func setWindow(of terminal: Int32, columns: UInt16, rows: UInt16) throws(SystemError) {
        try retrying("ioctl TIOCSWINSZ") { nb_set_window_size(terminal, columns, rows) }
    }
}
