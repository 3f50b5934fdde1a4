"""Losses as pure functions of a model's outputs z: the mean over samples, and its gradient with respect to z.

Each comes as loss(z, y), shape (*batch,), and loss_grad(z, y), of z's shape.
ValueError for targets y of another shape or range: NumPy would broadcast (n, 1) against (n,) in silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def squared_error(z: Array, y: ArrayLike) -> Array:
    """Mean of (z − y)² over samples and outputs, for z (*batch, n, k) and y (n, k), or (n,) where k = 1.

    Convention: no factor ½, as in torch's MSELoss and Keras; the gradient has the factor 2.
    """
    r = z - _targets(z, y)
    return (r * r).mean((-2, -1))


def squared_error_grad(z: Array, y: ArrayLike) -> Array:
    """2 (z − y)/(n k)."""
    r = z - _targets(z, y)
    return r * (2.0 / (r.shape[-2] * r.shape[-1]))


def logistic(z: Array, y: ArrayLike) -> Array:
    """Mean of log(1 + e^z) − y z in nats, for z (*batch, n, 1) and labels y (n,) that are 0 or 1."""
    z, y = z[..., 0], _binary(z, y)
    return (_softplus(z) - y * z).mean(-1)


def logistic_grad(z: Array, y: ArrayLike) -> Array:
    """(σ(z) − y)/n."""
    return (sigmoid(z) - _binary(z, y)[:, None]) / z.shape[-2]


def cross_entropy(z: Array, y: ArrayLike) -> Array:
    """Mean of log Σₖ e^zₖ − z_y in nats, for scores z (*batch, n, classes) and integer labels y (n,)."""
    y = _labels(z, y)
    picked = z[..., np.arange(len(y)), y]  # (*batch, n)
    return (_log_sum_exp(z) - picked).mean(-1)


def cross_entropy_grad(z: Array, y: ArrayLike) -> Array:
    """(softmax(z) − onehot(y))/n."""
    y = _labels(z, y)
    p = z - z.max(-1, keepdims=True)  # keeps exp from overflowing
    np.exp(p, out=p)  # (*batch, n, classes)
    p /= p.sum(-1, keepdims=True) * len(y)
    p[..., np.arange(len(y)), y] -= 1.0 / len(y)
    return p


def sigmoid(z: Array) -> Array:
    """1/(1 + e^−z), without overflow for any z."""
    e = np.exp(-abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0.0) + np.log1p(np.exp(-abs(z)))


def _log_sum_exp(z: Array) -> Array:
    """Over the classes, shape (*batch, n). They come first here: NumPy is slow along a short last axis."""
    e = np.array(z.swapaxes(-1, -2), order="C")
    top = e.max(-2, keepdims=True)  # keeps exp from overflowing
    e -= top
    np.exp(e, out=e)
    return (top + np.log(e.sum(-2, keepdims=True)))[..., 0, :]


def _targets(z: Array, y: ArrayLike) -> Array:
    y, (n, k) = np.asarray(y), z.shape[-2:]
    if y.dtype.kind not in "iuf" or y.shape not in ({(n, k), (n,)} if k == 1 else {(n, k)}):
        raise ValueError(f"y must be real numbers of shape ({n}, {k}), got {y.dtype} of shape {y.shape}")
    return y.reshape(n, k).astype(z.dtype, copy=False)


def _binary(z: Array, y: ArrayLike) -> Array:
    y, n = np.asarray(y), z.shape[-2]
    if y.shape != (n,) or not ((y == 0) | (y == 1)).all():
        raise ValueError(f"y must be labels 0 or 1 of shape ({n},), got {y.dtype} of shape {y.shape}")
    return y.astype(z.dtype)


def _labels(z: Array, y: ArrayLike) -> NDArray[np.intp]:
    n, classes = z.shape[-2:]
    y = np.asarray(y)
    if y.shape != (n,) or y.dtype.kind not in "iu":
        raise ValueError(f"y must be integers of shape ({n},), got {y.dtype} of shape {y.shape}")
    if y.size and y.astype(np.uint64, copy=False).max() >= classes:  # unsigned, a negative label is a very large one
        raise ValueError(f"y must be in [0, {classes}), got values from {y.min()} to {y.max()}")
    return y.astype(np.intp, copy=False)
