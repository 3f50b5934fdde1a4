"""The update rules, easiest first. A rule is a frozen dataclass with two pure methods:

    state = optimizer.init(theta)                  # dict of named arrays; names are the symbols of the formulas
    step, state = optimizer.update(grad, state)    # then theta = theta + step

Any object with these two methods works everywhere in optimlib; no base class is needed.

Shapes: theta and grad are (*batch, d). A hyper-parameter is a number, or an array of shape (*batch,) with one
value for each run; `lr` may also be a schedule, a callable t -> number, t = 1, 2, …
Only + − × ÷ and √ occur, and β^t is a running product: so the JavaScript twins agree bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.validate import Hyper, Rate

Array = NDArray[np.floating]
State = dict[str, Any]


class Optimizer(Protocol):
    """What `descend` and `fit` need."""

    def init(self, theta: Array) -> State: ...

    def update(self, grad: Array, state: State) -> tuple[Array, State]: ...


@dataclass(frozen=True)
class SGD:
    """Gradient descent: θₜ = θₜ₋₁ − η gₜ; "stochastic" when gₜ comes from a random mini-batch.

    lr: learning rate η > 0 (0.01: Keras's default; torch's is 0.001).
    State: t. Raises ValueError/TypeError for bad hyper-parameters.
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
        return -_rate(self.lr, t, grad) * grad, {"t": t}


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
        return {"t": 0, "u": _zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["u"], "u")
        t = state["t"] + 1
        u = _column(self.beta, grad) * state["u"] + grad
        return -_rate(self.lr, t, grad) * u, {"t": t, "u": u}


@dataclass(frozen=True)
class EMAMomentum:
    """Momentum as an exponential moving average: mₜ = β mₜ₋₁ + (1 − β) gₜ, θₜ = θₜ₋₁ − η mₜ, m₀ = 0.

    Convention: the buffer is a decaying *average*. With η/(1 − β) in place of η the path is that of `Momentum`.
    lr: η > 0.  beta: β in [0, 1).  State: t, m (*batch, d).
    """

    lr: Rate = 0.01
    beta: Hyper = 0.9

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": _zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta = _column(self.beta, grad)
        m = beta * state["m"] + (1.0 - beta) * grad
        return -_rate(self.lr, t, grad) * m, {"t": t, "m": m}


@dataclass(frozen=True)
class Nesterov:
    """Nesterov's accelerated gradient: uₜ = β uₜ₋₁ + gₜ, θₜ = θₜ₋₁ − η (gₜ + β uₜ), u₀ = 0.

    Convention: the gradient is taken at the point that is stored, which is the look-ahead point of the original
    form after a change of variable; so torch, Keras, and optax have it.
    lr: η > 0.  beta: β in [0, 1).  State: t, u (*batch, d).
    Yu. Nesterov, Dokl. Akad. Nauk SSSR 269, 1983; this form: I. Sutskever et al., ICML 2013.
    """

    lr: Rate = 0.01
    beta: Hyper = 0.9

    def __post_init__(self) -> None:
        validate.learning_rate("lr", self.lr)
        validate.decay_rate("beta", self.beta)

    def init(self, theta: Array) -> State:
        return {"t": 0, "u": _zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["u"], "u")
        t = state["t"] + 1
        beta = _column(self.beta, grad)
        u = beta * state["u"] + grad
        return -_rate(self.lr, t, grad) * (grad + beta * u), {"t": t, "u": u}


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
        return {"t": 0, "G": _zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["G"], "G")
        t = state["t"] + 1
        G = state["G"] + grad * grad
        return -_rate(self.lr, t, grad) * grad / (np.sqrt(G) + _column(self.eps, grad)), {"t": t, "G": G}


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
        return {"t": 0, "v": _zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["v"], "v")
        t = state["t"] + 1
        beta = _column(self.beta, grad)
        v = beta * state["v"] + (1.0 - beta) * (grad * grad)
        return -_rate(self.lr, t, grad) * grad / (np.sqrt(v) + _column(self.eps, grad)), {"t": t, "v": v}


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
        return {"t": 0, "m": _zeros(theta), "v": _zeros(theta), "beta1_t": 1.0, "beta2_t": 1.0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = _column(self.beta1, grad), _column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat = m / (1.0 - beta1_t)
        v_hat = v / (1.0 - beta2_t)
        step = -_rate(self.lr, t, grad) * m_hat / (np.sqrt(v_hat) + _column(self.eps, grad))
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}


OPTIMIZERS: dict[str, type] = {
    cls.__name__: cls for cls in (SGD, Momentum, EMAMomentum, Nesterov, Adagrad, RMSprop, Adam)
}


def _zeros(theta: Array) -> Array:
    return np.zeros_like(validate.parameters("theta", theta))  # (*batch, d)


def _column(hyper: Hyper, like: Array) -> Any:
    """A hyper-parameter ready to multiply arrays of shape (*batch, d): (*batch,) becomes (*batch, 1)."""
    if np.ndim(hyper) == 0:
        return float(hyper)  # a Python float keeps float32 arrays float32
    return np.asarray(hyper, dtype=like.dtype)[..., None]


def _rate(lr: Rate, t: int, like: Array) -> Any:
    return _column(lr(t) if callable(lr) else lr, like)
