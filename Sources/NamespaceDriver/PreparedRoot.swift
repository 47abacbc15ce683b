// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import Synchronization

/// The file system of a ``PreparedRootPlan``: made by root when the second sandbox wants it (a server makes many, a command line
/// one), attached nowhere, gone with this object. Sandboxes get read-only copies of the mount that show their own ids.
///
/// Needs kernel 6.15 (copies of mounts that are attached nowhere, memory file systems with mapped ids) and the right to make
/// device nodes. Without, every sandbox makes a root of its own.
final class PreparedRoot: Sendable {
    private struct Made: Sendable {
        let plan: PreparedRootPlan
        let files: SharedDescriptor
    }

    private enum State {
        case unused
        case wanted
        case made(Result<Made, SystemError>)
    }

    private let view: HostView
    private let state = Mutex(State.unused)

    init(view: HostView) {
        self.view = view
    }

    /// What is in it, where sandboxes get it, as far as can be known without one.
    var plan: PreparedRootPlan? {
        guard let made = try? made(), (try? Mounts.clone(of: made.files.raw)) != nil else { return nil }
        return made.plan
    }

    /// What ``GuestStep/mountPreparedRoot(index:layers:)`` needs, then what is to be attached at /dev. Nil for the first sandbox,
    /// and where it cannot be.
    func mounts(for userNamespace: borrowing OwnedDescriptor) -> ([SharedDescriptor], PreparedRootPlan)? {
        let isFirst = state.withLock { state in
            guard case .unused = state else { return false }
            state = .wanted
            return true
        }
        if isFirst { return nil }
        do throws(SystemError) {
            let made = try made()
            let root = try Mounts.clone(of: made.files.raw)
            try Mounts.setAttributes(
                of: root.raw, [.readOnly, .noSetuid, .noDevices, .idMapped], recursive: false,
                userNamespace: userNamespace.raw)
            let devices = try Mounts.clone(of: made.files.raw, PreparedPlace.devices)
            try Mounts.setAttributes(
                of: devices.raw, [.readOnly, .noSetuid, .noExecute, .idMapped], recursive: false,
                userNamespace: userNamespace.raw)
            return ([SharedDescriptor(root), SharedDescriptor(devices)], made.plan)
        } catch {
            // Out of descriptors or memory now: this sandbox does without, the next one may have it.
            if !error.isShortage { state.withLock { $0 = .made(.failure(error)) } }
            return nil
        }
    }

    private func made() throws(SystemError) -> Made {
        // The lock is held while it is made: whoever comes meanwhile wants it too.
        try state.withLock { state throws(SystemError) in
            if case .made(let made) = state { return try made.get() }
            let plan = PreparedRootPlan(copying: view)
            let result = Result { () throws(SystemError) in Made(plan: plan, files: try plan.make()) }
            if case .failure(let error) = result, error.isShortage { throw error }
            state = .made(result)
            return try result.get()
        }
    }
}
