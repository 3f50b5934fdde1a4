"""Checks of the formulas of chapters/03-algorithms/06-the-adam-family."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import hyper_parameters, noisy, seeded
from formula_values import Definition
from formulas import Book

import optimlib as ol

M_HAT, V_HAT = "eq-adam-m-hat", "eq-adam-v-hat"
HATS = (M_HAT, V_HAT)
Values = dict[str, Any]


def corrected(values: Values, name: str, beta: str) -> list[Any]:
    """A list over the steps: the average `name`, corrected for its start at zero."""
    return [0.0] + [x / (1 - values[beta] ** t) for t, x in enumerate(values[name]) if t]


def numerator(values: Values, book: Book) -> list[Any]:
    """What NAdam divides by √v̂ + ε, taken from its steps."""
    steps = np.diff(np.array(values["theta"]), axis=0)
    v_hat = corrected(values, "v", "beta2")
    return [0.0, *(-s * (np.sqrt(v) + values["eps"]) / values["eta"] for s, v in zip(steps, v_hat[1:], strict=True))]


def direction(values: Values, book: Book) -> list[Any]:
    """Adam's m̂/(√v̂ + ε), from the state of the run."""
    m_hat, v_hat = corrected(values, "m", "beta1"), corrected(values, "v", "beta2")
    return [m / (np.sqrt(v) + values["eps"]) for m, v in zip(m_hat, v_hat, strict=True)]


@dataclass(frozen=True)
class AtSteps:
    """Compare a formula at the steps `at` with what a run gave; its symbols are numbers, or sequences indexed by t.

    given: labels of formulas that define further symbols.
    """

    record: Callable[[str], Values]
    at: tuple[int, ...] = tuple(range(1, 13))
    given: tuple[str, ...] = ()

    def __call__(self, book: Book, label: str) -> None:
        assert label not in self.given
        values = dict(self.record(label))
        for name in self.given:
            definition = Definition.of(book.statements(name)[0])
            values[definition.name] = definition
        statements = book.statements(label, {name for name, value in values.items() if callable(value)})
        for t in self.at:
            assert compare(book, label, statements, values | {"t": t})


@dataclass(frozen=True)
class Seen(ol.Adam):
    """Adam that notes the gradients which it gets."""

    seen: list[Any] = field(default_factory=list)

    def update(self, grad: Any, state: Any) -> Any:
        self.seen.append(grad)
        return super().update(grad, state)


@cache
def coupled(label: str) -> Values:
    """Adam with L2 in the gradient: what it sees, and the averages of its two parts."""
    rng = seeded(label)
    hyper, losses = hyper_parameters(ol.Adam, {}, rng), noisy(rng)
    inner, decay, theta = Seen(**hyper), 0.2, [losses.start]
    rule = ol.CoupledWeightDecay(inner, decay)
    states, c, a = [rule.init(theta[0])], [0.0], [0.0]
    for t in range(1, losses.steps + 1):
        raw = losses.grad_at(t, theta[-1])
        step, state = rule.update(raw, states[-1], theta=theta[-1])
        c.append(hyper["beta1"] * c[-1] + (1 - hyper["beta1"]) * raw)
        a.append(hyper["beta1"] * a[-1] + (1 - hyper["beta1"]) * theta[-1])
        theta.append(theta[-1] + step)
        states.append(state)
    values = hyper | {"v": [state["v"] for state in states], "c": c, "a": a}
    hats = {f"{name}_hat": corrected(values, name, "beta1") for name in "ca"}
    hats["v_hat"] = corrected(values, "v", "beta2")
    symbols = {"eta": hyper["lr"], "epsilon": hyper["eps"], "lambda": decay}
    return hats | symbols | {"theta": theta, "g": [0.0, *inner.seen], "grad_f": losses.grad_at}


