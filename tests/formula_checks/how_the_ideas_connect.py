"""Checks of the formulas of chapters/02-concepts/06-how-the-ideas-connect: every row of the table of rules."""

from typing import Any

import numpy as np
from formula_kinds import ByUpdateRule, compare
from formula_runs import matrices, seeded
from formula_values import Matrix
from formulas import Book

import optimlib as ol

UPPER = ("eq-map-average-hat",)
BOTH = (*UPPER, "eq-map-square-average-hat")
BETA1 = {"beta1": "beta"}
BETA2 = {"beta2": "beta"}
SIGN = {"sign": np.sign}


def corrected(name: str, beta: str) -> Any:
    """A list over the steps: the memory `name`, corrected for its start at zero."""

    def value(values: dict[str, Any], book: Book) -> list[Any]:
        return [0.0] + [x / (1 - values[beta] ** t) for t, x in enumerate(values[name]) if t]

    return value


def numerator(values: dict[str, Any], book: Book) -> list[Any]:
    """What NAdam divides by √v̂ + ε, taken from its steps."""
    steps = [0.0, *np.diff(np.array(values["theta"]), axis=0)]
    v_hat = corrected("v", "beta2")(values, book)
    return [-step * (np.sqrt(v) + values["eps"]) / values["eta"] for step, v in zip(steps, v_hat, strict=True)]


def shampoo(book: Book, label: str) -> None:
    rule = ol.Shampoo(lr=0.1, eps=0.3, shapes=((3, 3),))
    values = matrices(rule, label, (3, 3), 6)
    values |= {symbol: [Matrix(state[f"{symbol}0"]) for state in values["states"]] for symbol in "LR"}
    assert sum(compare(book, label, book.statements(label), values | {"t": t}) for t in range(1, 7)) == 6


def muon(book: Book, label: str) -> None:
    from optimlib.optimizers.matrix import orthogonalize

    rule = ol.Muon(lr=0.1, beta=0.7, shapes=((3, 3),))
    values = matrices(rule, label, (3, 3), 6)
    values |= {"B": [Matrix(state["B"].reshape(3, 3)) for state in values["states"]], "beta": rule.beta}
    values["orth"] = lambda x: Matrix(orthogonalize(np.asarray(x)))
    statements = book.statements(label, {"orth"})
    assert sum(compare(book, label, statements, values | {"t": t}) for t in range(1, 7)) == 6


def newton(book: Book, label: str) -> None:
    f, rng = ol.Quadratic(kappa=7.0, angle=0.4), seeded(label)
    rule, start = ol.Newton(lr=0.3), rng.normal(size=2)
    run = ol.descend(rule, f, start, 5)
    g = [0.0, *map(f.grad, run.theta[:-1])]
    values = {"theta": list(run.theta), "g": g, "H": Matrix(f.hessian), "eta": 0.3}
    assert sum(compare(book, label, book.statements(label), values | {"t": t}) for t in range(1, 6)) == 5


