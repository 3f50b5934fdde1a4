"""The still pictures of explorers: Matplotlib axes at given pixels, as SVG of the same bytes on every machine."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from optimlib.plots import GRID, INK, MUTED, PAPER

WIDTH = 720  # CSS pixels
_DPI = 72
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "optimlib",
    "font.family": ["DejaVu Sans"],
    "font.size": 11,
}
_FONTS = "system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
_SUPERSCRIPTS = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def picture(height: int, draw: Callable[[Figure], None]) -> str:
    """SVG, 720 pixels wide, of the figure that `draw` fills."""
    with mpl.rc_context():
        mpl.rcdefaults()  # the reader's own style must not change the picture
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=PAPER)
        FigureCanvasSVG(figure)
        draw(figure)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, facecolor=PAPER)
    svg = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*", "", buffer.getvalue(), flags=re.S)
    svg = svg.replace("'DejaVu Sans'", _FONTS)
    # A tenth of a pixel is enough, and hides what differs in the last digits between machines.
    return re.sub(r"(?<=[ \"(,])-?\d+\.\d{2,}", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), svg)


def axes_at(figure: Figure, left: float, top: float, width: float, height: float) -> Any:
    """Axes at these pixels of a picture, without a frame."""
    high = figure.get_figheight() * _DPI
    ax = figure.add_axes((left / WIDTH, 1 - (top + height) / high, width / WIDTH, height / high))
    ax.tick_params(colors=MUTED, labelsize=10.5, color=GRID)
    ax.spines[:].set_visible(False)
    return ax


def still(height: int, draw: Callable[[Callable[..., Any]], None]) -> str:
    """A picture. `draw` gets axes(left, top, width, height, x, y), in pixels; x, y: the axes' names."""

    def on(figure: Figure) -> None:
        def axes(left: float, top: float, width: float, high: float, x: str = "", y: str = "") -> Any:
            ax = axes_at(figure, left, top, width, high)
            ax.tick_params(axis="y", length=0)
            ax.grid(axis="y", color=GRID)
            ax.set_axisbelow(True)
            ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            ax.text(1, -26 / high, x, transform=ax.transAxes, va="top", ha="right", color=INK)
            ax.text(-30 / width, 1 + 6 / high, y, transform=ax.transAxes, va="bottom", color=INK)
            return ax

        draw(axes)

    return picture(height, on)


def decades(axis: Any) -> None:
    """Ticks of an axis that holds log₁₀ of a quantity."""
    axis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(lambda n, _: "10" + f"{n:.0f}".translate(_SUPERSCRIPTS))


def rectangle(x: float, y: float, width: float, height: float, color: str, alpha: float) -> Rectangle:
    """A filled rectangle without an edge."""
    return Rectangle((x, y), width, height, facecolor=color, alpha=alpha, linewidth=0)
