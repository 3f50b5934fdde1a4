"""Matplotlib figures of the book: every function takes and returns axes."""

from optimlib.plots.charts import contours, lines, loss_curves, paths, sensitivity
from optimlib.plots.graph import graph
from optimlib.plots.lineage import Entry, lineage
from optimlib.plots.style import (
    COLORS,
    GRID,
    INK,
    MUTED,
    OTHER,
    PAPER,
    color,
    name,
    to_svg,
    use_book_style,
)

__all__ = [
    "COLORS",
    "GRID",
    "INK",
    "MUTED",
    "OTHER",
    "PAPER",
    "Entry",
    "color",
    "contours",
    "graph",
    "lineage",
    "lines",
    "loss_curves",
    "name",
    "paths",
    "sensitivity",
    "to_svg",
    "use_book_style",
]
