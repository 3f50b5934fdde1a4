"""SaddleExplorer: escape time from a saddle against noise, momentum, and the initial offset."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.draws import Draws
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Number, Switch
from optimlib.language import BAR
from optimlib.objectives import Saddle
from optimlib.optimizers import SGD, Adam, Momentum
from optimlib.plots import COLORS, INK, MUTED

LIMIT, SEEDS, BEYOND = 2000, 9, 0.5
_NAMES = {"SGD": "梯度下降｜gradient descent", "Momentum": "动量法｜momentum", "Adam": "Adam｜Adam"}


class SaddleExplorer(Sheet):
    """How long gradient descent, momentum, and Adam stay at the saddle of ½x² − ½y² + ¼y⁴.

    offset: y at the start, 1e-12 … 0.1.  lr: η of all three, 0.005 … 0.5.  beta: of momentum, 0 … 0.99.
    noisy: whether gradients have noise of standard deviation `sigma`, 1e-8 … 0.1 (then medians of 9 seeds).
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.  The settings are traits.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("SaddleExplorer")
    title = "逃离鞍点｜Escaping from a saddle"
    story = (
        "鞍点只会让人迟到：每靠近它十倍，梯度下降就多等同样多的步数；一点噪声，或者动量，就缩短等待。"
        "｜A saddle only delays: each time the start is ten times closer, gradient descent waits as many steps more; a "
        "little noise or momentum shortens the wait."
    )

    offset = Number(1e-12, 0.1)
    lr = Number(0.005, 0.5)
    beta = Number(0.0, 0.99)
    noisy = Switch()
    sigma = Number(1e-8, 0.1)

    def __init__(
        self,
        offset: float = 1e-6,
        lr: float = 0.05,
        beta: float = 0.9,
        noisy: bool = False,
        sigma: float = 0.001,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        self._open(lang, caption, {"offset": offset, "lr": lr, "beta": beta, "noisy": noisy, "sigma": sigma})

    @property
    def optimizers(self) -> list[Any]:
        """The three rules with the rates on screen."""
        return [SGD(lr=self.lr), Momentum(lr=self.lr, beta=self.beta), Adam(lr=self.lr)]

    def path(self, optimizer: Any, seed: int = 0, offset: float | None = None) -> NDArray[np.float64]:
        """The points of a run from (−1.6, offset) until |y| > ½, at most 2000 steps, shape (steps + 1, 2)."""
        surface, theta = Saddle(), np.array([-1.6, self.offset if offset is None else offset])
        state, points = optimizer.init(theta), [theta]
        for t in range(LIMIT):
            grad = surface.grad(theta)
            if self.noisy:
                grad = grad + self.sigma * saddle_noise(seed)[t]
            step, state = optimizer.update(grad, state)
            theta = theta + step
            points.append(theta)
            if abs(theta[1]) > BEYOND:
                break
        return np.array(points)

    def steps(self, optimizer: Any, offset: float | None = None) -> int:
        """Steps to escape, with noise the median over nine seeds; −1 if 2000 are too few."""
        found = []
        for seed in range(SEEDS if self.noisy else 1):
            path = self.path(optimizer, seed, offset)
            found.append(len(path) - 1 if abs(path[-1, 1]) > BEYOND else np.inf)
        middle = float(np.median(found))
        return int(middle) if np.isfinite(middle) else -1

    def growth(self, beta: float = 0.0) -> float:
        """By what y grows in a step close to the saddle: the larger root of z² − (1 + β + η) z + β; 1 + η for β = 0."""
        b = 1 + beta + self.lr
        return float((b + np.sqrt(b * b - 4 * beta)) / 2)

    def _alt(self) -> str:
        told = {type(o).__name__: self.steps(o) for o in self.optimizers}
        words = {name: f"> {LIMIT}" if steps < 0 else str(steps) for name, steps in told.items()}
        zh = "，".join(f"{_NAMES[name].split(BAR)[0]} {text}" for name, text in words.items())
        en = ", ".join(f"{_NAMES[name].split(BAR)[1]} {text}" for name, text in words.items())
        return (
            f"三条经过鞍点的路径，以及逃逸步数随初始偏移的变化。偏移 {self.offset:.2g}，逃逸步数：{zh}。{BAR}"
            f"Three paths past a saddle, and the steps to escape against the initial offset. From {self.offset:.2g}, "
            f"steps to escape: {en}."
        )

    def _snapshot(self) -> str:
        exponents = np.arange(-12.0, -0.9, 1.0)

        def draw(axes: Any) -> None:
            ax = axes(36, 22, 310, 240, "θ₁", "θ₂")
            ax.grid(False)
            x, y = np.linspace(-1.9, 1.3, 61), np.linspace(-1.24, 1.24, 61)
            z = Saddle().value(np.stack(np.meshgrid(x, y), -1))
            levels = [-0.2, -0.12, -0.06, -0.02, 0, 0.02, 0.06, 0.12, 0.25, 0.5, 0.9, 1.4]
            ax.contour(x, y, z, levels=levels, colors=MUTED, linewidths=0.7, linestyles="solid", alpha=0.5)
            for optimizer in self.optimizers:
                name = type(optimizer).__name__
                ax.plot(*self.path(optimizer).T, color=COLORS[name], linewidth=1.5, marker=".", markevery=10)
            ax.plot(-1.6, self.offset, "o", color="white", markeredgecolor=INK, markeredgewidth=2, markersize=8)
            ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
            ax = axes(404, 22, 304, 240, "θ₂(0)", "t(|θ₂| > ½)")
            for optimizer in self.optimizers:
                name = type(optimizer).__name__
                steps = np.array([self.steps(optimizer, float(10.0**e)) for e in exponents], dtype=float)
                steps[steps < 0] = np.nan
                ax.plot(exponents, steps, color=COLORS[name], linewidth=2)
                if np.isfinite(steps[4]):
                    ax.text(-7.8, steps[4] + 12, "GD" if name == "SGD" else name, color=COLORS[name])
            ax.axvline(np.log10(self.offset), color=MUTED, linewidth=1)
            ax.set_xlim(-12, -1)
            ax.set_ylim(0)
            stills.decades(ax.xaxis)
            ax.set_xticks([-12, -10, -8, -6, -4])

        return stills.still(300, draw)


@lru_cache(maxsize=16)
def saddle_noise(seed: int) -> NDArray[np.float64]:
    """Normal numbers of a seed, two for each step, as the browser draws them: shape (2000, 2)."""
    draws = Draws(seed)
    return np.array([draws.normal() for _ in range(2 * LIMIT)]).reshape(LIMIT, 2)
