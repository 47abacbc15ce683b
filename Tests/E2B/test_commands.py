# SPDX-License-Identifier: Apache-2.0
import threading
import time

import e2b
from e2b import CommandExitException, PtySize

from support import SandboxCase, since


class CommandTests(SandboxCase):
    def test_output_and_status(self):
        result = self.sandbox.commands.run("echo out; echo err >&2")
        self.assertEqual((result.stdout, result.stderr, result.exit_code), ("out\n", "err\n", 0))
        with self.assertRaises(CommandExitException) as caught:
            self.sandbox.commands.run("echo no; exit 7")
        self.assertEqual((caught.exception.exit_code, caught.exception.stdout), (7, "no\n"))

    def test_awkward_text(self):
        text = "!@#$%^&*()_+ \"quotes\" 'and' `more` grüße 你好 \\ end"
        quoted = "'" + text.replace("'", "'\"'\"'") + "'"
        self.assertEqual(self.run_ok(f"printf %s {quoted}"), text)
        self.assertEqual(self.run_ok("printf 'a\\nb\\n\\nc'"), "a\nb\n\nc")

    def test_broken_characters(self):
        output = self.run_ok("head -c 8191 /dev/zero | tr '\\0' a; printf '\\xe4\\xb8'")
        self.assertEqual(output[:8191], "a" * 8191)
        self.assertIn("\ufffd", output[8191:])

    def test_who_and_where(self):
        self.assertEqual(self.run_ok("whoami; pwd"), "user\n/home/user\n")
        self.assertEqual(self.run_ok("whoami; pwd", user="root"), "root\n/root\n")
        self.assertEqual(self.run_ok("pwd", cwd="/tmp"), "/tmp\n")
        self.assertEqual(self.run_ok("sudo whoami"), "root\n")
        with self.assertRaises(e2b.AuthenticationException):
            self.sandbox.commands.run("true", user="nobody-here")
        with self.assertRaises(e2b.InvalidArgumentException):
            self.sandbox.commands.run("true", cwd="/does/not/exist")

    def test_environment_stays_with_its_command(self):
        self.assertEqual(self.run_ok('echo "$FOO"', envs={"FOO": "bar"}), "bar\n")
        self.assertEqual(self.run_ok('sudo echo "$FOO"'), "\n")
        self.assertEqual(self.run_ok('echo "$E2B_SANDBOX"'), "true\n")

    def test_timeouts(self):
        with self.assertRaises(e2b.TimeoutException):
            self.sandbox.commands.run("sleep 10", timeout=1)
        handle = self.sandbox.commands.run("sleep 10", background=True, timeout=1)
        with self.assertRaises(e2b.TimeoutException):
            for _ in handle:
                pass
        # The server's clock began a moment after the client's.
        deadline = time.monotonic() + 5
        while self.run_ok("pgrep -x sleep || echo none") != "none\n":
            self.assertLess(time.monotonic(), deadline)

    def test_callbacks_get_the_pieces(self):
        out, err = [], []
        self.sandbox.commands.run(
            "for i in 1 2 3; do echo $i; echo e$i >&2; done", on_stdout=out.append, on_stderr=err.append)
        self.assertEqual("".join(out), "1\n2\n3\n")
        self.assertEqual("".join(err), "e1\ne2\ne3\n")

    def test_stdin(self):
        handle = self.sandbox.commands.run("cat", background=True, stdin=True)
        self.sandbox.commands.send_stdin(handle.pid, "hello\n")
        for stdout, _, _ in handle:
            if stdout:
                self.assertEqual(stdout, "hello\n")
                break
        self.assertTrue(handle.kill())

    @since("2.38.0", "close_stdin")
    def test_stdin_ends(self):
        handle = self.sandbox.commands.run("cat", background=True, stdin=True)
        self.sandbox.commands.send_stdin(handle.pid, "hello")
        self.sandbox.commands.close_stdin(handle.pid)
        self.assertEqual(handle.wait().stdout, "hello")

    @since("2.63.0", "stream_input")
    def test_stdin_is_streamed(self):
        handle = self.sandbox.commands.run("cat", background=True, stdin=True)
        self.sandbox.commands.stream_input(handle.pid, iter(["a", b"b", "grü\u00dfe"]))
        self.sandbox.commands.close_stdin(handle.pid)
        self.assertEqual(handle.wait().stdout, "abgrü\u00dfe")
        with self.assertRaises(e2b.NotFoundException):
            self.sandbox.commands.stream_input(999_999, ["x"])

    def test_list_connect_kill(self):
        handle = self.sandbox.commands.run("echo begun; sleep 100", background=True)
        for stdout, _, _ in handle:
            self.assertEqual(stdout, "begun\n")
            break
        handle.disconnect()
        self.assertIn(handle.pid, [process.pid for process in self.sandbox.commands.list()])
        again = self.sandbox.commands.connect(handle.pid)
        self.assertEqual(again.pid, handle.pid)
        self.assertTrue(self.sandbox.commands.kill(handle.pid))
        with self.assertRaises(CommandExitException):
            again.wait()
        self.assertFalse(self.sandbox.commands.kill(handle.pid))
        with self.assertRaises(e2b.NotFoundException):
            self.sandbox.commands.connect(999_999)

    def test_many_at_once(self):
        results = {}

        def run(index):
            results[index] = self.sandbox.commands.run(f"sleep 0.2; echo {index}").stdout

        threads = [threading.Thread(target=run, args=[index]) for index in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, {index: f"{index}\n" for index in range(20)})

    def test_much_output(self):
        received = [0]

        def count(piece):
            received[0] += len(piece)

        self.sandbox.commands.run("head -c 20000000 /dev/zero | tr '\\0' x", on_stdout=count, timeout=120)
        self.assertEqual(received[0], 20_000_000)


