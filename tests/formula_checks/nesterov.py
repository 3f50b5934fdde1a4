"""Checks of the formulas of chapters/03-algorithms/02-momentum-and-nesterov.

The velocity form and dampening are not in the library: their values follow from the path of parameters alone, or from
sums over all gradients, never from the recursions on the page.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, Stated, Values, compare
from formula_runs import Draw, seeded
from formulas import Book
from heavy_ball_values import Parabola, behind, changing_rates

import optimlib as ol

STEPS = 12
Sequence = list[Any]


def run(rule: Any, g: Sequence, buffer: str) -> dict[str, Sequence]:
    """θ and the buffer of a rule that gets the gradients g[1], g[2], …"""
    theta, state = [np.zeros(3)], rule.init(np.zeros(3))
    kept = [state[buffer]]
    for grad in g[1:]:
        step, state = rule.update(grad, state)
        theta.append(theta[-1] + step)
        kept.append(state[buffer])
    return {"theta": theta, buffer: kept}


def of(rule: type, buffer: str, what: str) -> Any:
    """The sequence `what` of a rule of the library whose η changes from step to step."""
    return lambda v, _: run(rule(lambda t: v["eta"][t], v["beta"]), v["g"], buffer)[what]


def displacements(v: Values, book: Book) -> Sequence:
    """w_t of the velocity form: the differences of θ in Polyak's form, which has no buffer at all."""
    g, eta, beta, theta = v["g"], v["eta"], v["beta"], [np.zeros(3), np.zeros(3)]
    for t in range(1, len(g)):
        theta.append((1 + beta) * theta[-1] - beta * theta[-2] - eta[t] * g[t])
    return [b - a for a, b in pairwise(theta)]


def corrected(v: Values, _: Book) -> Sequence:
    """The steps of the library's sum, which momentum correction shall give."""
    theta = run(ol.Momentum(lambda t: v["eta"][t], v["beta"]), v["g"], "u")["theta"]
    return [np.zeros(3), *(b - a for a, b in pairwise(theta))]


def dampened(v: Values, _: Book) -> Sequence:
    """u_t of torch as a sum over all gradients, of which the first is not dampened."""
    g, tau = v["g"], v.get("tau", v["beta"])
    weight = [np.nan, 1.0, *[1.0 - tau] * (len(g) - 2)]
    return [sum((v["beta"] ** (t - i) * weight[i] * g[i] for i in range(1, t + 1)), np.zeros(3)) for t in range(len(g))]


def coasting(book: Book, label: str) -> None:
    """How far two long runs with the same gradients end up from each other; η drops after step s."""
    rng = seeded(label)
    for _ in range(8):
        old, new, beta, s = rng.uniform(0.1, 1.0), rng.uniform(0.01, 0.09), rng.uniform(0.3, 0.8), 9
        rates = [old] * (s + 1) + [new] * 200
        v = {"eta": rates, "beta": beta, "g": list(rng.normal(size=(len(rates), 3)))}
        by_sum = run(ol.Momentum(lambda t, rates=rates: rates[t], beta), v["g"], "u")
        by_velocity = np.sum(displacements(v, book), axis=0)
        values = {"Delta": by_sum["theta"][-1] - by_velocity, "u": by_sum["u"], "s": s, "beta": beta}
        assert compare(book, label, book.statements(label), values | {"eta_old": old, "eta_new": new})


def along_a_direction(v: Values, _: Book) -> Sequence:
    """x_t of the library's Nesterov on ½λθ², brought back from the point ahead."""
    rule = ol.Nesterov(v["eta"], v["beta"])
    path = ol.descend(rule, Parabola(v["lambda"]), [1.7], STEPS, record=["u"])
    return [float(x) for x in (path.theta + v["eta"] * v["beta"] * path.state["u"])[:, 0]]


def determinant(v: Values, book: Book) -> float:
    """That of a step in this direction, from four points of the run: what x of two steps before is multiplied by."""
    x = along_a_direction(v, book)
    return float(np.linalg.solve([[x[1], -x[0]], [x[2], -x[1]]], x[2:4])[1])


def sequence(steps: int = 60) -> list[float]:
    """a_1, a_2, …: the positive roots of a² − a = (a before)²; a_0 = 0."""
    a = [0.0]
    for _ in range(steps):
        a.append(max(np.roots([1.0, -1.0, -(a[-1] ** 2)]).real))
    return a


