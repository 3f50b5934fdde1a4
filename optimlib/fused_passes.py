"""What fused.py does to one block: the passes over it for each rule, and the constants that the passes multiply by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy import add, divide, multiply, subtract
from numpy.typing import NDArray

from optimlib.optimizers.adam import Adam, AdamW
from optimlib.optimizers.basic import SGD, Momentum
from optimlib.optimizers.rule import State

Array = NDArray[np.floating]
Constants = tuple[Any, ...]

# The passes. Each function takes the constants, one block of the gradient, of theta, of each buffer,
# and two of scratch. The third argument of a ufunc is where the result goes: by position it costs less
# than as out=.


def _sgd(c: Constants, g: Array, theta: Array, x: Array, y: Array) -> None:
    (minus_lr,) = c
    multiply(g, minus_lr, x)
    add(theta, x, theta)


def _momentum(c: Constants, g: Array, theta: Array, u: Array, x: Array, y: Array) -> None:
    beta, minus_lr = c
    multiply(u, beta, u)
    add(u, g, u)
    multiply(u, minus_lr, x)
    add(theta, x, theta)


def _adam_step(c: Constants, g: Array, m: Array, v: Array, x: Array, y: Array) -> None:
    """The step of `Adam` in y, in the order of Adam.update."""
    beta1, rest1, beta2, rest2, correction1, correction2, eps, minus_lr = c
    multiply(g, rest1, x)
    multiply(m, beta1, m)
    add(m, x, m)
    multiply(g, g, x)
    multiply(x, rest2, x)
    multiply(v, beta2, v)
    add(v, x, v)
    divide(v, correction2, x)
    np.sqrt(x, x)
    add(x, eps, x)
    divide(m, correction1, y)
    multiply(y, minus_lr, y)
    divide(y, x, y)


def _adam(c: Constants, g: Array, theta: Array, m: Array, v: Array, x: Array, y: Array) -> None:
    _adam_step(c, g, m, v, x, y)
    add(theta, y, theta)


def _adamw(c: Constants, g: Array, theta: Array, m: Array, v: Array, x: Array, y: Array) -> None:
    *adam, decay = c
    _adam_step(tuple(adam), g, m, v, x, y)
    multiply(theta, decay, x)
    subtract(y, x, y)
    add(theta, y, theta)


def _folded_adam_step(c: Constants, g: Array, M: Array, V: Array, x: Array) -> None:
    beta1, beta2, eps, lr = c
    multiply(M, beta1, M)
    add(M, g, M)
    multiply(g, g, x)
    multiply(V, beta2, V)
    add(V, x, V)
    np.sqrt(V, x)
    add(x, eps, x)
    divide(M, x, x)
    multiply(x, lr, x)


def _folded_adam(c: Constants, g: Array, theta: Array, M: Array, V: Array, x: Array, y: Array) -> None:
    """Ten passes for fourteen: with M = m/(1 − β₁), V = v/(1 − β₂) the factors 1 − β drop out of both averages, and

    η m̂/(√v̂ + ε) = η′ M/(√V + ε′),  r = √((1 − β₂)/(1 − β₂ᵗ)),  ε′ = ε/r,  η′ = η (1 − β₁)/((1 − β₁ᵗ) r).

    The step, about η or less, is rounded in other places than the rule's and differs by a few units in its own last
    place. theta, to which it is added, differs by at most one unit in the last place of max(|θ|, 16 η) per step.
    """
    _folded_adam_step(c, g, M, V, x)
    subtract(theta, x, theta)


def _folded_adamw(c: Constants, g: Array, theta: Array, M: Array, V: Array, x: Array, y: Array) -> None:
    """Adam's passes and two for the decay. One pass, θ (1 − ηλ), would lose ηλ in the rounding of 1 − ηλ."""
    *adam, decay = c
    _folded_adam_step(tuple(adam), g, M, V, x)
    multiply(theta, decay, y)
    add(x, y, x)
    subtract(theta, x, theta)


# The constants of step t, which numbers["t"] already counts. The powers of β among the numbers move on here.


def _sgd_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    return (-lr,)


def _momentum_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    return float(rule.beta), -lr


def _corrections(rule: Any, numbers: State) -> tuple[float, float]:
    numbers["beta1_t"] *= float(rule.beta1)
    numbers["beta2_t"] *= float(rule.beta2)
    return 1.0 - numbers["beta1_t"], 1.0 - numbers["beta2_t"]


def _adam_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    beta1, beta2 = float(rule.beta1), float(rule.beta2)
    return beta1, 1.0 - beta1, beta2, 1.0 - beta2, *_corrections(rule, numbers), float(rule.eps), -lr


def _adamw_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    return *_adam_constants(rule, lr, numbers), lr * float(rule.weight_decay)


def _folded_adam_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    beta1, beta2 = float(rule.beta1), float(rule.beta2)
    correction1, correction2 = _corrections(rule, numbers)
    r = sqrt((1.0 - beta2) / correction2)
    return beta1, beta2, float(rule.eps) / r, lr * (1.0 - beta1) / (correction1 * r)


def _folded_adamw_constants(rule: Any, lr: float, numbers: State) -> tuple[float, ...]:
    return *_folded_adam_constants(rule, lr, numbers), lr * float(rule.weight_decay)


class Plan(NamedTuple):
    """passes, and their constants.  units: the buffers that are kept as multiples of 1 − β, and which β that is."""

    passes: Callable[..., None]
    constants: Callable[[Any, float, State], tuple[float, ...]]
    units: Mapping[str, str] = {}

    def unit(self, rule: Any, name: str) -> float:
        """What one unit of the buffer is in the rule's."""
        return 1.0 - float(getattr(rule, self.units[name])) if name in self.units else 1.0


_UNITS = {"m": "beta1", "v": "beta2"}
IN_ORDER: dict[type, Plan] = {
    SGD: Plan(_sgd, _sgd_constants),
    Momentum: Plan(_momentum, _momentum_constants),
    Adam: Plan(_adam, _adam_constants),
    AdamW: Plan(_adamw, _adamw_constants),
}
FOLDED: dict[type, Plan] = IN_ORDER | {
    Adam: Plan(_folded_adam, _folded_adam_constants, _UNITS),
    AdamW: Plan(_folded_adamw, _folded_adamw_constants, _UNITS),
}
