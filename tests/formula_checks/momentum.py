"""Checks of the formulas of chapters/02-concepts/04-momentum."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule
from formulas import Book

import optimlib as ol


def buffer(gradient: Any) -> Any:
    """u_t of the library's rule after t gradients; gradient(i, t) is the i-th of them."""

    def after(values: dict[str, Any], book: Book) -> Any:
        rule, t = ol.Momentum(lr=0.1, beta=values["beta"]), values["t"]
        state = rule.init(np.zeros(1))
        for i in range(1, t + 1):
            _, state = rule.update(np.array([gradient(i, t) * values["g"]]), state)
        return {t: state["u"][0]}

    return after


def ema_rate(values: dict[str, Any], book: Book) -> Any:
    """The rate at which EMAMomentum takes the path of Momentum, found from one step of each."""
    beta, grad, start = values["beta"], np.array([0.7]), np.zeros(1)
    heavy = ol.Momentum(lr=values["eta"], beta=beta)
    ema = ol.EMAMomentum(lr=1.0, beta=beta)
    return float(heavy.update(grad, heavy.init(start))[0][0] / ema.update(grad, ema.init(start))[0][0])


SERIES = {"beta": (0.1, 0.95), "g": (0.5, 2.0), "t": range(1, 20)}
CHECKS = {
    "eq-momentum-buffer": ByUpdateRule(ol.Momentum),
    "eq-momentum-step": ByUpdateRule(ol.Momentum),
    "eq-momentum-unrolled": ByUpdateRule(ol.Momentum),
    "eq-momentum-constant": ByNumbers(SERIES, also={"u": buffer(lambda i, t: 1.0)}),
    "eq-momentum-alternating": ByNumbers(SERIES, also={"u": buffer(lambda i, t: (-1.0) ** (t - i))}),
    "eq-momentum-ema": ByUpdateRule(ol.EMAMomentum),
    "eq-momentum-ema-step": ByUpdateRule(ol.EMAMomentum),
    "eq-momentum-convert": ByNumbers({"eta": (0.01, 0.5), "beta": (0.1, 0.95)}, also={"eta_EMA": ema_rate}),
}

PLANTED = {
    "a new gradient with weight 1 − β in the sum": ("eq-momentum-buffer", "+ g_t", r"+ (1-\beta) g_t"),
    "the buffer before the update": ("eq-momentum-step", r"\eta\, u_t", r"\eta\, u_{t-1}"),
    "exponents reversed in the buffer": ("eq-momentum-unrolled", r"\beta^{t-i}", r"\beta^{i}"),
    "limit for a finite t": ("eq-momentum-constant", r"\frac{1-\beta^t}{1-\beta}", r"\frac{1}{1-\beta}"),
    "1 − β where gradients alternate": ("eq-momentum-alternating", r"{1+\beta}", r"{1-\beta}"),
    "heavy ball called an average": ("eq-momentum-ema", r"(1-\beta)\, g_t", "g_t"),
    "converted the wrong way": ("eq-momentum-convert", r"\frac{\eta}{1-\beta}", r"\eta (1-\beta)"),
}
