// SPDX-License-Identifier: Apache-2.0
public import Foundation
public import NestboxCore

/// A row of a data set, whatever its format: what a model was asked, and what judges its answer.
public struct DataSetTask: Sendable, Hashable {
    public enum Format: String, Sendable, CaseIterable {
        case humanEval = "humaneval"
        case mbpp
        /// HumanEval-X and others with a `declaration`.
        case humanEvalX = "humaneval-x"
        case mbxp
        case multiplE = "multipl-e"
        case bigCodeBench = "bigcodebench"
        case liveCodeBench = "livecodebench"
    }

    public enum Judge: Sendable, Hashable {
        case unitTests(UnitTestProblem)
        /// A whole program, by what it prints for each input.
        case cases([CodingTask.Case])
    }

    public let id: String
    public let format: Format
    /// Name of the language's pack where the format says one; answers to ``Judge/cases(_:)`` may be in any.
    public let language: String?
    public let judge: Judge
    /// The data set's own answer, as a completion; nil where it has none.
    public let reference: String?

    /// Reads one row, a JSON object. The format is recognised by its fields.
    ///
    /// - Throws: ``RequestError`` `invalid_json`, or `invalid_field` that says which field is missing for which format.
    public init(row: Data) throws(RequestError) {
        guard let object = try? JSONSerialization.jsonObject(with: row) as? [String: Any] else {
            throw RequestError(.invalidJSON, "a row of a data set is a JSON object")
        }
        self = try Row(fields: object).task()
    }

    init(id: String, format: Format, language: String?, judge: Judge, reference: String?) {
        self.id = id
        self.format = format
        self.language = language
        self.judge = judge
        self.reference = reference
    }
}
