# SPDX-License-Identifier: Apache-2.0
"""From observations to a verdict about containment."""
from . import pace
from .observe import ENDED_BY_SANDBOX

TIME_LIMITS = ("wall_timeout", "cpu_timeout")
OLD_NAMES = {"time_limit": TIME_LIMITS}
NUMBERED = "".join("%07d \u00e9\u00e9\u00e9\n" % number for number in range(20_000)).encode()
HOOK_CHECKS = ("no_host_marks", "no_host_files")


class Unknown(Exception):
    """An assertion that cannot be made with what is known here."""


def need(value, what):
    if value is None:
        raise Unknown(what)
    return value


def expand(names):
    return [each for name in names for each in OLD_NAMES.get(name, (name,))]


def files(observation):
    need(observation.verdict, "collected files")
    return observation.files


def with_content(observation):
    return {entry["path"]: entry["content"] for entry in files(observation) if entry["content"] is not None}


def safely_named(observation):
    paths = [entry["path"] for entry in files(observation)]
    safe = all(p and not p.startswith("/") and ".." not in p.split("/") and "\0" not in p for p in paths)
    contents = [entry["path"] for entry in observation.files if entry["content"] is not None]
    plain = [p for p in contents if "\ufffd" not in p]
    return safe and len(plain) == len(set(plain))


def beside(observation, seconds):
    answers = observation.watch.beside
    need(observation.verdict, "neighbours")
    bad = [a for a in answers if a.status != 200 or (a.json or {}).get("verdict") != "ok" or a.seconds > seconds * pace.slowness]
    worst = max((a.seconds for a in answers), default=0)
    return bool(answers) and not bad, "%d neighbours, slowest %.1f s, bad %s" % (len(answers), worst, [str(b)[:80] for b in bad[:2]])


def cut_prefix(observation, _):
    need(observation.verdict, "cut output")
    kept = observation.stdout
    return NUMBERED.startswith(kept) and len(kept) >= 99_990, "%d bytes kept" % len(kept)


def cpu_within(observation, factor):
    quota, top = observation.limits.get("cpu"), max(observation.watch.rates or [0])
    return quota is not None and 0 < top <= quota * factor + 0.15, "%.2f CPUs seen on the host, quota %s" % (top, quota)


def posture(observation, _):
    bad = [entry for entry in observation.watch.posture
           if len(entry[1]) != 1 or entry[2] < 0 or any(t[2] != "1" or t[3] != "2" for t in entry[1])]
    return bool(observation.watch.posture) and not bad, "odd: %s" % bad[:2] if observation.watch.posture else "no process seen"


def nobody_is_root(observation, _):
    seen = observation.watch.posture
    roots = [entry[0] for entry in seen for thread in entry[1] if thread[0] == "0"]
    return bool(seen) and not roots, "root on the host: %s" % roots if seen else "no process seen"


def distinct_users(observation, _):
    users = observation.watch.users
    if observation.server_user not in (None, "0"):
        raise Unknown("the server has one user only")
    if len(users) < 2:
        return False, "seen users of %d runs" % len(users)
    shared = set.intersection(*users.values())
    return not shared, "users on the host: %s" % sorted(map(sorted, users.values()))


