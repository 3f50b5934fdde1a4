"""SecondMomentExplorer: a sparse and a dense coordinate; how Adagrad, RMSprop, and Adam scale each step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.draws import Draws
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Choice, Number, Whole
from optimlib.language import BAR
from optimlib.optimizers import Adagrad, Adam, RMSprop
from optimlib.plots import COLORS, INK

STEPS, FAR, BAND = 2000, -5.0, 0.5
JUMPS = ("0", "1000", "400", "200")


class SecondMomentExplorer(Sheet):
    """Adagrad, RMSprop, and Adam on ½(θᵢ − target)² with noise; θ₂ has a gradient in few steps only.

    share: of the steps in which θ₂ has a gradient, 0.005 … 1.  jumps: steps after which the target jumps between 0 and
    −5: 0 (never), 200, 400, or 1000.  sigma: standard deviation of the noise, 0 … 4.  seed: 1 … 20.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.  The settings are traits (`jumps` as text).
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("SecondMomentExplorer")
    title = "逐坐标的步子｜A step size for each coordinate"
    story = (
        "除以梯度平方的根，很少有梯度的坐标就得到更大的步子。Adagrad 把平方累加起来，所以越走越慢；"
        "RMSprop 和 Adam 会忘记。"
        "｜Divided by the root of squared gradients, a coordinate that seldom has one takes longer steps. Adagrad "
        "adds the squares up and slows down for good; RMSprop and Adam forget."
    )

    share = Number(0.005, 1.0)
    jumps = Choice(JUMPS)
    sigma = Number(0.0, 4.0)
    seed = Whole(1, 20)

    def __init__(
        self,
        share: float = 0.05,
        jumps: int | str = 0,
        sigma: float = 1.0,
        seed: int = 1,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        self._open(lang, caption, {"share": share, "jumps": str(jumps), "sigma": sigma, "seed": seed})

    optimizers = (Adagrad(lr=1.0), RMSprop(lr=0.1), Adam(lr=0.1))

    def target(self, t: int) -> float:
        """Where the target is before step t + 1."""
        period = int(self.jumps)
        return FAR if period and t // period % 2 else 0.0

    def run(self, optimizer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """θ before each step and at the end, shape (2001, 2), and effective learning rates, shape (2000, 2)."""
        draws, theta = Draws(self.seed), np.array([FAR, FAR])
        path, rates, seen = [theta], [], False
        state = optimizer.init(theta)
        for t in range(STEPS):
            noise = np.array([draws.normal(), draws.normal()])
            active = draws.uniform() < self.share
            seen = seen or active
            grad = (theta - self.target(t) + self.sigma * noise) * np.array([1.0, float(active)])
            step, state = optimizer.update(grad, state)
            rates.append(np.where([True, seen], effective_rate(optimizer, state), np.nan))
            theta = theta + step
            path.append(theta)
        return np.array(path), np.array(rates)

    def recovery(self, theta: NDArray[np.float64]) -> list[int]:
        """After each jump, the steps until θ (2001,) comes within ½ of the target, −1 where it does not."""
        span, found = int(self.jumps) or STEPS, []
        for start in range(0, STEPS, span):
            near = np.abs(theta[start : min(start + span, STEPS)] - self.target(start)) < BAND
            found.append(int(near.argmax()) if near.any() else -1)
        return found

    def _alt(self) -> str:
        zh, en = [], []
        for optimizer in self.optimizers:
            name, (_, rates) = type(optimizer).__name__, self.run(optimizer)
            told = f"{name} {rates[-1, 0]:.2g}、{rates[-1, 1]:.2g}"
            zh.append(told)
            en.append(told.replace("、", " and "))
        return (
            f"稠密坐标和稀疏坐标的路径，以及各自的有效学习率。{STEPS} 步之后（θ₁、θ₂）：{'；'.join(zh)}。{BAR}"
            f"Paths of a dense and a sparse coordinate, and their effective learning rates; after {STEPS} steps, for "
            f"θ₁ and θ₂: {'; '.join(en)}."
        )

    def _snapshot(self) -> str:
        runs = [(COLORS[type(o).__name__], type(o).__name__, *self.run(o)) for o in self.optimizers]
        every = slice(None, None, 8)  # of 2001 points: as fine as pixels
        t = np.arange(STEPS + 1)

        def draw(axes: Any) -> None:
            for i, left in enumerate((36, 402)):
                ax = axes(left, 22, 310, 140, "", f"θ{'₁₂'[i]}")
                ax.plot(t[every], [self.target(k) for k in t[every]], color=INK, linewidth=1.1, linestyle="--")
                for color, _, theta, _ in runs:
                    ax.plot(t[every], theta[every, i], color=color, linewidth=1.4)
                ax.set(xlim=(0, STEPS), ylim=(-7, 2.4))
                ax = axes(left, 212, 310, 140, "t", f"η / √v,  θ{'₁₂'[i]}")
                for color, name, _, rates in runs:
                    ax.plot(t[:-1][every], np.log10(rates[every, i]), color=color, linewidth=1.4)
                    if i == 0:
                        ax.text(1250, np.log10(rates[1250, i]) + 0.1, name, color=color)
                ax.set(xlim=(0, STEPS), ylim=(-3, 1.3))
                stills.decades(ax.yaxis)
                ax.set_xticks([0, 500, 1000, 1500])

        return stills.still(390, draw)


def effective_rate(optimizer: Any, state: dict[str, Any]) -> NDArray[np.float64]:
    """η over the denominator of the update that led to `state`, for each coordinate."""
    if isinstance(optimizer, Adam):
        return optimizer.lr / (np.sqrt(state["v"] / (1.0 - state["beta2_t"])) + optimizer.eps)
    return optimizer.lr / (np.sqrt(state["G" if isinstance(optimizer, Adagrad) else "v"]) + optimizer.eps)
