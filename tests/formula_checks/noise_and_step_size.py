"""Checks of the formulas of chapters/04-mathematics/04-noise-and-step-size.

What the formulas are compared with comes from the library: see tests/noise_values.py.
"""

from collections.abc import Callable

import numpy as np
from formula_kinds import ByNumbers, Values, compare
from formula_runs import Draw, seeded
from formulas import Book
from noise_values import (
    STEPS,
    Array,
    best_error,
    best_rate,
    best_rates,
    best_squares,
    covariance,
    critical,
    epoch_end,
    excess,
    far_squares,
    floor,
    floors,
    heavy_ball,
    martingale,
    mean_point,
    mean_square,
    moved,
    multiplicative,
    noise_of,
    observations,
    once,
    one_run,
    padded,
    random_covariance,
    reshuffled,
    shifted,
    shuffled,
    squares,
    wrong_products,
    wrong_squares,
)

import optimlib as ol

MANY = {
    "eta": (0.05, 0.4), "d": 3, "C": Draw(random_covariance),
    "lambda": Draw(lambda rng: [None, *rng.uniform(0.2, 3.0, 3)]), "i": range(1, 4), "j": range(1, 4),
}  # fmt: skip
TOTALS = {
    "Delta": excess, "M": mean_square, "S": lambda v, _: float(np.trace(covariance(v)[1])),
    "L": lambda v, _: float(max(v["lambda"][1:])),
}  # fmt: skip


def least_squares(check: Callable[[Book, str, Values, Array, Array], None]) -> Callable[[Book, str], None]:
    """On consistent equations with more unknowns than samples: x (3, 5), e in the span of the samples."""

    def run(book: Book, label: str) -> None:
        rng = seeded(label)
        for _ in range(20):
            x = rng.normal(size=(3, 5))
            e = x.T @ rng.normal(size=3)
            R2 = float((x**2).sum(axis=1).max())
            mu = float(np.linalg.eigvalsh(x @ x.T / 3)[0])
            check(book, label, {"R": R2**0.5, "mu": mu, "eta": float(rng.uniform(0.2, 1.0)) / R2}, x, e)

    return run


@least_squares
def contracts(book: Book, label: str, v: Values, x: Array, e: Array) -> None:
    """And is attained where the longest sample is drawn at the largest η."""
    longest = int((x**2).sum(axis=1).argmax())
    for i, eta, attained in ((0, v["eta"], False), (1, v["eta"], False), (longest, v["R"] ** -2, True)):
        values = v | {"t": 1, "i": 0, "eta": eta, "e": [e, moved(eta, x[i], e)], "x": [x[i]]}
        assert compare(book, label, book.statements(label), values, attained)


@least_squares
def converges(book: Book, label: str, v: Values, x: Array, e: Array) -> None:
    """Over all sequences of four samples; and nearly attained along the slowest eigenvector at a small η."""
    slowest = x.T @ np.linalg.eigh(x @ x.T)[1][:, 0]
    for eta, start in ((v["eta"], e), (1e-7 * v["eta"], slowest)):
        ends, D = [start], [float(start @ start)]
        for _ in range(4):
            ends = [moved(eta, row, e) for e in ends for row in x]
            D.append(float(np.mean([e @ e for e in ends])))
        for t in range(5):
            assert compare(book, label, book.statements(label), v | {"t": t, "D": D, "eta": eta})
    lost = 1 - D[1] / D[0]
    assert lost < 2.001 * eta * v["mu"], "a step along the slowest direction loses 2ημ at most"


@least_squares
def grows(book: Book, label: str, v: Values, x: Array, e: Array) -> None:
    """g stands for a vector whose ‖g‖² is the mean over the samples; attained where x is a part of the unit matrix."""
    cases = [(x, e, v), (np.eye(3, 5), np.eye(5)[0], {"R": 1.0, "mu": 1 / 3})]
    for attained, (rows, error, values) in enumerate(cases):
        mean = float(np.mean([sum((r * (r @ error)) ** 2) for r in rows]))
        seen: Values = {"E": float, "g": np.array([mean**0.5]), "grad_f": rows.T @ rows @ error / 3}
        assert compare(book, label, book.statements(label, {"E"}), values | seen, attained=bool(attained))


