"""Checks of the formulas of chapters/02-concepts/02-learning-rate."""

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, Stated, compare
from formula_runs import Draw, seeded
from formula_values import evaluate, holds, true
from formulas import Book

import optimlib as ol

STEPS = 8


class Shifted:
    """½λ(θ − θ*)² of one parameter."""

    dim = 1

    def __init__(self, bend: float, home: float) -> None:
        self.bend, self.home = bend, home

    def value(self, theta: Any) -> Any:
        return 0.5 * self.bend * (np.asarray(theta)[..., 0] - self.home) ** 2

    def grad(self, theta: Any) -> Any:
        return self.bend * (np.asarray(theta) - self.home)


def descended(values: dict[str, Any], lr: Any, home: float, steps: int = STEPS) -> list[float]:
    run = ol.descend(ol.SGD(lr=lr), Shifted(values["lambda"], home), [values.get("start", 1.0)], steps)
    return run.theta[:, 0].tolist()


def path(values: dict[str, Any], _: Book) -> list[float]:
    return descended(values, values["eta"], values["theta_star"])


def path_of_many_rates(values: dict[str, Any], _: Book) -> list[float]:
    return descended(values, lambda t: values["eta"][t], 0.0)


def either_side(rng: np.random.Generator) -> float:
    """A rate below or above 1/λ, but not near it: there the error is soon nothing but rounding."""
    return float(rng.choice([rng.uniform(0.1, 0.6), rng.uniform(1.4, 2.0)]))


def many_rates(rng: np.random.Generator) -> list[Any]:
    return [None, *rng.uniform(0.05, 0.9, STEPS)]  # η₁, η₂, …


def border(book: Book, label: str) -> None:
    """The statement is true just where the library's run comes nearer to the minimum."""
    (statement,), rng = book.statements(label), seeded(label)
    for share in (*rng.uniform(0.02, 4.0, 30), 1.98, 2.02):
        bend = float(np.exp(rng.uniform(-2.0, 2.0)))
        lr = share / bend
        last = descended({"lambda": bend}, lr, 0.0, steps=40)[-1]
        said = true(statement, {"eta": lr, "lambda": bend})
        assert said == (abs(last) < 1.0), (
            f"{book[label]}: the formula does not hold at η = {lr}, λ = {bend}: |θ₄₀| = {abs(last)}"
        )


def descent_lemma(book: Book, label: str) -> None:
    """On sums of log cosh, whose curvature is at most L; on parabolas of curvature L, with equality."""
    statements, rng = book.statements(label, {"f", "grad_f"}), seeded(label)
    for k in range(24):
        B, theta, lr = rng.normal(size=(4, 3)), rng.normal(size=3), float(np.exp(rng.uniform(-4.0, 1.0)))
        if k % 2:
            bend = float(rng.uniform(0.2, 3.0))
            values = {"f": lambda x, a=bend: 0.5 * a * (x @ x), "grad_f": lambda x, a=bend: a * x, "L": bend}
        else:
            values = {
                "f": lambda x, B=B: np.log(np.cosh(B @ x)).sum(),
                "grad_f": lambda x, B=B: B.T @ np.tanh(B @ x),
                "L": np.linalg.eigvalsh(B.T @ B)[-1],
            }
        compare(book, label, statements, values | {"theta": theta, "eta": lr}, attained=bool(k % 2))


def scaled_curvature(values: dict[str, Any], _: Book) -> float:
    """The largest curvature of c f(s φ) for a quadratic f with largest curvature L, from differences of gradients."""
    f = ol.Quadratic(kappa=4.0, dim=3, seed=1)
    c, s, unit = values["c"], values["s"], values["L"] / 4.0
    rows = [(c * s * unit) * (f.grad(s * e) - f.grad(-s * e)) / 2 for e in np.eye(3)]
    return float(np.linalg.eigvalsh(np.array(rows))[-1])


def worst_factor(values: dict[str, Any], lr: float | None = None) -> float:
    """By how much a step of the library's SGD stretches the longest error, on a turned quadratic."""
    low, high = values["lambda_min"], values["lambda_max"]
    H = low * ol.Quadratic(kappa=high / low, dim=4, seed=2).hessian
    rule = ol.SGD(lr=values["eta"] if lr is None else lr)
    errors = np.eye(4)
    step, _ = rule.update(errors @ H, rule.init(errors))
    return float(np.linalg.norm(errors + step, ord=2))