CHECKS = {
    "eq-map-frame": ByUpdateRule(ol.Adam, also={"a": corrected("m", "beta1"), "s": corrected("v", "beta2")}),
    "eq-map-sum": ByUpdateRule(ol.Momentum, symbols=BETA1),
    "eq-map-average": ByUpdateRule(ol.Adam),
    "eq-map-average-hat": ByUpdateRule(ol.Adam, given=BOTH, through="eq-map-adam"),
    "eq-map-squares": ByUpdateRule(ol.Adagrad),
    "eq-map-square-average": ByUpdateRule(ol.Adam),
    "eq-map-square-average-hat": ByUpdateRule(ol.Adam, given=BOTH, through="eq-map-adam"),
    "eq-map-divided-first": ByUpdateRule(ol.MomentumRMSprop, hyper={"mu": (0.3, 0.9)}),
    "eq-map-sgd": ByUpdateRule(ol.SGD),
    "eq-map-heavy-ball": ByUpdateRule(ol.Momentum),
    "eq-map-nesterov": ByUpdateRule(ol.Nesterov, symbols=BETA1),
    "eq-map-adagrad": ByUpdateRule(ol.Adagrad),
    "eq-map-rmsprop": ByUpdateRule(ol.RMSprop),
    "eq-map-adadelta": ByUpdateRule(
        ol.Adadelta,
        also={"Delta": lambda values, _: [0.0, *(np.diff(np.array(values["theta"]), axis=0) / values["eta"])]},
    ),
    "eq-map-adam": ByUpdateRule(ol.Adam, given=BOTH),
    "eq-map-adamw": ByUpdateRule(ol.AdamW, given=BOTH),
    "eq-map-amsgrad": ByUpdateRule(ol.AMSGrad),
    "eq-map-adamax": ByUpdateRule(ol.Adamax),
    "eq-map-yogi": ByUpdateRule(ol.Yogi, values=SIGN),
    "eq-map-adabelief": ByUpdateRule(ol.AdaBelief),
    "eq-map-nadam": ByUpdateRule(ol.NAdam, hyper={"decay": 0.0}, also={"m_bar": numerator}),
    "eq-map-lion": ByUpdateRule(ol.Lion, hyper={"weight_decay": 0.0}, values=SIGN),
    "eq-map-lamb-direction": ByUpdateRule(ol.LAMB, given=(*BOTH, "eq-map-lamb-direction"), through="eq-map-lamb"),
    "eq-map-lamb": ByUpdateRule(ol.LAMB, given=(*BOTH, "eq-map-lamb-direction")),
    "eq-map-shampoo-left": shampoo,
    "eq-map-shampoo-right": shampoo,
    "eq-map-shampoo": shampoo,
    "eq-map-muon-buffer": muon,
    "eq-map-muon": muon,
    "eq-map-newton": newton,
}

PLANTED = {
    "ε inside the root of the frame": ("eq-map-frame", r"\sqrt{s_t} + \varepsilon", r"\sqrt{s_t + \varepsilon}"),
    "an average for the sum": ("eq-map-sum", "+ g_t", r"+ (1-\beta_1) g_t"),
    "the hat without its power": ("eq-map-average-hat", r"\beta_1^t", r"\beta_1"),
    "a sum without squares": ("eq-map-squares", "g_t^2", "g_t"),
    "Nesterov with the old buffer": ("eq-map-nesterov", "u_t)", "u_{t-1})"),
    "the newest w in Adadelta": ("eq-map-adadelta", "w_{t-1}", "w_t"),
    "decay without the rate": ("eq-map-adamw", r"1-\eta\lambda", r"1-\lambda"),
    "AMSGrad's minimum": ("eq-map-amsgrad", r"\max", r"\min"),
    "Adamax forgets with β₁": ("eq-map-adamax", r"\beta_2", r"\beta_1"),
    "Yogi upside down": ("eq-map-yogi", "v_{t-1} - g_t^2", "g_t^2 - v_{t-1}"),
    "AdaBelief and the old average": ("eq-map-adabelief", "g_t - m_t", "g_t - m_{t-1}"),
    "NAdam without looking ahead": ("eq-map-nadam", r"\beta_1^{t+1}", r"\beta_1^t"),
    "divided by the old average": ("eq-map-divided-first", r"\sqrt{v_t}", r"\sqrt{v_{t-1}}"),
    "Lion's other β": ("eq-map-lion", r"(1-\beta_1)", r"(1-\beta_2)"),
    "LAMB upside down": (
        "eq-map-lamb",
        r"\frac{\lVert\theta_{t-1}\rVert}{\lVert r_t\rVert}",
        r"\frac{\lVert r_t\rVert}{\lVert\theta_{t-1}\rVert}",
    ),
    "rows for columns": ("eq-map-shampoo-left", r"G_t G_t^{\top}", r"G_t^{\top} G_t"),
    "square roots on both sides": ("eq-map-shampoo", r"L_t^{-1/4}", r"L_t^{-1/2}"),
    "Muon without looking ahead": ("eq-map-muon", r"G_t + \beta B_t", "B_t"),
    "the Hessian itself": ("eq-map-newton", "H^{-1}", "H"),
}
EQUIVALENT = {
    "AdamW, decay written apart": (
        "eq-map-adamw",
        r"(1-\eta\lambda)\,\theta_{t-1}",
        r"\theta_{t-1} - \eta\lambda\theta_{t-1}",
    ),
}
