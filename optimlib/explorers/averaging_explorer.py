"""AveragingExplorer: what an exponential moving average remembers, and why it has to be corrected at the start."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.explorers.bundler import bundle
from optimlib.explorers.draws import Draws
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.stills import still
from optimlib.explorers.traits import Choice, Number, Whole
from optimlib.language import BAR
from optimlib.plots import COLORS, GRID, INK, MUTED

# The ranges of the sliders in js/averaging_explorer.js.
LIMITS = {"beta": (0.0, 0.9999), "noise": (0.0, 1.0)}
LENGTH, SEEDS = 100, 9999
SIGNALS = ("constant", "jump", "wave")
_RAW, _CORRECTED = COLORS["EMAMomentum"], COLORS["Adam"]


class AveragingExplorer(Sheet):
    """The moving average m of a noisy signal g, from m₀ = 0, and the same with bias correction, m̂ = m/(1 − βᵗ).

    signal: "constant", "jump", or "wave".  beta: β in [0, 0.9999].  noise: σ in [0, 1].
    t: 1 … 100, the step whose weights are shown.  seed: 0 … 9999, of the noise, which is the browser's.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    The settings are traits; `curves` are what is on screen.  Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("AveragingExplorer")
    title = "指数移动平均与偏差修正｜Exponential moving average and bias correction"
    story = (
        "蓝线 m 从 0 出发，权重之和不到 1；橙线 m̂ 除以这个和。灰色是窗口 1/(1 − β)，点击图上任一时刻可看它的权重。"
        f"{BAR}The blue m starts at 0, and its weights sum to less than 1; the orange m̂ is divided by that sum. Gray "
        "is the window 1/(1 − β); point at a time to see its weights."
    )

    signal = Choice(SIGNALS)
    beta = Number(*LIMITS["beta"])
    noise = Number(*LIMITS["noise"])
    t = Whole(1, LENGTH)
    seed = Whole(0, SEEDS)

    def __init__(
        self,
        signal: str = "constant",
        beta: float = 0.95,
        noise: float = 0.4,
        t: int = 12,
        seed: int = 1,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        self._open(lang, caption, {"signal": signal, "beta": beta, "noise": noise, "t": t, "seed": seed})

    @property
    def truth(self) -> NDArray[np.float64]:
        """The signal behind the noise at t = 1 … 100."""
        t = np.arange(1, LENGTH + 1)
        if self.signal == "constant":
            return np.ones(LENGTH)
        if self.signal == "jump":
            return np.where(t <= 50, 0.5, 1.5)
        phase = (t % 50) / 50
        return 1.0 + 0.8 * np.where(phase < 0.5, 4.0 * phase - 1.0, 3.0 - 4.0 * phase)

    @property
    def curves(self) -> dict[str, NDArray[np.float64]]:
        """At t = 1 … 100: `truth`, the samples `g`, the averages `raw` and `corrected`; and the `weights` at step t."""
        draws, truth = Draws(self.seed), self.truth
        g = truth + self.noise * np.array([draws.normal() for _ in range(LENGTH)])
        raw, corrected, m, power = np.empty(LENGTH), np.empty(LENGTH), 0.0, 1.0
        for k in range(LENGTH):
            m = self.beta * m + (1.0 - self.beta) * g[k]
            power = power * self.beta
            raw[k], corrected[k] = m, m / (1.0 - power)
        weights, weight = np.empty(self.t), 1.0 - self.beta
        for k in reversed(range(self.t)):
            weights[k] = weight
            weight = weight * self.beta
        return {"truth": truth, "g": g, "raw": raw, "corrected": corrected, "weights": weights}

    @property
    def total(self) -> float:
        """The sum of the weights at the step t, 1 − βᵗ."""
        power = 1.0
        for _ in range(self.t):
            power = power * self.beta
        return 1.0 - power

    def _alt(self) -> str:
        curves, k = self.curves, self.t - 1
        window, total = f"{1 / (1 - self.beta):.3g}", f"{self.total:.3g}"
        value, m, hat = (f"{curves[name][k]:.3g}" for name in ("truth", "raw", "corrected"))
        return (
            f"带噪声的信号和它的指数移动平均，β = {self.beta:g}，窗口 {window} 步：t = {self.t} 时信号为 {value}，"
            f"m = {m}（权重之和 {total}），偏差修正后 m̂ = {hat}。{BAR}"
            f"A noisy signal and its exponential moving average, β = {self.beta:g}, window {window} steps: "
            f"at t = {self.t} the signal is {value}, m = {m} (its weights sum to {total}), "
            f"and with bias correction m̂ = {hat}."
        )

    def _snapshot(self) -> str:
        curves, times = self.curves, np.arange(1, LENGTH + 1)
        left = max(0.0, self.t + 0.5 - 1 / (1 - self.beta))

        def draw(axes: Any) -> None:
            ax = axes(40, 24, 670, 214, "", "g, m, m̂")
            ax.axvspan(left, self.t + 0.5, color=GRID, linewidth=0)
            ax.plot(times, curves["truth"], color=INK, linewidth=1, linestyle=(0, (2, 3)))
            ax.plot(times, curves["g"], "o", color=MUTED, alpha=0.75, markersize=4, markeredgewidth=0)
            ax.plot([0, *times], [0.0, *curves["raw"]], color=_RAW, linewidth=2)
            ax.plot(times, curves["corrected"], color=_CORRECTED, linewidth=2)
            every = [0.0, 2.0, *curves["g"]]
            ax.set(xlim=(0, LENGTH + 1), ylim=(min(every) - 0.1, max(every) + 0.1))
            ax = axes(40, 290, 670, 96, "t", "w")
            weights = curves["weights"]
            ax.axvspan(left, self.t + 0.5, color=GRID, linewidth=0)
            ax.bar(times[: self.t], weights / self.total, width=0.75, color=_CORRECTED, alpha=0.35)
            ax.bar(times[: self.t], weights, width=0.75, color=_RAW)
            ax.set(xlim=(0, LENGTH + 1), ylim=(0, 1.15 * weights[-1] / self.total))

        return still(430, draw)
