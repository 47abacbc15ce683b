# SPDX-License-Identifier: Apache-2.0
"""compare_charts.py CHARTS: compares the chart data of CHARTS with that of the package e2b-charts, figure by figure.

Left out are figures about which that package is wrong or fails: bars on numeric or date axes (it calls them by the
axis' first ticks), scatter charts on date axes, boxes without `patch_artist`, superchart on matplotlib before 3.8.
"""
import datetime
import json
import sys
import warnings

import matplotlib

matplotlib.use("Agg")
warnings.simplefilter("ignore")

import e2b_charts
import matplotlib.pyplot as plt
import numpy as np

ours = {}
with open(sys.argv[1]) as file:
    exec(compile(file.read(), sys.argv[1], "exec"), ours)


def units(ax):
    ax.plot([1, 2], [3, 4])
    ax.set(xlabel="a (b) (c)", ylabel="Temp [°C] mean", title="t")


def no_units(ax):
    ax.plot([1, 2], [3, 4])
    ax.set(xlabel="speed in m/s", ylabel="f()")


def grouped(ax):
    ax.bar(np.arange(3) - 0.2, [1, 2, 3], 0.4, label="m")
    ax.bar(np.arange(3) + 0.2, [3, 2, 1], 0.4, label="w")
    ax.set_xticks(range(3))
    ax.set_xticklabels(["x", "y", "z"])


def horizontal(ax):
    ax.barh(["a", "b"], [1, 2.5])
    ax.set(xlabel="pay [k]", ylabel="city (x)")


def log(ax):
    ax.plot([1, 10, 100], [1, 2, 3])
    ax.set_xscale("log")
    ax.set_yscale("symlog")


def two_lines(ax):
    ax.plot([1, 2], [3, 4])
    ax.plot([1, 2], [5, 6], label="named")
    ax.axhline(3)


def two_clouds(ax):
    ax.scatter([1, 2], [3, 4], label="s")
    ax.scatter([5], [6])


def mixed(ax):
    ax.scatter([1, 2], [3, 4])
    ax.plot([1, 2], [3, 4])


day = datetime.datetime(2024, 1, 1)
figures = [
    units, no_units, grouped, horizontal, log, two_lines, two_clouds, mixed,
    lambda ax: ax.bar(["a", "b"], [1, 2.5]),
    lambda ax: ax.bar(["a", "b"], [10, 1000], log=True),
    lambda ax: ax.plot([day, day + datetime.timedelta(days=2.5)], [1, 2]),
    lambda ax: ax.plot(np.array(["2024-01-01", "2024-02-01"], "datetime64[D]"), [1, 2]),
    lambda ax: ax.plot(["p", "q", "r"], [1, 2, 3]),
    lambda ax: ax.plot([1, 2, 3], [3, float("nan"), 4]),
    lambda ax: ax.plot([0.1 + 0.2, 1 / 3], [1e-9, 2 / 3]),
    lambda ax: ax.pie([1, 3], labels=["A", "B"], autopct="%1.1f%%"),
    lambda ax: ax.pie([1, 3, 4], startangle=90, radius=0.7),
    lambda ax: ax.boxplot([[1, 2, 3, 4, 5, 20], [2, 3, 4]], labels=["g", "h"], patch_artist=True),
    lambda ax: ax.imshow([[1, 2], [3, 4]]),
    lambda ax: ax.fill_between([1, 2], [3, 4]),
    lambda ax: None,
]


def as_json(make, draw):
    figure, ax = plt.subplots()
    draw(ax)
    text = json.dumps(make(figure), sort_keys=True, indent=1)
    plt.close(figure)
    return text


different = 0
for number, draw in enumerate(figures):
    mine, theirs = as_json(ours["describe"], draw), as_json(e2b_charts.chart_figure_to_dict, draw)
    if mine != theirs:
        different += 1
        print(f"figure {number} differs:\nours {mine}\ntheirs {theirs}")
print(f"{len(figures) - different} figures agree")
sys.exit(different > 0)
