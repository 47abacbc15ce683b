// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import NestboxCore
import Synchronization

/// What zygotes need of the host, found when the first one is made: a server without warm starts pays nothing for it.
final class ZygoteSupport: Sendable {
    private let image: GuestImage
    /// The library that makes an interpreter a zygote, in sealed memory.
    private let library = Mutex<SharedDescriptor?>(nil)

    init(image: GuestImage) {
        self.image = image
    }

    /// - Throws: ``IsolationError`` `unavailable` naming what is missing.
    func load() throws(IsolationError) -> SharedDescriptor {
        try library.withLock { library throws(IsolationError) in
            if let library { return library }
            let loaded = try image.loadLibrary()
            library = loaded
            return loaded
        }
    }

    /// For `nestbox doctor`.
    func finding(isRoot: Bool) -> DriverStatus.Finding {
        do throws(IsolationError) {
            _ = try load()
            return isRoot
                ? .init(
                    name: "zygotes", level: .ok,
                    detail: "Python can be forked into sandboxes, Node.js started in them ahead")
                : .init(
                    name: "zygotes", level: .missing,
                    detail:
                        "need root; sandboxes are prepared, with Node.js started ahead, but Python in them starts anew")
        } catch {
            return .init(name: "zygotes", level: .missing, detail: error.message)
        }
    }
}
