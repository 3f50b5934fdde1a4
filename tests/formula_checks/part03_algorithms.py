"""Checks of the formulas of part 3, algorithms."""

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
