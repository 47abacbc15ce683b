// SPDX-License-Identifier: Apache-2.0

/// A function that somebody was asked for, and the tests that judge an answer.
public struct UnitTestProblem: Sendable, Hashable, Codable {
    /// Where the submission runs; docs/judge-harness.md says what each guarantees.
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// Submission and tests in two sandboxes: the submission only ever answers calls with data.
        case separate
        /// Submission and tests are one program: tests that change what the submission uses need it.
        case inProcess = "in_process"
        /// Separate where the language has a harness and the tests can be run so, otherwise in process. What decides is the
        /// problem, never the submission.
        case automatic
    }

    public var id: String
    /// Name or alias.
    public var language: String
    /// What the answer goes on from: code up to the function's body, or empty where an answer stands for itself.
    public var prompt: String
    /// The function that is asked for; empty where tests use several names.
    public var entryPoint: String
    /// Code of the data set that the tests need, beside the prompt: imports, helpers.
    public var setup: String
    /// Code that fails when the answer is wrong.
    public var tests: String
    /// What prompt and answer still need to be complete, such as `}`. Where there is some, the tests go on inside of what the
    /// prompt has opened, a class perhaps.
    public var closing: String
    /// The tests are classes of Python's unittest, to be run.
    public var isUnittest: Bool
    public var mode: Mode
    /// An answer that goes on from the prompt ends before the first of these.
    public var stop: [String]

    public init(
        id: String, language: String, prompt: String, entryPoint: String, setup: String = "", tests: String,
        closing: String = "", isUnittest: Bool = false, mode: Mode = .automatic, stop: [String] = []
    ) {
        self.id = id
        self.language = language
        self.prompt = prompt
        self.entryPoint = entryPoint
        self.setup = setup
        self.tests = tests
        self.closing = closing
        self.isUnittest = isUnittest
        self.mode = mode
        self.stop = stop
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id, language, prompt, setup, tests, closing, mode, stop
        case entryPoint = "entry_point"
        case isUnittest = "unittest"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id) ?? ""
        language = try container.decode(String.self, forKey: .language)
        prompt = try container.decodeIfPresent(String.self, forKey: .prompt) ?? ""
        entryPoint = try container.decodeIfPresent(String.self, forKey: .entryPoint) ?? ""
        setup = try container.decodeIfPresent(String.self, forKey: .setup) ?? ""
        tests = try container.decode(String.self, forKey: .tests)
        closing = try container.decodeIfPresent(String.self, forKey: .closing) ?? ""
        isUnittest = try container.decodeIfPresent(Bool.self, forKey: .isUnittest) ?? false
        mode = try container.decodeIfPresent(Mode.self, forKey: .mode) ?? .automatic
        stop = try container.decodeIfPresent([String].self, forKey: .stop) ?? []
    }

    /// Checks what needs no machine to check.
    ///
    /// - Parameter path: Dotted path of the problem in the request.
    /// - Throws: ``RequestError`` that names the field.
    public func validate(at path: String) throws(RequestError) {
        guard tests.utf8.contains(where: { $0 > 0x20 }) else {
            throw RequestError(
                .invalidField, "\(path).tests is empty; every answer would pass", field: "\(path).tests")
        }
    }
}

/// What the unit tests of a problem said of a submission.
public struct UnitTestReport: Sendable, Hashable, Codable {
    /// Why a verdict can be believed.
    public struct Evidence: Sendable, Hashable, Codable {
        /// `separate` or `in_process`.
        public var mode: UnitTestProblem.Mode
        /// One sentence: what the verdict rests on.
        public var guarantee: String
        /// What weakens it, such as objects of the submission that it compared itself.
        public var notes: [String]

        public init(mode: UnitTestProblem.Mode, guarantee: String, notes: [String]) {
            self.mode = mode
            self.guarantee = guarantee
            self.notes = notes
        }
    }

    public var id: String
    public var verdict: Verdict
    /// What was wrong, from the tests' side; empty when nothing was. It may quote what the submission answered.
    public var message: String
    /// 1-based line of the tests that failed, and its text; nil when unknown.
    public var line: Int?
    public var text: String?
    public var evidence: Evidence
    /// The submission's own run: times, memory, and as `stderr` all that it printed. In process mode the tests are in it too.
    public var submission: StageReport
    /// Of languages with a compiler.
    public var compile: StageReport?

    public init(
        id: String, verdict: Verdict, message: String, line: Int?, text: String?, evidence: Evidence,
        submission: StageReport, compile: StageReport?
    ) {
        self.id = id
        self.verdict = verdict
        self.message = message
        self.line = line
        self.text = text
        self.evidence = evidence
        self.submission = submission
        self.compile = compile
    }

    enum CodingKeys: String, CodingKey {
        case id, verdict, message, line, text, evidence, submission, compile
    }
}
