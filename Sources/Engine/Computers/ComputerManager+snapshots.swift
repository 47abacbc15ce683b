// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Logging
import Store

extension ComputerManager {
    /// The templates that are there from the start. They have the same root: what the host's `/usr` offers.
    static let interpreterTemplate = "code-interpreter-v1"
    static let templates: Set<String> = ["base", interpreterTemplate]
    /// Tag of every template and snapshot.
    static let tag = "default"
    /// Most snapshots of one owner.
    static let mostSnapshots = 1000

    // MARK: Templates

    /// The id of a template, and the files it adds.
    func template(_ name: String, owner: String) async throws(ComputerError) -> (id: String, archive: StoredArchive?) {
        let plain = name.hasSuffix(":\(Self.tag)") ? String(name.dropLast(Self.tag.count + 1)) : name
        if Self.templates.contains(plain) { return (plain, nil) }
        let row: SnapshotRow?
        do throws(StoreError) {
            row = try await index.find("\(plain):\(Self.tag)", owner: owner)
        } catch {
            throw storeFailed(error)
        }
        guard let row, archives.exists(row.archive) else {
            throw ComputerError(.notFound, "template '\(name)' not found")
        }
        return (row.id, StoredArchive(name: row.archive, bytes: row.bytes))
    }

    public func hasTemplate(_ name: String, owner: String) async -> Bool {
        (try? await template(name, owner: owner)) != nil
    }

    // MARK: Snapshots

    public func snapshot(_ id: String, owner: String, name: String?) async throws(ComputerError) -> ComputerSnapshot {
        if let name { try Self.check(snapshotName: name) }
        let known = await snapshots(owner: owner)
        guard known.count < Self.mostSnapshots else {
            throw ComputerError(
                .resourceExhausted, "you have \(known.count) snapshots already, the most one may have; delete one first"
            )
        }
        let archive = try await copyFiles(try find(id, owner: owner))
        let row = SnapshotRow(
            id: "\(name ?? ComputerSecret.word(20)):\(Self.tag)", owner: owner, name: name, computerID: id,
            created: clock.date(),
            archive: archive.name, bytes: archive.bytes)
        do throws(StoreError) {
            let before = try await index.put(row)
            if let before { archives.remove(StoredArchive(name: before.archive, bytes: before.bytes)) }
        } catch {
            archives.remove(archive)
            throw storeFailed(error)
        }
        return ComputerSnapshot(row)
    }

    public func snapshots(owner: String) async -> [ComputerSnapshot] {
        do throws(StoreError) {
            return try await index.all(owner: owner).map { ComputerSnapshot($0) }
        } catch {
            logger.error("snapshots could not be listed", metadata: ["error": "\(error)"])
            return []
        }
    }

    public func deleteSnapshot(_ id: String, owner: String) async throws(ComputerError) {
        let row: SnapshotRow?
        do throws(StoreError) {
            row = try await index.remove(id.contains(":") ? id : "\(id):\(Self.tag)", owner: owner)
        } catch {
            throw storeFailed(error)
        }
        guard let row else { throw ComputerError(.notFound, "snapshot '\(id)' not found") }
        archives.remove(StoredArchive(name: row.archive, bytes: row.bytes))
    }

    public func fork(_ id: String, owner: String, seconds: Int?) async throws(ComputerError) -> ComputerInfo {
        let record = try find(id, owner: owner)
        var request = record.request
        if let seconds { request.timeoutSeconds = seconds }
        guard (1...configuration.mostTimeoutSeconds).contains(request.timeoutSeconds) else {
            throw ComputerError(
                .invalidArgument,
                "the timeout is \(request.timeoutSeconds) s; it must be from 1 to \(configuration.mostTimeoutSeconds) s"
            )
        }
        let archive = try await copyFiles(record)
        defer { archives.remove(archive) }
        return try await make(request, templateID: record.templateID, archive: archive)
    }

    // MARK: Parts

    /// The files of a computer as they are now. A paused one that keeps its memory goes on while they are read.
    private func copyFiles(_ record: ComputerRecord) async throws(ComputerError) -> StoredArchive {
        try await enter(record)
        defer { record.gate.leave() }
        do throws(ComputerError) {
            switch record.state {
            case .running(let computer): return try await transfer.save(computer.body)
            case .stored(let archive): return try archives.copy(archive)
            case .frozen(let computer): return try await saveFrozen(computer)
            case .storing, .gone: throw Self.notFound(record.id)
            }
        } catch {
            throw record.isKilled ? Self.notFound(record.id) : error
        }
    }

    private func saveFrozen(_ computer: LivingComputer) async throws(ComputerError) -> StoredArchive {
        do {
            try await computer.body.thaw()
        } catch {
            throw ComputerError(.internalError, "the files of the computer could not be read: \(error)")
        }
        let result: Result<StoredArchive, ComputerError>
        do throws(ComputerError) {
            result = .success(try await transfer.save(computer.body))
        } catch {
            result = .failure(error)
        }
        do {
            try await computer.body.freeze()
        } catch {
            logger.error(
                "computer could not be paused again", metadata: ["computer": "\(computer.id)", "error": "\(error)"])
        }
        return try result.get()
    }

    private static func check(snapshotName name: String) throws(ComputerError) {
        let isGood =
            (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
        guard isGood else {
            throw ComputerError(
                .invalidArgument, "'\(name.prefix(128))' is no name of a snapshot; use up to 128 of a-z, 0-9, - and _")
        }
        guard !templates.contains(name) else {
            throw ComputerError(.invalidArgument, "'\(name)' is the name of a template; choose another one")
        }
    }

    private func storeFailed(_ error: StoreError) -> ComputerError {
        logger.error("the index of snapshots failed", metadata: ["error": "\(error)"])
        return ComputerError(.internalError, "the index of snapshots failed")
    }
}

extension ComputerSnapshot {
    fileprivate init(_ row: SnapshotRow) {
        self.init(id: row.id, name: row.name, computerID: row.computerID, created: row.created)
    }
}
