// SPDX-License-Identifier: Apache-2.0
import Yams

/// Strict reading of one YAML mapping: every key must be read, every value must have the type it is read as.
struct YAMLMapping {
    let file: String
    /// Where the mapping stands, for messages: `run`, `self_tests[0]`, or empty at the top.
    let path: String
    private let line: Int?
    private var values: [String: Node]
    private var lines: [String: Int]

    /// Reads `text` as one mapping.
    init(text: String, file: String) throws(LanguagePackError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch {
            throw Self.failure(error, file: file)
        }
        guard let root else { throw LanguagePackError(file: file, line: nil, message: "the file is empty") }
        try self.init(node: root, file: file, path: "")
    }

    init(node: Node, file: String, path: String) throws(LanguagePackError) {
        self.file = file
        self.path = path
        line = node.mark?.line
        guard case .mapping(let mapping) = node else {
            let subject = path.isEmpty ? "the file" : "'\(path)'"
            throw LanguagePackError(file: file, line: line, message: "\(subject) must be a mapping of keys to values")
        }
        values = [:]
        lines = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw LanguagePackError(file: file, line: key.mark?.line, message: "a key must be a plain word")
            }
            guard values.updateValue(value, forKey: scalar.string) == nil else {
                throw LanguagePackError(file: file, line: key.mark?.line, message: "key '\(scalar.string)' is given twice")
            }
            lines[scalar.string] = key.mark?.line
        }
    }

    private static func failure(_ error: any Error, file: String) -> LanguagePackError {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let message = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
            return LanguagePackError(file: file, line: mark.line, message: "not valid YAML: \(message)")
        case .duplicatedKeysInMapping(let keys, let context):
            return LanguagePackError(
                file: file, line: context.mark.line, message: "given twice: \(keys.sorted().joined(separator: ", "))")
        case .reader(let problem, _, _, _):
            return LanguagePackError(file: file, line: nil, message: "not valid YAML: \(problem)")
        default:
            return LanguagePackError(file: file, line: nil, message: "not valid YAML: \(error)")
        }
    }

    /// Refuses a key that was not read. `known` is what may stand here.
    func refuseOthers(known: [String]) throws(LanguagePackError) {
        guard let unknown = values.keys.filter({ !known.contains($0) }).min(by: { lines[$0, default: 0] < lines[$1, default: 0] })
        else { return }
        throw error(unknown, "unknown key '\(name(unknown))'; known here: \(known.sorted().joined(separator: ", "))")
    }

    func error(_ key: String, _ message: String) -> LanguagePackError {
        LanguagePackError(file: file, line: lines[key] ?? line, message: message)
    }

    func lineOfValue(_ key: String) -> Int? { values[key]?.mark?.line }

    func has(_ key: String) -> Bool { values[key] != nil }

    private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func required(_ key: String) throws(LanguagePackError) -> Node {
        guard let value = values[key] else {
            throw LanguagePackError(file: file, line: line, message: "'\(name(key))' is missing")
        }
        return value
    }

    // MARK: Values

    func text(_ key: String) throws(LanguagePackError) -> String {
        try Self.text(try required(key), named: "'\(name(key))'", file: file)
    }

    func text(_ key: String, default value: String) throws(LanguagePackError) -> String {
        has(key) ? try text(key) : value
    }

    func optionalText(_ key: String) throws(LanguagePackError) -> String? {
        has(key) ? try text(key) : nil
    }

    /// A whole number from 1 to `most`.
    func optionalNumber(_ key: String, most: Int) throws(LanguagePackError) -> Int? {
        guard let node = values[key] else { return nil }
        guard case .scalar(let scalar) = node, scalar.style == .plain, let number = Int(scalar.string),
            (1...most).contains(number)
        else { throw error(key, "'\(name(key))' must be a whole number from 1 to \(most)") }
        return number
    }

    func flag(_ key: String) throws(LanguagePackError) -> Bool {
        guard let node = values[key] else { return false }
        guard case .scalar(let scalar) = node, scalar.style == .plain, ["true", "false"].contains(scalar.string) else {
            throw error(key, "'\(name(key))' must be true or false")
        }
        return scalar.string == "true"
    }

    func texts(_ key: String, required isRequired: Bool = false) throws(LanguagePackError) -> [String] {
        guard isRequired || has(key) else { return [] }
        guard case .sequence(let sequence) = try required(key) else {
            throw error(key, "'\(name(key))' must be a list of texts")
        }
        var texts: [String] = []
        for node in sequence { texts.append(try Self.text(node, named: "an entry of '\(name(key))'", file: file)) }
        if isRequired, texts.isEmpty { throw error(key, "'\(name(key))' must not be empty") }
        return texts
    }

    /// A list of pairs of texts.
    func pairs(_ key: String) throws(LanguagePackError) -> [(String, String)] {
        guard has(key) else { return [] }
        guard case .sequence(let sequence) = try required(key) else {
            throw error(key, "'\(name(key))' must be a list of pairs")
        }
        var pairs: [(String, String)] = []
        for node in sequence {
            guard case .sequence(let pair) = node, pair.count == 2 else {
                throw LanguagePackError(
                    file: file, line: node.mark?.line, message: "an entry of '\(name(key))' must be a pair: [open, close]")
            }
            let title = "an entry of '\(name(key))'"
            pairs.append((try Self.text(pair[0], named: title, file: file), try Self.text(pair[1], named: title, file: file)))
        }
        return pairs
    }

    /// A mapping of texts to texts.
    func dictionary(_ key: String) throws(LanguagePackError) -> [String: String] {
        guard let inner = try optionalMapping(key) else { return [:] }
        var result: [String: String] = [:]
        for key in inner.values.keys.sorted() { result[key] = try inner.text(key) }
        return result
    }

    func mapping(_ key: String) throws(LanguagePackError) -> YAMLMapping {
        try YAMLMapping(node: try required(key), file: file, path: name(key))
    }

    func optionalMapping(_ key: String) throws(LanguagePackError) -> YAMLMapping? {
        has(key) ? try mapping(key) : nil
    }

    func mappings(_ key: String) throws(LanguagePackError) -> [YAMLMapping] {
        guard has(key) else { return [] }
        guard case .sequence(let sequence) = try required(key) else {
            throw error(key, "'\(name(key))' must be a list of mappings")
        }
        var result: [YAMLMapping] = []
        for (index, node) in sequence.enumerated() {
            result.append(try YAMLMapping(node: node, file: file, path: "\(name(key))[\(index)]"))
        }
        return result
    }

    private static func text(_ node: Node, named name: String, file: String) throws(LanguagePackError) -> String {
        guard case .scalar(let scalar) = node else {
            throw LanguagePackError(file: file, line: node.mark?.line, message: "\(name) must be a text")
        }
        if scalar.style == .plain, isNotText(scalar.string) {
            let shown = scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
            throw LanguagePackError(
                file: file, line: node.mark?.line,
                message: "\(name) must be a text, but \(shown) without quotes is not; write it in quotes")
        }
        return scalar.string
    }

    /// Whether YAML 1.1 reads the plain scalar as null, a truth value or a number.
    private static func isNotText(_ plain: String) -> Bool {
        let words: Set<String> = ["", "~", "null", "true", "false", "yes", "no", "on", "off"]
        return words.contains(plain.lowercased()) || Double(plain) != nil
    }
}
