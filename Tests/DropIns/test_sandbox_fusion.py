# SPDX-License-Identifier: Apache-2.0
"""SandboxFusion's API: requests as its documentation gives them, and its client from PyPI."""

import asyncio
import base64
import unittest
import urllib.parse

import sandbox_fusion as fusion
from sandbox_fusion.models import EvalResult, RunStatus
from support import KEY, KEYED_URL, URL, call, encoded

ADD = "humaneval_sample"
SUMS = "stdio_sample"


def run_code(**fields):
    return call("POST", "/run_code", fields)


class DocumentedRequests(unittest.TestCase):
    def test_the_example(self):
        status, answer = run_code(code='print("Hello, world!")', language="python")
        self.assertEqual(status, 200)
        self.assertGreater(answer["run_result"].pop("execution_time"), 0)
        self.assertEqual(answer, {
            "status": "Success", "message": "", "compile_result": None, "executor_pod_name": None, "files": {},
            "run_result": {"status": "Finished", "return_code": 0, "stdout": "Hello, world!\n", "stderr": ""},
        })

    def test_compiled_language(self):
        code = '#include <iostream>\nint main() { int a; std::cin >> a; std::cout << a + 1; return 3; }'
        answer = run_code(code=code, language="cpp", stdin="41")[1]
        self.assertEqual((answer["status"], answer["compile_result"]["return_code"]), ("Failed", 0))
        self.assertEqual((answer["run_result"]["stdout"], answer["run_result"]["return_code"]), ("42", 3))
        answer = run_code(code="int main() {", language="cpp")[1]
        self.assertEqual((answer["status"], answer["run_result"]), ("Failed", None))
        self.assertNotEqual(answer["compile_result"]["return_code"], 0)
        self.assertIn("error", answer["compile_result"]["stderr"])

    def test_files_go_in_and_out(self):
        code = "open('out[1].txt', 'w').write(open('dir1/in').read() * 2); open('other', 'w').write('x')"
        answer = run_code(code=code, language="python", files={"dir1/in": encoded("ab"), "no": None},
                          fetch_files=["./out[1].txt", "missing"])[1]
        self.assertEqual(answer["files"], {"out[1].txt": base64.b64encode(b"abab").decode()})

    def test_limits(self):
        answer = run_code(code="while True: pass", language="python", run_timeout=0.5)[1]
        self.assertEqual((answer["status"], answer["run_result"]["status"]), ("Failed", "TimeLimitExceeded"))
        self.assertIsNone(answer["run_result"]["return_code"])
        answer = run_code(code="x = bytearray(10**9)", language="python", memory_limit_MB=64)[1]
        self.assertEqual((answer["status"], answer["message"]), ("Failed", "memory_limit"))
        self.assertEqual(answer["run_result"]["return_code"], -9)
        answer = run_code(code="import os; os.abort()", language="python")[1]
        self.assertEqual(answer["run_result"]["return_code"], -6)

    def test_every_language_name_is_known(self):
        for name in ["nodejs", "bash", "R", "lua", "sql", "perl"]:
            code = {"nodejs": "console.log(1)", "bash": "echo 1", "R": "cat(1)", "lua": "print(1)",
                    "sql": "select 1;", "perl": "print 1"}[name]
            answer = run_code(code=code, language=name)[1]
            with self.subTest(name=name):
                if answer["status"] == "SandboxError":
                    self.assertIn("not installed", answer["message"])
                else:
                    self.assertEqual(answer["run_result"]["stdout"].split()[-1], "1", answer)
        for name in ["cuda", "python_gpu", "pytest", "lean"]:
            status, answer = run_code(code="x", language=name)
            self.assertEqual((status, answer["status"]), (200, "SandboxError"))
            self.assertIn(name, answer["message"])

    def test_errors(self):
        cases = [
            ({"language": "klingon"}, "language"), ({"code": 1}, "code"), ({"run_timeout": -1}, "run_timeout"),
            ({"run_timeout": 10**9}, "run_timeout"), ({"memory_limit_MB": 10**9}, "memory_limit_MB"),
            ({"compile_timeout": "x"}, "compile_timeout"),
        ]
        for change, field in cases:
            with self.subTest(change=change):
                status, answer = run_code(**{"code": "print(1)", "language": "python", **change})
                self.assertEqual(status, 422, answer)
                self.assertEqual(answer["detail"][0]["loc"], ["body", field])

    def test_other_paths(self):
        self.assertEqual(call("GET", "/v1/ping"), (200, "pong"))
        answer = call("POST", "/run_jupyter", {"cells": ["1"]})[1]
        self.assertEqual(answer["status"], "SandboxError")


