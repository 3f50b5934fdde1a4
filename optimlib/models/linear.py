"""Models whose outputs are linear in the inputs: linear, logistic, and softmax regression. Their losses are convex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.models import losses

Array = NDArray[np.floating]


@dataclass(frozen=True)
class LinearRegression:
    """Linear regression z = X w + b with the mean squared error (no factor ½) as its loss.

    theta: (*batch, dim), the weights w (features,), then the bias b where there is one.
    features: an integer ≥ 1.  bias: whether there is a b.  Targets y: real numbers, shape (n,).
    """

    features: int
    bias: bool = True

    def __post_init__(self) -> None:
        validate.count("features", self.features)

    @property
    def dim(self) -> int:
        """Number of parameters."""
        return self.features + bool(self.bias)

    def init(self) -> Array:
        """The start: all zeros, shape (dim,)."""
        return np.zeros(self.dim)

    def views(self, theta: Array) -> tuple[Array, Array]:
        """w, shape (*batch, features, 1), and b, shape (*batch, 1, 1 or 0): views of theta."""
        return theta[..., : self.features, None], theta[..., None, self.features :]

    def outputs(self, theta: ArrayLike, X: Array) -> Array:
        """Predictions z, shape (*batch, n, 1), for inputs X of shape (n, features)."""
        w, b = self.views(validate.last_axis("theta", theta, self.dim))
        z = validate.last_axis("X", X, self.features) @ w
        return z + b if self.bias else z

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Mean squared error, shape (*batch,)."""
        return losses.squared_error(self.outputs(theta, X), y)

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        return _pull_back(X, losses.squared_error_grad(self.outputs(theta, X), y), self.bias)

    def hessian(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Second derivatives of `loss`, 2 XᵀX/n with a column of ones for the bias, shape (*batch, dim, dim)."""
        theta = validate.last_axis("theta", theta, self.dim)
        A = _with_ones(X) if self.bias else X
        return np.broadcast_to(2.0 / len(X) * (A.T @ A), (*theta.shape, self.dim)).copy()


@dataclass(frozen=True)
class LogisticRegression:
    """Logistic regression, P(y = 1) = σ(X w + b), with the mean negative log-likelihood as its loss.

    theta: (*batch, dim), the weights w (features,), then the bias b.
    features: an integer ≥ 1.  Labels y: 0 or 1, shape (n,).
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

    def views(self, theta: Array) -> tuple[Array, Array]:
        """w, shape (*batch, features, 1), and b, shape (*batch, 1, 1): views of theta."""
        return theta[..., : self.features, None], theta[..., None, self.features :]

    def outputs(self, theta: ArrayLike, X: Array) -> Array:
        """Log-odds z = X w + b, shape (*batch, n, 1), for inputs X of shape (n, features)."""
        w, b = self.views(validate.last_axis("theta", theta, self.dim))
        return validate.last_axis("X", X, self.features) @ w + b

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Mean negative log-likelihood in nats, shape (*batch,)."""
        return losses.logistic(self.outputs(theta, X), y)

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        return _pull_back(X, losses.logistic_grad(self.outputs(theta, X), y))

    def hessian(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Second derivatives of `loss`, Aᵀ diag(p (1 − p)) A/n with A = (X, 1), shape (*batch, dim, dim)."""
        p, A = losses.sigmoid(self.outputs(theta, X)), _with_ones(X)
        return A.T @ (p * (1.0 - p) * A) / len(A)

    def accuracy(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Share of inputs with z > 0 where y is 1, z ≤ 0 where it is 0, shape (*batch,)."""
        return ((self.outputs(theta, X)[..., 0] > 0) == (np.asarray(y) == 1)).mean(-1)


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

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of W and b, as Muon and Shampoo want them."""
        return (self.features, self.classes), (self.classes,)

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
        return losses.cross_entropy(self.logits(theta, X), y)

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Gradient of `loss`, shape (*batch, dim)."""
        return _pull_back(X, losses.cross_entropy_grad(self.logits(theta, X), y))

    def accuracy(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Share of inputs whose largest score is that of the label, shape (*batch,)."""
        return (self.logits(theta, X).argmax(-1) == y).mean(-1)


def _pull_back(X: Array, dz: Array, bias: bool = True) -> Array:
    """From dz, shape (*batch, n, k), to the gradient for (W row by row, b), shape (*batch, dim)."""
    grad_W = np.swapaxes(X, -1, -2) @ dz  # (*batch, features, k)
    flat = grad_W.reshape(*grad_W.shape[:-2], -1)
    return np.concatenate([flat, dz.sum(-2)], axis=-1) if bias else flat


def _with_ones(X: Array) -> Array:
    return np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)
