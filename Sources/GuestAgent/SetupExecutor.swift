// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

/// What the setup prepared for every program that is started later.
struct ProgramConfinement {
    var landlock: SharedDescriptor?
    var filter: [UInt8] = []
    /// The agent's own filter, which every program that it starts inherits. What comes into the sandbox otherwise gets it too.
    var ownFilter: [UInt8] = []
    var limits: [ResourceLimit] = []
    /// Of programs that the agent starts itself.
    var conditions: ProgramConditions?
    var user: UInt32 = 0
    var group: UInt32 = 0
    var dropGroups = false
    var mask: UInt32 = 0o022
    /// The scratch file system, for its free space.
    var scratch: SharedDescriptor?
    /// Capabilities that programs of root have, where programs may be root; setuid files work then.
    var rootCapabilities: UInt64?
    /// The root directory of devpts, and /dev/null: held, because programs of root could put something else at their paths.
    var terminals: SharedDescriptor?
    var null: SharedDescriptor?
    /// What holds all programs together, in a machine.
    var programs: ProgramGroup?

    /// Sets limits of some resources; those of others stay.
    mutating func set(_ new: [GuestStep.GuestLimit]) throws(SystemError) {
        for limit in new {
            guard let resource = ResourceLimit.Resource(rawValue: limit.resource) else {
                throw SystemError(Errno.invalid, call: "resource limit \(limit.resource)")
            }
            limits.removeAll { $0.resource == resource }
            limits.append(ResourceLimit(resource, soft: limit.soft, hard: limit.hard))
        }
    }
}

/// Performs the steps of a setup in order. Before ``GuestStep/enterRoot`` the working directory is the new root, so that
/// a step's path means the same before and after.
struct SetupExecutor {
    /// Where the new root waits until it becomes the root. Any directory that every system has; what is below it on the
    /// host stays untouched, because this mount namespace is our own.
    static let stagingPath = "/tmp"
    private static let stagingScratch = ".scratch"
    /// In a prepared file system, whose layout ``PreparedPlace`` says: scratch file systems made so far.
    private var scratchCount = 0
    /// The new root is ``mountPreparedRoot(_:layers:)``'s, so it cannot be written and has a place beside it.
    var isPrepared = false
    /// What hides and covers files of /proc, once it is needed.
    var hidden: HiddenFiles?
    /// What hides a file: empty, and unlike /dev/null it cannot be opened for writing. Its name goes with ``enterRoot``.
    static let maskFile = ".mask"
    /// The layer that an overlay needs beside the tree it shows. Its name goes with ``GuestStep/enterRoot``.
    static let emptyDirectory = ".empty"
    private static let mostCopiedBytes = 1 << 20
    /// What 9p reads at a time, at most.
    private static let sharedMessageBytes = 512_000

    var confinement = ProgramConfinement()
    private(set) var passed: [Int32]
    /// Overlays made so far by ``GuestStep/ownTree(path:)``.
    var ownTrees = 0
    /// The sandbox has a kernel to itself, and the agent every right in it.
    var hasOwnKernel = false

    /// - Parameters:
    ///   - passed: Descriptors that came with the setup message; each is used by one ``GuestStep/attach`` step.
    ///   - group: What holds all programs together, in a machine.
    init(passed: [Int32], group: ProgramGroup? = nil) {
        self.passed = passed
        confinement.programs = group
    }

    /// Path relative to the working directory, which is the new root.
    func relative(_ path: String) -> String {
        path == "/" ? "." : String(path.drop { $0 == "/" })
    }