def adam(book: Book, label: str) -> None:
    """The variance of 4000 copies of ol.Adam, within the 5 percent of ≈."""
    for lam, sigma, eta in ((1.0, 1.0, 0.005), (0.5, 2.0, 0.01)):
        rng, theta, V = np.random.default_rng(1), np.zeros(4000), 0.0
        rule, steps = ol.Adam(lr=eta), int(10 * sigma / (lam * eta))
        state = rule.init(theta)
        for t in range(steps):
            step, state = rule.update(lam * theta + sigma * rng.normal(size=4000), state)
            theta = theta + step
            V += float((theta**2).mean()) * (t >= steps // 2) / (steps - steps // 2)
        values: Values = {"lambda": lam, "sigma": sigma, "eta": eta, "V": V}
        assert compare(book, label, book.statements(label), values)


ONE = {"eta": (0.05, 0.6), "lambda": (0.5, 2.0), "sigma": (0.5, 2.0), "start": (0.5, 3.0)}
PATH = ONE | {"t": range(1, STEPS + 1), "noise": Draw(lambda rng: rng.normal(size=STEPS))}
RATE = {k: v for k, v in ONE.items() if k != "eta"} | {"t": range(1, STEPS + 1)}
HORIZON = {"lambda": (0.4, 2.5), "sigma": (0.8, 1.2), "q": Draw(lambda rng: [float(rng.uniform(1, 4))]), "T": 2000}
SAMPLES = {"samples": Draw(shuffled), "n": 5, "eta": (0.05, 0.5), "lambda": (0.5, 1.5)}
ORDERS = {"s": lambda v, _: float((v["samples"] ** 2).mean() ** 0.5), "r": lambda v, _: 1 - v["eta"] * v["lambda"]}

CHECKS = {
    "eq-noise-step": ByNumbers(PATH, also={"theta": one_run, "xi": noise_of}),
    "eq-noise-recursion": ByNumbers(PATH, also={"q": squares}),
    "eq-noise-floor": ByNumbers(ONE, also={"q_bar": floor}),
    "eq-noise-solution": ByNumbers(PATH, also={"q": squares, "q_bar": floor}),
    "eq-noise-excess": ByNumbers(MANY, also=TOTALS),
    "eq-noise-between": ByNumbers(MANY, also=TOTALS),
    "eq-noise-covariance": ByNumbers(MANY, also={"V": lambda v, _: padded(covariance(v)[2])}),
    "eq-noise-trace": ByNumbers(MANY, also=TOTALS),
    "eq-noise-best": ByNumbers(HORIZON, also={"eta": best_rate}),
    "eq-noise-best-error": ByNumbers(HORIZON, also={"q": best_error}),
    "eq-noise-greedy": ByNumbers(RATE, also={"eta": best_rates, "q": best_squares}),
    "eq-noise-harmonic": ByNumbers(RATE, also={"q": best_squares}),
    "eq-noise-inverse-time": ByNumbers(
        RATE,
        also={
            "N": lambda v, _: [v["sigma"] ** 2 / (v["lambda"] * v["start"]) ** 2], "eta": best_rates, "q": best_squares,
        },
    ),
    "eq-noise-mean": ByNumbers(PATH, also={"theta": observations, "xi": noise_of}),
    "eq-noise-martingale": ByNumbers(
        PATH | {"eta": Draw(lambda rng: [None, *rng.uniform(0.05, 0.6, STEPS)]), "M_bar": (-1.0, 1.0)},
        also={"M": martingale, "y": shifted},
    ),
    "eq-noise-wrong": ByNumbers(RATE | {"c": (0.1, 0.45)}, also={"P": wrong_products, "q": wrong_squares}),
    "eq-noise-rate": ByNumbers(
        {"lambda": 1.0, "sigma": (0.5, 2.0), "c": (0.9, 3.0), "t": 30_000}, also={"q": far_squares}
    ),
    "eq-noise-average": ByNumbers(PATH, also={"theta": one_run, "xi": noise_of, "theta_bar": mean_point}),
    "eq-noise-scaling": ByNumbers(
        {"eta": (0.05, 0.2), "lambda": (0.5, 1.5), "sigma": (0.5, 2.0), "B": range(1, 9), "k": range(2, 6)},
        also={"q_bar": floors},
    ),
    "eq-noise-critical": ByNumbers(
        {"S": (0.5, 4.0), "eta_max": (0.5, 2.0), "Delta": (0.01, 0.1)}, also={"B_crit": critical}
    ),
    "eq-noise-momentum": ByNumbers(
        {"eta_tilde": (0.05, 1.5), "lambda": (0.5, 1.2), "sigma": (0.5, 2.0), "beta": (0.3, 0.95)},
        also={"V": heavy_ball},
    ),
    "eq-noise-multiplicative": ByNumbers(
        {"eta": (0.05, 0.4), "lambda": (0.5, 1.5), "tau": (0.1, 1.0), "sigma": (0.5, 2.0)},
        also={"q_bar": multiplicative},
    ),
    "eq-noise-contract": contracts,
    "eq-noise-linear": converges,
    "eq-noise-growth": grows,
    "eq-noise-epoch": ByNumbers(
        {"n": 5, "eta": (0.05, 0.5), "lambda": (0.5, 1.5), "start": (-2.0, 2.0),
         "a": Draw(lambda rng: [None, *shuffled(rng)])},
        also={"theta": epoch_end, "r": ORDERS["r"]},
    ),
    "eq-noise-reshuffled": ByNumbers(SAMPLES, also=ORDERS | {"Q_re": reshuffled}),
    "eq-noise-reshuffled-small": ByNumbers(
        SAMPLES | {"eta": (0.001, 0.01)}, also=ORDERS | {"Q_re": reshuffled}
    ),
    "eq-noise-once": ByNumbers(SAMPLES, also=ORDERS | {"Q_re": reshuffled, "Q_once": once}),
    "eq-noise-adam": adam,
}  # fmt: skip

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "noise: noise without η": ("eq-noise-step", r"\eta\sigma\,\xi_t", r"\sigma\,\xi_t"),
    "noise: factor not squared": ("eq-noise-recursion", r"(1-\eta\lambda)^2", r"(1-\eta\lambda)"),
    "noise: variance with η once": ("eq-noise-recursion", r"\eta^2\sigma^2", r"\eta\sigma^2"),
    "noise: floor for small steps only": ("eq-noise-floor", r"\lambda(2-\eta\lambda)", r"2\lambda"),
    "noise: forgets half as fast": ("eq-noise-solution", "{2t}", "{t}"),
    "noise: excess of ηM/2": ("eq-noise-excess", r"\frac{\eta}{4}", r"\frac{\eta}{2}"),
    "noise: lower bound of ηS/2": ("eq-noise-between", r"\frac{\eta S}{4}", r"\frac{\eta S}{2}"),
    "noise: upper bound without curvature": ("eq-noise-between", r"2(2-\eta L)", "4"),
    "noise: product for sum of curvatures": (
        "eq-noise-covariance", r"\lambda_i+\lambda_j-\eta\lambda_i\lambda_j", r"2\lambda_i-\eta\lambda_i\lambda_j"
    ),
    "noise: trace with the curvature": ("eq-noise-trace", r"2(2-\eta\lambda_i)", r"2\lambda_i(2-\eta\lambda_i)"),
    "noise: best rate without its half": ("eq-noise-best", r"\frac{1}{2\lambda T}", r"\frac{1}{\lambda T}"),
    "noise: best error without its logarithm": ("eq-noise-best-error", r"1+\log", r"1+0\log"),
    "noise: greedy rate without λ": ("eq-noise-greedy", r"\frac{\lambda q_{t-1}}", r"\frac{q_{t-1}}"),
    "noise: information upside down": (
        "eq-noise-harmonic", r"\frac{\lambda^2}{\sigma^2}", r"\frac{\sigma^2}{\lambda^2}"
    ),
    "noise: one step late": ("eq-noise-inverse-time", r"\frac{1}{\lambda\,(t+N_0)}", r"\frac{1}{\lambda\,(t+N_0+1)}"),
    "noise: sum for mean": ("eq-noise-mean", r"\frac{\sigma}{\lambda t}", r"\frac{\sigma}{\lambda}"),
    "noise: later noise in the martingale": ("eq-noise-martingale", "M_{t-1}", "M_t"),
    "noise: product not squared in the sum": ("eq-noise-wrong", "s^2P_s^2", "s^2P_s"),
    "noise: rate without its pole": ("eq-noise-rate", r"2c\lambda-1", r"2c\lambda"),
    "noise: average that forgets the end": ("eq-noise-average", r"\theta_0-\theta_t", r"\theta_0"),
    "noise: scaling upside down": (
        "eq-noise-scaling", r"\frac{2-\eta\lambda}{2-k\eta\lambda}", r"\frac{2-k\eta\lambda}{2-\eta\lambda}"
    ),
    "noise: critical batch with the goal above": ("eq-noise-critical", r"{4\Delta}", r"{2\Delta}"),
    "noise: momentum like a learning rate": ("eq-noise-momentum", r"\frac{1-\beta}{1+\beta}\,", ""),
    "noise: stable as without sampling": ("eq-noise-multiplicative", r"\lambda^2+\tau^2", r"\lambda^2"),
    "noise: contracts twice": ("eq-noise-contract", r"-\eta\,(x_i", r"-2\eta\,(x_i"),
    "noise: converges as fast as its square": ("eq-noise-linear", r"(1-\eta\mu)^t", r"(1-4\eta\mu)^{t}"),
    "noise: growth without the curvature": ("eq-noise-growth", r"\frac{R^2}{\mu}", r"R^2"),
    "noise: weights reversed": ("eq-noise-epoch", "r^{n-k}", "r^{k}"),
    "noise: no cancellation": ("eq-noise-reshuffled", r"-\frac{1-r^n}{n\,(1+r^n)}", ""),
    "noise: cancels in η squared": ("eq-noise-reshuffled-small", r"(\eta\lambda)^3", r"(\eta\lambda)^2"),
    "noise: once like reshuffled": ("eq-noise-once", r"\frac{1+r^n}{1-r^n}\,", ""),
    "noise: Adam with σ squared": ("eq-noise-adam", r"\eta\,\sigma", r"\eta\,\sigma^2"),
}  # fmt: skip
