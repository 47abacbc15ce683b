// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import NestboxCommands

@Suite struct ConfigurationDocumentationTests {
    private let documentation: String

    init() throws {
        documentation = try String(contentsOfFile: repositoryRoot + "/docs/configuration.md", encoding: .utf8)
    }

    /// The row that docs/configuration.md has for a key.
    static func row(_ key: ConfigurationKey) -> String {
        let defaults = NestboxConfiguration(defaultsFor: Machine(environment: [:], isRoot: false, cores: 1))
        let value = key.defaultNote ?? key.render(defaults).map { "`\($0)`" } ?? "not set"
        let variable = key.environment.map { "`\($0)`" } ?? ""
        return "| `\(key.path)` | \(key.kind) | \(value) | \(variable) | \(key.summary) |"
    }

    @Test(arguments: ConfigurationSchema.keys.map(\.path))
    func documentsEachKeyAsItIs(path: String) throws {
        let key = try #require(ConfigurationSchema.key(path))
        #expect(!key.summary.isEmpty)
        #expect(documentation.contains(Self.row(key)), "docs/configuration.md needs this row:\n\(Self.row(key))")
    }

    @Test func documentsNoKeyThatIsNotThere() {
        let documented = documentation.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
            return String(line[line.index(line.startIndex, offsetBy: 3)..<end])
        }
        #expect(documented.filter { $0.contains(".") } == ConfigurationSchema.keys.map(\.path))
    }

    @Test func pathsAndVariablesAreUnique() {
        let paths = ConfigurationSchema.keys.map(\.path)
        #expect(Set(paths).count == paths.count)
        let variables = ConfigurationSchema.keys.compactMap(\.environment)
        #expect(Set(variables).count == variables.count)
        #expect(variables.allSatisfy { $0.hasPrefix("NESTBOX_") })
    }

    /// The first example of the document is a file that works.
    @Test func theExampleLoads() throws {
        let start = try #require(documentation.range(of: "```yaml\n")).upperBound
        let end = try #require(documentation.range(of: "\n```", range: start..<documentation.endIndex)).lowerBound
        let directory = try TemporaryDirectory()
        let file = try directory.file("nestbox.yaml", String(documentation[start..<end]))
        let machine = Machine(environment: ["NESTBOX_API_KEY": "0123456789abcdef"], isRoot: false, cores: 1)
        #expect(throws: Never.self) { try ConfigurationLoader(machine: machine).load(file: file) }
    }
}
