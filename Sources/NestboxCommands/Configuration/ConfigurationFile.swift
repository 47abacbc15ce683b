// SPDX-License-Identifier: Apache-2.0
import Yams

/// The settings that a YAML text makes, read strictly: what is not understood is an error with its line.
struct ConfigurationFile {
    struct Entry {
        let key: ConfigurationKey
        let value: RawValue
        let line: Int
    }

    /// Largest file that is read; a real one has some hundred lines.
    static let largest = 1 << 20

    let name: String
    private(set) var entries: [Entry] = []

    /// - Parameter name: How errors call the file.
    init(_ text: String, name: String) throws(ConfigurationError) {
        self.name = name
        guard let root = try Self.compose(text, name: name) else { return }
        try read(section: "", root)
    }

    private static func compose(_ text: String, name: String) throws(ConfigurationError) -> Node? {
        do {
            // Refuses a second document, which would otherwise be ignored.
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(place: .file(name, line: error.line(in: text)), message: error.sentence)
        } catch {
            throw ConfigurationError(place: .file(name, line: 1), message: "not YAML: \(error)")
        }
    }

    private mutating func read(section: String, _ node: Node) throws(ConfigurationError) {
        // A section whose keys are all commented out reads as null.
        if case .scalar(let scalar) = node, scalar.isNull { return }
        guard case .mapping(let mapping) = node else {
            let what = section.isEmpty ? "the file" : "'\(section)'"
            throw error(at: node, "\(what) must be a section with these keys: \(Self.known(in: section))")
        }
        for (nameNode, value) in mapping {
            guard case .scalar(let scalar) = nameNode else {
                throw error(at: nameNode, "a key must be a plain word; known here: \(Self.known(in: section))")
            }
            let path = section.isEmpty ? scalar.string : "\(section).\(scalar.string)"
            if let key = ConfigurationSchema.key(path) {
                entries.append(Entry(key: key, value: try raw(value, path: path), line: line(of: nameNode)))
            } else if !ConfigurationSchema.names(in: path).isEmpty {
                try read(section: path, value)
            } else {
                throw error(at: nameNode, "unknown key '\(path)'; known here: \(Self.known(in: section))")
            }
        }
    }

    private func raw(_ node: Node, path: String) throws(ConfigurationError) -> RawValue {
        switch node {
        case .scalar(let scalar):
            guard !scalar.isNull else {
                throw error(at: node, "'\(path)' has no value; write one, or remove the line to use the default")
            }
            return .scalar(scalar.string, quoted: scalar.isQuoted)
        case .sequence(let sequence):
            var items: [String] = []
            for item in sequence {
                guard case .scalar(let scalar) = item, !scalar.isNull else {
                    throw error(at: item, "each entry of '\(path)' must be one value")
                }
                items.append(scalar.string)
            }
            return .list(items)
        case .mapping: return .mapping
        case .alias: throw error(at: node, "'\(path)' uses a YAML alias; write the value itself")
        }
    }

    private static func known(in section: String) -> String {
        ConfigurationSchema.names(in: section).joined(separator: ", ")
    }

    private func line(of node: Node) -> Int { node.mark?.line ?? 1 }

    private func error(at node: Node, _ message: String) -> ConfigurationError {
        ConfigurationError(place: .file(name, line: line(of: node)), message: message)
    }
}

extension Node.Scalar {
    fileprivate var isQuoted: Bool { style == .singleQuoted || style == .doubleQuoted }

    /// What YAML 1.2 reads as null, when it is not quoted.
    fileprivate var isNull: Bool { !isQuoted && ["", "~", "null", "Null", "NULL"].contains(string) }
}

extension YamlError {
    fileprivate func line(in text: String) -> Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset, _, _): 1 + text.prefix(offset ?? 0).count { $0.isNewline }
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded: 1
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _),
            .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
            "not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            "'\(keys.joined(separator: "', '"))' is given more than once; keep one"
        case .no, .memory, .dataCouldNotBeDecoded: "not YAML that can be read"
        }
    }
}
