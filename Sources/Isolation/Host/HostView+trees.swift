// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

extension HostView {
    /// Trees of the host that it shows.
    package var trees: [String] {
        entries.compactMap { if case .tree(let path) = $0 { path } else { nil } }
    }

    /// What in these trees is not open to everybody: directories and files that `other` may not read (or enter), the topmost
    /// of each branch. In a sandbox with one user nobody could read them; root of a computer, to whom the trees belong there,
    /// could.
    package static func unreadable(in trees: [String]) throws(SystemError) -> [String] {
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