# Each takes (observation, value of the assertion) and returns a truth value, or (truth value, what was seen).
ASSERTIONS = {
    "verdict": lambda o, v: (need(o.verdict, "verdict") in v, o.verdict),
    "verdict_not": lambda o, v: (need(o.verdict, "verdict") not in v, o.verdict),
    "status_is": lambda o, v: (need(o.verdict, "verdict") in expand(v), o.verdict),
    "status_not": lambda o, v: (need(o.verdict, "verdict") not in expand(v), o.verdict),
    "exit_code": lambda o, v: (o.exit_code == v, o.exit_code),
    "signal": lambda o, v: (o.signal == v, o.signal),
    "exit_nonzero": lambda o, v: (o.exit_code != 0, o.exit_code),
    "json": lambda o, v: (o.line is not None, "result line %s" % ("there" if o.line else "missing")),
    "wall_lt": lambda o, v: (o.seconds < v * pace.slowness and not o.timed_out, "%.1f s" % o.seconds),
    "wall_lt_limit": lambda o, v: (o.seconds < need(o.limits.get("wall"), "wall limit") + v * pace.slowness and not o.timed_out, "%.1f s" % o.seconds),
    "no_leftovers": lambda o, v: (not o.leftovers, "left: %s" % o.leftovers),
    "cleanup_ok": lambda o, v: (not o.leftovers and o.server_alive, "left: %s" % o.leftovers),
    "beside_ok": beside,
    "marker_alive": lambda o, v: o.marker_alive,
    "supervisor_alive": lambda o, v: o.server_alive if o.verdict else True,
    "listener_untouched": lambda o, v: (not o.connections, o.connections[:2]),
    "no_canary_in_outputs": lambda o, v: True,   # judged for every check, see assess()
    "no_canary_in_report": lambda o, v: True,
    "files_have": lambda o, v: (all(with_content(o).get(p) == t.encode() for p, t in v.items()), sorted(with_content(o))[:6]),
    "files_lack": lambda o, v: (not set(v) & set(with_content(o)), sorted(set(v) & set(with_content(o)))),
    "files_lack_content": lambda o, v: (not any(o.contains(text) for text in v), v),
    "files_count_le": lambda o, v: (len(files(o)) <= v, len(files(o))),
    "files_count_ge": lambda o, v: (len(files(o)) >= v, len(files(o))),
    "files_named_safely": lambda o, v: (safely_named(o), [f["path"][:40] for f in files(o)][:8]),
    "files_consistent": lambda o, v: all(f["content"] is None or len(f["content"]) == f["size_bytes"] for f in files(o)),
    "truncated": lambda o, v: (need(o.verdict, "truncation") and o.report.get(v + "_truncated") is True, o.report.get(v + "_truncated")),
    "stdout_prefix_of": cut_prefix,
    "stdout_bytes_ge": lambda o, v: (len(o.stdout) >= v, len(o.stdout)),
    "stdout_has": lambda o, v: v.encode() in o.stdout,
    "stdout_lacks": lambda o, v: v.encode() not in o.stdout,
    "report_lacks": lambda o, v: not o.contains(v),
    "report_bytes_lt": lambda o, v: (need(o.verdict, "report") and len(o.raw) < v, "%d bytes" % len(o.raw)),
    "server_growth_lt_mb": lambda o, v: (need(o.server_growth, "the server's memory") < v, "%s MiB" % o.server_growth),
    "host_shmem_flat_mb": lambda o, v: (abs(o.shared_growth) <= v, "%.0f MiB" % o.shared_growth),
    "no_host_files": lambda o, v: (not o.marks, o.marks),
    "no_host_marks": lambda o, v: (not o.marks, o.marks),
    "no_host_ipc": lambda o, v: (not o.ipc, o.ipc),
    "host_uid_nonzero": nobody_is_root,
    "posture": posture,
    "distinct_host_uids": distinct_users,
    "host_cpu_within_limit": cpu_within,
    "cpu_ms_ge": lambda o, v: (need(o.report.get("cpu_ms"), "CPU time") >= v, o.report.get("cpu_ms")),
    "memory_peak_ge": lambda o, v: (need(o.report.get("memory_peak_bytes"), "memory peak") >= v, o.report.get("memory_peak_bytes")),
    "duration_ge": lambda o, v: (v * 1000 <= need(o.report.get("wall_ms"), "duration") <= o.seconds * 1000 + 200, o.report.get("wall_ms")),
}


def compare(check, observations):
    """What several runs of one program have in common that they should not, or the other way round."""
    facts = [(o.line or {}).get("facts", {}) for o in observations]
    kind, _, names = (check.compare or "").partition(":")
    problems = []
    if kind in ("no_found", "no_found_any"):
        if any(o.line is None for o in observations):
            problems.append("no result line")
        for number, fact in enumerate(facts[1 if kind == "no_found" else 0:], 2 if kind == "no_found" else 1):
            if fact.get("found"):
                problems.append("run %d found %s" % (number, fact["found"][:6]))
        problems += ["reached the host: %s" % o.marks for o in observations if o.marks]
    for name in names.split(",") if names else ():
        name, _, start = name.partition("@")
        values = [str(fact[name]) for fact, o in zip(facts, observations) if fact.get(name) is not None and start in ("", o.start)]
        if start and len(values) < 2:
            continue
        if kind == "distinct" and (len(values) < 2 or len(set(values)) < len(values)):
            problems.append("%s: %d different values in %d runs" % (name, len(set(values)), len(values)))
        if kind == "varies" and len(values) > 1 and len(set(values)) == 1:
            problems.append("%s is the same in %d runs" % (name, len(values)))
    return problems


