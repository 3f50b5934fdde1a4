"""Checks of the formulas of chapters/04-mathematics/04-noise-and-step-size.

Steps are those of ol.SGD and ol.Momentum; expectations are exact means over all signs of the noise, or the solution of
the linear equation that a stationary covariance satisfies.
"""

from collections.abc import Callable
from itertools import permutations, product
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, Values, compare
from formula_runs import Draw, seeded
from formulas import Book
from numpy.typing import NDArray

import optimlib as ol

Array = NDArray[np.float64]
STEPS = 7
SIGNS = np.array(list(product([-1.0, 1.0], repeat=STEPS))).T  # (steps, copies): noise of mean 0 and variance 1


def sgd(v: Values, xi: Array, rate: Callable[[int], float] | None = None) -> list[Array]:
    """θ₀, θ₁, … of the library's SGD on ½λθ² with the noise σξ."""
    path, state = [np.full(xi.shape[1:], v["start"])], {"t": 0}
    for t, noise in enumerate(xi, start=1):
        rule = ol.SGD(lr=rate(t) if rate else v["eta"])
        step, _ = rule.update(v["lambda"] * path[-1] + v["sigma"] * noise, state)
        path.append(path[-1] + step)
    return path


def squares(v: Values, _: Book) -> list[float]:
    return [float((theta**2).mean()) for theta in sgd(v, SIGNS)]


def one_run(v: Values, _: Book) -> list[float]:
    return [float(theta) for theta in sgd(v, v["noise"])]


def observations(v: Values, _: Book) -> list[float]:
    return [float(theta) for theta in sgd(v, v["noise"], lambda t: 1.0 / (v["lambda"] * t))]


def noise_of(v: Values, _: Book) -> list[Any]:
    return [None, *v["noise"]]


def mean_point(v: Values, _: Book) -> list[Any]:
    path = one_run(v, _)
    return [None, *(float(np.mean(path[:t])) for t in range(1, STEPS + 1))]


def fixed_point(keep: float, add: float) -> float:
    """Of q = keep · q + add, where two points of it meet."""
    return add / (1.0 - keep)


def floor(v: Values, _: Book) -> float:
    """From two steps of the library: it maps q to keep · q + add."""
    one, zero = (float((sgd(v | {"start": x}, SIGNS[:1, [0, -1]])[1] ** 2).mean()) for x in (1.0, 0.0))
    return fixed_point(one - zero, zero)


def floors(v: Values, _: Book) -> Callable[[float, float], float]:
    return lambda eta, B: floor(v | {"eta": eta, "sigma": v["sigma"] / B**0.5}, _)


def covariance(v: Values) -> tuple[Array, Array, Array]:
    """A, C, and the stationary V = (I − ηA) V (I − ηA) + η²C, in the eigenvectors of A."""
    lam, C = np.array(v["lambda"][1:]), np.array([row[1:] for row in v["C"][1:]])
    keep = np.eye(len(lam)) - v["eta"] * np.diag(lam)
    V = np.linalg.solve(np.eye(len(lam) ** 2) - np.kron(keep, keep), v["eta"] ** 2 * C.ravel())
    return np.diag(lam), C, V.reshape(C.shape)


def padded(matrix: Array) -> list[Any]:
    return [None, *([None, *map(float, row)] for row in matrix)]


def random_covariance(rng: np.random.Generator) -> list[Any]:
    root = rng.normal(size=(3, 3))
    return padded(root @ root.T)


def excess(v: Values, _: Book) -> float:
    A, _C, V = covariance(v)
    return float(np.trace(A @ V) / 2)


def mean_square(v: Values, _: Book) -> float:
    A, C, V = covariance(v)
    return float(np.trace(A @ A @ V) + np.trace(C))


MANY = {
    "eta": (0.05, 0.4), "d": 3, "C": Draw(random_covariance),
    "lambda": Draw(lambda rng: [None, *rng.uniform(0.2, 3.0, 3)]), "i": range(1, 4), "j": range(1, 4),
}  # fmt: skip
TOTALS = {
    "Delta": excess, "M": mean_square, "S": lambda v, _: float(np.trace(covariance(v)[1])),
    "L": lambda v, _: float(max(v["lambda"][1:])),
}  # fmt: skip


def after(v: Values, T: int, eta: Any) -> Any:
    """q_T by the solved recursion of constant η, an array of them."""
    fixed = eta * v["sigma"] ** 2 / (v["lambda"] * (2 - eta * v["lambda"]))
    return fixed + (1 - eta * v["lambda"]) ** (2 * T) * (v["q"][0] - fixed)


def best_rate(v: Values, _: Book) -> list[Any]:
    rates = np.geomspace(1e-4, 1.9, 20_001) / v["lambda"]
    T = v["T"]
    return [None] * T + [float(rates[after(v, T, rates).argmin()])]


def best_error(v: Values, _: Book) -> list[Any]:
    T = v["T"]
    return [v["q"][0], *[None] * (T - 1), float(after(v, T, np.array([best_rate(v, _)[T]]))[0])]


