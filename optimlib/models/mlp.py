"""The multilayer perceptron with backpropagation written out, on one flat vector of weights."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from optimlib import validate
from optimlib.models import losses
from optimlib.models.layers import ACTIVATIONS, Array, Normalized, normalize, normalize_back, normalize_with

OUTPUTS = {  # what the last layer's numbers mean: the loss, and its gradient
    "softmax": (losses.cross_entropy, losses.cross_entropy_grad),
    "logistic": (losses.logistic, losses.logistic_grad),
    "linear": (losses.squared_error, losses.squared_error_grad),
}
SCHEMES = ("he", "xavier", "lecun", "normal", "constant")


class Layer(NamedTuple):
    """Views of one layer's weights: W (*batch, inputs, outputs), b and gain (*batch, 1, outputs); gain may be None."""

    W: Array
    b: Array
    gain: Array | None


class Trace(NamedTuple):
    """The signals of one pass through the hidden layers, the first layer first; each array is (*batch, n, width).

    h: their outputs.  dh: the gradient of the loss with respect to these.
    """

    h: list[Array]
    dh: list[Array]


class _Hidden(NamedTuple):
    """What one hidden layer keeps for the way back; mask is dropout's 0 or 1/(1 − p)."""

    h_in: Array
    norm: Normalized | None
    active: Array  # after the activation
    mask: Array | None
    h: Array  # what the next layer reads


