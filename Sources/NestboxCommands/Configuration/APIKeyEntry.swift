// SPDX-License-Identifier: Apache-2.0
import Foundation
import NestboxCore

/// A line of an API key file: a key and, behind it, perhaps the path of its own rules.
struct APIKeyEntry: Sendable, Hashable {
    let key: String
    var rules: KeyRules?

    /// The keys of a file, without empty lines and comments.
    ///
    /// - Throws: ``ConfigurationError`` with the line to blame; ``CommandError`` when the file cannot be read.
    static func read(_ path: String) throws -> [APIKeyEntry] {
        let text = String(decoding: try HostFile.read(path, limit: ConfigurationFile.largest), as: UTF8.self)
        var entries: [APIKeyEntry] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            do {
                let entry = try parse(line)
                guard !entries.contains(where: { $0.key == entry.key }) else {
                    throw ValueError("has a key that stands above already; keep one line of it")
                }
                entries.append(entry)
            } catch let error as ValueError {
                throw ConfigurationError(place: .file(path, line: index + 1), message: error.message)
            }
        }
        guard !entries.isEmpty else { throw ConfigurationError(place: .file(path, line: 1), message: "holds no key") }
        return entries
    }

    private static func parse(_ line: String) throws -> APIKeyEntry {
        let end = line.firstIndex { $0 == " " || $0 == "\t" } ?? line.endIndex
        let key = String(line[..<end])
        try APIKeyRule.check(key)
        let path = line[end...].trimmingCharacters(in: .whitespaces)
        if path.isEmpty { return APIKeyEntry(key: key) }
        guard path.hasPrefix("/") else {
            throw ValueError("has something behind the key that is not the absolute path of a file with its rules")
        }
        return APIKeyEntry(key: key, rules: try rules(in: path))
    }

    private static func rules(in path: String) throws -> KeyRules {
        let bytes = try HostFile.read(path, limit: ConfigurationFile.largest)
        do {
            let rules = try JSONDecoder().decode(KeyRules.self, from: Data(bytes))
            try rules.validate()
            return rules
        } catch let error as RequestError {
            throw ValueError("names the rules '\(path)': \(error.message)")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context),
            let DecodingError.keyNotFound(_, context)
        {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ValueError(
                "names the rules '\(path)': \(place.isEmpty ? "the file" : place) has a value of the wrong type")
        } catch {
            throw ValueError("names the rules '\(path)', which is not JSON")
        }
    }
}
