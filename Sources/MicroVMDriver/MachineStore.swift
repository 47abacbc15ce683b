// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore

/// Machines that were started ahead of time and lie on the disk, so that the first sandbox of a process goes on from one too.
///
/// Each is a directory with the machine's memory, the state of its devices, and a text that says what it depends on. Only this user
/// may read or change any of it: whoever can is root in every machine.
struct MachineStore: Sendable {
    /// All that a machine on the disk depends on. The files of the host do not belong to it: a machine is kept before it sees them.
    struct Key: Sendable {
        let command: MachineCommand
        /// Of kernel, modules, guest agent and library.
        let content: UInt64

        /// One line for each thing.
        func text() throws(SystemError) -> String {
            let emulator = try Files.status(MachineCommand.program, followLinks: true)
            let arguments = command.arguments(.template, clockKilohertz: 0).joined(separator: " ")
            let processor = command.accelerator == .kvm ? try Self.processor() : 0
            return """
                nestbox machine 1
                content \(content)
                qemu \(emulator.size) \(emulator.modifiedSeconds).\(emulator.modifiedNanoseconds)
                processor \(processor)
                command \(arguments)

                """
        }

        /// With KVM the guest sees the host's processor.
        private static func processor() throws(SystemError) -> UInt64 {
            let text = try Files.readText("/proc/cpuinfo", limit: 1 << 22)
            let lines = text.split(separator: "\n").filter { line in
                ["vendor_id", "cpu family", "model", "stepping", "flags"].contains { line.hasPrefix($0) }
            }
            return KeptMemory.sum(Array(Set(lines).sorted().joined(separator: "\n").utf8))
        }

        /// Name of its directory.
        func name() throws(SystemError) -> String {
            let digits = String(KeptMemory.sum(Array(try text().utf8)), radix: 16)
            return "machine-" + String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    /// By how much the measured clocks of one and the same processor may differ, in millionths.
    private static let clockTolerance = 1000
    private static let mostTextBytes = 1 << 16
    private static let step = "use a machine from the disk"

    let directory: String

    /// The machine with this key; nil when there is none.
    ///
    /// - Throws: ``IsolationError`` when there is one that cannot be used: it is damaged, or others may change it.
    func load(_ key: Key) throws(IsolationError) -> MachineTemplate? {
        do throws(SystemError) {
            let text = try key.text()
            let path = "\(directory)/\(try key.name())"
            guard Files.exists(path) else { return nil }
            for part in [directory, path, "\(path)/memory", "\(path)/state", "\(path)/description"] {
                try Self.checkOwner(part)
            }
            let lines = try Files.readText("\(path)/description", limit: Self.mostTextBytes)
            guard lines.hasPrefix(text),
                let found = Description(lines.dropFirst(text.count)), found.fits(key.command.clockKilohertz)
            else { throw Self.damaged("\(path)/description") }
            let memory = try Self.copy("\(path)/memory", "machine-memory", sum: found.memory)
            let state = try Self.copy("\(path)/state", "machine-state", sum: found.state)
            var command = key.command
            command.clockKilohertz = found.clock
            return try MachineTemplate(command: command, memory: memory, state: state)
        } catch {
            throw IsolationError(
                .unavailable, step: Self.step, message: "\(error). Remove it, and make another with 'nestbox prepare'")
        }
    }

    /// Writes a machine, all of it or nothing.
    ///
    /// - Throws: ``IsolationError``, for one when the disk is full; nothing is left then.
    func save(_ template: MachineTemplate, _ key: Key) throws(IsolationError) -> String {
        do throws(SystemError) {
            if !Files.exists(directory) { try Files.makeDirectory(directory, mode: 0o700) }
            try Self.checkOwner(directory)
            let path = "\(directory)/\(try key.name())"
            let unfinished = "\(directory)/unfinished-\(Identifier.make(prefix: "machine"))"
            try Files.makeDirectory(unfinished, mode: 0o700)
            do throws(SystemError) {
                let memory = try Self.write(template.memory, to: "\(unfinished)/memory")
                let state = try Self.write(template.state, to: "\(unfinished)/state")
                let found = Description(clock: template.command.clockKilohertz, memory: memory, state: state)
                let file = try Files.open(
                    "\(unfinished)/description", [.writeOnly, .create, .exclusive], mode: 0o600)
                try Files.writeAll(file.raw, Array((try key.text() + found.text).utf8))
                try KeptMemory.settle(file.raw)
                try remove(path)
                try KeptMemory.rename(unfinished, to: path)
                return path
            } catch {
                try? remove(unfinished)
                throw error
            }
        } catch {
            throw IsolationError(.setupFailed, step: "write a machine to the disk", message: "\(error)")
        }
    }

    func remove(_ path: String) throws(SystemError) {
        guard Files.exists(path) else { return }
        for name in try Files.list(path) { try Files.removeFile("\(path)/\(name)") }
        try Files.removeDirectory(path)
    }

    // MARK: Parts

    private static func checkOwner(_ path: String) throws(SystemError) {
        let status = try Files.status(path)
        guard status.owner == Processes.userID, status.mode & 0o077 == 0,
            status.kind == .directory || status.kind == .regular
        else {
            throw SystemError(Errno.notPermitted, call: "use", subject: "\(path), which only its owner may reach")
        }
    }

    private static func damaged(_ path: String) -> SystemError {
        SystemError(Errno.invalid, call: "use", subject: "\(path), which is damaged")
    }

    /// In memory, where nobody changes it while machines go on from it.
    private static func copy(_ path: String, _ name: String, sum: UInt64) throws(SystemError) -> SharedDescriptor {
        let file = try Files.open(path, .readOnly)
        let memory = try Descriptors.makeMemory(name: name)
        guard try KeptMemory.copy(from: file.raw, to: memory.raw) == sum else { throw damaged(path) }
        return SharedDescriptor(memory)
    }

    private static func write(_ memory: SharedDescriptor, to path: String) throws(SystemError) -> UInt64 {
        let file = try Files.open(path, [.writeOnly, .create, .exclusive], mode: 0o600)
        let sum = try KeptMemory.copy(from: memory.raw, to: file.raw)
        try KeptMemory.settle(file.raw)
        return sum
    }

    /// What the text says beside the key.
    struct Description: Equatable {
        var clock: Int
        var memory: UInt64
        var state: UInt64

        var text: String { "clock \(clock)\nmemory \(memory)\nstate \(state)\n" }

        init(clock: Int, memory: UInt64, state: UInt64) {
            self.clock = clock
            self.memory = memory
            self.state = state
        }

        init?(_ text: Substring) {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 4, lines[3].isEmpty, lines[0].hasPrefix("clock "), lines[1].hasPrefix("memory "),
                lines[2].hasPrefix("state "), let clock = Int(lines[0].dropFirst(6)),
                let memory = UInt64(lines[1].dropFirst(7)), let state = UInt64(lines[2].dropFirst(6))
            else { return nil }
            self.init(clock: clock, memory: memory, state: state)
        }

        /// Whether a guest that was told this clock is right on a processor that was measured now.
        func fits(_ measured: Int) -> Bool {
            abs(clock - measured) <= measured / 1_000_000 * MachineStore.clockTolerance + 1
        }
    }
}
