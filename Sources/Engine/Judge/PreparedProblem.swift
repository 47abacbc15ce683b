// SPDX-License-Identifier: Apache-2.0
import Foundation
import Isolation
import Languages
import NestboxCore
import Synchronization

/// A problem whose cases and checkers are ready: nothing left that its author could be blamed for, but a checker that fails.
final class PreparedProblem: Sendable {
    struct Case: Sendable {
        let id: String
        let stdin: [UInt8]
        let arguments: [String]
        let environment: [String: String]
        let files: [PreparedProgram.File]
        let expected: [UInt8]
        let check: Check
        let limits: LimitsRequest
        let score: Double
    }

    /// How a case is decided.
    enum Check: Sendable {
        case builtIn(Checker, Pattern?)
        case program(CheckerRun)
        case interactive(CheckerRun)
    }

    let cases: [Case]
    /// What judges instead of cases.
    let unitTests: UnitTestProblem?
    /// Of each case, as far as it names none itself.
    let limits: LimitsRequest
    let compileLimits: LimitsRequest?
    /// Instructions of all its expressions.
    let patternSize: Int
    private let checkerCount: Int
    /// Of everything that a judgement depends on, once somebody asks.
    private let source: JudgeProblem
    private let knownDigest = Mutex<String?>(nil)

    /// Of the expressions of a problem, and of all problems of a batch, together.
    static let mostInstructions = 1_000_000
    /// Different programs that check.
    static let mostCheckers = 100

    /// About the memory that its expressions and compiled checkers take, in bytes, beside what stands in its JSON text.
    var weight: Int { patternSize * MemoryLayout<Pattern.Instruction>.stride + checkerCount * (2 << 20) }

    var maxScore: Double { unitTests == nil ? cases.reduce(0) { $0 + $1.score } : 1 }

    var caseCount: Int { unitTests == nil ? cases.count : 1 }

    /// Name of the one case that unit tests are in reports.
    static let unitTestsCase = "tests"

    /// What the toolchains of its checkers are.
    var checkerPacks: [LanguagePack] {
        cases.compactMap { item in
            switch item.check {
            case .builtIn: nil
            case .program(let run), .interactive(let run): run.pack
            }
        }
    }

    /// - Parameters:
    ///   - path: Dotted path of the problem in its request.
    ///   - rules: What holds for the caller's key.
    /// - Throws: ``RequestError`` that names the case.
    init(
        _ problem: JudgeProblem, at path: String, _ preparation: RunPreparation, rules: KeyRules? = nil
    ) throws(RequestError) {
        try problem.validate(at: path)
        source = problem
        unitTests = problem.unitTests
        limits = problem.limits
        compileLimits = problem.compileLimits
        if let tests = problem.unitTests {
            guard preparation.catalog.pack(named: tests.language) != nil else {
                throw RequestError(
                    .unknownLanguage,
                    "\(path).unit_tests.language '\(LanguageCatalog.shown(tests.language))' is no language here",
                    field: "\(path).unit_tests.language")
            }
            let bound = rules?.limits ?? LimitsRequest()
            _ = try problem.limits.resolved(
                defaults: preparation.configuration.defaultLimits.atMost(bound),
                maximum: preparation.configuration.maximumLimits.atMost(bound), field: "\(path).limits")
        }
        if let limits = problem.compileLimits {
            let most = preparation.configuration.compileLimits
            _ = try limits.resolved(defaults: most, maximum: most, field: "\(path).compile_limits")
        }
        var known: [Checker: Check] = [:]
        var (instructions, programs) = (0, 0)
        var cases: [Case] = []
        for (index, judged) in problem.cases.enumerated() {
            let field = "\(path).cases.\(index)"
            let checker = problem.checker(of: judged)
            let check: Check
            if let same = known[checker] {
                check = same
            } else {
                let place = judged.checker == nil ? "\(path).checker" : "\(field).checker"
                check = try Self.check(checker, at: place, preparation, rules)
                known[checker] = check
                switch check {
                case .builtIn(_, let pattern): instructions += pattern?.size ?? 0
                case .program, .interactive: programs += 1
                }
                guard instructions <= Self.mostInstructions else { throw Self.tooManyInstructions(place) }
                guard programs <= Self.mostCheckers else {
                    throw RequestError(
                        .invalidField,
                        "\(place) is one program more than the \(Self.mostCheckers) that may check the cases of a problem",
                        field: place)
                }
            }
            cases.append(try Self.ready(judged, index, over: problem, at: field, check, preparation, rules))
        }
        self.cases = cases
        patternSize = instructions
        checkerCount = programs
    }

