"""Rules that treat a layer's weights as a matrix: Muon, Shampoo, SOAP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimlib import validate
from optimlib.optimizers.adam import Adam
from optimlib.optimizers.rule import Array, Shapes, State, check_shapes, column, flatten, layers, rate, view, zeros
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class Muon:
    """Momentum, orthogonalized: every singular value of a matrix layer's step becomes about 1.

    Bₜ = β Bₜ₋₁ + Gₜ,  Oₜ = NewtonSchulz(Gₜ + β Bₜ),  Wₜ = Wₜ₋₁ − η √max(1, n/m) Oₜ for W of shape (m, n).
    Vectors (biases) get a rule of their own, `vectors`.
    Convention: W maps rows of inputs (…, m) to outputs (…, n), as in Keras and optax; torch stores Wᵀ, so that its
    factor reads √max(1, rows/columns). torch iterates in bfloat16.
    shapes: of the layers, in theta's order, at least one matrix.  lr: η > 0.  beta: β in [0, 1).  eps: > 0.
    newton_schulz: iterations ≥ 1.  vectors: a rule that reads the gradient alone, with its own rate.
    State: t, B (*batch, d), and that of `vectors` with names vectors_….
    K. Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024 (blog post).
    """

    shapes: Shapes = None
    lr: Rate = 0.02
    beta: Hyper = 0.95
    eps: Hyper = 1e-7
    newton_schulz: int = 5
    vectors: Any = field(default_factory=lambda: Adam(lr=3e-4))

    def __post_init__(self) -> None:
        check_shapes(self.shapes)
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)
        validate.positive("eps", self.eps)
        validate.count("newton_schulz", self.newton_schulz)
        if not hasattr(self.vectors, "update") or len(getattr(self.vectors, "reads", ())) > 0:
            raise TypeError(f"vectors must be a rule that reads the gradient alone, got {self.vectors!r}")

    def init(self, theta: Array) -> State:
        B = zeros(theta)
        if all(len(shape) == 1 for _, shape in layers(self.shapes, theta)):
            raise ValueError(f"shapes must have at least one matrix (m, n), got {self.shapes!r}")
        inner = self.vectors.init(theta[..., self._vectors(theta)])
        return {"t": 0, "B": B, **{f"vectors_{name}": value for name, value in inner.items()}}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["B"], "B")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        B = beta * state["B"] + grad
        ahead = grad + beta * B
        step = np.empty_like(grad)
        for layer in layers(self.shapes, grad):
            if len(layer[1]) == 2:
                m, n = layer[1]
                O = orthogonalize(view(ahead, layer), self.newton_schulz, column(self.eps, grad, 2))  # noqa: E741
                step[..., layer[0]] = (max(1.0, n / m) ** 0.5 * O).reshape(*grad.shape[:-1], m * n)
        step *= -rate(self.lr, t, grad)
        where = self._vectors(grad)
        inner = {name.removeprefix("vectors_"): state[name] for name in state if name.startswith("vectors_")}
        step[..., where], inner = self.vectors.update(grad[..., where], inner)
        return step, {"t": t, "B": B, **{f"vectors_{name}": value for name, value in inner.items()}}

    def _vectors(self, theta: Array) -> Any:
        """Indices of the entries of theta that stand in vectors."""
        found = [np.arange(where.start, where.stop) for where, shape in layers(self.shapes, theta) if len(shape) == 1]
        return np.concatenate([np.arange(0), *found])


def orthogonalize(G: Array, iterations: int = 5, eps: Any = 1e-7) -> Array:
    """U Vᵀ of G = U Σ Vᵀ, roughly: Newton–Schulz iterations X ← a X + (b A + c A²) X, A = X Xᵀ, shape (*batch, m, n).

    The coefficients make small singular values grow fast, and leave all of them near 1, between about 0.7 and 1.2.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = G.shape[-2] <= G.shape[-1]
    X = G if wide else np.swapaxes(G, -1, -2)
    X = X / (np.sqrt((X * X).sum((-2, -1), keepdims=True)) + eps)  # then no singular value is above 1
    for _ in range(iterations):
        A = X @ np.swapaxes(X, -1, -2)
        X = a * X + (b * A + c * (A @ A)) @ X
    return X if wide else np.swapaxes(X, -1, -2)


