// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import MicroVMDriver

/// Machines on the disk, without a machine: a kept one is two files of memory.
@Suite(.enabled(if: Files.exists(MachineCommand.program), "needs qemu-system-x86"))
struct MachineStoreTests {
    private static let key = MachineStore.Key(
        command: MachineCommand(
            shape: MachineShape(.standard, overhead: 0), accelerator: .tcg, clockKilohertz: 2_000_000), content: 1)

    /// Zeros, then these bytes.
    private static func memory(zeros: Int = 0, _ bytes: [UInt8]) throws -> SharedDescriptor {
        let memory = try Descriptors.makeMemory(name: "test")
        try Files.writeAll(memory.raw, [UInt8](repeating: 0, count: zeros) + bytes)
        return SharedDescriptor(memory)
    }

    private static func template() throws -> MachineTemplate {
        try MachineTemplate(
            command: key.command, memory: memory(zeros: 1 << 20, [1, 2, 3]), state: memory(Array("state".utf8)))
    }

    private static func content(_ memory: SharedDescriptor) throws -> [UInt8] {
        try Files.readAll("/proc/self/fd/\(memory.raw)", atMost: 4 << 20)
    }

    private static func withStore(_ body: (MachineStore, String) throws -> Void) throws {
        let directory = "/tmp/\(Identifier.make(prefix: "kept"))"
        let store = MachineStore(directory: directory)
        let path = try store.save(try template(), key)
        defer {
            try? store.remove(path)
            try? Files.removeDirectory(directory)
        }
        try body(store, path)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        try Self.withStore { store, path in
            let found = try #require(try store.load(Self.key))
            let expected = try Self.template()
            let memories = (try Self.content(found.memory), try Self.content(expected.memory))
            #expect(memories.0 == memories.1)
            #expect(try Self.content(found.state) == Array("state".utf8))
            #expect(try Files.status(path).mode == 0o700)
            #expect(try Files.status("\(path)/memory").mode == 0o600)
            // A second one takes its place.
            #expect(try store.save(expected, Self.key) == path)
            #expect(try Files.list(store.directory).count == 1)
        }
    }

    @Test func anotherMachineIsNotFound() throws {
        try Self.withStore { store, _ in
            let other = try store.load(MachineStore.Key(command: Self.key.command, content: 2))
            #expect(other == nil)
            var limits = Limits.standard
            limits.memoryBytes *= 4
            let command = MachineCommand(
                shape: MachineShape(limits, overhead: 0), accelerator: .tcg, clockKilohertz: 2_000_000)
            let larger = try store.load(MachineStore.Key(command: command, content: 1))
            #expect(larger == nil)
        }
    }

    @Test(arguments: ["memory", "state", "description"])
    func whatIsDamagedIsRefused(_ name: String) throws {
        try Self.withStore { store, path in
            let file = try Files.open("\(path)/\(name)", .readWrite)
            try Files.writeAll(file.raw, [9])
            #expect {
                _ = try store.load(Self.key)
            } throws: { error in
                "\(error)".contains("is damaged")
            }
        }
    }

    @Test(arguments: ["", "/memory", "/state", "/description"])
    func whatOthersMayReachIsRefused(_ name: String) throws {
        try Self.withStore { store, path in
            try Files.setMode(path + name, 0o750, at: currentDirectory)
            #expect {
                _ = try store.load(Self.key)
            } throws: { error in
                "\(error)".contains("which only its owner may reach")
            }
        }
    }

    @Test func aProcessorWithAnotherClockIsNotTold() throws {
        try Self.withStore { store, _ in
            var command = Self.key.command
            command.clockKilohertz = 2_000_100
            let found = try store.load(MachineStore.Key(command: command, content: 1))
            #expect(found?.command.clockKilohertz == 2_000_000)
            command.clockKilohertz = 2_100_000
            #expect(throws: IsolationError.self) {
                _ = try store.load(MachineStore.Key(command: command, content: 1))
            }
        }
    }

    @Test(.enabled(if: Processes.userID == 0, "needs root, for a small file system"))
    func aFullDiskIsSaidAndNothingIsLeft() throws {
        // It has no place in the tree of files, and goes with its descriptor.
        let disk = try Mounts.create("tmpfs", options: [("size", "64k")], attributes: [])
        let directory = "/proc/self/fd/\(disk.raw)/kept"
        #expect {
            let memory = try Self.memory([UInt8](repeating: 5, count: 1 << 20))
            let state = try Self.memory([1])
            _ = try MachineStore(directory: directory).save(
                try MachineTemplate(command: Self.key.command, memory: memory, state: state), Self.key)
        } throws: { error in
            "\(error)".contains("ENOSPC")
        }
        #expect(try Files.list(directory) == [])
    }
}
