# SPDX-License-Identifier: Apache-2.0
"""The code interpreter. It reaches a server by URL since e2b-code-interpreter 2.9.0, which needs e2b 2.40 or so."""

import unittest

import e2b

from support import GONE, INTERPRETER, AsyncCase

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

    def test_a_killed_kernel_is_a_new_one(self):
        self.sandbox.run_code("k = 1", language="python")
        execution = self.sandbox.run_code("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        self.assertEqual((execution.error.name, execution.error.value), ("ContextRestarting", "Context was restarted"))
        self.assertEqual(self.sandbox.run_code("k").error.name, "NameError")
        self.assertEqual(self.sandbox.run_code("1 + 1").text, "2")

    def test_much_output(self):
        size = [0]

        def count(message):
            size[0] += len(message.line)

        execution = self.sandbox.run_code("for _ in range(200): print('x' * 99999)", on_stdout=count)
        self.assertIsNone(execution.error)
        self.assertEqual(size[0], 200 * 100_000)

    def test_what_python_shows(self):
        code = """
            import pandas
            display({"a": 1}, raw=False)
            pandas.DataFrame({"x": [1, 2]})
        """
        results = self.sandbox.run_code(code).results
        self.assertEqual([result.is_main_result for result in results], [False, True])
        self.assertEqual(results[0].json, {"a": 1})
        self.assertEqual(results[1].data, {"x": [1, 2]})
        self.assertIn("<table", results[1].html)
        self.assertIn("x", results[1].text)
        self.assertEqual(self.sandbox.run_code("!echo shell").logs.stdout, ["shell\n"])

    def test_r_through_its_jupyter_kernel(self):
        self.sandbox.run_code("x <- 20", language="r")
        execution = self.sandbox.run_code("print('printed'); x * 2 + 2", language="r")
        self.assertEqual([result.text for result in execution.results], ["[1] 42"])
        self.assertEqual(execution.logs.stdout, ['[1] "printed"\n'])
        self.assertIn("no such thing", self.sandbox.run_code("stop('no such thing')", language="r").error.value)
        with self.assertRaises(e2b.SandboxException) as caught:
            self.sandbox.run_code("1", language="cobol")
        self.assertIn("there is no kernel for 'cobol'", str(caught.exception))

    def test_a_directory_of_root(self):
        context = self.sandbox.create_code_context(cwd="/root")
        self.assertEqual(context.cwd, "/root")
        self.assertEqual(self.sandbox.run_code("import os; os.getcwd()", context=context).text, "/root")

    def test_contexts_can_be_listed_restarted_and_removed(self):
        context = self.sandbox.create_code_context(language="python", cwd="/tmp")
        self.assertEqual(self.sandbox.list_code_contexts()[-1].id, context.id)
        self.sandbox.run_code("r = 1", context=context)
        self.sandbox.restart_code_context(context)
        self.assertEqual(self.sandbox.run_code("r", context=context).error.name, "NameError")
        self.sandbox.remove_code_context(context)
        self.assertNotIn(context.id, [item.id for item in self.sandbox.list_code_contexts()])
        with self.assertRaises(e2b.NotFoundException):
            self.sandbox.run_code("1", context=context)

    def test_typescript_and_bash_keep_their_state(self):
        self.sandbox.run_code("const n: number = 41", language="typescript")
        self.assertEqual(self.sandbox.run_code("n + 1", language="typescript").text, "42")
        self.sandbox.run_code("cd /tmp; V=7", language="bash")
        self.assertEqual(self.sandbox.run_code("echo $PWD $V", language="bash").logs.stdout, ["/tmp 7\n"])

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


class AsyncCodeTests(AsyncCase):
    async def test_it_runs(self):
        sandbox = await AsyncSandbox.create(timeout=60)
        try:
            execution = await sandbox.run_code("await __import__('asyncio').sleep(0); 'async'")
            self.assertEqual(execution.text, "async")
        finally:
            await sandbox.kill()
