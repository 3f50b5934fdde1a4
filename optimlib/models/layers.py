"""What a hidden layer does between its matrix product and the next: activations, normalization, and their ways back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
EPS = 1e-5  # added to variances, as in torch


class Activation(NamedTuple):
    """forward(z) -> h and backward(dh, h) -> dz, both for arrays of any shape; z may be overwritten.

    Every activation here has a slope that its own output tells, so that the way back needs h alone.
    """

    forward: Callable[[Array], Array]
    backward: Callable[[Array, Array], Array]


def _relu(z: Array) -> Array:
    return np.maximum(z, 0.0, out=z)


def _relu_back(dh: Array, h: Array) -> Array:
    # The slope at 0 is taken to be 0, as in torch. A product, for np.where branches, and no processor foresees how.
    return dh * (h > 0.0)


def _leaky(z: Array) -> Array:
    return np.maximum(z, 0.01 * z, out=z)


def _leaky_back(dh: Array, h: Array) -> Array:
    return np.where(h > 0.0, dh, 0.01 * dh)


def _tanh(z: Array) -> Array:
    return np.tanh(z, out=z)


def _tanh_back(dh: Array, h: Array) -> Array:
    return dh * (1.0 - h * h)


def _sigmoid(z: Array) -> Array:
    np.multiply(z, 0.5, out=z)  # σ(z) = ½ (1 + tanh ½z) overflows for no z
    np.tanh(z, out=z)
    z += 1.0
    z *= 0.5
    return z


def _sigmoid_back(dh: Array, h: Array) -> Array:
    return dh * (h * (1.0 - h))


def _elu(z: Array) -> Array:
    return np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0)))


def _elu_back(dh: Array, h: Array) -> Array:
    return np.where(h > 0.0, dh, dh * (h + 1.0))


def _identity(z: Array) -> Array:
    return z


def _identity_back(dh: Array, h: Array) -> Array:
    return dh


ACTIVATIONS = {
    "identity": Activation(_identity, _identity_back),
    "relu": Activation(_relu, _relu_back),
    "leaky_relu": Activation(_leaky, _leaky_back),
    "elu": Activation(_elu, _elu_back),
    "tanh": Activation(_tanh, _tanh_back),
    "sigmoid": Activation(_sigmoid, _sigmoid_back),
}


class Normalized(NamedTuple):
    """standard: z with mean 0 and variance 1 along the axis.  inverse_std: 1/√(var + ε).  mean, var: of z."""

    standard: Array
    inverse_std: Array
    mean: Array
    var: Array


def normalize(z: Array, axis: int) -> Normalized:
    """Standardize along `axis` of (*batch, n, width): −2 is batch normalization, −1 layer normalization."""
    mean = z.mean(axis, keepdims=True)
    centered = z - mean
    var = (centered * centered).mean(axis, keepdims=True)
    inverse_std = 1.0 / np.sqrt(var + EPS)
    return Normalized(centered * inverse_std, inverse_std, mean, var)


def normalize_with(z: Array, mean: Array, var: Array) -> Normalized:
    """Standardize with given statistics, as batch normalization does outside of training."""
    inverse_std = 1.0 / np.sqrt(var + EPS)
    return Normalized((z - mean) * inverse_std, inverse_std, mean, var)


def normalize_back(d: Array, norm: Normalized, axis: int) -> Array:
    """The way back through `normalize`: the mean and the variance depend on z too."""
    standard = norm.standard
    shared = d.mean(axis, keepdims=True) + standard * (d * standard).mean(axis, keepdims=True)
    return (d - shared) * norm.inverse_std
