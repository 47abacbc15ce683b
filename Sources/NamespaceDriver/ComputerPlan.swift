// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import NestboxCore

extension SandboxPlanner {
    /// The plan of a sandbox with the profile `computer`.
    ///
    /// The descriptors passed with it are the host's trees as mounts with mapped ids (``passedTrees(_:profile:)``), then the
    /// guest's executable.
    func computerSteps(_ spec: SandboxSpec, identity: SandboxIdentity, parts: ComputerParts) -> [GuestStep] {
        let computer = ComputerSteps(view: view, parts: parts, limits: spec.limits, hostname: spec.hostname)
        let passed = Self.passedTrees(view, profile: .computer)
        let root = computer.root(
            tree: { path in
                passed.firstIndex(of: path).map { [.attach(index: UInt32($0), path: path)] } ?? []
            },
            devices: deviceSteps(ComputerLayout.devices), proc: procSteps(spec.limits, hidesOthers: false),
            tool: [.attach(index: UInt32(passed.count), path: SandboxPath.tool)])
        let limits = ResourceLimits.all(spec.limits, mostOpenFiles: mostOpenFiles, hasCgroup: hasCgroup)
        return namespaceSteps(spec, identity: identity) + root + [.enterRoot]
            + computer.confinement(resourceLimits: limits, dropGroups: identity.dropGroups, diesWithCaller: true)
    }
}