class TerminalTests(SandboxCase):
    def test_a_terminal(self):
        output = bytearray()
        seen = threading.Event()

        def take(data):
            output.extend(data)
            if b"size=100" in output:
                seen.set()

        terminal = self.sandbox.pty.create(PtySize(24, 80), envs={"ABC": "123"})
        self.sandbox.pty.send_stdin(terminal.pid, b"echo var=$ABC; echo size=$(tput cols)\n")
        self.sandbox.pty.resize(terminal.pid, PtySize(24, 100))
        self.sandbox.pty.send_stdin(terminal.pid, b"echo size=$(tput cols)\n")
        reader = threading.Thread(target=self.drain, args=[terminal, take], daemon=True)
        reader.start()
        self.assertTrue(seen.wait(20), bytes(output))
        self.assertIn(b"var=123", output)
        self.assertTrue(self.sandbox.pty.kill(terminal.pid))
        reader.join(20)
        self.assertFalse(reader.is_alive())
        self.assertEqual(self.run_ok(f"kill -0 {terminal.pid} 2>/dev/null || echo gone"), "gone\n")

    @staticmethod
    def drain(terminal, take):
        try:
            terminal.wait(on_pty=take)
        except Exception:
            # It is killed in the end.
            pass

    def test_it_can_be_left_and_found_again(self):
        terminal = self.sandbox.pty.create(PtySize(24, 80))
        terminal.disconnect()
        if not hasattr(self.sandbox.pty, "connect"):
            self.skipTest("pty.connect: not in this e2b")
        again = self.sandbox.pty.connect(terminal.pid)
        self.sandbox.pty.send_stdin(terminal.pid, b"exit 3\n")
        with self.assertRaises(CommandExitException) as caught:
            again.wait()
        self.assertEqual(caught.exception.exit_code, 3)


