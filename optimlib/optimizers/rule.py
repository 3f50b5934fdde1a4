"""What every update rule has in common: the protocol, and three helpers for shapes."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.validate import Hyper, Rate

Array = NDArray[np.floating]
State = dict[str, Any]


class Optimizer(Protocol):
    """What `descend` and `fit` need.

    A rule that needs more than the gradient says so in a class attribute `reads`, a tuple of names out of
    "theta" (the parameters, *batch + (d,)) and "objective" (the function being minimized); then update is called
    with these as further keyword arguments.
    """

    def init(self, theta: Array) -> State: ...

    def update(self, grad: Array, state: State) -> tuple[Array, State]: ...


def zeros(theta: Array) -> Array:
    """A buffer of zeros like theta, shape (*batch, d)."""
    return np.zeros_like(validate.parameters("theta", theta))


def column(hyper: Hyper, like: Array) -> Any:
    """A hyper-parameter ready to multiply arrays of shape (*batch, d): (*batch,) becomes (*batch, 1)."""
    if np.ndim(hyper) == 0:
        return float(hyper)  # a Python float keeps float32 arrays float32
    return np.asarray(hyper, dtype=like.dtype)[..., None]


def rate(lr: Rate, t: int, like: Array) -> Any:
    """The learning rate of step t, ready to multiply arrays of shape (*batch, d)."""
    return column(lr(t) if callable(lr) else lr, like)
