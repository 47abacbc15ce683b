# SPDX-License-Identifier: Apache-2.0
"""What the tests of the E2B API share: versions, sandboxes, and names that differ between releases of the SDK."""

import asyncio
import io
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


#: Before e2b 2.38 pausing told nothing, a request that broke off was an error of the HTTP library, times had no zone, the
#: asynchronous clients lived in their first event loop only, and a sandbox whose gateway did not start was left running.
IS_OLD = SDK < (2, 38, 0)


def pause(sandbox):
    """Whether it ran before."""
    if not IS_OLD:
        return sandbox.pause()
    was_running = sandbox.is_running()
    getattr(sandbox, "pause", sandbox.beta_pause)()
    return was_running


#: What a command raises whose sandbox went; the class became its own with e2b 2.57.
GONE = getattr(e2b, "SandboxNotRunningException", e2b.TimeoutException)
if IS_OLD:
    import httpcore

    GONE = httpcore.ReadError


def listed(**options):
    pages = Sandbox.list(**options)
    found = []
    while pages.has_next:
        found += pages.next_items()
    return found


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


class AsyncCase(unittest.TestCase):
    """As `unittest.IsolatedAsyncioTestCase`, with one event loop for all tests."""

    _loop = None

    def run(self, result=None):
        if AsyncCase._loop is None:
            AsyncCase._loop = asyncio.new_event_loop()
        name = self._testMethodName
        method = getattr(self, name)

        async def everything():
            await self.asyncSetUp()
            try:
                await method()
            finally:
                await self.asyncTearDown()

        setattr(self, name, lambda: AsyncCase._loop.run_until_complete(everything()))
        try:
            return super().run(result)
        finally:
            delattr(self, name)

    async def asyncSetUp(self):
        pass

    async def asyncTearDown(self):
        pass


class Zeros(io.RawIOBase):
    """A file of so many zero bytes that is never in memory as a whole."""

    def __init__(self, size):
        self.left = size

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        return count


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
