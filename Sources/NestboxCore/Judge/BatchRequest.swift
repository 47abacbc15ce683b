// SPDX-License-Identifier: Apache-2.0

/// Many submissions to judge: `POST /v1/batches`.
public struct BatchRequest: Sendable, Hashable, Codable {
    /// Problems by the name that submissions call them.
    public var problems: [String: JudgeProblem]
    /// The problem of submissions that name none.
    public var problem: JudgeProblem?
    /// At least one.
    public var submissions: [Submission]
    public var options: JudgeOptions
    /// What each submission is judged with beside its own.
    public var isolation: String?
    public var template: String?
    /// What holds for the caller's key; never read from a request.
    public var keyRules: KeyRules?

    public init(
        problems: [String: JudgeProblem] = [:], problem: JudgeProblem? = nil, submissions: [Submission],
        options: JudgeOptions = JudgeOptions(), isolation: String? = nil, template: String? = nil
    ) {
        self.problems = problems
        self.problem = problem
        self.submissions = submissions
        self.options = options
        self.isolation = isolation
        self.template = template
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case problems, problem, submissions, parallel, deterministic, cache, isolation, template
        case stopAtFirstFailure = "stop_at_first_failure"
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        problems = try container.decodeIfPresent([String: JudgeProblem].self, forKey: .problems) ?? [:]
        problem = try container.decodeIfPresent(JudgeProblem.self, forKey: .problem)
        submissions = try container.decode([Submission].self, forKey: .submissions)
        isolation = try container.decodeIfPresent(String.self, forKey: .isolation)
        template = try container.decodeIfPresent(String.self, forKey: .template)
        options = JudgeOptions(
            stopAtFirstFailure: try container.decodeIfPresent(Bool.self, forKey: .stopAtFirstFailure) ?? false,
            parallel: try container.decodeIfPresent(Int.self, forKey: .parallel),
            deterministic: try container.decodeIfPresent(Determinism.self, forKey: .deterministic),
            cache: try container.decodeIfPresent(Bool.self, forKey: .cache) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !problems.isEmpty { try container.encode(problems, forKey: .problems) }
        try container.encodeIfPresent(problem, forKey: .problem)
        try container.encode(submissions, forKey: .submissions)
        try container.encodeIfPresent(isolation, forKey: .isolation)
        try container.encodeIfPresent(template, forKey: .template)
        try container.encode(options.stopAtFirstFailure, forKey: .stopAtFirstFailure)
        try container.encodeIfPresent(options.parallel, forKey: .parallel)
        try container.encodeIfPresent(options.deterministic, forKey: .deterministic)
        try container.encode(options.cache, forKey: .cache)
    }

    public static let mostSubmissions = 50_000

    /// Checks what needs no machine to check. A submission whose program cannot run is no reason to refuse the others: it gets
    /// the verdict `invalid_submission`.
    ///
    /// - Throws: ``RequestError`` that names the item.
    public func validate() throws(RequestError) {
        guard !submissions.isEmpty else {
            throw RequestError(
                .invalidField, "submissions is empty; there is nothing to judge", field: "submissions")
        }
        guard submissions.count <= Self.mostSubmissions else {
            throw RequestError(
                .invalidField, "\(submissions.count) submissions are too many; at most \(Self.mostSubmissions)",
                field: "submissions")
        }
        try problem?.validate(at: "problem")
        for (name, problem) in problems.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.count <= JudgeCase.mostNameBytes else {
                throw RequestError(
                    .invalidField, "the name of a problem must have 1 to \(JudgeCase.mostNameBytes) bytes",
                    field: "problems")
            }
            try problem.validate(at: "problems.\(name)")
        }
        var names: Set<String> = []
        for (index, submission) in submissions.enumerated() {
            let field = "submissions.\(index)"
            if let name = submission.problem {
                guard problems[name] != nil else {
                    throw RequestError(
                        .invalidField, "\(field).problem '\(name.prefix(80))' is none of problems",
                        field: "\(field).problem")
                }
            } else if problem == nil {
                throw RequestError(
                    .invalidField,
                    "\(field).problem is absent, and the batch has none for all; give problem here or in the batch",
                    field: "\(field).problem")
            }
            if let id = submission.id {
                guard !id.isEmpty, id.utf8.count <= JudgeCase.mostNameBytes else {
                    throw RequestError(
                        .invalidField, "\(field).id must have 1 to \(JudgeCase.mostNameBytes) bytes",
                        field: "\(field).id")
                }
                guard names.insert(id).inserted else {
                    throw RequestError(
                        .invalidField, "\(field).id '\(id.prefix(80))' is there twice", field: "\(field).id")
                }
            }
        }
        try options.validate()
    }
}

/// How submissions are judged, the same for all of a batch.
public struct JudgeOptions: Sendable, Hashable, Codable {
    /// Cases after the first that is not accepted are not reported, and not run where that is still possible.
    public var stopAtFirstFailure: Bool
    /// Most cases of the batch at one time; nil means as many as the server runs.
    public var parallel: Int?
    public var deterministic: Determinism?
    /// Identical judgements may be answered from earlier ones.
    public var cache: Bool

    public init(
        stopAtFirstFailure: Bool = false, parallel: Int? = nil, deterministic: Determinism? = nil, cache: Bool = false
    ) {
        self.stopAtFirstFailure = stopAtFirstFailure
        self.parallel = parallel
        self.deterministic = deterministic
        self.cache = cache
    }

    func validate() throws(RequestError) {
        if let parallel, !(1...4096).contains(parallel) {
            throw RequestError(
                .invalidField, "parallel is \(parallel); it must be from 1 to 4096", field: "parallel")
        }
    }
}

/// A program to judge. Its program is given as in ``RunRequest``.
public struct Submission: Sendable, Hashable, Codable {
    /// The caller's own name of it, unique in its batch.
    public var id: String?
    /// Name of one of the batch's problems; nil means the batch's one problem.
    public var problem: String?
    public var code: String?
    public var files: [FileInput]
    public var entrypoint: String?
    /// A model's answer. Which of its code blocks are the program, see ``blocks``; they must come to one program.
    public var markdown: String?
    /// As in a run; nil means `joined`.
    public var blocks: String?
    public var language: String?
    public var policy: CodePolicy?

    public init(
        id: String? = nil, problem: String? = nil, code: String? = nil, files: [FileInput] = [],
        entrypoint: String? = nil, markdown: String? = nil, blocks: String? = nil, language: String? = nil,
        policy: CodePolicy? = nil
    ) {
        self.id = id
        self.problem = problem
        self.code = code
        self.files = files
        self.entrypoint = entrypoint
        self.markdown = markdown
        self.blocks = blocks
        self.language = language
        self.policy = policy
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id, problem, code, files, entrypoint, markdown, blocks, language, policy
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        problem = try container.decodeIfPresent(String.self, forKey: .problem)
        code = try container.decodeIfPresent(String.self, forKey: .code)
        files = try container.decodeIfPresent([FileInput].self, forKey: .files) ?? []
        entrypoint = try container.decodeIfPresent(String.self, forKey: .entrypoint)
        markdown = try container.decodeIfPresent(String.self, forKey: .markdown)
        blocks = try container.decodeIfPresent(String.self, forKey: .blocks)
        language = try container.decodeIfPresent(String.self, forKey: .language)
        policy = try container.decodeIfPresent(CodePolicy.self, forKey: .policy)
    }
}
