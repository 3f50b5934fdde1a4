"""Functions whose L, μ, and least value are known, and runs on them, for the checks of how fast gradient descent is."""

from __future__ import annotations

from typing import Any

import numpy as np

import optimlib as ol

DIM, STEPS = 3, 12


class Sum:
    """A function of one variable, summed over the coordinates."""

    def __init__(self, value: Any, slope: Any, L: Any, dim: int = DIM, center: float = 0.0) -> None:
        self.one, self.slope, self.L, self.dim, self.center = value, slope, L, dim, center

    def value(self, theta: Any) -> Any:
        return self.one(np.asarray(theta) - self.center).sum(-1)

    def grad(self, theta: Any) -> Any:
        return self.slope(np.asarray(theta) - self.center)


def moved(f: Sum, center: float) -> Sum:
    return Sum(f.one, f.slope, f.L, f.dim, center)


def bowl(L: float, dim: int = DIM) -> Sum:
    return Sum(lambda x: 0.5 * L * x * x, lambda x: L * x, L, dim)


def rounded(L: Any) -> Sum:
    """Convex, with curvatures between 0 and L, least value 0."""
    return Sum(lambda x: L * np.log(np.cosh(x)), lambda x: L * np.tanh(x), L)


def between(mu: float, L: float) -> Sum:
    """Curvatures between μ and L."""
    return Sum(lambda x: 0.5 * mu * x * x + (L - mu) * np.log(np.cosh(x)), lambda x: mu * x + (L - mu) * np.tanh(x), L)


def waves(L: Any) -> Sum:
    """Not convex, with curvatures between −L and L, least value 0."""
    return Sum(lambda x: L * (1.0 - np.cos(x)), lambda x: L * np.sin(x), L)


def knee(a: float, L: float) -> Sum:
    """½Lx² up to |x| = a, straight lines beyond."""
    return Sum(
        lambda x: np.where(abs(x) > a, L * a * (abs(x) - a / 2), 0.5 * L * x * x), lambda x: L * np.clip(x, -a, a), L, 1
    )


def path(f: Any, eta: float, start: Any, steps: int = STEPS) -> list[Any]:
    return list(ol.descend(ol.SGD(lr=eta), f, start, steps).theta)


SINE = Sum(lambda x: x * x + 1.5 * (1.0 - np.cos(2.0 * x)), lambda x: 2.0 * x + 3.0 * np.sin(2.0 * x), 8.0, 1)


def chain(k: int) -> Any:
    """The matrix of the chain's quadratic part; its value is ½⟨θ, Hθ⟩ − ¼θ₁ for L = 1."""
    return (2.0 * np.eye(k) - np.eye(k, k=1) - np.eye(k, k=-1)) / 4.0


def search(f: Any, start: Any, steps: int, first: float, c: float) -> dict[str, Any]:
    """Backtracking: tried first and accepted η by step, and the number of evaluations."""
    theta, eta, tried, evaluations = np.asarray(start), [first], [np.nan], 0
    for _ in range(steps):
        g, rate = f.grad(theta), 2.0 * eta[-1]
        tried.append(rate)
        evaluations += 1
        while f.value(theta - rate * g) > f.value(theta) - c * rate * (g @ g):
            rate, evaluations = rate / 2.0, evaluations + 1
        theta = theta - rate * g
        eta.append(rate)
    return {"eta": eta, "eta_tilde": tried, "N": evaluations}
