// SPDX-License-Identifier: Apache-2.0
import Foundation

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
        /// A Python function to complete, and code that defines `check(candidate)` (HumanEval).
        case function(entryPoint: String, test: String)
        /// Python statements that must not fail after the answer (MBPP).
        case statements(setup: String, tests: [String])
        /// Input and the output that a program in any language must make of it.
        case streams([Case])
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
    public let prompt: String
    public let judge: Judge

    /// Name of the kind, as labels tell it.
    public var kind: String {
        switch judge {
        case .function: "function"
        case .statements: "statements"
        case .streams: "streams"
        }
    }
}

extension CodingTask: Decodable {
    private enum Key: String, CodingKey {
        case taskID = "task_id"
        case entryPoint = "entry_point"
        case testList = "test_list"
        case setup = "test_setup_code"
        case id, prompt, content, text, test
    }

    private struct Streams: Decodable {
        struct Input: Decodable { let stdin: String? }
        struct Output: Decodable { let stdout: String? }

        let input: Input
        let output: Output
    }

    /// Reads a row of HumanEval (`task_id`, `prompt`, `entry_point`, `test`), of MBPP (`task_id`, `text` or `prompt`,
    /// `test_list`), or of tasks with input and output (`id`, `content`, `test`: a list of `input.stdin` and
    /// `output.stdout`).
    public init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Key.self)
        id = try row.decodeIfPresent(ID.self, forKey: .taskID) ?? row.decode(ID.self, forKey: .id)
        prompt =
            try row.decodeIfPresent(String.self, forKey: .prompt) ?? row.decodeIfPresent(String.self, forKey: .content)
            ?? row.decodeIfPresent(String.self, forKey: .text) ?? ""
        if let entryPoint = try row.decodeIfPresent(String.self, forKey: .entryPoint) {
            judge = .function(entryPoint: entryPoint, test: try row.decode(String.self, forKey: .test))
        } else if let tests = try row.decodeIfPresent([String].self, forKey: .testList)
            ?? (try? row.decodeIfPresent([String].self, forKey: .test))
        {
            judge = .statements(setup: try row.decodeIfPresent(String.self, forKey: .setup) ?? "", tests: tests)
        } else {
            // Some files have the list as the text of one.
            let cases: [Streams]
            if let text = try? row.decode(String.self, forKey: .test) {
                cases = try JSONDecoder().decode([Streams].self, from: Data(text.utf8))
            } else {
                cases = try row.decode([Streams].self, forKey: .test)
            }
            judge = .streams(cases.map { Case(stdin: $0.input.stdin ?? "", stdout: $0.output.stdout ?? "") })
        }
    }
}
