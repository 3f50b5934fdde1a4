"""MomentumExplorer: the plane of η and β, and the oscillator at one of its points."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from optimlib.descend import Trajectory, descend
from optimlib.explorers.bundler import bundle
from optimlib.explorers.heavy_ball import best_for, oscillator, spectral_radius
from optimlib.explorers.learning_rate_explorer import Parabola
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.stills import still
from optimlib.explorers.traits import Choice, Number
from optimlib.language import BAR
from optimlib.optimizers import Momentum
from optimlib.plots import COLORS, INK, MUTED

# The ranges of the sliders in js/momentum_explorer.js.
LIMITS = {"lr": (0.001, 10.0), "beta": (0.0, 0.9999), "curvature": (0.5, 10.0), "kappa": (2.0, 100.0)}
STEPS = 60
_LEVELS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


class MomentumExplorer(Sheet):
    """The η–β plane of the heavy ball (`Momentum`), colored by spectral radius; and the run at one of its points.

    mode: "one" curvature λ, or "two": 1 and κ, where the worse radius counts.  lr: η in [0.001, 10].
    beta: β in [0, 0.9999].  curvature: λ in [0.5, 10].  kappa: κ in [2, 100].
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    The settings are traits; `trajectories` are the runs from θ₀ = 1, one per curvature, `radius` the spectral radius,
    `best` the η and β that suit κ best.  Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("MomentumExplorer")
    title = "动量：η–β 平面与振子｜Momentum: the η–β plane and the oscillator"
    story = (
        "拖动平面上的点：实线右侧发散，虚线是临界阻尼，线间的数是谱半径 ρ；右图圆点是迭代，曲线是闭式解。"
        f"{BAR}Drag the point in the plane: right of the solid line runs diverge, the dashed line is critical damping, "
        "the numbers are the spectral radius ρ. On the right, dots are the iterates and the curve is their closed form."
    )

    mode = Choice(("one", "two"))
    lr = Number(*LIMITS["lr"])
    beta = Number(*LIMITS["beta"])
    curvature = Number(*LIMITS["curvature"])
    kappa = Number(*LIMITS["kappa"])

    def __init__(
        self,
        mode: str = "one",
        lr: float = 0.1,
        beta: float = 0.9,
        curvature: float = 1.0,
        kappa: float = 25.0,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        settings = {"mode": mode, "lr": lr, "beta": beta, "curvature": curvature, "kappa": kappa}
        self._open(lang, caption, settings)

    @property
    def curvatures(self) -> list[float]:
        """λ, or 1 and κ."""
        return [1.0, self.kappa] if self.mode == "two" else [self.curvature]

    @property
    def trajectories(self) -> list[Trajectory]:
        """The runs of 60 steps from θ₀ = 1, one per curvature."""
        rule = Momentum(self.lr, self.beta)
        return [descend(rule, Parabola(curvature), [1.0], STEPS) for curvature in self.curvatures]

    @property
    def radius(self) -> float:
        """The spectral radius, the worst over the curvatures."""
        return float(max(spectral_radius(self.lr, self.beta, curvature) for curvature in self.curvatures))

    @property
    def best(self) -> tuple[float, float]:
        """The η and β with the least radius over curvatures from 1 to κ."""
        return best_for(self.kappa)

    def _alt(self) -> str:
        at = " / ".join(f"{curvature:g}" for curvature in self.curvatures)
        digits = f"{-1 / np.log10(self.radius):.3g}" if self.radius < 1 else "∞"
        return (
            f"η–β 平面按重球法的谱半径着色（曲率 {at}），以及 η = {self.lr:g}、β = {self.beta:g} 处的 {STEPS} 步迭代"
            f"和闭式解：ρ = {self.radius:.3g}，每多一位正确数字要 {digits} 步。{BAR}"
            f"The η–β plane colored by the spectral radius of the heavy ball (curvature {at}), and the {STEPS} "
            f"iterates with their closed form at η = {self.lr:g}, β = {self.beta:g}: ρ = {self.radius:.3g}, "
            f"{digits} steps for each correct digit."
        )

    def _snapshot(self) -> str:
        steep, blue = max(self.curvatures), COLORS["Momentum"]

        def draw(axes: Any) -> None:
            ax = axes(40, 24, 330, 256, "η", "β")
            ax.grid(False)
            x, y = np.linspace(0, 4.2 / steep, 127), np.linspace(0, 1, 91)
            field = np.max([spectral_radius(x, y[:, None], curvature) for curvature in self.curvatures], axis=0)
            shades = [0.0, *_LEVELS, 1.0]
            alphas = [0.9 * (1 - (low + high) / 2) ** 0.8 for low, high in pairwise(shades)]
            rgb = tuple(int(blue[k : k + 2], 16) / 255 for k in (1, 3, 5))
            paper = [tuple(1 - alpha * (1 - c) for c in rgb) for alpha in alphas]
            ax.contourf(x, y, field, levels=[*shades, 9.0], colors=[*paper, "#dddddf"])
            for level in _LEVELS:  # its line is level where both roots are complex: the name at the right end
                right = 0.9 * (1 + level) ** 2 / steep
                if level > 0.4 and min(self.curvatures) * right > (1 - level) ** 2:
                    ax.text(right, level * level, f"{level:g}", ha="right", va="center", color=INK, fontsize=10)
            border = np.linspace(0, 1, 101)
            ax.plot(2 * (1 + border) / steep, border, color=INK, linewidth=1.6)
            for curvature in self.curvatures:
                ax.plot((1 - np.sqrt(border)) ** 2 / curvature, border, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            ax.plot([self.lr], [self.beta], "o", color="white", markeredgecolor=INK, markeredgewidth=2, markersize=11)
            ax.set(xlim=(0, x[-1]), ylim=(0, 1))
            ax = axes(430, 24, 280, 256, "t", "θ")
            times = np.linspace(0, STEPS, 6 * STEPS + 1)
            for k, (curvature, run) in enumerate(zip(self.curvatures, self.trajectories, strict=True)):
                shade = blue if k == 0 else MUTED
                smooth = np.clip(oscillator(self.lr, self.beta, curvature, 1.0, times), -20, 20)
                ax.plot(times, smooth, color=shade, linewidth=1.2, linestyle="-" if k == 0 else (0, (4, 3)))
                seen = abs(run.theta[:, 0]) < 1.25
                ax.plot(np.flatnonzero(seen), run.theta[seen, 0], "o", color=shade, markersize=4)
            ax.set(xlim=(0, STEPS), ylim=(-1.25, 1.25))

        return still(326, draw)
