# SPDX-License-Identifier: Apache-2.0
"""What clients of each API see of a server's policy, which denies `socket`."""

import unittest

from support import KEY, KEYED_URL, RULED_KEY, WebSocket, call

CODE = "print('ran')\nimport socket"
MESSAGE = "main.py:2:1: import of 'socket' is not allowed"


def send(path, body, key=KEY):
    return call("POST", path, body, {"X-API-Key": key}, KEYED_URL)


class Policy(unittest.TestCase):
    def test_native(self):
        answer = send("/v1/run", {"code": CODE, "language": "python"})[1]
        self.assertEqual((answer["verdict"], answer["stdout"]), ("policy_violation", ""))
        self.assertEqual(answer["violations"], [
            {"file": "main.py", "line": 2, "column": 1, "rule": "imports", "name": "socket"}])

    def test_piston(self):
        job = {"language": "python", "version": "*", "files": [{"content": CODE}]}
        run = send("/api/v2/execute", job)[1]["run"]
        self.assertEqual((run["stdout"], run["stderr"], run["code"], run["status"]), ("", MESSAGE, None, "RE"))
        with WebSocket("/api/v2/connect", url=KEYED_URL, headers=[f"Authorization: {KEY}"]) as socket:
            socket.send({"type": "init", **job})
            self.assertEqual(socket.rest()[-1], {"type": "error", "message": MESSAGE, "code": "policy_violation"})
            self.assertEqual(socket.close_code, 4002)
        status, answer = send("/api/v2/execute", {**job, "language": "bash"})
        self.assertEqual((status, answer["code"]), (400, "policy_unsupported"))

    def test_agent_run(self):
        self.assertEqual(send("/v1/run/", {"code": CODE}), (200, {"output": MESSAGE}))

    def test_sandbox_fusion(self):
        answer = send("/run_code", {"code": CODE, "language": "python"})[1]
        self.assertEqual((answer["status"], answer["message"]), ("Failed", MESSAGE))
        self.assertEqual(answer["run_result"]["stdout"], "")


class RulesOfAKey(unittest.TestCase):
    CODE = "import json\nprint('ran')"
    MESSAGE = "main.py:1:1: import of 'json' is not allowed"

    def test_every_way_to_run(self):
        job = {"language": "python", "version": "*", "files": [{"content": self.CODE}]}
        for key, message in ((RULED_KEY, self.MESSAGE), (KEY, None)):
            report = send("/v1/run", {"code": self.CODE, "language": "python"}, key)[1]
            self.assertEqual(report["stdout"], "" if message else "ran\n")
            self.assertEqual(report["verdict"], "policy_violation" if message else "ok")
            run = send("/api/v2/execute", job, key)[1]["run"]
            self.assertEqual((run["stdout"], run["stderr"]), ("", message) if message else ("ran\n", ""))
            self.assertEqual(send("/v1/run/", {"code": self.CODE}, key)[1]["output"].strip(), message or "ran")
            answer = send("/run_code", {"code": self.CODE, "language": "python"}, key)[1]
            self.assertIn("run_result", answer, answer)
            self.assertEqual(answer["run_result"]["stdout"], "" if message else "ran\n")
            with WebSocket("/api/v2/connect", url=KEYED_URL, headers=[f"Authorization: {key}"]) as socket:
                socket.send({"type": "init", **job})
                self.assertEqual([one.get("message") for one in socket.rest() if one["type"] == "error"], [message] if message else [])

    def test_the_servers_policy_and_the_limits(self):
        report = send("/v1/run", {"code": CODE + ", json", "language": "python"}, RULED_KEY)[1]
        self.assertEqual([one["name"] for one in report["violations"]], ["json", "socket"])
        status, answer = send("/v1/run", {"code": "1", "language": "python", "limits": {"wall_ms": 5001}}, RULED_KEY)
        self.assertEqual((status, answer["code"], answer["field"]), (422, "invalid_limit", "limits.wall_ms"))
        self.assertEqual(send("/v1/run", {"code": "1", "language": "python", "limits": {"wall_ms": 5001}})[0], 200)

    def test_it_makes_no_sandboxes(self):
        status, answer = call("POST", "/sandboxes", {"templateID": "base"}, {"X-API-Key": RULED_KEY}, KEYED_URL)
        self.assertEqual(status, 403, answer)
        self.assertIn("rules of its own", answer["message"])
