// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Runs every input that `make fuzz` has kept, and every one that was a finding once.
@Suite struct ReplayTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    private static func contents(of place: String) throws -> [URL] {
        let place = folder.appending(path: place)
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    /// Checks every input in `kind` on a thread of its own: a target may wait for tasks, which need the threads that tests
    /// run on.
    private func replay(_ kind: String, _ target: FuzzTarget) async throws {
        let inputs = try Self.contents(of: "\(kind)/\(target.name)").map { file in
            (name: "\(kind)/\(target.name)/\(file.lastPathComponent)", bytes: [UInt8](try Data(contentsOf: file)))
        }
        let findings = await withCheckedContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    returning: inputs.compactMap { input -> String? in
                        do {
                            try target.check(input.bytes)
                            return nil
                        } catch {
                            return "\(input.name): \(error)"
                        }
                    })
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        for finding in findings { Issue.record("\(finding)") }
    }

    @Test(arguments: FuzzTarget.all) func everyKeptInputIsFine(_ target: FuzzTarget) async throws {
        #expect(try !Self.contents(of: "Corpus/\(target.name)").isEmpty, "nothing is kept for \(target.name)")
        try await replay("Corpus", target)
    }

    @Test(arguments: FuzzTarget.all) func whatWasFoundStaysFixed(_ target: FuzzTarget) async throws {
        try await replay("Regressions", target)
    }

    @Test func theEmptyInputIsFine() throws {
        for target in FuzzTarget.all { try target.check([]) }
    }

    @Test func everyFileBelongsToATarget() throws {
        let names = Set(FuzzTarget.all.map(\.name))
        for place in try Self.contents(of: "Corpus") + Self.contents(of: "Regressions") {
            #expect(names.contains(place.lastPathComponent), "\(place.path) has no target")
        }
        for file in try Self.contents(of: "Dictionaries") {
            let isDictionary =
                file.pathExtension == "dict" && names.contains(file.deletingPathExtension().lastPathComponent)
            #expect(isDictionary, "\(file.path) has no target")
        }
    }

    @Test func whatIsKeptIsFewAndSmall() throws {
        for target in FuzzTarget.all {
            let files = try Self.contents(of: "Corpus/\(target.name)")
            #expect(files.count <= 60, "\(target.name) keeps \(files.count) inputs; at most 60")
            for file in files {
                #expect(try Data(contentsOf: file).count <= target.mostBytes, "\(file.lastPathComponent) is too long")
            }
        }
    }
}

extension FuzzTarget: CustomTestStringConvertible {
    var testDescription: String { name }
}
