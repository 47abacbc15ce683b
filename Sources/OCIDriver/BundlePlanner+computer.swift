// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// What there is once for all computers: a root to lay overlays over, and what a computer needs beside.
struct ComputerShape: Sendable {
    let root: PreparedRootPlan
    let parts: ComputerParts
}

extension BundlePlanner {
    private static let layers = "disk"
    private static let sharedMemory = "\(layers)/shm"

    /// The bundle of a sandbox with the profile `computer`: one file system for everything that it writes, overlays in it over
    /// trees that show its own ids.
    ///
    /// - Parameters: As of ``plan(_:base:group:place:parts:)``.
    func computerPlan(
        _ spec: SandboxSpec, _ computer: ComputerShape, base: UInt32, group: String, place: String,
        parts: Workshop.Parts
    ) -> BundlePlan {
        let limits = spec.limits
        let trees = view.trees.filter { !computer.root.copiedTrees.contains($0) }
        let layers = (0...trees.count).map { "\(Self.layers)/\($0)" }
        var steps: [BundlePlan.HostStep] = [
            .directory("root", mode: 0o755), .directory("state", mode: 0o700), .directory(Self.layers, mode: 0o755),
            .scratch(
                Self.layers, bytes: limits.diskBytes + ComputerLayout.ownBytes,
                inodes: limits.inodes + ComputerLayout.ownInodes,
                directories: [.init(name: "shm", mode: 0o1777, owner: base)]
                    + (0...trees.count).map { .init(name: "\($0)", mode: 0o700, owner: 0) }),
            .writableOverlay("root", over: parts.computerBase, layers: layers[0], owner: base),
            .owner("root\(SandboxPath.home)", base + SandboxLayout.programID),
        ]
        for (name, content) in MadeUpConfiguration.files(
            hostname: spec.hostname, rootShell: ComputerLayout.rootShell)
        where ["hosts", "hostname"].contains(name) {
            steps.append(.replace("root/etc/\(name)", content: Array(content.utf8)))
        }
        for (tree, layers) in zip(trees, layers.dropFirst()) {
            steps.append(.writableOverlay("root\(tree)", over: tree, layers: layers, owner: base))
            steps += computer.parts.links(below: tree).map { .symlink("root\($0.path)", target: $0.target) }
        }
        for case .file(let path) in view.entries { steps.append(.show(path, at: "root\(path)")) }
        steps += computer.parts.masked.map {
            .mask("root\($0)", file: parts.emptyFile, directory: parts.nothing)
        }
        steps.append(.setuidFile("root\(ComputerLayout.sudoPath)", content: computer.parts.sudo, owner: base))

        var mounts = systemMounts(.computer)
        mounts.append(Self.bind("\(place)/\(Self.sharedMemory)", at: "/dev/shm", readOnly: false))
        mounts.append(Self.bind(guest, at: SandboxPath.tool))
        let covers = MadeUpKernelFiles.files(limits: limits, bootTime: bootTime)
        steps += hiddenSteps(covers)
        mounts += hiddenMounts(covers.map(\.name), place: place)
        if !runtime.hasOwnKernel { steps.append(.directory("root\(Self.hiddenPlace)", mode: 0o755)) }
        return BundlePlan(
            hostSteps: steps,
            configuration: configuration(spec, base: base, group: group, place: place, mounts: mounts),
            guestSteps: computerGuestSteps(limits, computer, covers: covers.map(\.name)))
    }

    private func computerGuestSteps(
        _ limits: Limits, _ computer: ComputerShape, covers: [String]
    ) -> [GuestStep] {
        let confinement = ComputerSteps(view: view, parts: computer.parts, limits: limits, hostname: "").confinement(
            resourceLimits: resourceLimits(limits), dropGroups: true, diesWithCaller: false,
            agentKeeps: SandboxLayout.agentCapabilities | (runtime.hasOwnKernel ? ComputerLayout.rootCapabilities : 0))
        return kernelFileSteps(covers)
            + [.useScratch(path: SandboxPath.home), .useTerminals(path: "/dev/pts")] + confinement
    }
}