def ended(check, observation):
    """Why it does not count that a program without a result line was ended by a limit; nothing when it does count."""
    if not check.killed_ok:
        return ["no result line: %s" % (observation.stderr[-160:].decode(errors="replace") or observation.verdict)]
    if observation.timed_out:
        return ["ran into the runner's time-out"]
    if observation.verdict and observation.verdict not in ENDED_BY_SANDBOX + ("runtime_error",):
        return ["no result line, verdict %s" % observation.verdict]
    if not observation.verdict and observation.exit_code in (0, 1, 2, 125, 126, 127) and not observation.signal:
        return ["did not run properly: exit code %s, %s" % (observation.exit_code, observation.stderr[-160:].decode(errors="replace"))]
    key, amount = check.progress_limit, observation.progress
    limit = observation.limits.get(key) if key else None
    if limit and amount is not None:
        unit, slack = (1 << 20, 48 << 20) if key.endswith("_mb") else (1, 64)
        if amount > limit * unit * 1.25 + slack:
            return ["ended only at %d" % amount]
    stopped_by_time = observation.verdict in TIME_LIMITS or (
        not observation.verdict and "wall" in observation.limits and observation.seconds >= observation.limits["wall"] - 0.7)
    if key and stopped_by_time:
        return ["stopped by time only, at %s" % amount]
    return []


def assess(check, observations, host, canary_before):
    """(state, detail): state is contained, not contained, n/a, refused or error."""
    last = observations[-1]
    if any(o.error for o in observations):
        return "error", next(o.error for o in observations if o.error)
    line = last.line
    detail = str(line["detail"]) if line else "ended with %s, progress %s" % (last.verdict or last.signal or last.exit_code, last.progress)
    if detail.startswith("n/a"):
        return "n/a", detail
    if detail.startswith("refused:"):
        return "refused", detail
    problems, unknown = [], []
    for observation in observations:
        if observation.verdict == "internal_error":
            problems.append("internal_error: %s" % observation.report.get("error"))
        if observation.contains(host.token):
            problems.append("the canary's token is in the answer")
        if observation.canary != canary_before:
            problems.append("the host canary changed: %s" % (observation.canary,))
        for kind, value in check.outside.items():
            if kind == "supervisor_kill_cleans":
                continue
            if kind == "canary_intact":
                continue  # held for every check, above
            if kind not in ASSERTIONS:
                unknown.append(kind)
                continue
            try:
                outcome = ASSERTIONS[kind](observation, value)
            except Unknown as missing:
                unknown.append(str(missing))
                continue
            good, seen = outcome if isinstance(outcome, tuple) else (outcome, "")
            if not good:
                problems.append("%s %s: %s" % (kind, value, seen))
    problems += compare(check, observations)
    facts_only = check.compare and (check.compare == "facts_only" or ":" in check.compare)
    if check.judged in ("inside", "both") and not facts_only:
        if line is None:
            problems += ended(check, last)
        elif not line["contained"] and check.compare != "no_found":
            problems.append("the program says: not contained")
    elif line is None and check.judged == "outside" and (check.killed_ok or "json" not in check.outside):
        if last.exit_code in (125, 126, 127) or not last.verdict and last.exit_code in (1, 2) and not last.signal:
            problems += ["did not run properly: %s" % last.stderr[-160:].decode(errors="replace")]
    elif line is not None and check.judged == "outside" and not line["contained"]:
        problems.append("the program says: not contained")
    if not problems and check.judged == "outside" and unknown and len(unknown) >= len(check.outside):
        return "n/a", "needs the server: " + ", ".join(sorted(set(unknown)))
    text = "; ".join(dict.fromkeys(problems))
    return ("not contained", text + " -- " + detail) if problems else ("contained", detail)
