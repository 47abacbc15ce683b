// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Validates values against the JSON Schemas of an OpenAPI 3.1 document, as far as ours uses them. A keyword that it does
/// not know is an error, so that nothing in the document is only decoration.
///
/// Stricter than JSON Schema in one point: an object with `properties` has no others, unless `additionalProperties` says so.
/// An answer with a field that is not in the document is a mistake in one of the two.
struct SchemaValidator {
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let message: String
        var description: String { "\(path.isEmpty ? "value" : path): \(message)" }
    }

    let document: JSON

    private static let annotations: Set = ["description", "title"]

    func validate(_ value: JSON, against schema: JSON, at path: String = "") throws {
        guard case .object(let keywords) = schema else { throw Failure(path: path, message: "the schema is no object") }
        for (keyword, rule) in keywords.sorted(by: { $0.key < $1.key }) where !Self.annotations.contains(keyword) {
            try check(value, keyword, rule, keywords, path)
        }
    }

    private func check(
        _ value: JSON, _ keyword: String, _ rule: JSON, _ keywords: [String: JSON], _ path: String
    ) throws {
        switch keyword {
        case "$ref": try validate(value, against: try resolve(rule, path), at: path)
        case "type": try type(value, rule, path)
        case "const": try require(value == rule, path, "\(value) is not \(rule)")
        case "enum": try require(elements(rule).contains(value), path, "\(value) is none of \(elements(rule))")
        case "minimum": try bound(value, rule, path) { $0 >= $1 }
        case "maximum": try bound(value, rule, path) { $0 <= $1 }
        case "pattern": try pattern(value, rule, path)
        case "items":
            guard case .array(let items) = value else { return }
            for (index, item) in items.enumerated() { try validate(item, against: rule, at: "\(path)[\(index)]") }
        case "required":
            guard case .object(let members) = value else { return }
            for name in elements(rule).compactMap(\.text) {
                try require(members[name] != nil, path, "'\(name)' is missing")
            }
        case "properties": try properties(value, rule, keywords, path)
        case "additionalProperties": try additional(value, rule, keywords, path)
        case "oneOf": try oneOf(value, elements(rule), path)
        default: throw Failure(path: path, message: "the schema has the keyword '\(keyword)', which is not known here")
        }
    }

    func resolve(_ reference: JSON, _ path: String = "") throws -> JSON {
        guard let text = reference.text, text.hasPrefix("#/") else {
            throw Failure(path: path, message: "\(reference) is no local reference")
        }
        var place = document
        for step in text.dropFirst(2).split(separator: "/") {
            guard let next = place[String(step)] else { throw Failure(path: path, message: "\(text) leads nowhere") }
            place = next
        }
        return place
    }

    private func type(_ value: JSON, _ rule: JSON, _ path: String) throws {
        let names = rule.text.map { [$0] } ?? elements(rule).compactMap(\.text)
        let matches = names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer), ("number", .number),
                ("string", .string), ("array", .array), ("object", .object):
                true
            default: false
            }
        }
        try require(matches, path, "\(value) is no \(names.joined(separator: " or "))")
    }

    private func bound(_ value: JSON, _ rule: JSON, _ path: String, _ holds: (Double, Double) -> Bool) throws {
        guard let number = self.number(value) else { return }
        guard let bound = self.number(rule) else { throw Failure(path: path, message: "\(rule) is no bound") }
        try require(holds(number, bound), path, "\(number) is out of bounds (\(bound))")
    }

    private func number(_ value: JSON) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private func pattern(_ value: JSON, _ rule: JSON, _ path: String) throws {
        guard case .string(let text) = value else { return }
        let expression = try Regex(rule.text ?? "")
        try require(text.contains(expression), path, "'\(text)' does not match \(rule)")
    }

    private func properties(_ value: JSON, _ rule: JSON, _ keywords: [String: JSON], _ path: String) throws {
        guard case .object(let members) = value, case .object(let schemas) = rule else { return }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let schema = schemas[name] {
                try validate(member, against: schema, at: "\(path).\(name)")
            } else {
                try require(keywords["additionalProperties"] != nil, path, "'\(name)' is not in the document")
            }
        }
    }

    private func additional(_ value: JSON, _ rule: JSON, _ keywords: [String: JSON], _ path: String) throws {
        guard case .object(let members) = value else { return }
        var known: Set<String> = []
        if case .object(let schemas) = keywords["properties"] { known = Set(schemas.keys) }
        for (name, member) in members where !known.contains(name) {
            if rule == .bool(false) { throw Failure(path: path, message: "'\(name)' is not allowed") }
            if case .object = rule { try validate(member, against: rule, at: "\(path).\(name)") }
        }
    }

    private func oneOf(_ value: JSON, _ schemas: [JSON], _ path: String) throws {
        var failures: [String] = []
        for schema in schemas {
            do { try validate(value, against: schema, at: path) } catch { failures.append("\(error)") }
        }
        try require(
            failures.count == schemas.count - 1, path,
            "matches \(schemas.count - failures.count) of \(schemas.count) alternatives: \(failures)")
    }

    private func elements(_ value: JSON) -> [JSON] {
        if case .array(let elements) = value { elements } else { [] }
    }

    private func require(_ condition: Bool, _ path: String, _ message: @autoclosure () -> String) throws {
        if !condition { throw Failure(path: path, message: message()) }
    }
}
