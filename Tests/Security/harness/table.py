# SPDX-License-Identifier: Apache-2.0
"""Printing results, alone or beside those of other sandboxes."""
import json

MARKS = {"contained": "yes", "not contained": "NO", "n/a": "n/a", "refused": "skip", "skipped": "skip", "error": "ERROR"}


def passed(result):
    return result["state"] == "contained" or result["state"] == "not contained" and result["tier"] == "advisory"


def counts(results):
    good = sum(passed(r) for r in results)
    bad = sum(r["state"] in ("not contained", "error") and not passed(r) for r in results)
    return good, bad, len(results) - good - bad


def mark(result):
    if result is None:
        return "-"
    text = MARKS[result["state"]]
    return text.lower() + " (advisory)" if result["state"] == "not contained" and result["tier"] == "advisory" else text


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def row(result, columns=()):
    cells = [result["id"].ljust(14), result["group"].ljust(8), result["title"][:70].ljust(70), mark(result).ljust(13), result["judged"].ljust(8)]
    return " ".join(cells + [mark(other).ljust(13) for other in columns]).rstrip()


def render(results, others=()):
    """The table with a column for each other campaign, as lines."""
    names = [other["peer"] for other in others]
    known = [{r["id"]: r for r in other["results"]} for other in others]
    head = " ".join(["id".ljust(14), "group".ljust(8), "attack".ljust(70), "contained".ljust(13), "judged by".ljust(8)] +
                    [name.ljust(13) for name in names])
    lines = [head, "-" * len(head)]
    lines += [row(r, [table.get(r["id"]) for table in known]) for r in results]
    if others:
        totals = [counts([t[r["id"]] for r in results if r["id"] in t]) for t in known]
        lines.append("contained here %d of %d; %s" % (counts(results)[0], len(results), "; ".join(
            "%s %d of %d" % (name, good, good + bad) for name, (good, bad, _) in zip(names, totals))))
    return lines


def groups(results):
    """One line for each group."""
    lines = []
    for group in dict.fromkeys(r["group"] for r in results):
        good, bad, skipped = counts([r for r in results if r["group"] == group])
        lines.append("%-8s %3d contained %3d not %3d not applicable or skipped" % (group, good, bad, skipped))
    return lines
