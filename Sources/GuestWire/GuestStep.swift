// SPDX-License-Identifier: Apache-2.0

/// One step of setting a sandbox up, performed by the guest agent inside its new namespaces, in the order given.
///
/// The first step that fails ends the setup: the agent reports its index and errno, and nothing runs. Paths are inside
/// the new root unless the step says "host path"; before ``enterRoot`` they are resolved beneath the new root's mount.
public enum GuestStep: Sendable, Hashable {
    /// Become this user and group of the user namespace, keeping capabilities.
    case setIdentity(user: UInt32, group: UInt32, dropGroups: Bool)
    /// Ask the kernel for SIGKILL when the host's launching thread ends.
    case dieWithHost
    /// A new cgroup namespace, rooted where the host has put the agent.
    case unshareCgroup
    case setHostname(String)
    case bringLoopbackUp
    /// Initial badness for the kernel's out-of-memory killer, inherited by every program (proc(5), oom_score_adj).
    case setOOMScore(Int32)
    /// Cut mount propagation from and to the host.
    case makeMountsPrivate
    /// A new root: an empty memory file system.
    case mountRoot(bytes: UInt64, inodes: UInt64)
    case makeDirectory(path: String, mode: UInt32)
    case writeFile(path: String, mode: UInt32, content: [UInt8])
    case makeSymlink(path: String, target: String)
    /// Show a host path. `attributes` are MOUNT_ATTR_* bits, added recursively.
    case bind(hostPath: String, path: String, attributes: UInt64)
    /// Attach the mount that the host passed as descriptor number `index` with the setup message.
    case attach(index: UInt32, path: String)
    /// Put a read-only overlay over the tree at `path`: the same files, as inodes of this sandbox alone. Locks and
    /// watches on them (flock(2), inotify(7)) then reach neither the host nor another sandbox.
    case ownInodes(path: String)
    /// A copy of a file of the host, at most 1 MiB.
    case copyFile(hostPath: String, path: String, mode: UInt32)
    /// One memory file system for everything that programs may write, its directories attached at their places.
    case mountScratch(bytes: UInt64, inodes: UInt64, directories: [ScratchDirectory])
    /// With `hidesOthers`, a program sees no process of another user.
    case mountProc(path: String, hidesOthers: Bool)
    case mountTerminals(path: String)
    /// Hide a path behind an empty read-only file or directory. Absent paths are skipped.
    case mask(path: String)
    /// Show a file of our own, read-only, in place of the one at `path`. An absent path is skipped.
    case cover(path: String, content: [UInt8])
    /// Make the mount at `path` read-only.
    case makeReadOnly(path: String)
    /// Make the new root the root, and let go of the host's.
    case enterRoot
    /// Make the root file system itself read-only. Mounts on it keep their own attributes.
    case sealRoot
    /// Rules for every program. `scope` as in landlock_create_ruleset(2).
    case prepareLandlock(handled: UInt64, scope: UInt64, rules: [LandlockRule])
    /// Filter for every program, as an array of struct sock_filter.
    case prepareSeccomp(program: [UInt8])
    /// Limits for every program.
    case prepareLimits([GuestLimit])
    /// User, group and file mode creation mask of every program.
    case prepareIdentity(user: UInt32, group: UInt32, dropGroups: Bool, mask: UInt32)
    /// Protect the agent from programs and give up the capabilities it no longer needs (`keep` is a bit mask). Without
    /// `noNewPrivileges`, programs can gain some by a setuid file.
    case protectAgent(keep: UInt64, noNewPrivileges: Bool)
    /// As ``mountRoot``, for a root that programs may write: everything writable shares its size. The layers that
    /// ``ownTree(path:)`` needs lie in the same file system, outside the new root.
    case mountWritableRoot(bytes: UInt64, inodes: UInt64)
    /// Put an overlay over the tree at `path` whose changes go to the writable root's file system.
    case ownTree(path: String)
    case setOwner(path: String, user: UInt32, group: UInt32)
    /// Show a setuid program of uid 0 at `path`, in place of what is there: the only mount that honours setuid bits.
    case mountSetuid(path: String, content: [UInt8])
    /// Programs may run as root of the user namespace, and gain at most these capabilities (a bit mask).
    case allowRoot(capabilities: UInt64)
    /// Filter the agent's own system calls, and so those of every program, as an array of struct sock_filter.
    case enterSeccomp(program: [UInt8])
    /// As ``mountRoot``, for a root that the host has prepared: a read-only overlay over directories of the passed file system
    /// `index`, the first on top, becomes the new root. What later steps need lies beside it in that file system, outside.
    case mountPreparedRoot(index: UInt32, layers: [String])
    /// Show the tree that the host passed as descriptor number `index`, as inodes of this sandbox alone; see ``ownInodes(path:)``.
    case attachOwn(index: UInt32, path: String)
    /// As ``mask(path:)``, for many. A path stays as it is when its mode grants nothing but to an owner who does not exist in
    /// this user namespace: the kernel refuses everybody.
    case maskAll(paths: [String])
    /// As ``cover(path:content:)``, with a random UUID that the agent makes.
    case coverWithRandomID(path: String)
    /// Last step of a zygote's setup: the agent executes an interpreter in its own place, without any capability. Five of the
    /// passed descriptors, from number `descriptors` on, become its 0 to 4. Nothing is sent when it succeeds; the stream to
    /// the host closes.
    case become(arguments: [String], environment: [String], directory: String, descriptors: UInt32)
    /// The file system at `path`, which was mounted before the agent started, is the one whose free space the host is told.
    case useScratch(path: String)
    /// The terminals at `path`, mounted before the agent started, are those that programs get.
    case useTerminals(path: String)
    /// Cover the directory at `path` with nothing, by mount(2): in kernels without the new mount API.
    case hideDirectory(path: String)
    /// In a machine that goes on from where another was kept: the kernel's random numbers start anew from `entropy`, and its
    /// clock is set, in seconds and nanoseconds of Unix time.
    case renewMachine(entropy: [UInt8], seconds: UInt64, nanoseconds: UInt32)
    /// As ``mountPreparedRoot(index:layers:)``, for a machine: the host shares the file system under the name `tag` (9p),
    /// or it is an image (erofs) on the block device `tag`, a path below /dev.
    case mountSharedRoot(tag: String, layers: [String])
    /// In a machine: mounts what the host shares under the name `tag`, as for ``mountSharedRoot(tag:layers:)``, at a directory,
    /// read-only, for later steps.
    case mountShare(tag: String, path: String)
    /// In a machine: what all programs together may have, root's included, held by a control group of the machine's kernel.
    case limitPrograms(memoryBytes: UInt64, processes: UInt32)

