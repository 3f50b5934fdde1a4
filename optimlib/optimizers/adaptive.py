"""Rules with a rate for each coordinate, from its own past gradients: Adagrad, RMSprop, Adam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimlib import validate
from optimlib.optimizers.rule import Array, State, column, rate, zeros
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class Adagrad:
    """One rate per coordinate from all past gradients: Gₜ = Gₜ₋₁ + gₜ², θₜ = θₜ₋₁ − η gₜ / (√Gₜ + ε), G₀ = 0.

    Convention: ε stands outside the root and G₀ is 0, as in the paper and in torch; Keras and optax put ε inside
    and start from G₀ = 0.1.
    lr: η > 0.  eps: ε > 0 (1e-10: torch).  State: t, G (*batch, d).
    J. Duchi, E. Hazan, Y. Singer, JMLR 12:2121–2159, 2011, Fig. 1.
    """

    lr: Rate = 0.01
    eps: Hyper = 1e-10

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        return {"t": 0, "G": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["G"], "G")
        t = state["t"] + 1
        G = state["G"] + grad * grad
        return -rate(self.lr, t, grad) * grad / (np.sqrt(G) + column(self.eps, grad)), {"t": t, "G": G}


@dataclass(frozen=True)
class RMSprop:
    """Adagrad with a memory that fades: vₜ = β vₜ₋₁ + (1 − β) gₜ², θₜ = θₜ₋₁ − η gₜ / (√vₜ + ε), v₀ = 0.

    Convention: ε outside the root, as in torch; Keras and optax put it inside. v is not bias-corrected, so the
    first step is η/√(1 − β) long.
    lr: η > 0.  beta: β in [0, 1) (0.9: the slides, Keras, optax; torch has 0.99).  eps: ε > 0.
    State: t, v (*batch, d).  T. Tieleman and G. Hinton, Lecture 6.5-rmsprop, COURSERA, 2012.
    """

    lr: Rate = 0.001
    beta: Hyper = 0.9
    eps: Hyper = 1e-8

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        return {"t": 0, "v": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["v"], "v")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        v = beta * state["v"] + (1.0 - beta) * (grad * grad)
        return -rate(self.lr, t, grad) * grad / (np.sqrt(v) + column(self.eps, grad)), {"t": t, "v": v}


@dataclass(frozen=True)
class Adam:
    """Adaptive moment estimation: two moving averages, both corrected for their start at zero.

    mₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ,  vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²,  m̂ₜ = mₜ/(1 − β₁ᵗ),  v̂ₜ = vₜ/(1 − β₂ᵗ),
    θₜ = θₜ₋₁ − η m̂ₜ / (√v̂ₜ + ε),  m₀ = v₀ = 0,  t = 1, 2, …
    Convention: ε outside the root, as in the paper's Algorithm 1, torch, and optax; Keras has the ε̂ form of the
    paper's section 2.
    lr: η > 0.  beta1, beta2: in [0, 1).  eps: ε > 0.  Defaults: the paper's.
    State: t, m, v (*batch, d), beta1_t, beta2_t (β₁ᵗ and β₂ᵗ as running products).
    D. P. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015, Algorithm 1.
    """

    lr: Rate = 0.001
    beta1: Hyper = 0.9
    beta2: Hyper = 0.999
    eps: Hyper = 1e-8

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta1", self.beta1)
        validate.decay_rate("beta2", self.beta2)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "beta1_t": 1.0, "beta2_t": 1.0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat = m / (1.0 - beta1_t)
        v_hat = v / (1.0 - beta2_t)
        step = -rate(self.lr, t, grad) * m_hat / (np.sqrt(v_hat) + column(self.eps, grad))
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}