@dataclass(frozen=True)
class Shampoo:
    """Full-matrix Adagrad at the price of two small matrices for each layer.

    Lₜ = Lₜ₋₁ + Gₜ Gₜᵀ,  Rₜ = Rₜ₋₁ + Gₜᵀ Gₜ,  Wₜ = Wₜ₋₁ − η Lₜ^(−1/4) Gₜ Rₜ^(−1/4),  L₀ = ε I, R₀ = ε I.
    For a vector:  Lₜ = Lₜ₋₁ + gₜ gₜᵀ,  θₜ = θₜ₋₁ − η Lₜ^(−1/2) gₜ, which is full-matrix Adagrad.
    Roots are taken in every step, from the eigenvalues; they cost about (m³ + n³) for each layer of shape (m, n).
    shapes: of the layers, in theta's order (None: one vector).  lr: η > 0.  eps: ε > 0.
    State: t, and L0, R0, L1, … by layer, (*batch, m, m) and (*batch, n, n).
    V. Gupta, T. Koren, Y. Singer, Shampoo: Preconditioned Stochastic Tensor Optimization, ICML 2018, Algorithm 1.
    """

    shapes: Shapes = None
    lr: Rate = 0.1
    eps: Hyper = 1e-4

    def __post_init__(self) -> None:
        check_shapes(self.shapes)
        validate.learning_rate("lr", self.lr)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        batch, eps = zeros(theta).shape[:-1], column(self.eps, theta, 2)
        state: State = {"t": 0}
        for i, (_, shape) in enumerate(layers(self.shapes, theta)):
            for name, n in zip("LR", shape, strict=False):
                state[f"{name}{i}"] = (np.zeros((*batch, n, n)) + eps * np.eye(n)).astype(theta.dtype)
        return state

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        t = state["t"] + 1
        new: State = {"t": t}
        eps = column(self.eps, grad)
        steps = []
        for i, layer in enumerate(layers(self.shapes, grad)):
            vector = len(layer[1]) == 1
            G = view(grad, layer)[..., None] if vector else view(grad, layer)
            L = new[f"L{i}"] = state[f"L{i}"] + G @ np.swapaxes(G, -1, -2)
            if vector:
                steps.append(inverse_root(L, 2, eps) @ G)
                continue
            R = new[f"R{i}"] = state[f"R{i}"] + np.swapaxes(G, -1, -2) @ G
            steps.append(inverse_root(L, 4, eps) @ G @ inverse_root(R, 4, eps))
        return -rate(self.lr, t, grad) * flatten(steps, grad.shape[:-1]), new


def inverse_root(P: Array, p: int, least: Any) -> Array:
    """P^(−1/p) of symmetric matrices (*batch, n, n) whose eigenvalues are at least `least`, p = 2 or 4."""
    values, vectors = np.linalg.eigh(_finite(P))
    root = np.sqrt(np.maximum(values, least))  # rounding may push an eigenvalue below its bound
    root = np.sqrt(root) if p == 4 else root
    return (vectors / root[..., None, :]) @ np.swapaxes(vectors, -1, -2)