    public struct ScratchDirectory: Sendable, Hashable {
        public var path: String
        public var mode: UInt32
        public var user: UInt32
        public var group: UInt32
        public var attributes: UInt64

        public init(path: String, mode: UInt32, user: UInt32, group: UInt32, attributes: UInt64) {
            self.path = path
            self.mode = mode
            self.user = user
            self.group = group
            self.attributes = attributes
        }
    }

    public struct LandlockRule: Sendable, Hashable {
        public var path: String
        public var access: UInt64

        public init(path: String, access: UInt64) {
            self.path = path
            self.access = access
        }
    }

    public struct GuestLimit: Sendable, Hashable {
        /// RLIMIT_* number.
        public var resource: UInt32
        public var soft: UInt64
        public var hard: UInt64

        public init(resource: UInt32, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }
}

extension GuestStep {
    /// Stable name, shown by `nestbox explain` and in errors.
    public var name: String {
        switch self {
        case .setIdentity: "set_identity"
        case .dieWithHost: "die_with_host"
        case .unshareCgroup: "unshare_cgroup"
        case .setHostname: "set_hostname"
        case .bringLoopbackUp: "bring_loopback_up"
        case .setOOMScore: "set_oom_score"
        case .makeMountsPrivate: "make_mounts_private"
        case .mountRoot: "mount_root"
        case .makeDirectory: "make_directory"
        case .writeFile: "write_file"
        case .makeSymlink: "make_symlink"
        case .bind: "bind"
        case .attach: "attach"
        case .ownInodes: "own_inodes"
        case .copyFile: "copy_file"
        case .mountScratch: "mount_scratch"
        case .mountProc: "mount_proc"
        case .mountTerminals: "mount_terminals"
        case .mask: "mask"
        case .cover: "cover"
        case .makeReadOnly: "make_read_only"
        case .enterRoot: "enter_root"
        case .sealRoot: "seal_root"
        case .prepareLandlock: "prepare_landlock"
        case .prepareSeccomp: "prepare_seccomp"
        case .prepareLimits: "prepare_limits"
        case .prepareIdentity: "prepare_identity"
        case .protectAgent: "protect_agent"
        case .mountWritableRoot: "mount_writable_root"
        case .ownTree: "own_tree"
        case .setOwner: "set_owner"
        case .mountSetuid: "mount_setuid"
        case .allowRoot: "allow_root"
        case .enterSeccomp: "enter_seccomp"
        case .mountPreparedRoot: "mount_prepared_root"
        case .attachOwn: "attach_own"
        case .maskAll: "mask_all"
        case .coverWithRandomID: "cover_with_random_id"
        case .become: "become"
        case .useScratch: "use_scratch"
        case .useTerminals: "use_terminals"
        case .hideDirectory: "hide_directory"
        case .renewMachine: "renew_machine"
        case .mountSharedRoot: "mount_shared_root"
        case .mountShare: "mount_share"
        case .limitPrograms: "limit_programs"
        }
    }

