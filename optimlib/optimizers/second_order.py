"""Rules that use curvature: Newton, Gauss–Newton, and L-BFGS with its line search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optimlib import validate
from optimlib.optimizers.rule import Array, State, column, rate, same_as_theta, zeros
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class Newton:
    """Newton's method with damping: θₜ = θₜ₋₁ − η (Hₜ + μ I)⁻¹ gₜ, H the Hessian at θₜ₋₁.

    Convention: pure Newton is η = 1, μ = 0; it runs to any point where g = 0, saddles included. μ larger than
    the most negative eigenvalue is in size makes the step go downhill; large μ makes it gradient descent with η/μ.
    lr: η > 0.  damping: μ ≥ 0.  Reads theta and the objective, which must have `hessian` (see rule.py).
    State: t.  Raises TypeError without a Hessian, ValueError where H + μ I is singular.
    J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed., Springer, 2006, chapter 3.
    """

    lr: Rate = 1.0
    damping: Hyper = 0.0

    reads: ClassVar[tuple[str, ...]] = ("theta", "objective")

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.non_negative("damping", self.damping)

    def init(self, theta: Array) -> State:
        zeros(theta)
        return {"t": 0}

    def update(self, grad: Array, state: State, *, theta: Array, objective: Any) -> tuple[Array, State]:
        same_as_theta(grad, theta)
        t = state["t"] + 1
        H = _offered(objective, "hessian")
        H = H(theta) if callable(H) else np.broadcast_to(H, (*theta.shape, theta.shape[-1]))
        return -rate(self.lr, t, grad) * _solve(H, grad, column(self.damping, grad, 2)), {"t": t}


@dataclass(frozen=True)
class GaussNewton(Newton):
    """Newton's method for sums of squares, without second derivatives: θₜ = θₜ₋₁ − η (JᵀJ + μ I)⁻¹ Jᵀr.

    r: the residuals at θₜ₋₁, J: their Jacobian. For f = ½‖r‖², Jᵀr is the gradient and JᵀJ the part of the Hessian
    that is never negative; μ > 0 is Levenberg's damping.
    lr: η > 0.  damping: μ ≥ 0.  Reads theta and the objective, which must have `residuals` and `jacobian`; the
    gradient is only checked for its shape.
    State: t.  Raises TypeError without residuals, ValueError where JᵀJ + μ I is singular.
    J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed., Springer, 2006, chapter 10.
    """

    def update(self, grad: Array, state: State, *, theta: Array, objective: Any) -> tuple[Array, State]:
        same_as_theta(grad, theta)
        t = state["t"] + 1
        r, J = _offered(objective, "residuals")(theta), _offered(objective, "jacobian")(theta)
        JT = np.swapaxes(J, -1, -2)
        slope = (JT @ r[..., None])[..., 0]
        return -rate(self.lr, t, grad) * _solve(JT @ J, slope, column(self.damping, grad, 2)), {"t": t}


@dataclass(frozen=True)
class LBFGS:
    """Newton's method with a Hessian guessed from the last few steps, and a line search.

    sₜ = θₜ − θₜ₋₁,  yₜ = gₜ₊₁ − gₜ;  the two-loop recursion turns the last `memory` pairs (s, y) into a direction p;
    θₜ = θₜ₋₁ + α p, with α by the strong Wolfe conditions, found by bracketing and cubic interpolation.
    One update evaluates the objective several times. It takes one run, theta of shape (d,): line searches of
    several runs would go different ways. For full gradients: noise ruins y.
    lr: the first α tried, > 0, one number or a schedule.  memory: pairs ≥ 1 (10: usual).
    c1, c2: of the Wolfe conditions, 0 < c1 < c2 < 1.  Reads theta and the objective.
    State: t, S, Y (pairs, d), and s, g (d,) of the last step.
    D. C. Liu and J. Nocedal, Math. Programming 45:503–528, 1989; J. Nocedal and S. J. Wright, Numerical
    Optimization, 2nd ed., Springer, 2006, Algorithms 7.4 (two loops), 3.5 and 3.6 (line search).
    """

    lr: Rate = 1.0
    memory: int = 10
    c1: float = 1e-4
    c2: float = 0.9

    reads: ClassVar[tuple[str, ...]] = ("theta", "objective")

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        if not callable(self.lr) and np.ndim(self.lr):
            raise ValueError(f"lr must be one number: L-BFGS takes one run at a time, got {self.lr!r}")
        validate.count("memory", self.memory)
        for name in ("c1", "c2"):
            validate.positive(name, getattr(self, name))
        if np.ndim(self.c1) or np.ndim(self.c2) or not self.c1 < self.c2 < 1:
            raise ValueError(f"c1 and c2 must be numbers with 0 < c1 < c2 < 1, got {self.c1!r} and {self.c2!r}")

    def init(self, theta: Array) -> State:
        zero = zeros(theta)
        if zero.ndim != 1:
            raise ValueError(f"theta must have shape (d,): L-BFGS takes one run at a time, got shape {zero.shape}")
        return {"t": 0, "S": zero[None][:0], "Y": zero[None][:0], "s": zero, "g": zero}

    def update(self, grad: Array, state: State, *, theta: Array, objective: Any) -> tuple[Array, State]:
        validate.same_shape(grad, state["g"], "g")
        t, S, Y = state["t"] + 1, state["S"], state["Y"]
        s, y = state["s"], grad - state["g"]
        if t > 1 and s @ y > 1e-10 * (y @ y):  # else the curvature along s is not positive, and the guess would break
            S, Y = np.vstack([S, s])[-self.memory :], np.vstack([Y, y])[-self.memory :]
        p = -two_loops(grad, S, Y)
        alpha = float(self.lr(t) if callable(self.lr) else self.lr)
        if not len(S):
            alpha *= min(1.0, 1.0 / max(float(np.sqrt(grad @ grad)), 1e-30))  # nothing is known of the scale yet
        step = wolfe(objective, theta, p, grad, alpha, self.c1, self.c2) * p
        return step, {"t": t, "S": S, "Y": Y, "s": step, "g": grad + 0.0}


def two_loops(grad: Array, S: Array, Y: Array) -> Array:
    """The product of the guessed inverse Hessian and the gradient (d,), from pairs S and Y (pairs, d), oldest first."""
    q, past = grad, []
    for s, y in zip(S[::-1], Y[::-1], strict=True):
        rho = 1.0 / float(s @ y)
        a = rho * float(s @ q)
        q = q - a * y
        past.append((rho, a, s, y))
    if past:
        q = q * (float(S[-1] @ Y[-1]) / float(Y[-1] @ Y[-1]))  # the scale of the newest pair
    for rho, a, s, y in reversed(past):
        q = q + (a - rho * float(y @ q)) * s
    return q


def wolfe(objective: Any, theta: Array, p: Array, grad: Array, alpha: float, c1: float, c2: float) -> float:
    """A step length along p that meets the strong Wolfe conditions; the best one seen if 40 trials find none.

    f(θ + αp) ≤ f(θ) + c1 α gᵀp  and  |∇f(θ + αp)ᵀp| ≤ c2 |gᵀp|.
    """

    def at(a: float) -> tuple[float, float, float]:
        there = theta + theta.dtype.type(a) * p
        return a, float(objective.value(there)), float(objective.grad(there) @ p)

    start = low = (0.0, float(objective.value(theta)), float(grad @ p))
    slope = start[2]
    if not slope < 0.0:  # at a stationary point, or not finite any more
        return 0.0 if slope == 0.0 else float("nan")
    high: tuple[float, float, float] | None = None
    trial = alpha
    for _ in range(40):
        new = at(trial)
        _, value, slope_here = new
        if not (value <= start[1] + c1 * trial * slope and value < low[1]):  # too far, or not finite
            high = new
        elif abs(slope_here) <= -c2 * slope:
            return trial
        else:  # the next interval starts at the new point; it ends at the old one if the slope points back there
            if slope_here * (1.0 if high is None else high[0] - low[0]) >= 0.0:
                high = low
            low = new
        trial = 2.0 * low[0] if high is None else _between(low, high)
        if high is not None and abs(high[0] - low[0]) <= 1e-14 * max(high[0], low[0]):
            break
    return low[0]


def _between(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """The minimizer of the cubic through two (α, value, slope), kept a tenth away from both ends."""
    middle, tenth = 0.5 * (a[0] + b[0]), 0.1 * abs(b[0] - a[0])
    if not np.isfinite(b[1]) or not np.isfinite(b[2]):
        return middle
    d1 = a[2] + b[2] - 3.0 * (a[1] - b[1]) / (a[0] - b[0])
    square = d1 * d1 - a[2] * b[2]
    if square < 0.0:
        return middle
    d2 = np.copysign(np.sqrt(square), b[0] - a[0])
    below = b[2] - a[2] + 2.0 * d2
    if below == 0.0:
        return middle
    best = b[0] - (b[0] - a[0]) * ((b[2] + d2 - d1) / below)
    return float(np.clip(best, min(a[0], b[0]) + tenth, max(a[0], b[0]) - tenth))


def _offered(objective: Any, name: str) -> Callable[[Array], Array] | Any:
    found = getattr(objective, name, None)
    if found is None:
        raise TypeError(f"objective must have {name!r} for this rule, got {objective!r}")
    return found


def _solve(H: Array, grad: Array, damping: Any) -> Array:
    """(H + damping I)⁻¹ grad for stacks of matrices, (*batch, d, d) and (*batch, d)."""
    try:
        step = np.linalg.solve(H + damping * np.eye(H.shape[-1], dtype=H.dtype), grad[..., None])[..., 0]
    except np.linalg.LinAlgError as error:
        raise ValueError("damping must be larger here: the matrix of the step is singular") from error
    return step.astype(grad.dtype)