def best_rates(v: Values, _: Book) -> list[Any]:
    """η₁, η₂, … that make q_t least, each found by trying the library's step at three rates (q is a parabola in η)."""
    q, rates = v["start"] ** 2, [None]
    for _t in range(STEPS):
        at = np.array([0.2, 0.5, 1.0])
        ends = [
            np.mean([sgd(v | {"start": s * q**0.5, "eta": e}, SIGNS[:1, [0, -1]])[1] ** 2 for s in (-1, 1)]) for e in at
        ]
        a, b, _c = np.polyfit(at, ends, 2)
        rates.append(float(-b / (2 * a)))
        q = float(np.polyval((a, b, _c), rates[-1]))
    return rates


def best_squares(v: Values, _: Book) -> list[float]:
    rates = best_rates(v, _)
    return [float((x**2).mean()) for x in sgd(v, SIGNS, lambda t: rates[t])]


def wrong_products(v: Values, _: Book) -> list[float]:
    """What a start of 1 is after each step of the library without noise, at η = c/t."""
    quiet = v | {"start": 1.0, "sigma": 0.0}
    return [float(x[0]) for x in sgd(quiet, SIGNS[:, :1], lambda t: v["c"] / t)]


def wrong_squares(v: Values, _: Book) -> list[float]:
    return [float((x**2).mean()) for x in sgd(v, SIGNS, lambda t: v["c"] / t)]


def far_squares(v: Values, _: Book) -> dict[int, float]:
    q, last = 1.0, 30_000
    for t in range(1, last + 1):
        q = (1 - v["c"] * v["lambda"] / t) ** 2 * q + (v["c"] * v["sigma"] / t) ** 2
    return {last: q}


def martingale(v: Values, _: Book) -> list[float]:
    drawn = [0.0, *np.cumsum([v["eta"][t] * v["sigma"] * xi for t, xi in enumerate(v["noise"], start=1)])]
    return list(map(float, drawn))


def shifted(v: Values, _: Book) -> list[float]:
    path = sgd(v, v["noise"], lambda t: v["eta"][t])
    return [float(x) + m - v["M_bar"] for x, m in zip(path, v["M"], strict=True)]


def heavy_ball(v: Values, _: Book) -> float:
    """θ's stationary variance: the library's step as a matrix, then the Lyapunov equation."""
    rule = ol.Momentum(lr=v["eta_tilde"] * (1 - v["beta"]), beta=v["beta"])

    def move(theta: float, u: float, xi: float) -> Array:
        state = rule.init(np.zeros(1)) | {"u": np.array([u])}
        step, state = rule.update(np.array([v["lambda"] * theta + v["sigma"] * xi]), state)
        return np.array([theta + step[0], state["u"][0]])

    T, b = np.column_stack([move(1, 0, 0), move(0, 1, 0)]), move(0, 0, 1)
    return float(np.linalg.solve(np.eye(4) - np.kron(T, T), np.outer(b, b).ravel())[0])


def multiplicative(v: Values, _: Book) -> float:
    """Samples x² = λ ± τ, and x e = ±σ independently."""
    both = [(x2, xe) for x2 in (v["lambda"] - v["tau"], v["lambda"] + v["tau"]) for xe in (-v["sigma"], v["sigma"])]
    ends = [np.mean([(q0 - v["eta"] * (x2 * q0 - xe)) ** 2 for x2, xe in both]) for q0 in (0.0, 1.0)]
    return fixed_point(float(ends[1] - ends[0]), float(ends[0]))


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


def moved(eta: float, x: Array, e: Array) -> Array:
    step, _ = ol.SGD(lr=eta).update(x * (x @ e), {"t": 0})
    return e + np.asarray(step)


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


def shuffled(rng: np.random.Generator) -> Array:
    a = rng.normal(size=5)
    return a - a.mean()


def epoch(eta_lambda: float, start: float, a: Array) -> float:
    theta, rule = start, ol.SGD(lr=eta_lambda)
    for x in a:
        step, _ = rule.update(np.array([theta - x]), {"t": 0})
        theta = float(theta + step[0])
    return theta


def epoch_end(v: Values, _: Book) -> list[float]:
    a = np.array(v["a"][1:])
    found = [v["start"]]
    for k in range(1, len(a) + 1):
        found.append(epoch(v["eta"] * v["lambda"], v["start"], a[:k]))
    return found


def all_orders(v: Values) -> tuple[float, Array]:
    """The factor of an epoch, and its shifts in all orders of the samples."""
    x = v["eta"] * v["lambda"]
    shifts = np.array([epoch(x, 0.0, np.array(order)) for order in permutations(v["samples"])])
    return epoch(x, 1.0, np.zeros(v["n"])), shifts


def reshuffled(v: Values, _: Book) -> float:
    factor, shifts = all_orders(v)
    return float((shifts**2).mean() / (1 - factor**2))


def once(v: Values, _: Book) -> float:
    factor, shifts = all_orders(v)
    return float(((shifts / (1 - factor)) ** 2).mean())


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


def critical(v: Values, _: Book) -> float:
    """The batch at which the floor for small steps, η S/(4B), meets the goal with the largest η."""
    small = np.linspace(0.002, 0.01, 5)  # the floor divided by η, continued to η = 0
    slopes = [0.5 * floor({"eta": eta, "lambda": 1.0, "sigma": v["S"] ** 0.5}, _) / eta for eta in small]
    return float(np.polyfit(small, slopes, 4)[-1] * v["eta_max"] / v["Delta"])


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
