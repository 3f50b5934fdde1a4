"""A family tree of methods, or a history: time runs down, every family has its column, lines lead from parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from optimlib.language import label
from optimlib.plots.style import COLORS, INK, MUTED, PAPER

_COLUMN, _ROW, _YEARS = 1.2, 0.38, 0.55  # inches


class Entry(NamedTuple):
    """One name in a family tree: when it came, in which column it stands, what it was made from.

    column: counted from 0.  parents: names of entries.  link: a label of the book, to which the name leads on the
    website.
    """

    year: int
    column: int
    parents: Sequence[str] = ()
    link: str = ""


def lineage(entries: Mapping[str, Entry | tuple], columns: Sequence[str]) -> Axes:
    """Draw a family tree. entries: name -> Entry, or a tuple of its fields; columns: their headings, from the left.

    Entries of one year stand in one row; where they share a column, below each other. Names and headings may hold both
    languages. Raises ValueError for a column or a parent that does not exist, and for a parent younger than its child.
    """
    tree = {name: Entry(*fields) for name, fields in entries.items()}
    _check(tree, columns)
    heights, years = _rows(tree)
    depth = max(heights.values()) + 1
    size = (_YEARS + _COLUMN * len(columns), _ROW * (depth + 1.2))
    _, ax = plt.subplots(figsize=size)
    ax.set(xlim=(-_YEARS / _COLUMN, len(columns)), ylim=(depth - 0.4, -1.6))
    ax.set_axis_off()
    for year, row in years.items():
        ax.text(-_YEARS / _COLUMN, row, str(year), color=MUTED, fontsize=9, va="center")
    for column, heading in enumerate(columns):
        ax.text(column + 0.5, -1.1, label(heading), color=MUTED, ha="center", va="center")
    for name, entry in tree.items():
        x, y, edge = entry.column + 0.5, heights[name], COLORS.get(name, MUTED)
        for parent in entry.parents:
            ax.add_patch(_line((tree[parent].column + 0.5, heights[parent]), (x, y), edge))
        box = FancyBboxPatch(
            (x - 0.43, y - 0.31), 0.86, 0.62, "round,pad=0,rounding_size=0.12", fc=PAPER, ec=edge, lw=1.2, zorder=2
        )
        ax.add_patch(box)
        text = ax.text(x, y, label(name), color=INK, ha="center", va="center", zorder=3)
        if entry.link:
            text.set_url(f"label:{entry.link}")
    return ax


def _line(start: tuple[float, float], end: tuple[float, float], color: str) -> PathPatch:
    """From the side of a parent to the side of its child; within a column, by the left of what stands between."""
    side = 1.0 if end[0] > start[0] else -1.0
    out = -0.43 if end[0] == start[0] else side * 0.43
    into = -side * 0.43 if end[0] != start[0] else -0.43
    gutter = end[0] + into * 1.16
    bend = [(start[0] + out, start[1]), (gutter, start[1]), (gutter, start[1]), (gutter, (start[1] + end[1]) / 2)]
    bend += [(gutter, end[1]), (gutter, end[1]), (end[0] + into, end[1])]
    return PathPatch(
        Path(bend, [Path.MOVETO] + [Path.CURVE4] * 6), fill=False, edgecolor=color, lw=1.2, alpha=0.8, zorder=1
    )


def _rows(tree: Mapping[str, Entry]) -> tuple[dict[str, int], dict[int, int]]:
    """The row of every entry, and the first row of every year, counted from the top."""
    heights: dict[str, int] = {}
    years: dict[int, int] = {}
    row = 0
    for year in sorted({entry.year for entry in tree.values()}):
        years[year] = row
        taken: dict[int, int] = {}
        for name, entry in tree.items():
            if entry.year == year:
                # Parents of the same year stand above their children.
                above = [heights[parent] + 1 for parent in entry.parents if tree[parent].year == year]
                heights[name] = max([row + taken.get(entry.column, 0), *above])
                taken[entry.column] = heights[name] + 1 - row
        row += max(taken.values())
    return heights, years


def _check(tree: Mapping[str, Entry], columns: Sequence[str]) -> None:
    if not tree:
        raise ValueError("entries must hold at least one entry, got none")
    seen: set[str] = set()
    for name, entry in sorted(tree.items(), key=lambda item: item[1].year):
        if not 0 <= entry.column < len(columns):
            raise ValueError(f"entries: column of {name!r} must be from 0 to {len(columns) - 1}, got {entry.column!r}")
        for parent in entry.parents:
            if parent not in tree:
                raise ValueError(f"entries: parent {parent!r} of {name!r} is not an entry")
            if parent not in seen:
                raise ValueError(f"entries: parent {parent!r} of {name!r} must stand before it and be no younger")
        seen.add(name)
