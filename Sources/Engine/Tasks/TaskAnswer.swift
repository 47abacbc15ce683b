// SPDX-License-Identifier: Apache-2.0
import Languages
public import NestboxCore

/// A model's answer to a task, and how it is judged.
public struct TaskAnswer: Sendable, Hashable {
    /// Where the code was found.
    public enum Source: String, Sendable, Hashable {
        case fenced, heuristic, empty
    }

    /// How it is judged.
    public enum Judging: Sendable, Hashable {
        /// By ``NestboxService/judge(_:answer:terms:)``.
        case unitTests(UnitTestProblem)
        /// By what it prints.
        case trials([Trial])
    }

    /// A run of the answer; it passes when it ends well and prints what it should.
    public struct Trial: Sendable, Hashable {
        public let request: RunRequest
        public let expected: CodingTask.Case

        /// White space at the ends of lines and at the end counts for nothing.
        public func passes(_ report: RunReport) -> Bool {
            guard report.verdict == .ok else { return false }
            let found = OutputCheck.check(
                .lines, output: report.stage.stdoutBytes, expected: Array(expected.stdout.utf8), pattern: nil)
            return found.outcome == .accepted
        }
    }

    public let code: String
    public let source: Source
    /// The program: prompt, answer and tests.
    public let fullCode: String
    /// What judges the function; nil where input and output do.
    public let testCode: String?
    public let judging: Judging

    /// - Parameters:
    ///   - language: Of an answer that is judged by input and output; nil takes its fence's.
    ///   - limits: For every trial.
    /// - Throws: ``RequestError`` when the task cannot be judged so.
    public init(
        _ completion: String, to task: CodingTask, language: String?, limits: LimitsRequest,
        compileLimits: LimitsRequest?
    ) throws(RequestError) {
        let catalog: LanguageCatalog
        do throws(LanguagePackError) {
            catalog = try LanguageCatalog.builtIn()
        } catch {
            throw RequestError(.invalidConfiguration, "there are no languages: \(error)")
        }
        let blocks = MarkdownAnswer.codeBlocks(in: completion)
        let isEmpty = !completion.contains { !$0.isWhitespace }
        switch task.judge {
        case .unitTests(let problem):
            let assembly = UnitTestAssembly(problem: problem, catalog: catalog, answer: completion)
            let tests = [problem.setup, problem.tests].filter { !$0.isEmpty }.joined(separator: "\n")
            code = assembly.code
            source = blocks.contains { $0.code == assembly.code } ? .fenced : isEmpty ? .empty : .heuristic
            testCode = tests
            fullCode = assembly.submission + "\n" + tests
            judging = .unitTests(problem)
        case .streams(let cases):
            let block = blocks.first { Self.isMeant($0, language: language, catalog) }
            guard let name = language ?? block?.language else {
                throw RequestError(
                    .invalidField, "config.language must say which language the answer is in", field: "config.language")
            }
            code = block?.code ?? completion
            source = block != nil ? .fenced : isEmpty ? .empty : .heuristic
            testCode = nil
            fullCode = code
            var request = RunRequest(limits: limits, compileLimits: compileLimits)
            request.code = code.isEmpty ? "\n" : code
            request.language = name
            judging = .trials(
                cases.map { one in
                    var request = request
                    request.stdin = one.stdin
                    return Trial(request: request, expected: one)
                })
        }
    }

    private static func isMeant(_ block: CodeBlock, language: String?, _ catalog: LanguageCatalog) -> Bool {
        guard let language, let own = block.language else { return true }
        guard let pack = catalog.pack(named: language) else { return own == language.lowercased() }
        return catalog.language(of: CodeBlock(info: own, code: "x\n", line: 1))?.pack.name == pack.name
    }
}
