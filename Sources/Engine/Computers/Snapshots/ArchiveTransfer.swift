// SPDX-License-Identifier: Apache-2.0
import Foundation
import GuestWire
import Isolation

/// Moves the files of a computer out of it and into another, by `tar` inside, as its root. Nothing of an archive is believed:
/// it is only ever unpacked inside a computer of the same owner.
struct ArchiveTransfer: Sendable {
    /// A transfer that takes longer is stuck; root inside can stop any program.
    static let mostTime = Duration.seconds(600)
    private static let mostMessageBytes = 2000
    private static let readBytes = 256 << 10

    let directory: ArchiveDirectory
    /// Most bytes of one archive.
    let mostBytes: Int

    /// - Throws: ``ComputerError``; nothing is left on the disk then.
    @concurrent func save(_ body: any ComputerBody) async throws(ComputerError) -> StoredArchive {
        let writer = try directory.makeWriter(most: mostBytes)
        do throws(ComputerError) {
            try await run(ArchiveScript.save, in: body, input: nil) { bytes throws(ComputerError) in
                try writer.write(bytes)
            }
            return try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
    }

    @concurrent func restore(_ archive: StoredArchive, into body: any ComputerBody) async throws(ComputerError) {
        let handle = try directory.read(archive)
        defer { try? handle.close() }
        try await run(ArchiveScript.restore, in: body, input: handle) { _ throws(ComputerError) in }
    }

    /// Runs a script as root and waits for its end.
    private func run(
        _ script: String, in body: any ComputerBody, input: FileHandle?,
        output: @escaping @Sendable ([UInt8]) throws(ComputerError) -> Void
    ) async throws(ComputerError) {
        let program = try await body.start(
            BodyProgramSpec(
                arguments: ["/bin/sh", "-c", script],
                environment: [
                    "PATH": ProcessRequestRules.path, "LC_ALL": "C",
                    "SINCE": String(format: "%.3f", body.began.timeIntervalSince1970),
                ], directory: "/", user: .root, terminal: nil, hasInput: input != nil))
        do {
            try await Deadline.within(Self.mostTime, "copy the files of the computer") {
                try await Self.transfer(program, input: input, output: output)
            }
        } catch {
            program.signal(9, group: true)
            if let error = error as? ComputerError { throw error }
            if error is CancellationError { throw ComputerError(.gone, "the call was cancelled") }
            throw ComputerError(.gone, "the files of the computer could not be copied: \(error)")
        }
    }

    private static func transfer(
        _ program: any BodyProgram, input: FileHandle?,
        output: @escaping @Sendable ([UInt8]) throws(ComputerError) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let input {
                group.addTask {
                    while let data = try input.read(upToCount: readBytes), !data.isEmpty {
                        try await program.write(Array(data))
                    }
                    program.closeInput()
                }
            }
            var message: [UInt8] = []
            reading: while let event = try await program.next() {
                switch event {
                case .output(.stdout, let bytes): try output(bytes)
                case .output(.stderr, let bytes): message += bytes.prefix(mostMessageBytes - message.count)
                case .ended(.exited(code: let code), _) where code <= ArchiveScript.mostGoodCode: break reading
                case .ended(let end, _):
                    group.cancelAll()
                    let text = String(decoding: message, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
                    throw ComputerError(
                        .internalError, "the files of the computer could not be copied: \(end): \(text)")
                }
            }
            try await group.waitForAll()
        }
    }
}
