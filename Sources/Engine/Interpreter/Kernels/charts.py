# SPDX-License-Identifier: Apache-2.0
"""What a matplotlib figure shows, as data: `describe(figure)` gives the dictionary of a chart, or {} for a blank figure."""
import re

import numpy as np
from matplotlib import category, dates, lines, patches, ticker
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer

SCALES = {"linear", "log", "symlog", "logit", "function", "functionlog", "asinh"}


def describe(figure):
    charts = [chart for chart in map(of_axes, figure.axes) if chart]
    if len(charts) < 2:
        return charts[0] if charts else {}
    title = figure._suptitle.get_text() if figure._suptitle else ""
    return {"type": "superchart", "title": title or None, "elements": charts}


def of_axes(axes):
    if axes.get_label() == "<colorbar>" or not axes.has_data():
        return None
    for extract in (pie, boxes, bars, lines_or_points):
        chart = extract(axes)
        if chart:
            return chart
    return {"type": "unknown", "title": axes.get_title() or None, "elements": []}


# Axes.


def unit(label):
    """What stands in the first brackets of an axis label."""
    match = re.search(r"\(([^()]+)\)|\[([^\[\]]+)\]", label or "")
    return (match[1] or match[2]) if match else None


def flat(axes, kind, elements, swapped=False):
    """A chart with two axes; `swapped`: values run along x, and are told as y all the same."""
    x, y = axes.get_xlabel() or None, axes.get_ylabel() or None
    if swapped:
        x, y = y, x
    return {
        "type": kind, "title": axes.get_title() or None, "elements": elements,
        "x_label": x, "y_label": y, "x_unit": unit(x), "y_unit": unit(y),
    }


def with_ticks(axes, chart):
    for letter, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        at = Axis(axis)
        positions, labels = at.ticks()
        chart[f"{letter}_ticks"] = [at.moment(value, True) for value in positions] if at.has_dates else positions
        chart[f"{letter}_tick_labels"] = labels
        chart[f"{letter}_scale"] = at.scale
    return chart


class Axis:
    def __init__(self, axis):
        self.axis = axis
        converter = getattr(axis, "get_converter", lambda: axis.converter)()
        kind = type(converter).__name__
        # pandas counts periods from 1970 in its own frequency.
        self.frequency = getattr(axis, "freq", None) or getattr(axis.axes, "freq", None) if kind == "PeriodConverter" else None
        formats = (dates.DateFormatter, dates.AutoDateFormatter, dates.ConciseDateFormatter)
        self.has_dates = bool(
            self.frequency or "Date" in kind or isinstance(axis.get_major_formatter(), formats))
        self.categories = {}
        if isinstance(axis.units, category.UnitData):
            self.categories = {at: name for name, at in axis.units._mapping.items()}
        if self.has_dates:
            self.scale = "datetime"
        elif self.categories:
            self.scale = "categorical"
        else:
            self.scale = axis.get_scale() if axis.get_scale() in SCALES else "unknown"

    def moment(self, value, zoned=False):
        if self.frequency is not None:
            import pandas

            return pandas.Period(ordinal=int(value), freq=self.frequency).to_timestamp().isoformat()
        time = dates.num2date(value)
        return (time if zoned else time.replace(tzinfo=None)).isoformat()

    def value(self, value):
        """A number along this axis as what it stands for."""
        value = float(value)
        if self.has_dates and np.isfinite(value):
            return self.moment(value)
        return self.categories.get(value, value)

    def ticks(self):
        positions = [float(value) for value in self.axis.get_ticklocs()]
        self.axis.axes.figure.draw_without_rendering()
        return positions, [label.get_text() for label in self.axis.get_ticklabels()]

    def names(self, spans):
        """How the things that cover `spans` of this axis, (from, to), are called."""
        positions, labels = self.ticks()
        centres = [(low + high) / 2 for low, high in spans]
        fallback = [str(self.value(at)) if self.has_dates or self.categories.get(at) else f"{at:.10g}" for at in centres]
        formatter = self.axis.get_major_formatter()
        if self.has_dates or isinstance(formatter, (ticker.ScalarFormatter, ticker.LogFormatter)):
            return fallback
        named = []
        for low, high in spans:
            slack = (high - low) * 0.01
            named.append(list({text: 1 for at, text in zip(positions, labels) if low - slack <= at <= high + slack}))
        if all(len(found) == 1 for found in named):
            return [found[0] for found in named]
        return labels if len(labels) == len(spans) else fallback


# Kinds of charts: each gives None for axes that show something else.


def pie(axes):
    wedges = [patch for patch in axes.patches if isinstance(patch, patches.Wedge)]
    if not wedges:
        return None
    elements = []
    for wedge in wedges:
        label = wedge.get_label()
        # matplotlib keeps shares as 32-bit floats: what is beyond thousandths of a degree is noise.
        angle = round(abs(float(wedge.theta2) - float(wedge.theta1)), 3)
        elements.append({"label": "" if label.startswith("_") else label, "angle": angle, "radius": float(wedge.r)})
    return {"type": "pie", "title": axes.get_title() or None, "elements": elements}


def data_lines(axes):
    """Lines in data coordinates: not those across the axes, such as of `axhline`, nor caps of error bars."""
    parts = set()
    for container in axes.containers:
        if isinstance(container, ErrorbarContainer):
            parts.update(id(cap) for cap in container[1] or ())
    return [line for line in axes.lines if line.get_transform() == axes.transData and id(line) not in parts]