    func encode(into writer: inout WireWriter) {
        switch self {
        case .setIdentity(let user, let group, let dropGroups):
            writer.put(UInt8(1))
            writer.put(user)
            writer.put(group)
            writer.put(dropGroups)
        case .dieWithHost: writer.put(UInt8(2))
        case .unshareCgroup: writer.put(UInt8(3))
        case .setHostname(let name):
            writer.put(UInt8(4))
            writer.put(name)
        case .bringLoopbackUp: writer.put(UInt8(5))
        case .setOOMScore(let score):
            writer.put(UInt8(6))
            writer.put(score)
        case .makeMountsPrivate: writer.put(UInt8(7))
        case .mountRoot(let bytes, let inodes):
            writer.put(UInt8(8))
            writer.put(bytes)
            writer.put(inodes)
        case .makeDirectory(let path, let mode):
            writer.put(UInt8(9))
            writer.put(path)
            writer.put(mode)
        case .writeFile(let path, let mode, let content):
            writer.put(UInt8(10))
            writer.put(path)
            writer.put(mode)
            writer.put(content)
        case .makeSymlink(let path, let target):
            writer.put(UInt8(11))
            writer.put(path)
            writer.put(target)
        case .bind(let hostPath, let path, let attributes):
            writer.put(UInt8(12))
            writer.put(hostPath)
            writer.put(path)
            writer.put(attributes)
        case .attach(let index, let path):
            writer.put(UInt8(13))
            writer.put(index)
            writer.put(path)
        case .mountScratch(let bytes, let inodes, let directories):
            writer.put(UInt8(14))
            writer.put(bytes)
            writer.put(inodes)
            writer.put(list: directories) { writer, directory in
                writer.put(directory.path)
                writer.put(directory.mode)
                writer.put(directory.user)
                writer.put(directory.group)
                writer.put(directory.attributes)
            }
        case .mountProc(let path, let hidesOthers):
            writer.put(UInt8(15))
            writer.put(path)
            writer.put(hidesOthers)
        case .mountTerminals(let path):
            writer.put(UInt8(16))
            writer.put(path)
        case .mask(let path):
            writer.put(UInt8(17))
            writer.put(path)
        case .makeReadOnly(let path):
            writer.put(UInt8(18))
            writer.put(path)
        case .enterRoot: writer.put(UInt8(19))
        case .sealRoot: writer.put(UInt8(20))
        case .prepareLandlock(let handled, let scope, let rules):
            writer.put(UInt8(21))
            writer.put(handled)
            writer.put(scope)
            writer.put(list: rules) { writer, rule in
                writer.put(rule.path)
                writer.put(rule.access)
            }
        case .prepareSeccomp(let program):
            writer.put(UInt8(22))
            writer.put(program)
        case .prepareLimits(let limits):
            writer.put(UInt8(23))
            writer.put(list: limits) { $1.encode(into: &$0) }
        case .prepareIdentity(let user, let group, let dropGroups, let mask):
            writer.put(UInt8(24))
            writer.put(user)
            writer.put(group)
            writer.put(dropGroups)
            writer.put(mask)
        case .protectAgent(let keep, let noNewPrivileges):
            writer.put(UInt8(25))
            writer.put(keep)
            writer.put(noNewPrivileges)
        case .ownInodes(let path):
            writer.put(UInt8(26))
            writer.put(path)
        case .copyFile(let hostPath, let path, let mode):
            writer.put(UInt8(27))
            writer.put(hostPath)
            writer.put(path)
            writer.put(mode)
        case .cover(let path, let content):
            writer.put(UInt8(28))
            writer.put(path)
            writer.put(content)
        case .mountWritableRoot(let bytes, let inodes):
            writer.put(UInt8(29))
            writer.put(bytes)
            writer.put(inodes)
        case .ownTree(let path):
            writer.put(UInt8(30))
            writer.put(path)
        case .setOwner(let path, let user, let group):
            writer.put(UInt8(31))
            writer.put(path)
            writer.put(user)
            writer.put(group)
        case .mountSetuid(let path, let content):
            writer.put(UInt8(32))
            writer.put(path)
            writer.put(content)
        case .allowRoot(let capabilities):
            writer.put(UInt8(33))
            writer.put(capabilities)
        case .enterSeccomp(let program):
            writer.put(UInt8(34))
            writer.put(program)
        case .mountPreparedRoot(let index, let layers):
            writer.put(UInt8(35))
            writer.put(index)
            writer.put(list: layers) { $0.put($1) }
        case .attachOwn(let index, let path):
            writer.put(UInt8(36))
            writer.put(index)
            writer.put(path)
        case .maskAll(let paths):
            writer.put(UInt8(37))
            writer.put(list: paths) { $0.put($1) }
        case .coverWithRandomID(let path):
            writer.put(UInt8(38))
            writer.put(path)
        case .become(let arguments, let environment, let directory, let descriptors):
            writer.put(UInt8(50))
            writer.put(list: arguments) { $0.put($1) }
            writer.put(list: environment) { $0.put($1) }
            writer.put(directory)
            writer.put(descriptors)
        case .useScratch(let path):
            writer.put(UInt8(51))
            writer.put(path)
        case .useTerminals(let path):
            writer.put(UInt8(52))
            writer.put(path)
        case .hideDirectory(let path):
            writer.put(UInt8(53))
            writer.put(path)
        case .renewMachine(let entropy, let seconds, let nanoseconds):
            writer.put(UInt8(60))
            writer.put(entropy)
            writer.put(seconds)
            writer.put(nanoseconds)
        case .mountSharedRoot(let tag, let layers):
            writer.put(UInt8(61))
            writer.put(tag)
            writer.put(list: layers) { $0.put($1) }
        case .mountShare(let tag, let path):
            writer.put(UInt8(62))
            writer.put(tag)
            writer.put(path)
        // 63 was another step.
        case .limitPrograms(let memoryBytes, let processes):
            writer.put(UInt8(64))
            writer.put(memoryBytes)
            writer.put(processes)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        let tag = try reader.byte("step")
        switch tag {
        case 1:
            self = .setIdentity(
                user: try reader.uint32("user"), group: try reader.uint32("group"),
                dropGroups: try reader.bool("drop_groups"))
        case 2: self = .dieWithHost
        case 3: self = .unshareCgroup
        case 4: self = .setHostname(try reader.text("hostname"))
        case 5: self = .bringLoopbackUp
        case 6: self = .setOOMScore(try reader.int32("score"))
        case 7: self = .makeMountsPrivate
        case 8: self = .mountRoot(bytes: try reader.uint64("bytes"), inodes: try reader.uint64("inodes"))
        case 9: self = .makeDirectory(path: try reader.text("path"), mode: try reader.uint32("mode"))
        case 10:
            self = .writeFile(
                path: try reader.text("path"), mode: try reader.uint32("mode"), content: try reader.data("content"))
        case 11: self = .makeSymlink(path: try reader.text("path"), target: try reader.text("target"))
        case 12:
            self = .bind(
                hostPath: try reader.text("host_path"), path: try reader.text("path"),
                attributes: try reader.uint64("attributes"))
        case 13: self = .attach(index: try reader.uint32("index"), path: try reader.text("path"))
        case 14:
            self = .mountScratch(
                bytes: try reader.uint64("bytes"), inodes: try reader.uint64("inodes"),
                directories: try reader.list("directories") { reader throws(WireError) in
                    ScratchDirectory(
                        path: try reader.text("path"), mode: try reader.uint32("mode"),
                        user: try reader.uint32("user"), group: try reader.uint32("group"),
                        attributes: try reader.uint64("attributes"))
                })
        case 15: self = .mountProc(path: try reader.text("path"), hidesOthers: try reader.bool("hides_others"))
        case 16: self = .mountTerminals(path: try reader.text("path"))
        case 17: self = .mask(path: try reader.text("path"))
        case 18: self = .makeReadOnly(path: try reader.text("path"))
        case 19: self = .enterRoot
        case 20: self = .sealRoot
        case 21:
            self = .prepareLandlock(
                handled: try reader.uint64("handled"), scope: try reader.uint64("scope"),
                rules: try reader.list("rules") { reader throws(WireError) in
                    LandlockRule(path: try reader.text("path"), access: try reader.uint64("access"))
                })
        case 22: self = .prepareSeccomp(program: try reader.data("program"))
        case 23:
            self = .prepareLimits(
                try reader.list("limits") { reader throws(WireError) in try GuestLimit(from: &reader) })
        case 24:
            self = .prepareIdentity(
                user: try reader.uint32("user"), group: try reader.uint32("group"),
                dropGroups: try reader.bool("drop_groups"), mask: try reader.uint32("mask"))
        case 25:
            self = .protectAgent(
                keep: try reader.uint64("keep"), noNewPrivileges: try reader.bool("no_new_privileges"))
        case 26: self = .ownInodes(path: try reader.text("path"))
        case 27:
            self = .copyFile(
                hostPath: try reader.text("host_path"), path: try reader.text("path"), mode: try reader.uint32("mode"))
        case 28: self = .cover(path: try reader.text("path"), content: try reader.data("content"))
        case 29: self = .mountWritableRoot(bytes: try reader.uint64("bytes"), inodes: try reader.uint64("inodes"))
        case 30: self = .ownTree(path: try reader.text("path"))
        case 31:
            self = .setOwner(
                path: try reader.text("path"), user: try reader.uint32("user"), group: try reader.uint32("group"))
        case 32: self = .mountSetuid(path: try reader.text("path"), content: try reader.data("content"))
        case 33: self = .allowRoot(capabilities: try reader.uint64("capabilities"))
        case 34: self = .enterSeccomp(program: try reader.data("program"))
        case 35:
            self = .mountPreparedRoot(
                index: try reader.uint32("index"),
                layers: try reader.list("layers") { reader throws(WireError) in try reader.text("layer") })
        case 36: self = .attachOwn(index: try reader.uint32("index"), path: try reader.text("path"))
        case 37:
            self = .maskAll(paths: try reader.list("paths") { reader throws(WireError) in try reader.text("path") })
        case 38: self = .coverWithRandomID(path: try reader.text("path"))
        case 50:
            self = .become(
                arguments: try reader.list("arguments") { reader throws(WireError) in try reader.text("argument") },
                environment: try reader.list("environment") { reader throws(WireError) in try reader.text("variable") },
                directory: try reader.text("directory"), descriptors: try reader.uint32("descriptors"))
        case 51: self = .useScratch(path: try reader.text("path"))
        case 52: self = .useTerminals(path: try reader.text("path"))
        case 53: self = .hideDirectory(path: try reader.text("path"))
        case 60:
            self = .renewMachine(
                entropy: try reader.data("entropy"), seconds: try reader.uint64("seconds"),
                nanoseconds: try reader.uint32("nanoseconds"))
        case 61:
            self = .mountSharedRoot(
                tag: try reader.text("tag"),
                layers: try reader.list("layers") { reader throws(WireError) in try reader.text("layer") })
        case 62: self = .mountShare(tag: try reader.text("tag"), path: try reader.text("path"))
        case 64:
            self = .limitPrograms(
                memoryBytes: try reader.uint64("memory_bytes"), processes: try reader.uint32("processes"))
        default: throw .invalid(field: "step", value: UInt64(tag))
        }
    }
}

extension GuestStep.GuestLimit {
    func encode(into writer: inout WireWriter) {
        writer.put(resource)
        writer.put(soft)
        writer.put(hard)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            resource: try reader.uint32("resource"), soft: try reader.uint64("soft"), hard: try reader.uint64("hard"))
    }
}
