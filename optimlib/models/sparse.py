"""Models that read few of their parameters for each sample: sparse logistic regression, matrix factorization.

Their inputs X are integers that say which. The gradient is a plain array (*batch, dim), zero wherever no sample of
the mini-batch points; `touched` names the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.models import losses

Array = NDArray[np.floating]
Index = NDArray[np.integer]


@dataclass(frozen=True)
class SparseLogisticRegression:
    """Logistic regression on features that are 0 or 1 and mostly 0: z = Σ_{j active} wⱼ + b.

    theta: (*batch, dim), the weights w (features,), then the bias b.
    Inputs X: integers (n, k), in each row the numbers of the active features, filled up with −1.  Labels y: 0 or 1.
    features: an integer ≥ 1.
    """

    features: int

    def __post_init__(self) -> None:
        validate.count("features", self.features)

    @property
    def dim(self) -> int:
        """Number of parameters: features + 1."""
        return self.features + 1

    def init(self) -> Array:
        """The start: all zeros, shape (dim,)."""
        return np.zeros(self.dim)

    def outputs(self, theta: ArrayLike, X: Index) -> Array:
        """Log-odds z, shape (*batch, n, 1)."""
        theta, X = validate.last_axis("theta", theta, self.dim), _indices("X", X, -1, self.features)
        active = np.take(theta[..., :-1], X, axis=-1)  # (*batch, n, k); −1 reads something, and is masked
        return (active * (X >= 0)).sum(-1, keepdims=True) + theta[..., None, -1:]

    def loss(self, theta: ArrayLike, X: Index, y: Array) -> Array:
        """Mean negative log-likelihood in nats, shape (*batch,)."""
        return losses.logistic(self.outputs(theta, X), y)

    def grad(self, theta: ArrayLike, X: Index, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        dz = losses.logistic_grad(self.outputs(theta, X), y)[..., 0]  # (*batch, n)
        rows, at = np.nonzero(np.asarray(X) >= 0)
        grad_w = _scatter(dz[..., rows, None], np.asarray(X)[rows, at], self.features)
        return np.concatenate([grad_w[..., 0], dz.sum(-1, keepdims=True)], axis=-1)

    def accuracy(self, theta: ArrayLike, X: Index, y: Array) -> Array:
        """Share of inputs with z > 0 where y is 1, z ≤ 0 where it is 0, shape (*batch,)."""
        return ((self.outputs(theta, X)[..., 0] > 0) == (np.asarray(y) == 1)).mean(-1)

    def touched(self, X: Index) -> Index:
        """The coordinates of theta that these inputs read, ascending; the bias is the last."""
        return np.append(np.unique(X[X >= 0]), self.features)


@dataclass(frozen=True)
class MatrixFactorization:
    """A table of low rank, y ≈ uᵢ · vⱼ, from some of its entries; the loss is the mean squared error.

    theta: (*batch, dim), the factors U (rows, rank) row by row, then V (columns, rank).
    Inputs X: integers (n, 2), the places (i, j).  Targets y: real numbers (n,).  Not convex: U = V = 0 is a saddle.
    rows, columns, rank: integers ≥ 1.  Y. Koren, R. Bell, C. Volinsky, Computer 42(8):30–37, 2009, without penalty.
    """

    rows: int
    columns: int
    rank: int

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "rank"):
            validate.count(name, getattr(self, name))

    @property
    def dim(self) -> int:
        """Number of parameters: (rows + columns) × rank."""
        return (self.rows + self.columns) * self.rank

    def init(self, seed: int = 0, scale: float = 0.1) -> Array:
        """Normal random numbers of that standard deviation, shape (dim,): zeros would stay on the saddle."""
        validate.non_negative("scale", scale)
        return scale * np.random.default_rng(seed).standard_normal(self.dim)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of U and V, as Muon and Shampoo want them."""
        return (self.rows, self.rank), (self.columns, self.rank)

    def views(self, theta: Array) -> tuple[Array, Array]:
        """U, shape (*batch, rows, rank), and V, shape (*batch, columns, rank): views of theta."""
        split = self.rows * self.rank
        return (
            theta[..., :split].reshape(*theta.shape[:-1], self.rows, self.rank),
            theta[..., split:].reshape(*theta.shape[:-1], self.columns, self.rank),
        )

    def outputs(self, theta: ArrayLike, X: Index) -> Array:
        """The entries uᵢ · vⱼ, shape (*batch, n, 1)."""
        u, v = self._factors(theta, X)
        return (u * v).sum(-1, keepdims=True)

    def loss(self, theta: ArrayLike, X: Index, y: Array) -> Array:
        """Mean squared error over the given entries, shape (*batch,)."""
        return losses.squared_error(self.outputs(theta, X), y)

    def grad(self, theta: ArrayLike, X: Index, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        u, v = self._factors(theta, X)
        dz = losses.squared_error_grad((u * v).sum(-1, keepdims=True), y)  # (*batch, n, 1)
        grad_U, grad_V = _scatter(dz * v, X[:, 0], self.rows), _scatter(dz * u, X[:, 1], self.columns)
        lead = dz.shape[:-2]
        return np.concatenate([grad_U.reshape(*lead, -1), grad_V.reshape(*lead, -1)], axis=-1)

    def touched(self, X: Index) -> Index:
        """The coordinates of theta that these inputs read, ascending."""
        rows = np.concatenate([np.unique(X[:, 0]), self.rows + np.unique(X[:, 1])])
        return (rows[:, None] * self.rank + np.arange(self.rank)).ravel()

    def _factors(self, theta: ArrayLike, X: Index) -> tuple[Array, Array]:
        U, V = self.views(validate.last_axis("theta", theta, self.dim))
        if np.shape(X)[1:] != (2,):
            raise ValueError(f"X must be integers of shape (n, 2), got shape {np.shape(X)}")
        i, j = _indices("X[:, 0]", X[:, 0], 0, self.rows), _indices("X[:, 1]", X[:, 1], 0, self.columns)
        return np.take(U, i, axis=-2), np.take(V, j, axis=-2)  # (*batch, n, rank) each


def _indices(name: str, value: ArrayLike, least: int, end: int) -> Index:
    index = np.asarray(value)
    if index.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers in [{least}, {end}), got dtype {index.dtype}")
    if index.size and (index.min() < least or index.max() >= end):
        raise ValueError(f"{name} must be integers in [{least}, {end}), got {index.min()} to {index.max()}")
    return index


def _scatter(values: Array, at: Index, length: int) -> Array:
    """Sum values (*batch, n, k) that share a place in `at` (n,), shape (*batch, length, k)."""
    total = np.zeros((*values.shape[:-2], length, values.shape[-1]), values.dtype)
    np.add.at(total, (..., at, slice(None)), values)  # type: ignore[arg-type]
    return total
