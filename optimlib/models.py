"""Models with hand-written gradients; all weights live in one flat vector, with a view per layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate

Array = NDArray[np.floating]


@dataclass(frozen=True)
class SoftmaxRegression:
    """Softmax (multinomial logistic) regression with the mean cross-entropy as its loss.

    theta: (*batch, dim), the weights W (features, classes) row by row, then the biases b (classes,).
    features, classes: integers ≥ 1 and ≥ 2; ValueError/TypeError otherwise.
    """

    features: int
    classes: int

    def __post_init__(self) -> None:
        validate.count("features", self.features)
        validate.count("classes", self.classes, least=2)

    @property
    def dim(self) -> int:
        """Number of parameters: features × classes + classes."""
        return (self.features + 1) * self.classes

    def init(self) -> Array:
        """The start: all zeros, shape (dim,). The loss is convex, so no symmetry has to be broken."""
        return np.zeros(self.dim)

    def views(self, theta: Array) -> tuple[Array, Array]:
        """W, shape (*batch, features, classes), and b, shape (*batch, 1, classes): views of theta."""
        split = self.features * self.classes
        W = theta[..., :split].reshape(*theta.shape[:-1], self.features, self.classes)
        return W, theta[..., None, split:]

    def logits(self, theta: ArrayLike, X: Array) -> Array:
        """Scores X W + b, shape (*batch, n, classes), for inputs X of shape (n, features)."""
        theta = validate.last_axis("theta", theta, self.dim)
        W, b = self.views(theta)
        return validate.last_axis("X", X, self.features) @ W + b

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Mean cross-entropy in nats, shape (*batch,), for integer labels y of shape (n,)."""
        z = self.logits(theta, X)
        picked = z[..., np.arange(len(y)), _labels(y, z)]  # (*batch, n)
        return (_log_sum_exp(z)[..., 0] - picked).mean(-1)

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        z = self.logits(theta, X)
        p = np.exp(z - _log_sum_exp(z))  # (*batch, n, classes)
        p[..., np.arange(len(y)), _labels(y, z)] -= 1.0
        p /= len(y)
        grad_W = np.swapaxes(X, -1, -2) @ p  # (*batch, features, classes)
        return np.concatenate([grad_W.reshape(*grad_W.shape[:-2], -1), p.sum(-2)], axis=-1)

    def accuracy(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Share of inputs whose largest score is that of the label, shape (*batch,)."""
        return (self.logits(theta, X).argmax(-1) == y).mean(-1)


def _labels(y: Array, z: Array) -> NDArray[np.intp]:
    n, classes = z.shape[-2:]
    y = np.asarray(y)
    if y.shape != (n,) or y.dtype.kind not in "iu":
        raise ValueError(f"y must be integers of shape ({n},), got {y.dtype} of shape {y.shape}")
    if y.size and (y.min() < 0 or y.max() >= classes):
        raise ValueError(f"y must be in [0, {classes}), got values from {y.min()} to {y.max()}")
    return y.astype(np.intp)


def _log_sum_exp(z: Array) -> Array:
    top = z.max(-1, keepdims=True)  # keeps exp from overflowing
    return top + np.log(np.exp(z - top).sum(-1, keepdims=True))
