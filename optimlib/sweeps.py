"""Sweeps over hyperparameters: sweep(measure, {"lr": […], …}) -> Sweep, in one batched run or over processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import validate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Best:
    """The lowest score of a sweep.  at_edge: the numeric axes on whose first or last value it lies."""

    point: dict[str, Any]
    score: float
    at_edge: tuple[str, ...]


@dataclass(frozen=True)
class Sweep:
    """axes: name -> values.  score: one number for each point of the grid, one axis for each name; lower is better.

    NaN stands for a run that diverged.
    """

    axes: dict[str, Sequence[Any]]
    score: Array

    def best(self, edge: str = "refuse") -> Best:
        """The point with the lowest score.

        edge: "refuse": ValueError if it lies at the end of an axis, for then the true best may lie outside of the
        grid; "flag": name such axes in `at_edge`. Axes of one value, and of values that are not numbers in order,
        have no ends.
        """
        validate.one_of("edge", edge, ("refuse", "flag"))
        if not np.isfinite(self.score).any():
            raise ValueError("score must have a finite number, got none: every run diverged")
        where = np.unravel_index(np.nanargmin(np.where(np.isfinite(self.score), self.score, np.nan)), self.score.shape)
        at = dict(zip(self.axes, map(int, where), strict=True))
        point = {name: values[at[name]] for name, values in self.axes.items()}
        at_edge = tuple(n for n, values in self.axes.items() if _ordered(values) and at[n] in (0, len(values) - 1))
        if at_edge and edge == "refuse":
            named = ", ".join(f"{name} = {point[name]!r} of {_shown(self.axes[name])}" for name in at_edge)
            raise ValueError(f"the best value lies at the edge of its grid, which must be wider: {named}")
        return Best(point, float(self.score[where]), at_edge)

    def over(self, name: str, reduce: Callable[..., Any] = np.median) -> Sweep:
        """The sweep without one axis, e.g. over("seed"): its scores reduced, by default to their median.

        reduce: a function of NumPy that takes axis. A NaN, a run that diverged, counts as the worst: as infinity.
        """
        axis = list(self.axes).index(validate.one_of("axis", name, self.axes))
        score = reduce(np.where(np.isnan(self.score), np.inf, self.score), axis=axis)
        rest = {other: values for other, values in self.axes.items() if other != name}
        return Sweep(rest, np.where(np.isfinite(score), score, np.nan))


def sweep(
    measure: Callable[..., Any],
    axes: Mapping[str, Sequence[Any] | NDArray[Any]],
    backend: str | None = None,
    jobs: int | None = None,
) -> Sweep:
    """Score every point of the grid that `axes` span; `measure` takes their names as keyword arguments.

    backend: "batched": one call, each argument an array (points,), for one score each: rules and `fit` take
    hyperparameters so. "sequential", "threading", "loky" (processes), "dask", "ray", …: one call for each point, as
    joblib distributes them. None: what a surrounding `joblib.parallel_config` says, else one after the other.
    jobs: how many at once, −1: as many as there are cores. None: joblib's choice, for processes one.

    Every call has one thread for linear algebra, wherever it runs: then the scores do not depend on the backend or on
    the number of cores, to the last bit, and processes do not fight for cores.
    dask wants a `dask.distributed.Client` first: joblib then uses its workers, on this machine or on many.
    Raises TypeError or ValueError for bad arguments, and what `measure` raises.

    >>> import optimlib as ol
    >>> f = ol.Quadratic(kappa=10.0)
    >>> def measure(lr):
    ...     return ol.descend(ol.SGD(lr=lr), f, [1.0, 1.0], steps=20).loss[-1]
    >>> sweep(measure, {"lr": [0.01, 0.1, 0.15, 0.19]}, backend="batched").best().point
    {'lr': 0.15}
    """
    grid = _grid(axes)
    shape, points = tuple(map(len, grid.values())), [dict(zip(grid, p, strict=True)) for p in product(*grid.values())]
    if backend == "batched":
        columns = {name: np.array([point[name] for point in points]) for name in grid}
        with one_thread(), np.errstate(all="ignore"):
            scores = np.asarray(measure(**columns), dtype=np.float64)
        if scores.shape != (len(points),):
            raise ValueError(
                f"measure must return one score for each of {len(points)} points, got shape {scores.shape}"
            )
        return Sweep(grid, scores.reshape(shape))
    import joblib  # type: ignore[import-untyped]  # loaded only when used

    context = nullcontext() if backend is None else joblib.parallel_config(backend=backend)
    with one_thread(), context:
        results = joblib.Parallel(n_jobs=jobs)(joblib.delayed(_scored)(measure, point) for point in points)
    return Sweep(grid, np.array(results).reshape(shape))


def one_thread() -> Any:
    """A context in which NumPy's linear algebra uses one thread: with more, sums may be taken in another order."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1)


def _scored(measure: Callable[..., Any], point: dict[str, Any]) -> float:
    with one_thread(), np.errstate(all="ignore"):
        score = np.asarray(measure(**point), dtype=np.float64)
    if score.shape != ():
        raise ValueError(f"measure must return one number, got shape {score.shape} at {point!r}")
    return float(score)


def _grid(axes: Mapping[str, Sequence[Any] | NDArray[Any]]) -> dict[str, Sequence[Any]]:
    """The axes with their values as lists of plain Python values: so every backend calls with the same types."""
    if not isinstance(axes, Mapping) or not axes:
        raise TypeError(f"axes must be a dict name -> values with at least one name, got {axes!r}")
    grid: dict[str, Sequence[Any]] = {}
    for name, values in axes.items():
        if isinstance(values, str) or not hasattr(values, "__len__") or len(values) == 0:
            raise ValueError(f"axes[{name!r}] must be a sequence of at least one value, got {values!r}")
        grid[name] = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return grid


def _ordered(values: Sequence[Any]) -> bool:
    """Whether an axis has two ends: numbers that only rise or only fall."""
    if len(values) < 2 or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return False
    gaps = np.diff(np.asarray(values, dtype=float))
    return bool((gaps > 0).all() or (gaps < 0).all())


def _shown(values: Sequence[Any]) -> str:
    return f"[{values[0]!r}, …, {values[-1]!r}]"
