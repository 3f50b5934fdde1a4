"""LearningRateExplorer: one parameter, one learning rate, and all that can happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.descend import Trajectory, descend
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.stills import decades, still
from optimlib.explorers.traits import Choice, Number, Whole
from optimlib.language import BAR
from optimlib.objectives import DoubleWell
from optimlib.optimizers import SGD
from optimlib.plots import GRID, INK, MUTED

ACCENT = "#0b63a8"
# The ranges of the sliders in js/learning_rate_explorer.js.
LIMITS = {"lr": (0.01, 10.0), "curvature": (0.1, 10.0), "tilt": (-1.4, 1.4), "start": (-2.4, 2.4)}
STEPS = 100


@dataclass(frozen=True)
class Parabola:
    """f(θ) = ½λθ² of one parameter, by its curvature λ."""

    curvature: float = 1.0
    dim: int = 1

    def value(self, theta: ArrayLike) -> NDArray[np.floating]:
        x = validate.last_axis("theta", theta, 1)[..., 0]
        return 0.5 * (x * (self.curvature * x))

    def grad(self, theta: ArrayLike) -> NDArray[np.floating]:
        return self.curvature * validate.last_axis("theta", theta, 1)


class LearningRateExplorer(Sheet):
    """Gradient descent on a parabola ½λθ², or on the two wells θ⁴ − 2θ² + cθ: what η does, up to 2/λ and beyond.

    shape: "parabola" or "wells".  lr: η in [0.01, 10].  curvature: λ in [0.1, 10], of the parabola.
    tilt: c in [−1.4, 1.4], of the wells.  start: θ₀ in [−2.4, 2.4].  steps: 1 … 100.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    The settings are traits; `trajectory` is the run on screen, `factor` what multiplies a small error in each step.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("LearningRateExplorer")
    title = "学习率：从平稳到发散｜The learning rate, from smooth to divergent"
    story = (
        "一个参数上的梯度下降：η 小于 1/λ 时平稳靠近，1/λ 与 2/λ 之间来回振荡，超过 2/λ 就发散。"
        f"{BAR}Gradient descent on one parameter: below 1/λ it approaches smoothly, between 1/λ and 2/λ it oscillates, "
        "beyond 2/λ it diverges."
    )

    shape = Choice(("parabola", "wells"))
    lr = Number(*LIMITS["lr"])
    curvature = Number(*LIMITS["curvature"])
    tilt = Number(*LIMITS["tilt"])
    start = Number(*LIMITS["start"])
    steps = Whole(1, STEPS)

    def __init__(
        self,
        shape: str = "parabola",
        lr: float = 1.9,
        curvature: float = 1.0,
        tilt: float = 0.4,
        start: float = -2.0,
        steps: int = 30,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        settings = {"shape": shape, "lr": lr, "curvature": curvature, "tilt": tilt, "start": start, "steps": steps}
        self._open(lang, caption, settings)

    @property
    def objective(self) -> Any:
        """The function on screen, of one parameter."""
        return DoubleWell(self.tilt, dim=1) if self.shape == "wells" else Parabola(self.curvature)

    @property
    def trajectory(self) -> Trajectory:
        """The run on screen."""
        return descend(SGD(self.lr), self.objective, [self.start], self.steps)

    @property
    def home(self) -> float:
        """The minimizer nearest to the end of the run."""
        run = self.trajectory
        last = run.theta[np.isfinite(run.theta)][-1]
        minimizers = np.sort(self.objective.minimizers[:, 0]) if self.shape == "wells" else np.zeros(1)
        return float(minimizers[np.argmin(abs(last - minimizers))])

    @property
    def factor(self) -> float:
        """|1 − η f″(θ*)|: by so much a step changes a small error at the minimizer nearest to the end."""
        bend = 12.0 * (self.home * self.home) - 4.0 if self.shape == "wells" else self.curvature
        return abs(1.0 - self.lr * bend)

    def _alt(self) -> str:
        run, place = self.trajectory, f"{self.home:.3g}"
        if run.diverged_at >= 0:
            zh, en = f"在第 {int(run.diverged_at)} 步发散", f"it diverges at step {int(run.diverged_at)}"
        else:
            gap = f"{abs(run.theta[-1, 0] - self.home):.2g}"
            zh, en = f"{self.steps} 步后误差为 {gap}", f"after {self.steps} steps the error is {gap}"
        zh_shape, en_shape = ("两个井", "Two wells") if self.shape == "wells" else ("抛物线", "A parabola")
        return (
            f"{zh_shape}上的梯度下降，η = {self.lr:g}，从 θ₀ = {self.start:g} 出发：在 θ* = {place} 附近误差每步乘以 "
            f"{self.factor:.3g}，{zh}。{BAR}{en_shape} with the steps of gradient descent at η = {self.lr:g} from "
            f"θ₀ = {self.start:g}: near θ* = {place} each step multiplies the error by {self.factor:.3g}; {en}."
        )

    def _snapshot(self) -> str:
        run, home, objective = self.trajectory, self.home, self.objective
        theta = run.theta[np.isfinite(run.theta).all(-1), 0]
        heights = objective.value(theta[:, None])
        bend = 12.0 * (home * home) - 4.0 if self.shape == "wells" else self.curvature

        def draw(axes: Any) -> None:
            top = max(4.0, 1.3 * float(heights[0]))
            box = (-2.4, 2.4, -3.0, 5.0) if self.shape == "wells" else (-3.0, 3.0, -0.14 * top, top)
            ax = axes(40, 24, 348, 300, "θ", "f")
            ax.grid(False)
            grid = np.linspace(box[0], box[1], 241)
            ax.plot(grid, objective.value(grid[:, None]), color=MUTED, linewidth=1.4)
            near = (abs(theta) < 1e3) & (abs(heights) < 1e3)  # SVG viewers reject numbers that are too large
            x, y = theta[near], heights[near]
            ax.plot(np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1], color=ACCENT, alpha=0.55, linewidth=1.2)
            ax.plot(x, y, "o", color=ACCENT, markersize=5)
            ax.plot(x[:1], y[:1], "o", color="white", markeredgecolor=INK, markeredgewidth=2, markersize=11)
            ax.set(xlim=box[:2], ylim=box[2:])
            gap = np.log10(np.maximum(abs(theta - home), 1e-16))
            high = np.ceil(min(gap.max(), gap[0] + 4.0) + 1e-9)
            ax = axes(452, 24, 258, 118, "t", "|θ − θ*|")
            ax.plot(np.arange(len(gap)), np.minimum(gap, high + 1), color=ACCENT, linewidth=1.6)
            ax.set(xlim=(0, self.steps), ylim=(max(-16.0, min(np.floor(gap.min()), high - 2.0)), high))
            decades(ax.yaxis)
            ax = axes(452, 206, 258, 118, "η", "|1 − ηλ|")
            right = max(2.6 / bend, 1.1 * self.lr)
            ax.axvspan(2.0 / bend, right, color=GRID, linewidth=0)
            ax.axhline(1.0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
            ax.plot([0, 1 / bend, right], [1, 0, abs(1 - right * bend)], color=INK, linewidth=1.4)
            ax.plot([self.lr], [self.factor], "o", color=ACCENT, markersize=8)
            ax.set(xlim=(0, right), ylim=(0, max(1.6, 1.15 * self.factor)))

        return still(370, draw)
