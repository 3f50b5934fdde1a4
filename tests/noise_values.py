"""Values for formulas about SGD with noise: runs of optimlib's rules, exact means over all signs of the noise, and the
solutions of the linear equations that stationary variances satisfy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
from formula_kinds import Values
from formulas import Book
from numpy.typing import NDArray

import optimlib as ol

Array = NDArray[np.float64]
STEPS = 7
SIGNS = np.array(list(product([-1.0, 1.0], repeat=STEPS))).T  # (steps, copies): noise of mean 0 and variance 1


def sgd(v: Values, xi: Array, rate: Callable[[int], float] | None = None) -> list[Array]:
    """θ₀, θ₁, … of the library's SGD on ½λθ² with the noise σξ."""
    path, state = [np.full(xi.shape[1:], v["start"])], {"t": 0}
    for t, noise in enumerate(xi, start=1):
        rule = ol.SGD(lr=rate(t) if rate else v["eta"])
        step, _ = rule.update(v["lambda"] * path[-1] + v["sigma"] * noise, state)
        path.append(path[-1] + step)
    return path


def squares(v: Values, _: Book) -> list[float]:
    return [float((theta**2).mean()) for theta in sgd(v, SIGNS)]


def one_run(v: Values, _: Book) -> list[float]:
    return [float(theta) for theta in sgd(v, v["noise"])]


def observations(v: Values, _: Book) -> list[float]:
    return [float(theta) for theta in sgd(v, v["noise"], lambda t: 1.0 / (v["lambda"] * t))]


def noise_of(v: Values, _: Book) -> list[Any]:
    return [None, *v["noise"]]


def mean_point(v: Values, _: Book) -> list[Any]:
    path = one_run(v, _)
    return [None, *(float(np.mean(path[:t])) for t in range(1, STEPS + 1))]


def fixed_point(keep: float, add: float) -> float:
    """Of q = keep · q + add, where two points of it meet."""
    return add / (1.0 - keep)


def floor(v: Values, _: Book) -> float:
    """From two steps of the library: it maps q to keep · q + add."""
    one, zero = (float((sgd(v | {"start": x}, SIGNS[:1, [0, -1]])[1] ** 2).mean()) for x in (1.0, 0.0))
    return fixed_point(one - zero, zero)


def floors(v: Values, _: Book) -> Callable[[float, float], float]:
    return lambda eta, B: floor(v | {"eta": eta, "sigma": v["sigma"] / B**0.5}, _)


def covariance(v: Values) -> tuple[Array, Array, Array]:
    """A, C, and the stationary V = (I − ηA) V (I − ηA) + η²C, in the eigenvectors of A."""
    lam, C = np.array(v["lambda"][1:]), np.array([row[1:] for row in v["C"][1:]])
    keep = np.eye(len(lam)) - v["eta"] * np.diag(lam)
    V = np.linalg.solve(np.eye(len(lam) ** 2) - np.kron(keep, keep), v["eta"] ** 2 * C.ravel())
    return np.diag(lam), C, V.reshape(C.shape)


def padded(matrix: Array) -> list[Any]:
    return [None, *([None, *map(float, row)] for row in matrix)]


def random_covariance(rng: np.random.Generator) -> list[Any]:
    root = rng.normal(size=(3, 3))
    return padded(root @ root.T)


def excess(v: Values, _: Book) -> float:
    A, _C, V = covariance(v)
    return float(np.trace(A @ V) / 2)


def mean_square(v: Values, _: Book) -> float:
    A, C, V = covariance(v)
    return float(np.trace(A @ A @ V) + np.trace(C))


def after(v: Values, T: int, eta: Any) -> Any:
    """q_T by the solved recursion of constant η, an array of them."""
    fixed = eta * v["sigma"] ** 2 / (v["lambda"] * (2 - eta * v["lambda"]))
    return fixed + (1 - eta * v["lambda"]) ** (2 * T) * (v["q"][0] - fixed)


def best_rate(v: Values, _: Book) -> list[Any]:
    rates = np.geomspace(1e-4, 1.9, 20_001) / v["lambda"]
    T = v["T"]
    return [None] * T + [float(rates[after(v, T, rates).argmin()])]


def best_error(v: Values, _: Book) -> list[Any]:
    T = v["T"]
    return [v["q"][0], *[None] * (T - 1), float(after(v, T, np.array([best_rate(v, _)[T]]))[0])]


def best_rates(v: Values, _: Book) -> list[Any]:
    """η₁, η₂, … that make q_t least, each found by trying the library's step at three rates (q is a parabola in η)."""
    q, rates = v["start"] ** 2, [None]
    for _t in range(STEPS):
        at = np.array([0.2, 0.5, 1.0])
        ends = [
            np.mean([sgd(v | {"start": s * q**0.5, "eta": e}, SIGNS[:1, [0, -1]])[1] ** 2 for s in (-1, 1)]) for e in at
        ]
        a, b, _c = np.polyfit(at, ends, 2)
        rates.append(float(-b / (2 * a)))
        q = float(np.polyval((a, b, _c), rates[-1]))
    return rates


