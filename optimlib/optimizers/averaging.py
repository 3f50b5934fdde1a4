"""Schedule-free rules: gradients at one point, the answer at another, which is an average.

Both keep z, which takes the steps, and x, the average of all z and the answer. The loop's theta is y = (1 − β)z + βx,
where gradients are taken; `evaluated` gives x (see `Optimizer` in rule.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optimlib import validate
from optimlib.optimizers.adam import AdamW
from optimlib.optimizers.rule import Array, State, column, rate, zeros
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class ScheduleFreeSGD:
    """SGD with an average in place of a decaying learning rate.

    gₜ = ∇f(yₜ),  zₜ = zₜ₋₁ − η gₜ,  xₜ = (1 − cₜ) xₜ₋₁ + cₜ zₜ,  yₜ₊₁ = (1 − β) zₜ + β xₜ,  z₀ = x₀ = y₁ = θ₀;
    cₜ = wₜ/(w₁ + … + wₜ) with wₜ = (the largest η so far)², so that a warmup counts less.
    With a constant η that is cₜ = 1/t. β = 0 is SGD whose answer is the average of its path.
    lr: η > 0, constant or a warmup.  beta: β in [0, 1).  Reads theta (y).
    State: t, z, x (*batch, d), lr_max, weights (the sum of w).
    A. Defazio et al., The Road Less Scheduled, NeurIPS 2024, arXiv:2405.15682.
    """

    lr: Rate = 1.0
    beta: Hyper = 0.9

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)

    def init(self, theta: Array) -> State:
        return {"t": 0, "z": zeros(theta) + theta, "x": zeros(theta) + theta, "lr_max": 0.0, "weights": 0.0}

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:
        validate.same_shape(grad, state["z"], "z")
        z = state["z"] - rate(self.lr, state["t"] + 1, grad) * grad
        return _averaged(self.lr, column(self.beta, grad), z, state, theta)

    def evaluated(self, theta: Array, state: State) -> Array:
        """x, the average."""
        return state["x"]


@dataclass(frozen=True)
class ScheduleFreeAdamW(AdamW):
    """AdamW with an average in place of both momentum and a decaying learning rate.

    vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²,  zₜ = zₜ₋₁ − η (gₜ/(√v̂ₜ + ε) + λ yₜ);  x, y, and c as in ScheduleFreeSGD, with β₁.
    Convention: v is corrected, as in optax; the paper multiplies η by √(1 − β₂ᵗ) instead, also in the weights c.
    lr: η > 0, constant or a warmup.  beta1, beta2: in [0, 1).  eps: ε > 0.  weight_decay: λ ≥ 0.  Reads theta (y).
    State: t, z, x, v (*batch, d), beta2_t, lr_max, weights.
    A. Defazio et al., The Road Less Scheduled, NeurIPS 2024, Algorithm 1.
    """

    lr: Rate = 0.0025
    weight_decay: Hyper = 0.0

    def init(self, theta: Array) -> State:
        state: State = {"t": 0, "z": zeros(theta) + theta, "x": zeros(theta) + theta, "v": zeros(theta)}
        return {**state, "beta2_t": 1.0, "lr_max": 0.0, "weights": 0.0}

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:  # type: ignore[override]
        validate.same_shape(grad, state["z"], "z")
        beta2 = column(self.beta2, grad)
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta2_t = state["beta2_t"] * beta2
        direction = grad / (np.sqrt(v / (1.0 - beta2_t)) + column(self.eps, grad))
        direction = direction + column(self.weight_decay, grad) * theta
        z = state["z"] - rate(self.lr, state["t"] + 1, grad) * direction
        step, new = _averaged(self.lr, column(self.beta1, grad), z, state, theta)
        return step, {**new, "v": v, "beta2_t": beta2_t}

    def evaluated(self, theta: Array, state: State) -> Array:
        """x, the average."""
        return state["x"]


def _averaged(lr: Rate, beta: Any, z: Array, state: State, y: Array) -> tuple[Array, State]:
    """The step from y to the next y, and the state with the new z and x."""
    t = state["t"] + 1
    lr_max = _maximum(state["lr_max"], rate(lr, t, z))
    weight = lr_max * lr_max
    weights = state["weights"] + weight
    c = weight / weights
    x = (1.0 - c) * state["x"] + c * z
    return (1.0 - beta) * z + beta * x - y, {"t": t, "z": z, "x": x, "lr_max": lr_max, "weights": weights}


def _maximum(a: Any, b: Any) -> Any:
    both_numbers = isinstance(a, float) and isinstance(b, float)
    return max(a, b) if both_numbers else np.maximum(a, b)  # a Python float keeps float32 arrays float32
