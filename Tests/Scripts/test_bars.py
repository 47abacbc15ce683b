# SPDX-License-Identifier: Apache-2.0
"""What `make bench` makes of its figures. Run by `scripts/test scripts`."""
import copy
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "scripts/support"))
from benchmark import bars, tables  # noqa: E402


def row(p50, p99, warm=None):
    return {"p50": p50, "p99": p99, "n": 100, "warm": warm}


def rates(per_second):
    return {"8": {**row(2, 3, 1.0), "per_second": per_second, "per_core": per_second / 2, "cpu_ms": 1.0, "client_cpu_ms": 0.1}}


RESULTS = {
    "machine": {"processor": "2 x something"},
    "latency": {
        "print": {"bare": row(10, 20), "bwrap": row(20, 30), "nestbox-http": row(1, 9, 1.0), "nestbox-http-cold": row(15, 20, 0.0)},
        "pandas": {"bare": row(320, 330), "bare-import": row(300, 310), "nestbox-http": row(5, 9, 1.0)},
    },
    "engine": {"nestbox-http-cold": {"cold": {"sandbox_ms": row(4, 6), "run_ms": row(10, 12), "outside_ms": row(1, 2)}}},
    "throughput": {"bwrap": rates(100), "nestbox-http": rates(600)},
    "sustained": {"clients": 8, "seconds": 60, "window": 10, "windows": [row(2, 3) | {"per_second": 500}], "drift": 1.0, **rates(510)["8"]},
    "memory": {"prepared": {"count": 4, "pss": 1e6, "largest": 2e6, "each": []}, "idle": {"count": 20, "processes": 1, "pss": 3.1e6, "server": 1e4, "taken": 4e6, "fit": 9}},
    "drivers": {
        "latency": {way: {**row(p50, 2 * p50, warm), "bare": 40} for way, p50, warm in (
            ("bare", 40, None), ("namespace", 5, 1.0), ("gvisor", 9, 1.0), ("microvm", 11, 1.0), ("microvm-cold", 600, 0.0))},
        "memory": {"namespace": {"count": 2, "pss": 1e6, "peak": 2e6}, "microvm-cold": {"peak": 9e7}},
        "start_ms": {"namespace-cold": 500, "microvm-cold": 6500},
    },
    "not_measured": [{"section": "all", "way": "runsc", "reason": "not installed, " * 12}],
}


class BarTests(unittest.TestCase):
    def judge(self, results):
        return {bar["text"]: bar for bar in bars.bars(results)}

    def test_met(self):
        judged = self.judge(RESULTS)
        for text in ("print(1) over HTTP, warm, p50 / bare p50", "pandas over HTTP, warm, p50 / bare import p50",
                     "runs per second / bwrap, 8 clients", "the same, sustained", "cold sandbox, engine clock, p50"):
            self.assertTrue(judged[text]["met"], judged[text])
        self.assertAlmostEqual(judged["pandas over HTTP, warm, p50 / bare import p50"]["value"], 5 / 300)

    def test_missed(self):
        self.assertFalse(self.judge(RESULTS)["idle e2b sandbox, PSS"]["met"])

    def test_one_cold_start_is_enough_to_miss_what_is_said_of_warm_ones(self):
        results = copy.deepcopy(RESULTS)
        results["latency"]["print"]["nestbox-http"]["warm"] = 0.99
        bar = self.judge(results)["print(1) over HTTP, warm, p50 / bare p50"]
        self.assertFalse(bar["met"])
        self.assertEqual(bar["reason"], "99 % warm")

    def test_what_was_not_measured_is_not_met(self):
        for bar in bars.bars({}):
            self.assertFalse(bar["met"])
            self.assertEqual(bar["reason"], "not measured")

    def test_drivers(self):
        judged = self.judge(RESULTS)
        self.assertTrue(judged["gVisor kept ready / namespace driver kept ready"]["met"])
        self.assertFalse(judged["microVM kept ready / namespace driver kept ready"]["met"])
        self.assertAlmostEqual(judged["microVM restored, whole run / its own boot"]["value"], 0.1)
        results = copy.deepcopy(RESULTS)
        results["drivers"]["latency"]["gvisor"]["warm"] = 0.5
        self.assertEqual(self.judge(results)["gVisor kept ready / namespace driver kept ready"]["reason"], "50 % warm")

    def test_without_a_ratio(self):
        self.assertNotIn("compile-c: e2b / bare", bars.ratios(RESULTS))
        self.assertEqual(bars.ratios(RESULTS)["throughput: nestbox-http / bwrap"], 6)


class TableTests(unittest.TestCase):
    results = {**RESULTS, "bars": bars.bars(RESULTS)}

    def test_a_terminal_of_100_columns(self):
        lines = list(tables.text(self.results))
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertTrue(any(line.startswith("  nestbox-http ") and "100 %" in line for line in lines))

    def test_between_the_marks_and_nowhere_else(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "page.md")
            path.write_text(f"before\n{tables.BEGIN}\nstale\n{tables.END}\nbehind\n")
            for _ in range(2):
                tables.publish(self.results, path)
            text = path.read_text()
        self.assertTrue(text.startswith(f"before\n{tables.BEGIN}\n| machine"))
        self.assertTrue(text.endswith(f"{tables.END}\nbehind\n"))
        self.assertNotIn("stale", text)
        self.assertEqual(text.count("**Promises**"), 1)


if __name__ == "__main__":
    unittest.main()
