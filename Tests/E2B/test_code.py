# SPDX-License-Identifier: Apache-2.0
"""The code interpreter. It reaches a server by URL since e2b-code-interpreter 2.9.0, which needs e2b 2.40 or so."""

import unittest

import e2b

from support import GONE, INTERPRETER

if INTERPRETER is None or INTERPRETER < (2, 9, 0):
    raise unittest.SkipTest("e2b-code-interpreter 2.9.0 or later does not fit this e2b")

from e2b_code_interpreter import AsyncSandbox, Sandbox


class CodeTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox.create(timeout=300, envs={"FOO": "sandbox"})

    @classmethod
    def tearDownClass(cls):
        cls.sandbox.kill()

    def test_state_stays(self):
        self.sandbox.run_code("x = 40")
        execution = self.sandbox.run_code("x + 2")
        self.assertEqual(execution.text, "42")
        self.assertIsNone(execution.error)

    def test_output(self):
        pieces = []
        execution = self.sandbox.run_code("print(1)", on_stdout=lambda message: pieces.append(message.line))
        self.assertEqual((execution.logs.stdout, pieces), (["1\n"], ["1\n"]))

    def test_errors(self):
        execution = self.sandbox.run_code("1 / 0")
        self.assertEqual(execution.error.name, "ZeroDivisionError")
        self.assertIn("division by zero", execution.error.value)

    def test_contexts_are_apart(self):
        one = self.sandbox.create_code_context()
        two = self.sandbox.create_code_context(cwd="/tmp")
        self.sandbox.run_code("y = 1", context=one)
        self.assertEqual(self.sandbox.run_code("y", context=two).error.name, "NameError")
        self.assertEqual(self.sandbox.run_code("import os; os.getcwd()", context=two).text, "/tmp")

    def test_environment(self):
        code = "import os; os.environ.get('FOO')"
        self.assertEqual(self.sandbox.run_code(code).text, "sandbox")
        self.assertEqual(self.sandbox.run_code(code, envs={"FOO": "mine"}).text, "mine")
        self.assertEqual(self.sandbox.run_code(code).text, "sandbox")

    def test_other_languages(self):
        self.assertEqual(self.sandbox.run_code("echo $((6 * 7))", language="bash").logs.stdout, ["42\n"])
        self.assertEqual(self.sandbox.run_code("6 * 7", language="javascript").text, "42")

    def test_a_timeout_keeps_the_context(self):
        self.sandbox.run_code("z = 7")
        with self.assertRaises(e2b.TimeoutException):
            self.sandbox.run_code("while True: pass", timeout=2)
        self.assertEqual(self.sandbox.run_code("z").text, "7")

    def test_a_chart(self):
        execution = self.sandbox.run_code("import matplotlib.pyplot as p; p.plot([1, 2], [3, 4]); p.title('T'); p.show()")
        chart = execution.results[0].chart
        self.assertEqual((chart.type.value, chart.title), ("line", "T"))
        self.assertTrue(execution.results[0].png)

    def test_a_killed_sandbox_breaks_off(self):
        import threading

        sandbox = Sandbox.create(timeout=60)
        began = threading.Event()
        killer = threading.Thread(target=lambda: (began.wait(30), sandbox.kill()))
        killer.start()
        with self.assertRaises((e2b.TimeoutException, GONE)):
            sandbox.run_code("print('on'); import time; time.sleep(60)", on_stdout=lambda _: began.set())
        killer.join()


class AsyncCodeTests(unittest.IsolatedAsyncioTestCase):
    async def test_it_runs(self):
        sandbox = await AsyncSandbox.create(timeout=60)
        try:
            execution = await sandbox.run_code("await __import__('asyncio').sleep(0); 'async'")
            self.assertEqual(execution.text, "async")
        finally:
            await sandbox.kill()
