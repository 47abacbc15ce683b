// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import NestboxCore

/// A task for a model, with what judges its answer.
public struct CodingTask: Sendable, Hashable {
    /// What tasks are called by: a number or a text, as their file has it.
    public enum ID: Sendable, Hashable, Codable {
        case number(Int)
        case text(String)

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }

        /// Whether `other` means this: `7` and `"7"` mean the task `HumanEval/7`, too.
        func isMeant(by other: ID) -> Bool {
            if self == other { return true }
            let own = description
            return own == other.description || own.hasSuffix("/" + other.description)
        }

        public var description: String {
            switch self {
            case .number(let number): "\(number)"
            case .text(let text): text
            }
        }
    }

    /// What judges an answer.
    public enum Judge: Sendable, Hashable {
        /// A function to complete, by the tests of its data set.
        case unitTests(UnitTestProblem)
        /// Input and the output that a program in any language must make of it.
        case streams([Case])
    }

    /// What clients are told of ``judge``.
    public enum Kind: String, Sendable {
        case function, statements, streams
    }

    public struct Case: Sendable, Hashable {
        public let stdin: String
        public let stdout: String

        public init(stdin: String, stdout: String) {
            self.stdin = stdin
            self.stdout = stdout
        }
    }

    public let id: ID
    /// What a model is asked.
    public let prompt: String
    public let kind: Kind
    public let judge: Judge

    /// Reads a row of any data set that ``DataSetTask`` knows, or of tasks with input and output (`id`, `content`, `test`: a list
    /// of `input.stdin` and `output.stdout`, or the text of one).
    ///
    /// - Throws: ``RequestError`` that says what is missing.
    public init(row: Data) throws(RequestError) {
        guard var fields = try? JSONSerialization.jsonObject(with: row) as? [String: Any] else {
            throw RequestError(.invalidJSON, "a row of a data set is a JSON object")
        }
        let names = ["task_id", "id", "name", "question_id"]
        guard let id = names.lazy.compactMap({ fields[$0].flatMap(Self.id) }).first else {
            throw RequestError(
                .invalidField, "the task has no name; it needs one of \(names.joined(separator: ", "))",
                field: "task_id")
        }
        self.id = id
        let texts = ["prompt", "content", "text", "question_content", "complete_prompt"]
        prompt = texts.lazy.compactMap { fields[$0] as? String }.first ?? ""
        if let cases = Self.streams(fields["test"]) {
            kind = .streams
            judge = .streams(cases)
            return
        }
        // Some files of MBPP call its list so.
        if let tests = fields["test"] as? [String] { fields["test_list"] = tests }
        guard let data = try? JSONSerialization.data(withJSONObject: fields) else {
            throw RequestError(.invalidJSON, "a row of a data set is a JSON object")
        }
        switch try DataSetTask(row: data).judge {
        case .unitTests(let problem):
            kind = fields["test_list"] == nil ? .function : .statements
            judge = .unitTests(problem)
        case .cases(let cases):
            kind = .streams
            judge = .streams(cases)
        }
    }

    private static func id(_ value: Any) -> ID? {
        (value as? String).map { .text($0) } ?? (value as? Int).map { .number($0) }
    }

    private struct Stream: Decodable {
        struct Input: Decodable { let stdin: String? }
        struct Output: Decodable { let stdout: String? }

        let input: Input
        let output: Output
    }

    /// Nil for what is no list of inputs and outputs.
    private static func streams(_ value: Any?) -> [Case]? {
        // Some files have the list as the text of one.
        let data =
            (value as? String).map { Data($0.utf8) }
            ?? (value as? [[String: Any]]).flatMap { try? JSONSerialization.data(withJSONObject: $0) }
        guard let data, let streams = try? JSONDecoder().decode([Stream].self, from: data) else { return nil }
        return streams.map { Case(stdin: $0.input.stdin ?? "", stdout: $0.output.stdout ?? "") }
    }
}

extension CodingTask: Decodable {
    /// A value of a row, whatever it is.
    private indirect enum Value: Codable {
        case null
        case flag(Bool)
        case integer(Int)
        case number(Double)
        case text(String)
        case list([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .flag(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([Value].self) {
                self = .list(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .flag(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            case .list(let value): try container.encode(value)
            case .object(let value): try container.encode(value)
            }
        }
    }

    /// As ``init(row:)``, of a row that stands within something else.
    public init(from decoder: any Decoder) throws {
        try self.init(row: try JSONEncoder().encode(try Value(from: decoder)))
    }
}
