# SPDX-License-Identifier: Apache-2.0
# In-process mode: the submission and the tests are one program. A secret is told only at its end; see docs/judge-harness.md
# for what this holds and what it does not.
import json
import os
import sys


def _run():
    import builtins
    import traceback
    import types
    import unittest

    secret = sys.stdin.readline().strip()
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    with open("harness.json", encoding="utf-8") as file:
        spec = json.load(file)
    with open(spec["file"], encoding="utf-8") as file:
        submission = file.read()
    with open("tests", encoding="utf-8") as file:
        tests = file.read()
    # They are in memory, and need not be elsewhere.
    os.remove("tests")
    write, leave, dumps, process = os.write, os._exit, json.dumps, os.getpid()
    failure = AssertionError

    def end(verdict, message="", line=None, text=None):
        if os.getpid() != process:
            leave(1)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        told = dumps({"verdict": verdict, "message": message[-4000:], "line": line, "text": text, "notes": []})
        data = ("\n" + secret + told + "\n").encode("utf-8", "backslashreplace")
        while data:
            data = data[write(2, data):]
        leave(0 if verdict == "ok" else 1)

    def tools():
        """What tests are made of, by identity."""
        kinds = (unittest.TestCase, unittest.TestSuite, unittest.TestResult, unittest.TestLoader)
        parts = [(kind, name, value) for kind in kinds for name, value in vars(kind).items() if not name.startswith("__")]
        parts += [(builtins, name, value) for name, value in vars(builtins).items() if name != "_"]
        parts += [(sys, name, getattr(sys, name)) for name in ("gettrace", "settrace", "setprofile")]
        return parts

    def is_changed(before):
        return any(vars(owner).get(name) is not value for owner, name, value in before) or sys.gettrace() is not None

    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    names = module.__dict__
    names["__file__"] = spec["file"]
    before = tools()
    lines = tests.split("\n")

    def failed(error):
        line = None
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == "tests":
                line = frame.lineno
        text = lines[line - 1].strip()[:2000] if line and line <= len(lines) else None
        try:
            message = "%s: %s" % (type(error).__name__, error)
        except BaseException:
            message = type(error).__name__
        traceback.print_exception(type(error), error, error.__traceback__, limit=-8)
        end("wrong_answer" if isinstance(error, failure) else "runtime_error", message, line, text)

    try:
        exec(compile(submission, spec["file"], "exec", dont_inherit=True), names)
    except BaseException as error:
        failed(error)
    if is_changed(before):
        end("runtime_error", "the submission changed what tests are made of")
    try:
        exec(compile(tests, "tests", "exec", dont_inherit=True), names)
    except BaseException as error:
        failed(error)
    if spec["unittest"]:
        kinds = [
            kind for kind in list(names.values())
            if isinstance(kind, type) and issubclass(kind, unittest.TestCase) and kind is not unittest.TestCase]
        result = unittest.TestResult()
        count = skipped_before = 0
        for kind in kinds:
            skipped = sum(1 for name in dir(kind) if getattr(getattr(kind, name), "__unittest_skip__", False))
            suite = unittest.defaultTestLoader.loadTestsFromTestCase(kind)
            count += suite.countTestCases()
            try:
                suite.run(result)
            except BaseException as error:
                failed(error)
            if len(result.skipped) > skipped_before + skipped:
                end("runtime_error", "a test was skipped: %s" % (result.skipped[-1][1],))
            skipped_before = len(result.skipped)
        for verdict, problems in (("wrong_answer", result.failures), ("runtime_error", result.errors)):
            if problems:
                end(verdict, "%s: %s" % (problems[0][0], problems[0][1]))
        if count == 0 or result.testsRun != count:
            end("runtime_error", "of %d tests %d ran" % (count, result.testsRun))
    if is_changed([part for part in before if part[0] is not builtins]):
        end("runtime_error", "the submission changed what tests are made of")
    end("ok")


_run()
