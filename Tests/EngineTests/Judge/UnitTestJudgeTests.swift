// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore
import Testing

/// Answers judged by unit tests, in separate mode where nothing else is said.
@Suite(.timeLimit(.minutes(5))) struct UnitTestJudgeTests {
    let engine: Engine

    init() throws { engine = try JudgeFixture.engine.get() }

    static func python(
        tests: String, prompt: String = "", mode: UnitTestProblem.Mode = .separate, isUnittest: Bool = false
    ) -> UnitTestProblem {
        UnitTestProblem(
            id: "t", language: "python", prompt: prompt, entryPoint: "f", tests: tests, isUnittest: isUnittest,
            mode: mode)
    }

    @Test func aRightAnswerIsOk() async throws {
        let report = try await engine.judge(
            Self.python(tests: "assert f(2) == 3\n"), answer: "def f(x):\n    print('hello')\n    return x + 1\n")
        #expect(report.verdict == .ok)
        #expect(report.message.isEmpty)
        #expect(report.evidence.mode == .separate)
        #expect(report.evidence.notes.isEmpty)
        #expect(report.submission.stderr == "hello\n")
        #expect(report.submission.memoryPeakBytes > 0)
    }

    @Test func aWrongAnswerNamesTheLineOfTheTests() async throws {
        let report = try await engine.judge(
            Self.python(tests: "assert f(2) == 3\nassert f(0) == 1, 'zero'\n"), answer: "def f(x): return 3")
        #expect(report.verdict == .wrongAnswer)
        #expect(report.line == 2)
        #expect(report.text == "assert f(0) == 1, 'zero'")
        #expect(report.message == "AssertionError: zero")
    }

    @Test(arguments: [
        ("def f(x): return x / 0", Verdict.runtimeError), ("def f(x:", .runtimeError),
        ("def g(x): return 3", .runtimeError),
        ("import os\nos.kill(os.getpid(), 11)\ndef f(x): return 3", .signaled),
        ("def f(x):\n    while True: pass", .cpuTimeout), ("import time\ndef f(x): time.sleep(60)", .wallTimeout),
        ("def f(x): return len(b'x' * (1 << 30))", .memoryLimit),
        ("def f(x):\n    while True: print('x' * 9999)", .outputLimit),
    ])
    func failuresAreToldApart(answer: String, verdict: Verdict) async throws {
        let report = try await engine.judge(
            Self.python(tests: "assert f(2) == 3\n"), answer: answer,
            terms: .init(
                limits: LimitsRequest(
                    wallMilliseconds: 6000, cpuMilliseconds: verdict == .cpuTimeout ? 700 : 5000)))
        #expect(report.verdict == verdict)
    }

    /// Every kind of value goes there and back as what it is.
    @Test func valuesStayWhatTheyAre() async throws {
        let tests = """
            import collections, datetime, decimal, fractions, math
            values = [
                None, True, 1, -1, 2**70, -2**700, 1.5, float('inf'), '', 'a\\ud800', '\\ud83d' + '\\ude00', b'x\\xff', bytearray(b'a'),
                (1, (2,)), [1, [2, 'x']], {1, 2}, frozenset([1]), {'a': 1, (1, 2): [3], None: {}}, 1 + 2j, range(3), Ellipsis,
                collections.Counter('aab'), collections.OrderedDict([(1, 2)]), collections.deque([1, 2], 3), decimal.Decimal('1.10'),
                fractions.Fraction(1, 3), datetime.date(2020, 1, 2), datetime.timedelta(1, 2, 3),
                datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.timezone.utc)]
            for value in values:
                back = f(value)
                assert back == value and type(back) is type(value), (value, back)
            assert math.isnan(f(math.nan)) and math.copysign(1, f(-0.0)) == -1
            own = [1]
            own.append(own)
            assert f(own) is own
            twice = f([values, values])
            assert twice[0] is values
            assert list(f({1: 2}).items()) == [(1, 2)] and list(f({'b': 1, 'a': 2})) == ['b', 'a']
            """
        let report = try await engine.judge(Self.python(tests: tests), answer: "def f(x): return x")
        #expect(report.verdict == .ok, "\(report.message) \(report.text ?? "")")
    }

    @Test(arguments: [
        ("def f(x):\n    x.append(3)\n    x[0].update(z=1)", "l = [{}]\nf(l)\nassert l == [{'z': 1}, 3]"),
        (
            "def f(x): raise ValueError('no', x)",
            "try:\n    f(2)\nexcept ValueError as e:\n    assert e.args == ('no', 2)\nelse:\n    assert 0"
        ),
        ("class E(KeyError): pass\ndef f(x): raise E(1)", "try:\n    f(2)\nexcept E:\n    pass\nelse:\n    assert 0"),
        (
            "def f(n):\n    while True:\n        yield n\n        n += 1",
            "import itertools\nassert list(itertools.islice(f(0), 99)) == list(range(99))"
        ),
        (
            "class P:\n    def __init__(s, a): s.a = a\ndef f(ps): return max(p.a for p in ps)",
            "assert f([P(1), P(4)]) == 4\np = P(1)\np.a = 7\nassert p.a == 7 and isinstance(p, P)"
        ),
        ("def f(g, x): return sorted(x, key=g)", "assert f(lambda v: -v, [1, 3, 2]) == [3, 2, 1]"),
        ("async def f(x): return x + 1", "import asyncio\nassert asyncio.run(f(1)) == 2"),
        (
            "import collections\nT = collections.namedtuple('T', 'a b')\ndef f(x): return T(x, 2)",
            "assert f(1) == (1, 2) and f(1).b == 2"
        ),
    ])
    func testsMayDoWhatTheyDoInOneProcess(answer: String, tests: String) async throws {
        let report = try await engine.judge(Self.python(tests: tests), answer: answer)
        #expect(report.verdict == .ok, "\(report.message)")
    }

    @Test func classesOfThePromptAreKnownOnBothSides() async throws {
        let prompt =
            "class Node:\n    def __init__(self, value, next=None):\n        self.value, self.next = value, next\n\ndef f(node):\n"
        let report = try await engine.judge(
            Self.python(tests: "n = Node(1, Node(2))\nassert f(n) == 3 and n.value == 9", prompt: prompt),
            answer: "    total = node.value + node.next.value\n    node.value = 9\n    return total\n")
        #expect(report.verdict == .ok, "\(report.message)")
    }

    @Test func unittestClassesRunInEitherMode() async throws {
        let tests = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(1), 2)\n"
        for mode in [UnitTestProblem.Mode.separate, .inProcess] {
            let problem = Self.python(tests: tests, mode: mode, isUnittest: true)
            #expect(try await engine.judge(problem, answer: "def f(x): return x + 1").verdict == .ok)
            #expect(try await engine.judge(problem, answer: "def f(x): return x").verdict == .wrongAnswer)
        }
    }

    @Test func whatSeparateModeCannotDoIsSaidOrDoneInOneProcess() async throws {
        let tests = "class Own:\n    x = 1\nassert f(Own()) == 1"
        let error = await #expect(throws: RequestError.self) {
            try await engine.judge(Self.python(tests: tests), answer: "def f(o): return o.x")
        }
        #expect(error?.field == "mode")
        let report = try await engine.judge(Self.python(tests: tests, mode: .automatic), answer: "def f(o): return o.x")
        #expect(report.verdict == .ok)
        #expect(report.evidence.mode == .inProcess)
    }

    @Test(arguments: ["javascript", "cpp", "java"])
    func otherLanguagesAreJudgedSeparately(language: String) async throws {
        let problem = try #require(Self.sorting[language])
        for (answer, verdict) in [
            (problem.right, Verdict.ok), (problem.wrong, .wrongAnswer), (problem.failing, .runtimeError),
        ] {
            let report = try await engine.judge(problem.problem, answer: answer)
            #expect(report.verdict == verdict, "\(report.message) \(report.submission.stderr)")
            #expect(report.evidence.mode == .separate)
        }
    }

    struct Sorting {
        let problem: UnitTestProblem
        let right: String
        let wrong: String
        let failing: String
    }

    /// The same problem in several languages, as MultiPL-E has them: the last two change their argument.
    static let sorting = [
        "javascript": Sorting(
            problem: UnitTestProblem(
                id: "js", language: "js", prompt: "//Sorts.\nfunction sort_up(values){\n", entryPoint: "sort_up",
                tests:
                    "const assert = require('node:assert');\nfunction test() {\n  let candidate = sort_up;\n  assert.deepEqual(candidate([3, 1]),[1, 3]);\n  assert.deepEqual(candidate([]),[]);\n}\n\ntest();",
                mode: .separate),
            right: "  console.log('x');\n  return values.sort((a, b) => a - b);\n}\n", wrong: "  return values;\n}\n",
            failing: "  return values.none();\n}\n"),
        "cpp": Sorting(
            problem: UnitTestProblem(
                id: "cpp", language: "cpp",
                prompt:
                    "#include<assert.h>\n#include<algorithm>\n#include<iostream>\n#include<numeric>\n#include<vector>\n// Sorts sort_up(values).\nstd::vector<long> sort_up(std::vector<long> values) {\n",
                entryPoint: "sort_up",
                tests:
                    "int main() {\n    auto candidate = sort_up;\n    assert(candidate((std::vector<long>({(long)3, (long)1}))) == (std::vector<long>({(long)1, (long)3})));\n    assert(candidate((std::vector<long>())) == (std::vector<long>()));\n}\n",
                closing: "}\n", mode: .separate),
            right: "    std::cout << 1;\n    std::sort(values.begin(), values.end());\n    return values;\n",
            wrong: "    return values;\n", failing: "    throw std::out_of_range(\"no\");\n"),
        "java": Sorting(
            problem: UnitTestProblem(
                id: "java", language: "java",
                prompt:
                    "import java.util.*;\nclass Problem {\n    // Sorts.\n    public static ArrayList<Long> sortUp(ArrayList<Long> values) {\n",
                entryPoint: "sortUp",
                tests:
                    "    public static void main(String[] args) {\n    assert(sortUp((new ArrayList<Long>(Arrays.asList((long)3, (long)1)))).equals((new ArrayList<Long>(Arrays.asList((long)1, (long)3)))));\n    }\n\n}\n",
                closing: "    }\n", mode: .separate),
            right: "        System.out.println(1);\n        Collections.sort(values);\n        return values;\n",
            wrong: "        return values;\n", failing: "        throw new IllegalStateException(\"no\");\n"),
    ]
}
