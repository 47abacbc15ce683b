# SPDX-License-Identifier: Apache-2.0
"""Runs both programs against the sandboxes that E2B_API_URL names; the model is a scripted server on loopback."""
import csv
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def expected():
    """City and average, found without the programs under test."""
    cities = {}
    with open(HERE.parent / "salaries" / "salaries.csv") as file:
        for row in csv.DictReader(file):
            cities.setdefault(row["city"], []).append(float(row["salary"]))
    averages = {city: sum(all_of) / len(all_of) for city, all_of in cities.items()}
    city = max(averages, key=averages.get)
    return city, f"{averages[city]:,.2f}"


# What the model says, one after the other: code that is wrong, a tool that is not there, and code that works with what
# an earlier cell has left behind.
SCRIPT = [
    [("run_python_code", {"code": "import pandas as pd\ndf = pd.read_csv('/home/user/salaries.csv')\ndf['pay'].mean()"})],
    [("no_such_tool", {}), ("run_python_code", {"code": "a = df.groupby('city')['salary'].mean(); a.idxmax(), round(a.max(), 2)"})],
]


class Model(http.server.BaseHTTPRequestHandler):
    """Follows SCRIPT, and then repeats the last thing that a tool has told it. Keeps what it was asked."""

    asked = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        told = [message for message in body["messages"] if message["role"] == "assistant"]
        is_ollama = self.path == "/api/chat"
        if len(told) < len(SCRIPT):
            calls = []
            for index, (name, arguments) in enumerate(SCRIPT[len(told)]):
                function = {"name": name, "arguments": arguments if is_ollama else json.dumps(arguments)}
                call = {"function": function}
                if not is_ollama:
                    call.update(id=f"call_{len(told)}_{index}", type="function")
                calls.append(call)
            message = {"role": "assistant", "content": "", "tool_calls": calls}
        else:
            message = {"role": "assistant", "content": "It is " + body["messages"][-1]["content"]}
        answer = {"message": message, "done": True} if is_ollama else {"choices": [{"index": 0, "message": message}]}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class CaseStudy(unittest.TestCase):
    def run_program(self, *arguments):
        done = subprocess.run([sys.executable, *arguments], cwd=HERE, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_recorded_call(self):
        city, average = expected()
        output = self.run_program("case_study.py")
        self.assertIn(f"highest average salary is {city}: {average}", output)
        self.assertRegex(output, r"elapsed: \d+\.\d+ s \(create")

    def test_loop(self):
        city, average = expected()
        for api, base in (("openai", "/v1"), ("ollama", "")):
            with self.subTest(api), http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                Model.asked = []
                output = self.run_program("tool_loop.py", "--api", api, "--endpoint", f"http://127.0.0.1:{server.server_port}{base}")
                server.shutdown()
                self.assertIn(f"It is ('{city}', {average.replace(',', '').rstrip('0')}", output)
                self.assertEqual(len(Model.asked), 3)
                self.assertEqual(Model.asked[0][1]["tools"][0]["function"]["name"], "run_python_code")
                tools = [message for message in Model.asked[-1][1]["messages"] if message["role"] == "tool"]
                self.assertEqual(len(tools), 3)
                self.assertIn("KeyError: 'pay'", tools[0]["content"])
                self.assertIn("there is no tool 'no_such_tool'", tools[1]["content"])
                if api == "openai":
                    self.assertEqual([tool["tool_call_id"] for tool in tools], ["call_0_0", "call_1_0", "call_1_1"])


if __name__ == "__main__":
    unittest.main()
