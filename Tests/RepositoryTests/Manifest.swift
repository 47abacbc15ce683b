// SPDX-License-Identifier: Apache-2.0
import Testing

/// The targets that Package.swift declares, read from its text: asking the package manager would wait for the build that
/// runs these tests.
struct Manifest {
    struct Target {
        var kind: String
        var name: String
        /// Targets of this package.
        var targets: Set<String>
        /// Products of other packages; as everywhere in this package they have their module's name.
        var products: Set<String>
        /// Packages that those products come from.
        var packages: Set<String>

        var isTest: Bool { kind == "testTarget" }
        var isPlugin: Bool { kind == "plugin" }
        var dependencies: Set<String> { targets.union(products) }
    }

    let targets: [Target]
    /// Last path component of every package's URL, without `.git`.
    let packages: [String]

    init() throws {
        // Comments would be taken for declarations.
        let text = try Repository.lines("Package.swift")
            .map { line in line.text.firstRange(of: " //").map { line.text[..<$0.lowerBound] } ?? line.text }
            .filter { !$0.hasPrefix("//") }.joined(separator: "\n")
        packages = text.matches(of: /\.package\(url: "[^"]*\/([^"\/]+?)(?:\.git)?"/).map { String($0.1) }
        let list = try #require(text.firstRange(of: "targets: [\n"), "Package.swift has no list of targets")
        var found: [Target] = []
        // What stands behind the list is for `make fuzz` only.
        var rest = Self.balanced(text[list.upperBound...])
        while let start = rest.firstMatch(of: /\.(target|executableTarget|systemLibrary|testTarget|plugin)\(/) {
            let body = Self.balanced(rest[start.range.upperBound...])
            rest = rest[body.endIndex...]
            let name = try #require(body.firstMatch(of: /name: "([^"]+)"/), "a target without a name: \(body)")
            var listed: Substring = ""
            if let dependencies = body.firstRange(of: "dependencies: [") {
                listed = Self.balanced(body[dependencies.upperBound...])
            }
            let products = listed.matches(of: /\.product\(name: "([^"]+)", package: "([^"]+)"\)/)
            let own = listed.replacing(/\.product\([^)]*\)/, with: "").matches(of: /"([^"]+)"/)
            found.append(
                Target(
                    kind: String(start.1), name: String(name.1), targets: Set(own.map { String($0.1) }),
                    products: Set(products.map { String($0.1) }), packages: Set(products.map { String($0.2) })))
        }
        targets = found
        try #require(found.count > 10, "Package.swift could not be read: only \(found.map(\.name))")
    }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    /// The text up to the bracket that closes the one before its start.
    private static func balanced(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            switch text[index] {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            default: continue
            }
            if depth == 0 { return text[..<index] }
        }
        return text
    }
}

/// Modules that a Swift file imports.
func importedModules(of path: String) throws -> Set<String> {
    // Programs in other languages stand in multi-line literals.
    let code = try Repository.text(path).replacing(/"""[\s\S]*?"""/, with: "")
    let pattern =
        /(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+).*/
    return Set(
        code.split(separator: "\n").compactMap { line in
            line.drop(while: \.isWhitespace).wholeMatch(of: pattern).map { String($0.1) }
        })
}
