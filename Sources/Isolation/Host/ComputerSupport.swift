// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Synchronization

/// Finds and keeps ``ComputerParts``: a server that never makes a computer pays nothing for them.
package final class ComputerSupport: Sendable {
    private static let sudoName = "nestbox-sudo"
    private static let step = "prepare computers"
    private static let mostSudoBytes = 256 << 10

    private let image: GuestImage
    private let trees: [String]
    private let parts = Mutex<ComputerParts?>(nil)
    /// Held while the parts are read, so that they are read once.
    private let reading = Mutex(())

    package init(image: GuestImage, view: HostView) {
        self.image = image
        trees = view.trees
    }

    /// - Throws: ``IsolationError`` `unavailable` naming what the machine lacks.
    package func load() async throws(IsolationError) -> ComputerParts {
        if let known = parts.withLock({ $0 }) { return known }
        let result: Result<ComputerParts, IsolationError> = await withCheckedContinuation { continuation in
            // Looks at every file of /usr: not on a thread that others wait for.
            do throws(SystemError) {
                try startThread(name: "nestbox-parts") { [self] in
                    continuation.resume(returning: Result { () throws(IsolationError) in try read() })
                }
            } catch {
                continuation.resume(
                    returning: .failure(IsolationError(.unavailable, step: Self.step, message: "\(error)")))
            }
        }
        return try result.get()
    }

    /// As ``load()``, on the caller's thread.
    package func read() throws(IsolationError) -> ComputerParts {
        try reading.withLock { _ throws(IsolationError) in
            if let known = parts.withLock({ $0 }) { return known }
            let read = try make()
            parts.withLock { $0 = read }
            return read
        }
    }

    private func make() throws(IsolationError) -> ComputerParts {
        guard image.isMountable else {
            throw IsolationError(
                .unavailable, step: Self.step,
                message: "others than root may change \(image.path), which computers show; make it root's, mode 755")
        }
        do {
            return ComputerParts(
                sudo: try Files.readAll(sudoPath, atMost: Self.mostSudoBytes),
                seccomp: try SeccompProfile.bundled("computer").compile().bytes,
                hidden: try HostView.unreadable(in: trees), links: Self.links)
        } catch let error as SystemError where error.number == Errno.noEntry {
            throw IsolationError(
                .unavailable, step: Self.step,
                message: "\(error); build it with 'swift build --product \(Self.sudoName)'")
        } catch {
            throw IsolationError(.unavailable, step: Self.step, message: "\(error)")
        }
    }

    /// `python`, which Debian leaves out and E2B's templates have.
    private static var links: [String: String] {
        let (python, versioned, link) = ("/usr/bin/python", "/usr/bin/python3", "/usr/local/bin/python")
        let isWanted = !Files.exists(python) && !Files.exists(link) && Files.exists(versioned)
        return isWanted && Files.exists("/usr/local/bin") ? [link: versioned] : [:]
    }

    private var sudoPath: String {
        image.path.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + Self.sudoName
    }
}
