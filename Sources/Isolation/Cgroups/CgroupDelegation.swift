// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Version 2: gets the controllers that sandboxes need into a group, from its ancestors down (cgroups(7), "Cgroups
/// version 2 controllers").
struct CgroupDelegation: Sendable {
    /// Leaf of a group that processes move into, so that their group can hand controllers down.
    static let leafName = "supervisor"
    /// Processes may be started in our own group while we are leaving it.
    private static let attempts = 10

    /// Where the hierarchy is mounted.
    let mount: String
    /// This process's own group, as a directory.
    let own: String

    /// Makes `directory` and what is missing above it, and lets groups below it have memory, pids and cpu.
    ///
    /// - Throws: `SystemError` naming the directory that refuses.
    func prepare(_ directory: String) throws(SystemError) {
        try Self.make(directory, below: mount)
        try handDown(from: directory)
    }

    /// Makes a directory and its parents down from `top`, which exists.
    static func make(_ directory: String, below top: String) throws(SystemError) {
        guard directory != top, !Files.exists(directory) else { return }
        try make(parent(of: directory), below: top)
        do throws(SystemError) {
            try Files.makeDirectory(directory)
        } catch  where error.number == Errno.exists {
        }
    }

    private static func parent(of directory: String) -> String {
        String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
    }

    private func handDown(from directory: String) throws(SystemError) {
        let file = directory + "/cgroup.subtree_control"
        let wanted = try missing(in: file)
        guard !wanted.isEmpty else { return }
        if try !missing(in: directory + "/cgroup.controllers").isEmpty, directory != mount {
            try handDown(from: Self.parent(of: directory))
        }
        for attempt in 1...Self.attempts {
            if own == directory { try moveIntoLeaf(directory) }
            do throws(SystemError) {
                return try Files.writeText(wanted.map { "+" + $0 }.joined(separator: " "), to: file)
            } catch  where error.number == Errno.busy {
                if own == directory, attempt < Self.attempts { continue }
                throw SystemError(
                    error.number, call: "hand controllers down from",
                    subject: "\(directory), because processes run in this very group")
            } catch  where error.number == Errno.noEntry {
                let lacking = try missing(in: directory + "/cgroup.controllers")
                throw SystemError(
                    error.number, call: "find the controllers \(lacking.joined(separator: ", "))", subject: directory)
            }
        }
    }

    /// Controllers that a sandbox needs and the file does not list.
    private func missing(in file: String) throws(SystemError) -> [String] {
        let listed = Set(try Files.readText(file).split(whereSeparator: \.isWhitespace).map(String.init))
        return CgroupHierarchy.v2Controllers.filter { !listed.contains($0) }
    }

    /// A group with processes of its own cannot hand controllers down ("no internal processes", cgroups(7)). The
    /// hierarchy's very root can; it is the one without the file `cgroup.type`. The top that a container sees is not it.
    private func moveIntoLeaf(_ directory: String) throws(SystemError) {
        guard Files.exists(directory + "/cgroup.type") else { return }
        let leaf = "\(directory)/\(Self.leafName)"
        try Self.make(leaf, below: directory)
        for process in CgroupDirectory.processes(in: directory) where process > 0 {
            do throws(SystemError) {
                try Files.writeText("\(process)", to: leaf + "/cgroup.procs")
            } catch  where error.number == Errno.noProcess {
                // It has ended since.
            }
        }
    }
}