@dataclass(frozen=True)
class MLP:
    """Layers h ← φ(h W + b); the last one is linear, and its outputs go into the loss.

    sizes: (features, hidden…, outputs), each ≥ 1.
    activation: φ: "relu", "leaky_relu" (slope 0.01), "elu", "tanh", "sigmoid", or "identity".
    output: "softmax" (cross-entropy, integer labels), "logistic" (one output, labels 0/1), or "linear" (mean squared
    error).  normalization: None, "batch", or "layer": φ(gain · norm(h W) + b).
    dropout: share p in [0, 1) of each hidden layer that is dropped in training, the rest divided by 1 − p.
    residual: c ≥ 0; h ← h + c φ(…) in layers as wide as their inputs; 0: nowhere.
    theta: (*batch, dim), of each layer W row by row, b, and the gain where it is normalized; computed in its dtype.

    As it stands, the model drops nothing and batch normalization takes the statistics of the inputs it is given.
    `training(key)` is the same model with one dropout mask, `evaluation(running)` with the statistics that `track` has
    averaged: no call changes anything, and grad is always the gradient of loss.
    Rumelhart, Hinton, Williams, Nature 323, 1986; Srivastava et al., JMLR 15, 2014; Ioffe, Szegedy, ICML 2015;
    Ba, Kiros, Hinton, arXiv:1607.06450; He et al., CVPR 2016.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    output: str = "softmax"
    normalization: str | None = None
    dropout: float = 0.0
    residual: float = 0.0
    _key: ArrayLike | None = field(default=None, repr=False, compare=False, kw_only=True)
    _running: Array | None = field(default=None, repr=False, compare=False, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, tuple) or len(self.sizes) < 2:
            raise TypeError(f"sizes must be a tuple (features, hidden…, outputs), got {self.sizes!r}")
        for size in self.sizes:
            validate.count("sizes", size)
        validate.one_of("activation", self.activation, ACTIVATIONS)
        validate.one_of("output", self.output, OUTPUTS)
        if self.normalization is not None:
            validate.one_of("normalization", self.normalization, ("batch", "layer"))
        validate.decay_rate("dropout", self.dropout)
        validate.non_negative("residual", self.residual)
        if self.output == "logistic" and self.sizes[-1] != 1:
            raise ValueError(f'sizes must end with 1 for output="logistic", got {self.sizes!r}')

    @cached_property
    def _slices(self) -> list[tuple[int, int, int, int, int, int]]:
        """Of each layer: inputs, outputs, where W, b, and the gain begin, and the end."""
        slices, at = [], 0
        for i, (m, n) in enumerate(pairwise(self.sizes)):
            b, gain = at + m * n, at + m * n + n
            end = gain + n if self.normalization and i < len(self.sizes) - 2 else gain
            slices.append((m, n, at, b, gain, end))
            at = end
        return slices

    @property
    def dim(self) -> int:
        """Number of parameters."""
        return self._slices[-1][-1]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of W, b, and gain of each layer in the order of theta, as Muon and Shampoo want them."""
        return tuple(
            shape for m, n, _, _, gain, end in self._slices for shape in [(m, n), (n,), (n,)][: 3 if end > gain else 2]
        )

    def views(self, theta: Array) -> list[Layer]:
        """The weights of each layer: views of theta."""
        lead = theta.shape[:-1]
        return [
            Layer(
                theta[..., at:b].reshape(*lead, m, n),
                theta[..., None, b:gain],
                theta[..., None, gain:end] if end > gain else None,
            )
            for m, n, at, b, gain, end in self._slices
        ]

    def init(self, seed: int = 0, scheme: str | None = None, scale: float = 1.0) -> Array:
        """Normal random weights, zero biases, gains of one; shape (dim,), float64.

        scheme: standard deviation of W with m inputs and n outputs: "he" √(2/m) (the default for the relu family),
        "xavier" √(2/(m + n)) (the default otherwise), "lecun" √(1/m), "normal" 1; or "constant": all weights are 1.
        scale: factor ≥ 0 on the weights.
        K. He et al., ICCV 2015, eq. (10); X. Glorot, Y. Bengio, AISTATS 2010, eq. (12).
        """
        default = "he" if self.activation in ("relu", "leaky_relu", "elu") else "xavier"
        scheme = default if scheme is None else validate.one_of("scheme", scheme, SCHEMES)
        validate.non_negative("scale", scale)
        theta, rng = np.zeros(self.dim), np.random.default_rng(seed)
        for W, _, gain in self.views(theta):
            m, n = W.shape
            std = {"he": 2.0 / m, "xavier": 2.0 / (m + n), "lecun": 1.0 / m}.get(scheme, 1.0) ** 0.5
            W[...] = scale * std * (1.0 if scheme == "constant" else rng.standard_normal((m, n)))
            if gain is not None:
                gain[...] = 1.0
        return theta

    def outputs(self, theta: ArrayLike, X: Array) -> Array:
        """The last layer's numbers, shape (*batch, n, outputs), for inputs X of shape (n, features)."""
        return self._forward(*self._checked(theta, X))[0]

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Mean loss, shape (*batch,)."""
        return OUTPUTS[self.output][0](self.outputs(theta, X), y)

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Gradient of `loss` by backpropagation, shape (*batch, dim)."""
        layers, X = self._checked(theta, X)
        z, hidden = self._forward(layers, X)
        return self._backward(layers, X, OUTPUTS[self.output][1](z, y), hidden)[0]

    def trace(self, theta: ArrayLike, X: Array, y: Array) -> Trace:
        """The hidden layers' outputs and the gradients with respect to them, from one forward and backward pass."""
        layers, X = self._checked(theta, X)
        z, hidden = self._forward(layers, X)
        dh = self._backward(layers, X, OUTPUTS[self.output][1](z, y), hidden)[1]
        return Trace([layer.h for layer in hidden], dh)

    def accuracy(self, theta: ArrayLike, X: Array, y: Array) -> Array:
        """Share of inputs that are put into the right class, shape (*batch,); NaN for output="linear"."""
        z = self.outputs(theta, X)
        if self.output == "linear":
            return np.full(z.shape[:-2], np.nan)
        best = z.argmax(-1) if self.output == "softmax" else z[..., 0] > 0
        return (best == np.asarray(y)).mean(-1)

    def training(self, key: ArrayLike) -> MLP:
        """The model with dropout at work: one mask, the same for all runs of a batch, drawn from `key`.

        key: an integer or several, the seed of the mask. Without dropout, the model itself.
        """
        return replace(self, _key=key) if self.dropout else self

    def evaluation(self, running: Array | None) -> MLP:
        """The model for prediction: no dropout, and batch normalization with the statistics `running`."""
        return replace(self, _key=None, _running=running) if self.dropout or running is not None else self

    def start_running(self, theta: Array) -> Array | None:
        """Statistics before the first `track`: means 0, variances 1, (*batch, 2 × hidden); None without batch norm."""
        if self.normalization != "batch":
            return None
        start = [np.repeat([0.0, 1.0], n) for n in self.sizes[1:-1]]
        return np.broadcast_to(np.concatenate([np.zeros(0), *start]).astype(theta.dtype), self._running_shape(theta))

    def track(self, running: Array, theta: ArrayLike, X: Array, momentum: float = 0.1) -> Array:
        """0.9 · running + 0.1 · the statistics of these inputs, in each layer n means, then n variances.

        Convention: variances over n − 1, and momentum on the new value, as in torch's BatchNorm1d; Keras and the paper
        weigh the old value with 0.99. Costs a forward pass.  ValueError for fewer than two samples.
        """
        layers, X = self._checked(theta, X)
        if len(X) < 2:
            raise ValueError(f"X must hold at least 2 samples for batch normalization, got {len(X)}")
        seen = [np.zeros((*layers[-1].W.shape[:-2], 0), X.dtype)]
        for layer in self._forward(layers, X)[1]:
            assert layer.norm is not None
            seen += [layer.norm.mean[..., 0, :], layer.norm.var[..., 0, :] * (len(X) / (len(X) - 1))]
        return (1.0 - momentum) * running + momentum * np.concatenate(seen, axis=-1)

    def _running_shape(self, theta: Array) -> tuple[int, ...]:
        return (*theta.shape[:-1], 2 * sum(self.sizes[1:-1]))

    def _checked(self, theta: ArrayLike, X: Array) -> tuple[list[Layer], Array]:
        """The layers of theta, and X in theta's dtype."""
        theta = validate.last_axis("theta", theta, self.dim)
        return self.views(theta), validate.last_axis("X", X, self.sizes[0]).astype(theta.dtype, copy=False)

    def _forward(self, layers: list[Layer], X: Array) -> tuple[Array, list[_Hidden]]:
        """The outputs z, and what each hidden layer keeps."""
        *inner, last = layers
        rng = None if self._key is None else np.random.default_rng(self._key)  # type: ignore[arg-type]
        h, hidden = X, []
        for i, layer in enumerate(inner):
            hidden.append(self._through(i, h, layer, rng))
            h = hidden[-1].h
        z = h @ last.W
        z += last.b
        return z, hidden

    def _through(self, i: int, h_in: Array, layer: Layer, rng: np.random.Generator | None) -> _Hidden:
        """Hidden layer i: product, normalization, activation, dropout, residual connection."""
        z, norm, mask = h_in @ layer.W, None, None
        if layer.gain is not None:
            norm = self._normalize(i, z)
            z = norm.standard * layer.gain
        z += layer.b
        h = active = ACTIVATIONS[self.activation].forward(z)
        if rng is not None:
            keep = 1.0 - self.dropout
            mask = (rng.random(h.shape[-2:]) < keep).astype(h.dtype) / keep
            h = h * mask
        if self._skips(i):
            h = h_in + self.residual * h
        return _Hidden(h_in, norm, active, mask, h)

    def _backward(self, layers: list[Layer], X: Array, dz: Array, hidden: list[_Hidden]) -> tuple[Array, list[Array]]:
        """The gradient, shape (*batch, dim), and the gradients with respect to the hidden layers' outputs."""
        *inner, last = layers
        grad = np.empty((*last.W.shape[:-2], self.dim), last.W.dtype)
        *inner_grad, last_grad = self.views(grad)
        np.matmul((hidden[-1].h if hidden else X).swapaxes(-1, -2), dz, out=last_grad.W)
        _sum_samples(dz, last_grad.b)
        signals: list[Array] = []
        below, d = last.W, dz  # the next product gives the gradient with respect to the layer's output
        skipped: Array | None = None
        for i in reversed(range(len(hidden))):
            layer, into, kept = inner[i], inner_grad[i], hidden[i]
            dh = d @ below.swapaxes(-1, -2)
            if skipped is not None:
                dh += skipped
            signals.append(dh)
            skipped = dh if self._skips(i) else None
            d = dh if skipped is None else self.residual * dh
            if kept.mask is not None:
                d = d * kept.mask
            d = ACTIVATIONS[self.activation].backward(d, kept.active)
            _sum_samples(d, into.b)
            if kept.norm is not None and layer.gain is not None and into.gain is not None:
                _sum_samples(d * kept.norm.standard, into.gain)
                d = self._normalize_back(d * layer.gain, kept.norm)
            np.matmul(kept.h_in.swapaxes(-1, -2), d, out=into.W)
            below = layer.W
        return grad, signals[::-1]

    def _skips(self, i: int) -> bool:
        return self.residual > 0 and self.sizes[i] == self.sizes[i + 1]

    def _normalize(self, i: int, z: Array) -> Normalized:
        if self.normalization == "layer":
            return normalize(z, -1)
        if self._running is None:
            return normalize(z, -2)
        n, at = self.sizes[i + 1], 2 * sum(self.sizes[1 : i + 1])
        return normalize_with(z, self._running[..., None, at : at + n], self._running[..., None, at + n : at + 2 * n])

    def _normalize_back(self, d: Array, norm: Normalized) -> Array:
        if self._running is not None:
            return d * norm.inverse_std  # the statistics are constants
        return normalize_back(d, norm, -1 if self.normalization == "layer" else -2)


def _sum_samples(x: Array, out: Array) -> None:
    """The sum over the samples, (*batch, n, width) to (*batch, 1, width): np.sum without its overhead."""
    np.add.reduce(x, axis=-2, keepdims=True, out=out)
