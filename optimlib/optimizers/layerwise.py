"""Rules that see signs, or the size of each layer: Lion, LARS, LAMB, Adafactor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.optimizers.adam import Adam
from optimlib.optimizers.rule import (
    Array,
    Shapes,
    State,
    check_shapes,
    column,
    flatten,
    layers,
    norm,
    rate,
    rms,
    same_as_theta,
    view,
    zeros,
)
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class Lion:
    """Every coordinate moves by η, in the direction of the sign of an average; a second average remembers.

    cₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ,  θₜ = θₜ₋₁ − η (sign cₜ + λ θₜ₋₁),  mₜ = β₂ mₜ₋₁ + (1 − β₂) gₜ,  m₀ = 0.
    Convention: the paper's, as in Keras and optax; λ is multiplied by η. torch has no Lion.
    lr: η > 0.  beta1, beta2: in [0, 1).  weight_decay: λ ≥ 0.  Reads theta.  State: t, m (*batch, d).
    X. Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023, Algorithm 2.
    """

    lr: Rate = 1e-4
    beta1: Hyper = 0.9
    beta2: Hyper = 0.99
    weight_decay: Hyper = 0.0

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta1", self.beta1)
        validate.decay_rate("beta2", self.beta2)
        validate.non_negative("weight_decay", self.weight_decay)

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta)}

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        c = beta1 * state["m"] + (1.0 - beta1) * grad
        m = beta2 * state["m"] + (1.0 - beta2) * grad
        return -rate(self.lr, t, grad) * (np.sign(c) + column(self.weight_decay, grad) * theta), {"t": t, "m": m}


@dataclass(frozen=True)
class LARS:
    """The heavy ball with a rate for each layer, so that every layer moves by a like share of its own size.

    rₗ = ζ ‖θₗ‖ / (‖gₗ‖ + λ‖θₗ‖) for layer l,  uₜ = β uₜ₋₁ + η rₗ (gₜ + λ θₜ₋₁),  θₜ = θₜ₋₁ − uₜ,  u₀ = 0.
    Convention: η inside the buffer and a sum of norms below, as in the paper; optax has ‖gₗ + λ θₗ‖ below. rₗ = 1
    where a norm is 0, as in optax: by the paper a layer that starts at 0 never moves.
    lr: η > 0.  beta: β in [0, 1).  weight_decay: λ ≥ 0.  trust: ζ > 0 (0.001: the paper).
    shapes: of the layers, in theta's order (None: one layer).  Reads theta.  State: t, u (*batch, d).
    Y. You, I. Gitman, B. Ginsburg, Large Batch Training of Convolutional Networks, arXiv:1708.03888, Algorithm 1.
    """

    lr: Rate = 1.0
    beta: Hyper = 0.9
    weight_decay: Hyper = 0.0
    trust: Hyper = 0.001
    shapes: Shapes = None

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)
        validate.non_negative("weight_decay", self.weight_decay)
        validate.positive("trust", self.trust)
        check_shapes(self.shapes)

    def init(self, theta: Array) -> State:
        layers(self.shapes, theta)
        return {"t": 0, "u": zeros(theta)}

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:
        validate.same_shape(grad, state["u"], "u")
        t = state["t"] + 1
        decay = column(self.weight_decay, grad)
        scaled = []
        for where, _ in layers(self.shapes, theta):
            size, slope = norm(theta[..., where]), norm(grad[..., where])
            r = ratio(column(self.trust, grad) * size, slope + decay * size, (size > 0.0) & (slope > 0.0))
            scaled.append(r * (grad[..., where] + decay * theta[..., where]))
        step = rate(self.lr, t, grad) * flatten(scaled, grad.shape[:-1])
        u = column(self.beta, grad) * state["u"] + step
        return -u, {"t": t, "u": u}


@dataclass(frozen=True)
class LAMB(Adam):
    """Adam's direction, rescaled so that every layer moves by η times its own norm.

    r = m̂ₜ / (√v̂ₜ + ε) + λ θₜ₋₁,  θₗ ← θₗ − η (‖θₗ‖ / ‖rₗ‖) rₗ for each layer l; the ratio is 1 where a norm is 0.
    Convention: φ is the identity, as in optax; Keras adds the decay outside the ratio.
    Hyperparameters as Adam's, and  weight_decay: λ ≥ 0 (0.01: the paper's BERT).  eps: (1e-6: the paper).
    shapes: of the layers, in theta's order (None: one layer).  Reads theta.  State: as Adam's.
    Y. You et al., Large Batch Optimization for Deep Learning: Training BERT in 76 minutes, ICLR 2020, Algorithm 2.
    """

    eps: Hyper = 1e-6
    weight_decay: Hyper = 0.01
    shapes: Shapes = None

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.non_negative("weight_decay", self.weight_decay)
        check_shapes(self.shapes)

    def init(self, theta: Array) -> State:
        layers(self.shapes, theta)
        return super().init(theta)

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:  # type: ignore[override]
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat, v_hat = m / (1.0 - beta1_t), v / (1.0 - beta2_t)
        r = m_hat / (np.sqrt(v_hat) + column(self.eps, grad)) + column(self.weight_decay, grad) * theta
        scaled = []
        for where, _ in layers(self.shapes, theta):
            size, length = norm(theta[..., where]), norm(r[..., where])
            scaled.append(ratio(size, length, (size > 0.0) & (length > 0.0)) * r[..., where])
        step = -rate(self.lr, t, grad) * flatten(scaled, grad.shape[:-1])
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}


@dataclass(frozen=True)
class Adafactor:
    """Adam's second moment in the memory of a row and a column; a step relative to the size of the weights.

    For a matrix layer, with b = 1 − t^(−c):  Rₜ = b Rₜ₋₁ + (1 − b) row means of G² + ε₁,  Cₜ likewise of columns,
    V = Rₜ Cₜᵀ / mean Rₜ;  for a vector  Vₜ = b Vₜ₋₁ + (1 − b)(g² + ε₁).
    U = G/√V,  θₗ ← θₗ − max(ε₂, rms θₗ) ρₜ U / max(1, rms(U)/d),  ρₜ = min(η, 1/√t).
    Convention: means in place of the paper's sums (V is the same), as in torch, Keras, and optax; torch clamps V in
    place of adding ε₁. t^(−c) takes a power: twins agree to rounding only.
    lr: η > 0.  eps1: ε₁ > 0.  eps2: ε₂ > 0.  d: > 0.  decay: c > 0, one number.  Defaults: the paper's.
    shapes: of the layers, in theta's order (None: one vector).  Reads theta.  State: t, R0, C0 or V0, R1, … by layer.
    N. Shazeer and M. Stern, Adafactor, ICML 2018, Algorithms 4 and 5 (no momentum, as there).
    """

    lr: Rate = 0.01
    eps1: Hyper = 1e-30
    eps2: Hyper = 1e-3
    d: Hyper = 1.0
    decay: float = 0.8
    shapes: Shapes = None

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        for name in ("eps1", "eps2", "d", "decay"):
            validate.positive(name, getattr(self, name))
        if np.ndim(self.decay):
            raise ValueError(f"decay must be one number, the same for all runs, got {self.decay!r}")
        check_shapes(self.shapes)

    def init(self, theta: Array) -> State:
        batch = zeros(theta).shape[:-1]
        state: State = {"t": 0}
        for i, (_, shape) in enumerate(layers(self.shapes, theta)):
            for name, n in zip("RC" if len(shape) == 2 else "V", shape, strict=True):
                state[f"{name}{i}"] = np.zeros((*batch, n), theta.dtype)  # (*batch, rows), (*batch, columns)
        return state

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:
        same_as_theta(grad, theta)
        t = state["t"] + 1
        new: State = {"t": t}
        b = 1.0 - float(t) ** -self.decay
        rho = np.minimum(rate(self.lr, t, grad), 1.0 / np.sqrt(t)).astype(grad.dtype)
        steps = []
        for i, layer in enumerate(layers(self.shapes, theta)):
            G = view(grad, layer)
            G2 = G * G + column(self.eps1, grad, len(layer[1]))
            if G.ndim == grad.ndim:
                V = new[f"V{i}"] = b * state[f"V{i}"] + (1.0 - b) * G2
            else:
                R = new[f"R{i}"] = b * state[f"R{i}"] + (1.0 - b) * G2.mean(-1)
                C = new[f"C{i}"] = b * state[f"C{i}"] + (1.0 - b) * G2.mean(-2)
                V = (R / R.mean(-1, keepdims=True))[..., :, None] * C[..., None, :]
            U = (G / np.sqrt(V)).reshape(*grad.shape[:-1], -1)
            size = np.maximum(column(self.eps2, grad), rms(theta[..., layer[0]]))
            steps.append(-size * rho * U / np.maximum(1.0, rms(U) / column(self.d, grad)))
        return flatten(steps, grad.shape[:-1]), new


def ratio(above: Array, below: Array, ok: NDArray[np.bool_]) -> Array:
    """above / below where ok, and 1 elsewhere: without a division by zero."""
    return np.where(ok, above, 1.0) / np.where(ok, below, 1.0)
