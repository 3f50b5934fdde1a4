"""Checks of the formulas of chapters/04-mathematics/02-momentum-dynamics.

What the formulas are compared with comes from the library: see tests/heavy_ball_values.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, Values, compare
from formula_runs import Draw, seeded
from formula_tokens import FormulaError
from formula_values import Matrix, evaluate, holds
from formulas import Book
from heavy_ball_values import (
    STEPS,
    N,
    R,
    at_equal_noise,
    behind,
    best_beta,
    changing_rates,
    coordinates,
    cycle,
    eigenvalue,
    ema,
    heavy_ball,
    kinked,
    least,
    nesterov,
    path,
    polyak,
    radius,
    rho,
    slope_of_radius,
    stationary,
    steepest,
    worst,
)

import optimlib as ol
from optimlib.explorers.heavy_ball import best_for


@dataclass(frozen=True)
class Criterion:
    """The statements hold exactly where `fact` is true; both must occur among the random values."""

    values: dict[str, Any]
    fact: Callable[[Values], bool]

    def __call__(self, book: Book, label: str) -> None:
        rng, seen = seeded(label), set()
        for _ in range(400):
            values = {name: float(rng.uniform(*interval)) for name, interval in self.values.items()}
            said = True
            for statement in book.statements(label):
                sides = [evaluate(side, values) for side in statement.sides]
                said &= all(map(holds, statement.relations, sides, sides[1:]))
            if said != self.fact(values):
                raise AssertionError(f"{book[label]}: the formula does not hold: it says {said} at {values}")
            seen.add(said)
        if len(seen) < 2:
            raise FormulaError(f"{book[label]}: its check never saw the other side of the border")


def best_possible(book: Book, label: str) -> None:
    """κ ≤ … ≤ …: true for any stable η and β, and equal for Polyak's."""
    rng, statements = seeded(label), book.statements(label)
    for k in range(60):
        v = {"mu": 1.0, "L": float(np.exp(rng.uniform(np.log(3.0), np.log(300.0))))}
        beta, share = float(rng.uniform(0.0, 0.95)), float(rng.uniform(0.02, 0.99))
        rule = polyak({"kappa": v["L"]}) if k < 10 else ol.Momentum(share * 2 * (1 + beta) / v["L"], beta)
        values = {"kappa": v["L"], "beta": rule.beta, "rho": worst(rule, v)}
        compare(book, label, statements, values, attained=k < 10)


SUM = r"a=1+\beta-\eta\lambda"
ETA, BETA, LAMBDA = (0.05, 0.3), (0.3, 0.9), (0.5, 3.0)
PRODUCT = {"beta": BETA, "eta": ETA, "lambda": LAMBDA}
OVERDAMPED = {"beta": (0.05, 0.3), "eta": (0.02, 0.08), "lambda": (0.5, 1.5)}
UNDERDAMPED = {"beta": (0.5, 0.9), "eta": (0.3, 0.5), "lambda": (0.8, 2.0)}
STEEP = {"mu": (0.5, 2.0), "L": (10.0, 200.0)}
ALL, LATER = range(1, STEPS + 1), range(2, STEPS + 1)
normal = Draw(lambda rng: rng.normal(size=3))
positive = Draw(lambda rng: Matrix((A := rng.normal(size=(3, 3))) @ A.T + np.eye(3)))
curvatures = Draw(lambda rng: list(rng.uniform(0.5, 3.0, 3)))
rates = Draw(lambda rng: list(rng.uniform(0.01, 0.3, STEPS + 1)))
gradients = Draw(lambda rng: list(rng.normal(size=(STEPS + 1, 3))))
IDENTITY = {"z": (-2.0, 2.0), "I": Matrix(np.eye(2))}
CHANGING = {"beta": BETA, "eta": rates, "g": gradients, "t": LATER}
THETA = {"theta": path("theta")}
OMEGA = {"omega": lambda v, _: float(np.angle(np.linalg.eigvals(R(v, _))).max())}
ON_RIDGE = {"beta": lambda v, _: float((1.0 - np.sqrt(v["eta"] * v["lambda"])) ** 2)}
KAPPA = {"kappa": lambda v, _: v["L"] / v["mu"]}

