"""Checks of the formulas of chapters/03-algorithms/04-rmsprop-and-adadelta."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import seeded
from formulas import Book

import optimlib as ol

MOVED = {"Delta": lambda values, _: [0.0, *(np.diff(np.array(values["theta"]), axis=0) / values["eta"])]}


def path(rule: Any, g: float, steps: int) -> list[float]:
    """Where a rule gets from 0 with a gradient that is always g."""
    theta, points = np.zeros(1), [0.0]
    state = rule.init(theta)
    for _ in range(steps):
        step, state = rule.update(np.array([g]), state)
        theta = theta + step
        points.append(float(theta[0]))
    return points


def constant_gradient(book: Book, label: str) -> None:
    """The library's RMSprop on a constant gradient, with next to no ε."""
    rng = seeded(label)
    for _ in range(6):
        rule = ol.RMSprop(lr=rng.uniform(0.01, 2.0), beta=rng.uniform(0.3, 0.99), eps=1e-200)
        theta = path(rule, rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 9.0), 12)
        for t in range(1, 13):
            values = {"theta": theta, "eta": rule.lr, "beta": rule.beta, "t": t}
            assert compare(book, label, book.statements(label), values)


def steps_to_forget(values: dict[str, Any], book: Book) -> float:
    """Steps after a gradient A among gradients of size 1 until RMSprop's v is 2, between two whole ones."""
    rule = ol.RMSprop(beta=values["beta"])
    state, count = {"t": 1, "v": np.ones(1)}, 0
    _, state = rule.update(np.array([values["A"]]), state)
    before = after = float(state["v"][0])
    while after > 2.0:
        _, state = rule.update(np.ones(1), state)
        before, after, count = after, float(state["v"][0]), count + 1
    return count - float(np.log((after - 1.0) / 1.0) / np.log((after - 1.0) / (before - 1.0)))


def cycle(book: Book, label: str) -> None:
    """The library's RMSprop in a bowl, after it has begun to jump to and fro."""
    rng = seeded(label)
    for _ in range(6):
        eta, curvature = rng.uniform(0.01, 0.2), rng.uniform(1.0, 50.0)
        eps = rng.uniform(0.1, 0.8) * eta * curvature / 2
        rule = ol.RMSprop(lr=eta, beta=rng.uniform(0.5, 0.9), eps=eps)
        run = ol.descend(rule, ol.Quadratic(kappa=curvature, dim=1), [1.0], 4000)
        values = {"theta": list(run.theta[:, 0]), "eta": eta, "epsilon": eps, "lambda": curvature}
        for t in (3999, 4000):
            assert compare(book, label, book.statements(label), values | {"t": t})


def hidden(book: Book, label: str) -> None:
    """The library's Adadelta on a constant gradient: its first steps, and its later ones."""
    rng = seeded(label)
    for rho in (0.95, 0.97, 0.99):
        rule = ol.Adadelta(rho=rho, eps=10.0 ** rng.uniform(-9, -6))
        delta = [0.0, *np.diff(path(rule, rng.uniform(2.0, 9.0), 9000))]
        for t in (1, 5, 400, 2000, 9000):
            values = {"Delta": delta, "epsilon": rule.eps, "rho": rho, "t": t}
            assert compare(book, label, book.statements(label), values)


CHECKS = {
    "eq-rmsprop-average": ByUpdateRule(ol.RMSprop),
    "eq-rmsprop-step": ByUpdateRule(ol.RMSprop),
    "eq-rmsprop-unrolled": ByUpdateRule(ol.RMSprop),
    "eq-rmsprop-forget": ByNumbers({"beta": (0.8, 0.999), "A": (80.0, 300.0)}, also={"k": steps_to_forget}),
    "eq-rmsprop-first": constant_gradient,
    "eq-rmsprop-extra": ByNumbers({"beta": (0.9992, 0.9994)}),
    "eq-rmsprop-cycle": cycle,
    "eq-rmsprop-mean": ByUpdateRule(ol.CenteredRMSprop),
    "eq-rmsprop-centered": ByUpdateRule(ol.CenteredRMSprop),
    "eq-rmsprop-buffer": ByUpdateRule(ol.MomentumRMSprop),
    "eq-rmsprop-momentum": ByUpdateRule(ol.MomentumRMSprop),
    "eq-rmsprop-delta-v": ByUpdateRule(ol.Adadelta),
    "eq-rmsprop-delta": ByUpdateRule(ol.Adadelta, also=MOVED),
    "eq-rmsprop-delta-w": ByUpdateRule(ol.Adadelta, also=MOVED),
    "eq-rmsprop-delta-step": ByUpdateRule(ol.Adadelta, also=MOVED),
    "eq-rmsprop-hidden": hidden,
}

PLANTED = {
    "RMSprop: a sum for the average": ("eq-rmsprop-average", r"(1-\beta)\, g_t^2", "g_t^2"),
    "RMSprop: weights swapped": ("eq-rmsprop-average", r"\beta v_{t-1}", r"(1-\beta) v_{t-1}"),
    "RMSprop: moves first": ("eq-rmsprop-step", r"\sqrt{v_t}", r"\sqrt{v_{t-1}}"),
    "RMSprop: ε inside the root": ("eq-rmsprop-step", r"\sqrt{v_t}+\varepsilon", r"\sqrt{v_t+\varepsilon}"),
    "RMSprop: no root": ("eq-rmsprop-step", r"\sqrt{v_t}+\varepsilon", r"v_t+\varepsilon"),
    "unrolled: the oldest weighs most": ("eq-rmsprop-unrolled", r"\beta^{t-i}", r"\beta^{i-1}"),
    "the window for the half-life": ("eq-rmsprop-forget", r"{\log(1/\beta)}", r"{1/(1-\beta)}"),
    "the first step shrunk": ("eq-rmsprop-first", r"\frac{1}{\sqrt{1-\beta^t}}", r"\sqrt{1-\beta^t}"),
    "the root of the window": ("eq-rmsprop-extra", r"{1-\beta}", r"{\sqrt{1-\beta}}"),
    "the whole η": ("eq-rmsprop-cycle", r"\frac{\eta}{2}", r"\eta"),
    "ε without the curvature": ("eq-rmsprop-cycle", r"\frac{\varepsilon}{\lambda}", r"\varepsilon"),
    "centered: the mean not squared": ("eq-rmsprop-centered", "a_t^2", "a_t"),
    "centered: ε outside": ("eq-rmsprop-centered", r"\sqrt{v_t-a_t^2+\varepsilon}", r"\sqrt{v_t-a_t^2}+\varepsilon"),
    "the buffer as an average": ("eq-rmsprop-buffer", r"+ \frac{g_t}", r"+ (1-\mu)\frac{g_t}"),
    "Adadelta: the newest w": ("eq-rmsprop-delta", "w_{t-1}", "w_t"),
    "Adadelta: no ε above": ("eq-rmsprop-delta", r"\sqrt{w_{t-1}+\varepsilon}", r"\sqrt{w_{t-1}}"),
    "Adadelta: w averages gradients": ("eq-rmsprop-delta-w", r"\Delta_t^2", "g_t^2"),
    "Adadelta: uphill": ("eq-rmsprop-delta-step", r"+ \eta", r"- \eta"),
    "ε without its root": ("eq-rmsprop-hidden", r"\sqrt{\frac{\varepsilon}{1-\rho}}", r"\frac{\varepsilon}{1-\rho}"),
    "it grows with the window": ("eq-rmsprop-hidden", r"(1-\rho)^2\,t", r"(1-\rho)\,t"),
}

EQUIVALENT: dict[tuple[str, str], str] = {}
