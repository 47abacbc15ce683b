# SPDX-License-Identifier: Apache-2.0
"""What the tests of the E2B API share: versions, sandboxes, and names that differ between releases of the SDK."""

import os
import unittest
import urllib.error
import urllib.request
from importlib.metadata import PackageNotFoundError, version

import e2b
from e2b import Sandbox


def _parts(text):
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


SDK = _parts(version("e2b"))
try:
    INTERPRETER = _parts(version("e2b-code-interpreter"))
except PackageNotFoundError:
    INTERPRETER = None

URL = os.environ["E2B_SANDBOX_URL"]


def since(text, what):
    """Skips a test where the SDK cannot do it yet."""
    return unittest.skipIf(SDK < _parts(text), f"{what}: since e2b {text}")


def pause(sandbox):
    return sandbox.pause() if hasattr(sandbox, "pause") else sandbox.beta_pause()


#: What a command raises whose sandbox went; the class became its own with e2b 2.57.
GONE = getattr(e2b, "SandboxNotRunningException", e2b.TimeoutException)


class SandboxCase(unittest.TestCase):
    """Tests that share one sandbox, made for the class and killed after it."""

    template = "base"

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox.create(cls.template, timeout=300)

    @classmethod
    def tearDownClass(cls):
        cls.sandbox.kill()

    def run_ok(self, command, **options):
        return self.sandbox.commands.run(command, **options).stdout

    def new(self, template="base", **options):
        """A sandbox of the test's own."""
        options.setdefault("timeout", 120)
        sandbox = Sandbox.create(template, **options)
        self.addCleanup(sandbox.kill)
        return sandbox


def fetch(url, data=None, headers=None, method=None):
    """Status and body of a plain request, without the SDK."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def to_port(sandbox, port):
    """Header fields that lead to a port of a sandbox."""
    return {"E2b-Sandbox-Id": sandbox.sandbox_id, "E2b-Sandbox-Port": str(port)}
