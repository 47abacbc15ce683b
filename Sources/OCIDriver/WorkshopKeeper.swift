// SPDX-License-Identifier: Apache-2.0
import Isolation

/// Opens the workshop of a driver when its first sandbox is made; whoever makes none pays nothing.
actor WorkshopKeeper {
    private let kind: OCIRuntime.Kind
    private let cgroups: CgroupHierarchy
    private var opening: Task<Result<Workshop, IsolationError>, Never>?

    init(_ kind: OCIRuntime.Kind, cgroups: CgroupHierarchy) {
        self.kind = kind
        self.cgroups = cgroups
    }

    /// - Parameter root: What all sandboxes show; the same each time.
    /// - Throws: ``IsolationError`` `unavailable`; the next caller tries again.
    func workshop(_ root: PreparedRootPlan) async throws(IsolationError) -> Workshop {
        let (kind, cgroups) = (kind, cgroups)
        let task =
            opening
            ?? Task {
                do throws(IsolationError) {
                    return .success(try await Workshop.open(kind, root: root, cgroups: cgroups))
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
