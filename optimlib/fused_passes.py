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

Array = NDArray[np.floating]
Constants = tuple[Any, ...]  # 0-d arrays
Numbers = tuple[float, ...]

# The steps. Each function takes the constants, one block of the gradient, of theta, of each buffer, and two of scratch.
# It brings the buffers up to date and returns what is to be added to theta, in scratch. The third argument of a ufunc
# is where the result goes: by position it costs less than as out=.


def _sgd(c: Constants, g: Array, theta: Array, x: Array, y: Array) -> Array:
    (minus_lr,) = c
    return multiply(g, minus_lr, x)


def _momentum(c: Constants, g: Array, theta: Array, u: Array, x: Array, y: Array) -> Array:
    beta, minus_lr = c
    multiply(u, beta, u)
    add(u, g, u)
    return multiply(u, minus_lr, x)


def _adam(c: Constants, g: Array, theta: Array, m: Array, v: Array, x: Array, y: Array) -> Array:
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
    return divide(y, x, y)


def _adamw(c: Constants, g: Array, theta: Array, m: Array, v: Array, x: Array, y: Array) -> Array:
    *adam, decay = c
    _adam(tuple(adam), g, theta, m, v, x, y)
    multiply(theta, decay, x)
    return subtract(y, x, y)


def _folded_adam(c: Constants, g: Array, theta: Array, M: Array, V: Array, x: Array, y: Array) -> Array:
    """Ten passes for fourteen: with M = m/(1 − β₁), V = v/(1 − β₂) the factors 1 − β drop out of both averages, and

    η m̂/(√v̂ + ε) = η′ M/(√V + ε′),  r = √((1 − β₂)/(1 − β₂ᵗ)),  ε′ = ε/r,  η′ = η (1 − β₁)/((1 − β₁ᵗ) r).

    The step, about η or less, is rounded in other places than the rule's and differs by a few units in its own last
    place. theta, to which it is added, differs by at most one unit in the last place of max(|θ|, 16 η) per step.
    """
    beta1, beta2, eps, minus_lr = c
    multiply(M, beta1, M)
    add(M, g, M)
    multiply(g, g, x)
    multiply(V, beta2, V)
    add(V, x, V)
    np.sqrt(V, x)
    add(x, eps, x)
    divide(M, x, x)
    return multiply(x, minus_lr, x)


def _folded_adamw(c: Constants, g: Array, theta: Array, M: Array, V: Array, x: Array, y: Array) -> Array:
    """Adam's passes and two for the decay. One pass, θ (1 − ηλ), would lose ηλ in the rounding of 1 − ηλ."""
    *adam, decay = c
    _folded_adam(tuple(adam), g, theta, M, V, x, y)
    multiply(theta, decay, y)
    return subtract(x, y, x)


# The constants of a step: from the rule a function of the step's learning rate and, where the rule has them, of the
# corrections 1 − βᵗ.


def _sgd_constants(rule: Any) -> Callable[..., Numbers]:
    return lambda lr: (-lr,)


def _momentum_constants(rule: Any) -> Callable[..., Numbers]:
    beta = float(rule.beta)
    return lambda lr: (beta, -lr)


def _adam_constants(rule: Any) -> Callable[..., Numbers]:
    beta1, beta2, eps = float(rule.beta1), float(rule.beta2), float(rule.eps)
    rest1, rest2 = 1.0 - beta1, 1.0 - beta2
    return lambda lr, correction1, correction2: (beta1, rest1, beta2, rest2, correction1, correction2, eps, -lr)


def _folded_adam_constants(rule: Any) -> Callable[..., Numbers]:
    beta1, beta2, eps = float(rule.beta1), float(rule.beta2), float(rule.eps)

    def constants(lr: float, correction1: float, correction2: float) -> Numbers:
        r = sqrt((1.0 - beta2) / correction2)
        return beta1, beta2, eps / r, -(lr * (1.0 - beta1) / (correction1 * r))

    return constants


def _with_decay(adam: Callable[[Any], Callable[..., Numbers]]) -> Callable[[Any], Callable[..., Numbers]]:
    """The constants of AdamW from those of Adam."""

    def adamw(rule: Any) -> Callable[..., Numbers]:
        constants, weight_decay = adam(rule), float(rule.weight_decay)
        return lambda lr, *corrections: (*constants(lr, *corrections), lr * weight_decay)

    return adamw


class Plan(NamedTuple):
    """How a rule's step is taken.

    step, constants: see above.  corrected: the β whose corrections the constants need.
    units: the buffers that are kept as multiples of 1 − β, and which β that is.
    """

    step: Callable[..., Array]
    constants: Callable[[Any], Callable[..., Numbers]]
    corrected: tuple[str, ...] = ()
    units: Mapping[str, str] = {}

    def unit(self, rule: Any, name: str) -> float:
        """What one unit of the buffer is in the rule's."""
        return 1.0 - float(getattr(rule, self.units[name])) if name in self.units else 1.0


_BETAS = ("beta1", "beta2")
_UNITS = {"m": "beta1", "v": "beta2"}
IN_ORDER: dict[type, Plan] = {  # the rule's operations in the rule's order: the rule's bits
    SGD: Plan(_sgd, _sgd_constants),
    Momentum: Plan(_momentum, _momentum_constants),
    Adam: Plan(_adam, _adam_constants, _BETAS),
    AdamW: Plan(_adamw, _with_decay(_adam_constants), _BETAS),
}
FOLDED: dict[type, Plan] = IN_ORDER | {
    Adam: Plan(_folded_adam, _folded_adam_constants, _BETAS, _UNITS),
    AdamW: Plan(_folded_adamw, _with_decay(_folded_adam_constants), _BETAS, _UNITS),
}
