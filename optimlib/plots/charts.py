"""Curves and maps: every function takes and returns axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.descend import Trajectory
from optimlib.language import label
from optimlib.objectives import Surface
from optimlib.plots.style import INK, MUTED, PAPER, color, name


def contours(surface: Surface, ax: Axes | None = None, levels: int = 18) -> Axes:
    """Contour lines of a two-dimensional surface over its view, denser near the minimum, and its minimizers."""
    if surface.dim != 2:
        raise ValueError(f"surface must have dim 2 to be drawn as a map, got dim={surface.dim}")
    validate.count("levels", levels, least=2)
    ax = _axes(ax, figsize=(5.2, 3.9))
    (x0, x1), (y0, y1) = surface.view
    x, y = np.linspace(x0, x1, 161), np.linspace(y0, y1, 161)
    z = surface.value(np.stack(np.meshgrid(x, y), axis=-1))  # (y, x)
    floor = surface.value(surface.minimizers).min()
    height = np.geomspace(1e-3, 1.0, levels) * (z.max() - floor)
    ax.contour(x, y, z, levels=floor + height, colors=MUTED, linewidths=0.5, alpha=0.55)
    ax.plot(*surface.minimizers.T, marker="*", linestyle="none", color=INK, markersize=8, zorder=4)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="θ₁", ylabel="θ₂")
    ax.grid(False)
    return ax


def paths(trajectories: Trajectory | Iterable[Trajectory], ax: Axes | None = None) -> Axes:
    """The paths of runs over the contours of their surface, a dot for each step."""
    runs = _runs(trajectories)
    ax = ax or contours(runs[0].objective)
    for index, run in enumerate(runs):
        theta = run.theta[np.isfinite(run.theta).all(-1)]  # (steps + 1, 2)
        shade = color(run.optimizer, index)
        ax.plot(*theta.T, color=shade, marker=".", markersize=3, linewidth=1.2, label=name(run.optimizer))
    ax.plot(*runs[0].theta[0], marker="o", color=INK, markersize=5, markerfacecolor=PAPER, zorder=5)
    ax.legend(labelcolor="linecolor", handlelength=0, handletextpad=0, loc="upper right")
    return ax


def loss_curves(trajectories: Trajectory | Iterable[Trajectory], ax: Axes | None = None) -> Axes:
    """Loss above the lowest known value against the step, on a log scale, with the names at the ends."""
    curves, shades = {}, {}
    for index, run in enumerate(_runs(trajectories)):
        lowest = run.objective.value(run.objective.minimizers).min()
        curves[name(run.optimizer)] = np.maximum(run.loss - lowest, 1e-32)
        shades[name(run.optimizer)] = color(run.optimizer, index)
    return lines(curves, ax=ax, xlabel="step", ylabel="loss", yscale="log", colors=shades)


def lines(
    curves: ArrayLike | Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    xlabel: str,
    ylabel: str,
    xscale: str = "linear",
    yscale: str = "linear",
    colors: Mapping[str, str] | None = None,
    label_at: float | None = None,
) -> Axes:
    """Curves over a common x (default 0, 1, 2, …), each labeled at its right end.

    curves: label -> values, shape (n,), or the values of a single curve without a label. Labels are catalogue keys,
    bilingual strings (see `label`), or optimizers' names: "Adam, β₂ = 0.9" has the color of Adam and a style of
    its own.
    label_at: the x at which labels stand below their curves, where right ends coincide.
    """
    ax = _axes(ax)
    if not isinstance(curves, Mapping):
        curves, colors = {"": curves}, {"": INK}
    ends = []
    styles = _line_styles(curves)
    for index, (text, values) in enumerate(curves.items()):
        y = np.asarray(values, dtype=float)
        at = np.arange(len(y)) if x is None else np.asarray(x, dtype=float)
        shade = (colors or {}).get(text, color(text.split(",")[0], index))
        ax.plot(at, y, color=shade, linestyle=styles[text])
        if label_at is not None:
            near = int(abs(at - label_at).argmin())
            ax.annotate(label(text), (at[near], y[near]), (6, -6), textcoords="offset points", color=shade, va="top")
        elif (keep := np.flatnonzero(np.isfinite(y))).size:
            ends.append((at[keep[-1]], y[keep[-1]], label(text), shade))
    ax.set(xlabel=label(xlabel), ylabel=label(ylabel), xscale=xscale, yscale=yscale)
    _tidy_logs(ax)
    _label_ends(ax, ends)
    return ax


def sensitivity(
    lr: ArrayLike | Mapping[str, ArrayLike],
    results: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    ylabel: str = "loss",
    yscale: str = "log",
) -> Axes:
    """U-curves: the result of each optimizer against its learning rate; the best is marked and labeled.

    lr: the grid, shape (n,), or one grid per name.  results: name -> (n,) or (seeds, n); seeds give a band.
    A run that diverged (NaN) has no point.
    """
    ax, bests = _axes(ax), []
    for index, (key, values) in enumerate(results.items()):
        grid = np.asarray(lr[key] if isinstance(lr, Mapping) else lr)
        table = np.atleast_2d(np.asarray(values, dtype=float))  # (seeds, n)
        middle = np.median(table, axis=0)
        shade = color(key, index)
        ax.plot(grid, middle, color=shade, marker=".", markersize=4)
        if len(table) > 1:
            ax.fill_between(grid, table.min(0), table.max(0), color=shade, alpha=0.18, linewidth=0)
        best = int(np.nanargmin(middle) if yscale == "log" else np.nanargmax(middle))
        ax.plot(grid[best], middle[best], marker="o", markersize=7, color=shade, markerfacecolor=PAPER)
        bests.append((grid[best], middle[best], label(key), shade))
    ax.set(xlabel=label("lr"), ylabel=label(ylabel), xscale="log", yscale=yscale)
    ax.margins(y=0.2)
    _tidy_logs(ax)
    _label_bests(ax, bests, below=yscale == "log")
    return ax


def _axes(ax: Axes | None, **options: Any) -> Axes:
    return ax if ax is not None else plt.subplots(**options)[1]


def _runs(trajectories: Trajectory | Iterable[Trajectory]) -> list[Trajectory]:
    runs = [trajectories] if isinstance(trajectories, Trajectory) else list(trajectories)
    if not runs:
        raise ValueError("trajectories must hold at least one Trajectory, got none")
    for run in runs:
        if not isinstance(run, Trajectory):
            raise TypeError(f"trajectories must be Trajectory objects, got {run!r}")
        if run.loss.ndim != 1:
            raise ValueError(f"trajectories must be single runs, got one of batch shape {run.loss.shape[1:]}")
    return runs


def _line_styles(names: Iterable[str]) -> dict[str, str]:
    """Solid for the first curve of an optimizer, then dashed, dotted, dash-dotted."""
    seen: dict[str, int] = {}
    styles = {}
    for text in names:
        base = text.split(",")[0]
        styles[text] = ("-", "--", ":", "-.")[seen.get(base, 0) % 4]
        seen[base] = seen.get(base, 0) + 1
    return styles


def _tidy_logs(ax: Axes) -> None:
    for axis, scale in ((ax.xaxis, ax.get_xscale()), (ax.yaxis, ax.get_yscale())):
        if scale != "log":
            continue
        low, high = sorted(axis.get_view_interval())
        decades = np.floor(np.log10(high)) - np.ceil(np.log10(low)) + 1
        axis.set_minor_formatter(NullFormatter())
        axis.set_tick_params(which="minor", length=0)
        if decades >= 2:
            axis.set_major_locator(LogLocator(numticks=7))
        else:  # powers of ten alone would leave the axis without numbers
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 3.0, 5.0, 7.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}".replace("-", "−")))


def _label_bests(ax: Axes, bests: Sequence[tuple[float, float, str, str]], below: bool) -> None:
    """Name the marked points, below or above; where names would cover each other, the later one gives way."""
    ax.autoscale_view()
    points = ax.transData.transform([(x, y) for x, y, _, _ in bests]) * (72.0 / ax.figure.dpi)
    taken: list[tuple[float, float]] = []
    for i in np.argsort(points[:, 1] * (-1.0 if below else 1.0), kind="stable"):
        x, y, text, shade = bests[i]
        height = points[i, 1] + (-9.0 if below else 9.0)
        for at, other in taken:
            if abs(at - points[i, 0]) < 55.0 and abs(height - other) < 12.0:
                height = other + (-12.0 if below else 12.0)
        taken.append((points[i, 0], height))
        offset = (0.0, height - points[i, 1])
        side = "top" if below else "bottom"
        ax.annotate(text, (x, y), offset, textcoords="offset points", color=shade, ha="center", va=side)


def _label_ends(ax: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each text to the right of its point, pushed apart vertically so that none covers another."""
    if not ends:
        return
    ax.autoscale_view()
    points: NDArray[np.float64] = ax.transData.transform([(x, y) for x, y, _, _ in ends])
    box = ax.get_window_extent()
    points[:, 1] = np.clip(points[:, 1], box.y0, box.y1)
    gap = 13.0 * ax.figure.dpi / 72.0
    order = np.argsort(points[:, 1], kind="stable")
    heights = points[order, 1].copy()
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    heights -= max(0.0, heights[-1] - max(box.y1, points[order[-1], 1]))
    for i, height in zip(order, heights, strict=True):
        x, _, text, shade = ends[i]
        dy = (height - points[i, 1]) * 72.0 / ax.figure.dpi
        clipped = float(ax.transData.inverted().transform((points[i, 0], points[i, 1]))[1])
        ax.annotate(
            text, (x, clipped), (6, dy), textcoords="offset points", color=shade, va="center", annotation_clip=False
        )
