# SPDX-License-Identifier: Apache-2.0
"""Reading corpora: manifests, programs, and programs put together with their configuration."""
import json
import os
import re

MARKS = {"py": "#", "sh": "#", "js": "//", "c": "//"}
LANGUAGES = {"py": "python", "sh": "bash", "js": "javascript", "c": "c"}
PRELUDE = re.compile(r"^(?:#|//) @prelude (\S+)$|^#include \"\.\./prelude/(\S+)\"$", re.M)


class Check:
    """One entry of a manifest; fields are attributes, `root` is the folder of its manifest."""

    def __init__(self, root, fields):
        self.root = root
        self.fields = fields
        self.outside = {}
        for assertion in fields["outside"]:
            self.outside.update(assertion)

    def __getattr__(self, name):
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def path(self):
        return os.path.join(self.root, self.file)

    def source(self):
        """The program with its prelude, without configuration."""
        with open(self.path, encoding="utf-8") as file:
            text = file.read()

        def include(match):
            with open(os.path.join(self.root, "prelude", match[1] or match[2]), encoding="utf-8") as prelude:
                return prelude.read().rstrip("\n")

        return PRELUDE.sub(include, text).replace("@@CHECK_ID@@", self.id)

    def program(self, configuration):
        """The program as it is sent. A check that is not about configuration runs with an empty one."""
        text = self.source().replace("@@SECRES_CFG@@", json.dumps(configuration))
        text = text.replace("@@CANARY_FILE@@", configuration.get("canary_file", "/nonexistent"))
        return text.replace("@@NONCE@@", configuration.get("nonce", "none"))


DEFAULTS = {
    "level": "sandbox", "judged": "inside", "outside": [], "timeout_s": 20, "safe_plain": False, "killed_ok": False,
    "progress_limit": None, "runs": 1, "concurrent": 1, "compare": None, "plant": [], "note": "", "alone": False,
    "request": {}, "validated": "", "server_expect": "", "anchors": "",
}


def load(folder):
    """The checks of the corpus in `folder`, defaults filled in."""
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    return [Check(folder, {**DEFAULTS, **manifest.get("defaults", {}), **entry}) for entry in manifest["checks"]]


def assemble(checks, target):
    """Write every program in one piece and a manifest without defaults, for other runners."""
    entries = []
    for check in checks:
        path = os.path.join(target, check.file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(check.source())
        entries.append(check.fields)
    with open(os.path.join(target, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump({"schema": 1, "checks": entries}, file, indent=1)


def header(check):
    """Title, attack and incident as the first comment of a program states them."""
    mark = MARKS[check.lang]
    lines = []
    with open(check.path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith(mark + " ") or "@prelude" in line:
                break
            lines.append(line[len(mark) + 1:].rstrip("\n"))
    text = "\n".join(lines[1:]).replace("\n  ", " ")
    return dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)


def lint(folder):
    """What is wrong with a corpus: files without an entry, entries without a file, headers that say something else."""
    problems = []
    checks = load(folder)
    ids = [check.id for check in checks]
    problems += ["%s occurs twice" % each for each in sorted({i for i in ids if ids.count(i) > 1})]
    listed = {check.file for check in checks}
    for directory, subdirectories, names in os.walk(folder):
        subdirectories[:] = [d for d in subdirectories if d not in ("prelude", "__pycache__")]
        for name in names:
            path = os.path.relpath(os.path.join(directory, name), folder)
            if name != "manifest.json" and path not in listed:
                problems.append("%s has no entry" % path)
    for check in checks:
        if not os.path.exists(check.path):
            problems.append("%s: %s does not exist" % (check.id, check.file))
            continue
        stated = header(check)
        for key, field in ((check.id, "title"), ("Attack", "what"), ("Incident", "anchors")):
            if stated.get(key) != check.fields[field]:
                problems.append("%s: header says %r, %s is %r" % (check.id, stated.get(key), field, check.fields[field]))
        if not check.validated:
            problems.append("%s: no word on how it was validated" % check.id)
    return problems
