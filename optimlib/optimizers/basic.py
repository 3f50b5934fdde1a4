"""Rules with one learning rate for all coordinates: SGD and the momentum methods, easiest first."""

from __future__ import annotations

from dataclasses import dataclass

from optimlib import validate
from optimlib.optimizers.rule import Array, State, column, rate, zeros
from optimlib.validate import Hyper, Rate


@dataclass(frozen=True)
class SGD:
    """Gradient descent: θₜ = θₜ₋₁ − η gₜ; "stochastic" when gₜ comes from a random mini-batch.

    lr: learning rate η > 0 (0.01: Keras's default; torch's is 0.001).
    State: t. Raises ValueError/TypeError for bad hyperparameters.
    H. Robbins and S. Monro, A Stochastic Approximation Method, Ann. Math. Statist. 22, 1951.
    """

    lr: Rate = 0.01

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)

    def init(self, theta: Array) -> State:
        validate.parameters("theta", theta)
        return {"t": 0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        t = state["t"] + 1
        return -rate(self.lr, t, grad) * grad, {"t": t}


@dataclass(frozen=True)
class Momentum:
    """The heavy ball: uₜ = β uₜ₋₁ + gₜ, θₜ = θₜ₋₁ − η uₜ, u₀ = 0.

    Convention: the buffer is a decaying *sum*, as in torch, optax, and (at a constant η) Keras; at equal η it
    moves 1/(1 − β) times as far as `EMAMomentum`. Keras multiplies η into the buffer, so it differs after η
    has changed during the run.
    lr: η > 0.  beta: β in [0, 1) (0.9: the usual choice).  State: t, u (*batch, d).
    B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964, eq. (9).
    """

    lr: Rate = 0.01
    beta: Hyper = 0.9

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)

    def init(self, theta: Array) -> State:
        return {"t": 0, "u": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["u"], "u")
        t = state["t"] + 1
        u = column(self.beta, grad) * state["u"] + grad
        return -rate(self.lr, t, grad) * u, {"t": t, "u": u}


# The rules below take the heavy ball's hyperparameters, with its ranges.


@dataclass(frozen=True)
class EMAMomentum(Momentum):
    """Momentum as an exponential moving average: mₜ = β mₜ₋₁ + (1 − β) gₜ, θₜ = θₜ₋₁ − η mₜ, m₀ = 0.

    Convention: the buffer is a decaying *average*. With η/(1 − β) in place of η the path is that of `Momentum`.
    lr: η > 0.  beta: β in [0, 1).  State: t, m (*batch, d).
    """

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        m = beta * state["m"] + (1.0 - beta) * grad
        return -rate(self.lr, t, grad) * m, {"t": t, "m": m}


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Nesterov's accelerated gradient: uₜ = β uₜ₋₁ + gₜ, θₜ = θₜ₋₁ − η (gₜ + β uₜ), u₀ = 0.

    Convention: the gradient is taken at the point that is stored, which is the look-ahead point of the original
    form after a change of variable; so torch, Keras, and optax have it.
    lr: η > 0.  beta: β in [0, 1).  State: t, u (*batch, d).
    Yu. Nesterov, Dokl. Akad. Nauk SSSR 269, 1983; this form: I. Sutskever et al., ICML 2013.
    """

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["u"], "u")
        t = state["t"] + 1
        beta = column(self.beta, grad)
        u = beta * state["u"] + grad
        return -rate(self.lr, t, grad) * (grad + beta * u), {"t": t, "u": u}
