// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// Rules that every source file keeps.
@Suite struct SourceRulesTests {
    static let code = ["Sources", "Tests", "Plugins"]

    private func sources() throws -> [String] {
        try Repository.files(below: Self.code, extensions: ["swift", "c", "h"])
    }

    @Test func beginsWithTheLicence() throws {
        let header = "SPDX-License-Identifier: Apache-2.0"
        // Line 1 may have to be something else: the tools version, or `#!`.
        for path in try sources() + Repository.scripts() + ["Package.swift", "Makefile"] {
            let start = try Repository.lines(path).prefix(2)
            #expect(start.contains { $0.text.contains(header) }, "\(path) does not begin with '\(header)'")
        }
    }

    @Test func isShortEnoughToRead() throws {
        for path in try sources() {
            let count = try Repository.lines(path).count
            #expect(count <= 600, "\(path) has \(count) lines; 600 is the most")
            if count > 400, count <= 600 {
                Issue.record("\(path) has \(count) lines; 400 is a reason to look", severity: .warning)
            }
        }
        for path in try Repository.scripts() {
            let count = try Repository.lines(path).count
            #expect(count <= 160, "\(path) has \(count) lines; a script has at most 160")
        }
    }

    @Test func isFinishedAndDoesNotCrash() throws {
        let patterns: [(String, Regex<Substring>)] = [
            ("fatalError", /\bfatalError\(/), ("try!", /\btry!/), ("as!", /\bas!/), ("TODO", /\bTODO\b/),
            ("FIXME", /\bFIXME\b/), ("XXX", /\bXXX\b/),
            // `unimplemented` alone is an error code of a protocol, and has its place.
            ("not implemented", /\b(?:not implemented\b|unimplemented\()/),
        ]
        for path in try Repository.files(below: ["Sources", "Plugins"], extensions: ["swift", "c", "h"]) {
            for line in try Repository.lines(path) {
                for (name, pattern) in patterns where line.text.contains(pattern) {
                    Issue.record("\(path):\(line.number): '\(name)' has no place in Sources")
                }
            }
        }
    }

    @Test func namesNoDirectoryOfADevelopersMachine() throws {
        // Home directories; inside a sandbox the home is /home/user.
        var patterns: [Regex<Substring>] = [
            /(?:^|[^\w.\]\)}-])\/home\/(?!user\b)[a-z][\w.-]*\//, /(?:^|[^\w.])\/Users\/\w/,
            /(?:^|[^\w.\]\)}-])\/root\/(?!\.(?:ssh|bashrc|profile)\b)[\w.]/,
        ]
        // Where this very tree lies.
        let parent = Repository.root.deletingLastPathComponent().standardizedFileURL.path
        if parent.split(separator: "/").count > 1 || !["/", "/tmp", "/srv", "/opt", "/home", "/root"].contains(parent) {
            patterns.append(try Regex("(?:^|[^\\w.])\(NSRegularExpression.escapedPattern(for: parent))/"))
        }
        for path in try Repository.files() where path != "LICENSE" {
            // What is not text (no path can be read in it) is left out.
            guard let text = try? Repository.text(path) else { continue }
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for pattern in patterns where line.contains(pattern) {
                    Issue.record("\(path):\(index + 1) names a directory of somebody's machine: \(line)")
                }
            }
        }
    }
}
