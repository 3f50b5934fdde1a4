"""ConditioningExplorer: condition number and rotation of a quadratic; who notices, and who does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimlib.circle import cosine, sine
from optimlib.descend import Trajectory, descend
from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Number
from optimlib.language import BAR
from optimlib.objectives import Quadratic
from optimlib.optimizers import SGD, Adam, Momentum, Newton
from optimlib.plots import COLORS, INK, MUTED

LIMIT, TARGET = 5000, 1e-6
_NAMES = {
    "SGD": "梯度下降｜gradient descent",
    "Momentum": "动量法｜momentum",
    "Adam": "Adam｜Adam",
    "Newton": "牛顿法｜Newton",
}


class ConditioningExplorer(Sheet):
    """Gradient descent, momentum, Adam, and Newton on a quadratic that can be stretched and turned.

    The start turns with the axes, so the problem stays the same at each angle. Gradient descent and momentum have the
    rates that are best for κ (B. T. Polyak, 1964); Adam's has a slider; its β₂ is 0.99.
    kappa: condition number, 1 … 1000.  angle: in radians, 0 … π/2.  lr: Adam's learning rate, 0.01 … 3.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.  The settings are traits.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("ConditioningExplorer")
    title = "条件数与转动｜Conditioning and rotation"
    story = (
        "梯度下降、动量法和牛顿法不在乎坐标轴怎么转；Adam 逐坐标缩放，所以在乎。"
        "｜Gradient descent, momentum, and Newton do not care how the axes lie; Adam, which scales each coordinate, "
        "does."
    )

    kappa = Number(1.0, 1000.0)
    angle = Number(0.0, float(np.pi / 2))
    lr = Number(0.01, 3.0)

    def __init__(
        self,
        kappa: float = 300.0,
        angle: float = 0.35,
        lr: float = 0.1,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        self._open(lang, caption, {"kappa": kappa, "angle": angle, "lr": lr})

    @property
    def optimizers(self) -> list[Any]:
        """The four rules with the rates on screen."""
        root = np.sqrt(self.kappa)
        ratio = float((root - 1) / (root + 1))
        return [
            SGD(lr=2 / (1 + self.kappa)),
            Momentum(lr=float(4 / ((root + 1) * (root + 1))), beta=ratio * ratio),
            Adam(lr=self.lr, beta2=0.99),
            Newton(),
        ]

    def run(self, optimizer: Any, angle: float | None = None, steps: int = LIMIT) -> Trajectory:
        """A rule's run at an angle, default the one on screen."""
        phi = self.angle if angle is None else angle
        turns = phi / (2 * np.pi)
        c, s = float(cosine(turns)), float(sine(turns))
        return descend(optimizer, Quadratic(kappa=self.kappa, angle=phi), [2 * c - 0.5 * s, 2 * s + 0.5 * c], steps)

    def steps(self, angle: float | None = None) -> dict[str, int]:
        """By rule, the first step with f < 10⁻⁶ f(θ₀), −1 if 5000 are too few."""
        found = {}
        for optimizer in self.optimizers:
            found[type(optimizer).__name__] = self._count(optimizer, angle)
        return found

    def _count(self, optimizer: Any, angle: float | None) -> int:
        for most in (300, LIMIT):  # few need more
            run = self.run(optimizer, angle, most)
            if (first := int(run.first_below(TARGET * run.loss[0]))) > 0:
                return first
        return -1

    def _alt(self) -> str:
        now, degrees = self.steps(), round(float(np.degrees(self.angle)))
        told = {name: "> 5000" if steps < 0 else str(steps) for name, steps in now.items()}
        zh = "，".join(f"{_NAMES[name].split(BAR)[0]} {text}" for name, text in told.items())
        en = ", ".join(f"{_NAMES[name].split(BAR)[1]} {text}" for name, text in told.items())
        return (
            f"条件数 {self.kappa:.4g}、转了 {degrees}° 的二次函数上的四条路径。达到 10⁻⁶ 所需步数：{zh}。{BAR}"
            f"Four paths on a quadratic with condition number {self.kappa:.4g}, turned by {degrees}°. "
            f"Steps to 10⁻⁶: {en}."
        )

    def _snapshot(self) -> str:
        now = self.steps()
        angles = np.linspace(0.0, np.pi / 2, 16)
        adam = [self._count(self.optimizers[2], float(angle)) for angle in angles]
        # The other three need as many steps at each angle, which a test proves.
        lengths = {name: adam if name == "Adam" else [steps] * len(angles) for name, steps in now.items()}

        def draw(axes: Any) -> None:
            ax = axes(34, 22, 306, 240, "θ₁", "θ₂")
            x, y = np.linspace(-3.0, 3.0, 61), np.linspace(-2.35, 2.35, 49)
            z = Quadratic(kappa=self.kappa, angle=self.angle).value(np.stack(np.meshgrid(x, y), -1))
            ax.contour(
                x, y, z, levels=np.geomspace(z.max() / 600, z.max(), 12), colors=MUTED, linewidths=0.7, alpha=0.5
            )
            ax.grid(False)
            for optimizer in self.optimizers:
                name = type(optimizer).__name__
                theta = self.run(optimizer, steps=min(abs(now[name]), 200)).theta
                ax.plot(*theta.T, color=COLORS[name], linewidth=1.4)
            ax.plot(*theta[0], "o", color="white", markeredgecolor=INK, markeredgewidth=2, markersize=8)
            ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
            ax = axes(398, 22, 310, 240, "φ / °", "t(10⁻⁶)")
            at = -np.inf
            values = {name: [np.log10(k) if k > 0 else np.nan for k in counts] for name, counts in lengths.items()}
            for name in sorted(values, key=lambda name: values[name][1]):
                ax.plot(np.degrees(angles), values[name], color=COLORS[name], linewidth=2)
                at = max(values[name][1] + 0.08, at + 0.27)  # names keep a line's height apart
                ax.text(2, at, "GD" if name == "SGD" else name, color=COLORS[name], va="bottom")
            ax.axvline(np.degrees(self.angle), color=MUTED, linewidth=1)
            ax.set(xlim=(0, 90), ylim=(-0.15, 3.75))
            ax.set_xticks([0, 20, 40, 60])
            stills.decades(ax.yaxis)

        return stills.still(300, draw)
