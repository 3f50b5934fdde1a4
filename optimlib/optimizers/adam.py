"""Adam and the rules made from it: each changes one thing in Adam's formula, and its docstring says which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimlib import validate
from optimlib.optimizers.rule import Array, State, column, rate, zeros
from optimlib.validate import Hyper, Rate


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
        lr, eps = rate(self.lr, t, grad), column(self.eps, grad)
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat = m / (1.0 - beta1_t)
        v_hat = v / (1.0 - beta2_t)
        step = -lr * m_hat / (np.sqrt(v_hat) + eps)
        new = {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}
        return step, new


# The rules below take Adam's hyperparameters, with Adam's ranges, unless they say otherwise.


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: θ shrinks by itself, and the decay does not pass through m and v.

    θₜ = θₜ₋₁ − η (m̂ₜ / (√v̂ₜ + ε) + λ θₜ₋₁).
    Convention: λ is multiplied by η, as in torch, Keras, and optax; the paper's λ is not multiplied by its α.
    weight_decay: λ ≥ 0 (0.01: torch; Keras has 0.004, optax 1e-4).  Reads theta.  State: as Adam's.
    I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019, Algorithm 2.
    """

    weight_decay: Hyper = 0.01

    reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.non_negative("weight_decay", self.weight_decay)

    def update(self, grad: Array, state: State, *, theta: Array) -> tuple[Array, State]:  # type: ignore[override]
        step, state = super().update(grad, state)
        return step - rate(self.lr, state["t"], grad) * column(self.weight_decay, grad) * theta, state


@dataclass(frozen=True)
class AMSGrad(Adam):
    """Adam whose second moment never falls: wₜ = max(wₜ₋₁, vₜ), θₜ = θₜ₋₁ − η m̂ₜ / (√(wₜ/(1 − β₂ᵗ)) + ε), w₀ = 0.

    Convention: the maximum is over v before its correction, as in torch and Keras; optax takes it over v̂; the
    paper, Algorithm 2, corrects neither m nor v.
    State: Adam's and w (*batch, d), the paper's v̂.
    S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond, ICLR 2018, Algorithm 2.
    """

    def init(self, theta: Array) -> State:
        return {**super().init(theta), "w": zeros(theta)}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        w = np.maximum(state["w"], v)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        w_hat = w / (1.0 - beta2_t)
        step = -rate(self.lr, t, grad) * (m / (1.0 - beta1_t)) / (np.sqrt(w_hat) + column(self.eps, grad))
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t, "w": w}


@dataclass(frozen=True)
class Adamax(Adam):
    """Adam with the largest recent gradient in place of the root mean square.

    uₜ = max(β₂ uₜ₋₁, |gₜ| + ε),  θₜ = θₜ₋₁ − η m̂ₜ / uₜ,  u₀ = 0; u needs no correction.
    Convention: ε inside the maximum, as in torch and optax; Keras adds it to u, the paper has none.
    lr: η > 0 (0.002: the paper).  State: t, m, u (*batch, d), beta1_t.
    D. P. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015, Algorithm 2.
    """

    lr: Rate = 0.002

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta), "u": zeros(theta), "beta1_t": 1.0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1 = column(self.beta1, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        u = np.maximum(column(self.beta2, grad) * state["u"], np.abs(grad) + column(self.eps, grad))
        beta1_t = state["beta1_t"] * beta1
        return -rate(self.lr, t, grad) * (m / (1.0 - beta1_t)) / u, {"t": t, "m": m, "u": u, "beta1_t": beta1_t}


@dataclass(frozen=True)
class NAdam(Adam):
    """Adam with Nesterov's look-ahead: the momentum of the next step, and this gradient, move θ.

    μₜ = β₁ (1 − ½ κᵗ),  m̄ₜ = μₜ₊₁ mₜ / (1 − ∏ᵢ₌₁ᵗ⁺¹ μᵢ) + (1 − μₜ) gₜ / (1 − ∏ᵢ₌₁ᵗ μᵢ),  θₜ = θₜ₋₁ − η m̄ₜ / (√v̂ₜ + ε).
    Convention: κ = 0.96^(1/250) here, in torch, and in the paper's experiments; Keras has κ = 0.96, optax κ = 0.
    κᵗ is a running product (no power is taken), which differs from the power by less than t roundings.
    decay: κ in [0, 1).  State: Adam's without beta1_t, decay_t (κᵗ), mu_t (the product of all μ).
    T. Dozat, Incorporating Nesterov Momentum into Adam, ICLR 2016 workshop.
    """

    lr: Rate = 0.002
    decay: Hyper = 0.9998367253526753  # 0.96^(1/250)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.decay_rate("decay", self.decay)

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta), "v": zeros(theta), "beta2_t": 1.0, "decay_t": 1.0, "mu_t": 1.0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2, decay = (column(h, grad) for h in (self.beta1, self.beta2, self.decay))
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta2_t, decay_t = state["beta2_t"] * beta2, state["decay_t"] * decay
        mu, mu_next = beta1 * (1.0 - 0.5 * decay_t), beta1 * (1.0 - 0.5 * (decay_t * decay))
        mu_t = state["mu_t"] * mu
        m_bar = mu_next * m / (1.0 - mu_t * mu_next) + (1.0 - mu) * grad / (1.0 - mu_t)
        step = -rate(self.lr, t, grad) * m_bar / (np.sqrt(v / (1.0 - beta2_t)) + column(self.eps, grad))
        return step, {"t": t, "m": m, "v": v, "beta2_t": beta2_t, "decay_t": decay_t, "mu_t": mu_t}


