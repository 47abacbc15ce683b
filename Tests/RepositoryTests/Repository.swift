// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The source tree that these tests were built from.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Paths relative to the root, sorted: what git tracks and what is new and not ignored. Outside a git repository, every file.
    static func files() throws -> [String] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        // The tree may belong to somebody else than the user who runs the tests.
        git.arguments = [
            "git", "-c", "safe.directory=*", "-C", root.path, "ls-files", "-z", "--cached", "--others",
            "--exclude-standard",
        ]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        try git.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        let names =
            git.terminationStatus == 0
            ? String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init) : walk()
        let existing = names.filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
        try #require(existing.contains("Package.swift"), "no source tree at \(root.path)")
        return existing.sorted()
    }

    static func files(below folders: [String], extensions: Set<String>) throws -> [String] {
        try files().filter { path in
            folders.contains { path.hasPrefix($0 + "/") } && extensions.contains(URL(filePath: path).pathExtension)
        }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Lines of a file with their 1-based numbers.
    static func lines(_ path: String) throws -> [(number: Int, text: Substring)] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0 + 1, $1) }
    }

    /// Shell and Python programs of the project itself: files of scripts/ and .ci/ that begin with `#!`.
    static func scripts() throws -> [String] {
        try files().filter { path in
            guard ["scripts/", ".ci/", "Benchmarks/"].contains(where: path.hasPrefix) else { return false }
            return path.hasSuffix(".py") || (try? text(path).hasPrefix("#!")) == true
        }
    }

    private static func walk() -> [String] {
        let ignored = [".build", ".git", "dist", "Package.resolved"]
        let walker = FileManager.default.enumerator(atPath: root.path)
        var found: [String] = []
        while let path = walker?.nextObject() as? String {
            if ignored.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) { continue }
            if walker?.fileAttributes?[.type] as? FileAttributeType == .typeRegular { found.append(path) }
        }
        return found
    }
}
