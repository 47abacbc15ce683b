// SPDX-License-Identifier: Apache-2.0

/// A task with cases: what submissions are judged by.
public struct JudgeProblem: Sendable, Hashable, Codable {
    /// At least one, unless there are unit tests.
    public var cases: [JudgeCase]
    /// Tests of a function, instead of cases.
    public var unitTests: UnitTestProblem?
    /// For cases that name none; nil means ``Checker/standard``.
    public var checker: Checker?
    /// Of each case, as far as it names none itself.
    public var limits: LimitsRequest
    public var compileLimits: LimitsRequest?

    public init(
        cases: [JudgeCase], checker: Checker? = nil, limits: LimitsRequest = LimitsRequest(),
        compileLimits: LimitsRequest? = nil
    ) {
        self.cases = cases
        self.checker = checker
        self.limits = limits
        self.compileLimits = compileLimits
    }

    /// A problem whose answers are judged by the tests of a function.
    public init(
        unitTests: UnitTestProblem, limits: LimitsRequest = LimitsRequest(), compileLimits: LimitsRequest? = nil
    ) {
        self.init(cases: [], limits: limits, compileLimits: compileLimits)
        self.unitTests = unitTests
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case cases, checker, limits
        case unitTests = "unit_tests"
        case compileLimits = "compile_limits"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        unitTests = try container.decodeIfPresent(UnitTestProblem.self, forKey: .unitTests)
        cases =
            unitTests == nil
            ? try container.decode([JudgeCase].self, forKey: .cases)
            : try container.decodeIfPresent([JudgeCase].self, forKey: .cases) ?? []
        checker = try container.decodeIfPresent(Checker.self, forKey: .checker)
        limits = try container.decodeIfPresent(LimitsRequest.self, forKey: .limits) ?? LimitsRequest()
        compileLimits = try container.decodeIfPresent(LimitsRequest.self, forKey: .compileLimits)
    }

    /// How the output of a case is checked.
    public func checker(of judged: JudgeCase) -> Checker { judged.checker ?? checker ?? .standard }

    /// Checks what needs no machine to check.
    ///
    /// - Parameter path: Dotted path of the problem in the request, such as `problems.sum`.
    /// - Throws: ``RequestError`` that names the case.
    public func validate(at path: String) throws(RequestError) {
        if let unitTests {
            guard cases.isEmpty, checker == nil else {
                throw RequestError(
                    .conflictingFields, "\(path) has unit_tests, and cases or a checker beside them; give one of them",
                    field: "\(path).unit_tests")
            }
            return try unitTests.validate(at: "\(path).unit_tests")
        }
        guard !cases.isEmpty else {
            throw RequestError(.invalidField, "\(path).cases is empty; a problem needs a case", field: "\(path).cases")
        }
        guard cases.count <= Self.mostCases else {
            throw RequestError(
                .invalidField, "\(path).cases has \(cases.count) cases; at most \(Self.mostCases)",
                field: "\(path).cases")
        }
        var names: Set<String> = []
        for (index, judged) in cases.enumerated() {
            let field = "\(path).cases.\(index)"
            try judged.validate(at: field, checker: checker(of: judged))
            if let id = judged.id, !names.insert(id).inserted {
                throw RequestError(
                    .invalidField, "\(field).id '\(id.prefix(80))' is there twice", field: "\(field).id")
            }
        }
    }

    public static let mostCases = 10_000
}

/// One test of a problem: what the program is given and what it should print.
public struct JudgeCase: Sendable, Hashable, Codable {
    /// Unique in its problem; nil means its position, counted from 0.
    public var id: String?
    /// Text for standard input.
    public var stdin: String?
    public var args: [String]
    /// Files beside the program.
    public var files: [FileInput]
    public var env: [String: String]
    /// What the program should print. It never enters the sandbox of the submission.
    public var expected: String?
    /// Nil means the problem's.
    public var checker: Checker?
    /// Over the problem's.
    public var limits: LimitsRequest
    /// Points of this case, at least 0; nil means 1.
    public var score: Double?

    public init(
        id: String? = nil, stdin: String? = nil, args: [String] = [], files: [FileInput] = [],
        env: [String: String] = [:], expected: String? = nil, checker: Checker? = nil,
        limits: LimitsRequest = LimitsRequest(), score: Double? = nil
    ) {
        self.id = id
        self.stdin = stdin
        self.args = args
        self.files = files
        self.env = env
        self.expected = expected
        self.checker = checker
        self.limits = limits
        self.score = score
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id, stdin, args, files, env, expected, checker, limits, score
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        stdin = try container.decodeIfPresent(String.self, forKey: .stdin)
        args = try container.decodeIfPresent([String].self, forKey: .args) ?? []
        files = try container.decodeIfPresent([FileInput].self, forKey: .files) ?? []
        env = try container.decodeIfPresent([String: String].self, forKey: .env) ?? [:]
        expected = try container.decodeIfPresent(String.self, forKey: .expected)
        checker = try container.decodeIfPresent(Checker.self, forKey: .checker)
        limits = try container.decodeIfPresent(LimitsRequest.self, forKey: .limits) ?? LimitsRequest()
        score = try container.decodeIfPresent(Double.self, forKey: .score)
    }

    func validate(at field: String, checker: Checker) throws(RequestError) {
        if stdin == nil, args.isEmpty, files.isEmpty, env.isEmpty {
            throw RequestError(
                .invalidField,
                "\(field) has no input: give stdin (\"\" where the program reads nothing), args, files or env",
                field: field)
        }
        if checker.needsExpected, expected == nil {
            throw RequestError(
                .invalidField, "\(field).expected is missing, which the checker '\(checker.kind.rawValue)' needs",
                field: "\(field).expected")
        }
        if let score, !(score >= 0 && score <= Self.mostScore) {
            throw RequestError(
                .invalidField, "\(field).score is \(score); it must be from 0 to \(Self.mostScore)",
                field: "\(field).score")
        }
        if let id, id.isEmpty || id.utf8.count > Self.mostNameBytes {
            throw RequestError(
                .invalidField, "\(field).id must have 1 to \(Self.mostNameBytes) bytes", field: "\(field).id")
        }
    }

    static let mostScore = 1e9
    static let mostNameBytes = 256
}
