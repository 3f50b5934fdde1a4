"""StalenessExplorer: asynchronous updates with gradients τ steps old, and the learning rate at which they diverge."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Number, Whole
from optimlib.language import BAR
from optimlib.plots import COLORS, INK, MUTED

STEPS, DELAYS = 200, 20


class StalenessExplorer(Sheet):
    """Gradient descent on x²/2 with gradients that are τ steps old, beside the border of stability in (τ, η).

    lr: η, 0.01 … 2.21.  tau: the delay, 0 … 20 steps.  lang: "zh", "en", or "auto".
    caption: a bilingual string, see `label`.
    The settings are traits; `run()`, `critical()`, and `fastest()` give the numbers on screen.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("StalenessExplorer")
    title = "梯度陈旧｜Stale gradients"
    story = (
        "梯度晚到 τ 步，稳定的学习率就缩到 2 sin(π/(2(2τ+1)))：晚五步，只剩同步时的七分之一。"
        "｜With gradients τ steps late, the stable learning rate shrinks to 2 sin(π/(2(2τ+1))): five steps late, to a "
        "seventh of the synchronous one."
    )

    lr = Number(0.01, 2.21)
    tau = Whole(0, DELAYS)

    def __init__(self, lr: float = 0.3, tau: int = 5, lang: str = "auto", caption: str | None = None) -> None:
        self._open(lang, caption, {"lr": lr, "tau": tau})

    def run(self, tau: int | None = None, steps: int = STEPS) -> NDArray[np.float64]:
        """x₀ = 1, xₜ₊₁ = xₜ − η xₜ₋τ, shape (steps + 1,); gradients from before the start are those of the start."""
        delay = self.tau if tau is None else tau
        x = np.ones(steps + 1)
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(steps):
                x[t + 1] = x[t] - self.lr * x[max(0, t - delay)]
        return x

    def critical(self, tau: int | None = None) -> float:
        """The learning rate above which the run grows without end: 2 sin(π/(2(2τ+1)))."""
        delay = self.tau if tau is None else tau
        return float(2 * np.sin(np.pi / (2 * (2 * delay + 1))))

    def fastest(self, tau: int | None = None) -> float:
        """The learning rate with the fastest decay, τᵗ/(τ+1)ᵗ⁺¹ with t = τ: there the largest root is double."""
        delay = self.tau if tau is None else tau
        return float((delay / (delay + 1)) ** delay / (delay + 1))

    def _alt(self) -> str:
        critical = self.critical()
        if abs(self.lr / critical - 1) < 1e-9:  # on the border, but for a rounding error
            chinese, english = "一直振荡", "swings without end"
        else:
            chinese, english = ("振荡并发散", "swings and diverges") if self.lr > critical else ("收敛", "converges")
        return (
            f"左：x²/2 上的梯度下降，梯度晚 {self.tau} 步，学习率 {self.lr:.3g}，{chinese}；"
            f"右：临界学习率随延迟下降，此处为 {critical:.3g}。{BAR}"
            f"Left: gradient descent on x²/2 with gradients {self.tau} steps late and learning rate {self.lr:.3g} "
            f"{english}. Right: the critical learning rate falls with the "
            f"delay; here it is {critical:.3g}."
        )

    def _snapshot(self) -> str:
        def draw(axes: Any) -> None:
            ax = axes(36, 22, 314, 220, "t", "x")
            ax.plot(self.run(0), color=COLORS["SGD"], linewidth=1.6)
            ax.plot(np.clip(self.run(), -50, 50), color=COLORS["Adam"], linewidth=1.8)
            ax.text(124, -1.5, f"τ = {self.tau}", color=COLORS["Adam"])
            ax.text(124, -1.9, "τ = 0", color=COLORS["SGD"])
            ax.set(xlim=(0, STEPS), ylim=(-2.2, 2.2))
            ax.set_xticks([0, 50, 100, 150])
            ax = axes(404, 22, 304, 220, "τ", "η")
            delays = np.arange(DELAYS + 1)
            border = [self.critical(k) for k in range(DELAYS + 1)]
            ax.fill_between(delays, border, 2.2, color=COLORS["Adam"], alpha=0.1, linewidth=0)
            ax.plot(delays, border, color=INK, linewidth=2, marker=".")
            ax.plot(delays, [self.fastest(k) for k in range(DELAYS + 1)], color=MUTED, linestyle=":")
            ax.plot(self.tau, self.lr, "o", color=COLORS["Adam"], markersize=9)
            ax.text(5, 1.1, "2 sin(π / (2(2τ + 1)))", color=INK)
            ax.set(xlim=(-0.6, DELAYS + 0.4), ylim=(0, 2.2))
            ax.set_xticks([0, 5, 10, 15])

        return stills.still(280, draw)
