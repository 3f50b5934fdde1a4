"""The still picture of DescentExplorer: map and loss curves by Matplotlib, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from optimlib.descend import Trajectory
from optimlib.explorers.stills import axes_at, decades, picture
from optimlib.plots import GRID, INK, MUTED, PAPER

HEIGHT = 336  # CSS pixels; with stills.WIDTH the proportions of js/explorer.css


def log_levels(values: NDArray[np.floating], lowest: float, count: int = 16) -> list[float]:
    """Levels evenly spaced in log(f − lowest) that leave out the lowest 0.2 % and the highest 1 % of the area."""
    known = np.sort(values[np.isfinite(values)])
    if not known.size or known[0] == known[-1]:
        return []
    base = min(lowest, known[0]) if np.isfinite(lowest) else known[0]
    top = known[int(0.99 * (known.size - 1))] - base
    bottom = max(known[int(np.ceil(0.002 * (known.size - 1)))] - base, 1e-6 * top)
    return list(base + np.geomspace(bottom, top, count)) if bottom < top else []


def draw(
    field: tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]],
    lowest: float,
    minimizers: NDArray[np.floating],
    runs: Sequence[tuple[str, str, Any, Trajectory]],
    start: Sequence[float],
) -> str:
    """SVG of the map beside the loss curves.

    field: x (nx,), y (ny,), values (ny, nx).  lowest: least value of f or NaN.  runs: (label, color, linestyle, run).
    """

    def on(figure: Figure) -> None:
        _map(_axes(figure, 30, 20, 408, 290), field, lowest, minimizers, runs, start)
        _chart(_axes(figure, 494, 20, 218, 290), lowest, runs)

    return picture(HEIGHT, on)


def _axes(figure: Figure, *place: float) -> Any:
    ax = axes_at(figure, *place)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    return ax


def _map(ax: Any, field: Any, lowest: float, minimizers: Any, runs: Any, start: Sequence[float]) -> None:
    x, y, values = field
    levels = log_levels(values, lowest)
    if levels:
        shades = [mpl.colors.to_rgba(MUTED, 0.62 - 0.4 * k / (len(levels) - 1)) for k in range(len(levels))]
        ax.contour(x, y, values, levels=levels, colors=shades, linewidths=0.9)
    ax.plot(*np.reshape(minimizers, (-1, 2)).T, "+", color=INK, markersize=9, markeredgewidth=1.4)
    ends = []
    box = (x[0], x[-1]), (y[0], y[-1])
    for label, color, line, run in runs:
        theta = run.theta[np.isfinite(run.theta).all(-1)]
        if not len(theta):
            continue
        # Agg-free SVG has no limit of its own: a point at 1e300 would become a number that viewers reject.
        span = np.ptp(box, axis=1)
        near = np.clip(theta, [x[0], y[0]] - 50 * span, [x[-1], y[-1]] + 50 * span)
        ax.plot(*near.T, color=color, linewidth=1.5, linestyle=line)
        ax.plot(*near[-1], "o", color=color, markeredgecolor=PAPER, markersize=8)
        ends.append((label, color, np.clip(near[-1], [x[0], y[0]], [x[-1], y[-1]])))
    ax.plot(*start, "o", color=PAPER, markeredgecolor=INK, markeredgewidth=2, markersize=15 * 72 / 96, zorder=5)
    ax.set(xlim=box[0], ylim=box[1])
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    _label_ends(ax, ends)
    ax.text(1, -0.025, "θ₁", transform=ax.transAxes, va="top", ha="right", color=INK)
    ax.text(-0.065, 1.02, "θ₂", transform=ax.transAxes, va="bottom", color=INK)


def _label_ends(ax: Any, ends: list[tuple[str, str, Any]]) -> None:
    """Names beside the ends of the paths, pushed apart downward, as in js/plot.js."""
    to_pixels = ax.transData.transform
    taken: list[tuple[float, float]] = []
    for label, color, point in sorted(ends, key=lambda end: -end[2][1]):
        px, py = to_pixels(point)
        at = py + 9
        for qx, qy in taken:
            if abs(px - qx) < 90:
                at = min(at, qy - 15)
        taken.append((px, at))
        right = px + 12 + 8 * len(label) > ax.get_window_extent().x1
        ax.annotate(
            label, point, (-10 if right else 10, at - py), textcoords="offset pixels", ha="right" if right else "left",
            va="center", color=_toward_ink(color), zorder=6,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.75, "shrinkA": 2, "shrinkB": 0}
            if abs(at - py) > 12 else None,
        )  # fmt: skip


def _chart(ax: Any, lowest: float, runs: Any) -> None:
    losses = [run.loss[np.isfinite(run.loss)] for *_, run in runs]
    losses = [loss for loss in losses if loss.size]
    floor = lowest if np.isfinite(lowest) else 0.0
    log = bool(np.isfinite(lowest) or (losses and min(loss.min() for loss in losses) > 0))
    steps = max((run.steps for *_, run in runs), default=1)
    for _label, color, line, run in runs:
        height = np.log10(np.maximum(run.loss - floor, 1e-30)) if log else run.loss
        ax.plot(np.arange(run.steps + 1), height, color=color, linewidth=1.5, linestyle=line)
    if log and losses:
        first = np.log10(max(losses[0][0] - floor, 1e-30))
        heights = [np.log10(max(value - floor, 1e-30)) for loss in losses for value in (loss.min(), loss.max())]
        top = np.ceil(min(max(heights), first + 3) + 1e-9)
        bottom = max(np.floor(min(heights)), top - 11)
        ax.set_ylim(bottom, top if bottom < top else bottom + 1)
        decades(ax.yaxis)
    ax.set_xlim(0, steps)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= 0.9 * steps])  # the axis's name stands at its end
    ax.grid(axis="y", color=GRID)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.text(1, -0.025, "t", transform=ax.transAxes, va="top", ha="right", color=INK)
    ax.text(-0.14, 1.02, "f − f*" if np.isfinite(lowest) else "f", transform=ax.transAxes, va="bottom", color=INK)


def _toward_ink(color: str) -> Any:
    """Text in a light hue of the palette is too faint to read: 38 % ink."""
    return tuple(0.62 * np.array(mpl.colors.to_rgb(color)) + 0.38 * np.array(mpl.colors.to_rgb(INK)))
