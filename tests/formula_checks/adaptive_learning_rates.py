"""Checks of the formulas of chapters/02-concepts/05-adaptive-learning-rates."""

from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import seeded
from formulas import Book

import optimlib as ol


def curvature(book: Book, label: str) -> None:
    """The library's Adagrad on ½λx², with ε left aside: x is the path for every λ."""
    rng = seeded(label)
    for factor in (0.3, 1.0, 50.0):
        rule, x = ol.Adagrad(lr=rng.uniform(0.2, 2.0), eps=1e-200), [rng.normal(size=1)]
        state = rule.init(x[0])
        for _ in range(12):
            step, state = rule.update(factor * x[-1], state)
            x.append(x[-1] + step)
        values = {"x": x, "eta": rule.lr, "lambda": factor}
        for t in range(1, 13):
            assert compare(book, label, book.statements(label), values | {"t": t})


CHECKS = {
    "eq-adaptive-sum": ByUpdateRule(ol.Adagrad),
    "eq-adaptive-step": ByUpdateRule(ol.Adagrad),
    "eq-adaptive-count": ByNumbers({"eta": (0.01, 1.0), "g": (-3.0, 3.0), "k": range(1, 50)}),
    "eq-adaptive-curvature": curvature,
    "eq-adaptive-average": ByUpdateRule(ol.RMSprop),
    "eq-adaptive-units": ByNumbers(
        {"phi": (-2.0, 2.0), "s": (0.2, 3.0), "eta": (0.01, 0.5), "g": (-3.0, 3.0), "v": (0.1, 4.0)},
        also={"theta": lambda values, _: values["s"] * values["phi"]},
    ),
}

PLANTED = {
    "η in the accumulator": ("eq-adaptive-sum", "g_t^2", r"\eta g_t^2"),
    "accumulated too late": ("eq-adaptive-step", r"\sqrt{G_t}", r"\sqrt{G_{t-1}}"),
    "ε inside the root, AdaGrad": ("eq-adaptive-step", r"\sqrt{G_t}+\varepsilon", r"\sqrt{G_t+\varepsilon}"),
    "a clock of 1/k": ("eq-adaptive-count", r"\frac{\eta}{\sqrt{k}}", r"\frac{\eta}{k}"),
    "λ that does not cancel": ("eq-adaptive-curvature", r"\lambda^2 x_{i-1}^2", r"\lambda x_{i-1}^2"),
    "sum without the newest gradient": (
        "eq-adaptive-curvature",
        r"\sum_{i=1}^{t} x_{i-1}^2",
        r"\sum_{i=1}^{t-1} x_{i-1}^2",
    ),
    "weights of the average swapped": ("eq-adaptive-average", r"\beta v_{t-1}", r"(1-\beta) v_{t-1}"),
    "SGD's s²": ("eq-adaptive-units", r"\eta\, s\, \frac{g}{\sqrt{v}}", r"\eta\, s^2\, \frac{g}{\sqrt{v}}"),
}
