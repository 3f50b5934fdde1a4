"""Rules around rules: clipping, weight decay, Lookahead, SAM. Each takes the rule inside as its first argument.

They nest, the outermost sees the raw gradient first: ClipByNorm(DecoupledWeightDecay(SGD(lr=0.1), 0.01), 1.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optimlib import validate
from optimlib.optimizers.rule import Array, State, column, norm, rate
from optimlib.validate import Hyper, Rate


class Combinator:
    """What combinators share: they read what they and the rule inside read, and pass on the rest of its protocol."""

    inner: Any
    own_reads: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for method in ("init", "update"):
            if not callable(getattr(self.inner, method, None)):
                raise TypeError(f"inner must be a rule with init and update, got {self.inner!r} without {method}")

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.own_reads, *getattr(self.inner, "reads", ()))))

    @property
    def lr(self) -> Rate:
        """The learning rate of the rule inside."""
        return self.inner.lr

    def init(self, theta: Array) -> State:
        return self.inner.init(theta)

    def evaluated(self, theta: Array, state: State) -> Array:
        """The point whose loss counts, as the rule inside has it."""
        return self.inner.evaluated(theta, state) if hasattr(self.inner, "evaluated") else theta

    def _update(self, grad: Array, state: State, reads: dict[str, Any]) -> tuple[Array, State]:
        return self.inner.update(grad, state, **{name: reads[name] for name in getattr(self.inner, "reads", ())})


@dataclass(frozen=True)
class _Clip(Combinator):
    """What both kinds of clipping have."""

    inner: Any
    bound: Hyper

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.positive("bound", self.bound)


@dataclass(frozen=True)
class ClipByValue(_Clip):
    """Every coordinate of the gradient is cut to [−c, c]; that may turn its direction.

    inner: a rule.  bound: c > 0, in the units of the gradient.  State: that of the rule.
    """

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        c = column(self.bound, grad)
        return self._update(np.minimum(np.maximum(grad, -c), c), state, reads)


@dataclass(frozen=True)
class ClipByNorm(_Clip):
    """A gradient longer than c is shortened to length c: g ← g · c/‖g‖; its direction stays.

    Convention: ‖g‖ is over all of theta, and nothing is added to it, as in optax and Keras (global_clipnorm); torch
    divides by ‖g‖ + 1e-6.
    inner: a rule.  bound: c > 0, in the units of the gradient.  State: that of the rule.
    R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, ICML 2013, Algorithm 1.
    """

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        c, length = column(self.bound, grad), norm(grad)
        long = length > c
        return self._update(np.where(long, grad / np.where(long, length, 1.0) * c, grad), state, reads)


@dataclass(frozen=True)
class CoupledWeightDecay(Combinator):
    """L2 regularization: the rule sees g + λθ, the gradient of f + ½λ‖θ‖². With Adam, m and v see the decay too.

    Convention: what torch calls weight_decay in SGD and Adam; Keras's weight_decay is `DecoupledWeightDecay`.
    inner: a rule.  weight_decay: λ ≥ 0.  Reads theta.  State: that of the rule.
    """

    inner: Any
    weight_decay: Hyper

    own_reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.non_negative("weight_decay", self.weight_decay)

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        return self._update(grad + column(self.weight_decay, grad) * reads["theta"], state, reads)


@dataclass(frozen=True)
class DecoupledWeightDecay(Combinator):
    """θ shrinks beside the rule's step, which does not see it: θₜ = θₜ₋₁ + stepₜ − η λ θₜ₋₁.

    Convention: λ is multiplied by the η of the rule inside, as in torch's AdamW, Keras, and optax; in the paper by
    the schedule's factor only.
    inner: a rule with `lr` that counts its steps in state["t"].  weight_decay: λ ≥ 0.  Reads theta.
    State: that of the rule.
    I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019, Algorithms 1 and 2.
    """

    inner: Any
    weight_decay: Hyper

    own_reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.inner, "lr"):
            raise TypeError(f"inner must be a rule with lr, got {self.inner!r}")
        validate.non_negative("weight_decay", self.weight_decay)

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        step, state = self._update(grad, state, reads)
        return step - rate(self.lr, state["t"], grad) * column(self.weight_decay, grad) * reads["theta"], state


@dataclass(frozen=True)
class Lookahead(Combinator):
    """k steps forward, one step back: every k steps the slow weights φ go a part α of the way to the fast ones.

    After step k, 2k, …:  φ ← φ + α (θ − φ),  θ ← φ. The rule inside keeps its state. The answer is φ (`evaluated`).
    inner: a rule.  k: steps ≥ 1 (5: the paper).  alpha: α in (0, 1] (0.5: the paper).  Reads theta.
    State: that of the rule, and phi (*batch, d), since (steps since θ and φ met).
    M. R. Zhang, J. Lucas, G. Hinton, J. Ba, Lookahead Optimizer: k steps forward, 1 step back, NeurIPS 2019,
    Algorithm 1.
    """

    inner: Any
    k: int = 5
    alpha: Hyper = 0.5

    own_reads: ClassVar[tuple[str, ...]] = ("theta",)

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.count("k", self.k)
        validate.positive("alpha", self.alpha)
        if np.any(np.asarray(self.alpha) > 1):
            raise ValueError(f"alpha must be a number in (0, 1], got {self.alpha!r}")

    def init(self, theta: Array) -> State:
        inner = self.inner.init(theta)
        if "phi" in inner:
            raise ValueError(f"inner must not have a state phi of its own, got {self.inner!r}")
        return {**inner, "phi": validate.parameters("theta", theta) + 0.0, "since": 0}

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        theta, phi, since = reads["theta"], state["phi"], state["since"] + 1
        inner = {name: value for name, value in state.items() if name not in ("phi", "since")}
        step, inner = self._update(grad, inner, reads)
        if since == self.k:
            phi = phi + column(self.alpha, grad) * (theta + step - phi)
            step, since = phi - theta, 0
        return step, {**inner, "phi": phi, "since": since}

    def evaluated(self, theta: Array, state: State) -> Array:
        return state["phi"]


@dataclass(frozen=True)
class SAM(Combinator):
    """Sharpness-aware minimization: the rule gets the gradient from a little uphill, ∇f(θ + ρ g/‖g‖).

    Two gradients a step. ‖g‖ is over all of theta; where g = 0 nothing is added.
    inner: a rule.  rho: ρ > 0, in the units of theta (0.05: the paper).  Reads theta and the objective.
    State: that of the rule.
    P. Foret, A. Kleiner, H. Mobahi, B. Neyshabur, Sharpness-Aware Minimization for Efficiently Improving
    Generalization, ICLR 2021, Algorithm 1.
    """

    inner: Any
    rho: Hyper = 0.05

    own_reads: ClassVar[tuple[str, ...]] = ("theta", "objective")

    def __post_init__(self) -> None:
        super().__post_init__()
        validate.positive("rho", self.rho)

    def update(self, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        length = norm(grad)
        uphill = column(self.rho, grad) * grad / np.where(length > 0.0, length, 1.0)
        return self._update(reads["objective"].grad(reads["theta"] + uphill), state, reads)
