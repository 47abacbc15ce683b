// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A resource limit of setrlimit(2).
public struct ResourceLimit: Sendable, Hashable {
    public enum Resource: UInt32, Sendable, CaseIterable {
        case cpu = 0
        case fileSize = 1
        case data = 2
        case stack = 3
        case core = 4
        case processes = 6
        case openFiles = 7
        case lockedMemory = 8
        case addressSpace = 9
        case locks = 10
        case pendingSignals = 11
        case messageQueues = 12
        case niceCeiling = 13
        case realtimePriority = 14
        case realtimeMicroseconds = 15
    }

    public let resource: Resource
    public let soft: UInt64
    public let hard: UInt64

    public init(_ resource: Resource, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }

    public init(_ resource: Resource, _ value: UInt64) {
        self.init(resource, soft: value, hard: value)
    }
}

extension ResourceLimit {
    /// The calling process's own limit (getrlimit(2)); `UInt64.max` is "no limit".
    public static func current(_ resource: Resource) throws(SystemError) -> ResourceLimit {
        var soft: UInt64 = 0
        var hard: UInt64 = 0
        try retrying("getrlimit") { nb_get_limit(Int32(resource.rawValue), &soft, &hard) }
        return ResourceLimit(resource, soft: soft, hard: hard)
    }

    /// Makes this the calling process's own limit (setrlimit(2)).
    public func apply() throws(SystemError) {
        try retrying("setrlimit") { nb_set_limit(Int32(resource.rawValue), soft, hard) }
    }
}

/// What a program finds the same in every run.
public struct ProgramConditions: Sendable, Hashable {
    /// The only processor it runs on, by its number among those its starter may use, counted round.
    public var processor: UInt32
    /// Nothing of it is at random addresses (personality(2), ADDR_NO_RANDOMIZE).
    public var fixedAddresses: Bool

    public init(processor: UInt32, fixedAddresses: Bool) {
        self.processor = processor
        self.fixedAddresses = fixedAddresses
    }
}

/// A program to start inside the sandbox, and everything that confines it.
public struct SpawnRequest: Sendable {
    public var path: String
    public var arguments: [String]
    public var environment: [String]
    public var directory: String
    public var standardInput: Int32
    public var standardOutput: Int32
    public var standardError: Int32
    /// Standard input is a terminal, which becomes the controlling one of the program's session.
    public var hasControllingTerminal: Bool
    public var user: UInt32
    public var group: UInt32
    public var dropGroups: Bool
    public var mask: UInt32
    /// Capabilities that a program may gain by executing as uid 0, as a bit mask (capabilities(7), "bounding set").
    public var boundingSet: UInt64
    /// False lets setuid files work.
    public var noNewPrivileges: Bool
    public var limits: [ResourceLimit]
    /// Landlock ruleset, or nil.
    public var landlock: Int32?
    /// What the program finds the same as its like in other runs; nil: nothing.
    public var conditions: ProgramConditions?
    /// `cgroup.procs` of the control group that the program is in, open for writing; nil: that of its starter.
    public var controlGroup: Int32?
    /// seccomp filter: `struct sock_filter` after `struct sock_filter`, 8 bytes each; empty for none.
    public var filter: [UInt8]

    public init(
        path: String, arguments: [String], environment: [String], directory: String, standardInput: Int32,
        standardOutput: Int32, standardError: Int32, hasControllingTerminal: Bool = false, user: UInt32, group: UInt32,
        dropGroups: Bool, mask: UInt32, boundingSet: UInt64 = 0, noNewPrivileges: Bool = true,
        limits: [ResourceLimit], landlock: Int32?, filter: [UInt8], conditions: ProgramConditions? = nil,
        controlGroup: Int32? = nil
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.hasControllingTerminal = hasControllingTerminal
        self.user = user
        self.group = group
        self.dropGroups = dropGroups
        self.mask = mask
        self.boundingSet = boundingSet
        self.noNewPrivileges = noNewPrivileges
        self.limits = limits
        self.landlock = landlock
        self.filter = filter
        self.conditions = conditions
        self.controlGroup = controlGroup
    }
}

/// A step of starting a program failed. Raw values are those of `nb_spawn_step` and part of the guest wire.
public struct SpawnFailure: Error, Sendable, Hashable {
    public let step: UInt8
    public let number: Int32

    public init(step: UInt8, number: Int32) {
        self.step = step
        self.number = number
    }
}

extension Processes {
    /// Whether the kernel, and what filters this process's calls, allow programs without random addresses.
    public static let mayFixAddresses = nb_may_fix_addresses() == 1

    /// Starts a program: own session, no capability, and as far as ``SpawnRequest`` says no_new_privs, Landlock, seccomp.
    ///
    /// - Returns: Its pid.
    /// - Throws: ``SpawnFailure`` with the first step that failed; no process is left then.
    public static func spawn(_ request: borrowing SpawnRequest) throws(SpawnFailure) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = request.arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = request.environment.map { strdup($0) } + [nil]
        defer {
            for pointer in arguments { free(pointer) }
            for pointer in environment { free(pointer) }
        }
        let limits = request.limits.map {
            nb_rlimit(resource: Int32($0.resource.rawValue), soft: $0.soft, hard: $0.hard)
        }
        var step: Int32 = 0
        // The pointers below live until the call returns, and the child has executed by then (CLONE_VFORK).
        let result = request.path.withCString { path in
            request.directory.withCString { directory in
                limits.withUnsafeBufferPointer { limits in
                    request.filter.withUnsafeBytes { filter in
                        arguments.withUnsafeMutableBufferPointer { arguments in
                            environment.withUnsafeMutableBufferPointer { environment in
                                var spawn = nb_spawn(
                                    path: path, argv: arguments.baseAddress, envp: environment.baseAddress,
                                    directory: directory, stdin_fd: request.standardInput,
                                    stdout_fd: request.standardOutput, stderr_fd: request.standardError,
                                    controlling_terminal: request.hasControllingTerminal ? 1 : 0, mask: request.mask,
                                    confinement: nb_confinement(
                                        uid: request.user, gid: request.group,
                                        drop_groups: request.dropGroups ? 1 : 0,
                                        bounding_set: request.boundingSet,
                                        no_new_privileges: request.noNewPrivileges ? 1 : 0,
                                        landlock: request.landlock ?? -1,
                                        filter: filter.isEmpty ? nil : filter.baseAddress,
                                        filter_count: UInt16(truncatingIfNeeded: filter.count / 8)),
                                    limits: limits.baseAddress, limit_count: limits.count,
                                    processor: request.conditions.map { Int32($0.processor % 8192) } ?? -1,
                                    fixed_addresses: request.conditions?.fixedAddresses == true ? 1 : 0,
                                    group: request.controlGroup ?? -1,
                                    failed_step: 0)
                                let pid = nb_spawn_program(&spawn)
                                step = spawn.failed_step
                                return pid
                            }
                        }
                    }
                }
            }
        }
        guard result > 0 else { throw SpawnFailure(step: UInt8(truncatingIfNeeded: step), number: -result) }
        return result
    }
}