def smooth(rng: np.random.Generator) -> dict[str, Any]:
    """A convex function with curvatures up to 1, and Nesterov's own method on it with η = 1."""
    center, slope = rng.normal(size=3), rng.uniform(0.2, 1.0, 3)

    def f(x: Any) -> Any:
        return (np.log(np.cosh(slope * (x - center))) / slope**2).sum(-1)

    def grad(x: Any) -> Any:
        return np.tanh(slope * (x - center)) / slope

    a, theta, ahead, g = sequence(), [3 * rng.normal(size=3)], [], [np.zeros(3)]
    ahead.append(theta[0])
    for t in range(1, STEPS + 1):
        g.append(grad(ahead[-1]))
        theta.append(ahead[-1] - g[-1])
        ahead.append(theta[-1] + (a[t] - 1) / a[t + 1] * (theta[-1] - theta[-2]))
    # The point that extrapolation would reach, from the sum of the steps that it takes.
    z = [theta[0] - sum((a[i] * g[i] for i in range(1, t + 1)), np.zeros(3)) for t in range(STEPS + 1)]
    return {"f": f, "a": a, "theta": theta, "theta_tilde": ahead, "g": g, "z": z, "eta": 1.0}


def proof(book: Book, label: str) -> None:
    rng = seeded(label)
    for _ in range(6):
        values = smooth(rng)
        statements = book.statements(label, {"f"})
        for t in range(1, STEPS + 1):
            for p in (values["theta"][t - 1], *rng.normal(0.0, 3.0, (3, 3))):
                assert compare(book, label, statements, values | {"t": t, "p": p})
    for _ in range(6):  # on 1 + ½‖x‖² with η = 1, and p at the point ahead: equal
        x = rng.normal(size=(2, 3))
        values = {"f": lambda y: 1.0 + 0.5 * (y * y).sum(-1), "theta_tilde": [x[0]], "g": [np.zeros(3), x[0]]}
        values |= {"theta": [x[1], np.zeros(3)], "p": x[0], "eta": 1.0, "t": 1}
        assert compare(book, label, book.statements(label, {"f"}), values, attained=True)


def extrapolated(book: Book, label: str) -> None:
    rng = seeded(label)
    for _ in range(6):
        values = smooth(rng)
        for t in range(1, STEPS + 1):
            assert compare(book, label, book.statements(label), values | {"t": t})


def on_a_slope(v: Values, _: Book) -> Sequence:
    """θ of the extrapolating form where the gradient is g everywhere: velocities, added up."""
    speed, theta = 0.0, [0.0]
    for t in range(1, 40):
        speed = max(t - 2, 0) / (t + 1) * speed + v["eta"] * v["g"]
        theta.append(theta[-1] - speed)
    return theta


rates = Draw(lambda rng: list(rng.uniform(0.01, 0.3, STEPS + 1)))
gradients = Draw(lambda rng: list(rng.normal(size=(STEPS + 1, 3))))
BETA = (0.3, 0.9)
CHANGING = {"beta": BETA, "eta": rates, "g": gradients, "t": range(2, STEPS + 1)}
BACK = {"theta": behind, "w": lambda v, _: [-v["lr"] * u for u in v["u"]]}
AHEAD = {"theta_tilde": "theta"}
A = Draw(lambda rng: sequence())
B = Draw(lambda rng: [np.nan, *((a - 1) / b for a, b in pairwise(sequence()[1:]))])

CHECKS = {
    "eq-nesterov-sum": ByNumbers(
        CHANGING, also={"u": of(ol.Momentum, "u", "u"), "theta": of(ol.Momentum, "u", "theta")}
    ),
    "eq-nesterov-mean": ByNumbers(
        CHANGING, also={"m": of(ol.EMAMomentum, "m", "m"), "theta": of(ol.EMAMomentum, "m", "theta")}
    ),
    "eq-nesterov-velocity": ByNumbers(CHANGING, also={"w": displacements, "theta": changing_rates(in_buffer=True)}),
    "eq-nesterov-same": ByUpdateRule(
        ol.Momentum,
        also={
            "m": lambda v, _: run(ol.EMAMomentum(1.0, v["beta"]), [np.zeros(3), *v["g"].values()], "m")["m"],
            "w": lambda v, _: [np.zeros(3), *(b - a for a, b in pairwise(v["theta"]))],
        },
    ),
    "eq-nesterov-births": ByNumbers(CHANGING, also={"u": of(ol.Momentum, "u", "u"), "w": displacements}),
    "eq-nesterov-coast": coasting,
    "eq-nesterov-correction": ByNumbers(CHANGING, also={"w": corrected}),
    "eq-nesterov-damp": ByNumbers(CHANGING | {"tau": (0.1, 0.8)}, also={"u": dampened}),
    "eq-nesterov-damped": ByNumbers(CHANGING, also={"u": dampened, "m": of(ol.EMAMomentum, "m", "m")}),
    "eq-nesterov-lookahead": ByUpdateRule(ol.Nesterov, also=BACK),
    "eq-nesterov-shift": ByUpdateRule(ol.Nesterov, AHEAD, also=BACK),
    "eq-nesterov-stored": ByUpdateRule(ol.Nesterov, AHEAD),
    "eq-nesterov-extrapolate": ByUpdateRule(ol.Nesterov, AHEAD, also=BACK),
    "eq-nesterov-recursion": ByNumbers(
        {"beta": BETA, "eta": (0.05, 0.3), "lambda": (0.5, 3.0), "t": range(2, STEPS + 1)},
        also={
            "x": along_a_direction,
            "beta_prime": determinant,
        },
    ),
    "eq-nesterov-distance": ByNumbers(
        {"eta": (0.05, 0.3), "g": (0.5, 2.0), "t": range(1, 40)}, also={"theta": on_a_slope}
    ),
    "eq-nesterov-sequence": ByNumbers({"a": A, "beta": B, "t": range(2, 40)}),
    "eq-nesterov-beta": ByNumbers({"beta": B, "t": range(8, 12)}),
    "eq-nesterov-bound": Stated("the theorem has room to spare, so slips in it would not show; a cell runs it"),
    "eq-nesterov-tool": proof,
    "eq-nesterov-z": extrapolated,
}


