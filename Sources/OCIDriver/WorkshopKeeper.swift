// SPDX-License-Identifier: Apache-2.0
import Isolation

/// Opens the workshop of a driver when its first sandbox is made; whoever makes none pays nothing.
actor WorkshopKeeper {
    private let kind: OCIRuntime.Kind
    private let root: PreparedRootPlan
    private let cgroups: CgroupHierarchy
    private var opening: Task<Result<Workshop, IsolationError>, Never>?

    init(_ kind: OCIRuntime.Kind, root: PreparedRootPlan, cgroups: CgroupHierarchy) {
        self.kind = kind
        self.root = root
        self.cgroups = cgroups
    }

    /// - Throws: ``IsolationError`` `unavailable`; the next caller tries again.
    func workshop() async throws(IsolationError) -> Workshop {
        let (kind, root, cgroups) = (kind, root, cgroups)
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
