"""ScheduleExplorer: a learning rate that changes, and the run that it gives beside the constant one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import schedules, validate
from optimlib.descend import Trajectory, descend
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.stills import decades, still
from optimlib.explorers.traits import Checked, Number, Whole
from optimlib.language import BAR
from optimlib.noise import GradientNoise
from optimlib.objectives import Quadratic
from optimlib.optimizers import SGD
from optimlib.plots import COLORS

ACCENT = "#0b63a8"
STEPS, KAPPA, SEEDS = 200, 10.0, 9999
# The settings of js/schedule_explorer.js with their ranges and first values; integers have integer ranges.
LIMITS: dict[str, tuple[float, float, float]] = {
    "lr": (0.01, 0.4, 0.15),
    "noise": (0.0, 2.0, 0.5),
    "every": (1, STEPS, 60),
    "cut": (0.05, 1.0, 0.3),
    "shrink": (0.8, 1.0, 0.98),
    "decay": (0.001, 1.0, 0.05),
    "warm_up": (1, 100, 20),
    "period": (5, STEPS, 50),
    "multiple": (1, 3, 1),
    "length": (20, STEPS, STEPS),
    "fade": (1, 100, 60),
    "power": (0.25, 4.0, 1.0),
    "end": (0.0, 1.0, 0.0),
    "rise": (0.1, 0.9, 0.3),
    "div": (1.0, 100.0, 25.0),
    "final_div": (1.0, 100000.0, 10000.0),
}
# A schedule's arguments beside lr, by the settings that hold them; `end` is held as a share of lr.
ARGUMENTS: dict[str, dict[str, str]] = {
    "ConstantRate": {},
    "StepDecay": {"every": "every", "factor": "cut"},
    "ExponentialDecay": {"factor": "shrink"},
    "InverseTime": {"decay": "decay"},
    "InverseSqrt": {"warm_up": "warm_up"},
    "PolynomialDecay": {"steps": "length", "power": "power", "end": "end"},
    "CosineDecay": {"steps": "length", "end": "end"},
    "CosineRestarts": {"period": "period", "factor": "multiple", "end": "end"},
    "WarmUpStableDecay": {"steps": "length", "warm_up": "warm_up", "decay": "fade", "end": "end"},
    "OneCycle": {"steps": "length", "rise": "rise", "div": "div", "final_div": "final_div"},
}
NAMES = (*ARGUMENTS, "WarmUp")


def _limited(name: str) -> Number | Whole:
    low, high, _ = LIMITS[name]
    return Whole(low, high) if isinstance(low, int) and isinstance(high, int) else Number(low, high)


class ScheduleExplorer(Sheet):
    """Any schedule, and SGD with it on the quadratic ½(θ₁² + 10θ₂²) with gradient noise, beside the constant rate.

    schedule: the name of an optimlib schedule ("WarmUp": before a cosine), an instance whose arguments are within the
        sliders' ranges (LIMITS), or any other callable t -> rate, t = 1 … 200, which is drawn as it is.
    noise: σ in [0, 2].  seed: 0 … 9999, of the noise.  lang: "zh", "en", or "auto".
    caption: a bilingual string, see `label`.
    The settings are traits; `rates`, `trajectory`, and `mean` (over all noise) belong to what is on screen.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("ScheduleExplorer")
    title = "学习率调度｜Learning-rate schedules"
    story = (
        "左：调度（蓝）与常数（灰）的学习率。右：同样噪声下的损失，细线是一次运行，粗线是对所有噪声的平均。"
        f"{BAR}Left: the scheduled rate (blue) and the constant one (gray). Right: the loss under the same noise; "
        "thin lines are one run, thick ones the mean over all noise."
    )

    schedule = Checked()
    lr = _limited("lr")
    noise = _limited("noise")
    every = _limited("every")
    cut = _limited("cut")
    shrink = _limited("shrink")
    decay = _limited("decay")
    warm_up = _limited("warm_up")
    period = _limited("period")
    multiple = _limited("multiple")
    length = _limited("length")
    fade = _limited("fade")
    power = _limited("power")
    end = _limited("end")
    rise = _limited("rise")
    div = _limited("div")
    final_div = _limited("final_div")
    seed = Whole(0, SEEDS)

    def __init__(
        self,
        schedule: str | Callable[[int], Any] = "CosineDecay",
        noise: float = 0.5,
        seed: int = 1,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        values: dict[str, Any] = {name: first for name, (_, _, first) in LIMITS.items()}
        more: dict[str, Any] = {}
        self._own: NDArray[np.float64] | None = None
        if isinstance(schedule, str):
            name = validate.one_of("schedule", schedule, NAMES)
        elif callable(schedule) and not isinstance(schedule, type):
            name = _read(schedule, values)
            if name == "own":
                self._own = _sampled(schedule)
                label = type(schedule).__name__ if hasattr(schedule, "lr") else getattr(schedule, "__name__", "η(t)")
                if label == "<lambda>":
                    label = "η(t)"
                more["own"] = {"label": label, "rates": self._own.tolist()}
        else:
            raise TypeError(f"schedule must be one of {', '.join(NAMES)}, or a callable t -> rate, got {schedule!r}")
        self._open(lang, caption, {"schedule": name, **values, "noise": noise, "seed": seed}, **more)

    def _check_schedule(self, value: Any) -> str:
        return validate.one_of("schedule", value, NAMES if self._own is None else (*NAMES, "own"))

    @property
    def now(self) -> Callable[[int], Any]:
        """The schedule on screen, an instance of an optimlib schedule, or the rates of the reader's own."""
        if self.schedule == "own":
            own = self._own
            assert own is not None
            return lambda t: own[np.asarray(t) - 1]
        if self.schedule == "WarmUp":
            after = schedules.CosineDecay(self.lr, self.length, self.end * self.lr)
            return schedules.WarmUp(after, self.warm_up)
        arguments = {key: getattr(self, held) for key, held in ARGUMENTS[self.schedule].items()}
        if "end" in arguments:
            arguments["end"] = self.end * self.lr
        if self.schedule == "WarmUpStableDecay":
            arguments["steps"] = max(self.length, self.warm_up + self.fade)
        made: Callable[[int], Any] = schedules.SCHEDULES[self.schedule](self.lr, **arguments)
        return made

    @property
    def rates(self) -> NDArray[np.float64]:
        """η(1) … η(200)."""
        return np.asarray(self.now(np.arange(1, STEPS + 1)), dtype=float)  # type: ignore[arg-type]

    @property
    def trajectory(self) -> Trajectory:
        """The scheduled run on screen, of 200 steps."""
        rates = self.rates
        return self._run(SGD(lambda t: rates[t - 1]))

    @property
    def constant(self) -> Trajectory:
        """The run at the constant peak rate, with the same noise."""
        return self._run(SGD(self._peak))

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of the loss over all noise at t = 0 … 200, by E θᵢ² ← (1 − ηλᵢ)² E θᵢ² + η²σ²."""
        return self._mean(self.rates)

    @property
    def _peak(self) -> float:
        return float(self.rates.max()) if self.schedule == "own" else self.lr

    def _run(self, optimizer: SGD) -> Trajectory:
        surface = Quadratic(kappa=KAPPA)
        return descend(optimizer, surface, surface.start, STEPS, noise=GradientNoise(self.noise, self.seed))

    def _mean(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        (x, y), found = Quadratic.start, np.empty(STEPS + 1)
        xx, yy = x * x, y * y
        found[0] = 0.5 * (xx + KAPPA * yy)
        for t, lr in enumerate(rates.tolist(), 1):
            a, b, blur = 1.0 - lr, 1.0 - lr * KAPPA, lr * lr * (self.noise * self.noise)
            xx, yy = a * a * xx + blur, b * b * yy + blur
            found[t] = 0.5 * (xx + KAPPA * yy)
        return found

    def _alt(self) -> str:
        rates, mean = self.rates, self.mean[-1]
        other = self._mean(np.full(STEPS, self._peak))[-1]
        name = self.spec["own"]["label"] if self.schedule == "own" else self.schedule
        return (
            f"学习率调度 {name} 与常数学习率，以及它们在带噪声（σ = {self.noise:g}）二次函数上的损失曲线："
            f"η 最高 {rates.max():.3g}，第 {STEPS} 步为 {rates[-1]:.2g}，损失的平均为 {mean:.2g}，"
            f"常数学习率为 {other:.2g}。{BAR}"
            f"The schedule {name} beside the constant rate, and their losses on a quadratic with gradient noise "
            f"(σ = {self.noise:g}): η is at most {rates.max():.3g}, {rates[-1]:.2g} at step {STEPS}; the mean loss "
            f"is {mean:.2g} there, and {other:.2g} at the constant rate."
        )

    def _snapshot(self) -> str:
        rates, constant = self.rates, np.full(STEPS, self._peak)
        times = np.arange(STEPS + 1)

        def draw(axes: Any) -> None:
            ax = axes(44, 24, 300, 240, "t", "η")
            ax.plot(times[1:], constant, color=COLORS["SGD"], linewidth=1.6, linestyle=(0, (5, 3)))
            ax.plot(times[1:], rates, color=ACCENT, linewidth=2)
            ax.set(xlim=(0, STEPS), ylim=(0, 1.12 * max(rates.max(), self._peak)))
            ax = axes(404, 24, 306, 240, "t", "f")
            pairs = ((self.constant, constant, COLORS["SGD"]), (self.trajectory, rates, ACCENT))
            means = [np.log10(np.maximum(self._mean(given), 1e-12)) for _, given, _ in pairs]
            high, low = np.ceil(means[0][0] + 0.3), max(-10.0, np.floor(min(map(np.min, means)) - 0.3))
            for (run, _, color), mean in zip(pairs, means, strict=True):
                loss = np.log10(np.maximum(run.loss, 1e-12))
                ax.plot(times, np.minimum(loss, high + 1), color=color, linewidth=1, alpha=0.5)
                ax.plot(times, np.minimum(mean, high + 1), color=color, linewidth=2.2)
            ax.set(xlim=(0, STEPS), ylim=(low, high))
            decades(ax.yaxis)

        return still(310, draw)


def _read(schedule: Any, values: dict[str, Any]) -> str:
    """The name of an optimlib schedule that the sliders can show, its arguments put in `values`; else "own"."""
    name, inner = type(schedule).__name__, schedule
    if type(schedule) is schedules.WarmUp and type(schedule.schedule) is schedules.CosineDecay:
        inner, found = schedule.schedule, {"warm_up": schedule.steps}
        arguments = ARGUMENTS["CosineDecay"]
    elif schedules.SCHEDULES.get(name) is type(schedule) and name in ARGUMENTS:
        arguments, found = ARGUMENTS[name], {}
    else:
        return "own"
    if np.ndim(inner.lr):
        raise ValueError(f"schedule must have one rate for one run, got lr={inner.lr!r}")
    found |= {"lr": inner.lr, **{held: getattr(inner, key) for key, held in arguments.items()}}
    if "end" in found:
        found["end"] = found["end"] / inner.lr
    if any(not LIMITS[held][0] <= value <= LIMITS[held][1] for held, value in found.items()):
        return "own"  # a slider could not stand there
    values.update({held: type(LIMITS[held][0])(value) for held, value in found.items()})
    return name


def _sampled(schedule: Callable[[int], Any]) -> NDArray[np.float64]:
    rates = np.array([validate.real("schedule(t)", schedule(t), "a number") for t in range(1, STEPS + 1)])
    if rates.shape != (STEPS,) or not np.isfinite(rates).all() or (rates < 0).any() or not rates.max() > 0:
        raise ValueError(f"schedule must give finite rates >= 0, one for each t = 1 … {STEPS}, got {schedule!r}")
    return rates
