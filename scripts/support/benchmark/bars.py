# SPDX-License-Identifier: Apache-2.0
"""What the figures of one run say together: ratios, and whether each promised bar is met.

Figures that were not taken have no ratio; their bars are missed, with the reason.
"""
MB = 1_000_000
# Clients of the closed loop that ratios are taken at.
CLIENTS = "8"


def dig(results, *path):
    for key in path:
        if not isinstance(results, dict) or key not in results:
            return None
        results = results[key]
    return results


def over(above, below):
    return above / below if above is not None and below else None


def ratios(results):
    """By name. Unless the name begins with `throughput` or `bytes`, smaller is better."""
    found = {}
    for workload, rows in results.get("latency", {}).items():
        for way in ("nestbox-http", "nestbox-http-cold", "nestbox-cli", "e2b", "e2b-cold", "e2b-again"):
            found[f"{workload}: {way} / bare"] = over(dig(rows, way, "p50"), dig(rows, "bare", "p50"))
        found[f"{workload}: nestbox-http-cold / bwrap"] = over(dig(rows, "nestbox-http-cold", "p50"), dig(rows, "bwrap", "p50"))
    rows = dig(results, "latency", "print") or {}
    found["print: nestbox-http p99 / bare"] = over(dig(rows, "nestbox-http", "p99"), dig(rows, "bare", "p50"))
    rows = dig(results, "latency", "pandas") or {}
    found["pandas: nestbox-http / bare-import"] = over(dig(rows, "nestbox-http", "p50"), dig(rows, "bare-import", "p50"))
    for way in ("nestbox-http", "nestbox-http-cold"):
        for key, name in (("per_second", "throughput"), ("cpu_ms", "CPU of a run")):
            found[f"{name}: {way} / bwrap"] = over(
                dig(results, "throughput", way, CLIENTS, key), dig(results, "throughput", "bwrap", CLIENTS, key))
        found[f"burst: {way} / bwrap"] = over(dig(results, "burst", way, "seconds"), dig(results, "burst", "bwrap", "seconds"))
    found["throughput: sustained / bwrap"] = over(
        dig(results, "sustained", "per_second"), dig(results, "throughput", "bwrap", CLIENTS, "per_second"))
    found["sustained: last / first p50"] = dig(results, "sustained", "drift")
    for way in ("e2b-first-command", "e2b-first-code"):
        found[f"{way} / bare"] = over(dig(results, "sdk", way, "p50"), dig(results, "sdk", "bare", "p50"))
    found["server: start / bare"] = over(dig(results, "server", "start_ms", "p50"), dig(results, "server", "bare_ms"))
    for name, *path in (("memory: prepared sandbox, MB", "memory", "prepared", "pss"),
                        ("memory: idle e2b sandbox, MB", "memory", "idle", "pss"), ("memory: server, MB", "server", "rss")):
        found[name] = over(dig(results, *path), MB)
    pipe = dig(results, "transfer", "output-bare", "mb_per_second")
    for name in ("output-http", "output-e2b", "upload-e2b", "download-e2b"):
        found[f"bytes: {name} / output-bare"] = over(dig(results, "transfer", name, "mb_per_second"), pipe)
    own = dig(results, "drivers", "latency", "namespace", "p50")
    for driver in ("crun", "gvisor", "microvm"):
        found[f"drivers: {driver} / namespace"] = over(dig(results, "drivers", "latency", driver, "p50"), own)
    found["drivers: restored microvm / its boot"] = over(dig(results, "drivers", "latency", "microvm-cold", "p50"), boot(results))
    return {name: value for name, value in found.items() if value is not None}


def boot(results):
    """Milliseconds that a server with `microvm` takes to its first answer beyond those of one with `namespace`: it boots its machine then."""
    with_machine, without = (dig(results, "drivers", "start_ms", f"{name}-cold") for name in ("microvm", "namespace"))
    return with_machine - without if with_machine and without else None


def warm(results, workload):
    """Share of warm starts: a bar about those needs all to be."""
    return dig(results, "latency", workload, "nestbox-http", "warm")


def kept(results, driver):
    """The same for a driver's runs."""
    return dig(results, "drivers", "latency", driver, "warm")


def cold_clock(results):
    for name in ("nestbox-http-cold", "nestbox-http"):
        if (value := dig(results, "engine", name, "cold", "sandbox_ms", "p50")) is not None:
            return value
    return None


def bars(results):
    """Each promise: what it says, what was measured, the most (or least) it may be, and whether that is met."""
    ratio = ratios(results).get
    rows = [
        ("print(1) over HTTP, warm, p50 / bare p50", ratio("print: nestbox-http / bare"), "<=", 0.15, "x", warm(results, "print")),
        ("print(1) over HTTP, warm, p99 / bare p50", ratio("print: nestbox-http p99 / bare"), "<=", 1, "x", warm(results, "print")),
        ("pandas over HTTP, warm, p50 / bare import p50", ratio("pandas: nestbox-http / bare-import"), "<=", 0.02, "x", warm(results, "pandas")),
        (f"runs per second / bwrap, {CLIENTS} clients", ratio("throughput: nestbox-http / bwrap"), ">=", 5, "x", 1),
        ("the same, sustained", ratio("throughput: sustained / bwrap"), ">=", 5, "x", 1),
        ("sustained: p50 of the last window / the first", ratio("sustained: last / first p50"), "<=", 1.15, "x", 1),
        ("Sandbox.create() and run_code('1+1'), p50", dig(results, "sdk", "e2b-first-code", "p50"), "<=", 60, "ms", 1),
        ("Sandbox.create() and the first command, p50", dig(results, "sdk", "e2b-first-command", "p50"), "<=", 50, "ms", 1),
        ("cold sandbox, engine clock, p50", cold_clock(results), "<=", 5, "ms", 1),
        ("idle prepared sandbox, PSS", ratio("memory: prepared sandbox, MB"), "<=", 3, "MB", 1),
        ("idle e2b sandbox, PSS", ratio("memory: idle e2b sandbox, MB"), "<=", 3, "MB", 1),
        ("server at rest, RSS", ratio("memory: server, MB"), "<=", 60, "MB", 1),
        ("HumanEval's 164 answers judged, warm", dig(results, "judging", "humaneval", "seconds"), "<=", 5, "s", 1),
        ("gVisor kept ready / namespace driver kept ready", ratio("drivers: gvisor / namespace"), "<=", 2, "x", kept(results, "gvisor")),
        ("microVM kept ready / namespace driver kept ready", ratio("drivers: microvm / namespace"), "<=", 2, "x", kept(results, "microvm")),
        ("microVM restored, whole run / its own boot", ratio("drivers: restored microvm / its boot"), "<=", 0.2, "x", 1),
        ("server is up, p50", dig(results, "server", "start_ms", "p50"), "<=", 200, "ms", 1),
    ]
    judged = []
    for text, value, relation, bar, unit, share in rows:
        reason = None
        met = value is not None and (value <= bar if relation == "<=" else value >= bar)
        if value is None:
            reason = "not measured"
        elif share != 1:
            met, reason = False, f"{(share or 0) * 100:.0f} % warm"
        judged.append({"text": text, "value": value, "relation": relation, "bar": bar, "unit": unit, "met": met, "reason": reason})
    return judged
