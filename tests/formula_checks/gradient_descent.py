"""Checks of the formulas of chapters/03-algorithms/01-gradient-descent: costs by counting, patience by all orders."""

from itertools import permutations
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import seeded
from formulas import Book

import optimlib as ol

Values = dict[str, Any]
CURVATURE_TIMES_ETA = 0.08  # small enough for "≈" (5 %), large enough to tell the gradient before a step from the next


def batches(values: Values) -> list[int]:
    """The sizes of the batches of one epoch, from the library."""
    epoch = ol.MiniBatches(values["B"]).epoch(values["n"], np.random.default_rng(0), 0)
    return [len(rows) for rows in epoch]


def steps(values: Values, _: Book) -> int:
    return len(batches(values))


def operations(values: Values, _: Book) -> int:
    return sum(size * values["c_grad"] + values["c_step"] for size in batches(values))


def looking(values: Values, _: Book) -> float:
    """Looks at all samples after every s-th step, over the work for the gradients."""
    looks = sum(t % values["s"] == 0 for t in range(1, values["k"] + 1))
    samples = 1000
    return looks * samples * values["c_loss"] / (samples * values["c_grad"])


def change(book: Book, label: str) -> None:
    rng, f = seeded(label), ol.Quadratic(kappa=1.0)
    run = ol.descend(ol.SGD(CURVATURE_TIMES_ETA), f, rng.normal(0.0, 3.0, 2), 20)
    statements = book.statements(label, {"f", "grad_f"})
    for t in range(1, 21):
        values = {"t": t, "eta": CURVATURE_TIMES_ETA, "theta": list(run.theta), "f": f.value, "grad_f": f.grad}
        assert compare(book, label, statements, values)


def convex_gap(book: Book, label: str) -> None:
    """Holds for a smooth convex function, and with equality for the distance from a point."""
    rng = seeded(label)
    for _ in range(8):
        theta, center = rng.normal(0.0, 2.0, (2, 3))
        bowl = {
            "f": lambda x, c=center: 1.0 + np.log(np.cosh(x - c)).sum(),
            "grad_f": lambda x, c=center: np.tanh(x - c),
        }
        cone = {
            "f": lambda x, c=center: 1.0 + 3.0 * np.linalg.norm(x - c),
            "grad_f": lambda x, c=center: 3.0 * (x - c) / np.linalg.norm(x - c),
        }
        for functions, attained in ((bowl, False), (cone, True)):
            statements = book.statements(label, set(functions))
            values = {"theta": theta, "theta_star": center, **functions}
            assert compare(book, label, statements, values, attained)


def no_new_minimum(values: Values, _: Book) -> float:
    """The share of all orders of j + p different losses whose least is among the first j."""
    j, p = values["j"], values["p"]
    orders = list(permutations(range(j + p)))
    return sum(order.index(0) < j for order in orders) / len(orders)


SIZES = {"n": range(20, 60), "B": range(2, 12)}
PRICES = {"c_grad": range(2, 9), "c_step": range(10, 20)}

CHECKS = {
    "eq-gd-step": ByUpdateRule(ol.SGD),
    "eq-gd-steps": ByNumbers(SIZES, also={"k": steps}),
    "eq-gd-cost": ByNumbers(SIZES | PRICES, also={"k": steps, "C": operations}),
    "eq-gd-watch": ByNumbers({"k": 60, "s": 6, "c_loss": (1.0, 3.0), "c_grad": (4.0, 9.0)}, also={"W": looking}),
    "eq-gd-convex-gap": convex_gap,
    "eq-gd-change": change,
    "eq-gd-patience": ByNumbers({"j": range(2, 5), "p": range(1, 4)}, also={"Q": no_new_minimum}),
}

PLANTED = {
    "gradient descent: climbing": ("eq-gd-step", "- \\eta", "+ \\eta"),
    "gradient descent: gradient of the next step": ("eq-gd-step", "g_t", "g_{t+1}"),
    "gradient descent: the short batch dropped": ("eq-gd-steps", r"\frac{n+B-1}{B}", r"\frac{n}{B}"),
    "gradient descent: a step too many": ("eq-gd-steps", "n+B-1", "n+B"),
    "gradient descent: one update an epoch": ("eq-gd-cost", r"k\,c", "c"),
    "gradient descent: a gradient of all samples each step": ("eq-gd-cost", r"n\,c", r"k\,n\,c"),
    "gradient descent: looks upside down": ("eq-gd-watch", r"\frac{k}{s}", r"\frac{s}{k}"),
    "gradient descent: gap with the gradient squared": (
        "eq-gd-convex-gap", r"\|\nabla f(\theta)\|", r"\|\nabla f(\theta)\|^2"
    ),
    "gradient descent: fall with η squared": ("eq-gd-change", r"\eta", r"\eta^2"),
    "gradient descent: fall with the norm not squared": ("eq-gd-change", r"\|^2", r"\|"),
    "gradient descent: patience upside down": ("eq-gd-patience", r"\frac{j}", r"\frac{p}"),
}  # fmt: skip