def best_squares(v: Values, _: Book) -> list[float]:
    rates = best_rates(v, _)
    return [float((x**2).mean()) for x in sgd(v, SIGNS, lambda t: rates[t])]


def wrong_products(v: Values, _: Book) -> list[float]:
    """What a start of 1 is after each step of the library without noise, at η = c/t."""
    quiet = v | {"start": 1.0, "sigma": 0.0}
    return [float(x[0]) for x in sgd(quiet, SIGNS[:, :1], lambda t: v["c"] / t)]


def wrong_squares(v: Values, _: Book) -> list[float]:
    return [float((x**2).mean()) for x in sgd(v, SIGNS, lambda t: v["c"] / t)]


def far_squares(v: Values, _: Book) -> dict[int, float]:
    q, last = 1.0, 30_000
    for t in range(1, last + 1):
        q = (1 - v["c"] * v["lambda"] / t) ** 2 * q + (v["c"] * v["sigma"] / t) ** 2
    return {last: q}


def martingale(v: Values, _: Book) -> list[float]:
    drawn = [0.0, *np.cumsum([v["eta"][t] * v["sigma"] * xi for t, xi in enumerate(v["noise"], start=1)])]
    return list(map(float, drawn))


def shifted(v: Values, _: Book) -> list[float]:
    path = sgd(v, v["noise"], lambda t: v["eta"][t])
    return [float(x) + m - v["M_bar"] for x, m in zip(path, v["M"], strict=True)]


def heavy_ball(v: Values, _: Book) -> float:
    """θ's stationary variance: the library's step as a matrix, then the Lyapunov equation."""
    rule = ol.Momentum(lr=v["eta_tilde"] * (1 - v["beta"]), beta=v["beta"])

    def move(theta: float, u: float, xi: float) -> Array:
        state = rule.init(np.zeros(1)) | {"u": np.array([u])}
        step, state = rule.update(np.array([v["lambda"] * theta + v["sigma"] * xi]), state)
        return np.array([theta + step[0], state["u"][0]])

    T, b = np.column_stack([move(1, 0, 0), move(0, 1, 0)]), move(0, 0, 1)
    return float(np.linalg.solve(np.eye(4) - np.kron(T, T), np.outer(b, b).ravel())[0])


def multiplicative(v: Values, _: Book) -> float:
    """Samples x² = λ ± τ, and x e = ±σ independently."""
    both = [(x2, xe) for x2 in (v["lambda"] - v["tau"], v["lambda"] + v["tau"]) for xe in (-v["sigma"], v["sigma"])]
    ends = [np.mean([(q0 - v["eta"] * (x2 * q0 - xe)) ** 2 for x2, xe in both]) for q0 in (0.0, 1.0)]
    return fixed_point(float(ends[1] - ends[0]), float(ends[0]))


def moved(eta: float, x: Array, e: Array) -> Array:
    step, _ = ol.SGD(lr=eta).update(x * (x @ e), {"t": 0})
    return e + np.asarray(step)


def shuffled(rng: np.random.Generator) -> Array:
    a = rng.normal(size=5)
    return a - a.mean()


def epoch(eta_lambda: float, start: float, a: Array) -> float:
    theta, rule = start, ol.SGD(lr=eta_lambda)
    for x in a:
        step, _ = rule.update(np.array([theta - x]), {"t": 0})
        theta = float(theta + step[0])
    return theta


def epoch_end(v: Values, _: Book) -> list[float]:
    a = np.array(v["a"][1:])
    found = [v["start"]]
    for k in range(1, len(a) + 1):
        found.append(epoch(v["eta"] * v["lambda"], v["start"], a[:k]))
    return found


def all_orders(v: Values) -> tuple[float, Array]:
    """The factor of an epoch, and its shifts in all orders of the samples."""
    x = v["eta"] * v["lambda"]
    shifts = np.array([epoch(x, 0.0, np.array(order)) for order in permutations(v["samples"])])
    return epoch(x, 1.0, np.zeros(v["n"])), shifts


def reshuffled(v: Values, _: Book) -> float:
    factor, shifts = all_orders(v)
    return float((shifts**2).mean() / (1 - factor**2))


def once(v: Values, _: Book) -> float:
    factor, shifts = all_orders(v)
    return float(((shifts / (1 - factor)) ** 2).mean())


def critical(v: Values, _: Book) -> float:
    """The batch at which the floor for small steps, η S/(4B), meets the goal with the largest η."""
    small = np.linspace(0.002, 0.01, 5)  # the floor divided by η, continued to η = 0
    slopes = [0.5 * floor({"eta": eta, "lambda": 1.0, "sigma": v["S"] ** 0.5}, _) / eta for eta in small]
    return float(np.polyfit(small, slopes, 4)[-1] * v["eta_max"] / v["Delta"])