class GitTests(SandboxCase):
    """git alone, with a server on the sandbox's own loopback."""

    def test_clone_commit_push_pull(self):
        git = "git -c user.name=A -c user.email=a@b.c -c init.defaultBranch=main"
        self.run_ok(f"mkdir -p srv && {git} init --bare srv/repo.git")
        server = self.sandbox.commands.run(
            "git daemon --reuseaddr --base-path=/home/user/srv --export-all --enable=receive-pack --listen=127.0.0.1",
            background=True)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.run_ok("git ls-remote git://127.0.0.1/repo.git")
                break
            except CommandExitException:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        self.run_ok(f"{git} clone git://127.0.0.1/repo.git one 2>&1")
        self.run_ok(f"cd one && echo hi > a && git add a && {git} commit -qm first && git push -q origin HEAD:main")
        self.run_ok(f"{git} clone -b main git://127.0.0.1/repo.git two 2>&1")
        self.assertEqual(self.run_ok("cat two/a"), "hi\n")
        self.assertEqual(self.run_ok("git -C two status --porcelain"), "")
        server.kill()

    def test_everything_the_helpers_can(self):
        self.run_ok("git init -q --bare -b main served/all.git")
        self.sandbox.commands.run(
            "git daemon --reuseaddr --port=9419 --base-path=/home/user/served --export-all --enable=receive-pack "
            "--listen=127.0.0.1", background=True, timeout=0)
        url, one, two = "git://127.0.0.1:9419/all.git", "/home/user/all-one", "/home/user/all-two"
        deadline = time.monotonic() + 20
        while True:
            try:
                self.run_ok(f"git ls-remote {url}")
                break
            except CommandExitException:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        git = self.sandbox.git
        git.configure_user("A", "a@b.c")
        git.set_config("pull.rebase", "false")
        self.assertEqual(git.get_config("pull.rebase"), "false")
        git.init(one, initial_branch="main")
        git.remote_add(one, "origin", url)
        self.assertEqual(git.remote_get(one, "origin"), url)
        self.sandbox.files.write(f"{one}/a.txt", "first")
        git.add(one)
        git.commit(one, "first")
        git.push(one, remote="origin", branch="main")
        git.clone(url, path=two, branch="main")
        self.assertEqual(self.sandbox.files.read(f"{two}/a.txt"), "first")
        self.sandbox.files.write(f"{two}/a.txt", "second")
        git.add(two)
        git.commit(two, "second")
        git.push(two, remote="origin", branch="main")
        git.pull(one, remote="origin", branch="main")
        self.assertEqual(self.sandbox.files.read(f"{one}/a.txt"), "second")
        self.sandbox.files.write(f"{one}/a.txt", "spoilt")
        git.add(one)
        git.restore(one, paths=["a.txt"], staged=True)
        git.restore(one, paths=["a.txt"], worktree=True)
        self.assertEqual(self.sandbox.files.read(f"{one}/a.txt"), "second")
        git.reset(one, mode="hard", target="HEAD~1")
        self.assertEqual(self.sandbox.files.read(f"{one}/a.txt"), "first")
        git.create_branch(one, "other")
        git.checkout_branch(one, "main")
        git.delete_branch(one, "other", force=True)
        self.assertEqual(git.branches(one).branches, ["main"])
        self.assertTrue(git.status(one).is_clean)
        git.dangerously_authenticate("me", "secret", host="git.example.com")
        self.assertIn("https://me:secret@git.example.com", self.run_ok("cat ~/.git-credentials"))

    def test_the_helpers_of_the_sdk(self):
        git = self.sandbox.git
        git.init("/home/user/mine")
        git.configure_user("A", "a@b.c")
        self.sandbox.files.write("mine/a.txt", "a")
        git.add("/home/user/mine")
        git.commit("/home/user/mine", "first")
        git.create_branch("/home/user/mine", "other")
        self.assertEqual(git.branches("/home/user/mine").current_branch, "other")
        self.sandbox.files.write("mine/b.txt", "b")
        self.assertFalse(git.status("/home/user/mine").is_clean)
