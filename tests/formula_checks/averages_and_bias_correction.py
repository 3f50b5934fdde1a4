"""Checks of the formulas of chapters/04-mathematics/03-averages-and-bias-correction.

The averages are those of ol.EMAMomentum; corrected ones come from ol.Adam, which divides by 1 − βᵗ itself.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, Values, compare
from formula_runs import Draw, coins, seeded
from formula_tokens import FormulaError
from formula_values import evaluate, holds
from formulas import Book
from numpy.typing import NDArray

import optimlib as ol

Array = NDArray[np.float64]
BETA, TIMES, LONG = (0.3, 0.9), range(1, 13), 500


def averages(g: Any, beta: float) -> Array:
    """m₀, m₁, … of the inputs g₁, g₂, … by the library."""
    rule = ol.EMAMomentum(lr=1.0, beta=beta)
    inputs = np.asarray(g, dtype=float).reshape(len(g), -1)
    state, path = rule.init(np.zeros_like(inputs[0])), [np.zeros_like(inputs[0])]
    for x in inputs:
        path.append(state_m(rule, x, state))
        state = {"t": state["t"] + 1, "m": path[-1]}
    return np.array(path).reshape(-1, *np.shape(g)[1:])


def state_m(rule: Any, x: Array, state: Any) -> Any:
    return rule.update(x, state)[1]["m"]


def weights(beta: float, steps: int = LONG) -> Array:
    """Of the newest input first: the average of 1, 0, 0, …"""
    return averages(np.eye(steps)[0], beta)[1:]


def corrected(g: Any, beta: float) -> Array:
    """m̂₁, m̂₂, … from the steps of Adam without a memory in its denominator, η m̂/|g|."""
    adam = ol.Adam(lr=1.0, beta1=beta, beta2=0.0, eps=1e-200)
    state, path = adam.init(np.zeros_like(np.asarray(g[0], dtype=float))), []
    for x in g:
        step, state = adam.update(np.asarray(x, dtype=float), state)
        path.append(-step * abs(x))
    return np.array(path)


def m_hat(v: Values, _: Book) -> list[Any]:
    g = [v["g"][t] for t in sorted(v["g"])]
    return [np.zeros_like(g[0]), *corrected(g, v["beta"])]


def newest_weight(v: Values, _: Book) -> list[Any]:
    """c_t: what m̂_t gains when g_t does."""
    found: list[Any] = [None]
    for t in range(1, 14):
        g = np.ones((t, 1))
        g[-1] = 2.0
        found.append(float(corrected(g, v["beta"])[-1, 0] - 1.0))
    return found


def variance(of: Callable[[Array], Array]) -> Callable[[Values, Book], list[Any]]:
    """V_t as the sum of the squared weights of g₁ … g_t, weights by the library."""

    def sequence(v: Values, _: Book) -> list[Any]:
        rows = [of(weights(v["beta"], t)) for t in range(1, 14)]
        return [0.0, *(float(v["sigma"] ** 2 * (w**2).sum()) for w in rows)]

    return sequence


def of_noise(correlation: Callable[[Values], float], of: Callable[[float], Array] = weights) -> Any:
    """The variance of an average of noise whose correlation over k steps is φᵏ."""

    def stationary(v: Values, _: Book) -> float:
        w = of(v["beta"])
        lags = abs(np.subtract.outer(np.arange(len(w)), np.arange(len(w))))
        return float(v.get("sigma", 1.0) ** 2 * (w @ correlation(v) ** lags @ w))

    return stationary


def sgd_correlation(v: Values) -> float:
    """How much of its distance from the minimizer a step of SGD leaves on ½λθ²: the library's step."""
    step, _ = ol.SGD(lr=v["eta"]).update(np.array([v["lambda"]]), {"t": 0})
    return float(1.0 + step[0])


def parameters(v: Values, _: Book) -> float:
    return float(of_noise(sgd_correlation)(v, _)) * v["V"]


def response(v: Values, _: Book) -> Callable[[float], complex]:
    w = weights(v["beta"])
    return lambda omega: complex(w @ np.exp(-1j * omega * np.arange(len(w))))


