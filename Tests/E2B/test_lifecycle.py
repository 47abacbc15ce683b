# SPDX-License-Identifier: Apache-2.0
import datetime
import inspect
import json
import os
import time
import uuid

import e2b
from e2b import Sandbox, SandboxQuery, SandboxState

from support import GONE, IS_OLD, URL, SandboxCase, fetch, listed, pause, since, to_port


class ListTests(SandboxCase):
    @classmethod
    def setUpClass(cls):
        cls.mark = uuid.uuid4().hex
        cls.first = Sandbox.create(timeout=120, metadata={"mark": cls.mark, "a b": "c&d=e", "n": "1"})
        cls.sandbox = Sandbox.create(timeout=120, metadata={"mark": cls.mark, "a b": "c&d=e", "n": "2"})

    @classmethod
    def tearDownClass(cls):
        cls.first.kill()
        cls.sandbox.kill()

    def ids(self, **query):
        query.setdefault("metadata", {"mark": self.mark})
        return [item.sandbox_id for item in listed(query=SandboxQuery(**query))]

    def test_newest_first(self):
        self.assertEqual(self.ids(), [self.sandbox.sandbox_id, self.first.sandbox_id])

    def test_all_metadata_must_match(self):
        self.assertEqual(self.ids(metadata={"mark": self.mark, "n": "1", "a b": "c&d=e"}), [self.first.sandbox_id])
        self.assertEqual(self.ids(metadata={"mark": self.mark, "n": "3"}), [])

    def test_pages(self):
        pages = Sandbox.list(query=SandboxQuery(metadata={"mark": self.mark}), limit=1)
        self.assertTrue(pages.has_next)
        self.assertEqual([item.sandbox_id for item in pages.next_items()], [self.sandbox.sandbox_id])
        self.assertTrue(pages.has_next)
        self.assertEqual([item.sandbox_id for item in pages.next_items()], [self.first.sandbox_id])
        self.assertFalse(pages.has_next)

    def test_states(self):
        paused = self.new(metadata={"mark": self.mark})
        pause(paused)
        self.assertEqual(self.ids(state=[SandboxState.PAUSED]), [paused.sandbox_id])
        self.assertEqual(len(self.ids(state=[SandboxState.RUNNING])), 2)
        self.assertEqual(len(self.ids(state=[SandboxState.RUNNING, SandboxState.PAUSED])), 3)

    def test_order(self):
        if "order" not in inspect.signature(Sandbox.list).parameters:
            self.skipTest("order: not in this e2b")
        query = SandboxQuery(metadata={"mark": self.mark})
        for order, expected in [("asc", [self.first, self.sandbox]), ("desc", [self.sandbox, self.first])]:
            found = [item.sandbox_id for item in listed(query=query, order=order)]
            self.assertEqual(found, [sandbox.sandbox_id for sandbox in expected])

    def test_template_and_time(self):
        if "started_after" not in SandboxQuery.__dataclass_fields__:
            self.skipTest("template and started_after: not in this e2b")
        started = self.sandbox.get_info().started_at
        self.assertEqual(self.ids(started_after=started), [self.sandbox.sandbox_id])
        self.assertEqual(self.ids(started_after=started + datetime.timedelta(seconds=1)), [])
        self.assertEqual(len(self.ids(template="base")), 2)
        self.assertEqual(self.ids(template=uuid.uuid4().hex), [])


