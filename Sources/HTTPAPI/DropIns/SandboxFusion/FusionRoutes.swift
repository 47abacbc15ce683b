// SPDX-License-Identifier: Apache-2.0
import Engine
import Hummingbird
import NestboxCore

/// SandboxFusion's API. docs/drop-ins.md says where this one differs.
struct FusionRoutes: Sendable {
    let runner: DropInRunner
    let tasks: TaskSets

    @Sendable func ping(_ request: Request, context: APIContext) async throws -> Response {
        try JSONOutput.response("pong")
    }

    // MARK: Code

    @Sendable func runCode(_ request: Request, context: APIContext) async throws -> Response {
        let (run, share) = try await runner.body(FusionRun.self, of: request, context: context)
        switch try await FusionLanguage.find(run.language, in: runner.service) {
        case .missing(let reason): return try JSONOutput.response(FusionAnswer(failure: reason))
        case .language(let name):
            let result = try await self.run(run.request(language: name), share: share, context: context)
            return try JSONOutput.response(FusionAnswer(result.report), headers: result.headers)
        }
    }

    /// Notebooks are computers here, which E2B's clients talk to.
    @Sendable func runJupyter(_ request: Request, context: APIContext) async throws -> Response {
        struct Answer: Encodable {
            let status = FusionAnswer.Status.sandboxError
            let message =
                "run_jupyter is not served here; join the cells for run_code, or use the code interpreter of the E2B API"
            let cells: [String] = []
            let files: [String: String] = [:]
        }
        return try JSONOutput.response(Answer())
    }

    private func run(
        _ request: RunRequest, share: BodyBudget.Share, context: APIContext
    ) async throws -> DropInReport {
        var request = request
        if let rules = context.keyRules {
            // Clients send their own defaults with every request, so what is beyond the key's limits is no wish to refuse.
            request.limits = request.limits.atMost(rules.limits)
            request.compileLimits = request.compileLimits?.atMost(rules.compileLimits)
        }
        do throws(any Error) {
            return try await runner.run(request, share: share, context: context)
        } catch let error as RequestError {
            throw FusionLimits.inOwnWords(error)
        }
    }

    // MARK: Data sets

    @Sendable func listDatasets(_ request: Request, context: APIContext) async throws -> Response {
        try JSONOutput.response(tasks.names)
    }

    @Sendable func listIDs(_ request: Request, context: APIContext) async throws -> Response {
        let (wish, _) = try await runner.body(Wish.self, of: request, context: context)
        return try JSONOutput.response(try wish.part(of: tasks).map(\.id))
    }

    @Sendable func prompts(_ request: Request, context: APIContext) async throws -> Response {
        let (wish, _) = try await runner.body(Wish.self, of: request, context: context)
        return try JSONOutput.response(try wish.part(of: tasks).map(Prompt.init))
    }

    @Sendable func prompt(_ request: Request, context: APIContext) async throws -> Response {
        let (wish, _) = try await runner.body(Wish.self, of: request, context: context)
        return try JSONOutput.response(Prompt(try wish.task(of: tasks)))
    }

    @Sendable func submit(_ request: Request, context: APIContext) async throws -> Response {
        let (wish, share) = try await runner.body(Wish.self, of: request, context: context)
        guard let completion = wish.completion else {
            throw RequestError(.invalidField, "completion is missing", field: "completion")
        }
        guard wish.config?.extraction == nil else {
            throw RequestError(
                .invalidField, "config.custom_extract_logic is code for the server, which runs none; extract it before",
                field: "config.custom_extract_logic")
        }
        var language: String?
        if let name = wish.config?.language {
            switch try await FusionLanguage.find(name, in: runner.service) {
            case .language(let found): language = found
            case .missing(let reason):
                throw RequestError(.languageUnavailable, reason, field: "config.language")
            }
        }
        let task = try wish.task(of: tasks)
        let answer = try TaskAnswer(
            completion, to: task, language: language, limits: wish.config?.limits.run ?? LimitsRequest(),
            compileLimits: wish.config?.limits.compile)
        var verdict = Evaluation(id: wish.id ?? task.id, answer: answer)
        switch answer.judging {
        case .unitTests(let problem):
            let limits = wish.config?.limits
            let report = try await judge(problem, completion, limits, share: share, context: context)
            verdict.tests = [Evaluation.Test(passed: report.verdict == .ok, execInfo: FusionAnswer(report))]
            verdict.accepted = report.verdict == .ok
        case .trials(let trials):
            for trial in trials {
                let report = try await run(trial.request, share: share, context: context).report
                let passed = trial.passes(report)
                verdict.tests.append(
                    Evaluation.Test(passed: passed, execInfo: FusionAnswer(report), expected: trial.expected))
                if !passed, wish.config?.runsAllCases != true { break }
            }
            verdict.accepted = verdict.tests.count == trials.count && verdict.tests.allSatisfy(\.passed)
        }
        return try JSONOutput.response(verdict)
    }

