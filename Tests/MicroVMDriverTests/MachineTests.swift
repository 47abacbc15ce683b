// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
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
        let archive = InitialFiles.archive(agent: [9, 8, 7, 6, 5], modules: [module])
        let entries = try Self.entries(of: archive)
        #expect(entries.map(\.name) == ["dev", "proc", "root", "modules", "modules/00-a.ko", "init", "TRAILER!!!"])
        #expect(entries.map(\.content.count) == [0, 0, 0, 0, 3, 5, 0])
        #expect(entries[5].mode == 0o100500 && entries[5].content == [9, 8, 7, 6, 5])
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

    @Test func aSandboxNeverWritesToTheKeptMemory() {
        let command = MachineCommand(
            shape: MachineShape(Self.limits, overhead: 128 << 20), accelerator: .tcg, clockKilohertz: 5)
        let (kept, restored) = (command.arguments(.template), command.arguments(.sandbox))
        #expect(kept.contains { $0.hasPrefix("memory-backend-file") && $0.hasSuffix("share=on") })
        #expect(restored.contains { $0.hasPrefix("memory-backend-file") && $0.hasSuffix("share=off") })
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
        // 6 is RLIMIT_NPROC: the agent is another user, so it does not count.
        #expect(limits?.filter { $0.resource == 6 }.map(\.hard) == [7])
    }

    @Test(arguments: [("5.10.0-1", 0), ("5.15.2", 1), ("6.1.0-56-amd64", 2), ("6.12.3", 6), ("6.18", 6), ("x", 0)])
    func landlockFollowsFromTheKernel(_ release: String, _ abi: Int) {
        #expect(MachineKernel(image: [], modules: [], release: release).landlockABI == abi)
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

    @Test func aMissingKernelIsRefusedWithWhatToDo() {
        #expect {
            _ = try MachineKernel.load(from: "/nonexistent/kernel")
        } throws: { error in
            let text = "\(error)"
            return text.contains("/nonexistent/kernel") && text.contains("scripts/setup vm")
        }
    }
}
