"""Circles joined by lines: graph."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from optimlib import validate
from optimlib.language import label
from optimlib.plots.style import INK, MUTED, PAPER


def graph(
    nodes: Mapping[str, tuple[float, float, str, str]], edges: Mapping[tuple[str, str], str], ax: Axes | None = None
) -> Axes:
    """Circles joined by lines, such as a computational graph: values above the circles, derivatives below.

    nodes: name -> (x, y, text above, text below), about one unit apart.  edges: (name, name) -> text beside the line.
    Raises ValueError for an edge that ends at no node.
    """
    ax = plt.subplots()[1] if ax is None else ax
    for ends, text in edges.items():
        for end in ends:
            validate.one_of("edges", end, nodes)
        (x0, y0), (x1, y1) = (nodes[end][:2] for end in ends)
        ax.plot([x0, x1], [y0, y1], color=MUTED, linewidth=1.0, zorder=1)
        # Beside a slanted line, text stands on the side where the line does not run through it.
        outer, first = (y0 + y1) / 2.0, (y1 - y0) * (x1 - x0) * (y0 + y1) > 0
        side = "center" if y0 == y1 else "right" if first else "left"
        shift = (0.0 if side == "center" else -4.0 if first else 4.0, 4.0 if outer >= 0 else -4.0)
        at = ((x0 + x1) / 2.0, outer)
        ax.annotate(label(text), at, shift, textcoords="offset points", ha=side, va="bottom" if outer >= 0 else "top")
    for key, (x, y, above, below) in nodes.items():
        ax.plot(x, y, "o", markersize=26, color=PAPER, markeredgecolor=INK, zorder=2)
        ax.annotate(label(key), (x, y), ha="center", va="center")
        ax.annotate(label(above), (x, y), (0, 16), textcoords="offset points", ha="center", va="bottom", weight="bold")
        ax.annotate(label(below), (x, y), (0, -16), textcoords="offset points", ha="center", va="top", style="italic")
    ax.margins(0.08, 0.3)
    ax.set_axis_off()
    return ax
