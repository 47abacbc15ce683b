// SPDX-License-Identifier: Apache-2.0
import Isolation
import LinuxSystem
import Synchronization

/// Finds and keeps ``ComputerParts``: a server that never makes a computer pays nothing for them.
final class ComputerSupport: Sendable {
    static let sudoName = "nestbox-sudo"
    private static let step = "prepare computers"
    private static let mostSudoBytes = 256 << 10

    private let image: GuestImage
    private let trees: [String]
    private let parts = Mutex<ComputerParts?>(nil)
    /// Held while the parts are read, so that they are read once.
    private let reading = Mutex(())

    init(image: GuestImage, view: HostView) {
        self.image = image
        trees = SandboxPlanner.passedTrees(view, profile: .computer)
    }

    /// - Throws: ``IsolationError`` `unavailable` naming what the machine lacks.
    func load() async throws(IsolationError) -> ComputerParts {
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
    func read() throws(IsolationError) -> ComputerParts {
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

extension HostView {
    /// What in these trees is not open to everybody: directories and files that `other` may not read (or enter), the topmost
    /// of each branch. In a sandbox with one user nobody could read them; root of a computer, to whom the trees belong there,
    /// could.
    static func unreadable(in trees: [String]) throws(SystemError) -> [String] {
        var found: [String] = []
        var waiting = trees
        while let path = waiting.popLast() {
            let directory: OwnedDescriptor
            do throws(SystemError) {
                directory = try Files.open(path, [.readOnly, .directory, .noFollow])
            } catch  where error.number == Errno.noEntry {
                continue
            }
            for name in try Files.entries(of: directory, limit: .max) {
                // An entry may go while we look: packages are installed at any time.
                guard let status = try? Files.entryStatus(name, in: directory.raw) else { continue }
                guard status.kind == .directory || status.kind == .regular else { continue }
                let isDirectory = status.kind == .directory
                let needed: UInt32 = isDirectory ? 0o005 : 0o004
                let isOpen = status.mode & needed == needed
                if isOpen && !isDirectory { continue }
                guard let text = String(validating: name, as: UTF8.self) else {
                    throw SystemError(Errno.invalid, call: "name that is not UTF-8 in", subject: path)
                }
                if isOpen { waiting.append("\(path)/\(text)") } else { found.append("\(path)/\(text)") }
            }
        }
        return found.sorted()
    }
}
