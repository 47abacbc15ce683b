# SPDX-License-Identifier: Apache-2.0
"""What is heavy: many sandboxes, gigabytes, slow readers. Once is enough, with the newest SDK."""

import asyncio
import http.client
import io
import json
import struct
import time
import unittest
import urllib.parse

import e2b
from e2b import AsyncSandbox, Sandbox

from support import SDK, URL, AsyncCase, SandboxCase, Zeros, listed

ADDRESS = urllib.parse.urlsplit(URL)
NEWEST = (2, 63, 0)

if SDK < NEWEST:
    raise unittest.SkipTest("what is heavy runs with the newest e2b only")


def start(sandbox, command):
    """The open response of process.Process/Start, as no SDK reads it: byte by byte, or not at all."""
    message = json.dumps({"process": {"cmd": "/bin/bash", "args": ["-c", command]}, "stdin": False}).encode()
    connection = http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port, timeout=120)
    connection.request(
        "POST", "/process.Process/Start", body=struct.pack(">BI", 0, len(message)) + message,
        headers={
            "Content-Type": "application/connect+json", "Connect-Protocol-Version": "1",
            "E2b-Sandbox-Id": sandbox.sandbox_id, "E2b-Sandbox-Port": "49983",
            "X-Access-Token": sandbox._envd_access_token,
        })
    response = connection.getresponse()
    assert response.status == 200, response.status
    return connection, response


def messages(response):
    while head := response.read(5):
        yield json.loads(response.read(struct.unpack(">BI", head)[1]))


class LargeTests(SandboxCase):
    def test_a_gigabyte_of_output(self):
        connection, response = start(self.sandbox, "head -c 1073741824 /dev/zero | tr '\\0' x")
        size, last = 0, None
        for message in messages(response):
            last = message.get("event", last)
            # Of base64 the length tells the bytes; decoding a gigabyte is not what is tested.
            text = message.get("event", {}).get("data", {}).get("stdout", "")
            size += len(text) * 3 // 4 - text[-2:].count("=")
        self.assertEqual(size, 1 << 30)
        self.assertEqual(last["end"]["exited"], True)
        connection.close()

    def test_a_gigabyte_of_upload(self):
        self.sandbox.files.write("large", io.BufferedReader(Zeros(1 << 30)), request_timeout=600)
        self.assertEqual(self.sandbox.files.get_info("large").size, 1 << 30)
        self.sandbox.files.remove("large")

    def test_more_than_the_disk_holds(self):
        with self.assertRaises(e2b.NotEnoughSpaceException):
            self.sandbox.files.write("larger", io.BufferedReader(Zeros(2 << 30)), request_timeout=600)
        self.sandbox.files.remove("larger")
        self.assertEqual(self.run_ok("echo fine"), "fine\n")

    def test_a_reader_that_does_not_read_holds_up_nobody(self):
        connection, response = start(self.sandbox, "yes")
        began = time.monotonic()
        for number in range(20):
            self.assertEqual(self.run_ok(f"echo {number}"), f"{number}\n")
        self.assertLess(time.monotonic() - began, 20)
        # Nor does it make the server keep what it does not take.
        usage = self.sandbox.commands.run("ps -o rss= -C yes", user="root").stdout
        self.assertLess(int(usage), 10_000)
        connection.close()
        self.run_ok("pkill -x yes")


class ManyTests(AsyncCase):
    async def test_two_hundred_sandboxes(self):
        mark = {"mark": f"many-{time.time_ns()}"}

        async def life(number):
            sandbox = await AsyncSandbox.create(timeout=300, metadata=mark)
            try:
                result = await sandbox.commands.run(f"echo {number} > n; cat n; whoami")
                await everybody.wait()
                again = await sandbox.files.read("n")
                return result.stdout, again
            finally:
                await sandbox.kill()

        # All of them live at one time.
        count, everybody = 200, asyncio.Barrier(200) if hasattr(asyncio, "Barrier") else _Barrier(200)
        results = await asyncio.gather(*[life(number) for number in range(count)])
        self.assertEqual(results, [(f"{number}\nuser\n", f"{number}\n") for number in range(count)])
        self.assertEqual([item.sandbox_id for item in listed(query=e2b.SandboxQuery(metadata=mark))], [])


class _Barrier:
    """`asyncio.Barrier`, for Python before 3.11."""

    def __init__(self, count):
        self.left, self.event = count, asyncio.Event()

    async def wait(self):
        self.left -= 1
        if self.left == 0:
            self.event.set()
        await self.event.wait()