@cache
def resting(label: str) -> Values:
    """Where L2 and AdamW come to rest on ½h(θ − θ*)², the latter in noise much larger than the pull."""
    h, lam, sigma, goal = 1.3, 0.25, 5.0, 1.6
    rng, theta = np.random.default_rng(0), np.full(2000, 1.0)
    rule, mean = ol.AdamW(lr=0.01, weight_decay=lam), 0.0
    state = rule.init(theta)
    for t in range(2500):
        step, state = rule.update(h * (theta - goal) + sigma * rng.normal(size=2000), state, theta=theta)
        theta = theta + step
        mean += theta.mean() / 1000 if t >= 1500 else 0.0
    x, l2 = np.ones(1), ol.CoupledWeightDecay(ol.SGD(lr=0.5), lam)
    memory = l2.init(x)
    for _ in range(200):
        step, memory = l2.update(h * (x - goal), memory, theta=x)
        x = x + step
    numbers = {"h": h, "lambda": lam, "sigma": sigma, "theta_star": goal}
    return numbers | {"theta_L2": float(x[0]), "theta_W": float(mean)}


@cache
def paper(label: str) -> Values:
    """The paper's form: the library's AdamW with its λ divided by α, and a rate that changes at every step."""
    rng = seeded(label)
    alpha, lam, factor, losses = 0.2, 0.03, rng.uniform(0.2, 1.0, 14), noisy(rng)
    rule = ol.AdamW(lr=lambda t: alpha * factor[t], beta1=0.7, beta2=0.95, eps=0.1, weight_decay=lam / alpha)
    theta, states = [losses.start], [rule.init(losses.start)]
    for t in range(1, losses.steps + 1):
        step, state = rule.update(losses.grad_at(t, theta[-1]), states[-1], theta=theta[-1])
        theta.append(theta[-1] + step)
        states.append(state)
    memory = {"m": [s["m"] for s in states], "v": [s["v"] for s in states], "beta1": 0.7, "beta2": 0.95}
    hats = {"m_hat": corrected(memory, "m", "beta1"), "v_hat": corrected(memory, "v", "beta2")}
    return hats | {"theta": theta, "alpha": alpha, "lambda": lam, "eta": list(factor), "epsilon": 0.1}


@cache
def turning(label: str) -> Values:
    """AdamW on noise that is perpendicular to θ, in 2000 dimensions, after it has come to its balance."""
    rng, n, steps = np.random.default_rng(0), 2000, 5000
    rule = ol.AdamW(lr=0.01, beta1=0.8, beta2=0.99, weight_decay=0.1)
    theta = [np.full(n, 10 / np.sqrt(n))]
    state = rule.init(theta[0])
    for _ in range(steps):
        size, z = np.linalg.norm(theta[-1]), rng.normal(size=n)
        step, state = rule.update((z - z @ theta[-1] / size**2 * theta[-1]) / size, state, theta=theta[-1])
        theta.append(theta[-1] + step)
    return {"theta": theta, "eta": 0.01, "lambda": 0.1, "beta1": 0.8}


def border(values: Values, book: Book) -> float:
    """The largest a at which no eigenvalue of NAdam with a fixed divisor is outside the unit circle."""
    mu, beta = values["mu"], values["beta1"]

    def radius(a: float) -> float:
        # (θ, m) ↦: m⁺ = βm + (1 − β)θ, θ⁺ = θ − a(μ m⁺ + (1 − μ)θ), in units of the gradient
        row = np.array([1 - beta, beta])
        return float(abs(np.linalg.eigvals([[1 - a * (1 - mu), 0] - a * mu * row, row])).max())

    low, high = 0.0, 1e4
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if radius(middle) <= 1 + 1e-12 else (low, middle)
    return low


@cache
def white(label: str) -> Values:
    """AdaBelief on independent gradients of mean 0: the t-th is σ times a unit vector, so 𝔼[x²] is a sum."""
    sigma, steps = 1.7, 400
    g = [np.zeros(steps + 1), *(sigma * row for row in np.eye(steps + 1)[1:])]
    rule, m = ol.AdaBelief(beta1=0.8), [np.zeros(steps + 1)]
    state = rule.init(m[0])
    for t in range(1, steps + 1):
        _, state = rule.update(g[t], state)
        m.append(state["m"])
    return {"g": g, "m": m, "beta1": 0.8, "sigma": sigma, "E": lambda x: np.sum(x)}


@cache
def floor(label: str) -> Values:
    """AdaBelief's s after many steps without a surprise."""
    rule = ol.AdaBelief(beta2=0.9, eps=0.3)
    state = rule.init(np.zeros(1))
    for _ in range(1000):
        _, state = rule.update(np.zeros(1), state)
    return {"beta2": 0.9, "epsilon": 0.3, "s_min": float(state["s"][0])}