@lru_cache(maxsize=64)
def best_rate(low: float, high: float) -> tuple[float, float]:
    """The learning rate with the smallest worst factor, by golden-section search, and that factor."""
    values, a, b, g = {"lambda_min": low, "lambda_max": high}, 0.0, 2.0 / high, (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(80):
        c, d = b - g * (b - a), a + g * (b - a)
        a, b = (a, d) if worst_factor(values, c) < worst_factor(values, d) else (c, b)
    return (a + b) / 2, worst_factor(values, (a + b) / 2)


def best_of(values: dict[str, Any], which: int) -> float:
    return best_rate(values["lambda_min"], values["lambda_max"])[which]


def steps_counted(values: dict[str, Any], _: Book) -> int:
    """Steps at the best learning rate until the error is below the share δ."""
    f, lr = ol.Quadratic(kappa=values["kappa"]), 2 / (1 + values["kappa"])
    error = np.linalg.norm(ol.descend(ol.SGD(lr=lr), f, [1.0, 1.0], 400).theta, axis=1)
    return int((error < values["delta"] * error[0]).argmax())


def budget(book: Book, label: str) -> None:
    """Random rates with ηλ up to ½; rates at ½ reach the lower bound, and tiny ones come near the upper one."""
    (statement,), rng = book.statements(label), seeded(label)
    for kind in ("random", "half", "tiny") * 4:
        bend, shares = float(np.exp(rng.uniform(-1.0, 1.0))), rng.uniform(0.0, 0.5, STEPS)
        shares = {"random": shares, "half": np.full(STEPS, 0.5), "tiny": shares / 100}[kind]
        eta = [None, *(shares / bend)]
        sums = [bend * sum(eta[1 : t + 1]) for t in range(STEPS + 1)]
        for t in range(1, STEPS + 1):
            values = {"eta": eta, "lambda": bend, "S": sums, "t": t}
            compare(book, label, (statement,), values)
            left, middle, right = (evaluate(side, values) for side in statement.sides)
            if kind == "half":
                assert holds("=", left, middle), (
                    f"{book[label]}: the formula does not hold: {left} is not reached, {middle}"
                )
            if kind == "tiny":
                assert holds("=", middle, right, rtol=1e-3), (
                    f"{book[label]}: the formula does not hold: {right} is far from {middle}"
                )


def mean_square(values: dict[str, Any], _: Book) -> list[float]:
    """𝔼(θ_t − θ*)² of the library's SGD over all sequences of noise ±σ, and over two starts."""
    noise = np.array(list(product([-1.0, 1.0], repeat=STEPS - 2)))  # (sequences, steps)
    theta = np.concatenate([np.full((len(noise), 1), sign * np.sqrt(values["start"])) for sign in (-1.0, 1.0)])
    rule, noise = ol.SGD(lr=values["eta"]), np.tile(noise, (2, 1))
    state, found = rule.init(theta), [(theta**2).mean()]
    for xi in noise.T[..., None]:
        step, state = rule.update(values["lambda"] * theta + values["sigma"] * xi, state)
        theta = theta + step
        found.append((theta**2).mean())
    return found


def at_rest(book: Book, label: str) -> None:
    """A mean square that the library's SGD leaves as it is."""
    (statement,), rng = book.statements(label), seeded(label)
    for _ in range(12):
        bend, sigma, share = np.exp(rng.uniform(-1.0, 1.0, 3))
        values = {"lambda": bend, "sigma": sigma, "eta": 0.6 * share / bend}
        floor = evaluate(statement.sides[1], values)
        assert holds("=", floor, mean_square(values | {"start": floor}, book)[-1]), (
            f"{book[label]}: the formula does not hold: {floor} moves"
        )
        compare(book, label, (statement,), values | {"q_bar": floor})


def averaged(values: dict[str, Any], _: Book) -> list[float]:
    """The library's SGD with η = 1/t, each gradient being θ minus an observation."""
    rule, theta = ol.SGD(lr=ol.InverseTime(1.0, decay=1.0)), np.array([5.0])
    state, found = rule.init(theta), [5.0]
    for x in values["x"][1:]:
        step, state = rule.update(theta - x, state)
        theta = theta + step
        found.append(float(theta[0]))
    return found


def observations(rng: np.random.Generator) -> list[Any]:
    return [np.nan, *rng.normal(size=STEPS)]  # x₁, x₂, …


class Schedule:
    """η_t on the left is the library's schedule at step t, η on the right its peak."""

    def __init__(self, make: Any, **ranges: Any) -> None:
        self.make, self.ranges = make, ranges

    def __call__(self, book: Book, label: str) -> None:
        (statement,), rng = book.statements(label), seeded(label)
        left, right = statement.sides
        (symbol,) = left.atoms.values()
        assert symbol.name == "eta", f"{book[label]}: its left side is not η_t"
        assert statement.relations == ("=",), f"{book[label]} is no equation"
        for _ in range(12):
            values = {name: draw(rng) for name, draw in self.ranges.items()} | {"eta": float(rng.uniform(0.1, 2.0))}
            schedule = self.make(values)
            for t in (1, 2, 3, 5, 8, 13, 21, 34):
                (at,) = symbol.indices
                step = int(evaluate(at, {"t": t}))
                found, known = evaluate(right, values | {"t": t}), float(schedule(step)) if step > 0 else np.nan
                assert holds("=", found, known), (
                    f"{book[label]}: the formula does not hold: {found}, expected {known} at t = {t}, {values}"
                )


def whole(low: int, high: int) -> Any:
    return lambda rng: int(rng.integers(low, high))


def real(low: float, high: float) -> Any:
    return lambda rng: float(rng.uniform(low, high))


CURVATURES = {"lambda_min": (0.2, 1.0), "lambda_max": (1.5, 9.0)}
CHECKS = {
    "eq-lr-step": ByUpdateRule(ol.SGD),
    "eq-lr-error": ByNumbers(
        {"eta": Draw(either_side), "lambda": (0.9, 1.1), "theta_star": (1.5, 3.0), "start": 1.0, "t": range(1, STEPS)},
        also={"theta": path},
    ),
    "eq-lr-border": border,
    "eq-lr-descent": descent_lemma,
    "eq-lr-rescale": ByNumbers(
        {"c": (0.1, 10.0), "s": (0.1, 10.0), "L": (0.5, 5.0)}, also={"L_tilde": scaled_curvature}
    ),
    "eq-lr-rate": ByNumbers(CURVATURES | {"eta": (0.01, 1.0)}, also={"r": lambda values, _: worst_factor(values)}),
    "eq-lr-best": ByNumbers(
        CURVATURES,
        where=(r"\kappa=\lambda_{\max}/\lambda_{\min}",),
        also={"eta_star": lambda v, _: best_of(v, 0), "r_star": lambda v, _: best_of(v, 1)},
    ),
    "eq-lr-steps": ByNumbers({"kappa": (100.0, 200.0), "delta": (0.03, 0.3)}, also={"t": steps_counted}),
    "eq-lr-product": ByNumbers(
        {"eta": Draw(many_rates), "lambda": (0.3, 3.0), "t": range(1, STEPS)}, also={"theta": path_of_many_rates}
    ),
    "eq-lr-budget": budget,
    "eq-lr-noise": ByNumbers(
        {"eta": (0.05, 1.5), "lambda": (0.3, 3.0), "sigma": (0.3, 3.0), "start": (0.1, 5.0), "t": range(1, STEPS - 2)},
        also={"q": mean_square},
    ),
    "eq-lr-floor": at_rest,
    "eq-lr-mean": ByNumbers({"x": Draw(observations), "t": range(1, STEPS)}, also={"theta": averaged}),
    "eq-lr-robbins": Stated("a condition on endless sums: which sequences satisfy it cannot be run"),
    "eq-lr-step-decay": Schedule(
        lambda v: ol.StepDecay(v["eta"], every=v["n"], factor=v["gamma"]), n=whole(2, 9), gamma=real(0.3, 0.9)
    ),
    "eq-lr-exponential": Schedule(lambda v: ol.ExponentialDecay(v["eta"], factor=v["gamma"]), gamma=real(0.3, 0.99)),
    "eq-lr-inverse-time": Schedule(lambda v: ol.InverseTime(v["eta"], decay=v["k"]), k=real(0.05, 2.0)),
    "eq-lr-linear": Schedule(lambda v: ol.PolynomialDecay(v["eta"], steps=v["T"]), T=whole(40, 90)),
    "eq-lr-cosine": Schedule(lambda v: ol.CosineDecay(v["eta"], steps=v["T"]), T=whole(40, 90)),
    "eq-lr-warm-up": Schedule(lambda v: ol.WarmUp(ol.ConstantRate(v["eta"]), steps=v["W"]), W=whole(3, 30)),
}

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "learning rate: climbing": ("eq-lr-step", r"- \eta", r"+ \eta"),
    "learning rate: learning rate lost": ("eq-lr-step", r"\eta\, g_t", "g_t"),
    "learning rate: exponent off": ("eq-lr-error", "^t", "^{t-1}"),
    "learning rate: curvature lost": ("eq-lr-error", r"\eta\lambda", r"\eta"),
    "learning rate: error from zero": ("eq-lr-error", r"(\theta_0-\theta^*)", r"\theta_0"),
    "learning rate: the best rate for the border": ("eq-lr-border", r"\frac{2}{\lambda}", r"\frac{1}{\lambda}"),
    "learning rate: twice the border": ("eq-lr-border", r"\frac{2}{\lambda}", r"\frac{4}{\lambda}"),
    "learning rate: half of the half lost": ("eq-lr-descent", r"\frac{\eta L}{2}", r"\eta L"),
    "learning rate: norm not squared": ("eq-lr-descent", r"\|_2^2", r"\|_2"),
    "learning rate: climbing by the lemma": ("eq-lr-descent", r"f(\theta)-\eta", r"f(\theta)+\eta"),
    "learning rate: s once": ("eq-lr-rescale", "s^2", "s"),
    "learning rate: c squared": ("eq-lr-rescale", "c", "c^2"),
    "learning rate: the better of two": ("eq-lr-rate", r"\max(", r"\min("),
    "learning rate: no absolute value": ("eq-lr-rate", r"|1-\eta\lambda_{\max}|", r"(1-\eta\lambda_{\max})"),
    "learning rate: mean of the borders": (
        "eq-lr-best", r"\frac{2}{\lambda_{\min}+\lambda_{\max}}", r"\frac{1}{\lambda_{\min}}+\frac{1}{\lambda_{\max}}"
    ),
    "learning rate: half of the best": ("eq-lr-best", r"\frac{2}{\lambda", r"\frac{1}{\lambda"),
    "learning rate: the rate at 1/L": ("eq-lr-best", r"\frac{\kappa-1}{\kappa+1}", r"\frac{\kappa-1}{\kappa}"),
    "learning rate: twice the steps": ("eq-lr-steps", r"\frac{\kappa}{2}", r"\kappa"),
    "learning rate: sum for product": ("eq-lr-product", r"\prod", r"\sum"),
    "learning rate: a factor short": ("eq-lr-product", "^{t}", "^{t-1}"),
    "learning rate: bounds swapped": ("eq-lr-budget", r"4^{-S_t} \le", r"4^{-S_t} \ge"),
    "learning rate: lower bound not reached": ("eq-lr-budget", "4^{", "8^{"),
    "learning rate: upper bound far": ("eq-lr-budget", "e^{-S_t}", r"e^{-\frac{S_t}{2}}"),
    "learning rate: noise of η, not η²": ("eq-lr-noise", r"\eta^2\sigma^2", r"\eta\sigma^2"),
    "learning rate: factor not squared": ("eq-lr-noise", r"(1-\eta\lambda)^2", r"(1-\eta\lambda)"),
    "learning rate: floor of small η": ("eq-lr-floor", r"\lambda(2-\eta\lambda)", r"2\lambda"),
    "learning rate: floor upside down": ("eq-lr-floor", r"(2-\eta\lambda)", r"(2+\eta\lambda)"),
    "learning rate: mean of the others": ("eq-lr-mean", r"\sum_{i=1}^{t}x_i", r"\sum_{i=1}^{t}x_{i-1}"),
    "learning rate: no running mean": ("eq-lr-mean", r"-\frac{1}{t}(", r"-\frac{1}{t+1}("),
    "learning rate: a cut too early": ("eq-lr-step-decay", "(t-1)/n", "t/n"),
    "learning rate: decay from the first step": ("eq-lr-exponential", "^{t-1}", "^{t}"),
    "learning rate: hyperbola from zero": ("eq-lr-inverse-time", "k(t-1)", "k t"),
    "learning rate: line from the first step": ("eq-lr-linear", r"\frac{t-1}{T}", r"\frac{t}{T}"),
    "learning rate: whole period": ("eq-lr-cosine", r"\pi(t-1)", r"2\pi(t-1)"),
    "learning rate: cosine not lifted": ("eq-lr-cosine", r"\frac{\eta}{2}\left(1+", r"\frac{\eta}{2}\left("),
    "learning rate: warm-up from zero": ("eq-lr-warm-up", r"\frac{t}{W}", r"\frac{t-1}{W}"),
    "learning rate: warm-up without end": ("eq-lr-warm-up", r"\min", r"\max"),
}  # fmt: skip

# Slips that leave the formula right: formula, LaTeX with the slip -> why.
EQUIVALENT = {
    (
        "eq-lr-steps",
        rf"{{(t{sign}1)}}  \approx \frac{{\kappa}}{{2}}\log\frac{{1}}{{\delta}}",
    ): "among hundreds of steps one does not count"
    for sign in "+-"
}