    private func judge(
        _ problem: UnitTestProblem, _ answer: String, _ limits: FusionLimits?, share: BodyBudget.Share,
        context: APIContext
    ) async throws -> UnitTestReport {
        var terms = JudgeTerms(
            limits: limits?.run ?? LimitsRequest(), compileLimits: limits?.compile, keyRules: context.keyRules)
        if let rules = context.keyRules {
            terms.limits = terms.limits.atMost(rules.limits)
            terms.compileLimits = terms.compileLimits?.atMost(rules.compileLimits)
        }
        do throws(any Error) {
            return try await runner.judge(problem, answer: answer, terms, share: share, context: context)
        } catch let error as RequestError {
            throw FusionLimits.inOwnWords(error)
        }
    }
}

extension FusionRoutes {
    /// Body of every request about data sets.
    private struct Wish: Decodable {
        struct Config: Decodable {
            struct Extra: Decodable {
                let allCases: Bool?
                enum CodingKeys: String, CodingKey { case allCases = "run_all_cases" }
            }

            let language: String?
            let limits: FusionLimits
            let extraction: String?
            let provided: CodingTask?
            let runsAllCases: Bool

            private enum Key: String, CodingKey {
                case language, extra
                case extraction = "custom_extract_logic"
                case provided = "provided_data"
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                language = try container.decodeIfPresent(String.self, forKey: .language)
                extraction = try container.decodeIfPresent(String.self, forKey: .extraction)
                do {
                    provided = try container.decodeIfPresent(CodingTask.self, forKey: .provided)
                } catch {
                    let reason = (error as? RequestError)?.message ?? "it is no object"
                    throw RequestError(
                        .invalidField,
                        "config.provided_data is no task of a data set, and has no list of input.stdin and output.stdout: \(reason)",
                        field: "config.provided_data")
                }
                runsAllCases = try container.decodeIfPresent(Extra.self, forKey: .extra)?.allCases ?? false
                limits = try FusionLimits(from: decoder)
            }
        }

        let dataset: String
        let id: CodingTask.ID?
        let completion: String?
        let config: Config?
        let offset: Int?
        let limit: Int?

        func task(of sets: TaskSets) throws(RequestError) -> CodingTask {
            if let provided = config?.provided { return provided }
            guard let id else { throw RequestError(.invalidField, "id is missing", field: "id") }
            return try sets.task(id, of: dataset)
        }

        func part(of sets: TaskSets) throws(RequestError) -> ArraySlice<CodingTask> {
            let (offset, limit) = (offset ?? 0, limit ?? 1_000_000)
            guard offset >= 0, limit >= 0 else {
                throw RequestError(.invalidField, "offset and limit must not be negative", field: "offset")
            }
            return try sets.tasks(of: dataset).dropFirst(offset).prefix(limit)
        }
    }

    private struct Prompt: Encodable {
        let id: CodingTask.ID
        let prompt: String
        let labels: [String: String]

        init(_ task: CodingTask) {
            id = task.id
            prompt = task.prompt
            var labels = ["kind": task.kind.rawValue]
            if task.kind == .function, case .unitTests(let problem) = task.judge {
                labels["entry_point"] = problem.entryPoint
            }
            self.labels = labels
        }
    }

    private struct Evaluation: Encodable {
        struct Test: Encodable {
            struct Case: Encodable {
                let input: [String: String]
                let output: [String: String]
            }

            let passed: Bool
            let execInfo: FusionAnswer
            let testInfo: Case?

            init(passed: Bool, execInfo: FusionAnswer, expected: CodingTask.Case? = nil) {
                self.passed = passed
                self.execInfo = execInfo
                testInfo = expected.map { Case(input: ["stdin": $0.stdin], output: ["stdout": $0.stdout]) }
            }

            enum CodingKeys: String, CodingKey {
                case passed
                case execInfo = "exec_info"
                case testInfo = "test_info"
            }
        }

        let id: CodingTask.ID
        var accepted = false
        let extractedCode: String
        let extractedType: String
        let fullCode: String
        let testCode: String?
        var tests: [Test] = []

        init(id: CodingTask.ID, answer: TaskAnswer) {
            self.id = id
            extractedCode = answer.code
            extractedType = answer.source.rawValue
            fullCode = answer.fullCode
            testCode = answer.testCode
        }

        enum CodingKeys: String, CodingKey {
            case id, accepted, tests
            case extractedCode = "extracted_code"
            case extractedType = "extracted_type"
            case fullCode = "full_code"
            case testCode = "test_code"
        }
    }
}
