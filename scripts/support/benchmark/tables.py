# SPDX-License-Identifier: Apache-2.0
"""The figures of one run as tables: for a terminal, at most 100 columns wide, or as Markdown. Both are made of the same rows."""
import textwrap

from benchmark.workloads import TITLES


def number(value):
    """Three digits that count; a dash for what was not measured."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def share(value):
    return "-" if value is None else f"{value * 100:.0f} %"


def latency(title, rows):
    bare, bubble = rows.get("bare", {}).get("p50"), rows.get("bwrap", {}).get("p50")
    body = [[name, number(one["p50"]), number(one["p99"]), number(one["p50"] / bare if bare else None), number(one["p99"] / bare if bare else None),
             number(one["p50"] / bubble if bubble else None), share(one.get("warm")), str(one["n"])] for name, one in rows.items()]
    return title, ["ms", "p50", "p99", "p50 / bare", "p99 / bare p50", "p50 / bwrap", "warm", "runs"], body


def throughput(results):
    clients = list(next(iter(results.values())))
    cells = {way: [each[one] for one in clients] for way, each in results.items()}

    def body(key, show=number):
        return [[way] + [show(one[key]) for one in row] for way, row in cells.items()]
    bubble = results.get("bwrap")
    yield "Runs with verdict per second, closed loop of print(1)", ["clients"] + clients, body("per_second")
    yield "The same for each core", ["clients"] + clients, body("per_core")
    if bubble:
        yield "The same / bwrap", ["clients"] + clients, [
            [way] + [number(each[one]["per_second"] / bubble[one]["per_second"]) for one in clients] for way, each in results.items()]
    yield "p50 there, ms", ["clients"] + clients, body("p50")
    yield "p99 there, ms", ["clients"] + clients, body("p99")
    yield "CPU of the whole machine for each run, ms", ["clients"] + clients, body("cpu_ms")
    yield "of this the client", ["clients"] + clients, body("client_cpu_ms")
    yield "Warm starts there", ["clients"] + clients, body("warm", share)


def kib(value):
    return f"{value / 1024:,.0f} KiB" if value < 10 << 20 else f"{value / (1 << 20):,.0f} MiB"


def tables(results):
    """(title, heads, rows) of everything that was measured."""
    for workload, rows in results.get("latency", {}).items():
        yield latency(f"{TITLES[workload]} [{workload}], one at a time", rows)
    rows = [[way, start, name, number(one["p50"]), number(one["p99"]), str(one["n"])] for way, starts in results.get("engine", {}).items()
            for start, clocks in starts.items() for name, one in clocks.items()]
    if rows:
        yield "Where the time of print(1) went, by the server's clock", ["ms", "start", "", "p50", "p99", "runs"], rows
    if rows := results.get("sdk"):
        yield latency("Through E2B's SDK, one at a time", rows)
    if each := results.get("throughput"):
        yield from throughput(each)
    if each := results.get("burst"):
        size = next(iter(each.values()))["size"]
        yield f"{size} requests at one moment", ["", "all done, s", "p50, ms", "p99, ms", "per second", "warm"], [
            [way, number(one["seconds"]), number(one["p50"]), number(one["p99"]), number(size / one["seconds"]), share(one["warm"])]
            for way, one in each.items()]
    if one := results.get("sustained"):
        yield (f"nestbox-http for {one['seconds']} s with {one['clients']} clients: {number(one['per_second'])} runs per second, "
               f"drift {number(one['drift'])}", [f"window of {one['window']} s", "p50, ms", "p99, ms", "per second"], [
                   [str(index + 1), number(row["p50"]), number(row["p99"]), number(row["per_second"])]
                   for index, row in enumerate(one["windows"])])
    if memory := results.get("memory"):
        rows = [["prepared", str(memory["prepared"]["count"]), kib(memory["prepared"]["pss"]), kib(memory["prepared"]["largest"]), "-", "-", "-"]] if memory["prepared"]["count"] else []
        if one := memory.get("idle"):
            rows.append(["e2b", str(one["count"]), kib(one["pss"]), "-", kib(one["server"]), kib(one["taken"]), f"{one['fit']:,}"])
        yield "An idle sandbox", ["", "measured", "PSS", "largest", "in the server", "of the machine", "room for"], rows
    if one := results.get("server"):
        yield "The server", ["", "p50", "p99"], [
            ["start to first answer, ms", number(one["start_ms"]["p50"]), number(one["start_ms"]["p99"])],
            ["RSS at rest", kib(one["rss"]), "-"], *([["RSS after all this", kib(one["rss_after"]), "-"]] if "rss_after" in one else [])]
    if each := results.get("transfer"):
        bare = each.get("output-bare", {}).get("mb_per_second")
        yield "Bytes", ["", "MB per second", "/ bare"], [
            [name, number(one["mb_per_second"]), number(one["mb_per_second"] / bare if bare else None)] for name, one in each.items()]
    if each := results.get("judging"):
        yield "Judging, by batches to a server", ["", "answers", "cases of each", "s", "cases per second"], [
            [title, str(one.get("answers") or one["submissions"]), str(one.get("cases", 1)), number(one["seconds"]), number(one["per_second"])]
            for name, title in (("humaneval", "HumanEval's own answers, by unit tests"), ("cases", "a C++ program, compiled once"))
            if (one := each.get(name))]
    if each := results.get("drivers"):
        rows, memory = each["latency"], each["memory"]
        yield "print(1) by every driver, one at a time", ["ms", "p50", "p99", "p50 / bare", "warm", "runs", "kept", "peak of a run"], [
            [way, number(one["p50"]), number(one["p99"]), number(one["p50"] / one["bare"]), share(one.get("warm")), str(one["n"]),
             kib(memory[way]["pss"]) if memory.get(way, {}).get("count") else "-", kib(memory[way]["peak"]) if way in memory else "-"]
            for way, one in rows.items()]
        yield "Their servers: start to first answer", ["", "ms"], [[way, number(one)] for way, one in each["start_ms"].items()]
    if each := results.get("bars"):
        yield "Promises", ["", "measured", "bar", ""], [
            [one["text"], number(one["value"]) + " " + one["unit"], f"{one['relation']} {one['bar']} {one['unit']}",
             ("PASS" if one["met"] else "MISS") + (f": {one['reason']}" if one["reason"] else "")] for one in each]
    if each := results.get("not_measured"):
        yield "Not measured", ["section", "way", "reason"], [[one["section"], one["way"], one["reason"]] for one in each]


def text(results):
    for title, heads, rows in tables(results):
        if title == "Not measured":
            yield f"\n{title}"
            for row in rows:
                yield from textwrap.wrap(f"{row[1]} ({row[0]}): {row[2]}", 98, initial_indent="  ", subsequent_indent="    ")
            continue
        widths = [max(len(row[index]) for row in [heads, *rows]) for index in range(len(heads))]
        yield f"\n{title}"
        for row in [heads, *rows]:
            cells = [cell.ljust(width) if index == 0 or index == len(row) - 1 and not cell[:1].isdigit() else cell.rjust(width)
                     for index, (cell, width) in enumerate(zip(row, widths))]
            yield ("  " + "  ".join(cells))[:100].rstrip()


def markdown(results):
    facts = results["machine"]
    yield "| machine | |\n|---|---|"
    yield from (f"| {name} | {value} |" for name, value in facts.items())
    for title, heads, rows in tables(results):
        yield f"\n**{title}**\n"
        yield "| " + " | ".join(heads) + " |"
        yield "|---" * len(heads) + "|"
        yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


BEGIN, END = "<!-- figures of scripts/bench --markdown -->", "<!-- end of the figures -->"


def publish(results, path):
    """Prints the Markdown, or puts it between the marks of a file."""
    new = "\n".join(markdown(results))
    if path is None:
        print(new)
        return 0
    before, rest = path.read_text().split(BEGIN, 1)
    path.write_text(f"{before}{BEGIN}\n{new}\n{END}{rest.split(END, 1)[1]}")
    return 0
