// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore
import Testing

@testable import MicroVMDriver

/// What is worked out without a machine.
@Suite struct MachineTests {
    private static let limits = Limits(
        wallMilliseconds: 1, cpuMilliseconds: 1, memoryBytes: 128 << 20, outputBytes: 1, processes: 7,
        diskBytes: 1 << 20,
        inodes: 10, openFiles: 64, milliCPU: 1500)

    @Test func initialFilesAreACpioArchiveWithTheAgentAsInit() throws {
        let module = MachineKernel.Module(name: "00-a.ko", content: [1, 2, 3])
        let archive = InitialFiles.archive(agent: [9, 8, 7, 6, 5], modules: [module], library: [4])
        let entries = try Self.entries(of: archive)
        #expect(
            entries.map(\.name) == [
                "dev", "proc", "root", "modules", "modules/00-a.ko", "zygote.so", "init", "TRAILER!!!",
            ])
        #expect(entries.map(\.content.count) == [0, 0, 0, 0, 3, 1, 5, 0])
        #expect(entries[6].mode == 0o100500 && entries[6].content == [9, 8, 7, 6, 5])
        #expect(entries[4].content == [1, 2, 3])
        #expect(archive.count.isMultiple(of: 4))
    }

    /// As the kernel reads it: header, name and content each begin at a multiple of four.
    private static func entries(of archive: [UInt8]) throws -> [(name: String, mode: Int, content: [UInt8])] {
        var entries: [(name: String, mode: Int, content: [UInt8])] = []
        var place = 0
        while place < archive.count {
            func field(_ index: Int) throws -> Int {
                let start = place + 6 + 8 * index
                return try #require(Int(String(decoding: archive[start..<start + 8], as: UTF8.self), radix: 16))
            }
            try #require(archive[place..<place + 6].elementsEqual("070701".utf8))
            let (mode, size, nameSize) = (try field(1), try field(6), try field(11))
            let name = String(decoding: archive[place + 110..<place + 110 + nameSize - 1], as: UTF8.self)
            let start = (place + 110 + nameSize + 3) & ~3
            entries.append((name, mode, Array(archive[start..<start + size])))
            place = (start + size + 3) & ~3
        }
        return entries
    }

    @Test func aSandboxNeverWritesToTheKeptMemory() throws {
        let command = MachineCommand(
            shape: MachineShape(Self.limits, overhead: 128 << 20), accelerator: .tcg, clockKilohertz: 5)
        let (kept, restored) = (command.arguments(.template), command.arguments(.sandbox))
        let (memory, state) = (
            SharedDescriptor(try Descriptors.makeMemory(name: "memory")),
            SharedDescriptor(try Descriptors.makeMemory(name: "state"))
        )
        try Files.writeAll(memory.raw, [1, 2, 3])
        let template = try MachineTemplate(command: command, memory: memory, state: state)
        let own = try template.copyMemory()
        #expect(try Files.readText(from: own.raw) == "\u{1}\u{2}\u{3}")
        let writer = try Files.open("/proc/self/fd/\(own.raw)", .readWrite)
        try Files.writeAll(writer.raw, [9])
        #expect(try Files.readText(from: memory.raw) == "\u{1}\u{2}\u{3}")
        #expect(throws: SystemError.self) { try Files.writeAll(memory.raw, [9]) }
        #expect(kept.contains { $0.contains("tsc_early_khz=5 ") })
        #expect(restored.contains("-incoming") && !kept.contains("-incoming"))
    }

    @Test func qemuHasNoNetworkAndIsLockedDown() {
        let command = MachineCommand(
            shape: MachineShape(Self.limits, overhead: 0), accelerator: .kvm, clockKilohertz: 5)
        let arguments = command.arguments(.sandbox)
        #expect(arguments.contains("-nodefaults") && arguments.contains("-no-user-config"))
        #expect(arguments.contains("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"))
        #expect(!arguments.contains { $0.contains("net") && !$0.contains("console") && $0.hasPrefix("-net") })
        #expect(arguments.contains { $0.hasPrefix("local,") && $0.contains("readonly=on") })
    }

    @Test func fewShapesServeAllLimits() {
        var shapes: Set<MachineShape> = []
        for mebibytes in 64...512 {
            var limits = Self.limits
            limits.memoryBytes = mebibytes << 20
            let shape = MachineShape(limits, overhead: 128 << 20)
            #expect(shape.memoryBytes >= limits.memoryBytes + 128 << 20 && shape.processors == 2)
            shapes.insert(shape)
        }
        #expect(shapes.count <= 5)
    }

    @Test func thePlanBeginsWithRandomnessAndEndsConfined() throws {
        let planner = MachinePlanner(
            view: HostView(entries: [.tree("/usr")], readablePaths: ["/usr"]), landlockABI: 2,
            seccomp: [0, 0, 0, 0, 0, 0, 0, 0])
        let moment = MachinePlanner.Moment(entropy: [1, 2], seconds: 3, nanoseconds: 4)
        let steps = planner.steps(SandboxSpec(id: "a", limits: Self.limits, buildBytes: 1 << 20), moment)
        #expect(steps.first == .renewMachine(entropy: [1, 2], seconds: 3, nanoseconds: 4))
        #expect(steps.contains(.mountSharedRoot(tag: "nestbox", layers: ["build", "base"])))
        guard case .protectAgent(_, noNewPrivileges: true)? = steps.last else {
            Issue.record("the agent keeps its rights")
            return
        }
        let limits = steps.compactMap { step in if case .prepareLimits(let all) = step { all } else { nil } }.first
        // 2 and 6 are RLIMIT_DATA and RLIMIT_NPROC: where they refuse, the control group would tell nothing.
        #expect(limits?.isEmpty == false && limits?.contains { [2, 6].contains($0.resource) } == false)
        #expect(steps.dropFirst().first == .limitPrograms(memoryBytes: 128 << 20, processes: 7))
    }

    @Test(arguments: [("5.10.0-1", 0), ("5.15.2", 1), ("6.1.0-56-amd64", 2), ("6.12.3", 6), ("6.18", 6), ("x", 0)])
    func landlockFollowsFromTheKernel(_ release: String, _ abi: Int) {
        #expect(MachineKernel(image: [], modules: [], release: release).landlockABI == abi)
    }

    @Test(arguments: [("5.15.0-1", false), ("5.19.0", true), ("6.1.0-x", true), ("x", false)])
    func aKernelThatIsTooOldIsRefused(_ release: String, _ holds: Bool) {
        #expect(MachineKernel(image: [], modules: [], release: release).holdsPrograms == holds)
    }

    @Test func theReleaseIsReadFromTheKernelsHeader() {
        var image = [UInt8](repeating: 0, count: 0x400)
        image.replaceSubrange(0x1FE..<0x200, with: [0x55, 0xAA])
        image.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        image.replaceSubrange(0x20E..<0x210, with: [0x10, 0x01])
        image.replaceSubrange(0x310..<0x31C, with: Array("6.1.0-x (me)".utf8))
        #expect(MachineKernel.release(in: image) == "6.1.0-x")
        #expect(MachineKernel.release(in: []) == nil)
        image[0x202] = 0
        #expect(MachineKernel.release(in: image) == nil)
    }

    @Test func aFileThatIsNoKernelIsRefused() throws {
        let directory = "/tmp/\(Identifier.make(prefix: "kernel"))"
        try Files.makeDirectory(directory, mode: 0o700)
        try Files.makeDirectory("\(directory)/modules", mode: 0o700)
        defer {
            try? Files.removeFile("\(directory)/vmlinuz")
            try? Files.removeDirectory("\(directory)/modules")
            try? Files.removeDirectory(directory)
        }
        let file = try Files.open("\(directory)/vmlinuz", [.writeOnly, .create], mode: 0o600)
        try Files.writeAll(file.raw, [UInt8](repeating: 7, count: 1024))
        #expect {
            _ = try MachineKernel.load(from: directory)
        } throws: { error in
            "\(error)".contains("no Linux kernel for x86")
        }
    }

    @Test func aMissingKernelIsRefusedWithWhatToDo() {
        #expect {
            _ = try MachineKernel.load(from: "/nonexistent/kernel")
        } throws: { error in
            let text = "\(error)"
            return text.contains("/nonexistent/kernel") && text.contains("scripts/setup vm")
        }
    }
}