class DataSets(unittest.TestCase):
    config = {"language": "python"}

    def submit(self, completion, dataset=ADD, id="Sample/0", **config):
        return call("POST", "/submit", {
            "dataset": dataset, "id": id, "completion": completion, "config": {**self.config, **config}})

    def test_lists(self):
        self.assertEqual(call("GET", "/list_datasets"), (200, [ADD, SUMS]))
        wish = {"dataset": ADD, "config": {}}
        self.assertEqual(call("POST", "/list_ids", wish)[1], ["Sample/0", "Sample/1"])
        self.assertEqual(call("POST", "/list_ids", {**wish, "offset": 1, "limit": 5})[1], ["Sample/1"])
        prompts = call("POST", "/get_prompts", wish)[1]
        self.assertEqual([p["id"] for p in prompts], ["Sample/0", "Sample/1"])
        for id in ("Sample/1", "1", 1):
            self.assertEqual(call("POST", "/get_prompt_by_id", {**wish, "id": id})[1], prompts[1])
        self.assertEqual(call("POST", "/get_prompt_by_id", {**wish, "id": 7})[0], 404)
        status, answer = call("POST", "/get_prompts", {**wish, "dataset": "mbpp"})
        self.assertEqual(status, 404)
        self.assertIn(ADD, answer["detail"])

    def test_a_function(self):
        body = "    return a + b\n"
        whole = f"Here it is:\n```python\ndef add(a, b):\n{body}```\nDone."
        for completion, accepted, kind in [
            (body, True, "heuristic"), (whole, True, "fenced"), ("    return a - b\n", False, "heuristic"),
            (whole.replace("a + b", "helper(a, b)"), True, "fenced"), ("", False, "empty"), ("    import x y\n", False, "heuristic"),
        ]:
            with self.subTest(completion=completion):
                answer = self.submit(completion)[1]
                self.assertEqual((answer["accepted"], answer["extracted_type"]), (accepted, kind), answer)
                self.assertEqual([t["passed"] for t in answer["tests"]], [accepted])
                self.assertIn("check(add)", answer["full_code"])

    def test_streams(self):
        code = "```python\na, b = map(int, input().split())\nprint(a + b)\n```"
        answer = self.submit(code, SUMS, 1)[1]
        self.assertEqual((answer["accepted"], [t["passed"] for t in answer["tests"]]), (True, [True, True]))
        wrong = code.replace("a + b", "3")
        answer = self.submit(wrong, SUMS, 1)[1]
        self.assertEqual((answer["accepted"], [t["passed"] for t in answer["tests"]]), (False, [True, False]))
        cpp = "```cpp\n#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n```"
        self.assertTrue(self.submit(cpp, SUMS, 1, language="cpp")[1]["accepted"])

    def test_provided_data(self):
        task = {"id": 5, "content": "Echo.", "test": [{"input": {"stdin": "x"}, "output": {"stdout": "y"}},
                                                      {"input": {"stdin": "z"}, "output": {"stdout": "z"}}]}
        code = "```python\nprint(input())\n```"
        answer = self.submit(code, "any", 5, provided_data=task, extra={"run_all_cases": True})[1]
        self.assertEqual((answer["accepted"], [t["passed"] for t in answer["tests"]]), (False, [False, True]))
        self.assertEqual(self.submit(code, "any", 5, provided_data={"id": 1})[0], 422)
        self.assertEqual(self.submit(code, custom_extract_logic="print(1)")[0], 422)

    def test_an_answer_cannot_pass_by_leaving(self):
        for code in ["import sys; sys.exit(0)", "import os; os._exit(0)"]:
            with self.subTest(code=code):
                self.assertFalse(self.submit(f"    {code}\n")[1]["accepted"])

    def test_an_answer_cannot_pass_by_cheating(self):
        equal = "class E:\n    def __eq__(self, o): return True\n"
        for code in [
            equal + "def add(a, b): return E()\n",
            "import sys\ndef add(a, b):\n    print(open(sys.argv[0]).read()); return 0\n",
            "import builtins\nclass E(int):\n    __eq__ = lambda s, o: True\ndef add(a, b): return E(9)\n",
            "import sys\ndef add(a, b):\n    f = sys._getframe()\n    while f:\n        f.f_globals['AssertionError'] = str; f = f.f_back\n",
        ]:
            with self.subTest(code=code):
                answer = self.submit(code)[1]
                self.assertFalse(answer["accepted"], answer)
                self.assertEqual(answer["tests"][0]["exec_info"]["status"], "Failed")

    def test_what_was_wrong_is_told(self):
        answer = self.submit("    print('hello')\n    return a - b\n")[1]["tests"][0]
        run = answer["exec_info"]["run_result"]
        self.assertEqual((answer["passed"], run["return_code"], run["status"]), (False, 1, "Finished"))
        self.assertIn("hello", run["stderr"])
        self.assertIn("assert candidate(1, 2) == 3", run["stderr"])
        late = self.submit("    while True: pass\n", run_timeout=1)[1]["tests"][0]["exec_info"]
        self.assertEqual((late["status"], late["run_result"]["status"]), ("Failed", "TimeLimitExceeded"))

    def test_rows_of_other_data_sets(self):
        row = {"task_id": "B/0", "complete_prompt": "def task_func():\n", "entry_point": "task_func",
               "test": "import unittest\nclass TestCases(unittest.TestCase):\n    def test(self): self.assertEqual(task_func(), 4)\n"}
        for body, accepted in [("    return 4\n", True), ("    return 5\n", False)]:
            answer = self.submit(body, "any", "B/0", provided_data=row)[1]
            self.assertEqual((answer["accepted"], answer["test_code"] != ""), (accepted, True), answer)


