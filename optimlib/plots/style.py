"""The style of the book's figures: colors, fonts, one color per optimizer, and figures as SVG text."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Neutral colors. The website maps exactly these four to variables of its light and dark scheme.
INK, MUTED, GRID, PAPER = "#1f2328", "#6b7280", "#e3e5e8", "#ffffff"

# One color per optimizer in the whole book, from the color-blind safe palette of Okabe and Ito.
COLORS = {
    "SGD": "#767676",
    "Momentum": "#0072b2",
    "EMAMomentum": "#56b4e9",
    "Nesterov": "#009e73",
    "Adagrad": "#cc79a7",
    "RMSprop": "#e69f00",
    "Adam": "#d55e00",
    # The rest is spread as far apart as it goes, for normal and for red- and green-blind eyes, on paper and in the
    # dark; thirty lines in one figure would be too many all the same.
    "CenteredRMSprop": "#78a0d2",
    "MomentumRMSprop": "#4650d2",
    "Adadelta": "#508cd2",
    "AdamW": "#8278fa",
    "AMSGrad": "#a08250",
    "Adamax": "#a06e5a",
    "NAdam": "#3ca0b4",
    "RAdam": "#646ed2",
    "Yogi": "#8296f0",
    "AdaBelief": "#c8965a",
    "LazyAdam": "#823cbe",
    "Lion": "#c82828",
    "LARS": "#fa6e00",
    "LAMB": "#3c6e5a",
    "Adafactor": "#a06ea0",
    "Muon": "#0ab45a",
    "Shampoo": "#b43caa",
    "SOAP": "#825a00",
    "ScheduleFreeSGD": "#be1e5a",
    "ScheduleFreeAdamW": "#b48282",
    "Newton": "#645a8c",
    "GaussNewton": "#0a6ee6",
    "LBFGS": "#82aa82",
}
# Colors of rules that are not in the table, in order of appearance; hues that stay apart from those above, and
# are seen on paper and in the dark (contrast of 3 to 1).
OTHER = ("#8a5fbf", "#2e8b57", "#b8447c", "#8c8c2e", "#5f6ac4")

# Fonts are named, never embedded: a browser draws Chinese with a font of its own.
_FONTS = (
    "'DejaVu Sans', 'Helvetica Neue', Arial, 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
)
_STYLE: dict[Any, Any] = {
    "figure.figsize": (6.4, 3.6),
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.color": INK,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    # Text is measured with the font that comes with Matplotlib: so figures are the same on every machine.
    "font.family": ["DejaVu Sans"],
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "optimlib",
}


def use_book_style() -> None:
    """Set the book's style for all figures and, in a notebook, show figures as SVG. Call it once, first thing."""
    mpl.rcParams.update(_STYLE)
    # Chinese glyphs are missing from the measuring font only; the browser has them.
    warnings.filterwarnings("ignore", message=r"Glyph .* missing from (current )?font")
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # outside Jupyter there is nothing to register
        return
    shell = get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        set_matplotlib_formats("svg")
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, to_svg)


def to_svg(figure: Figure) -> str:
    """The figure as SVG text: the same bytes whenever it is drawn again."""
    buffer = io.StringIO()
    with mpl.rc_context({key: _STYLE[key] for key in ("svg.fonttype", "svg.hashsalt")}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from (current )?font")
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg.replace("'DejaVu Sans'", _FONTS)
    svg = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    # Chinese labels are wider than they were measured: let them stand out of the frame instead of being cut.
    return svg.replace("<svg ", '<svg overflow="visible" ', 1)


def color(optimizer: Any, index: int = 0) -> str:
    """The color of an optimizer, its class, or its name; other names take the `index`-th color of OTHER."""
    return COLORS.get(name(optimizer), OTHER[index % len(OTHER)])


def name(optimizer: Any) -> str:
    """How an optimizer is called in figures: its class's name."""
    if isinstance(optimizer, str):
        return optimizer
    return optimizer.__name__ if isinstance(optimizer, type) else type(optimizer).__name__
