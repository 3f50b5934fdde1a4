"""BatchExplorer: full batch, mini-batch, and single samples on a line that is fitted to forty points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.draws import Draws
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Choice, Number, Switch, Whole
from optimlib.language import BAR
from optimlib.minibatches import ORDERS
from optimlib.models.linear import LinearRegression
from optimlib.plots import INK, MUTED, OTHER

POINTS, EPOCHS, START = 40, 20, (-1.2, 2.6)
_COLORS = ("#767676", OTHER[0], OTHER[3])  # all, some, one
_ALL = POINTS * EPOCHS


@dataclass(frozen=True)
class BatchRun:
    """theta (steps + 1, 2): slope w and intercept b.  loss (steps + 1,): of all data.  samples (steps + 1,): seen."""

    size: int
    theta: NDArray[np.float64]
    loss: NDArray[np.float64]
    samples: NDArray[np.intp]

    @property
    def diverged(self) -> bool:
        return bool(self.samples[-1] < _ALL)


class BatchExplorer(Sheet):
    """Gradient descent on the mean squared error of w x + b, with all, some, or one of 40 samples for each gradient.

    size: of the mini-batch, 1 … 40.  lr: η of all three runs, 0.001 … 1.  order: "reshuffle", "once", "replacement",
    or "sequential" (from left to right), as in `MiniBatches`.  seed: 1 … 20.  by_samples: loss against samples seen, or
    against steps.  lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.  The settings are traits.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("BatchExplorer")
    title = "批量大小｜Batch size"
    story = (
        "同样的学习率，同样的四十个点：按步数算，三者平均一样快；按样本数算，小批量早就到了；最后只有全批量停得住。"
        "｜The same learning rate, the same forty points: counted in steps all three are equally fast on "
        "average; counted in samples small batches are there first; and only the full batch comes to rest."
    )

    size = Whole(1, POINTS)
    lr = Number(0.001, 1.0)
    order = Choice(ORDERS)
    seed = Whole(1, 20)
    by_samples = Switch()

    model = LinearRegression(1)

    def __init__(
        self,
        size: int = 8,
        lr: float = 0.1,
        order: str = "reshuffle",
        seed: int = 1,
        by_samples: bool = True,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        settings = {"size": size, "lr": lr, "order": order, "seed": seed, "by_samples": by_samples}
        self._open(lang, caption, settings)

    @cached_property
    def data(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """X (40, 1) from left to right, and y (40,) = 0.5 + 0.8 x + noise."""
        draws = Draws(3)
        x = sorted(-1.5 + 3.5 * draws.uniform() for _ in range(POINTS))
        return np.array(x)[:, None], np.array([0.5 + 0.8 * v + 0.5 * draws.normal() for v in x])

    @cached_property
    def best(self) -> NDArray[np.float64]:
        """The least-squares fit, slope and intercept."""
        X, y = self.data
        return np.asarray(np.linalg.lstsq(np.column_stack([X, np.ones(POINTS)]), y, rcond=None)[0], dtype=np.float64)

    def run(self, size: int | None = None) -> BatchRun:
        """Twenty epochs with batches of `size`, default the one on screen; a run that diverges ends early."""
        size = self.size if size is None else size
        draws, once = Draws(self.seed), Draws(1000 + self.seed).permutation(POINTS)
        theta, seen = np.array(START), 0
        path, losses, samples = [theta], [self._loss(theta)], [0]
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(EPOCHS):
                rows = self._rows(draws, once)
                for first in range(0, POINTS, size):
                    batch = rows[first : first + size]
                    theta = theta - self.lr * (2.0 * self._pull(theta, batch)) / len(batch)
                    seen += len(batch)
                    if not np.isfinite(theta).all():
                        return BatchRun(size, np.array(path), np.array(losses), np.array(samples))
                    path.append(theta)
                    losses.append(self._loss(theta))
                    samples.append(seen)
        return BatchRun(size, np.array(path), np.array(losses), np.array(samples))

    # The model's own loss and gradient leave the order of their sums to BLAS. These add one sample after the other, as
    # js/batch_maths.js does, so that both sides have the same bits.

    def _residuals(self, theta: NDArray[np.float64], rows: list[int]) -> NDArray[np.float64]:
        X, y = self.data
        return theta[0] * X[rows, 0] + theta[1] - y[rows]

    def _loss(self, theta: NDArray[np.float64]) -> float:
        r = self._residuals(theta, list(range(POINTS)))
        return float(_sum(r * r)) / POINTS

    def _pull(self, theta: NDArray[np.float64], rows: list[int]) -> NDArray[np.float64]:
        """Half the gradient's sum over these samples, shape (2,)."""
        r = self._residuals(theta, rows)
        return np.array([_sum(r * self.data[0][rows, 0]), _sum(r)])

    def _rows(self, draws: Draws, once: list[int]) -> list[int]:
        match self.order:
            case "reshuffle":
                return draws.permutation(POINTS)
            case "replacement":
                return [draws.below(POINTS) for _ in range(POINTS)]
            case "once":
                return once
            case _:
                return list(range(POINTS))

    @property
    def runs(self) -> list[BatchRun]:
        """With all samples, with the mini-batch on screen, with one."""
        return [self.run(POINTS), self.run(), self.run(1)]

    def _gaps(self, run: BatchRun) -> NDArray[np.float64]:
        return np.maximum(run.loss - self._loss(self.best), 1e-12)

    def _alt(self) -> str:
        zh, en = [], []
        for run in self.runs:
            gaps = self._gaps(run)
            at = int((gaps < 0.1).argmax()) if (gaps < 0.1).any() else -1
            zh.append(f"批量 {run.size}：" + ("未达到" if at < 0 else f"{at} 步、{run.samples[at]} 个样本"))
            en.append(f"batch {run.size}: " + ("not reached" if at < 0 else f"{at} steps, {run.samples[at]} samples"))
        return (
            f"四十个点和三条拟合直线，损失曲面上的三条路径，以及损失曲线。"
            f"损失与最小值的差距降到 0.1：{'；'.join(zh)}。{BAR}"
            f"Forty points with three fitted lines, three paths on the loss surface, and the loss curves. To come "
            f"within 0.1 of the least loss: {'; '.join(en)}."
        )

    def _snapshot(self) -> str:
        (X, y), runs = self.data, self.runs

        def draw(axes: Any) -> None:
            ax = axes(34, 22, 186, 220, "x", "y")
            ax.plot(X[:, 0], y, "o", color=INK, markersize=3, alpha=0.6, markeredgewidth=0)
            ends = np.array([-1.7, 2.2])
            for run, color, width in zip(runs, _COLORS, (3.5, 1.8, 1.8), strict=True):
                ax.plot(ends, run.theta[-1, 0] * ends + run.theta[-1, 1], color=color, linewidth=width)
            ax.set(xlim=ends, ylim=(-2.4, 3.4))
            ax = axes(262, 22, 200, 220, "w", "b")
            ax.grid(False)
            w, b = np.linspace(-2.2, 2.8, 49), np.linspace(-1.6, 3.4, 49)
            z = self.model.loss(np.stack(np.meshgrid(w, b), -1).reshape(-1, 2), X, y).reshape(49, 49)
            least = self._loss(self.best)
            levels = least + np.geomspace(0.02, float(z.max()) - least, 10)
            ax.contour(w, b, z, levels=levels, colors=MUTED, linewidths=0.7, alpha=0.5)
            for run, color in list(zip(runs, _COLORS, strict=True))[::-1]:
                ax.plot(*np.clip(run.theta, -50, 50).T, color=color, linewidth=1.2)
            ax.plot(*START, "o", color="white", markeredgecolor=INK, markeredgewidth=2, markersize=8)
            ax.set(xlim=(w[0], w[-1]), ylim=(b[0], b[-1]))
            ax = axes(512, 22, 196, 220, "n" if self.by_samples else "t", "Δ")
            for run, color in list(zip(runs, _COLORS, strict=True))[::-1]:
                at = run.samples if self.by_samples else np.arange(len(run.loss))
                ax.plot(at, np.log10(self._gaps(run)), color=color, linewidth=1.4)
            ax.set(xlim=(0, _ALL if self.by_samples else 60), ylim=(-4, 1.2))
            stills.decades(ax.yaxis)
            ax.set_xticks([0, 200, 400, 600] if self.by_samples else [0, 20, 40])

        return stills.still(280, draw)


def _sum(values: NDArray[np.float64]) -> np.float64:
    """From the first to the last: `np.sum` adds in pairs."""
    return np.float64(np.add.accumulate(values)[-1])
