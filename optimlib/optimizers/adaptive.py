"""Rules with a rate for each coordinate, from its own past gradients: Adagrad, RMSprop and its relatives, Adadelta."""

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


# Three small classes, not one with flags: each is one formula, and Graves's centered form has ε elsewhere anyway.


@dataclass(frozen=True)
class CenteredRMSprop(RMSprop):
    """RMSprop with an estimate of the variance: gradients that stay the same make it take longer steps.

    vₜ = β vₜ₋₁ + (1 − β) gₜ²,  aₜ = β aₜ₋₁ + (1 − β) gₜ,  θₜ = θₜ₋₁ − η gₜ / √(vₜ − aₜ² + ε),  v₀ = a₀ = 0.
    Convention: ε inside the root, as in the paper, Keras, and optax: v − a² rounds to less than 0 when gradients
    hardly change, and torch, with ε outside, then takes the root of a negative number.
    lr: η > 0.  beta: β in [0, 1).  eps: ε > 0.  Defaults: the paper's.  State: t, v, a (*batch, d).
    A. Graves, Generating Sequences With Recurrent Neural Networks, arXiv:1308.0850, 2013 (there with momentum).
    """

    lr: Rate = 1e-4
    beta: Hyper = 0.95
    eps: Hyper = 1e-4

    def init(self, theta: Array) -> State:
        return {"t": 0, "v": zeros(theta), "a": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["v"], "v")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        v = beta * state["v"] + (1.0 - beta) * (grad * grad)
        a = beta * state["a"] + (1.0 - beta) * grad
        step = -rate(self.lr, t, grad) * grad / np.sqrt(v - a * a + column(self.eps, grad))
        return step, {"t": t, "v": v, "a": a}


@dataclass(frozen=True)
class MomentumRMSprop:
    """RMSprop whose scaled gradients feed a heavy ball.

    vₜ = β vₜ₋₁ + (1 − β) gₜ²,  uₜ = μ uₜ₋₁ + gₜ / (√vₜ + ε),  θₜ = θₜ₋₁ − η uₜ,  v₀ = u₀ = 0.
    Convention: η outside the buffer u, as in torch; Keras and optax keep it inside, which differs after η has changed.
    lr: η > 0.  beta: β in [0, 1).  mu: μ in [0, 1).  eps: ε > 0.  State: t, v, u (*batch, d).
    T. Tieleman and G. Hinton, Lecture 6.5-rmsprop, COURSERA, 2012 (the average); momentum as in torch.
    """

    lr: Rate = 0.001
    beta: Hyper = 0.9
    mu: Hyper = 0.9
    eps: Hyper = 1e-8

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)
        validate.decay_rate("mu", self.mu)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        return {"t": 0, "v": zeros(theta), "u": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["v"], "v")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        v = beta * state["v"] + (1.0 - beta) * (grad * grad)
        u = column(self.mu, grad) * state["u"] + grad / (np.sqrt(v) + column(self.eps, grad))
        return -rate(self.lr, t, grad) * u, {"t": t, "v": v, "u": u}


@dataclass(frozen=True)
class Adadelta:
    """A step in the units of θ: the gradient times the ratio of two root mean squares.

    vₜ = ρ vₜ₋₁ + (1 − ρ) gₜ²,  Δₜ = −gₜ √(wₜ₋₁ + ε) / √(vₜ + ε),  wₜ = ρ wₜ₋₁ + (1 − ρ) Δₜ²,  θₜ = θₜ₋₁ + η Δₜ,
    v₀ = w₀ = 0.
    Convention: the paper has no η (η = 1, as torch's default; Keras's is 0.001); w averages Δ before η multiplies it.
    lr: η > 0.  rho: ρ in [0, 1).  eps: ε > 0, also what gets the first step going.  Defaults: the paper's.
    State: t, v, w (*batch, d), the paper's E[g²] and E[Δx²].
    M. D. Zeiler, ADADELTA: An Adaptive Learning Rate Method, arXiv:1212.5701, 2012, Algorithm 1.
    """

    lr: Rate = 1.0
    rho: Hyper = 0.95
    eps: Hyper = 1e-6

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("rho", self.rho)
        validate.positive("eps", self.eps)

    def init(self, theta: Array) -> State:
        return {"t": 0, "v": zeros(theta), "w": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["v"], "v")
        t = state["t"] + 1
        rho, eps = column(self.rho, grad), column(self.eps, grad)
        v = rho * state["v"] + (1.0 - rho) * (grad * grad)
        delta = -(np.sqrt(state["w"] + eps) / np.sqrt(v + eps)) * grad
        w = rho * state["w"] + (1.0 - rho) * (delta * delta)
        return rate(self.lr, t, grad) * delta, {"t": t, "v": v, "w": w}
