"""Mini-batch training: fit(model, optimizer, data, …) -> History."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.descend import broadcast_start
from optimlib.optimizers import Optimizer

Array = NDArray[np.floating]


class Model(Protocol):
    """What `fit` needs; theta has shape (*batch, dim)."""

    @property
    def dim(self) -> int: ...

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array: ...

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array: ...

    def accuracy(self, theta: ArrayLike, X: Array, y: Array) -> Array: ...


class Data(Protocol):
    """Inputs and labels, for training and for validation."""

    X: Array
    y: Array
    X_validation: Array
    y_validation: Array


@dataclass(frozen=True)
class History:
    """Losses in nats after each epoch, the state before training first; shapes (epochs + 1, *batch).

    theta: the final parameters, (*batch, dim).
    diverged_at: (*batch,) the step at which parameters or losses were first seen not to be finite, −1 for a finite
    run; losses are looked at after the last step of an epoch.
    """

    loss: Array
    validation_loss: Array
    validation_accuracy: Array
    theta: Array
    diverged_at: NDArray[np.intp]


def fit(
    model: Model,
    optimizer: Optimizer,
    data: Data,
    start: ArrayLike,
    epochs: int,
    batch_size: int,
    seed: int = 0,
) -> History:
    """Train `model` on `data` from `start`, shape (*batch, dim), reshuffling the samples in every epoch.

    batch_size: samples per gradient, at most the number of training samples; the last batch of an epoch may be
    smaller.  seed: of the shuffling; runs of one batch, and runs with equal seeds, see the same mini-batches.
    Hyper-parameters of shape (*batch,) give one run each. A run that diverges has NaN from then on.
    Raises TypeError or ValueError for bad arguments.
    """
    epochs = validate.count("epochs", epochs)
    n = len(data.y)
    if validate.count("batch_size", batch_size) > n:
        raise ValueError(f"batch_size must be at most the number of training samples, {n}, got {batch_size!r}")
    theta = broadcast_start(optimizer, start, model.dim)
    state = optimizer.init(theta.copy())
    rng = np.random.default_rng(seed)
    diverged_at = np.full(theta.shape[:-1], -1)
    curves = [_evaluate(model, data, theta)]
    t = 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(epochs):
            order = rng.permutation(n)
            for first in range(0, n, batch_size):
                rows = order[first : first + batch_size]
                step, state = optimizer.update(model.grad(theta, data.X[rows], data.y[rows]), state)
                theta = theta + step
                t += 1
                diverged_at[(diverged_at < 0) & ~np.isfinite(theta).all(-1)] = t
            scores = _evaluate(model, data, theta)
            diverged_at[(diverged_at < 0) & ~np.isfinite(scores).all(0)] = t
            curves.append(np.where(diverged_at < 0, scores, np.nan))
    loss, validation_loss, validation_accuracy = np.stack(curves, axis=1)
    return History(loss, validation_loss, validation_accuracy, theta, diverged_at)


def _evaluate(model: Model, data: Data, theta: Array) -> Array:
    """Training loss, validation loss, and validation accuracy, shape (3, *batch)."""
    return np.stack(
        [
            model.loss(theta, data.X, data.y),
            model.loss(theta, data.X_validation, data.y_validation),
            model.accuracy(theta, data.X_validation, data.y_validation),
        ]
    )