def bisection(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return low


def cutoff(v: Values, book: Book) -> float:
    H = response(v, book)
    return bisection(lambda omega: abs(H(omega)) ** 2 - 0.5, 0.0, float(np.pi))


def half_life(v: Values, _: Book) -> float:
    return bisection(lambda h: float(np.exp(h * np.log(v["beta"]))) - 0.5, 0.0, 1e5)


def per_batch(v: Values, book: Book) -> float:
    """The decay over k steps at the old half-life."""
    return float(0.5 ** (v["k"] / half_life(v, book)))


def ramp(v: Values, _: Book) -> list[Any]:
    return list(averages([v["a"] + v["b"] * t for t in range(1, 14)], v["beta"]))


def log_ratio(a: float, b: float, t: float) -> float:
    return float(np.log(-np.expm1(-a * t)) - 0.5 * np.log(-np.expm1(-b * t)))


def slope(v: Values, _: Book) -> float:
    """(log r_t)′ by a central difference of high order, so that r′ = r · slope."""
    a, b, t, d = v["a"], v["b"], v["t"], 1e-2
    f = [log_ratio(a, b, t + k * d) for k in (-3, -2, -1, 1, 2, 3)]
    return float((-f[0] + 9 * f[1] - 45 * f[2] + 45 * f[3] - 9 * f[4] + f[5]) / (60 * d))


def largest_ratio(v: Values, _: Book) -> float:
    """The largest m/√v of Adam on a constant gradient 1, where m̂/√v̂ is 1."""
    adam = ol.Adam(lr=1.0, beta1=v["beta1"], beta2=v["beta2"])
    state, found = adam.init(np.zeros(1)), 0.0
    for _step in range(400):
        _, state = adam.update(np.ones(1), state)
        found = max(found, float(state["m"][0] / np.sqrt(state["v"][0])))
    return found


def errors(book: Book, label: str) -> None:
    """Mean squared errors as exact means over all sequences of six gradients of two values."""
    rng = seeded(label)
    for _ in range(6):
        beta, losses = float(rng.uniform(0.3, 0.9)), coins(rng)
        g = np.array([losses.grad_at(t, losses.start) for t in range(1, losses.steps + 1)])
        g, chance = g[:, :, 0], losses.weights
        mu = float(g[0] @ chance)
        sigma = float(np.sqrt((g[0] - mu) ** 2 @ chance))
        v: Values = {"beta": beta, "mu": mu, "sigma": sigma, "m": list(averages(g, beta))}
        v |= {"m_hat": [None, *corrected(g, beta)], "E": lambda x, chance=chance: chance @ x}
        v |= {"V": variance(lambda w: w)(v, book), "V_hat": variance(lambda w: w / w.sum())(v, book)}
        for t in range(1, losses.steps + 1):
            compare(book, label, book.statements(label, {"E"}), v | {"t": t})


def moving(book: Book, label: str) -> None:
    """Gradients of two values around a mean that moves: exact means over all sequences of five."""
    rng = seeded(label)
    for _ in range(6):
        beta, mu = float(rng.uniform(0.3, 0.9)), rng.normal(size=6)
        signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 5)).reshape(5, -1)
        g = mu[1:, None] + rng.uniform(0.5, 2.0) * signs
        v: Values = {"beta": beta, "mu": list(mu), "m": list(averages(g, beta)), "E": np.mean}
        for t in range(2, 6):
            lost = float(v["m"][t].mean() - (1 - beta**t) * mu[t])
            zeta = [*[None] * t, lost]
            compare(book, label, book.statements(label, {"E"}), v | {"t": t, "zeta": zeta})


def zeta_bound(book: Book, label: str) -> None:
    """True for means that change by at most δ a step; the first bound is reached by ramps, at every t."""
    rng = seeded(label)
    (statement,) = book.statements(label)
    for k in range(60):
        beta, delta, t = float(rng.uniform(0.3, 0.95)), float(rng.uniform(0.1, 3.0)), int(rng.integers(2, 13))
        moves = delta * (np.ones(12) if k % 2 else rng.uniform(-1.0, 1.0, 12))
        mu = np.cumsum(moves) * rng.choice([-1.0, 1.0])
        lost = float(averages(mu, beta)[t] - (1 - beta**t) * mu[t - 1])
        values: Values = {"beta": beta, "delta": delta, "t": t, "zeta": [*[None] * t, lost]}
        sides = [evaluate(side, values) for side in statement.sides]
        if not all(map(holds, statement.relations, sides, sides[1:])):
            raise AssertionError(f"{book[label]}: the formula does not hold at {values}: {sides}")
        if k % 2 and not holds("=", *sides[:2]):
            raise AssertionError(f"{book[label]}: the formula does not hold: a ramp reaches {sides[0]}, not {sides[1]}")


def stalls(book: Book, label: str) -> None:
    """Of updates with plain roundings, in float16: it says that m stays if and only if it does (no exact halves)."""
    rng, seen = seeded(label), set()
    (statement,) = book.statements(label, {"ulp"})
    for _ in range(3000):
        m = np.float16(rng.uniform(0.51, 0.99) * 2.0 ** int(rng.integers(-3, 3)))
        g, beta = float(m + rng.normal()), float(rng.uniform(0.99, 0.9999))
        values: Values = {"beta": beta, "g": g, "m": float(m), "ulp": lambda x: float(np.spacing(np.float16(x)))}
        sides = [evaluate(side, values) for side in statement.sides]
        said = holds(statement.relations[0], *sides)
        fact = bool(np.float16(float(m) + (1 - beta) * (g - float(m))) == m)
        if said != fact:
            raise AssertionError(f"{book[label]}: the formula does not hold: it says {said} at m = {m}, g = {g}")
        seen.add(said)
    if len(seen) < 2:
        raise FormulaError(f"{book[label]}: its check never saw the other side of the border")