class Client(unittest.TestCase):
    def setUp(self):
        fusion.set_endpoint(URL)

    def test_run_code(self):
        answer = fusion.run_code(fusion.RunCodeRequest(code="print(input())", language="python", stdin="hi"))
        self.assertEqual((answer.status, answer.run_result.stdout), (RunStatus.Success, "hi\n"))
        mapping = fusion.SummaryMapping(RunTimeout="late", CompileFailed="no")
        late = fusion.run_code(fusion.RunCodeRequest(code="while 1: pass", language="python", run_timeout=0.3))
        self.assertEqual(fusion.summary_run_code_result(late, mapping), "late")
        wrong = fusion.run_code(fusion.RunCodeRequest(code="class {", language="java"), max_attempts=1) \
            if self.has("java") else None
        if wrong:
            self.assertEqual(fusion.summary_run_code_result(wrong, mapping), "no")

    def test_what_is_not_here_raises(self):
        for language in ("cuda", "pytest"):
            with self.assertRaisesRegex(Exception, f"Sandbox responded with error: .*{language}"):
                fusion.run_code(fusion.RunCodeRequest(code="x", language=language), max_attempts=1)
        with self.assertRaisesRegex(Exception, "run_jupyter is not served"):
            fusion.run_jupyter(fusion.RunJupyterRequest(cells=["1"]), max_attempts=1)

    def test_concurrently(self):
        async def run():
            requests = [fusion.RunCodeRequest(code=f"print({i})", language="python") for i in range(16)]
            return await asyncio.gather(*[fusion.run_code_async(r) for r in requests])

        self.assertEqual([a.run_result.stdout for a in asyncio.run(run())], [f"{i}\n" for i in range(16)])

    def test_data_sets(self):
        config = fusion.TestConfig(language="python")
        prompts = fusion.get_prompts(fusion.GetPromptsRequest(dataset=ADD, config=config))
        self.assertEqual(len(prompts), 2)
        one = fusion.get_prompt_by_id(fusion.GetPromptByIdRequest(dataset=ADD, config=config, id="Sample/0"))
        self.assertEqual(one, prompts[0])
        answer = fusion.submit(fusion.SubmitRequest(dataset=ADD, id="Sample/0", completion="    return a + b\n", config=config))
        self.assertIsInstance(answer, EvalResult)
        self.assertTrue(answer.accepted)

    def test_a_key_in_the_endpoint(self):
        place = urllib.parse.urlsplit(KEYED_URL).netloc
        request = fusion.RunCodeRequest(code="print(1)", language="python")
        self.assertEqual(fusion.run_code(request, f"http://any:{KEY}@{place}").status, RunStatus.Success)
        with self.assertRaisesRegex(Exception, "code 401"):
            fusion.run_code(request, KEYED_URL, max_attempts=1)

    @staticmethod
    def has(name):
        return any(r["language"] == name for r in call("GET", "/api/v2/runtimes")[1])
