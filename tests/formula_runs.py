"""Where the numbers of the checks come from: random hyperparameters, random losses, and runs of optimlib's rules."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from itertools import product
from typing import Any

import numpy as np
from formula_values import Matrix
from numpy.typing import NDArray

import optimlib as ol

Array = NDArray[np.float64]
STEPS, DIM = 12, 3
# From low to high, evenly on a log scale. ε is nearly as large as the gradients, so that its place matters.
RANGES = {
    "lr": (0.01, 0.3),
    "eps": (0.01, 1.0),
    "weight_decay": (0.01, 0.3),
    "beta": (0.3, 0.9),
    "momentum": (0.3, 0.9),
    "rho": (0.3, 0.9),
    "beta1": (0.3, 0.9),
    "beta2": (0.91, 0.99),
}


@dataclass(frozen=True)
class Draw:
    """A value of a symbol that is drawn anew for every comparison: Draw(lambda rng: rng.normal(size=3))."""

    sample: Callable[[np.random.Generator], Any]


def drawn(value: Any, rng: np.random.Generator) -> Any:
    """A number of the interval (low, high), a member of a range, what a Draw samples, or the value itself."""
    if isinstance(value, Draw):
        return value.sample(rng)
    if isinstance(value, range):
        return int(rng.choice(np.array(value)))
    if isinstance(value, tuple) and len(value) == 2:
        return float(np.exp(rng.uniform(*np.log(value)))) if value[0] > 0 else float(rng.uniform(*value))
    return value


def seeded(label: str) -> np.random.Generator:
    """The same numbers for the same label, on every machine."""
    return np.random.default_rng(zlib.crc32(label.encode()))


def hyper_parameters(optimizer: type, chosen: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """A value for every field of the rule: chosen, drawn from RANGES, or its default."""
    unknown = set(chosen) - {f.name for f in fields(optimizer)}
    if unknown:
        raise ValueError(f"{optimizer.__name__} has no hyperparameter {', '.join(sorted(unknown))}")
    hyper = {}
    for f in fields(optimizer):
        is_number = isinstance(f.default, int | float) and not isinstance(f.default, bool)
        if f.name in chosen or (f.name in RANGES and is_number):
            hyper[f.name] = drawn(chosen.get(f.name, RANGES.get(f.name)), rng)
        elif f.default is not MISSING:
            hyper[f.name] = f.default
    return hyper


@dataclass
class Losses:
    """The losses f₁, f₂, … of a run. `t` is the step that `descend` is at; `weights` are those of the batch."""

    value_at: Callable[[int, Array], Any]
    grad_at: Callable[[int, Array], Array]
    start: Array
    steps: int = STEPS
    weights: Array | None = None
    dim: int = DIM
    t: int = field(default=1, init=False)

    def value(self, theta: Any) -> Any:
        return self.value_at(self.t, np.asarray(theta))

    def grad(self, theta: Any) -> Array:
        return self.grad_at(self.t, np.asarray(theta))


def noisy(rng: np.random.Generator) -> Losses:
    """Quadratics with a minimum that jumps: the gradient depends on the step and on the point."""
    curvature, center = rng.uniform(0.5, 3.0, DIM), rng.normal(size=(STEPS + 2, DIM))
    return Losses(
        lambda t, x: (0.5 * curvature * (x - center[t]) ** 2).sum(-1),
        lambda t, x: curvature * (x - center[t]),
        rng.normal(size=DIM),
    )


def linear(gradients: Callable[[int], Array], start: Array, **options: Any) -> Losses:
    """Losses with given gradients."""
    return Losses(
        lambda t, x: (gradients(t) * x).sum(-1),
        lambda t, x: np.broadcast_to(gradients(t), x.shape).copy(),
        start,
        **options,
    )


def heavy_tailed(rng: np.random.Generator) -> Losses:
    g = rng.standard_cauchy((STEPS + 2, DIM))
    return linear(lambda t: g[t], rng.normal(size=DIM))


def sparse(rng: np.random.Generator) -> Losses:
    """Tiny gradients with one large one, first or last or between."""
    g = 1e-3 * rng.normal(size=(STEPS + 2, DIM))
    g[rng.integers(1, STEPS + 1, DIM), range(DIM)] = 5.0
    return linear(lambda t: g[t], rng.normal(size=DIM))


def coins(rng: np.random.Generator) -> Losses:
    """All sequences of independent gradients of two values, as a batch; the weights are their probabilities."""
    steps, values, p = 6, rng.normal(1.0, 1.0, (2, DIM)), rng.uniform(0.2, 0.8)
    faces = np.array(list(product((0, 1), repeat=steps)))  # (batch, steps)
    weights = np.where(faces == 1, p, 1 - p).prod(1)
    g = values[faces]  # (batch, steps, d)
    return linear(lambda t: g[:, min(t, steps) - 1], np.zeros((len(faces), DIM)), steps=steps, weights=weights)


class _Recorder:
    """An optimizer that notes gradients and states, and may change its hyperparameters from step to step."""

    def __init__(self, at: Callable[[int], Any], losses: Losses) -> None:
        self.at, self.losses, self.g, self.states = at, losses, {}, []
        self.reads = getattr(at(1), "reads", ())

    def init(self, theta: Array) -> Any:
        self.states.append(self.at(1).init(theta))
        return self.states[0]

    def update(self, grad: Array, state: Any, **more: Any) -> Any:
        t = self.losses.t
        self.g[t] = grad
        step, state = self.at(t).update(grad, state, **more)
        self.states.append(state)
        self.losses.t = t + 1
        return step, state


def run(at: Callable[[int], Any], losses: Losses) -> dict[str, Any]:
    """Run the rule `at(t)` of step t through ol.descend; the values of the symbols, sequences indexed by t."""
    recorder = _Recorder(at, losses)
    path = ol.descend(recorder, losses, losses.start, losses.steps).theta
    if not np.isfinite(path).all():
        raise ValueError(f"the run of {at(1)} diverged: choose its hyperparameters by hyper=…")
    values: dict[str, Any] = {"theta": list(path), "g": recorder.g, "f": losses.value_at, "grad_f": losses.grad_at}
    for name in set(recorder.states[0]) - {"t"}:
        values[name] = [state[name] for state in recorder.states]
    if losses.weights is not None:
        weights = losses.weights
        values["E"] = lambda x: np.tensordot(weights, x, 1) if np.ndim(x) else x
    return values


def matrices(rule: Any, label: str, shape: tuple[int, int], steps: int = 8) -> dict[str, Any]:
    """Run a rule on one layer; weights, gradients, and what the state holds, as lists over the steps."""
    rng, size = seeded(label), math.prod(shape)
    theta, states = rng.normal(size=size), [rule.init(np.zeros(size))]
    W, G = [theta], [np.zeros(size)]
    for _ in range(steps):
        G.append(rng.normal(size=size))
        step, state = rule.update(G[-1], states[-1])
        W.append(W[-1] + step)
        states.append(state)
    m, n = shape
    as_table = {"W": [Matrix(w.reshape(shape)) for w in W], "G": [Matrix(g.reshape(shape)) for g in G]}
    return as_table | {"states": states, "m": m, "n": n, "eta": rule.lr}
