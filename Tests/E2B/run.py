# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of this folder with the SDK of this interpreter and writes what came of them as JSON.

usage: run.py RESULT.json [NAME...]   NAME: as unittest takes it, such as test_files.FileTests
"""

import json
import platform
import sys
import time
import unittest
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


class Result(unittest.TextTestResult):
    """Says each test's name and time when it has ended."""

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"  ok    {test.id()} ({(time.monotonic() - self.began) * 1000:.0f} ms)")

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.stream.writeln(f"  skip  {test.id()}: {reason}")

    def addFailure(self, test, error):
        unittest.TestResult.addFailure(self, test, error)
        self.stream.writeln(f"  FAIL  {test.id()}")

    def addError(self, test, error):
        unittest.TestResult.addError(self, test, error)
        self.stream.writeln(f"  FAIL  {test.id()}")


def installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def main():
    here = str(Path(__file__).parent)
    sys.path.insert(0, here)
    loader = unittest.TestLoader()
    names = sys.argv[2:]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(here)
    result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=0).run(suite)
    failed = [test.id() for test, _ in result.failures + result.errors]
    summary = {
        "e2b": installed("e2b"),
        "interpreter": installed("e2b-code-interpreter"),
        "python": platform.python_version(),
        "run": result.testsRun,
        "passed": result.testsRun - len(failed) - len(result.skipped),
        "skipped": [f"{test.id()}: {reason}" for test, reason in result.skipped],
        "failed": failed,
    }
    Path(sys.argv[1]).write_text(json.dumps(summary, indent=1))
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