    mutating func perform(_ step: GuestStep) throws(SystemError) {
        switch step {
        case .setIdentity(let user, let group, let dropGroups):
            try GuestCalls.setIdentity(user: user, group: group, dropGroups: dropGroups)
        case .dieWithHost:
            try GuestCalls.dieWithParent()
        case .unshareCgroup:
            try GuestCalls.unshare(.cgroup)
        case .setHostname(let name):
            try GuestCalls.setHostname(name)
            try GuestCalls.setDomainName("(none)")
        case .bringLoopbackUp:
            try GuestCalls.bringLoopbackUp()
        case .setOOMScore(let score):
            try Files.writeText("\(score)", to: "/proc/self/oom_score_adj")
        case .makeMountsPrivate:
            try Mounts.makePrivate()
        case .mountRoot(let bytes, let inodes):
            try mountRoot(bytes: bytes, inodes: inodes)
            try prepareRoot()
        case .mountWritableRoot(let bytes, let inodes):
            try mountRoot(bytes: bytes, inodes: inodes)
            try enterSubtree()
            try prepareRoot()
        case .makeDirectory(let path, let mode):
            try Files.makeDirectory(relative(path), mode: mode)
        case .writeFile(let path, let mode, let content):
            let file = try Files.open(relative(path), [.writeOnly, .create, .exclusive], mode: mode)
            try Files.writeAll(file.raw, content)
        case .makeSymlink(let path, let target):
            try Files.makeSymlink(relative(path), to: target)
        case .bind(let hostPath, let path, let attributes):
            try bind(hostPath, at: relative(path), MountAttributes(rawValue: attributes))
        case .attach(let index, let path):
            try Mounts.attach(try takePassed(index), at: relative(path))
        case .attachOwn(let index, let path):
            try attachOwn(try takePassed(index), at: relative(path))
        case .mountPreparedRoot(let index, let layers):
            try mountPreparedRoot(try takePassed(index), layers: layers)
        case .ownInodes(let path):
            try ownInodes(relative(path))
        case .ownTree(let path):
            try ownTree(relative(path))
        case .setOwner(let path, let user, let group):
            let file = try Files.open(relative(path), [.readOnly, .noFollow])
            try Files.setOwner(file.raw, user: user, group: group)
        case .mountSetuid(let path, let content):
            try Mounts.showSetuidFile(content, at: relative(path), staging: Self.setuidDirectory, owner: 0)
        case .copyFile(let hostPath, let path, let mode):
            let content = try Files.readAll(hostPath, atMost: Self.mostCopiedBytes)
            let file = try Files.open(relative(path), [.writeOnly, .create, .exclusive], mode: mode)
            try Files.writeAll(file.raw, content)
        case .mountScratch(let bytes, let inodes, let directories):
            try mountScratch(bytes: bytes, inodes: inodes, directories)
        case .mountProc(let path, let hidesOthers):
            // hidepid: a program sees its own processes only. The agent's environment, memory and descriptors are shut in
            // either case, because it is not dumpable (proc(5), ptrace(2)).
            let proc = try Mounts.create(
                "proc", options: [("hidepid", hidesOthers ? "invisible" : "off")],
                attributes: [.noSetuid, .noDevices, .noExecute])
            try Mounts.attach(proc, at: relative(path))
        case .mountTerminals(let path):
            let terminals = try Mounts.create(
                "devpts", options: [("ptmxmode", "0666"), ("mode", "0620")], attributes: [.noSetuid, .noExecute])
            try Mounts.attach(terminals, at: relative(path))
            confinement.terminals = SharedDescriptor(try Files.open(relative(path), [.readOnly, .directory]))
        case .mask(let path):
            try mask(relative(path))
        case .maskAll(let paths):
            try maskAll(paths)
        case .cover(let path, let content):
            try cover(relative(path), with: content)
        case .coverWithRandomID(let path):
            try cover(relative(path), with: Array(RandomID.line().utf8))
        case .makeReadOnly(let path):
            try Mounts.setAttributes(at: relative(path), .readOnly)
        case .enterRoot:
            if !isPrepared {
                try hidden?.remove()
                try Files.removeFile(Self.maskFile)
                try Files.removeDirectory(Self.emptyDirectory)
            }
            hidden = nil
            try Mounts.pivotIntoWorkingDirectory()
        case .sealRoot:
            try Mounts.setAttributes(at: "/", .readOnly)
        case .prepareLandlock(let handled, let scope, let rules):
            try prepareLandlock(LandlockAccess(rawValue: handled), scope: scope, rules)
        case .prepareSeccomp(let program):
            try Self.checkFilter(program)
            confinement.filter = program
        case .enterSeccomp(let program):
            try Self.checkFilter(program)
            try GuestCalls.setFilter(program)
            confinement.ownFilter = program
        case .useScratch(let path):
            confinement.scratch = SharedDescriptor(try Files.open(relative(path), [.readOnly, .directory]))
        case .useTerminals(let path):
            confinement.terminals = SharedDescriptor(try Files.open(relative(path), [.readOnly, .directory]))
        case .hideDirectory(let path):
            try Mounts.coverWithNothing(relative(path))
        case .renewMachine(let entropy, let seconds, let nanoseconds):
            try MachineCalls.renewRandomness(entropy)
            try MachineCalls.setClock(seconds: Int64(clamping: seconds), nanoseconds: Int64(nanoseconds))
        case .mountSharedRoot(let tag, let layers):
            try mountPreparedRoot(try Self.share(tag), layers: layers)
        case .mountShare(let tag, let path):
            try Files.makeDirectory(path, mode: 0o700)
            try Mounts.attach(try Self.share(tag), at: path)
            hasOwnKernel = true
        case .limitPrograms(let memoryBytes, let processes):
            guard let group = confinement.programs else {
                throw SystemError(Errno.invalid, call: "limit programs outside a machine")
            }
            try group.limit(memoryBytes: memoryBytes, processes: processes)
        case .become(let arguments, let environment, let directory, let descriptors):
            try become(arguments, environment, directory, first: Int(descriptors))
        case .allowRoot(let capabilities):
            confinement.rootCapabilities = capabilities
        case .prepareLimits(let limits):
            try confinement.set(limits)
        case .prepareIdentity(let user, let group, let dropGroups, let mask):
            confinement.user = user
            confinement.group = group
            confinement.dropGroups = dropGroups
            confinement.mask = mask
            confinement.null = SharedDescriptor(try Files.open("/dev/null", .readWrite))
        case .protectAgent(let keep, let noNewPrivileges):
            try GuestCalls.setDumpable(false)
            if noNewPrivileges { try GuestCalls.setNoNewPrivileges() }
            try GuestCalls.setCapabilities(keep)
        }
    }

