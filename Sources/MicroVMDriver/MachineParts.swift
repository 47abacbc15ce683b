// SPDX-License-Identifier: Apache-2.0
import GuestWire
import Isolation
import LinuxSystem
import NestboxCore

/// What every kind of machine is made with.
struct MachineParts: Sendable {
    /// The settings that every kind has.
    struct Settings: Sendable {
        var guestExecutable: String?
        var cgroupParent: String?
        var extraPaths: [String]
        var configurationEntries: [String]
    }

    private static let mostAgentBytes = 128 << 20

    let cgroups: CgroupParent
    let ids: IDRangeAllocator
    /// The guest agent.
    let image: GuestImage
    let view: HostView
    let computers: ComputerSupport
    /// Why there are no computers here; nil where there are.
    let computersLack: String?

    var hasLibrary: Bool { image.library != nil }

    /// - Parameter view: What sandboxes see of the host; nil is what the settings say.
    init(_ settings: Settings, view: HostView? = nil) throws(IsolationError) {
        image = try GuestImage.open(configured: settings.guestExecutable)
        let parent = try CgroupParent(configured: settings.cgroupParent)
        ExitActions.add { parent.close() }
        try parent.requireSwapControl()
        cgroups = parent
        ids = try IDRangeAllocator()
        if let view {
            self.view = view
        } else {
            self.view = try HostView.detect(
                extraPaths: settings.extraPaths, configurationEntries: settings.configurationEntries)
        }
        computers = ComputerSupport(image: image, view: self.view)
        computersLack =
            image.isMountable
            ? nil : "others than root may change \(image.path), which computers show; make it root's, mode 755"
    }

    /// - Throws: ``IsolationError`` `unavailable` for anybody else.
    static func requireRoot(_ monitor: String) throws(IsolationError) {
        guard Processes.userID == 0 else {
            throw IsolationError(
                .unavailable, step: "use \(monitor)",
                message: "needs root, for the walls around \(monitor); use the driver 'namespace'")
        }
    }

    func planner(_ kernel: MachineKernel) throws(IsolationError) -> MachinePlanner {
        do {
            let filter = try SeccompProfile.bundled("run").compile().bytes
            return MachinePlanner(view: view, landlockABI: kernel.landlockABI, seccomp: filter)
        } catch {
            throw IsolationError(.unavailable, step: "compile the seccomp profile", message: "\(error)")
        }
    }

    /// What sandboxes see beside the trees of the host, with a place for the guest agent.
    var root: PreparedRootPlan {
        var root = PreparedRootPlan(copying: view)
        root.addFile(MachineRoom.tool)
        return root
    }

    func agent() throws(IsolationError) -> [UInt8] {
        do throws(SystemError) {
            return try Files.readAll("/proc/self/fd/\(image.descriptor.raw)", atMost: Self.mostAgentBytes)
        } catch {
            throw IsolationError(.unavailable, step: "read the guest agent", message: "\(error)")
        }
    }

    func initialFiles(_ modules: [MachineKernel.Module]) throws(IsolationError) -> [UInt8] {
        let library = hasLibrary ? try image.readLibrary() : nil
        return InitialFiles.archive(agent: try agent(), modules: modules, library: library)
    }
}
