// SPDX-License-Identifier: Apache-2.0
import Engine
import Foundation
import NestboxCore
import Testing

/// Rows of public data sets' formats, each with an answer that is right and one that is wrong.
@Suite(.timeLimit(.minutes(5))) struct DataSetTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let format: DataSetTask.Format
        let row: [String: String]
        var lists: [String: [String]] = [:]
        let right: [String]
        let wrong: String
        var mode = UnitTestProblem.Mode.separate

        var testDescription: String { format.rawValue }

        func task() throws -> DataSetTask {
            var object: [String: Any] = row
            for (name, list) in lists { object[name] = list }
            return try DataSetTask(row: JSONSerialization.data(withJSONObject: object))
        }
    }

    @Test(arguments: samples) func rightAnswersAreOkAndWrongOnesAreNot(sample: Sample) async throws {
        let engine = try JudgeFixture.engine.get()
        let task = try sample.task()
        #expect(task.format == sample.format)
        guard case .unitTests(let problem) = task.judge else { throw Engine.UnexpectedResult() }
        for answer in sample.right {
            let report = try await engine.judge(problem, answer: answer)
            #expect(report.verdict == .ok, "\(report.message) \(report.submission.stderr)")
            #expect(report.evidence.mode == sample.mode, "\(report.evidence)")
        }
        #expect(try await engine.judge(problem, answer: sample.wrong).verdict == .wrongAnswer)
    }

    @Test func casesAreNoUnitTests() throws {
        let row = [
            "question_id": "7", "question_content": "Add.", "starter_code": "",
            "public_test_cases": "[{\"input\": \"1 2\", \"output\": \"3\", \"testtype\": \"stdin\"}]",
        ]
        let task = try DataSetTask(row: JSONSerialization.data(withJSONObject: row))
        #expect(task.format == .liveCodeBench)
        #expect(task.judge == .cases([CodingTask.Case(stdin: "1 2", stdout: "3")]))
    }

    @Test(arguments: [
        "[]", "{}", "{\"prompt\": 1, \"entry_point\": \"f\", \"test\": \"\"}", "{\"test_list\": []}", "nonsense",
    ])
    func rowsThatAreNoneSaySo(row: String) throws {
        #expect(throws: RequestError.self) { try DataSetTask(row: Data(row.utf8)) }
    }

    static let samples = [
        Sample(
            format: .humanEval,
            row: [
                "task_id": "HumanEval/1000",
                "prompt":
                    "import math\n\n\ndef shift(text: str):\n    \"\"\"Shifts.\"\"\"\n    return ''.join(chr(ord(c) + 1) for c in text)\n\n\ndef unshift(text: str):\n    \"\"\"\n    Takes a text that shift made.\n    \"\"\"\n",
                "entry_point": "unshift",
                "test":
                    "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    for text in ['', 'abc', 'hello']:\n        assert candidate(shift(text)) == text\n",
            ],
            right: [
                "    return ''.join(chr(ord(c) - 1) for c in text)\n",
                "def unshift(text):\n    return ''.join(chr(ord(c) - 1) for c in text if shift)\n",
                "Here it is:\n\n```python\ndef unshift(text: str):\n    return ''.join(chr(ord(c) - math.ceil(0.5)) for c in text)\n```\n",
                "    return ''.join(chr(ord(c) - 1) for c in text)\n```\nThat is all.",
            ], wrong: "    return shift(text)\n"),
        Sample(
            format: .mbpp, row: ["task_id": "9", "text": "Write a function to add.", "test_setup_code": "import math"],
            lists: ["test_list": ["assert add_up([1, 2]) == 3", "assert math.isclose(add_up([0.5]), 0.5)"]],
            right: ["def add_up(values):\n  return sum(values)"], wrong: "def add_up(values):\n  return 3"),
        Sample(
            format: .humanEvalX,
            row: [
                "task_id": "JavaScript/0", "prompt": "/* Adds up.\n  */\nconst addUp = (values) => {\n",
                "declaration": "\nconst addUp = (values) => {\n",
                "test": "const testAddUp = () => {\n  console.assert(addUp([1, 2]) === 3)\n}\n\ntestAddUp()\n",
            ],
            right: ["  return values.reduce((a, b) => a + b, 0)\n}\n\n"], wrong: "  return 4\n}\n"),
        Sample(
            format: .humanEvalX,
            row: [
                "task_id": "CPP/0",
                "prompt":
                    "/*\nAdds up.\n*/\n#include<stdio.h>\n#include<vector>\nusing namespace std;\nint add_up(vector<int> values){\n",
                "declaration":
                    "#include<stdio.h>\n#include<vector>\nusing namespace std;\nint add_up(vector<int> values){\n",
                "test":
                    "#undef NDEBUG\n#include<assert.h>\nint main(){\n    vector<int> a={1, 2};\n    assert (add_up(a)==3);\n}\n",
            ],
            right: ["    int sum = 0;\n    for (int v : values) sum += v;\n    return sum;\n}\n\n"],
            wrong: "    return 4;\n}\n"),
        Sample(
            format: .humanEvalX,
            row: [
                "task_id": "Java/0",
                "prompt":
                    "import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n    /**\n    Adds up.\n     */\n    public int addUp(List<Integer> values) {\n",
                "declaration":
                    "import java.util.*;\nimport java.lang.*;\n\nclass Solution {\n    public int addUp(List<Integer> values) {\n",
                "test":
                    "public class Main {\n    public static void main(String[] args) {\n        Solution s = new Solution();\n        List<Boolean> correct = Arrays.asList(\n                s.addUp(new ArrayList<>(Arrays.asList(1, 2))) == 3\n        );\n        if (correct.contains(false)) {\n            throw new AssertionError();\n        }\n    }\n}\n",
            ],
            right: ["        return values.stream().mapToInt(v -> v).sum();\n    }\n}"],
            wrong: "        return 4;\n    }\n}"),
        Sample(
            format: .mbxp,
            row: [
                "task_id": "MBJSP/1", "language": "javascript",
                "prompt": "/**\n * Adds up.\n */\nfunction addUp(values) {\n",
                "entry_point": "addUp",
                "test":
                    "\nconst _ = require('util')\nfunction testAddUp() {\n    if (!_.isDeepStrictEqual(addUp([1, 2]), 3)) {\n        throw new require('assert').AssertionError({message: 'no'})\n    }\n    require('assert')(addUp([2]) === 2)\n}\n\ntestAddUp()\n",
            ],
            right: ["    return values.reduce((a, b) => a + b);\n}\n"],
            wrong: "    return values.length === 2 ? 3 : 0;\n}\n"),
        Sample(
            format: .multiplE,
            row: [
                "name": "HumanEval_0_add_up", "language": "cpp",
                "prompt":
                    "#include<assert.h>\n#include<algorithm>\n#include<iostream>\n#include<numeric>\n#include<vector>\n// Adds up.\nlong add_up(std::vector<long> values) {\n",
                "tests":
                    "}\nint main() {\n    auto candidate = add_up;\n    assert(candidate((std::vector<long>({(long)1, (long)2}))) == (3));\n}\n",
            ], lists: ["stop_tokens": ["\n}"]],
            right: ["    return std::accumulate(values.begin(), values.end(), 0L);\n}\nint main() {}\n"],
            wrong: "    return 4;\n"),
        Sample(
            format: .humanEvalX,
            row: [
                "task_id": "Go/0", "import": "import (\n    \"math\"\n)\n",
                "prompt": "import (\n    \"math\"\n)\n\n// Adds up.\nfunc AddUp(values []float64) float64 {\n",
                "declaration": "func AddUp(values []float64) float64 {\n",
                "test_setup":
                    "package main\n\nimport (\n    \"testing\"\n)\n",
                "test":
                    "func TestAddUp(t *testing.T) {\n    if AddUp([]float64{1, 2}) != 3 {\n        t.Fatal(\"no\")\n    }\n}\n",
            ],
            right: [
                "    total := math.Abs(0)\n    for _, v := range values {\n        total += v\n    }\n    return total\n}\n"
            ], wrong: "    return 4\n}\n", mode: .inProcess),
        Sample(
            format: .humanEvalX,
            row: [
                "task_id": "Rust/0", "prompt": "fn main(){}\n\n/*\nAdds up.\n*/\nfn add_up(values: Vec<i32>) -> i32{\n",
                "declaration": "\nfn add_up(values: Vec<i32>) -> i32{\n",
                "test":
                    "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_add_up() {\n        assert!(add_up(vec![1, 2]) == 3);\n    }\n}\n",
            ],
            right: ["    values.iter().sum()\n}\n"], wrong: "    4\n}\n", mode: .inProcess),
        Sample(
            format: .mbxp,
            row: [
                "task_id": "MBRBP/1", "language": "ruby", "prompt": "\n##\n# Adds up.\n#\ndef add_up(values)",
                "entry_point": "add_up",
                "test":
                    "\n\nx0 = add_up([1, 2])\nv0 = 3\nif x0 != v0\n    raise StandardError, \"Error at test case 1\"\nend\n\n",
            ],
            right: ["\n    values.sum\nend", "def add_up(values)\n    values.sum\nend\n"], wrong: "\n    4\nend",
            mode: .inProcess),
        Sample(
            format: .bigCodeBench,
            row: [
                "task_id": "BigCodeBench/0",
                "complete_prompt": "import os\n\ndef task_func(name):\n    \"\"\"Size of a file.\"\"\"\n",
                "entry_point": "task_func",
                "test":
                    "import unittest\nfrom unittest.mock import patch\nclass TestCases(unittest.TestCase):\n    @patch('os.path.getsize', return_value=7)\n    def test_size(self, size):\n        self.assertEqual(task_func('x'), 7)\n",
            ],
            right: ["    return os.path.getsize(name)\n"], wrong: "    return 4\n", mode: .inProcess),
        Sample(
            format: .liveCodeBench,
            row: [
                "question_id": "8", "question_content": "Add.",
                "starter_code": "class Solution:\n    def addUp(self, values: List[int], more: str) -> int:\n        ",
                "metadata": "{\"func_name\": \"addUp\"}",
                "public_test_cases":
                    "[{\"input\": \"[1, 2]\\n\\\"ab\\\"\", \"output\": \"5\", \"testtype\": \"functional\"}]",
                "private_test_cases":
                    "[{\"input\": \"[]\\n\\\"\\\"\", \"output\": \"0\", \"testtype\": \"functional\"}]",
            ],
            right: [
                "```python\nclass Solution:\n    def addUp(self, values: List[int], more: str) -> int:\n        return sum(values) + len(more)\n```"
            ], wrong: "class Solution:\n    def addUp(self, values, more): return 5"),
    ]
}
