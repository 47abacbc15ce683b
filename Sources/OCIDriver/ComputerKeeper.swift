// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// What a driver needs for computers, found when the first is made; whoever makes none pays nothing.
final class ComputerKeeper: Sendable {
    private let image: GuestImage
    private let planners: PlannerKeeper
    private let known = Mutex<(support: ComputerSupport, root: PreparedRootPlan)?>(nil)

    /// Why there are no computers here; nil where there are.
    let lacks: String?

    init(image: GuestImage, planners: PlannerKeeper) {
        self.image = image
        self.planners = planners
        lacks =
            Mounts.overlaysMappedTrees
            ? nil : "needs overlays over id-mapped mounts: kernel 5.19 or later, with overlayfs"
    }

    /// - Throws: ``IsolationError`` `unavailable` naming what the machine lacks.
    func load() async throws(IsolationError) -> ComputerShape {
        let (support, root) = try found()
        return ComputerShape(root: root, parts: try await support.load())
    }

    /// As ``load()``, on the caller's thread.
    func read() throws(IsolationError) -> ComputerShape {
        let (support, root) = try found()
        return ComputerShape(root: root, parts: try support.read())
    }

    /// Lays ready what all computers share, and makes the ids of one. Nil for what is no computer.
    func prepare(
        _ computer: ComputerShape?, _ workshop: Workshop, _ lease: IDRangeLease
    ) async throws(IsolationError) -> SharedDescriptor? {
        guard let computer else { return nil }
        do throws(SystemError) {
            try await workshop.prepareComputers(computer.root)
            return try await workshop.mappedIDs(base: lease.base, image: image)
        } catch {
            throw IsolationError(.setupFailed, step: "prepare the computer's files", message: "\(error)")
        }
    }

    private func found() throws(IsolationError) -> (support: ComputerSupport, root: PreparedRootPlan) {
        if let lacks { throw .lacks(.computer, because: lacks) }
        let view = try planners.planner().view
        return known.withLock { known in
            if let known { return known }
            let made = (
                ComputerSupport(image: image, view: view),
                PreparedRootPlan(computersCopying: view)
            )
            known = made
            return made
        }
    }
}
