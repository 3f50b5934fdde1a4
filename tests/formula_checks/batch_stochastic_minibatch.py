"""Checks of the formulas of chapters/02-concepts/03-batch-stochastic-minibatch: exact means over all mini-batches."""

from itertools import combinations, product
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, compare
from formula_runs import Draw, seeded
from formulas import Book
from numpy.typing import NDArray

import optimlib as ol

N, D, SIZE = 6, 3, 3
Array = NDArray[np.float64]
Values = dict[str, Any]


class Samples:
    """Six samples of a linear regression at a random θ, and the gradients of all batches of three."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.model = ol.LinearRegression(D, bias=False)
        self.X, self.y, self.theta = rng.normal(size=(N, D)), rng.normal(size=N), rng.normal(size=D)

    def grad(self, rows: Any, theta: Any = None) -> Array:
        theta = self.theta if theta is None else theta
        return np.asarray(self.model.grad(theta, self.X[list(rows)], self.y[list(rows)]))

    @property
    def full(self) -> Array:
        return self.grad(range(N))

    @property
    def deviations(self) -> Array:
        return np.array([self.grad([i]) - self.full for i in range(N)])

    @property
    def scatter(self) -> float:
        return float((self.deviations**2).sum(1).mean())

    def batches(self, replacement: bool) -> Array:
        """All equally likely ones, shape (batches, D)."""
        rows = product(range(N), repeat=SIZE) if replacement else combinations(range(N), SIZE)
        return np.array([self.grad(chosen) for chosen in rows])

    def cross(self, replacement: bool) -> float:
        """The mean inner product of the deviations of two draws."""
        products = self.deviations @ self.deviations.T
        return float(products.mean() if replacement else products[~np.eye(N, dtype=bool)].mean())


def half_signal(values: Values, book: Book) -> float:
    """The batch size at which signal and noise have the same squared length, by bisection on a log scale."""
    low, high = -20.0, 20.0
    for _ in range(80):
        middle = (low + high) / 2
        louder = values["S"] / np.exp(middle) > (values["gradient"] ** 2).sum()
        low, high = (middle, high) if louder else (low, middle)
    return float(np.exp(low))


def values_of(samples: Samples, replacement: bool) -> Values:
    """Values of all symbols; lengths are those of each row, means those over all batches."""
    return {
        "n": N,
        "B": SIZE,
        "theta": samples.theta,
        "S": samples.scatter,
        "C": samples.cross(replacement),
        "delta": [None, *samples.deviations],
        "cal_B": np.array([2, 4, 5]),
        "g": samples.batches(replacement),
        "E": lambda values: np.mean(values, axis=0),
        "norm": lambda values: np.linalg.norm(values, axis=-1),
        "grad_f": lambda *args: samples.grad(range(N) if len(args) == 1 else [args[0] - 1], args[-1]),
    }


def exactly(*replacement: bool, **others: Any) -> Any:
    """A check by all mini-batches, drawn with or without replacement; others: symbol -> function of samples."""

    def check(book: Book, label: str) -> None:
        rng = seeded(label)
        for put_back in (replacement or (True, False)) * 4:
            samples = Samples(rng)
            values = values_of(samples, put_back) | {name: make(samples) for name, make in others.items()}
            compare(book, label, book.statements(label, {"E", "norm", "grad_f"}), values)

    return check


def weighted(book: Book, label: str) -> None:
    """All batches with replacement, each with its probability: sample i of the sum is the i-th draw of every batch."""
    rng = seeded(label)
    for _ in range(4):
        samples, chance = Samples(rng), rng.dirichlet(np.ones(N))
        rows = np.array(list(product(range(N), repeat=SIZE)))  # (batches, SIZE)
        weights = chance[rows].prod(1)

        def grad_f(*args: Any, samples: Samples = samples, rows: Any = rows) -> Any:
            if len(args) == 1:
                return samples.grad(range(N), args[0])
            return np.array([samples.grad([i], args[1]) for i in range(N)])[rows[:, args[0] - 1]]

        values = values_of(samples, True) | {
            "p": [None, *chance[rows].T[..., None]],
            "cal_B": np.arange(1, SIZE + 1),
            "E": lambda x, weights=weights: np.tensordot(weights, x, 1),
            "grad_f": grad_f,
        }
        compare(book, label, book.statements(label, {"E", "grad_f"}), values)


def descent(book: Book, label: str) -> None:
    """On sums of log cosh, with noise of two values in each direction; on parabolas of curvature L, with equality."""
    rng = seeded(label)
    for k in range(24):
        A, theta, lr = rng.normal(size=(4, 3)), rng.normal(size=3), float(np.exp(rng.uniform(-4.0, 1.0)))
        bend = float(rng.uniform(0.2, 3.0))
        exact = bool(k % 2)
        if exact:
            f, grad, L = (lambda x, a=bend: 0.5 * a * (x * x).sum(-1)), (lambda x, a=bend: a * x), bend
        else:
            f = lambda x, A=A: np.log(np.cosh(x @ A.T)).sum(-1)  # noqa: E731
            grad, L = (lambda x, A=A: np.tanh(x @ A.T) @ A), float(np.linalg.eigvalsh(A.T @ A)[-1])
        faces = np.array(list(product((-1.0, 1.0), repeat=3))) * rng.uniform(0.1, 2.0, 3)
        size = int(rng.integers(1, 9))
        values = {
            "f": f,
            "grad_f": grad,
            "L": L,
            "theta": theta,
            "eta": lr,
            "g": grad(theta) + faces,
            "B": size,
            "S": size * (faces**2).sum(1).mean(),
            "E": lambda x: np.mean(x, axis=0),
        }
        compare(book, label, book.statements(label, {"f", "grad_f", "E"}), values, attained=exact)


def gain(book: Book, label: str) -> None:
    """The lowest point of the mean loss after a step, a parabola in η, through three of its points."""
    rng = seeded(label)
    for _ in range(8):
        L, theta, size = float(rng.uniform(0.3, 3.0)), rng.normal(size=2), int(rng.integers(1, 9))
        faces = np.array(list(product((-1.0, 1.0), repeat=2))) * rng.uniform(0.1, 2.0, 2)
        lr = np.array([0.0, 0.5, 1.0]) / L
        after = theta - lr[:, None, None] * (L * theta + faces)  # (rates, faces, 2)
        a, b, _ = np.polyfit(lr, 0.5 * L * (after**2).sum(-1).mean(-1), 2)
        values = {
            "L": L,
            "B": size,
            "theta": theta,
            "grad_f": lambda x, L=L: L * x,
            "B_noise": size * (faces**2).sum(1).mean() / ((L * theta) ** 2).sum(),
            "eta": {size: -b / (2 * a)},
            "Delta": {size: b * b / (4 * a)},
        }
        compare(book, label, book.statements(label, {"grad_f"}), values)


def floor(book: Book, label: str) -> None:
    """The squared error in the long run, exactly: the deviation becomes k times itself plus p, all (k, p) as likely."""
    rng = seeded(label)
    for _ in range(6):
        x, z, size, lr = rng.normal(size=N) + 0.5, rng.normal(size=N), int(rng.integers(1, 5)), 1e-3
        best = float(x @ z / (x @ x))
        pull = x * (x * best - z)
        chosen = np.array(list(product(range(N), repeat=size)))
        k, p = 1.0 - lr * (x**2)[chosen].mean(1), -lr * pull[chosen].mean(1)
        q = (p**2).mean() / (1.0 - (k**2).mean())  # the mean deviation is 0, because that of p is
        values = {
            "theta": [best + np.sqrt(q) * np.array([-1.0, 1.0])],  # as far away as in the long run, on average
            "theta_star": best,
            "t": 0,
            "E": np.mean,
            "eta": lr,
            "S": float((pull**2).mean()),
            "lambda": float((x**2).mean()),
            "B": size,
        }
        compare(book, label, book.statements(label, {"E"}), values)


CHECKS = {
    "eq-batch-full": exactly(),
    "eq-batch-estimate": exactly(g=lambda samples: samples.grad([1, 3, 4])),
    "eq-batch-unbiased": exactly(),
    "eq-batch-weighted": weighted,
    "eq-batch-scatter": exactly(),
    "eq-batch-expand": exactly(),
    "eq-batch-variance": exactly(True),
    "eq-batch-cross": exactly(False),
    "eq-batch-finite": exactly(False),
    "eq-batch-length": exactly(True),
    "eq-batch-scale": ByNumbers(
        {"theta": 0.0, "S": (0.1, 10.0), "gradient": Draw(lambda rng: rng.normal(size=D))},
        also={
            "grad_f": lambda values, book: lambda theta: values["gradient"],
            "B_noise": half_signal,
        },
    ),
    "eq-batch-descent": descent,
    "eq-batch-gain": gain,
    "eq-batch-tradeoff": ByNumbers(
        {"t_min": (5.0, 50.0), "N_min": (50.0, 5000.0), "B": (1.0, 500.0), "B_noise": (5.0, 100.0)},
        where=(r"t=t_{\min}(1+B_{\mathrm{noise}}/B)", r"N=N_{\min}(1+B/B_{\mathrm{noise}})"),
    ),
    "eq-batch-floor": floor,
}

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "batch: sum for mean": ("eq-batch-full", r"\frac{1}{n}", ""),
    "batch: mean over all samples' number": ("eq-batch-estimate", r"\frac{1}{B}", r"\frac{1}{n}"),
    "batch: the whole loss in the sum": ("eq-batch-estimate", r"\nabla f_i(\theta)", r"\nabla f(\theta)"),
    "batch: chance multiplied": ("eq-batch-weighted", r"\frac{\nabla f_i(\theta)}{n p_i}", r"n p_i \nabla f_i(\theta)"),
    "batch: chance not divided out": ("eq-batch-weighted", r"\frac{\nabla f_i(\theta)}{n p_i}", r"\nabla f_i(\theta)"),
    "batch: S not averaged": ("eq-batch-scatter", r"\frac{1}{n}", ""),
    "batch: length for squared length": ("eq-batch-scatter", r"\|^2", r"\|"),
    "batch: all pairs of draws cross": ("eq-batch-expand", r"\frac{B-1}{B}", "1"),
    "batch: standard deviation's law": ("eq-batch-variance", r"\frac{S}{B}", r"\frac{S}{\sqrt{B}}"),
    "batch: draws that attract": ("eq-batch-cross", r"-\frac", r"\frac"),
    "batch: divided by n": ("eq-batch-cross", "n-1", "n"),
    "batch: no correction": ("eq-batch-finite", r"\,\frac{n-B}{n-1}", ""),
    "batch: correction over n": ("eq-batch-finite", r"{n-1}", "{n}"),
    "batch: noise shortens": ("eq-batch-length", r"+\frac{S}{B}", r"-\frac{S}{B}"),
    "batch: noise over length": ("eq-batch-scale", r"\|^2", r"\|"),
    "batch: noise counted to first order": ("eq-batch-descent", r"L\eta^2", r"L\eta"),
    "batch: noise forgotten": ("eq-batch-descent", r"+\frac{S}{B}", ""),
    "batch: scale upside down": ("eq-batch-gain", r"\frac{1}{L}\,\frac{B}", r"\frac{1}{L}\,\frac{B_{\mathrm{noise}}}"),
    "batch: gain without ½": ("eq-batch-gain", "{2L}", "{L}"),
    "batch: product of 2": ("eq-batch-tradeoff", "= 1", "= 2"),
    "batch: floor twice as high": ("eq-batch-floor", r"2\lambda", r"\lambda"),
    "batch: floor without batch": ("eq-batch-floor", r"\lambda B", r"\lambda"),
}  # fmt: skip
