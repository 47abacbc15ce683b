// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// The guest agent's executable as an open descriptor that no sandbox can write to.
package struct GuestImage: Sendable {
    package let descriptor: SharedDescriptor
    package let path: String
    /// The file can be shown inside computers: it is on disk, and only root may change it.
    package let isMountable: Bool

    package static let name = "nestbox-guest"
    package static let libraryName = "libnestbox-zygote.so"

    /// Path of the library that makes interpreters wait, beside the agent; nil when it is not there.
    package var library: String? {
        let path = self.path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + Self.libraryName
        return Files.exists(path) ? path : nil
    }

    private static let mostLibraryBytes = 4 << 20

    /// The content of ``library``.
    ///
    /// - Throws: ``IsolationError`` `unavailable` saying what is missing and how to get it.
    package func readLibrary() throws(IsolationError) -> [UInt8] {
        let step = "read \(Self.libraryName)"
        guard let library else {
            throw IsolationError(
                .unavailable, step: step,
                message:
                    "it is not beside the guest agent \(path); build it with 'swift build --product nestbox-zygote'")
        }
        do throws(SystemError) {
            return try Files.readAll(library, atMost: Self.mostLibraryBytes)
        } catch {
            throw IsolationError(.unavailable, step: step, message: "\(error)")
        }
    }

    /// The same in sealed memory, to be passed to guests.
    ///
    /// - Throws: As ``readLibrary()``.
    package func loadLibrary() throws(IsolationError) -> SharedDescriptor {
        let content = try readLibrary()
        do throws(SystemError) {
            return SharedDescriptor(try Descriptors.makeSealedMemory(name: "nestbox-zygote", content: content))
        } catch {
            throw IsolationError(.unavailable, step: "load \(Self.libraryName)", message: "\(error)")
        }
    }

    /// - Throws: ``IsolationError`` `unavailable` naming the places that were tried.
    package static func open(configured: String?) throws(IsolationError) -> GuestImage {
        do {
            let path = try configured ?? InstalledFile.locate(name)
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
}
