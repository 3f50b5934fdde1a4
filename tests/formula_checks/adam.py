"""Checks of the formulas of chapters/03-algorithms/05-adam."""

from typing import Any

from formula_kinds import ByNumbers, ByUpdateRule, LimitOf
from formula_values import evaluate
from formulas import Book

import optimlib as ol

HATS = ("eq-adam-m-hat", "eq-adam-v-hat")
RHO = r"\rho=\beta_1^2/\beta_2"
NO_EPS = {"eps": 1e-200}  # formulas that leave ε aside


def uncorrected_over_corrected(values: dict[str, Any], book: Book) -> list[Any]:
    """r_t: the step of eq-adam-step with m and v in place of m̂ and v̂, over the step that ol.Adam takes."""
    (rule,) = book.statements("eq-adam-step")
    theta, ratios = values["theta"], [None]
    for t in range(1, len(theta)):
        uncorrected = evaluate(rule.sides[1], values | {"m_hat": values["m"], "v_hat": values["v"], "t": t})
        ratios.append((uncorrected - theta[t - 1]) / (theta[t] - theta[t - 1]))
    return ratios


def double_well(x: Any) -> Any:
    return ol.DoubleWell(tilt=0.5, dim=1).value([[x]])[0]


CHECKS = {
    "eq-adam-g": ByUpdateRule(ol.Adam),
    "eq-adam-m": ByUpdateRule(ol.Adam),
    "eq-adam-v": ByUpdateRule(ol.Adam),
    "eq-adam-m-hat": ByUpdateRule(ol.Adam, given=HATS, through="eq-adam-step"),
    "eq-adam-v-hat": ByUpdateRule(ol.Adam, given=HATS, through="eq-adam-step"),
    "eq-adam-step": ByUpdateRule(ol.Adam, given=HATS),
    "eq-adam-unrolled": ByUpdateRule(ol.Adam),
    "eq-adam-weights": ByNumbers({"beta1": (0.1, 0.9), "t": range(1, 20)}),
    "eq-adam-bias": ByUpdateRule(ol.Adam, expectation=True),
    "eq-adam-ratio": ByUpdateRule(ol.Adam, hyper=NO_EPS, also={"r": uncorrected_over_corrected}),
    "eq-adam-bound": ByUpdateRule(ol.Adam, hyper=NO_EPS, where=(RHO,), attained_by=r"g_i\propto(\beta_2/\beta_1)^i"),
    "eq-adam-bound-limit": LimitOf("eq-adam-bound", {"beta1": (0.3, 0.9), "beta2": (0.91, 0.999)}, where=(RHO,)),
    "eq-adam-eps-hat": ByUpdateRule(
        ol.Adam, values={"epsilon_hat": (0.01, 1.0)}, where=(r"\varepsilon=\hat\varepsilon/\sqrt{1-\beta_2^t}",)
    ),
    "eq-adam-well": ByNumbers({"x": (-2.0, 2.0), "f": double_well}),
}

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "gradient at the new point": ("eq-adam-g", r"\theta_{t-1}", r"\theta_t"),
    "gradient of the loss before": ("eq-adam-g", r"f_t", r"f_{t-1}"),
    "β₂ for β₁": ("eq-adam-m", r"(1-\beta_1)", r"(1-\beta_2)"),
    "factor 1 − β₁ missing": ("eq-adam-m", r"(1-\beta_1)\, g_t", "g_t"),
    "weights swapped": ("eq-adam-m", r"\beta_1 m_{t-1} + (1-\beta_1)\, g_t", r"(1-\beta_1) m_{t-1} + \beta_1 g_t"),
    "gradient of the step before": ("eq-adam-m", "g_t", "g_{t-1}"),
    "the new average on the right": ("eq-adam-m", "m_{t-1}", "m_t"),
    "square lost": ("eq-adam-v", "g_t^2", "g_t"),
    "β₁ for β₂": ("eq-adam-v", r"\beta_2 v_{t-1}", r"\beta_1 v_{t-1}"),
    "power t lost": ("eq-adam-m-hat", r"\beta_1^t", r"\beta_1"),
    "power t − 1": ("eq-adam-m-hat", r"\beta_1^t", r"\beta_1^{t-1}"),
    "wrong β": ("eq-adam-v-hat", r"\beta_2^t", r"\beta_1^t"),
    "square for power t": ("eq-adam-v-hat", r"\beta_2^t", r"\beta_2^2"),
    "sign flipped": ("eq-adam-step", r"- \eta", r"+ \eta"),
    "hat lost above": ("eq-adam-step", r"\hat{m}_t", "m_t"),
    "hat lost below": ("eq-adam-step", r"\hat{v}_t", "v_t"),
    "ε inside the root": ("eq-adam-step", r"\sqrt{\hat{v}_t}+\varepsilon", r"\sqrt{\hat{v}_t+\varepsilon}"),
    "ε lost": ("eq-adam-step", r"+\varepsilon", ""),
    "root lost": ("eq-adam-step", r"\sqrt{\hat{v}_t}", r"\hat{v}_t"),
    "step from the new point": ("eq-adam-step", r"= \theta_{t-1}", r"= \theta_t"),
    "sum ends early": ("eq-adam-unrolled", "^{t}", "^{t-1}"),
    "sum starts late": ("eq-adam-unrolled", "i=1", "i=2"),
    "exponent off by one": ("eq-adam-unrolled", "^{t-i}", "^{t-i+1}"),
    "weights reversed": ("eq-adam-unrolled", "^{t-i}", "^{i}"),
    "sum of weights off": ("eq-adam-weights", r"1-\beta_1^t", r"1-\beta_1^{t+1}"),
    "expected square for squared expectation": ("eq-adam-bias", r"\mathbb{E}[g_t^2]", r"\mathbb{E}[g_t]^2"),
    "bias of v with β₁": ("eq-adam-bias", r"(1-\beta_2^t)", r"(1-\beta_1^t)"),
    "ratio upside down": (
        "eq-adam-ratio", r"\frac{1-\beta_1^t}{\sqrt{1-\beta_2^t}}", r"\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}"
    ),
    "ratio without root": ("eq-adam-ratio", r"\sqrt{1-\beta_2^t}", r"1-\beta_2^t"),
    "inequality reversed": ("eq-adam-bound", r"\le", r"\ge"),
    "inequality strict": ("eq-adam-bound", r"\le", "<"),
    "bound not sharp": ("eq-adam-bound", r"\sqrt{\frac{1-\rho^t}{1-\rho}}", r"\sqrt{\frac{1}{1-\rho}}"),
    "the paper's bound": ("eq-adam-bound", r"\,\sqrt{\frac{1-\rho^t}{1-\rho}}", ""),
    "limit with ρ wrong": ("eq-adam-bound-limit", r"\beta_1^2/\beta_2", r"\beta_1/\beta_2"),
    "limit without 1 − β₁": ("eq-adam-bound-limit", r"\frac{1-\beta_1}", r"\frac{1}"),
    "corrections swapped": (
        "eq-adam-eps-hat", r"\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}", r"\frac{1-\beta_1^t}{\sqrt{1-\beta_2^t}}"
    ),
    "well not tilted": ("eq-adam-well", r"+\tfrac12x", ""),
    "well upside down": ("eq-adam-well", "-2x^2", "+2x^2"),
    "ε for ε̂": ("eq-adam-eps-hat", r"\hat{\varepsilon}", r"\varepsilon"),
    "corrected v under ε̂": ("eq-adam-eps-hat", r"\sqrt{v_t}", r"\sqrt{\frac{v_t}{1-\beta_2^t}}"),
}  # fmt: skip
