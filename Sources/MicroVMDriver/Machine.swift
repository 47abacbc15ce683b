// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// What there is of one machine on the host, and how it is removed.
final class Machine: Sendable {
    private static let killAttempts = 2000
    private static let mostWordBytes = 500
    private static let endTime = Duration.milliseconds(500)

    let cgroup: Cgroup
    private let lease: IDRangeLease
    private let ending: SandboxEnd
    /// The program that runs the machine, for people: QEMU or Firecracker.
    private let monitor: String
    /// What the program says about itself.
    private let errors: SharedDescriptor
    private let process = Mutex<SharedDescriptor?>(nil)
    private let remains = Mutex<(@Sendable () async -> Void)?>(nil)

    /// How the program is to be started.
    struct Place: Sendable {
        let groups: HostCommand.Groups
        /// User and group of its own.
        let user: UInt32
        let errors: SharedDescriptor
    }

    /// Reserves what the program needs; nothing is left when that fails.
    init(_ id: String, _ limits: CgroupLimits, cgroups: CgroupParent, ids: IDRangeAllocator, monitor: String) throws {
        self.monitor = monitor
        errors = SharedDescriptor(try Descriptors.makeMemory(name: "machine-errors"))
        lease = try ids.lease()
        ending = SandboxEnd(lease: lease)
        cgroup = try cgroups.makeGroup(id, limits: limits)
    }

    /// Starts the program. The host's ends of its streams are the caller's.
    ///
    /// - Parameter remains: Removes what the program leaves, once it is dead; called also when it could not be started.
    func start(
        removing remains: (@Sendable () async -> Void)? = nil,
        _ launch: (Place) async throws(SystemError) -> MachineRoom.Started
    ) async throws(IsolationError) {
        self.remains.withLock { $0 = remains }
        let entries = try cgroup.openEntry()
        do throws(SystemError) {
            let started = try await launch(
                Place(
                    groups: cgroup.version == .v2 ? .directory(entries[0]) : .files(entries), user: lease.base,
                    errors: errors))
            process.withLock { $0 = started.process }
        } catch {
            throw IsolationError(.setupFailed, step: "start \(monitor)", message: "\(error)")
        }
    }

    /// Whether the program was started and has not ended.
    var isRunning: Bool {
        guard let running = process.withLock({ $0 }) else { return false }
        return (try? Processes.hasEnded(running.raw)) == false
    }

    /// `error`, with what is known of the end of the program: how it ended, and the last words that it and the kernel of a machine that was
    /// to be kept have said. To be asked before ``end()``.
    func explain(_ error: any Error, step: String, console: SharedDescriptor? = nil) async -> IsolationError {
        let failure = error as? IsolationError ?? IsolationError(.setupFailed, step: step, message: "\(error)")
        var parts = [failure.message]
        if let fate = await fate() { parts.append("\(monitor) \(fate)") }
        parts.append(Self.lastLine(errors))
        parts.append(console.map { "the guest's kernel: \(Self.lastLine($0))" } ?? "")
        return IsolationError(
            failure.code, step: failure.step,
            message: parts.filter { !$0.isEmpty && !$0.hasSuffix(": ") }.joined(separator: "; "))
    }

    /// The most telling line of the last page of a text: of what comes before a kernel's list of calls.
    private static func lastLine(_ file: SharedDescriptor) -> String {
        let lines = ((try? Files.readText(from: file.raw)) ?? "").split(whereSeparator: \.isNewline)
        let end = lines.firstIndex { $0.contains("Kernel panic") }
        // What our agent has said of its end comes right before the kernel's word on it.
        let telling =
            end.map { lines[max(0, $0 - 1)...$0].joined(separator: "; ") } ?? lines.last.map(String.init) ?? ""
        return String(
            telling.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init)
                .prefix(mostWordBytes))
    }

    /// How the program has ended; nil while it runs, or when nobody knows.
    private func fate() async -> String? {
        guard let running = process.withLock({ $0 }) else { return nil }
        for _ in 0..<10 {
            if (try? Processes.hasEnded(running.raw)) == true, let status = try? Processes.wait(running.raw) {
                process.withLock { $0 = nil }
                switch status {
                case .exited(let code): return "ended with \(code)"
                case .signaled(let signal): return "was ended by signal \(signal)"
                }
            }
            try? await Task.sleep(for: Self.endTime / 10)
        }
        return nil
    }

    /// Whether nothing of it runs or is waited for any more, for tests.
    var isGone: Bool { process.withLock { $0 == nil } && cgroup.isEmpty }

    /// Waits until the program has ended of itself.
    func hasEnded() async throws(IsolationError) {
        do throws(SystemError) {
            guard let process = process.withLock({ $0 }) else { return }
            try await DescriptorWait.readable(process.raw)
        } catch {
            throw IsolationError(.cleanupFailed, step: "wait for \(monitor)", message: "\(error)")
        }
    }

    /// Kills the program and removes every trace, once.
    func end() async throws(IsolationError) {
        try await ending.once { [self] () throws(IsolationError) in try await killAndRemove() }
    }

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
            throw IsolationError(.cleanupFailed, step: "end \(monitor)", message: "\(error)")
        }
        if let remains = remains.withLock({ remains in
            defer { remains = nil }
            return remains
        }) {
            await remains()
        }
        try await cgroup.removeWhenEmpty()
    }
}