@dataclass(frozen=True)
class RAdam(Adam):
    """Adam that warms itself up: v is used only once it rests on enough gradients, and then with a factor rₜ < 1.

    ρ∞ = 2/(1 − β₂) − 1,  ρₜ = ρ∞ − 2 t β₂ᵗ/(1 − β₂ᵗ),  rₜ = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ)),
    θₜ = θₜ₋₁ − η rₜ m̂ₜ / (√v̂ₜ + ε) where ρₜ > `threshold`, and θₜ₋₁ − η m̂ₜ before.
    Convention: ε is added to √v̂, as in optax; torch adds it to √v; the paper has none.
    threshold: ≥ 4 (5: the authors' code, torch, and optax; the paper has 4).  State: as Adam's.
    L. Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, ICLR 2020, Algorithm 2.
    """

    threshold: Hyper = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.finite("threshold", self.threshold)
        if np.any(np.asarray(self.threshold) < 4):
            raise ValueError(f"threshold must be a number >= 4, got {self.threshold!r}")

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = beta2 * state["v"] + (1.0 - beta2) * (grad * grad)
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat, v_hat = m / (1.0 - beta1_t), v / (1.0 - beta2_t)
        rho_inf = 2.0 / (1.0 - beta2) - 1.0
        rho_t = rho_inf - 2.0 * t * beta2_t / (1.0 - beta2_t)
        ready = np.asarray(rho_t > column(self.threshold, grad))
        above = np.where(ready, (rho_t - 4.0) * (rho_t - 2.0) * rho_inf, 1.0)
        below = np.where(ready, (rho_inf - 4.0) * (rho_inf - 2.0) * rho_t, 1.0)  # 1: it may be 0 while not ready
        r = np.sqrt(above / below).astype(grad.dtype)
        direction = np.where(ready, r * m_hat / (np.sqrt(v_hat) + column(self.eps, grad)), m_hat)
        step = -rate(self.lr, t, grad) * direction
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}


@dataclass(frozen=True)
class Yogi(Adam):
    """Adam whose second moment moves by (1 − β₂) gₜ² at most: vₜ = vₜ₋₁ − (1 − β₂) sign(vₜ₋₁ − gₜ²) gₜ².

    Everything else is Adam's.  Convention: m and v are corrected as in Adam and start at 0; optax corrects them and
    starts both at 1e-6; the paper's Algorithm 2 does not correct.
    lr: η > 0.  eps: ε > 0 (1e-3: the paper).  State: as Adam's.
    M. Zaheer et al., Adaptive Methods for Nonconvex Optimization, NeurIPS 2018, Algorithm 2.
    """

    lr: Rate = 0.01
    eps: Hyper = 1e-3

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2 = column(self.beta1, grad), column(self.beta2, grad)
        g2 = grad * grad
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        v = state["v"] - (1.0 - beta2) * np.sign(state["v"] - g2) * g2
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat, v_hat = m / (1.0 - beta1_t), v / (1.0 - beta2_t)
        step = -rate(self.lr, t, grad) * m_hat / (np.sqrt(v_hat) + column(self.eps, grad))
        return step, {"t": t, "m": m, "v": v, "beta1_t": beta1_t, "beta2_t": beta2_t}


@dataclass(frozen=True)
class AdaBelief(Adam):
    """Adam that divides by how far gₜ is from what m foretold: sₜ = β₂ sₜ₋₁ + (1 − β₂)(gₜ − mₜ)² + ε.

    θₜ = θₜ₋₁ − η m̂ₜ / (√ŝₜ + ε),  ŝₜ = sₜ/(1 − β₂ᵗ).
    Convention: ε occurs twice and stays in s, as in the paper and in optax, which has two arguments for it.
    eps: ε > 0 (1e-16: the authors' code and optax).  State: t, m, s (*batch, d), beta1_t, beta2_t.
    J. Zhuang et al., AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients, NeurIPS 2020.
    """

    eps: Hyper = 1e-16

    def init(self, theta: Array) -> State:
        return {"t": 0, "m": zeros(theta), "s": zeros(theta), "beta1_t": 1.0, "beta2_t": 1.0}

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        validate.same_shape(grad, state["m"], "m")
        t = state["t"] + 1
        beta1, beta2, eps = (column(h, grad) for h in (self.beta1, self.beta2, self.eps))
        m = beta1 * state["m"] + (1.0 - beta1) * grad
        s = beta2 * state["s"] + (1.0 - beta2) * ((grad - m) * (grad - m)) + eps
        beta1_t, beta2_t = state["beta1_t"] * beta1, state["beta2_t"] * beta2
        m_hat, s_hat = m / (1.0 - beta1_t), s / (1.0 - beta2_t)
        step = -rate(self.lr, t, grad) * m_hat / (np.sqrt(s_hat) + eps)
        return step, {"t": t, "m": m, "s": s, "beta1_t": beta1_t, "beta2_t": beta2_t}