@cache
def factors(label: str) -> Values:
    """Adafactor on a 3 × 4 layer; v from its steps. Indices of rows and columns count from 1."""
    rng, n, k = seeded(label), 3, 4
    rule = ol.Adafactor(lr=1e-3, eps1=0.2, eps2=1.0, d=1e9, shapes=((n, k),))
    theta = 0.1 * rng.normal(size=n * k)  # smaller than ε₂, so that the step is η g/√v
    state = rule.init(theta)
    R, C, g, v = [counted(np.zeros(n))], [counted(np.zeros(k))], [{}], [{}]
    for _ in range(12):
        grad = rng.normal(size=n * k)
        step, state = rule.update(grad, state, theta=theta)
        R.append(counted(state["R0"]))
        C.append(counted(state["C0"]))
        g.append(counted(grad.reshape(n, k)))
        v.append(counted(((rule.lr * grad / step) ** 2).reshape(n, k)))
    return {"R": R, "C": C, "g": g, "v": v, "n": n, "k": k, "i": 2, "j": 3, "c": rule.decay, "epsilon1": 0.2}


def counted(values: Any) -> Any:
    """Nested dicts in place of an array, with keys from 1."""
    return {i: counted(x) for i, x in enumerate(values, 1)} if np.ndim(values) else float(values)


def decay_of(book: Book, label: str) -> None:
    """b_t through the rows that it makes."""
    values = factors(label) | {"b": Definition.of(book.statements(label)[0])}
    statements = book.statements("eq-family-rows")
    for t in range(1, 13):
        assert compare(book, label, statements, values | {"t": t})


def most(book: Book, label: str) -> None:
    """ρ_max through RAdam's steps, with the other formulas of its section."""
    names = (label, "eq-family-radam-rho", "eq-family-radam-r", *HATS)
    found = [Definition.of(book.statements(name)[0]) for name in names]
    rng = seeded(label)
    hyper, losses = hyper_parameters(ol.RAdam, {}, rng), noisy(rng)
    run = ol.descend(ol.RAdam(**hyper), losses_of(losses), losses.start, 12, record=["m", "v"])
    values = hyper | {"eta": hyper["lr"], "epsilon": hyper["eps"], "theta": list(run.theta)}
    values |= {name: list(run.state[name]) for name in "mv"} | {d.name: d for d in found}
    statements = book.statements("eq-family-radam")
    for t in range(1, 13):
        assert compare(book, label, statements, values | {"t": t})


@dataclass
class losses_of:
    """Losses that change from step to step, as an objective for `descend`, which asks once a step."""

    losses: Any
    dim: int = 3
    t: int = 0

    def value(self, theta: Any) -> Any:
        return self.losses.value_at(max(self.t, 1), np.asarray(theta))

    def grad(self, theta: Any) -> Any:
        self.t += 1
        return self.losses.grad_at(self.t, np.asarray(theta))


SCHEDULE = {"decay": (0.3, 0.9)}
KAPPA = {"kappa": "decay"}
RADAM = ("eq-family-radam-most", "eq-family-radam-rho", "eq-family-radam-r")