CHECKS = {
    "eq-momdyn-rule": ByUpdateRule(ol.Momentum),
    "eq-momdyn-quadratic": ByNumbers(
        {"H": positive, "c": normal, "theta": normal},
        where=(r"\theta^*=-H^{-1}c",),  # f from its gradient, which is linear on the way from the origin
        also={"f": lambda v, _: lambda theta: theta @ (np.asarray(v["H"]) @ (theta / 2) + v["c"])},
    ),
    "eq-momdyn-decoupled": ByNumbers(
        {"beta": BETA, "eta": ETA, "lambda": curvatures, "t": LATER, "i": range(3)}, also={"x": coordinates}
    ),
    "eq-momdyn-matrix": ByNumbers(PRODUCT | {"t": ALL}, also={"u": path("u"), **THETA, "R": R}),
    "eq-momdyn-characteristic": ByNumbers(PRODUCT | IDENTITY, also={"R": R}),
    "eq-momdyn-solution": ByNumbers(
        OVERDAMPED | {"t": ALL}, also={**THETA, "z1": eigenvalue(0), "z2": eigenvalue(1)}
    ),
    "eq-momdyn-discriminant": ByNumbers(PRODUCT),
    "eq-momdyn-radius": ByNumbers(
        {"beta": (0.05, 0.6), "eta": (0.03, 1.0), "lambda": (1.0, 3.0)}, where=(SUM,), also={"rho": rho}
    ),
    "eq-momdyn-oscillator": ByNumbers(PRODUCT | {"t": range(1, STEPS)}, also=THETA),
    "eq-momdyn-frequency": ByNumbers(UNDERDAMPED, also=OMEGA),
    "eq-momdyn-underdamped": ByNumbers(UNDERDAMPED | {"t": range(STEPS + 1)}, also={**THETA, **OMEGA}),
    "eq-momdyn-critical": ByNumbers(
        {"eta": (0.02, 0.3), "lambda": (0.5, 2.0), "t": range(STEPS + 1)}, also={**ON_RIDGE, **THETA}
    ),
    "eq-momdyn-schur": Criterion(
        {"a": (-2.5, 2.5), "b": (-1.5, 1.5)}, lambda v: abs(np.roots([1.0, -v["a"], v["b"]])).max() < 1.0
    ),
    "eq-momdyn-border": Criterion(
        {"eta": (0.1, 3.0), "lambda": (-0.5, 2.0), "beta": (0.0, 1.0)}, lambda v: rho(v, None) < 1.0
    ),
    "eq-momdyn-slope": ByNumbers(OVERDAMPED, where=(SUM,), also={"rho": rho, "rho_prime": slope_of_radius}),
    "eq-momdyn-ridge": ByNumbers(
        {"eta": (0.1, 1.5), "lambda": (0.1, 2.0)}, also={"beta": best_beta(ol.Momentum), "rho": rho}
    ),
    "eq-momdyn-kappa-bound": best_possible,
    "eq-momdyn-optimal": ByNumbers(
        STEEP,
        also={
            **KAPPA,
            "eta": lambda v, _: polyak(v).lr,
            "beta": lambda v, _: polyak(v).beta,
            "rho": lambda v, _: worst(heavy_ball(v), v),
        },
    ),
    "eq-momdyn-gd": ByNumbers(
        STEEP,
        also={
            **KAPPA,
            "eta": lambda v, _: least(lambda eta: worst(ol.Momentum(eta, 0.0), v, 0.0), 1e-9, 2.0 / v["L"]),
            "rho": lambda v, _: worst(ol.Momentum(v["eta"], 0.0), v),
        },
    ),
    "eq-momdyn-steepest": ByNumbers(
        {"kappa": (5.0, 500.0), "t": range(40)},
        also={"theta": steepest, "r": lambda v, _: float(np.sqrt(best_for(v["kappa"])[1]))},
    ),
    "eq-momdyn-peak": ByNumbers({"kappa": (400.0, 4000.0), "T": 400}, also={"theta": steepest}),
    "eq-momdyn-ema": ByUpdateRule(
        ol.Momentum, also={"m": ema, "eta_EMA": lambda v, _: (v["theta"][1] - v["theta"][2]) / ema(v, _)[2]}
    ),
    "eq-momdyn-torch": ByNumbers(CHANGING, also={"theta": changing_rates(in_buffer=False)}),
    "eq-momdyn-keras": ByNumbers(CHANGING, also={"theta": changing_rates(in_buffer=True)}),
    "eq-momdyn-lookahead": ByUpdateRule(ol.Nesterov, also={"theta": behind}),
    "eq-momdyn-nesterov": ByUpdateRule(ol.Nesterov, {"theta_tilde": "theta"}),
    "eq-momdyn-nesterov-matrix": ByNumbers(PRODUCT, also={"N": N}),
    "eq-momdyn-nesterov-characteristic": ByNumbers(PRODUCT | IDENTITY, also={"N": N}),
    "eq-momdyn-nesterov-border": Criterion(
        {"eta": (0.1, 2.0), "lambda": (-0.5, 1.5), "beta": (0.0, 1.0)}, lambda v: radius(nesterov(v), v["lambda"]) < 1.0
    ),
    "eq-momdyn-nesterov-ridge": ByNumbers(
        {"eta": (0.1, 0.9), "lambda": (0.1, 1.0)},
        also={"beta": best_beta(ol.Nesterov), "rho": lambda v, _: radius(nesterov(v), v["lambda"])},
    ),
    "eq-momdyn-nesterov-rate": ByNumbers(
        STEEP,
        also={
            **KAPPA,
            "eta": lambda v, _: 1.0 / v["L"],
            "beta": lambda v, _: least(lambda beta: worst(ol.Nesterov(1.0 / v["L"], beta), v, 0.0), 0.0, 0.999),
            "rho": lambda v, _: worst(nesterov(v), v),
        },
    ),
    "eq-momdyn-variance": ByNumbers(PRODUCT | {"sigma": (0.5, 3.0)}, also={"V": stationary}),
    "eq-momdyn-noisy-rate": ByNumbers(
        {"x": (0.01, 0.5)},
        also={
            "beta": lambda v, _: least(lambda beta: at_equal_noise(v, beta, 0.0), 0.0, 1.0 - 1e-9),
            "rho": lambda v, _: at_equal_noise(v, v["beta"]),
        },
    ),
    "eq-momdyn-kinked": ByNumbers({"theta": (-2.0, 4.0), "grad_f": kinked}),
    "eq-momdyn-cycle": ByNumbers({"p": cycle(1), "q": cycle(0), "s": cycle(2)}),
    "eq-momdyn-saddle": ByNumbers(
        {"eta": (0.0001, 0.001), "beta": BETA, "lambda": Draw(lambda rng: -float(rng.uniform(0.1, 0.5)))},
        also={"z1": eigenvalue(0)},
    ),
}  # fmt: skip

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "η in the buffer": ("eq-momdyn-rule", r"\beta u_{t-1} + g_t", r"\beta u_{t-1} + \eta g_t"),
    "the buffer of the step before": ("eq-momdyn-rule", r"\eta\, u_t", r"\eta\, u_{t-1}"),
    "D2L's minimizer": ("eq-momdyn-quadratic", r"(\theta-\theta^*)^\top", r"(\theta+\theta^*)^\top"),
    "the constant with the wrong sign": ("eq-momdyn-quadratic", r"- \tfrac12\,c^\top", r"+ \tfrac12\,c^\top"),
    "η lost as in D2L": ("eq-momdyn-decoupled", r"\eta\lambda_i", r"\lambda_i"),
    "another coordinate's curvature": ("eq-momdyn-decoupled", r"\lambda_i", r"\lambda_{2-i}"),
    "matrix without β": ("eq-momdyn-matrix", r"-\eta\beta", r"-\eta"),
    "matrix transposed": (
        "eq-momdyn-matrix", r"\beta & \lambda \\ -\eta\beta & 1", r"\beta & -\eta\beta \\ \lambda & 1"
    ),
    "determinant 1": ("eq-momdyn-characteristic", r"z + \beta", r"z + 1"),
    "solution with the powers of a step later": ("eq-momdyn-solution", r"z_1^{t-1}-z_2^{t-1}", r"z_1^{t}-z_2^{t}"),
    "roots of the discriminant without root": ("eq-momdyn-discriminant", r"(1-\sqrt\beta)^2", r"(1-\beta)^2"),
    "Distill's 2√β": ("eq-momdyn-radius", r"\sqrt{\beta} &", r"2\sqrt{\beta} &"),
    "half of the roots lost": ("eq-momdyn-radius", r"\tfrac12", ""),
    "friction β": ("eq-momdyn-oscillator", r"-(1-\beta)", r"-\beta"),
    "frequency with β for its root": ("eq-momdyn-frequency", r"2\sqrt\beta", r"2\beta"),
    "amplitude β^t": ("eq-momdyn-underdamped", r"\beta^{t/2}", r"\beta^{t}"),
    "double root without its factor": ("eq-momdyn-critical", r"\,(1+\sqrt{\eta\lambda}\,t)", ""),
    "criterion without b": ("eq-momdyn-schur", "1+b", "1"),
    "criterion without |b|": ("eq-momdyn-schur", "|b| < 1", "b < 2"),
    "border of gradient descent": ("eq-momdyn-border", r"2(1+\beta)", "2"),
    "border of an EMA": ("eq-momdyn-border", r"2(1+\beta)", r"\frac{2(1+\beta)}{1-\beta}"),
    "slope upside down": ("eq-momdyn-slope", r"-\frac", r"\frac"),
    "ridge without the square": ("eq-momdyn-ridge", r"(1-\sqrt{\eta\lambda})^2", r"(1-\sqrt{\eta\lambda})"),
    "bound with signs swapped": ("eq-momdyn-kappa-bound", r"(\rho-\beta)", r"(\rho+\beta)"),
    "square of the bound lost": ("eq-momdyn-kappa-bound", r"\Bigr)^2", r"\Bigr)"),
    "κ for its root": ("eq-momdyn-optimal", r"\rho = \frac{\sqrt\kappa-1}", r"\rho = \frac{\kappa-1}"),
    "step 1/L": ("eq-momdyn-gd", r"\frac{2}{L+\mu}", r"\frac{1}{L}"),
    "no alternation": ("eq-momdyn-steepest", "(-r)^t", "r^t"),
    "peak κ/e": ("eq-momdyn-peak", r"\frac{\sqrt\kappa}{e}", r"\frac{\kappa}{e}"),
    "conversion upside down": ("eq-momdyn-ema", r"\frac{\eta}{1-\beta}", r"\eta(1-\beta)"),
    "ratio of rates upside down": ("eq-momdyn-torch", r"\frac{\eta_t}{\eta_{t-1}}", r"\frac{\eta_{t-1}}{\eta_t}"),
    "ratio of rates lost": ("eq-momdyn-torch", r"\frac{\eta_t}{\eta_{t-1}}\,", ""),
    "Keras like torch": ("eq-momdyn-keras", r"+ \beta\,", r"+ \beta\,\frac{\eta_t}{\eta_{t-1}}\,"),
    "no look ahead": ("eq-momdyn-lookahead", r"-\eta\beta u_{t-1}", ""),
    "Nesterov without the gradient": ("eq-momdyn-nesterov", r"(g_t+\beta u_t)", "u_t"),
    "Nesterov's matrix without the look-ahead": ("eq-momdyn-nesterov-matrix", r"(1+\beta)\,", ""),
    "Nesterov with the heavy ball's determinant": (
        "eq-momdyn-nesterov-characteristic", r"+ \beta(1-\eta\lambda)", r"+ \beta"
    ),
    "Nesterov with the heavy ball's border": (
        "eq-momdyn-nesterov-border", r"\frac{2(1+\beta)}{1+2\beta}", r"2(1+\beta)"
    ),
    "Nesterov with the heavy ball's ridge": (
        "eq-momdyn-nesterov-ridge", r"\frac{1-\sqrt{\eta\lambda}}{1+\sqrt{\eta\lambda}}", r"(1-\sqrt{\eta\lambda})^2"
    ),
    "Nesterov with Polyak's rate": (
        "eq-momdyn-nesterov-rate", r"1-\frac{1}{\sqrt\kappa}", r"\frac{\sqrt\kappa-1}{\sqrt\kappa+1}"
    ),
    "variance at equal η": ("eq-momdyn-variance", r"(1-\beta)\,", ""),
    "rate without momentum": ("eq-momdyn-noisy-rate", r"\frac{1-x}{1+x}", "1-x"),
    "a jump in the gradient": ("eq-momdyn-kinked", r"25\,\theta - 24", r"25\,\theta"),
    "a wrong point": ("eq-momdyn-cycle", "2208", "2028"),
    "no gain at the saddle": ("eq-momdyn-saddle", r"\frac{\eta\,|\lambda|}{1-\beta}", r"\eta\,|\lambda|"),
}  # fmt: skip

EQUIVALENT = {
    (
        "eq-momdyn-kinked",
        r"\nabla f(\theta) = \begin{cases} 25\,\theta & \theta < 1 \\ \theta + 24 & 1 \le \theta < 2 \\"
        r" 25\,\theta - 24 & \theta \ge 1  \end{cases}",
    ): "the cases are read in order, and θ < 2 has been taken",
}