    private static func share(_ tag: String) throws(SystemError) -> OwnedDescriptor {
        if tag.hasPrefix("/dev/") {
            return try Mounts.create(
                "erofs", options: [("source", tag), ("ro", "")], attributes: [.readOnly, .noSetuid])
        }
        return try Mounts.create(
            "9p",
            options: [
                ("source", tag), ("trans", "virtio"), ("version", "9p2000.L"), ("cache", "loose"),
                ("msize", "\(sharedMessageBytes)"),
            ], attributes: [.readOnly, .noSetuid])
    }

    private mutating func takePassed(_ index: UInt32) throws(SystemError) -> OwnedDescriptor {
        guard passed.indices.contains(Int(index)), passed[Int(index)] >= 0 else {
            throw SystemError(Errno.invalid, call: "use of passed mount \(index)")
        }
        defer { passed[Int(index)] = -1 }
        return OwnedDescriptor(owning: passed[Int(index)])
    }

    static func tmpfsOptions(bytes: UInt64, inodes: UInt64, mode: String) -> [(String, String)] {
        [("size", "\(bytes)"), ("nr_inodes", "\(inodes)"), ("mode", mode)]
    }

    private func bind(_ hostPath: String, at path: String, _ attributes: MountAttributes) throws(SystemError) {
        let isDirectory = try Files.status(hostPath, followLinks: true).kind == .directory
        let mount = try Mounts.clone(hostPath, recursive: isDirectory)
        try Mounts.setAttributes(of: mount.raw, attributes, recursive: true)
        try Mounts.attach(mount, at: path)
    }

