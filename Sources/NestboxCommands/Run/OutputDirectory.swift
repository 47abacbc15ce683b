// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// The directory for collected files. Their names come from an untrusted program, and something hostile may already be
/// in the directory, so every name is walked from the directory's descriptor, one component at a time, and no symbolic
/// link beneath it is ever followed. Files are made anew (`O_EXCL`), never written into.
final class OutputDirectory: Sendable {
    private let path: String
    private let descriptor: Int32
    private let replacing: Bool

    /// Deepest directory, and longest name in bytes (`NAME_MAX`), that is made.
    private static let deepest = 64
    private static let longestName = 255

    /// - Parameters:
    ///   - path: The caller's own directory; made when absent, and the one place where a link is followed.
    ///   - replacing: Whether files that exist are replaced. A link is then replaced itself, not what it points to.
    /// - Throws: ``CommandError`` with exit code 64 when it is not a directory or cannot be made.
    init(path: String, replacing: Bool) throws(CommandError) {
        self.path = path
        self.replacing = replacing
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .usage("cannot use the directory '\(path)': \(Descriptor.message(errno))") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes a file with mode 0666 less the umask, and the directories on its way.
    ///
    /// - Parameter name: Path relative to the directory, as the sandbox reported it.
    /// - Throws: ``CommandError`` with exit code 125; the file is not there then, or still the old one.
    func write(_ bytes: [UInt8], to name: String) throws(CommandError) {
        let parts = try Self.components(of: name)
        var directory = dup(descriptor)
        guard directory >= 0 else { throw failure(name, errno) }
        defer { close(directory) }
        for part in parts.dropLast() {
            if mkdirat(directory, part, 0o777) != 0, errno != EEXIST { throw failure(name, errno) }
            let next = openat(directory, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else {
                let code = errno
                // O_DIRECTORY with O_NOFOLLOW answers ENOTDIR for a link, ELOOP on some file systems.
                guard code == ENOTDIR || code == ELOOP else { throw failure(name, code) }
                throw .failure(
                    "refused to write '\(name)': '\(part)' in '\(path)' is a link or a file, not a directory")
            }
            close(directory)
            directory = next
        }
        try create(parts[parts.count - 1], with: bytes, in: directory, name: name)
    }

    private func create(_ leaf: String, with bytes: [UInt8], in directory: Int32, name: String) throws(CommandError) {
        // With replacing, the new file takes the old one's place only when it is complete.
        let target = replacing ? ".nestbox-\(UInt64.random(in: .min ... .max))" : leaf
        let file = openat(directory, target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard file >= 0 else {
            guard errno == EEXIST else { throw failure(name, errno) }
            throw .failure("'\(name)' is already in '\(path)'; remove it, or replace it with --force")
        }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            do {
                rest = rest.dropFirst(try Descriptor(number: file).write(rest))
            } catch {
                unlinkat(directory, target, 0)
                throw failure(name, error.code)
            }
        }
        if replacing, renameat(directory, target, directory, leaf) != 0 {
            let code = errno
            unlinkat(directory, target, 0)
            throw failure(name, code)
        }
    }

    /// The components of a relative path that stays beneath its directory.
    static func components(of name: String) throws(CommandError) -> [String] {
        func refused(_ reason: String) -> CommandError { .failure("refused to write '\(name)': \(reason)") }
        guard !PathText.isAbsolute(name) else { throw refused("the name is absolute") }
        guard !name.utf8.contains(0) else { throw refused("the name has a NUL character") }
        let parts = PathText.components(of: name).map(String.init)
        guard parts.count <= deepest else { throw refused("it is more than \(deepest) directories deep") }
        for part in parts {
            guard !part.isEmpty, part != ".", part != ".." else {
                throw refused("the name has an empty part, '.' or '..'")
            }
            guard part.utf8.count <= longestName else { throw refused("a part is longer than \(longestName) bytes") }
        }
        return parts
    }

    private func failure(_ name: String, _ code: Int32) -> CommandError {
        .failure("cannot write '\(name)' in '\(path)': \(Descriptor.message(code))")
    }
}
