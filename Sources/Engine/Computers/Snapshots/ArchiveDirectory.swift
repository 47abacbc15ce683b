// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Files of a computer as one tar archive on the host's disk. The host never looks into it.
struct StoredArchive: Sendable, Hashable {
    /// Of the file, in the directory of archives.
    var name: String
    var bytes: Int
}

/// The directory of archives: for the server only, bounded in bytes. Writes are to be done by whoever may block.
final class ArchiveDirectory: Sendable {
    static let fileSuffix = ".tar"
    private static let partSuffix = ".part"

    let path: String
    private let mostBytes: Int
    /// Bytes of archives that are there or being written.
    private let used = Mutex(0)

    /// Opens the directory, making it when there is none, and removes every archive that is not in `known`: what a dead server
    /// left.
    ///
    /// - Throws: ``ComputerError`` `internal_error` when the directory cannot be used.
    init(_ path: String, mostBytes: Int, known: Set<String>) throws(ComputerError) {
        self.path = path
        self.mostBytes = mostBytes
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            var bytes = 0
            for name in try files.contentsOfDirectory(atPath: path) {
                if known.contains(name) {
                    bytes += try files.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? Int ?? 0
                } else if name.hasSuffix(Self.fileSuffix) || name.hasSuffix(Self.partSuffix) {
                    try files.removeItem(atPath: "\(path)/\(name)")
                }
            }
            used.withLock { $0 = bytes }
        } catch {
            throw ComputerError(
                .internalError, "the directory of snapshots \(path) cannot be used: \(error.localizedDescription)")
        }
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

    /// A new archive to write into.
    func makeWriter(most: Int) throws(ComputerError) -> ArchiveWriter {
        let name = ComputerSecret.word(26) + Self.fileSuffix
        let part = "\(path)/\(name)\(Self.partSuffix)"
        guard FileManager.default.createFile(atPath: part, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: part)
        else { throw ComputerError(.internalError, "no file can be made in \(path)") }
        return ArchiveWriter(directory: self, name: name, part: part, handle: handle, most: most)
    }

    func read(_ archive: StoredArchive) throws(ComputerError) -> FileHandle {
        guard let handle = FileHandle(forReadingAtPath: "\(path)/\(archive.name)") else {
            throw ComputerError(.notFound, "the files of the snapshot are not there any more")
        }
        return handle
    }

    /// The same archive under another name, which is removed for itself.
    func copy(_ archive: StoredArchive) throws(ComputerError) -> StoredArchive {
        let name = ComputerSecret.word(26) + Self.fileSuffix
        guard reserve(archive.bytes) else { throw full }
        do {
            try FileManager.default.linkItem(atPath: "\(path)/\(archive.name)", toPath: "\(path)/\(name)")
        } catch {
            release(archive.bytes)
            throw ComputerError(.internalError, "the files could not be copied: \(error.localizedDescription)")
        }
        return StoredArchive(name: name, bytes: archive.bytes)
    }

    func remove(_ archive: StoredArchive) {
        guard (try? FileManager.default.removeItem(atPath: "\(path)/\(archive.name)")) != nil else { return }
        release(archive.bytes)
    }

    var usedBytes: Int { used.withLock { $0 } }

    fileprivate func reserve(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard used + bytes <= mostBytes else { return false }
            used += bytes
            return true
        }
    }

    fileprivate func release(_ bytes: Int) { used.withLock { $0 -= bytes } }

    fileprivate var full: ComputerError {
        ComputerError(
            .resourceExhausted, "the snapshots of this server take \(mostBytes) bytes already, the most they may")
    }
}

/// An archive that is being written. It has its name only once it is whole.
final class ArchiveWriter: Sendable {
    private let directory: ArchiveDirectory
    private let name: String
    private let part: String
    private let handle: FileHandle
    private let most: Int
    private let written = Mutex(0)

    fileprivate init(directory: ArchiveDirectory, name: String, part: String, handle: FileHandle, most: Int) {
        self.directory = directory
        self.name = name
        self.part = part
        self.handle = handle
        self.most = most
    }

    func write(_ bytes: [UInt8]) throws(ComputerError) {
        guard written.withLock({ $0 }) + bytes.count <= most else {
            throw ComputerError(
                .resourceExhausted, "the files of the computer take more than \(most) bytes, the most a snapshot may")
        }
        guard directory.reserve(bytes.count) else { throw directory.full }
        written.withLock { $0 += bytes.count }
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw ComputerError(.internalError, "the snapshot could not be written: \(error.localizedDescription)")
        }
    }

    func finish() throws(ComputerError) -> StoredArchive {
        do {
            try handle.synchronize()
            try handle.close()
            try FileManager.default.moveItem(atPath: part, toPath: "\(directory.path)/\(name)")
        } catch {
            throw ComputerError(.internalError, "the snapshot could not be written: \(error.localizedDescription)")
        }
        return StoredArchive(name: name, bytes: written.withLock { $0 })
    }

    func discard() {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: part)
        directory.release(written.withLock { $0 })
    }
}