CHECKS = {
    "eq-family-l2": AtSteps(coupled),
    "eq-family-l2-split": AtSteps(coupled),
    "eq-family-rest-l2": AtSteps(resting, (1,)),
    "eq-family-rest-w": AtSteps(resting, (1,)),
    "eq-family-adamw": ByUpdateRule(ol.AdamW, given=HATS),
    "eq-family-unrolled": ByUpdateRule(ol.AdamW, also={"d": direction}),
    "eq-family-box": ByNumbers({"eta": (0.05, 0.5), "lambda": (0.1, 0.9), "t": range(2, 20)}),
    "eq-family-clock": ByNumbers({"eta": (0.005, 0.02), "lambda": (0.2, 0.6), "n": range(100, 300)}),
    "eq-family-paper": AtSteps(paper),
    "eq-family-equilibrium": AtSteps(turning, (4000, 4500, 5000)),
    "eq-family-amsgrad": ByUpdateRule(ol.AMSGrad),
    "eq-family-amsgrad-step": ByUpdateRule(ol.AMSGrad, given=(M_HAT,)),
    "eq-family-adamax": ByUpdateRule(ol.Adamax),
    "eq-family-adamax-step": ByUpdateRule(ol.Adamax, given=(M_HAT,)),
    "eq-family-adamax-bound": ByUpdateRule(ol.Adamax, hyper={"eps": 1e-200}, attained_by=r"g_i\propto\beta_2^i"),
    "eq-family-nadam-mu": ByUpdateRule(
        ol.NAdam, KAPPA, SCHEDULE, also={"m_bar": numerator}, through="eq-family-nadam-bar"
    ),
    "eq-family-nadam-bar": ByUpdateRule(
        ol.NAdam, KAPPA, SCHEDULE, given=("eq-family-nadam-mu",), also={"m_bar": numerator}
    ),
    "eq-family-nadam-step": ByUpdateRule(
        ol.NAdam, KAPPA, SCHEDULE, given=("eq-family-nadam-mu", "eq-family-nadam-bar", V_HAT)
    ),
    "eq-family-nadam-border": ByNumbers({"mu": (0.3, 1.0), "beta1": (0.5, 0.95)}, also={"a_star": border}),
    "eq-family-radam-most": most,
    "eq-family-radam-rho": ByUpdateRule(ol.RAdam, given=(*RADAM, *HATS), through="eq-family-radam"),
    "eq-family-radam-r": ByUpdateRule(ol.RAdam, given=(*RADAM, *HATS), through="eq-family-radam"),
    "eq-family-radam": ByUpdateRule(ol.RAdam, given=(*RADAM, *HATS)),
    "eq-family-yogi": ByUpdateRule(ol.Yogi, values={"sign": np.sign}),
    "eq-family-adabelief": ByUpdateRule(ol.AdaBelief),
    "eq-family-adabelief-step": ByUpdateRule(ol.AdaBelief, given=(M_HAT,)),
    "eq-family-adabelief-noise": AtSteps(white, (399, 400)),
    "eq-family-adabelief-floor": AtSteps(floor, (1,)),
    "eq-family-rows": AtSteps(factors, given=("eq-family-factor-decay",)),
    "eq-family-columns": AtSteps(factors, given=("eq-family-factor-decay",)),
    "eq-family-factor": AtSteps(factors),
    "eq-family-factor-decay": decay_of,
}

