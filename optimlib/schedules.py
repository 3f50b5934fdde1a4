"""Learning-rate schedules, plainest first: frozen dataclasses called as schedule(t), t = 1, 2, …

Convention: t counts updates from 1, and the first update has the full rate: a decay is a function of t − 1. So
schedule(t) is the rate that torch's scheduler of the same kind holds at last_epoch = t − 1, that is, during the
t-th optimizer.step(). Past its end a schedule keeps its last value.
Shapes: t is an integer or an array of them; lr is a number or an array (*batch,) with one peak rate for each run.
schedule(t) has t's shape followed by lr's. Bad arguments raise TypeError or ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from optimlib import validate
from optimlib.validate import Hyper


class Schedule(Protocol):
    """What `lr` of a rule may be instead of a number: a function of the step t = 1, 2, …"""

    def __call__(self, t: int) -> Hyper: ...


@dataclass(frozen=True)
class ConstantRate:
    """η(t) = η.  torch: ConstantLR with factor=1."""

    lr: Hyper

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)

    def __call__(self, t: ArrayLike) -> Any:
        return _between(0.0, self.lr, np.ones(np.shape(_past(t))))


@dataclass(frozen=True)
class StepDecay:
    """η(t) = η · factor^⌊(t − 1)/every⌋: a cut after every so many steps.

    every: steps ≥ 1 between cuts.  factor: in (0, 1].  torch: StepLR(step_size=every, gamma=factor) at
    last_epoch = t − 1.  Dividing by 10, there whenever the error stops falling: K. He et al., CVPR 2016.
    """

    lr: Hyper
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)
        validate.count("every", self.every)
        _fraction("factor", self.factor)

    def __call__(self, t: ArrayLike) -> Any:
        return _between(0.0, self.lr, self.factor ** (_past(t) // self.every))


@dataclass(frozen=True)
class ExponentialDecay:
    """η(t) = η · factor^(t − 1).

    factor: in (0, 1]. The rates sum to less than η/(1 − factor): the path's length is bounded, and a run may stop
    before it arrives.  torch: ExponentialLR(gamma=factor) at last_epoch = t − 1.
    """

    lr: Hyper
    factor: float

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)
        _fraction("factor", self.factor)

    def __call__(self, t: ArrayLike) -> Any:
        return _between(0.0, self.lr, self.factor ** _past(t))


@dataclass(frozen=True)
class InverseTime:
    """η(t) = η / (1 + decay · (t − 1)); with decay = 1, η/t.

    decay: > 0. The rates sum to infinity and their squares do not, as convergence in spite of gradient noise asks.
    torch has none; Keras's InverseTimeDecay(decay_steps=1, decay_rate=decay) at step t − 1.
    H. Robbins, S. Monro, A Stochastic Approximation Method, Ann. Math. Statist. 22:400–407, 1951.
    """

    lr: Hyper
    decay: float = 1.0

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)
        validate.positive("decay", self.decay)

    def __call__(self, t: ArrayLike) -> Any:
        return _between(0.0, self.lr, 1.0 / (1.0 + self.decay * _past(t)))


@dataclass(frozen=True)
class InverseSqrt:
    """η(t) = η · min(t/W, √(W/t)): W steps of linear warmup, then 1/√t; with W = 1, η/√t.

    lr: the peak, reached at t = W.  warm_up: W ≥ 1.  torch has none (LambdaLR with this formula at t = last_epoch + 1).
    A. Vaswani et al., Attention Is All You Need, NeurIPS 2017, eq. (3), where η = 1/√(d_model W).
    """

    lr: Hyper
    warm_up: int = 1

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)
        validate.count("warm_up", self.warm_up)

    def __call__(self, t: ArrayLike) -> Any:
        step = _past(t) + 1.0
        return _between(0.0, self.lr, np.minimum(step / self.warm_up, np.sqrt(self.warm_up / step)))


@dataclass(frozen=True)
class PolynomialDecay:
    """η(t) = end + (η − end) (1 − (t − 1)/steps)^power, then end; power = 1 is linear decay.

    end: in [0, η].  torch: PolynomialLR(total_iters=steps, power=power) at last_epoch = t − 1, which has end = 0.
    The "poly" policy (power = 0.9): L.-C. Chen et al., DeepLab, IEEE TPAMI 40(4), 2018.
    """

    lr: Hyper
    steps: int
    power: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        _check_end(self.lr, self.end)
        validate.count("steps", self.steps)
        validate.positive("power", self.power)

    def __call__(self, t: ArrayLike) -> Any:
        left = 1.0 - np.minimum(_past(t), self.steps) / self.steps
        return _between(self.end, self.lr, left**self.power)


@dataclass(frozen=True)
class CosineDecay:
    """η(t) = end + ½ (η − end)(1 + cos(π (t − 1)/steps)), then end.

    torch: CosineAnnealingLR(T_max=steps, eta_min=end) at last_epoch = t − 1 ≤ T_max; past T_max torch's rate climbs
    again, this one stays.  I. Loshchilov, F. Hutter, SGDR, ICLR 2017, eq. (5), one period.
    """

    lr: Hyper
    steps: int
    end: float = 0.0

    def __post_init__(self) -> None:
        _check_end(self.lr, self.end)
        validate.count("steps", self.steps)

    def __call__(self, t: ArrayLike) -> Any:
        return _between(self.end, self.lr, _cosine(np.minimum(_past(t), self.steps) / self.steps))


@dataclass(frozen=True)
class CosineRestarts:
    """SGDR: cosine decay that starts again, in periods of T, T·factor, T·factor², … steps.

    period: T ≥ 1.  factor: integer ≥ 1.  torch: CosineAnnealingWarmRestarts(T_0=period, T_mult=factor, eta_min=end)
    at last_epoch = t − 1: the first step of a period has the full rate.
    I. Loshchilov, F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017, eq. (5).
    """

    lr: Hyper
    period: int
    factor: int = 1
    end: float = 0.0

    def __post_init__(self) -> None:
        _check_end(self.lr, self.end)
        validate.count("period", self.period)
        validate.count("factor", self.factor)

    def __call__(self, t: ArrayLike) -> Any:
        past = _past(t)
        if self.factor == 1:
            return _between(self.end, self.lr, _cosine(past % self.period / self.period))
        starts, length = [0], self.period  # sums, not logarithms: those round at the restarts
        while starts[-1] <= np.max(past, initial=0):
            starts.append(starts[-1] + length)
            length *= self.factor
        i = np.searchsorted(starts, past, side="right") - 1
        begin, after = np.take(starts, i), np.take(starts, i + 1)
        return _between(self.end, self.lr, _cosine((past - begin) / (after - begin)))


@dataclass(frozen=True)
class WarmUp:
    """Linear warmup before any schedule: η(t) = s(1) · t/W for t ≤ W, then s(t − W + 1).

    schedule: s, a callable t -> rate.  steps: W ≥ 1; the peak s(1) is reached at t = W, and no step has rate 0.
    torch: SequentialLR of LinearLR(start_factor=1/W, total_iters=W − 1) and s, milestones=[W − 1], at
    last_epoch = t − 1.  P. Goyal et al., Accurate, Large Minibatch SGD, arXiv:1706.02677, 2017, section 2.2.

    >>> schedule = WarmUp(InverseTime(0.1, decay=1.0), steps=2)
    >>> [float(schedule(t)) for t in (1, 2, 3)]
    [0.05, 0.1, 0.05]
    """

    schedule: Schedule
    steps: int

    def __post_init__(self) -> None:
        if not callable(self.schedule):
            raise TypeError(f"schedule must be a callable t -> learning rate, got {self.schedule!r}")
        validate.count("steps", self.steps)

    def __call__(self, t: ArrayLike) -> Any:
        past = _past(t)
        after: Any = self.schedule(np.maximum(past - self.steps + 1, 0) + 1)
        factor = np.minimum((past + 1) / self.steps, 1.0)
        return after * np.reshape(factor, np.shape(factor) + (1,) * (np.ndim(after) - np.ndim(factor)))


@dataclass(frozen=True)
class WarmUpStableDecay:
    """W steps up (η t/W), a plateau at η, and in the last D of T steps down in a line, to end + (η − end)/D at t = T.

    steps: T ≥ W + D.  warm_up: W ≥ 1.  decay: D ≥ 1. Past T the rate is `end`.
    The plateau needs no T: a run may go on from it, and each decay gives a finished model.
    torch: SequentialLR of LinearLR, ConstantLR, and LinearLR, counted as in `WarmUp`.
    S. Hu et al., MiniCPM, arXiv:2404.06395, 2024 (there the decay is exponential).
    """

    lr: Hyper
    steps: int
    warm_up: int
    decay: int
    end: float = 0.0

    def __post_init__(self) -> None:
        _check_end(self.lr, self.end)
        for name in ("steps", "warm_up", "decay"):
            validate.count(name, getattr(self, name))
        if self.warm_up + self.decay > self.steps:
            raise ValueError(
                f"steps must be at least warm_up + decay, {self.warm_up} + {self.decay}, got {self.steps!r}"
            )

    def __call__(self, t: ArrayLike) -> Any:
        past = _past(t)
        up = (past + 1) / self.warm_up
        down = np.clip((self.steps - past) / self.decay, 0.0, 1.0)
        return np.where(  # from 0 up, but down to `end`
            _as_t(up < 1.0, self.lr), _between(0.0, self.lr, up), _between(self.end, self.lr, down)
        )[()]


@dataclass(frozen=True)
class OneCycle:
    """From η/div up to η in the first `rise` of the steps, then down to η/(div · final_div), both along cosines.

    steps: T ≥ 2.  rise: in (0, 1), 1 ≤ rise · T − 1 < T − 1.  div, final_div: ≥ 1.
    torch: OneCycleLR(max_lr=lr, total_steps=steps, pct_start=rise, div_factor=div, final_div_factor=final_div) at
    last_epoch = t − 1 (two phases; the paper's cycle has straight lines). torch raises an error past T.
    L. N. Smith, N. Topin, Super-Convergence, arXiv:1708.07120, 2017.
    """

    lr: Hyper
    steps: int
    rise: float = 0.3
    div: float = 25.0
    final_div: float = 1e4

    def __post_init__(self) -> None:
        validate.positive("lr", self.lr)
        validate.count("steps", self.steps, least=2)
        _fraction("rise", self.rise)
        if not 1.0 < self.rise * self.steps < self.steps:
            raise ValueError(
                f"rise must be in (0, 1), and leave more than one of the {self.steps} steps to climb, got {self.rise!r}"
            )
        for name in ("div", "final_div"):
            validate.finite(name, getattr(self, name))
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be a number >= 1, got {getattr(self, name)!r}")

    def __call__(self, t: ArrayLike) -> Any:
        past = np.minimum(_past(t), self.steps - 1)
        top, last = self.rise * self.steps - 1.0, self.steps - 1.0
        low, final = 1.0 / self.div, 1.0 / (self.div * self.final_div)
        up = 1.0 + (low - 1.0) * _cosine(np.minimum(past / top, 1.0))
        down = final + (1.0 - final) * _cosine(np.maximum(past - top, 0.0) / (last - top))
        return _between(0.0, self.lr, np.where(past <= top, up, down)[()])


SCHEDULES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        ConstantRate,
        StepDecay,
        ExponentialDecay,
        InverseTime,
        InverseSqrt,
        PolynomialDecay,
        CosineDecay,
        CosineRestarts,
        WarmUp,
        WarmUpStableDecay,
        OneCycle,
    )
}


def _past(t: ArrayLike) -> Any:
    """t − 1, the number of updates before this one."""
    t = np.asarray(t)
    if t.dtype.kind not in "iu":
        raise TypeError(f"t must be integers >= 1, got dtype {t.dtype}: {t!r}")
    if t.size and t.min() < 1:
        raise ValueError(f"t must be integers >= 1, got {t.min()}")
    return t.astype(np.int64)[()] - 1


def _cosine(share: Any) -> Any:
    """From 1 at share 0 to 0 at share 1 along half a cosine."""
    return 0.5 * (1.0 + np.cos(np.pi * share))


def _as_t(factor: Any, lr: Hyper) -> Any:
    """factor, of t's shape, with an axis of length 1 for each of lr's."""
    return np.reshape(factor, np.shape(factor) + (1,) * np.ndim(lr))


def _between(end: float, lr: Hyper, factor: Any) -> Any:
    """end + (lr − end) · factor, of factor's shape followed by lr's; a float where both are numbers."""
    if np.ndim(lr) == 0 and np.ndim(factor) == 0:
        return float(end + (lr - end) * factor)
    return end + (np.asarray(lr) - end) * _as_t(factor, lr)


def _fraction(name: str, value: Any) -> None:
    validate.positive(name, value)
    if value > 1:
        raise ValueError(f"{name} must be a number in (0, 1], got {value!r}")


def _check_end(lr: Any, end: Any) -> None:
    validate.positive("lr", lr)
    validate.non_negative("end", end)
    if np.any(np.asarray(end) > lr):
        raise ValueError(f"end must be at most lr, {lr!r}, got {end!r}")
