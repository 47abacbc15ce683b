// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What is written down agrees with the tree.
@Suite struct DocumentationTests {
    @Test func linksLeadSomewhere() throws {
        for path in try Repository.files() where path.hasSuffix(".md") {
            let text = try Repository.text(path).replacing(/(?m)^```[\s\S]*?^```/, with: "")
            let folder = Repository.root.appending(path: path).deletingLastPathComponent()
            for link in text.matches(of: /\]\(([^)\s#]+)(#[^)]*)?\)/) where !link.1.contains(":") {
                let target = folder.appending(path: String(link.1)).standardizedFileURL.path
                #expect(
                    FileManager.default.fileExists(atPath: target), "\(path) links to \(link.1), which is not there")
            }
        }
    }

    @Test func changelogHasARoomForWhatIsNew() throws {
        #expect(try Repository.text("CHANGELOG.md").contains("\n## [Unreleased]\n"))
    }

    @Test func everyMakeTargetIsExplained() throws {
        let makefile = try Repository.lines("Makefile")
        let targets = makefile.compactMap { line in
            line.text.wholeMatch(of: /([a-z][a-z0-9-]*):(?!=)(.*)/).map { (name: String($0.1), rest: String($0.2)) }
        }
        #expect(targets.count > 10)
        for target in targets {
            #expect(target.rest.contains(" ## "), "make \(target.name) has no '## ' comment, so 'make help' hides it")
        }
        let phony = makefile.filter { $0.text.hasPrefix(".PHONY:") }
            .flatMap { $0.text.dropFirst(7).split(separator: " ").map(String.init) }
        #expect(Set(phony) == Set(targets.map(\.name)), ".PHONY and the targets differ")
    }

    @Test func documentationNamesOnlyMakeTargetsThatExist() throws {
        let makefile = try Repository.text("Makefile")
        for path in try Repository.files() where path.hasSuffix(".md") {
            for use in try Repository.text(path).matches(of: /`make ([a-z][a-z0-9-]*)/) {
                #expect(makefile.contains("\n\(use.1):"), "\(path) speaks of 'make \(use.1)', which the Makefile lacks")
            }
        }
    }

    @Test func everyDependencyIsAccountedFor() throws {
        let text = try Repository.text("docs/dependencies.md")
        for package in try Manifest().packages {
            #expect(text.contains("| \(package) |"), "docs/dependencies.md has no row for \(package)")
        }
    }
}
