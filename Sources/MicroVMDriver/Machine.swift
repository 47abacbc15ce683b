// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// What there is of one machine on the host, and how it is removed.
final class Machine: Sendable {
    private static let killAttempts = 2000
    private static let mostErrorBytes = 4096

    let cgroup: Cgroup
    private let lease: IDRangeLease
    /// What QEMU says about itself.
    private let errors: SharedDescriptor
    private let process = Mutex<SharedDescriptor?>(nil)

    /// Reserves what QEMU needs; nothing is left when that fails.
    init(_ id: String, _ limits: CgroupLimits, cgroups: CgroupParent, ids: IDRangeAllocator) throws {
        errors = SharedDescriptor(try Descriptors.makeMemory(name: "qemu-errors"))
        lease = try ids.lease()
        cgroup = try cgroups.makeGroup(id, limits: limits)
    }

    /// Starts QEMU. The host's ends of the streams are the caller's.
    func start(
        _ command: MachineCommand, _ purpose: MachineCommand.Purpose, in room: MachineRoom, passed: [SharedDescriptor]
    ) async throws(IsolationError) {
        let entries = try cgroup.openEntry()
        do throws(SystemError) {
            let started = try await room.start(
                command.arguments(purpose), groups: cgroup.version == .v2 ? .directory(entries[0]) : .files(entries),
                user: lease.base, passed: passed, errors: errors)
            process.withLock { $0 = started.process }
        } catch {
            throw IsolationError(.setupFailed, step: "start \(MachineCommand.program)", message: "\(error)")
        }
    }

    /// QEMU's last words, of which a bounded part is taken; empty when it said nothing.
    var lastWords: String {
        let text = (try? Files.readText(from: errors.raw)) ?? ""
        let line = text.split(separator: "\n").last.map(String.init) ?? ""
        return String(
            line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init).prefix(500))
    }

    /// Whether nothing of it runs or is waited for any more, for tests.
    var isGone: Bool { process.withLock { $0 == nil } && cgroup.isEmpty }

    /// Waits until QEMU has ended of itself.
    func hasEnded() async throws(IsolationError) {
        do throws(SystemError) {
            guard let process = process.withLock({ $0 }) else { return }
            try await DescriptorWait.readable(process.raw)
        } catch {
            throw IsolationError(.cleanupFailed, step: "wait for QEMU", message: "\(error)")
        }
    }

    /// Kills QEMU and removes every trace. Goes on when the caller's task is cancelled: a task of its own does the work, and this
    /// call waits for it.
    func end() async throws(IsolationError) {
        let result = await Task { () -> Result<Void, IsolationError> in
            do throws(IsolationError) {
                try await killAndRemove()
                return .success(())
            } catch {
                // What may still run keeps its ids: nobody else gets them from this process.
                Self.quarantine.withLock { $0.append(lease) }
                return .failure(error)
            }
        }.value
        try result.get()
    }

    private static let quarantine = Mutex<[IDRangeLease]>([])

    private func killAndRemove() async throws(IsolationError) {
        for attempt in 0..<Self.killAttempts {
            cgroup.kill()
            if cgroup.isEmpty { break }
            try? await Task.sleep(for: .milliseconds(attempt < 20 ? 1 : 5))
        }
        do throws(SystemError) {
            if let process = process.withLock({ process in
                defer { process = nil }
                return process
            }) {
                try Processes.signal(process.raw, Processes.sigKill)
                try await DescriptorWait.readable(process.raw)
                _ = try Processes.wait(process.raw)
            }
        } catch {
            throw IsolationError(.cleanupFailed, step: "end QEMU", message: "\(error)")
        }
        try await cgroup.removeWhenEmpty()
    }
}