def is_box(artist):
    if isinstance(artist, patches.PathPatch):
        return len(artist.get_path().vertices) >= 5
    if not isinstance(artist, lines.Line2D):
        return False
    data = artist.get_xydata()
    if len(data) not in (5, 11) or not np.array_equal(data[0], data[-1]):
        return False
    # Corners have two different coordinates across the box; a notch adds two.
    return min(len(set(data[:, 0])), len(set(data[:, 1]))) <= (2 if len(data) == 5 else 4)


def boxes(axes):
    artists = [item for item in axes.get_children() if isinstance(item, (patches.PathPatch, lines.Line2D))]
    groups = []
    for artist in artists:
        if is_box(artist):
            groups.append((artist, []))
        elif groups and isinstance(artist, lines.Line2D):
            groups[-1][1].append(artist.get_xydata() if artist.get_linestyle() != "None" else artist)
    found = [box(artist, parts) for artist, parts in groups]
    if not found or None in found or axes.collections or any(isinstance(one, BarContainer) for one in axes.containers):
        return None
    # The same boxes drawn again, such as once more in colour, are one.
    found = list({str((one["span"], one["numbers"])): one for one in found}.values())
    swapped = found[0]["swapped"]
    names = Axis(axes.yaxis if swapped else axes.xaxis).names([one["span"] for one in found])
    elements = [{"label": name, **one["numbers"]} for name, one in zip(names, found)]
    return flat(axes, "box_and_whisker", elements, swapped)


def box(artist, parts):
    """One box with its whiskers, caps, median and outliers, in the order in which `boxplot` draws them."""
    strokes = [part for part in parts if not isinstance(part, lines.Line2D)]
    dots = [part for part in parts if isinstance(part, lines.Line2D)]
    if len(strokes) < 3 or any(len(stroke) != 2 for stroke in strokes[:2]):
        return None
    whiskers = np.array(strokes[:2])
    if not np.isfinite(whiskers).all():
        return None
    along = 0 if (whiskers[:, 0, 1] == whiskers[:, 1, 1]).all() and (whiskers[:, 0, 0] != whiskers[:, 1, 0]).any() else 1
    corners = artist.get_path().vertices if isinstance(artist, patches.PathPatch) else artist.get_xydata()
    corners = corners[:-1]
    # Strokes across the box: two caps, unless they are hidden, then the median.
    across = [stroke for stroke in strokes[2:] if len(stroke) >= 2 and stroke[0][along] == stroke[1][along]]
    if not across:
        return None
    median = across[2] if len(across) > 2 else across[0]
    outliers = dots[-1].get_xydata()[:, along] if dots else []
    # Whiskers begin at the quartiles; the corners of a notch can lie outside.
    low, high = sorted(whiskers[:, 0, along])
    ends = [float(whisker[1][along]) for whisker in whiskers]
    return {
        "swapped": along == 0,
        "span": (float(corners[:, 1 - along].min()), float(corners[:, 1 - along].max())),
        "numbers": {
            "min": min(ends), "first_quartile": float(low), "median": float(median[0][along]),
            "third_quartile": float(high), "max": max(ends), "outliers": [float(value) for value in outliers],
        },
    }


def bars(axes):
    containers = [item for item in axes.containers if isinstance(item, BarContainer) and len(item)]
    if not containers or data_lines(axes) or any(isinstance(item, PathCollection) for item in axes.collections):
        return None
    swapped = containers[0].orientation == "horizontal"
    axis, elements = Axis(axes.yaxis if swapped else axes.xaxis), []
    for index, container in enumerate(containers):
        group = container.get_label()
        if not group or group.startswith("_"):
            group = f"Group {index}"
        spans = []
        for bar in container:
            start, size = (bar.get_y(), bar.get_height()) if swapped else (bar.get_x(), bar.get_width())
            spans.append((float(min(start, start + size)), float(max(start, start + size))))
        for name, bar in zip(axis.names(spans), container):
            value = bar.get_width() if swapped else bar.get_height()
            elements.append({"label": name, "group": group, "value": float(value)})
    return flat(axes, "bar", elements, swapped)


def lines_or_points(axes):
    drawn = data_lines(axes)
    clouds = [item for item in axes.collections if isinstance(item, PathCollection)]
    if bool(drawn) == bool(clouds) or axes.name == "3d" or axes.containers and bars_among(axes) or axes.images:
        return None
    x, y = Axis(axes.xaxis), Axis(axes.yaxis)
    elements = []
    for index, artist in enumerate(drawn or clouds):
        label = artist.get_label()
        if drawn:
            label = f"Line {index}" if label.startswith("_") else label
            pairs = zip(np.atleast_1d(artist.get_xdata(orig=False)), np.atleast_1d(artist.get_ydata(orig=False)))
        else:
            pairs = np.ma.filled(np.ma.asarray(artist.get_offsets(), dtype=float), np.nan)
        elements.append({"label": label, "points": [[x.value(a), y.value(b)] for a, b in pairs]})
    return with_ticks(axes, flat(axes, "line" if drawn else "scatter", elements))


def bars_among(axes):
    return any(isinstance(item, BarContainer) for item in axes.containers)