class LifecycleTests(SandboxCase):
    def test_info_tells_the_truth(self):
        info = self.sandbox.get_info()
        self.assertEqual(info.sandbox_id, self.sandbox.sandbox_id)
        self.assertEqual(info.template_id, "base")
        self.assertEqual(info.state, SandboxState.RUNNING)
        self.assertFalse(getattr(info, "allow_internet_access", False))

    def test_connect_never_shortens(self):
        sandbox = self.new(timeout=300)
        before = sandbox.get_info().end_at
        Sandbox.connect(sandbox.sandbox_id, timeout=10)
        self.assertEqual(sandbox.get_info().end_at, before)
        Sandbox.connect(sandbox.sandbox_id, timeout=600)
        self.assertGreater(sandbox.get_info().end_at, before)

    def test_the_time_ends(self):
        sandbox = self.new()
        sandbox.set_timeout(2)
        self.assertTrue(sandbox.is_running())
        time.sleep(3)
        self.assertFalse(sandbox.is_running())
        with self.assertRaises(e2b.SandboxException):
            sandbox.commands.run("true")

    def test_kill_twice(self):
        sandbox = self.new()
        self.assertTrue(sandbox.kill())
        self.assertFalse(sandbox.kill())
        self.assertFalse(sandbox.is_running())
        with self.assertRaises(e2b.NotFoundException):
            Sandbox.connect(sandbox.sandbox_id)

    def test_kill_while_a_command_runs(self):
        sandbox = self.new()
        handle = sandbox.commands.run("sleep 100", background=True)
        sandbox.kill()
        with self.assertRaises(GONE) as caught:
            handle.wait()
        if not IS_OLD:
            self.assertIn("killed or reached its end of life", str(caught.exception))

    def test_pause_keeps_processes_and_files(self):
        sandbox = self.new()
        handle = sandbox.commands.run("sleep 100", background=True)
        sandbox.files.write("a.txt", "kept")
        boot = sandbox.commands.run("cat /proc/sys/kernel/random/boot_id").stdout
        self.assertTrue(pause(sandbox))
        self.assertFalse(pause(sandbox))
        self.assertFalse(sandbox.is_running())
        self.assertEqual(sandbox.get_info().state, SandboxState.PAUSED)
        again = Sandbox.connect(sandbox.sandbox_id, timeout=60)
        self.assertEqual(again.files.read("a.txt"), "kept")
        self.assertEqual(again.commands.run("cat /proc/sys/kernel/random/boot_id").stdout, boot)
        self.assertIn(handle.pid, [process.pid for process in again.commands.list()])

    def test_a_paused_sandbox_can_be_killed(self):
        sandbox = self.new()
        pause(sandbox)
        self.assertTrue(sandbox.kill())

    @since("2.38.0", "lifecycle")
    def test_pause_at_the_end_and_wake_on_traffic(self):
        lifecycle = {"on_timeout": "pause", "auto_resume": True}
        sandbox = self.new(timeout=2, lifecycle=lifecycle)
        deadline = time.monotonic() + 30
        while sandbox.get_info().state != SandboxState.PAUSED:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.assertEqual(sandbox.commands.run("echo awake").stdout, "awake\n")
        self.assertEqual(sandbox.get_info().state, SandboxState.RUNNING)

    @since("2.38.0", "lifecycle")
    def test_pause_of_files_only(self):
        sandbox = self.new()
        boot = sandbox.commands.run("cat /proc/sys/kernel/random/boot_id").stdout
        sandbox.commands.run("sleep 300", background=True)
        sandbox.files.write("a.txt", "kept")
        if "keep_memory" not in inspect.signature(sandbox.pause).parameters:
            self.skipTest("keep_memory: not in this e2b")
        sandbox.pause(keep_memory=False)
        again = Sandbox.connect(sandbox.sandbox_id, timeout=60)
        self.assertEqual(again.commands.list(), [])
        self.assertEqual(again.files.read("a.txt"), "kept")
        self.assertNotEqual(again.commands.run("cat /proc/sys/kernel/random/boot_id").stdout, boot)

    @since("2.45.0", "pauses of files only")
    def test_timeout_pauses_files_only(self):
        body = {"templateID": "base", "timeout": 1, "autoPause": True, "autoPauseMemory": False}
        key = {"X-API-KEY": os.environ["E2B_API_KEY"], "Content-Type": "application/json"}
        status, answer = fetch(URL + "/sandboxes", data=json.dumps(body).encode(), headers=key)
        self.assertEqual(status, 201)
        identifier = json.loads(answer)["sandboxID"]
        self.addCleanup(lambda: Sandbox.kill(identifier))
        deadline = time.monotonic() + 30
        while True:
            info = json.loads(fetch(URL + "/sandboxes/" + identifier, headers=key)[1])
            if info["state"] == "paused":
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.assertEqual(info["pauseMode"], "filesystem")

    @since("2.38.0", "lifecycle")
    def test_timeout_zero_pauses(self):
        sandbox = self.new(lifecycle={"on_timeout": "pause"})
        sandbox.set_timeout(0)
        deadline = time.monotonic() + 30
        while sandbox.get_info().state != SandboxState.PAUSED:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.assertFalse(sandbox.is_running())
        Sandbox.connect(sandbox.sandbox_id)
        self.assertTrue(sandbox.is_running())

    def test_environment(self):
        sandbox = self.new(envs={"FOO": "sandbox", "BAR": "b"})
        command = 'echo "$FOO $BAR"'
        self.assertEqual(sandbox.commands.run(command).stdout, "sandbox b\n")
        self.assertEqual(sandbox.commands.run("python --version").stdout[:8], "Python 3")
        self.assertEqual(sandbox.commands.run(command, envs={"FOO": "mine"}).stdout, "mine b\n")
        self.assertEqual(sandbox.commands.run(command).stdout, "sandbox b\n")

    def test_metrics(self):
        sandbox = self.new()
        deadline = time.monotonic() + 30
        while not (metrics := sandbox.get_metrics()):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        self.assertGreater(metrics[0].mem_total, 0)
        self.assertGreater(metrics[0].disk_total, 0)
        self.assertGreater(metrics[0].cpu_count, 0)
        before = sandbox.get_info().started_at - datetime.timedelta(hours=2)
        self.assertEqual(sandbox.get_metrics(start=before, end=before + datetime.timedelta(hours=1)), [])

    def test_metrics_of_envd(self):
        self.run_ok("head -c 10000000 /dev/zero > ten")
        status, body = fetch(
            URL + "/metrics",
            headers=to_port(self.sandbox, 49983) | {"X-Access-Token": self.sandbox._envd_access_token})
        self.assertEqual(status, 200)
        metrics = json.loads(body)
        self.assertGreaterEqual(metrics["disk_used"], 10_000_000)
        self.assertGreater(metrics["mem_total"], metrics["mem_used"])
        self.assertGreaterEqual(metrics["cpu_count"], 1)

    def test_snapshots(self):
        sandbox = self.new()
        sandbox.files.write("a.txt", "one")
        name = "snap-" + uuid.uuid4().hex[:8]
        try:
            snapshot = sandbox.create_snapshot(name=name)
        except TypeError:
            # An SDK that has no names for them.
            snapshot = sandbox.create_snapshot()
        self.addCleanup(lambda: Sandbox.delete_snapshot(snapshot.snapshot_id))
        sandbox.files.write("a.txt", "two")
        copies = [self.new(snapshot.snapshot_id) for _ in range(2)]
        copies[0].files.write("a.txt", "copy")
        self.assertEqual(copies[1].files.read("a.txt"), "one")
        self.assertEqual(sandbox.files.read("a.txt"), "two")
        pages = Sandbox.list_snapshots(sandbox_id=sandbox.sandbox_id)
        self.assertEqual([item.snapshot_id for item in pages.next_items()], [snapshot.snapshot_id])
        self.assertTrue(Sandbox.delete_snapshot(snapshot.snapshot_id))
        self.assertFalse(Sandbox.delete_snapshot(snapshot.snapshot_id))

    @since("2.38.0", "fork")
    def test_forks(self):
        sandbox = self.new()
        sandbox.files.write("a.txt", "one")
        forks = sandbox.fork(count=2)
        for fork in forks:
            self.addCleanup(fork.kill)
        self.assertEqual(len({fork.sandbox_id for fork in forks} | {sandbox.sandbox_id}), 3)
        by_name = Sandbox.fork(sandbox.sandbox_id, count=1)
        self.addCleanup(by_name[0].kill)
        self.assertEqual(by_name[0].files.read("a.txt"), "one")
        forks[0].files.write("a.txt", "fork")
        self.assertEqual([forks[1].files.read("a.txt"), sandbox.files.read("a.txt")], ["one", "one"])
        sandbox.kill()
        with self.assertRaises(e2b.NotFoundException):
            sandbox.fork()

    @since("2.38.0", "network updates")
    def test_what_cannot_be_honoured_is_refused(self):
        sandbox = self.new(allow_internet_access=False)
        sandbox.update_network({"deny_out": ["0.0.0.0/0"]})
        with self.assertRaises(e2b.SandboxException):
            sandbox.update_network({"allow_out": ["1.1.1.1"]})
        with self.assertRaises(e2b.SandboxException):
            Sandbox.create(network={"allow_out": ["1.1.1.1"]})

    def test_an_unknown_template(self):
        with self.assertRaises(e2b.SandboxException):
            Sandbox.create(uuid.uuid4().hex)

    def test_a_wrong_key(self):
        with self.assertRaises(e2b.AuthenticationException):
            Sandbox.create(api_key="e2b_" + "z" * 40)

    def test_templates_exist_or_not(self):
        if not hasattr(e2b, "Template") or not hasattr(e2b.Template, "exists"):
            self.skipTest("Template.exists: not in this e2b")
        self.assertTrue(e2b.Template.exists("base"))
        self.assertFalse(e2b.Template.exists(uuid.uuid4().hex))

    @since("2.38.0", "killing a sandbox whose gateway does not start")
    def test_the_gateway_that_is_not_there(self):
        mark = uuid.uuid4().hex
        with self.assertRaises(Exception):
            Sandbox.create("base", mcp={"x": {}}, metadata={"mark": mark})
        self.assertEqual(listed(query=SandboxQuery(metadata={"mark": mark})), [])

    def test_a_dead_sandbox_is_told_from_a_closed_port(self):
        sandbox = self.new()
        status, body = fetch(URL + "/", headers=to_port(sandbox, 8099))
        self.assertEqual(status, 502)
        self.assertIn(b"port is not open", body)
        sandbox.kill()
        status, body = fetch(URL + "/", headers=to_port(sandbox, 8099))
        self.assertEqual(status, 502)
        self.assertIn(b"was not found", body)
