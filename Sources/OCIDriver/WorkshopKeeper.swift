// SPDX-License-Identifier: Apache-2.0
import Isolation

/// Opens the workshop of a driver when its first sandbox is made; whoever makes none pays nothing.
actor WorkshopKeeper {
    private let kind: OCIRuntime.Kind
    private let cgroups: CgroupHierarchy
    private let image: GuestImage
    private var opening: Task<Result<Workshop, IsolationError>, Never>?

    init(_ kind: OCIRuntime.Kind, cgroups: CgroupHierarchy, image: GuestImage) {
        self.kind = kind
        self.cgroups = cgroups
        self.image = image
    }

    /// - Parameter planner: Says what all sandboxes show; the same each time.
    /// - Throws: ``IsolationError`` `unavailable`; the next caller tries again.
    func workshop(_ planner: BundlePlanner) async throws(IsolationError) -> Workshop {
        let (kind, cgroups, image) = (kind, cgroups, image)
        let task =
            opening
            ?? Task {
                do throws(IsolationError) {
                    let library = planner.showsLibrary ? try image.readLibrary() : nil
                    return .success(
                        try await Workshop.open(kind, root: planner.root, library: library, cgroups: cgroups))
                } catch {
                    return .failure(error)
                }
            }
        opening = task
        do throws(IsolationError) {
            return try await task.value.get()
        } catch {
            if opening == task { opening = nil }
            throw error
        }
    }
}