    private static func checkFilter(_ program: [UInt8]) throws(SystemError) {
        guard !program.isEmpty, program.count.isMultiple(of: 8) else {
            throw SystemError(Errno.invalid, call: "seccomp filter of \(program.count) bytes")
        }
    }

    /// An overlay without an upper layer is read-only and needs two lower ones (kernel, filesystems/overlayfs,
    /// "Multiple lower layers").
    private func ownInodes(_ path: String) throws(SystemError) {
        let overlay = try Mounts.create(
            "overlay", options: [("lowerdir", "\(path):\(isPrepared ? PreparedPlace.empty : Self.emptyDirectory)")],
            attributes: [.readOnly, .noSetuid, .noDevices])
        try Mounts.attach(overlay, at: path)
    }

    /// One file system and one quota for everything writable. It is attached at a staging place only while its
    /// directories are cloned to where programs see them, so no program ever sees it as a whole. Beside a prepared root it stays
    /// there until the host's root goes.
    private mutating func mountScratch(
        bytes: UInt64, inodes: UInt64, _ directories: [GuestStep.ScratchDirectory]
    ) throws(SystemError) {
        let staging = isPrepared ? PreparedPlace.scratch(scratchCount) : Self.stagingScratch
        if !isPrepared { try Files.makeDirectory(staging, mode: 0o700) }
        let scratch = try Mounts.create(
            "tmpfs", options: Self.tmpfsOptions(bytes: bytes, inodes: inodes, mode: "755"),
            attributes: [.noSetuid, .noDevices])
        try Mounts.attach(scratch, at: staging)
        for (index, directory) in directories.enumerated() {
            let source = "\(staging)/\(index)"
            try Files.makeDirectory(source, mode: 0o700)
            let made = try Files.open(source, [.readOnly, .directory])
            try Files.setOwner(made.raw, user: directory.user, group: directory.group)
            try Files.setMode(made.raw, directory.mode)
            let mount = try Mounts.clone(source, recursive: false)
            try Mounts.setAttributes(of: mount.raw, MountAttributes(rawValue: directory.attributes), recursive: false)
            try Mounts.attach(mount, at: relative(directory.path))
            if confinement.scratch == nil {
                confinement.scratch = SharedDescriptor(
                    try Files.open(relative(directory.path), [.readOnly, .directory]))
            }
        }
        scratchCount += 1
        if isPrepared {
            if hidden == nil { hidden = try HiddenFiles(beneath: "\(staging)/hidden") }
        } else {
            try Mounts.detach(staging)
            try Files.removeDirectory(staging)
        }
    }

    private func mask(_ path: String) throws(SystemError) {
        let status: FileStatus
        do {
            status = try Files.status(path)
        } catch  where error.number == Errno.noEntry {
            return
        }
        if status.kind == .directory {
            let empty = try Mounts.create(
                "tmpfs", options: Self.tmpfsOptions(bytes: 4096, inodes: 1, mode: "555"),
                attributes: [.readOnly, .noSetuid, .noDevices, .noExecute])
            try Mounts.attach(empty, at: path)
        } else {
            let empty = try Mounts.clone(Self.maskFile, recursive: false)
            try Mounts.setAttributes(of: empty.raw, [.readOnly, .noSetuid, .noDevices, .noExecute], recursive: false)
            try Mounts.attach(empty, at: path)
        }
    }

    private mutating func prepareLandlock(
        _ handled: LandlockAccess, scope: UInt64, _ rules: [GuestStep.LandlockRule]
    ) throws(SystemError) {
        let ruleset = try Landlock.makeRuleset(handling: handled, scope: scope)
        for rule in rules {
            let path = try Files.open(relative(rule.path), .path)
            var access = LandlockAccess(rawValue: rule.access).intersection(handled)
            if try Files.status(of: path.raw).kind != .directory { access.formIntersection(.forFiles) }
            try Landlock.allow(access, beneath: path, in: ruleset, subject: rule.path)
        }
        confinement.landlock = SharedDescriptor(ruleset)
    }
}
