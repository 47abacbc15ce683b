# SPDX-License-Identifier: Apache-2.0
"""What scripts/compare-datasets holds against each other: answers judged by a data set's own commands, and by Nestbox."""
import collections
import json
import os
import pathlib
import subprocess
import tempfile

PATH = "/usr/local/bin:/usr/bin:/bin:/opt/swift/usr/bin"
ENV = {"PATH": PATH, "HOME": "/tmp", "LANG": "C.UTF-8"}
JAR = "/usr/share/java/javatuples.jar"


def run(arguments, folder, timeout=60, stdin="", **more):
    try:
        done = subprocess.run(
            arguments, cwd=folder, env={**ENV, **more}, input=stdin.encode(), capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


class Outside:
    """What MultiPL-E's evaluation runs for each language, and what it takes for a pass."""

    #: Language: its file, how it is compiled (or nothing) and run, and what counts beside exit code 0.
    languages = {
        "py": ("main.py", None, ["python3", "main.py"]),
        "js": ("main.js", None, ["node", "main.js"]),
        "ts": ("main.ts", ["esbuild", "main.ts", "--outfile=main.js", "--log-level=error"], ["node", "main.js"]),
        "cpp": ("main.cpp", ["g++", "main.cpp", "-o", "main", "-std=c++17"], ["./main"]),
        "java": ("Problem.java", ["javac", "-encoding", "UTF8", "-cp", JAR, "-d", ".", "Problem.java"],
                 ["java", "-ea", "-cp", ".:" + JAR, "Problem"]),
        "cs": ("main.cs", ["mcs", "/d:DEBUG", "-r:System.Numerics.dll", "main.cs", "/out:main.exe"], ["mono", "main.exe"]),
        "scala": ("main.scala", ["scalac", "-d", ".", "main.scala"], ["scala", "-cp", ".", "Problem"]),
        "kt": ("main.kt", ["kotlinc", "main.kt", "-include-runtime", "-d", "main.jar"], ["java", "-jar", "main.jar"]),
        "d": ("main.d", ["gdc", "-funittest", "-o", "main", "main.d"], ["./main"]),
        "go_test.go": ("main_test.go", None, ["go", "test", "main_test.go"]),
        "go": ("main.go", None, ["go", "run", "main.go"]),
        "rs": ("main.rs", ["rustc", "main.rs", "-o", "main"], ["./main"]),
        "swift": ("main.swift", ["swiftc", "main.swift", "-o", "main"], ["./main"]),
        "rb": ("main.rb", None, ["ruby", "main.rb"]),
        "pl": ("main.pl", None, ["perl", "main.pl"]),
        "php": ("main.php", None, ["php", "main.php"]),
        "r": ("main.r", None, ["Rscript", "main.r"]),
        "rkt": ("main.rkt", None, ["racket", "main.rkt"]),
        "lua": ("main.lua", None, ["lua5.4", "main.lua"]),
        "jl": ("main.jl", None, ["julia", "main.jl"]),
        "sh": ("main.sh", None, ["bash", "main.sh"]),
    }

    @classmethod
    def missing(cls, language):
        _, compile, command = cls.languages[language]
        for tool in [compile and compile[0], command[0]]:
            if tool and not tool.startswith("./") and not any(os.access(f"{d}/{tool}", os.X_OK) for d in PATH.split(":")):
                return tool
        return None

    @classmethod
    def finish(cls, language, program, inputs=("",)):
        """Exit code, output and errors for each input; None as the code when it takes too long or does not compile."""
        name, compile, command = cls.languages[language]
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, name).write_text(program)
            if compile:
                code, stdout, stderr = run(compile, folder, JAVA_HOME="/usr/lib/jvm/default-java")
                if code != 0:
                    return [(None, stdout, stderr)] * len(inputs)
            more = {"MONO_TRACE_LISTENER": "Console.Error"} if language == "cs" else {}
            more.update(GOCACHE="/tmp/nestbox-compare-go", GO111MODULE="auto")
            return [run(command, folder, stdin=text, **more) for text in inputs]

    @classmethod
    def passes(cls, language, program):
        code, stdout, stderr = cls.finish(language, program)[0]
        if language == "cs":
            return code is not None and "DefaultTraceListener.Fail" not in stderr and "Unhandled Exception" not in stderr
        if code != 0:
            return False
        if language in ("rkt", "scala"):
            return not stderr
        if language == "pl":
            return "ERROR" not in stdout + stderr
        return True


def completed(row, answer):
    ends = [answer.find(stop) for stop in row["stop_tokens"] if stop in answer]
    return row["prompt"] + (answer[:min(ends)] if ends else answer) + "\n" + row["tests"]


def inside(nestbox, rows, answers, seconds=60):
    """Results of `nestbox eval`, in the order of the answers."""
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        (at / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        lines = [{"task_id": name, "completion": text} for name, _, text in answers]
        (at / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        done = subprocess.run(
            [nestbox, "eval", at / "samples.jsonl", "--dataset", at / "tasks.jsonl", "--out", at / "results.jsonl",
             "--timeout", f"{seconds}s", "--cpu-time", f"{seconds}s"],
            env={**ENV, "HOME": folder, "XDG_STATE_HOME": folder}, capture_output=True, text=True)
        try:
            results = [json.loads(line) for line in (at / "results.jsonl").read_text().splitlines()]
        except OSError:
            raise SystemExit(f"nestbox eval says: {done.stderr}")
    verdicts = {result["place"]["line"]: result for result in results if "place" in result}
    if len(verdicts) != len(answers):
        raise SystemExit(f"{len(verdicts)} of {len(answers)} answers were judged: {done.stderr}")
    return [verdicts[line + 1] for line in range(len(answers))]


def compare(nestbox, rows, language, say):
    mine = [row for row in rows if row["language"] == language]
    answers = [(row["name"], True, row["canonical_solution"]) for row in mine]
    answers += [(row["name"], False, text) for row in mine for text in row.get("wrong", [])]
    by_name = {row["name"]: row for row in mine}
    results = inside(nestbox, mine, answers)
    count = collections.Counter()
    for (name, is_right, text), result in zip(answers, results):
        ours, theirs = result["verdict"] == "ok", Outside.passes(language, completed(by_name[name], text))
        kind = "right" if is_right else "wrong"
        count[kind] += 1
        count[kind, "inside"] += ours
        count[kind, "outside"] += theirs
        if ours == theirs and ours == is_right:
            continue
        if not is_right and theirs and not ours:
            count["caught"] += 1
            continue
        count["different"] += 1
        say(f"  {language} {name} ({kind}): inside {result['verdict']}, outside {'passes' if theirs else 'fails'}"
            f"; {(result.get('message') or '')[:300]!r}\n    {text!r}")
    return count
