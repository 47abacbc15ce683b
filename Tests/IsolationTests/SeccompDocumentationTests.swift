// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Isolation

/// `docs/seccomp.md` tells the truth about the profile.
@Suite struct SeccompDocumentationTests {
    private func refusal(of call: String) throws -> SeccompErrno? {
        switch try SeccompFixture.run(on: .amd64).profile.rule(for: call, on: .amd64)?.effect {
        case .deny(let errno): errno
        case .allowWhen(_, let otherwise): otherwise
        case .allow, nil: nil
        }
    }

    @Test func theTableOfRefusalsMatchesTheProfile() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/seccomp.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(text.split(separator: "## Notable refusals").last?.split(separator: "\n## ").first)
        var documented: Set<String> = []
        for line in section.split(separator: "\n") where line.hasPrefix("| `") {
            let columns = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(columns.count == 3, "\(line)")
            for call in columns[0].matches(of: /`([a-z0-9_]+)`/).map({ String($0.output.1) }) {
                #expect(try refusal(of: call)?.name == columns[1], "\(call) is documented with \(columns[1])")
                #expect(documented.insert(call).inserted, "\(call) stands in the table twice")
            }
        }
        #expect(documented.count > 80)
        // Whoever is refused for an argument wants to know.
        for rule in try SeccompFixture.run(on: .amd64).profile.rules {
            guard case .allowWhen = rule.effect else { continue }
            for call in rule.calls { #expect(documented.contains(call), "\(call) is judged by its arguments") }
        }
    }
}