    static func tooManyInstructions(_ place: String) -> RequestError {
        RequestError(
            .invalidPattern,
            "\(place): the expressions come to more than \(mostInstructions) instructions together; write shorter ones, or the same one for many cases",
            field: place)
    }

    private static func check(
        _ checker: Checker, at path: String, _ preparation: RunPreparation, _ rules: KeyRules?
    ) throws(RequestError) -> Check {
        switch checker {
        case .exact, .tokens, .lines, .float: return .builtIn(checker, nil)
        case .regex(let pattern): return .builtIn(checker, try Pattern(pattern, field: "\(path).pattern"))
        case .program(let program): return .program(try run(program, at: path, preparation, rules))
        case .interactive(let program): return .interactive(try run(program, at: path, preparation, rules))
        }
    }

    private static func run(
        _ program: CheckerProgram, at path: String, _ preparation: RunPreparation, _ rules: KeyRules?
    ) throws(RequestError) -> CheckerRun {
        try within("\(path).program") { () throws(RequestError) in try CheckerRun(program, preparation, rules) }
    }

    private static func ready(
        _ judged: JudgeCase, _ index: Int, over problem: JudgeProblem, at field: String, _ check: Check,
        _ preparation: RunPreparation, _ rules: KeyRules?
    ) throws(RequestError) -> Case {
        let limits = judged.limits.over(problem.limits)
        let bound = rules?.limits ?? LimitsRequest()
        let resolved = try limits.resolved(
            defaults: preparation.configuration.defaultLimits.atMost(bound),
            maximum: preparation.configuration.maximumLimits.atMost(bound),
            field: "\(field).limits")
        let files = try within(field) { () throws(RequestError) in
            try InputRules.checkArguments(judged.args)
            try InputRules.checkEnvironment(judged.env)
            return try InputRules.files(judged.files)
        }
        let expected = Array((judged.expected ?? "").utf8)
        let least = leastOutput(for: expected, check)
        guard least <= resolved.outputBytes else {
            throw RequestError(
                .invalidField,
                "\(field).expected needs \(least) bytes of output, and limits.output_bytes allows \(resolved.outputBytes): "
                    + "no program could be accepted; raise the limit, or let a program check",
                field: "\(field).expected")
        }
        return Case(
            id: judged.id ?? String(index), stdin: Array((judged.stdin ?? "").utf8), arguments: judged.args,
            environment: judged.env, files: files, expected: expected, check: check, limits: limits,
            score: judged.score ?? 1)
    }

    /// The least that a program has to print to be accepted.
    private static func leastOutput(for expected: [UInt8], _ check: Check) -> Int {
        switch check {
        case .builtIn(.exact, _): expected.count
        case .builtIn(.lines, _), .builtIn(.tokens, _): expected.count { !OutputCheck.isSpace($0) }
        default: 0
        }
    }

    /// Puts the path of what was being looked at before the field that `body` names.
    static func within<Value>(
        _ path: String, _ body: () throws(RequestError) -> Value
    ) throws(RequestError) -> Value {
        do {
            return try body()
        } catch {
            throw RequestError(
                error.code, "\(path): \(error.message)", field: error.field.map { "\(path).\($0)" } ?? path)
        }
    }

    /// SHA-256 of the problem.
    var digest: String {
        if let known = knownDigest.withLock({ $0 }) { return known }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let digest = SHA256.hexadecimal((try? encoder.encode(source)) ?? Data())
        knownDigest.withLock { $0 = digest }
        return digest
    }
}
