// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A program of the host that is started inside control groups, in the namespaces of the calling thread.
public struct HostCommand: Sendable {
    /// Where it enters before it executes.
    public enum Groups: Sendable {
        case none
        /// `cgroup.procs` of each version 1 hierarchy, open for writing; at most 8.
        case files([SharedDescriptor])
        /// The version 2 group.
        case directory(SharedDescriptor)
    }

    /// Absolute.
    public var path: String
    /// The first is the program's name.
    public var arguments: [String]
    public var environment: [String]
    public var groups: Groups
    /// Becomes descriptor 0; nil is /dev/null, which 1 and 2 are in any case.
    public var input: SharedDescriptor?
    /// Become descriptors 3 and following; at most 8.
    public var passed: [SharedDescriptor]
    /// Becomes descriptor 2; nil is /dev/null.
    public var errors: SharedDescriptor?
    /// User and group that it becomes, without any right that root has; 0 for this process's own.
    public var user: UInt32 = 0
    /// It is killed when the calling thread ends.
    public var diesWithCaller = false
    /// It is the first process of a pid namespace of its own.
    public var hasOwnProcesses = false

    public init(
        path: String, arguments: [String], environment: [String], groups: Groups, input: SharedDescriptor? = nil,
        passed: [SharedDescriptor] = [], errors: SharedDescriptor? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.groups = groups
        self.input = input
        self.passed = passed
        self.errors = errors
    }

    /// Starts it in a session of its own. It is the caller's to wait for.
    public func start() throws(SystemError) -> LaunchedProcess {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer {
            for pointer in argv { free(pointer) }
            for pointer in envp { free(pointer) }
        }
        var command = nb_command()
        command.input = input?.raw ?? -1
        command.errors = errors?.raw ?? -1
        command.user = user
        command.dies_with_caller = diesWithCaller ? 1 : 0
        command.has_own_processes = hasOwnProcesses ? 1 : 0
        guard passed.count <= Int(nb_most_passed) else {
            throw SystemError(Errno.invalid, call: "start with \(passed.count) descriptors")
        }
        withUnsafeMutableBytes(of: &command.passed) { raw in
            let descriptors = raw.bindMemory(to: Int32.self)
            for (index, descriptor) in passed.enumerated() { descriptors[index] = descriptor.raw }
        }
        command.passed_count = passed.count
        let entries: [SharedDescriptor]
        switch groups {
        case .none: entries = []
        case .files(let files): entries = files
        case .directory(let directory):
            entries = [directory]
            command.groups_are_directories = 1
        }
        guard entries.count <= Int(nb_most_groups) else {
            throw SystemError(Errno.invalid, call: "start in \(entries.count) control groups")
        }
        withUnsafeMutableBytes(of: &command.groups) { raw in
            let groups = raw.bindMemory(to: Int32.self)
            for (index, entry) in entries.enumerated() { groups[index] = entry.raw }
        }
        command.group_count = entries.count
        // The pointers live until the call returns, and the child has executed by then (CLONE_VFORK).
        let pid = path.withCString { path in
            argv.withUnsafeMutableBufferPointer { argv in
                envp.withUnsafeMutableBufferPointer { envp in
                    command.path = path
                    command.argv = UnsafePointer(argv.baseAddress)
                    command.envp = UnsafePointer(envp.baseAddress)
                    return nb_start_command(&command)
                }
            }
        }
        withExtendedLifetime((self, entries)) {}
        guard pid > 0 else { throw SystemError(-pid, call: "start", subject: path) }
        return LaunchedProcess(pid: pid, descriptor: OwnedDescriptor(owning: command.pidfd))
    }
}
