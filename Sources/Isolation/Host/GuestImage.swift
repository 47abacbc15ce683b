// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// The guest agent's executable as an open descriptor that no sandbox can write to.
package struct GuestImage: Sendable {
    package let descriptor: SharedDescriptor
    package let path: String
    /// The file can be shown inside computers: it is on disk, and only root may change it.
    package let isMountable: Bool

    package static let name = "nestbox-guest"

    /// - Throws: ``IsolationError`` `unavailable` naming the places that were tried.
    package static func open(configured: String?) throws(IsolationError) -> GuestImage {
        do {
            let path = try locate(configured)
            let file = try Files.open(path, .readOnly)
            let status = try Files.status(of: file.raw)
            // A file that only root may change, used by a root host whose sandboxes have other ids, is safe as it is. In
            // every other case the sandbox's user might own the file (CVE-2019-5736), so a sealed copy runs instead.
            let onlyRootMayChange = status.owner == 0 && status.mode & 0o022 == 0
            if Processes.userID == 0 && onlyRootMayChange {
                return GuestImage(descriptor: SharedDescriptor(file), path: path, isMountable: true)
            }
            var content: [UInt8] = []
            content.reserveCapacity(status.size)
            while let part = try Files.read(file.raw, upTo: 1 << 20), !part.isEmpty { content += part }
            let memory = try Descriptors.makeSealedMemory(name: name, content: content)
            return GuestImage(descriptor: SharedDescriptor(memory), path: path, isMountable: false)
        } catch let error as IsolationError {
            throw error
        } catch {
            throw IsolationError(.unavailable, step: "open the guest agent", message: "\(error)")
        }
    }

    private static func locate(_ configured: String?) throws -> String {
        if let configured { return configured }
        let own = try Files.readLink("/proc/self/exe")
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let parent = own.split(separator: "/").dropLast(2).joined(separator: "/")
        let candidates = ["/\(folder)/\(name)", "/\(parent)/libexec/nestbox/\(name)"]
        guard let found = candidates.first(where: Files.exists) else {
            throw IsolationError(
                .unavailable, step: "find the guest agent",
                message:
                    "no \(name) at \(candidates.joined(separator: " or ")); build it with 'swift build --product \(name)'"
            )
        }
        return found
    }
}
