"""SensitivityExplorer: final loss against learning rate for every optimizer, from runs that the page stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sensitivity_runs import RULES, Sensitivity, measure
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Checked, Switch, single
from optimlib.language import BAR
from optimlib.plots import INK, MUTED, PAPER, color


class SensitivityExplorer(Sheet):
    """U-curves: the final loss of each optimizer against its learning rate; pick a point, see its training curve.

    runs: an `optimlib.explorers.Sensitivity`; default: a small network that every rule trains at 22 learning rates.
    optimizer: whose curves are picked out first; default: Adam, or the first of `runs`.  lr: the rate picked first, of
    the grid the nearest counts; default: a third along the grid.  scaled: train on the loss times 1000.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    The settings are traits (optimizer, lr, scaled).
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("SensitivityExplorer")
    title = "对学习率的敏感程度｜Sensitivity to the learning rate"
    story = (
        "学习率太小走不远，太大就发散，每条曲线都是 U 形。损失乘以 1000，SGD 的 U 左移三个数量级；Adam 的原地不动。"
        "｜Too small gets nowhere, too large diverges: each curve is a U. Multiply the loss by 1000, and SGD's U moves "
        "three decades to the left; Adam's stays."
    )

    optimizer = Checked()
    lr = Checked()
    scaled = Switch()

    def __init__(
        self,
        runs: Sensitivity | None = None,
        optimizer: str | None = None,
        lr: float | None = None,
        scaled: bool = False,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        if runs is not None and not isinstance(runs, Sensitivity):
            raise TypeError(f"runs must be a Sensitivity or None, got {runs!r}")
        self.runs = measure() if runs is None else runs
        names, rates = list(self.runs.plain), self.runs.rates
        settings = {
            "optimizer": ("Adam" if "Adam" in names else names[0]) if optimizer is None else optimizer,
            "lr": float(rates[len(rates) // 3]) if lr is None else lr,
            "scaled": scaled,
        }
        stored = [
            {
                "name": name,
                "color": color(name, index),
                "plain": _rounded(self.runs.plain[name]),
                "scaled": _rounded(self.runs.scaled[name]),
            }
            for index, name in enumerate(names)
        ]
        more = {"rates": self.runs.rates.tolist(), "times": np.asarray(self.runs.times).tolist(), "runs": stored}
        self._open(lang, caption, settings, **more)

    def _check_optimizer(self, value: Any) -> str:
        return validate.one_of("optimizer", value, self.runs.plain)

    def _check_lr(self, value: Any) -> float:
        validate.positive("lr", value)
        return single("lr", value)

    @property
    def losses(self) -> Mapping[str, NDArray[np.float64]]:
        """The stored losses on screen, name -> (rates, times)."""
        return self.runs.scaled if self.scaled else self.runs.plain

    def best(self) -> dict[str, tuple[float, float]]:
        """By optimizer, the learning rate with the lowest final loss, and that loss; NaN where all runs diverged."""
        found = {}
        for name, losses in self.losses.items():
            finals = np.asarray(losses)[:, -1]
            at = int(np.nanargmin(finals)) if np.isfinite(finals).any() else -1
            found[name] = (float(self.runs.rates[at]), float(finals[at])) if at >= 0 else (np.nan, np.nan)
        return found

    def __repr__(self) -> str:
        return f"SensitivityExplorer({', '.join(self.losses)}: {len(self.runs.rates)} learning rates)"

    def _layout(self) -> dict[str, int]:
        rows = 24 * (len(self.runs.plain) - len(RULES))
        return {key: px + rows for key, px in super()._layout().items()}

    def _alt(self) -> str:
        told = [f"{name} {rate:.2g}" for name, (rate, _) in self.best().items()]
        return (
            f"最终损失随学习率变化的 U 形曲线，每个优化器一条。最佳学习率：{'，'.join(told)}。{BAR}"
            f"U-curves of the final loss against the learning rate, one for each optimizer. Best learning rates: "
            f"{', '.join(told)}."
        )

    def _snapshot(self) -> str:
        rates, index = np.log10(self.runs.rates), int(np.abs(np.log(self.runs.rates / self.lr)).argmin())
        best = self.best()
        first = next(float(losses[0, 0]) for losses in self.losses.values())
        finite = [loss for _, loss in best.values() if np.isfinite(loss)]
        limits = (np.log10(min([first, *finite])) - 0.25, np.log10(first) + 0.7)

        def draw(axes: Any) -> None:
            ax = axes(40, 22, 312, 240, "η", "J(T)")
            for k, (name, losses) in enumerate(self.losses.items()):
                picked = name == self.optimizer
                style = {
                    "linewidth": 2.4 if picked else 1.2,
                    "alpha": 1.0 if picked else 0.6,
                    "zorder": 3 if picked else 2,
                }
                ax.plot(rates, np.log10(losses[:, -1]), color=color(name, k), **style)
                rate, loss = np.log10(best[name])
                ax.plot(rate, loss, "o", color=PAPER, markeredgecolor=color(name, k), markersize=6, zorder=4)
                if picked:
                    ax.text(rate, loss - 0.06, name, color=color(name, k), va="top", ha="center")
            ax.axhline(np.log10(first), color=MUTED, linewidth=1, linestyle="--")
            ax.axvline(rates[index], color=MUTED, linewidth=1)
            ax.set(xlim=(rates[0] - 0.15, rates[-1] + 0.15), ylim=limits)
            stills.decades(ax.xaxis)
            stills.decades(ax.yaxis)
            ax.set_xticks([tick for tick in ax.get_xticks() if rates[0] <= tick <= rates[-1] - 1])
            ax = axes(402, 22, 306, 240, "t", "J(t)")
            curves = np.log10(self.losses[self.optimizer])
            shade = color(self.optimizer, list(self.losses).index(self.optimizer))
            ax.plot(self.runs.times, curves.T, color=shade, linewidth=0.9, alpha=0.3)
            ax.plot(self.runs.times, curves[index], color=shade, linewidth=2.4)
            ax.set(xlim=(0, self.runs.times[-1]), ylim=limits)
            ax.tick_params(axis="x", color=INK)
            stills.decades(ax.yaxis)

        return stills.still(300, draw)


def _rounded(losses: NDArray[np.float64]) -> list[list[float | None]]:
    """Four digits are more than a drawing shows; JSON knows no NaN."""
    return [[float(f"{v:.4g}") if np.isfinite(v) else None for v in run] for run in np.asarray(losses, dtype=float)]
