"""Values for formulas about momentum: runs of optimlib's rules on ½λθ², and the matrices of one step of these rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from formula_kinds import Values
from formula_values import Matrix
from formulas import Book

import optimlib as ol
from optimlib.explorers.heavy_ball import best_for

STEPS = 12
Of = Callable[[Values, Book], Any]


@dataclass(frozen=True)
class Parabola:
    """½λθ², for any sign of λ."""

    curvature: float
    dim: int = 1

    def value(self, theta: Any) -> Any:
        return 0.5 * self.curvature * (theta**2).sum(-1)

    def grad(self, theta: Any) -> Any:
        return self.curvature * theta


def matrix(rule: Any, curvature: float) -> Matrix:
    """What one step of the rule does to (u, θ) on ½λθ², from the steps of the unit vectors."""
    columns = []
    for u, theta in ((1.0, 0.0), (0.0, 1.0)):
        step, state = rule.update(np.array([curvature * theta]), {"t": 0, "u": np.array([u])})
        columns.append([state["u"][0], theta + step[0]])
    return Matrix(np.transpose(columns))


def radius(rule: Any, curvature: float, blur: float = 1e-12) -> float:
    """The spectral radius. Eigenvalues nearer than `blur` count as equal: their root would magnify rounding."""
    M = matrix(rule, curvature)
    trace, det = float(M[0, 0] + M[1, 1]), float(M[0, 0] * M[1, 1] - M[0, 1] * M[1, 0])
    split = trace**2 - 4.0 * det
    if abs(split) < blur * trace**2:
        return abs(trace) / 2.0
    return float(np.sqrt(det)) if split < 0.0 else (abs(trace) + float(np.sqrt(split))) / 2.0


def heavy_ball(v: Values) -> ol.Momentum:
    return ol.Momentum(v["eta"], v["beta"])


def nesterov(v: Values) -> ol.Nesterov:
    return ol.Nesterov(v["eta"], v["beta"])


def worst(rule: Any, v: Values, blur: float = 1e-12) -> float:
    """The spectral radius of the slowest of many curvatures from μ to L."""
    return max(radius(rule, curvature, blur) for curvature in np.geomspace(v["mu"], v["L"], 17))


def least(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls and then rises is least, by golden section; never left of it, where ρ is steep."""
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(80):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if function(a) < function(b) else (a, high)
    return float(high)


def path(name: str, steps: int = STEPS) -> Of:
    """The sequence of θ or u of a heavy ball on ½λθ²."""

    def sequence(v: Values, _: Book) -> list[float]:
        run = ol.descend(heavy_ball(v), Parabola(v["lambda"]), [1.7], steps, record=["u"])
        return [float(x) for x in (run.theta if name == "theta" else run.state["u"])[:, 0]]

    return sequence


def R(v: Values, _: Book) -> Matrix:
    return matrix(heavy_ball(v), v["lambda"])


def N(v: Values, _: Book) -> Matrix:
    return matrix(nesterov(v), v["lambda"])


def rho(v: Values, _: Book) -> float:
    return radius(heavy_ball(v), v["lambda"])


def eigenvalue(which: int) -> Of:
    """The real eigenvalues in falling order."""
    return lambda v, book: float(np.sort(np.linalg.eigvals(R(v, book)).real)[::-1][which])


def slope_of_radius(v: Values, _: Book) -> Callable[[float], float]:
    """ρ′(β) as the derivative of an eigenvalue: R is linear in β."""

    def slope(beta: float) -> float:
        here, half = (np.asarray(R(v | {"beta": b}, _)) for b in (beta, beta / 2))
        left, right = (vectors[:, abs(z).argmax()] for z, vectors in map(np.linalg.eig, (here.T, here)))
        return float(left @ ((here - half) / (beta / 2)) @ right / (left @ right))

    return slope


def best_beta(rule: type) -> Of:
    """The β with the least spectral radius at given η and λ."""
    return lambda v, _: least(lambda beta: radius(rule(v["eta"], beta), v["lambda"], 0.0), 0.0, 1.0 - 1e-12)


def polyak(v: Values) -> ol.Momentum:
    """The library's best heavy ball; eq-momdyn-kappa-bound shows that there is none better."""
    eta, beta = best_for(v["kappa"])
    return ol.Momentum(eta / v.get("mu", 1.0), beta)


def steepest(v: Values, _: Book) -> list[float]:
    """θ at the curvature L = κ with the best setting."""
    rule = polyak({"kappa": v["kappa"]})
    return path("theta", 400)({"eta": rule.lr, "beta": rule.beta, "lambda": v["kappa"]}, _)


def coordinates(v: Values, _: Book) -> list[list[float]]:
    """x[i][t] of a run on a rotated quadratic whose minimizer is not the origin."""
    rng = np.random.default_rng(5)
    Q, lam, center = np.linalg.qr(rng.normal(size=(3, 3)))[0], np.array(v["lambda"]), rng.normal(size=3)
    rule, theta = heavy_ball(v), rng.normal(size=3)
    state, x = rule.init(theta), [Q.T @ (theta - center)]
    for _step in range(STEPS):
        step, state = rule.update(Q @ (lam * (Q.T @ (theta - center))), state)
        theta = theta + step
        x.append(Q.T @ (theta - center))
    return [list(row) for row in np.transpose(x)]


def changing_rates(in_buffer: bool) -> Of:
    """θ of a run whose η changes in each step; Keras has η in the buffer."""

    def sequence(v: Values, _: Book) -> list[Any]:
        eta, g, theta, w = v["eta"], v["g"], [np.zeros(3)], np.zeros(3)
        rule = ol.Momentum(lambda t: eta[t], v["beta"])
        state = rule.init(theta[0])
        for t in range(1, STEPS + 1):
            step, state = rule.update(g[t], state)
            w = v["beta"] * w - eta[t] * g[t]
            theta.append(theta[-1] + (w if in_buffer else step))
        return theta

    return sequence


def ema(v: Values, _: Book) -> list[Any]:
    """m of EMAMomentum for the same gradients."""
    rule, m = ol.EMAMomentum(1.0, v["beta"]), [np.zeros(3)]
    state = rule.init(m[0])
    for t in range(1, len(v["theta"])):
        _step, state = rule.update(v["g"][t], state)
        m.append(state["m"])
    return m


def behind(v: Values, _: Book) -> list[Any]:
    """θ of Nesterov's look-ahead form, from the point that the library stores."""
    return [theta + v["lr"] * v["beta"] * u for theta, u in zip(v["theta"], v["u"], strict=True)]


def stationary(v: Values, _: Book) -> float:
    """The variance of θ: Σ = R Σ Rᵀ + noise, where a draw moves u by σ and θ by −ησ."""
    M, kick = np.asarray(R(v, _)), v["sigma"] * np.array([1.0, -v["eta"]])
    return float(np.linalg.solve(np.eye(4) - np.kron(M, M), np.outer(kick, kick).ravel())[3])


def at_equal_noise(v: Values, beta: float, blur: float = 1e-12) -> float:
    """ρ in the flattest direction at a given x = ημ/(1 − β)."""
    return radius(ol.Momentum(v["x"] * (1.0 - beta), beta), 1.0, blur)


def kinked(theta: float) -> float:
    return 25.0 * theta - 24.0 * min(max(theta - 1.0, 0.0), 1.0)


def cycle(which: int) -> float:
    """The points between which a long run ends up going to and fro, in rising order."""
    points = [3.3, 3.3]
    for _ in range(3000):
        points.append(points[-1] - kinked(points[-1]) / 9 + (points[-1] - points[-2]) * 4 / 9)
    return sorted(points[-3:])[which]
