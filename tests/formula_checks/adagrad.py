"""Checks of the formulas of chapters/03-algorithms/03-adagrad."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, Stated, compare
from formula_runs import seeded
from formula_values import Matrix
from formulas import Book

import optimlib as ol


def inside(book: Book, label: str) -> None:
    """The library's Adagrad, its account opened with G₀ + ε, and next to no ε outside the root."""
    rng = seeded(label)
    for _ in range(4):
        balance, eps = rng.uniform(0.05, 2.0), rng.uniform(0.05, 2.0)
        rule, theta, g = ol.Adagrad(lr=rng.uniform(0.1, 2.0), eps=1e-200), [rng.normal(size=3)], [np.zeros(3)]
        state = rule.init(theta[0]) | {"G": np.full(3, balance + eps)}
        for _ in range(10):
            g.append(rng.normal(size=3))
            step, state = rule.update(g[-1], state)
            theta.append(theta[-1] + step)
        values = {"theta": theta, "g": g, "G": [np.full(3, balance)], "eta": rule.lr, "epsilon": eps}
        for t in range(1, 11):
            assert compare(book, label, book.statements(label), values | {"t": t})


def full(book: Book, label: str) -> None:
    """The library's Shampoo on one vector, whose only matrix L is the S of the formula."""
    rng = seeded(label)
    for _ in range(4):
        rule, theta, g = ol.Shampoo(lr=rng.uniform(0.1, 2.0), eps=0.3), [rng.normal(size=3)], [np.zeros(3)]
        states = [rule.init(theta[0])]
        for _ in range(8):
            g.append(rng.normal(size=3))
            step, state = rule.update(g[-1], states[-1])
            theta.append(theta[-1] + step)
            states.append(state)
        values = {"theta": theta, "g": g, "S": [Matrix(state["L0"]) for state in states], "eta": rule.lr}
        for t in range(1, 9):
            assert compare(book, label, book.statements(label), values | {"t": t})


def steps_to_recover(values: dict[str, Any], book: Book) -> float:
    """Steps at a constant effective rate until a distance a has shrunk to b, not rounded to whole ones."""
    shrink = 1.0 - values["eta"] / (values["sigma"] * np.sqrt(values["t"]))
    return float(np.log(values["b"] / values["a"]) / np.log(shrink))


CHECKS = {
    "eq-adagrad-sum": ByUpdateRule(ol.Adagrad),
    "eq-adagrad-step": ByUpdateRule(ol.Adagrad),
    "eq-adagrad-unrolled": ByUpdateRule(ol.Adagrad),
    "eq-adagrad-distance": ByNumbers({"eta": (0.01, 2.0), "t": range(400, 2000)}),
    "eq-adagrad-recovery": ByNumbers(
        {"eta": (0.5, 2.0), "sigma": (0.7, 2.0), "t": range(4000, 9000), "a": (4.0, 9.0), "b": (0.2, 0.9)},
        also={"n": steps_to_recover},
    ),
    "eq-adagrad-regret": Stated(
        "the paper's theorem, with room to spare, so slips in it would not show; a cell runs it"
    ),
    "eq-adagrad-inside": inside,
    "eq-adagrad-full-sum": full,
    "eq-adagrad-full-step": full,
}

PLANTED = {
    "AdaGrad: η in the account": ("eq-adagrad-sum", "g_t^2", r"\eta g_t^2"),
    "AdaGrad: an average for the sum": (
        "eq-adagrad-sum",
        "G_{t-1} + g_t^2",
        r"\frac{1}{2} G_{t-1} + \frac{1}{2} g_t^2",
    ),
    "AdaGrad: moves first, books afterward": ("eq-adagrad-step", r"\sqrt{G_t}", r"\sqrt{G_{t-1}}"),
    "AdaGrad: g lost": ("eq-adagrad-step", r"\frac{g_t}", r"\frac{1}"),
    "AdaGrad: ε inside the root": ("eq-adagrad-step", r"\sqrt{G_t}+\varepsilon", r"\sqrt{G_t+\varepsilon}"),
    "AdaGrad: sum without the newest gradient": ("eq-adagrad-unrolled", r"\sum_{i=1}^{t}", r"\sum_{i=1}^{t-1}"),
    "a distance that grows with t": ("eq-adagrad-distance", r"2\eta\sqrt{t}", r"2\eta t"),
    "a wait that grows with t": ("eq-adagrad-recovery", r"\sigma\sqrt{t}", r"\sigma t"),
    "distances exchanged": ("eq-adagrad-recovery", r"\frac{a}{b}", r"\frac{b}{a}"),
    "the balance outside the root": (
        "eq-adagrad-inside",
        r"\sqrt{G_0+\varepsilon+\sum_{i=1}^{t} g_i^2}",
        r"G_0+\sqrt{\varepsilon+\sum_{i=1}^{t} g_i^2}",
    ),
    "an inner product": ("eq-adagrad-full-sum", r"g_t g_t^\top", r"g_t^\top g_t"),
    "the inverse, not its root": ("eq-adagrad-full-step", "^{-1/2}", "^{-1}"),
}

EQUIVALENT = {
    (
        "eq-adagrad-recovery",
        r"n \approx \frac{\sigma\sqrt{{(t-1)} }}{\eta}\,\log\frac{a}{b}",
    ): "among thousands of steps one does not count",
}
