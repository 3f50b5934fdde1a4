"""What every update rule has in common: the protocol, and helpers for shapes and for layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.validate import Hyper, Rate

Array = NDArray[np.floating]
State = dict[str, Any]
Shapes = Sequence[tuple[int, ...]] | None
Layer = tuple[slice, tuple[int, ...]]


class Optimizer(Protocol):
    """What `descend` and `fit` need. Beside the two methods a rule may have

    reads: a tuple of names out of "theta" (the parameters, (*batch, d)) and "objective" (the function being
        minimized); then update is called with these as further keyword arguments.
    evaluated(theta, state): the point whose loss counts, (*batch, d), for rules that take gradients elsewhere
        (schedule-free rules, Lookahead). `descend` and `fit` keep stepping theta, and report this point.

    The state is a flat dict of arrays and Python numbers: np.savez(file, **state) keeps it, and on the way back
    zero-dimensional arrays become numbers again by `.item()`.

    Rules of second order ask the objective for more than `value` and `grad`:
    hessian: a method theta -> (*batch, d, d), or a constant array (d, d) (Newton).
    residuals(theta) -> (*batch, n) and jacobian(theta) -> (*batch, n, d), of an objective that is a multiple of the
        sum of squared residuals (GaussNewton).
    """

    def init(self, theta: Array) -> State: ...

    def update(self, grad: Array, state: State) -> tuple[Array, State]: ...


def zeros(theta: Array) -> Array:
    """A buffer of zeros like theta, shape (*batch, d)."""
    return np.zeros_like(validate.parameters("theta", theta))


def same_as_theta(grad: Array, theta: Array) -> None:
    """The gradient has the shape of theta; for rules whose state has no buffer of that shape."""
    if np.shape(grad) != np.shape(theta):
        raise ValueError(f"grad must have the shape of theta, {np.shape(theta)}, got shape {np.shape(grad)}")


def column(hyper: Hyper, like: Array, axes: int = 1) -> Any:
    """A hyperparameter ready to multiply arrays of shape (*batch, d): (*batch,) becomes (*batch, 1).

    axes: how many axes follow *batch, 2 for stacks of matrices.
    """
    if type(hyper) is float:  # the usual case, first; a Python float keeps float32 arrays float32, a NumPy one does not
        return hyper
    if np.ndim(hyper) == 0:
        return float(hyper)
    return np.asarray(hyper, dtype=like.dtype)[(..., *(None,) * axes)]


def rate(lr: Rate, t: int, like: Array) -> Any:
    """The learning rate of step t, ready to multiply arrays of shape (*batch, d)."""
    return column(lr(t) if callable(lr) else lr, like)


def norm(x: Array) -> Array:
    """The Euclidean norm over the last axis, kept: (*batch, n) -> (*batch, 1)."""
    return np.sqrt((x * x).sum(-1, keepdims=True))


def rms(x: Array) -> Array:
    """The root mean square over the last axis, kept: (*batch, n) -> (*batch, 1)."""
    return np.sqrt((x * x).mean(-1, keepdims=True))


def check_shapes(shapes: Shapes) -> None:
    """None, or the shapes of the layers in the order of theta: vectors (n,) and matrices (m, n)."""
    expected = "None or a sequence of shapes (n,) or (m, n) of integers >= 1"
    if shapes is None:
        return
    try:
        found = [tuple(shape) for shape in shapes]
    except TypeError as error:
        raise TypeError(f"shapes must be {expected}, got {shapes!r}") from error
    if any(isinstance(n, bool) or not isinstance(n, int | np.integer) for shape in found for n in shape):
        raise TypeError(f"shapes must be {expected}, got {shapes!r}")
    if not found or any(len(shape) not in (1, 2) or min(shape) < 1 for shape in found):
        raise ValueError(f"shapes must be {expected}, got {shapes!r}")


def layers(shapes: Shapes, theta: Array) -> list[Layer]:
    """Where each layer stands in the last axis of theta, and its shape; without `shapes` all of theta is one vector."""
    d = np.shape(theta)[-1]
    found = [(d,)] if shapes is None else [tuple(shape) for shape in shapes]
    ends = np.cumsum([0, *(prod(shape) for shape in found)]).tolist()
    if ends[-1] != d:
        raise ValueError(f"shapes must have {d} numbers in all, as many as theta, got {ends[-1]}: {shapes!r}")
    return [(slice(start, end), shape) for start, end, shape in zip(ends, ends[1:], found, strict=False)]


def view(flat: Array, layer: Layer) -> Array:
    """The layer as a view of the flat array: (*batch, d) -> (*batch, *shape)."""
    where, shape = layer
    return flat[..., where].reshape(*flat.shape[:-1], *shape)


def flatten(parts: Sequence[Array], batch: tuple[int, ...]) -> Array:
    """The layers, (*batch, *shape) each, as one flat array (*batch, d)."""
    return np.concatenate([part.reshape(*batch, -1) for part in parts], axis=-1)
