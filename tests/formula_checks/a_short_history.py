"""Checks of the formulas of chapters/01-background/04-a-short-history."""

from typing import Any

import numpy as np
from formula_kinds import compare
from formula_runs import seeded
from formulas import Book

import optimlib as ol


def residuals(theta: Any) -> Any:
    """Two equations in two unknowns, brought to zero; i counts from 1, and slips may ask for its neighbors."""
    x, y = theta
    return [x, x * x + y - 11.0, x + y * y - 7.0, y]


def slopes(theta: Any) -> Any:
    x, y = theta
    return [np.array([1.0, 0.0]), np.array([2.0 * x, 1.0]), np.array([1.0, 2.0 * y]), np.array([0.0, 1.0])]


def cauchy(book: Book, label: str) -> None:
    """The library's Himmelblau is the sum of squares of these two equations, and its gradient is that of the sum."""
    rng, f = seeded(label), ol.Himmelblau()
    functions = {
        "f": f.value,
        "grad_f": f.grad,
        "r": lambda i, theta: residuals(theta)[i],
        "grad_r": lambda i, theta: slopes(theta)[i],
    }
    for _ in range(6):
        values = functions | {"theta": rng.normal(0.0, 2.0, 2), "n": 2}
        assert compare(book, label, book.statements(label, set(functions)), values)


def zigzag(book: Book, label: str) -> None:
    """Steps to the lowest point of the line: the bound holds from random starts, and the named start attains it."""
    rng = seeded(label)
    for kappa in (2.0, 7.0, 40.0):
        f = ol.Quadratic(kappa=kappa)
        for start in (rng.normal(size=2), np.array([kappa, 1.0])):
            theta = [start]
            for _ in range(6):
                g = f.grad(theta[-1])
                theta.append(theta[-1] - (g @ g) / (g @ f.grad(g)) * g)
            for t in range(1, 6):
                values = {"f": f.value, "theta": theta, "t": t, "kappa": kappa}
                compare(book, label, book.statements(label, {"f"}), values, attained=start[1] == 1.0)


def robbins_monro(book: Book, label: str) -> None:
    """The library's SGD with the rate c/t, on y − α for a gradient; and with c = 1 it is the running mean of x."""
    rng = seeded(label)
    c, alpha, theta, y = 1.7, 0.3, [0.4], [None]
    sgd = ol.SGD(lr=lambda t: c / t)
    state = sgd.init(np.zeros(1))
    for _ in range(8):
        y.append(rng.normal())
        step, state = sgd.update(np.array([y[-1] - alpha]), state)
        theta.append(theta[-1] + step[0])
    x = rng.normal(size=8)
    mean = [0.0, *(x.cumsum() / np.arange(1, 9))]
    answers = [None, *(alpha + before - new for before, new in zip(mean, x, strict=False))]
    for t in range(1, 9):
        for values in ({"theta": theta, "y": y, "c": c}, {"theta": mean, "y": answers, "c": 1.0}):
            assert compare(book, label, book.statements(label), values | {"alpha": alpha, "t": t})


def lms(book: Book, label: str) -> None:
    """The library's SGD on half the squared error of one sample, whose gradient central differences give."""
    rng = seeded(label)
    eta, w = 0.3, [rng.normal(size=3)]
    x, y = [None, *rng.normal(size=(6, 3))], [None, *rng.normal(size=6)]
    sgd, nudges = ol.SGD(lr=eta), 1e-5 * np.eye(3)
    state = sgd.init(w[0])
    for t in range(1, 7):
        half = [0.5 * (y[t] - (w[-1] + side * nudges) @ x[t]) ** 2 for side in (1.0, -1.0)]
        step, state = sgd.update((half[0] - half[1]) / 2e-5, state)
        w.append(w[-1] + step)
        values = {"w": w, "x": x, "y": y, "eta": eta, "t": t}
        assert compare(book, label, book.statements(label), values)


def heavy_ball(book: Book, label: str) -> None:
    """A run of the library's Momentum, from its second step on."""
    rng = seeded(label)
    for _ in range(3):
        eta, beta = rng.uniform(0.01, 0.1), rng.uniform(0.2, 0.95)
        f = ol.Quadratic(kappa=8.0)
        run = ol.descend(ol.Momentum(eta, beta), f, rng.normal(size=2), steps=6)
        theta = list(run.theta)
        g = [None, *f.grad(run.theta[:-1])]
        for t in range(2, 7):
            values = {"theta": theta, "g": g, "eta": eta, "beta": beta, "t": t}
            assert compare(book, label, book.statements(label), values)


CHECKS = {
    "eq-history-cauchy": cauchy,
    "eq-history-zigzag": zigzag,
    "eq-history-rm": robbins_monro,
    "eq-history-lms": lms,
    "eq-history-momentum": heavy_ball,
}

PLANTED = {
    "the 2 of the gradient lost": ("eq-history-cauchy", r"2\sum", r"\sum"),
    "square of the zigzag lost": ("eq-history-zigzag", r"\right)^2", r"\right)"),
    "root of the condition number": ("eq-history-zigzag", r"\frac{\kappa-1}", r"\frac{\sqrt{\kappa}-1}"),
    "gain that stays": ("eq-history-rm", r"\frac{c}{t}", r"c"),
    "away from the root": ("eq-history-rm", r"y_t - \alpha", r"\alpha - y_t"),
    "output minus target": (
        "eq-history-lms",
        r"y_t - \langle w_{t-1}, x_t\rangle",
        r"\langle w_{t-1}, x_t\rangle - y_t",
    ),
    "minus the last displacement": ("eq-history-momentum", r"+ \beta", r"- \beta"),
    "average of the two": ("eq-history-momentum", r"-\eta\, g_t", r"-(1-\beta)\,\eta\, g_t"),
}
