// SPDX-License-Identifier: Apache-2.0
public import GuestWire

extension ExplainedStep {
    /// A guest step in words.
    public init(_ step: GuestStep) {
        let detail: String =
            switch step {
            case .setIdentity(let user, let group, _): "uid \(user), gid \(group)"
            case .dieWithHost: "SIGKILL when the host process ends"
            case .unshareCgroup: "own cgroup namespace"
            case .setHostname(let name): name
            case .bringLoopbackUp: "lo"
            case .setOOMScore(let score): "\(score)"
            case .makeMountsPrivate: "no propagation"
            case .mountRoot(let bytes, let inodes): "tmpfs, \(bytes) bytes, \(inodes) inodes"
            case .makeDirectory(let path, let mode): "\(path) \(octal(mode))"
            case .writeFile(let path, let mode, let content): "\(path) \(octal(mode)), \(content.count) bytes"
            case .makeSymlink(let path, let target): "\(path) -> \(target)"
            case .bind(let host, let path, let attributes): "\(host) at \(path)\(describe(attributes))"
            case .attach(let index, let path): "mount \(index) from the host at \(path)"
            case .ownInodes(let path): "read-only overlay over \(path): no lock or watch is shared"
            case .copyFile(let host, let path, let mode): "\(host) to \(path) \(octal(mode))"
            case .mountScratch(let bytes, let inodes, let directories):
                "tmpfs, \(bytes) bytes, \(inodes) inodes: " + directories.map(\.path).joined(separator: " ")
            case .mountProc(let path, let hidesOthers):
                hidesOthers ? "\(path), own processes only" : "\(path), all processes"
            case .mountTerminals(let path): path
            case .mask(let path): path
            case .cover(let path, let content): "\(path), \(content.count) bytes of our own"
            case .makeReadOnly(let path): path
            case .enterRoot: "pivot_root, the host's root is let go"
            case .sealRoot: "/ read-only"
            case .prepareLandlock(_, let scope, let rules):
                "\(rules.count) paths\(scope == 0 ? "" : ", signals and abstract sockets stay inside")"
            case .prepareSeccomp(let program): "allow-list, \(program.count / 8) instructions"
            case .prepareLimits(let limits): "\(limits.count) resource limits"
            case .prepareIdentity(let user, let group, _, _):
                "programs run as uid \(user), gid \(group), no capabilities"
            case .protectAgent(let keep, let noNewPrivileges):
                "not dumpable\(noNewPrivileges ? ", no_new_privs" : ""), capabilities 0x\(String(keep, radix: 16))"
            case .mountWritableRoot(let bytes, let inodes):
                "tmpfs for everything that is written, \(bytes) bytes, \(inodes) inodes"
            case .ownTree(let path): "overlay over \(path): changes stay in the sandbox"
            case .setOwner(let path, let user, let group): "\(path) \(user):\(group)"
            case .mountSetuid(let path, let content): "\(path), \(content.count) bytes of our own, the only setuid file"
            case .allowRoot(let capabilities):
                "programs may be root of the sandbox with capabilities 0x\(String(capabilities, radix: 16)), no no_new_privs"
            case .enterSeccomp(let program):
                "allow-list over the agent and all programs, \(program.count / 8) instructions"
            case .mountPreparedRoot(let index, let layers):
                "mount \(index) from the host: read-only overlay over its \(layers.joined(separator: " and "))"
            case .attachOwn(let index, let path):
                "mount \(index) from the host at \(path), below a read-only overlay: no lock or watch is shared"
            case .maskAll(let paths): paths.joined(separator: " ")
            case .coverWithRandomID(let path): "\(path), a random UUID"
            case .useScratch(let path): "\(path): its free space is what disk_limit goes by"
            case .useTerminals(let path): path
            case .hideDirectory(let path): "nothing over \(path)"
            case .renewMachine(let entropy, _, _): "\(entropy.count) bytes of randomness and the time, from the host"
            case .mountSharedRoot(let tag, let layers):
                "\(kind(tag)) '\(tag)' from the host, read-only: overlay over its \(layers.joined(separator: " and "))"
            case .mountShare(let tag, let path): "\(kind(tag)) '\(tag)' from the host at \(path), read-only"
            case .limitPrograms(let memoryBytes, let processes):
                "control group of the guest's kernel: memory \(memoryBytes) bytes, files in memory included, \(processes) processes"
            case .become(let arguments, _, let directory, _):
                arguments.joined(separator: " ") + " in \(directory), without capabilities"
            }
        self.init(actor: "guest", step: step.name, detail: detail)
    }
}

private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

private func describe(_ attributes: UInt64) -> String {
    let names: [(UInt64, String)] = [(1, "read-only"), (2, "nosuid"), (4, "nodev"), (8, "noexec")]
    let set = names.filter { attributes & $0.0 != 0 }.map(\.1)
    return set.isEmpty ? "" : " (" + set.joined(separator: ", ") + ")"
}

/// Of what a machine has of the host.
private func kind(_ tag: String) -> String { tag.hasPrefix("/dev/") ? "image" : "9p" }