PLANTED = {
    "L2 with the new weights": ("eq-family-l2", r"\lambda\,\theta_{t-1}", r"\lambda\,\theta_t"),
    "L2's decay outside the division": (
        "eq-family-l2-split",
        r"\frac{\eta\lambda}{\sqrt{\hat{v}_t}+\varepsilon}",
        r"\eta\lambda",
    ),
    "L2 rests where the noise says": ("eq-family-rest-l2", r"h+\lambda", r"h+2\lambda"),
    "AdamW rests where L2 does": ("eq-family-rest-w", r"\lambda\sigma", r"\lambda"),
    "AdamW: decay without the rate": ("eq-family-adamw", r"1-\eta\lambda", r"1-\lambda"),
    "AdamW: a growing weight": ("eq-family-adamw", r"1-\eta\lambda", r"1+\eta\lambda"),
    "AdamW: hat lost": ("eq-family-adamw", r"\hat{v}_t", "v_t"),
    "unrolled: exponent off by one": ("eq-family-unrolled", "^{t-i}", "^{t-i+1}"),
    "unrolled: the start forgotten": ("eq-family-unrolled", r"(1-\eta\lambda)^t\,\theta_0 -", "-"),
    "the box grows with η": ("eq-family-box", r"{\lambda}", r"{\eta\lambda}"),
    "a clock that runs backward": ("eq-family-clock", r"\exp(-n", r"\exp(n"),
    "the paper's λ times α": ("eq-family-paper", r"\lambda\,\theta_{t-1}", r"\alpha\lambda\,\theta_{t-1}"),
    "the angle without momentum": ("eq-family-equilibrium", r"\,\frac{1-\beta_1}{1+\beta_1}", ""),
    "the angle without its root": (
        "eq-family-equilibrium",
        r"\sqrt{2\eta\lambda\,\frac{1-\beta_1}{1+\beta_1}}",
        r"2\eta\lambda\,\frac{1-\beta_1}{1+\beta_1}",
    ),
    "AMSGrad: the smallest v": ("eq-family-amsgrad", r"\max", r"\min"),
    "AMSGrad without its correction": ("eq-family-amsgrad-step", r"\frac{w_t}{1-\beta_2^t}", "w_t"),
    "Adamax: forgets with β₁": ("eq-family-adamax", r"\beta_2", r"\beta_1"),
    "Adamax: the sign kept": ("eq-family-adamax", "|g_t|", "g_t"),
    "Adamax: u corrected": ("eq-family-adamax-step", "{u_t}", r"{\frac{u_t}{1-\beta_2^t}}"),
    "Adamax: the paper's bound": (
        "eq-family-adamax-bound",
        r"\frac{1-\beta_1}{1-\beta_1^t}\,\frac{1-(\frac{\beta_1}{\beta_2})^t}{1-\frac{\beta_1}{\beta_2}}",
        "1",
    ),
    "NAdam: no half": ("eq-family-nadam-mu", r"\tfrac12\kappa^t", r"\kappa^t"),
    "NAdam: no look ahead": ("eq-family-nadam-bar", r"\mu_{t+1}\, m_t", r"\mu_t\, m_t"),
    "NAdam: one factor short": ("eq-family-nadam-bar", r"\prod_{i=1}^{t+1}", r"\prod_{i=1}^{t}"),
    "NAdam: Adam's numerator": ("eq-family-nadam-step", r"\bar{m}_t", "m_t"),
    "NAdam: the border of Adam": ("eq-family-nadam-border", r"+1-\mu", ""),
    "RAdam: twice as many gradients": ("eq-family-radam-most", r"\frac{2}", r"\frac{4}"),
    "RAdam: power lost": ("eq-family-radam-rho", r"1-\beta_2^t", r"1-\beta_2"),
    "RAdam: upside down": (
        "eq-family-radam-r",
        r"\frac{(\rho_t-4)(\rho_t-2)\,\rho_{\max}}{(\rho_{\max}-4)(\rho_{\max}-2)\,\rho_t}",
        r"\frac{(\rho_{\max}-4)(\rho_{\max}-2)\,\rho_t}{(\rho_t-4)(\rho_t-2)\,\rho_{\max}}",
    ),
    "RAdam: always divides": ("eq-family-radam", r"- \eta\,\hat{m}_t", r"- \eta\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t}}"),
    "Yogi: v moves away": ("eq-family-yogi", "v_{t-1} - g_t^2", "g_t^2 - v_{t-1}"),
    "AdaBelief: the old average": ("eq-family-adabelief", "g_t - m_t", "g_t - m_{t-1}"),
    "AdaBelief: ε once only": ("eq-family-adabelief", r" + \varepsilon", ""),
    "AdaBelief: s uncorrected": ("eq-family-adabelief-step", r"\frac{s_t}{1-\beta_2^t}", "s_t"),
    "noise of Adam": ("eq-family-adabelief-noise", r"\frac{2\beta_1^2}{1+\beta_1}\,", ""),
    "a floor of ε": ("eq-family-adabelief-floor", r"\frac{\varepsilon}{1-\beta_2}", r"\varepsilon"),
    "sums for means of rows": ("eq-family-rows", r"\frac{1}{k}", ""),
    "Adafactor: rows for columns": ("eq-family-columns", r"\frac{1}{n}\sum_{i=1}^{n}", r"\frac{1}{k}\sum_{i=1}^{n}"),
    "a product without its mean": ("eq-family-factor", r"\frac{1}{n}\sum_{l=1}^{n} R_{t,l}", "1"),
    "a memory that gets shorter": ("eq-family-factor-decay", "^{-c}", "^{-c-1}"),
}

EQUIVALENT = {
    (
        "eq-family-equilibrium",
        r"\frac{\lVert\theta_t-\theta_{t-1}\rVert}{\lVert\theta_{(t-1)} \rVert} \approx "
        r"\sqrt{2\eta\lambda\,\frac{1-\beta_1}{1+\beta_1}}",
    ): "a step is a hundredth of the length",
    ("eq-family-amsgrad", r"w_t = \max(w_{{(t+1)} -1}, v_t)"): "true, if useless: the maximum is not below v",
    (
        "eq-family-yogi",
        r"v_t = v_{t-1} - (1-\beta_2)\,\operatorname{sign}(v_{{(t+1)} -1} - g_t^2)\, g_t^2",
    ): "v does not pass g² in these runs, so the sign is the same before and after the step",
}
