# SPDX-License-Identifier: Apache-2.0
"""Small programs, good and bad, with the verdict each must get. `{nonce}` is replaced, so that no answer can be another's."""

MIB = 1 << 20


def python(code, verdict, share, prints=True, **limits):
    return {"language": "python", "code": code, "verdict": verdict, "share": share, "prints": prints, "limits": limits}


# share: how many of 100 runs. prints: the nonce must be the first line of stdout.
PROGRAMS = [
    python("print('{nonce}')", "ok", 40),
    python("import sys; print(sys.stdin.readline().strip() or '{nonce}')", "ok", 8),
    python(
        "import os; print('{nonce}'); assert not os.path.exists('/tmp/mark'), 'not fresh'; open('/tmp/mark', 'w').write('{nonce}')",
        "ok", 10),
    # A daemon that would outlive the run, deaf to signals.
    python(
        "import os, signal, time\n"
        "print('{nonce}', flush=True)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    [signal.signal(s, signal.SIG_IGN) for s in (1, 2, 13, 15)]\n"
        "    os.close(0); os.close(1); os.close(2)\n"
        "    time.sleep(600)\n", "ok", 6),
    python("print('{nonce}', flush=True); raise ValueError('{nonce}')", "runtime_error", 8),
    python("print('{nonce}', flush=True); raise SystemExit(7)", "runtime_error", 4),
    python("import os; print('{nonce}', flush=True); os.kill(os.getpid(), 11)", "signaled", 4),
    python("import time; print('{nonce}', flush=True); time.sleep(600)", "wall_timeout", 3, wall_ms=1500),
    python("print('{nonce}', flush=True)\nwhile True: pass", "cpu_timeout", 3, cpu_ms=400),
    python("print('{nonce}', flush=True); x = b'x' * (512 << 20)", "memory_limit", 3, memory_bytes=96 * MIB),
    python("print('{nonce}')\nwhile True: print('x' * 4000)", "output_limit", 2, output_bytes=64 << 10),
    python(
        "import os, time\n"
        "print('{nonce}', flush=True)\n"
        "while True:\n"
        "    if os.fork() == 0: time.sleep(600)\n", "process_limit", 2, processes=12),
    python(
        "print('{nonce}', flush=True)\n"
        "with open('/tmp/big', 'wb') as f:\n"
        "    for _ in range(64): f.write(b'x' * (1 << 20))\n", "disk_limit", 2, disk_bytes=4 * MIB),
    {"language": "bash", "code": "echo {nonce}; exit 3", "verdict": "runtime_error", "share": 3, "prints": True, "limits": {}},
    {"language": "bash", "code": "echo {nonce}", "verdict": "ok", "share": 1, "prints": True, "limits": {}},
    {"language": "c", "code": "int main(void) { return {nonce} }", "verdict": "compile_error", "share": 1, "prints": False,
     "limits": {}},
]


def one(language, code, verdict="ok", share=2, **limits):
    prints = verdict == "ok" and language != "sql"  # which draws a table around it
    return {"language": language, "code": code, "verdict": verdict, "share": share, "prints": prints, "limits": limits}


# Other languages, the slow compilers seldom.
LANGUAGES = [
    one("javascript", "console.log('{nonce}')", share=6), one("typescript", "const x: string = '{nonce}'; console.log(x)"),
    one("ruby", "puts '{nonce}'"), one("perl", "print \"{nonce}\\n\";"), one("lua", "print('{nonce}')"),
    one("php", "<?php echo \"{nonce}\\n\";"), one("sql", "SELECT '{nonce}';"), one("bash", "echo {nonce}"),
    one("c", "#include <stdio.h>\nint main(void) { puts(\"{nonce}\"); return 0; }", share=4),
    one("cpp", "#include <cstdio>\nint main() { puts(\"{nonce}\"); }", share=1),
    one("java", "class Main { public static void main(String[] a) { System.out.println(\"{nonce}\"); } }", share=1),
    one("go", "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"{nonce}\") }", share=1),
    one("rust", "fn main() { println!(\"{nonce}\"); }", share=1), one("r", "cat('{nonce}\\n')", share=1),
    one("cpp", "int main() { return missing; }", "compile_error"), one("javascript", "throw new Error('{nonce}')", "runtime_error"),
    one("c", "int main(void) { *(volatile int *)0 = 1; }", "signaled"), one("ruby", "loop {}", "cpu_timeout", share=1, cpu_ms=400),
    one("bash", "sleep 600", "wall_timeout", share=1, wall_ms=1000),
]


def requests(programs=PROGRAMS):
    """The programs, each as often as its share says; of PROGRAMS a list of 100."""
    return [program for program in programs for _ in range(program["share"])]


def body(program, nonce):
    """What is sent for a program."""
    request = {"language": program["language"], "code": program["code"].replace("{nonce}", nonce)}
    return {**request, "limits": program["limits"]} if program["limits"] else request


def complaint(program, nonce, status, report):
    """What is wrong with the answer to a program; None when it is the one that the program deserves."""
    what = f"{program['language']} {program['code'][:60]!r}"
    if status != 200:
        return f"status {status} for {what}: {report}"
    if report["verdict"] != program["verdict"]:
        return (f"{report['verdict']} instead of {program['verdict']} for {what}: exit {report['exit_code']}, signal "
                f"{report['signal']}, stderr {report['stderr'][-300:]!r}, error {report['error']}")
    # Where a limit had to take the whole sandbox, the report says that output is missing.
    is_cut = report["stdout_truncated"] and report["verdict"] != "ok" and nonce.startswith(report["stdout"])
    if program["prints"] and report["stdout"].split("\n", 1)[0] != nonce and not is_cut:
        return f"stdout {report['stdout'][:60]!r} instead of {nonce} for {what}"
    return None