@dataclass(frozen=True)
class SOAP(Adam):
    """Adam in the eigenbasis of Shampoo's matrices: it does not see how rows and columns were mixed.

    G' = Qₗᵀ G Qᵣ;  m averages G, v averages G'²;  M' = Qₗᵀ m̂ Qᵣ;  W ← W − η Qₗ (M' / (√v̂ + ε)) Qᵣᵀ;
    L ← β₂ L + (1 − β₂) G Gᵀ,  R ← β₂ R + (1 − β₂) Gᵀ G;  every `every` steps Qₗ ← QR(L Qₗ), Qᵣ ← QR(R Qᵣ).
    The first gradient only sets up L, R, and, by their eigenvectors, Q: that step is zero. Vectors get plain Adam.
    Convention: as in the authors' code, with Adam's corrections and β₂ for L and R, but without sorting the basis.
    Hyperparameters as Adam's (β₂ 0.95: the paper), and  every: steps ≥ 1 between two QR (10: the paper).
    shapes: of the layers, in theta's order (None: one vector).
    State: Adam's, v in the eigenbasis, and for each matrix layer L0, R0, QL0, QR0, ….
    N. Vyas et al., SOAP: Improving and Stabilizing Shampoo using Adam, ICLR 2025, Algorithm 3.
    """

    shapes: Shapes = None
    lr: Rate = 3e-3
    beta1: Hyper = 0.95
    beta2: Hyper = 0.95
    every: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        check_shapes(self.shapes)
        validate.count("every", self.every)

    def init(self, theta: Array) -> State:
        state = super().init(theta)
        batch = theta.shape[:-1]
        for i, (_, shape) in enumerate(layers(self.shapes, theta)):
            for name, n in zip("LR", shape if len(shape) == 2 else (), strict=False):
                state[f"{name}{i}"] = np.zeros((*batch, n, n), theta.dtype)
                state[f"Q{name}{i}"] = np.zeros((*batch, n, n), theta.dtype) + np.eye(n, dtype=theta.dtype)
        return state

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        if t == 1:
            return np.zeros_like(grad), {**state, "t": t, **self._bases(grad, state, t)}
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        turned = self._turn(grad, state)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (turned * turned)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat, v_hat = self._turn(m, state) / (1.0 - beta1_t), v / (1.0 - beta2_t)
        step = -rate(self.lr, t, grad) * self._turn(m_hat / (np.sqrt(v_hat) + column(self.eps, grad)), state, back=True)
        new = {**state, "t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}
        return step, {**new, **self._bases(grad, state, t)}

    def _turn(self, flat: Array, state: State, back: bool = False) -> Array:
        """Qₗᵀ X Qᵣ for every matrix layer X, or with `back` Qₗ X Qᵣᵀ."""
        parts = []
        for i, layer in enumerate(layers(self.shapes, flat)):
            X = view(flat, layer)
            if len(layer[1]) == 2:
                QL, QR = state[f"QL{i}"], state[f"QR{i}"]
                X = QL @ X @ np.swapaxes(QR, -1, -2) if back else np.swapaxes(QL, -1, -2) @ X @ QR
            parts.append(X)
        return flatten(parts, flat.shape[:-1])

    def _bases(self, grad: Array, state: State, t: int) -> State:
        """L, R, and their bases, after the gradient of step t."""
        new: State = {}
        beta2 = column(self.beta2, grad, 2)
        for i, layer in enumerate(layers(self.shapes, grad)):
            G = view(grad, layer)
            for name, X in (("L", G), ("R", np.swapaxes(G, -1, -2))) if len(layer[1]) == 2 else ():
                P = beta2 * state[f"{name}{i}"] + (1.0 - beta2) * (X @ np.swapaxes(X, -1, -2))
                new[f"{name}{i}"] = P
                if t == 1:
                    new[f"Q{name}{i}"] = np.linalg.eigh(_finite(P))[1][..., ::-1]  # largest eigenvalue first
                elif (t - 1) % self.every == 0:
                    new[f"Q{name}{i}"] = np.linalg.qr(_finite(P) @ state[f"Q{name}{i}"])[0]
        return new


def _finite(P: Array) -> Array:
    """P, but the identity for runs that have diverged: LAPACK would raise for NaN, and stop the other runs too."""
    ok = np.isfinite(P).all((-2, -1), keepdims=True)
    return np.where(ok, P, np.eye(P.shape[-1], dtype=P.dtype))
