# SPDX-License-Identifier: Apache-2.0
import asyncio

import e2b
from e2b import AsyncSandbox

from support import GONE, IS_OLD, AsyncCase


class AsyncTests(AsyncCase):
    async def asyncSetUp(self):
        self.sandbox = await AsyncSandbox.create(timeout=120)

    async def asyncTearDown(self):
        await self.sandbox.kill()

    async def test_commands(self):
        result = await self.sandbox.commands.run("echo hi")
        self.assertEqual(result.stdout, "hi\n")
        with self.assertRaises(e2b.CommandExitException):
            await self.sandbox.commands.run("exit 3")
        with self.assertRaises(e2b.TimeoutException):
            await self.sandbox.commands.run("sleep 10", timeout=1)

    async def test_stdin_and_kill(self):
        handle = await self.sandbox.commands.run("cat", background=True, stdin=True)
        await self.sandbox.commands.send_stdin(handle.pid, "abc\n")
        self.assertTrue(await self.sandbox.commands.kill(handle.pid))
        with self.assertRaises(e2b.CommandExitException):
            await handle.wait()
        self.assertFalse(await self.sandbox.commands.kill(handle.pid))

    async def test_files(self):
        await self.sandbox.files.write("a/b.txt", "hello")
        self.assertEqual(await self.sandbox.files.read("a/b.txt"), "hello")
        self.assertEqual([entry.name for entry in await self.sandbox.files.list("a")], ["b.txt"])
        self.assertFalse(await self.sandbox.files.exists("a/none"))

    async def test_watching(self):
        events = asyncio.Queue()
        handle = await self.sandbox.files.watch_dir("/home/user", on_event=events.put_nowait)
        await self.sandbox.files.write("w.txt", "x")
        kinds = [(await asyncio.wait_for(events.get(), 20)).type.value for _ in range(3)]
        self.assertEqual(kinds, ["create", "chmod", "write"])
        await handle.stop()

    async def test_many_streams_at_once(self):
        async def one(index):
            return (await self.sandbox.commands.run(f"sleep 0.3; echo {index}")).stdout

        results = await asyncio.gather(*[one(index) for index in range(50)])
        self.assertEqual(results, [f"{index}\n" for index in range(50)])

    async def test_a_killed_sandbox_breaks_off(self):
        handle = await self.sandbox.commands.run("sleep 100", background=True)
        await self.sandbox.kill()
        with self.assertRaises(GONE):
            await handle.wait()

    async def test_pause_and_connect(self):
        await self.sandbox.files.write("a.txt", "kept")
        if IS_OLD:
            await self.sandbox.beta_pause()
        else:
            self.assertTrue(await self.sandbox.pause())
            self.assertFalse(await self.sandbox.pause())
        self.assertFalse(await self.sandbox.is_running())
        again = await AsyncSandbox.connect(self.sandbox.sandbox_id)
        self.assertEqual(await again.files.read("a.txt"), "kept")