def sharp(check: Callable[[Book, str], None], near: Values) -> Callable[[Book, str], None]:
    """The check, and that the last two sides of an inequality meet at the given values, as the text says."""

    def both(book: Book, label: str) -> None:
        check(book, label)
        left, right = (evaluate(side, near) for side in book.statements(label)[0].sides[-2:])
        if not holds("=", left, right, rtol=1e-3):
            raise AssertionError(f"{book[label]}: the formula does not hold: {left} and {right} do not meet at {near}")

    return both


noise = Draw(lambda rng: float(rng.uniform(-0.8, 0.9)))
BOTH = {"beta1": (0.85, 0.95), "beta2": (0.998, 0.9999)}
SPREAD = {"beta": BETA, "sigma": (0.5, 3.0)}
V = {"V": variance(lambda w: w)}

CHECKS = {
    "eq-averages-rule": ByUpdateRule(ol.EMAMomentum),
    "eq-averages-unrolled": ByUpdateRule(ol.EMAMomentum),
    "eq-averages-sum": ByNumbers({"beta": (0.1, 0.9), "t": range(1, 20)}),
    "eq-averages-age": ByNumbers({"beta": (0.1, 0.9)}),
    "eq-averages-half-life": ByNumbers({"beta": (0.5, 0.99)}, also={"h": half_life}),
    "eq-averages-outside": sharp(ByNumbers({"beta": (0.5, 0.9999)}), {"beta": 0.99999}),
    "eq-averages-variance": ByNumbers(SPREAD | {"t": TIMES}, also=V),
    "eq-averages-window": ByNumbers(
        {"beta": (0.1, 0.9)}, also={"N": lambda v, _: float(1.0 / (weights(v["beta"]) ** 2).sum())}
    ),
    "eq-averages-covariance": ByNumbers(
        SPREAD | {"varphi": noise},
        also={"c": lambda v, _: float(v["sigma"] ** 2 * weights(v["beta"]) @ v["varphi"] ** np.arange(LONG))},
    ),
    "eq-averages-ar": ByNumbers(SPREAD | {"varphi": noise}, also={"V": of_noise(lambda v: v["varphi"])}),
    "eq-averages-gain": ByNumbers({"beta": BETA, "omega": (0.1, 3.0)}, also={"H": response}),
    "eq-averages-cutoff": ByNumbers({"beta": BETA}, also={"omega_c": cutoff}),
    "eq-averages-ramp": ByNumbers({"beta": BETA, "a": (-2.0, 2.0), "b": (-2.0, 2.0), "t": TIMES}, also={"m": ramp}),
    "eq-averages-double": ByNumbers(
        SPREAD, also={"V": of_noise(lambda v: 0.0, lambda beta: averages(weights(beta), beta)[1:])}
    ),
    "eq-averages-bias": ByUpdateRule(ol.EMAMomentum, expectation=True),
    "eq-averages-corrected": ByUpdateRule(ol.EMAMomentum, also={"m_hat": m_hat}),
    "eq-averages-recursion": ByUpdateRule(ol.EMAMomentum, also={"m_hat": m_hat, "c": newest_weight}),
    "eq-averages-newest": ByNumbers({"beta": (0.3, 0.999), "t": TIMES}, also={"c": newest_weight}),
    "eq-averages-corrected-variance": ByNumbers(
        SPREAD | {"t": TIMES}, also={"V_hat": variance(lambda w: w / w.sum())}
    ),
    "eq-averages-mse": errors,
    "eq-averages-zeta": moving,
    "eq-averages-zeta-bound": zeta_bound,
    "eq-averages-slope": ByNumbers(
        {"a": (0.05, 0.3), "b": (0.01, 0.3), "t": range(3, 13), "r": [1.0] * 14},
        also={"r_prime": lambda v, _: [slope(v, _)] * 14},
    ),
    "eq-averages-peak": ByNumbers(BOTH, also={"r_max": largest_ratio}),
    "eq-averages-rescale": sharp(
        ByNumbers({"beta": (0.5, 0.99), "k": range(1, 9)}, also={"beta_new": per_batch}), {"beta": 0.9999, "k": 4}
    ),
    "eq-averages-parameters": ByNumbers(
        {"beta": BETA, "eta": (0.1, 0.5), "lambda": (0.5, 1.5), "V": (0.5, 2.0)}, also={"V_bar": parameters}
    ),
    "eq-averages-stall": stalls,
}  # fmt: skip

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "averages: factor 1 − β missing": ("eq-averages-rule", r"(1-\beta)\, g_t", "g_t"),
    "averages: weights swapped": (
        "eq-averages-rule", r"\beta m_{t-1} + (1-\beta)\, g_t", r"(1-\beta) m_{t-1} + \beta g_t"
    ),
    "averages: weights reversed": ("eq-averages-unrolled", r"\beta^{t-i}", r"\beta^{i}"),
    "averages: weights that sum to 1": ("eq-averages-sum", r"= 1-\beta^t", "= 1"),
    "averages: time constant for mean age": ("eq-averages-age", r"\frac{\beta}{1-\beta}", r"\frac{1}{1-\beta}"),
    "averages: window for half-life": ("eq-averages-half-life", r"\frac{\log(2)}{\log(1/\beta)}", r"\frac{1}{1-\beta}"),
    "averages: half a step lost": ("eq-averages-half-life", r"-\frac12", ""),
    "averages: a half outside the window": ("eq-averages-outside", r"\frac14 \le", r"\frac12 \le"),
    "averages: variance with the window": (
        "eq-averages-variance", r"\frac{(1-\beta)(1-\beta^{2t})}{1+\beta}", r"1-\beta"
    ),
    "averages: power t for 2t": ("eq-averages-variance", r"1-\beta^{2t}", r"1-\beta^t"),
    "averages: window of 1/(1 − β)": ("eq-averages-window", r"\frac{1-\beta}{1+\beta}", r"1-\beta"),
    "averages: covariance upside down": ("eq-averages-covariance", r"1-\beta\varphi", r"1+\beta\varphi"),
    "averages: correlation the wrong way": (
        "eq-averages-ar", r"\frac{1+\beta\varphi}{1-\beta\varphi}", r"\frac{1-\beta\varphi}{1+\beta\varphi}"
    ),
    "averages: gain not squared": ("eq-averages-gain", "|^2", "|"),
    "averages: cut-off without its half": ("eq-averages-cutoff", r"{2\beta}", r"{\beta}"),
    "averages: lag of the time constant": ("eq-averages-ramp", r"\frac{\beta}{1-\beta}", r"\frac{1}{1-\beta}"),
    "averages: variance squared for two in series": (
        "eq-averages-double", r"\frac{(1-\beta)(1+\beta^2)}{(1+\beta)^3}", r"\frac{(1-\beta)^2}{(1+\beta)^2}"
    ),
    "averages: bias of step t − 1": ("eq-averages-bias", r"\beta^t", r"\beta^{t-1}"),
    "averages: corrected by β": ("eq-averages-corrected", r"\frac{m_t}{1-\beta^t}", r"\frac{m_t}{1-\beta}"),
    "averages: weight of the newest upside down": (
        "eq-averages-recursion", r"\frac{1-\beta}{1-\beta^t}", r"\frac{1-\beta^t}{1-\beta}"
    ),
    "averages: increment of the wrong sign": ("eq-averages-recursion", r"(g_t-\hat{m}_{t-1})", r"(\hat{m}_{t-1}-g_t)"),
    "averages: upper for lower bound": ("eq-averages-newest", r"\ge", r"\le"),
    "averages: corrected variance upside down": (
        "eq-averages-corrected-variance", r"\frac{(1-\beta)(1+\beta^t)}", r"\frac{(1-\beta)(1-\beta^t)}"
    ),
    "averages: bias not squared": ("eq-averages-mse", r"\beta^{2t}\mu^2", r"\beta^t\mu^2"),
    "averages: correction without variance": ("eq-averages-mse", r"&= \hat{V}_t", r"&= V_t"),
    "averages: what is left lost": ("eq-averages-zeta", r"+ \zeta_t", ""),
    "averages: difference from the first": ("eq-averages-zeta", r"\mu_i-\mu_t", r"\mu_i-\mu_1"),
    "averages: bound not sharp": ("eq-averages-zeta-bound", r"-t\,\beta^t", ""),
    "averages: root lost in the slope": ("eq-averages-slope", r"{2\,(e^{bt}-1)}", r"{e^{bt}-1}"),
    "averages: peak without its root": ("eq-averages-peak", r"\sqrt{", r"{"),
    "averages: peak upside down": (
        "eq-averages-peak", r"\frac{\log(1/\beta_1)}{\log(1/\beta_2)}", r"\frac{\log(1/\beta_2)}{\log(1/\beta_1)}"
    ),
    "averages: root for power": ("eq-averages-rescale", r"= \beta^k", r"= \beta^{1/k}"),
    "averages: noise without memory": (
        "eq-averages-parameters", r"\cdot\frac{1+\beta\,(1-\eta\lambda)}{1-\beta\,(1-\eta\lambda)}", ""
    ),
    "averages: a whole ulp": ("eq-averages-stall", r"\tfrac12\,", ""),
}  # fmt: skip
