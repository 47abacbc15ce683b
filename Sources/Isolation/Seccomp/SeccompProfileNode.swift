// SPDX-License-Identifier: Apache-2.0
internal import Yams

/// A piece of a profile's text that knows where it stands. Every accessor takes one shape and refuses all others.
struct SeccompProfileNode {
    let node: Node
    let file: String

    var line: Int? { node.mark?.line }

    /// The whole text. Exactly one document, which is not empty.
    init(yaml: String, file: String) throws(SeccompError) {
        do {
            // The basic resolver leaves scalars as text: no `no` that turns into false.
            guard let node = try Yams.compose(yaml: yaml, .basic) else {
                throw SeccompError(.missingKey, "the file is empty", file: file)
            }
            self.init(node: node, file: file)
        } catch let error as SeccompError {
            throw error
        } catch let error as YamlError {
            throw Self.translate(error, file: file)
        } catch {
            throw SeccompError(.invalidYAML, "\(error)", file: file)
        }
    }

    private init(node: Node, file: String) {
        self.node = node
        self.file = file
    }

    private static func translate(_ error: YamlError, file: String) -> SeccompError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            SeccompError(.invalidYAML, problem, file: file, line: mark.line)
        case .duplicatedKeysInMapping(let keys, let context):
            SeccompError(
                .duplicate, "\(keys.map { "'\($0)'" }.joined(separator: ", ")) stands here twice",
                file: file, line: context.mark.line)
        default:
            SeccompError(.invalidYAML, "\(error)", file: file)
        }
    }

    func error(_ code: SeccompError.Code, _ message: String) -> SeccompError {
        SeccompError(code, message, file: file, line: line)
    }

    /// Pairs of a mapping that is not empty, in the order of the file.
    func pairs(_ what: String) throws(SeccompError) -> [(key: SeccompProfileNode, value: SeccompProfileNode)] {
        guard case .mapping(let mapping) = node else {
            throw error(.wrongType, "\(what) must be a mapping, not \(shape)")
        }
        guard !mapping.isEmpty else { throw error(.missingKey, "\(what) is empty") }
        return mapping.map { (Self(node: $0.key, file: file), Self(node: $0.value, file: file)) }
    }

    /// A mapping all of whose keys are in `known`.
    func fields(_ what: String, known: [String]) throws(SeccompError) -> Fields {
        var values: [String: SeccompProfileNode] = [:]
        for (key, value) in try pairs(what) {
            let name = try key.text("a key of \(what)")
            guard known.contains(name) else {
                throw key.error(.unknownKey, "\(what) has no '\(name)'; it has \(known.joined(separator: ", "))")
            }
            values[name] = value
        }
        return Fields(mapping: self, what: what, values: values)
    }

    /// A mapping with known keys.
    struct Fields {
        let mapping: SeccompProfileNode
        /// What the mapping is, for error messages.
        let what: String
        fileprivate let values: [String: SeccompProfileNode]

        subscript(name: String) -> SeccompProfileNode? { values[name] }

        func required(_ name: String) throws(SeccompError) -> SeccompProfileNode {
            guard let value = values[name] else {
                throw mapping.error(.missingKey, "\(what) lacks '\(name)'")
            }
            return value
        }

        /// - Parameter reason: completes "... has no use for 'name' ...".
        func refuse(_ names: String..., because reason: String) throws(SeccompError) {
            for name in names {
                guard let value = values[name] else { continue }
                throw value.error(.invalidValue, "\(what) has no use for '\(name)' \(reason)")
            }
        }
    }

    /// Items of a list that is not empty.
    func items(_ what: String) throws(SeccompError) -> [SeccompProfileNode] {
        guard case .sequence(let sequence) = node else {
            throw error(.wrongType, "\(what) must be a list, not \(shape)")
        }
        guard !sequence.isEmpty else { throw error(.missingKey, "\(what) is empty") }
        return sequence.map { Self(node: $0, file: file) }
    }

    /// Text that is more than white space.
    func text(_ what: String) throws(SeccompError) -> String {
        guard case .scalar(let scalar) = node else {
            throw error(.wrongType, "\(what) must be text, not \(shape)")
        }
        guard scalar.string.contains(where: { !$0.isWhitespace }) else {
            throw error(.missingKey, "\(what) is empty")
        }
        return scalar.string
    }

    /// A name such as `openat` or `AF_UNIX`.
    func identifier(_ what: String) throws(SeccompError) -> String {
        let text = try text(what)
        let isValid =
            text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            } && !(text.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? true)
        guard isValid else {
            throw error(.invalidValue, "\(what) '\(text)' must be letters, digits and _, and not begin with a digit")
        }
        return text
    }

    /// A number from 0 to `maximum`, decimal or hexadecimal with 0x.
    func number(_ what: String, maximum: UInt32) throws(SeccompError) -> UInt32 {
        let text = try text(what)
        let value = text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text, radix: 10)
        guard let value, value <= maximum, !text.contains("+") else {
            throw error(
                .invalidValue, "\(what) '\(text)' must be a number from 0 to \(maximum), decimal or 0x and hexadecimal")
        }
        return value
    }

    private var shape: String {
        switch node {
        case .scalar: "text"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
