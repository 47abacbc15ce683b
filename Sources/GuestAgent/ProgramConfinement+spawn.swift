// SPDX-License-Identifier: Apache-2.0
import GuestWire
import LinuxSystem

extension ProgramConfinement {
    /// How a program is started, whoever asks for it: confined, with these descriptors as its streams.
    func request(for spec: ProcessSpec, input: Int32, output: Int32, errors: Int32) -> SpawnRequest {
        let isRoot = spec.user == .root
        return SpawnRequest(
            path: ProgramLookup.path(of: spec.program, environment: spec.environment), arguments: spec.arguments,
            environment: spec.environment, directory: spec.directory, standardInput: input, standardOutput: output,
            standardError: errors, hasControllingTerminal: spec.terminal != nil, user: isRoot ? 0 : user,
            group: isRoot ? 0 : group, dropGroups: dropGroups, mask: mask, boundingSet: rootCapabilities ?? 0,
            noNewPrivileges: rootCapabilities == nil, limits: limits, landlock: landlock?.raw, filter: filter,
            conditions: conditions, controlGroup: programs?.entry.raw)
    }
}