PLANTED = {
    "momentum: η in the sum": ("eq-nesterov-sum", "+ g_t", r"+ \eta_t g_t"),
    "momentum: a mean without 1 − β": ("eq-nesterov-mean", r"(1-\beta)\, g_t", "g_t"),
    "momentum: a velocity without η": ("eq-nesterov-velocity", r"\eta_t\, g_t", "g_t"),
    "momentum: a velocity with the sign of the sum": ("eq-nesterov-velocity", r"- \eta_t", r"+ \eta_t"),
    "momentum: converted upside down": ("eq-nesterov-same", r"(1-\beta)\, u_t", r"\frac{1}{1-\beta}\, u_t"),
    "momentum: η of the use in the velocity": ("eq-nesterov-births", r"\eta_i\, g_i", r"\eta_t\, g_i"),
    "momentum: coasting for one step": ("eq-nesterov-coast", r"\frac{\beta}{1-\beta}", r"\beta"),
    "momentum: correction upside down": (
        "eq-nesterov-correction", r"\frac{\eta_t}{\eta_{t-1}}", r"\frac{\eta_{t-1}}{\eta_t}"
    ),
    "momentum: the old discounted, too": ("eq-nesterov-damp", r"\beta\, u_{t-1}", r"\beta(1-\tau)\, u_{t-1}"),
    "momentum: dampening leaves nothing behind": ("eq-nesterov-damped", r"+ \beta^t\, g_1", ""),
    "Nesterov: looks ahead by all of w": ("eq-nesterov-lookahead", r"+\beta w_{t-1})", "+w_{t-1})"),
    "Nesterov: does not look ahead": ("eq-nesterov-lookahead", r"+\beta w_{t-1})", ")"),
    "Nesterov: looks back": ("eq-nesterov-shift", r"- \eta\beta", r"+ \eta\beta"),
    "Nesterov: without the gradient": ("eq-nesterov-stored", r"(g_t + \beta\, u_t)", "u_t"),
    "Nesterov: with the buffer before": ("eq-nesterov-stored", r"\beta\, u_t)", r"\beta\, u_{t-1})"),
    "Nesterov: extrapolates from the point ahead": (
        "eq-nesterov-extrapolate", r"= \theta_t + \beta", r"= \tilde\theta_{t-1} + \beta"
    ),
    "Nesterov: the heavy ball's β": ("eq-nesterov-recursion", r"\beta\,(1-\eta\lambda)", r"\beta"),
    "Nesterov: a distance like that of constant β": ("eq-nesterov-distance", "t^2+5t+2", "8t"),
    "Nesterov: a sequence without 1": ("eq-nesterov-sequence", r"\sqrt{1+4a_t^2}", r"\sqrt{4a_t^2}"),
    "Nesterov: coefficients of the next step": (
        "eq-nesterov-sequence", r"\frac{a_t-1}{a_{t+1}}", r"\frac{a_{t+1}-1}{a_{t+1}}"
    ),
    "Nesterov: a mix of two ways to count": ("eq-nesterov-beta", "t+2", "t+3"),
    "Nesterov: descent by twice as much": ("eq-nesterov-tool", r"\frac{\eta}{2}", r"\eta"),
    "Nesterov: convexity with the wrong sign": ("eq-nesterov-tool", r"+ \langle", r"- \langle"),
    "Nesterov: z without a": ("eq-nesterov-z", r"\eta\, a_t\, g_t", r"\eta\, g_t"),
}  # fmt: skip

EQUIVALENT: dict[tuple[str, str], str] = {}
