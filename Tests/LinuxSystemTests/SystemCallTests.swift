// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@Suite struct FileTests {
    @Test func errorsNameTheCallTheSubjectAndTheErrno() {
        let error = #expect(throws: SystemError.self) { _ = try Files.open("/does/not/exist", .readOnly) }
        #expect(error?.description == "open /does/not/exist: ENOENT")
    }

    @Test func pathsBeneathADirectoryStayThere() throws {
        let directory = try Files.open("/usr", [.path, .directory])
        _ = try Files.open("bin", [.path, .directory], at: directory.raw, resolve: [.beneath])
        for path in ["..", "../etc", "/etc", "bin/../../etc"] {
            #expect(throws: SystemError.self) {
                _ = try Files.open(path, .path, at: directory.raw, resolve: [.beneath])
            }
        }
    }

    @Test func entriesAreBoundedAndLeaveOutTheDots() throws {
        let directory = try Files.open("/usr/bin", [.readOnly, .directory])
        #expect(try Files.entries(of: directory, limit: 3).count == 3)
        let all = try Files.entries(of: directory, limit: 100_000)
        #expect(!all.contains([46]) && !all.contains([46, 46]) && all.contains(Array("env".utf8)))
    }
}

@Suite struct DescriptorTests {
    @Test func everyDescriptorIsClosedOnExec() throws {
        let pipe = try Descriptors.makePipe()
        let sockets = try Descriptors.makeSocketPair()
        let memory = try Descriptors.makeSealedMemory(name: "test", content: [1])
        for descriptor in [pipe.first.raw, pipe.second.raw, sockets.first.raw, sockets.second.raw, memory.raw] {
            let flags = try Files.readText("/proc/self/fdinfo/\(descriptor)").split(separator: "\n").first {
                $0.hasPrefix("flags")
            }
            // O_CLOEXEC is octal 02000000.
            #expect(
                flags?.contains("02") == true
                    && Int(flags?.split(separator: "\t").last ?? "", radix: 8).map { $0 & 0o2000000 != 0 } == true)
        }
    }

    @Test func sealedMemoryCannotBeChanged() throws {
        let memory = try Descriptors.makeSealedMemory(name: "test", content: Array("content".utf8))
        let again = try Files.open("/proc/self/fd/\(memory.raw)", .readOnly)
        #expect(try Files.read(again.raw, upTo: 100) == Array("content".utf8))
        #expect(throws: SystemError.self) { try Files.writeAll(memory.raw, [0]) }
    }

    @Test func descriptorsTravelWithBytes() throws {
        let sockets = try Descriptors.makeSocketPair()
        let pipe = try Descriptors.makePipe()
        #expect(try Descriptors.send([7], descriptors: [pipe.second.raw], to: sockets.first.raw) == 1)
        let received = try #require(try Descriptors.receive(from: sockets.second.raw, upTo: 10))
        #expect(received.bytes == [7])
        let copy = OwnedDescriptor(owning: try #require(received.descriptors.first))
        try Files.writeAll(copy.raw, [42])
        #expect(try Files.read(pipe.first.raw, upTo: 1) == [42])
    }
}

@Suite struct ProcessTests {
    @Test func aPidfdTellsWhetherItsProcessHasEnded() throws {
        // Any descriptor that is readable later stands for one: poll(2) does not tell them apart.
        let pipe = try Descriptors.makePipe()
        #expect(try !Processes.hasEnded(pipe.first.raw))
        try Files.writeAll(pipe.second.raw, [1])
        #expect(try Processes.hasEnded(pipe.first.raw))
    }
}

@Suite struct LockTests {
    @Test func aByteIsHeldByOneOpenFileAtATime() throws {
        let path = "/tmp/nestbox-lock-\(Processes.ownPID)-\(MonotonicClock.nanoseconds)"
        let first = try Files.open(path, [.readWrite, .create, .exclusive], mode: 0o600)
        defer { try? Files.removeFile(path) }
        let second = try Files.open(path, .readWrite)
        #expect(try FileLocks.lock(first.raw, byte: 3))
        #expect(try !FileLocks.lock(second.raw, byte: 3))
        #expect(try FileLocks.lock(second.raw, byte: 4))
        try FileLocks.unlock(first.raw, byte: 3)
        #expect(try FileLocks.lock(second.raw, byte: 3))
    }
}

@Suite struct SignalNameTests {
    @Test(arguments: [(Int32(9), "SIGKILL"), (11, "SIGSEGV"), (34, "SIGRTMIN"), (40, "SIGRTMIN+6")])
    func areThoseOfTheManual(number: Int32, name: String) {
        #expect(Processes.signalName(number) == name)
    }

    @Test func otherNumbersHaveNone() {
        #expect(Processes.signalName(99) == nil)
    }
}
