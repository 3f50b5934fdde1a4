"""Checks of the formulas of chapters/02-concepts/01-loss-and-gradient."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, compare
from formula_runs import Draw, seeded
from formulas import Book

import optimlib as ol

VALLEY = ol.Quadratic(kappa=3.0)
VECTOR = Draw(lambda rng: rng.normal(0.0, 2.0, 4))
EXAMPLES, CLASSES = 5, 3


def logistic(theta: Any) -> Any:
    """A smooth convex function: the sum of log(1 + exp θᵢ), whose curvature is at most 1/4."""
    return np.logaddexp(0.0, theta).sum(-1)


def logistic_grad(theta: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.asarray(theta)))


LOGISTIC = {"f": logistic, "grad_f": logistic_grad}
BOWL = {"f": lambda x: 0.125 * (x @ x), "grad_f": lambda x: 0.25 * x}  # attains bounds with L = 1/4


def central(f: Any, x: Any, delta: float = 1e-5) -> Any:
    """The gradient of f by central differences; good to about nine digits."""
    rows = delta * np.eye(len(x))
    return np.array([f(x + row) - f(x - row) for row in rows]) / (2.0 * delta)


def attained(book: Book, label: str, values: dict[str, Any]) -> None:
    functions = {name for name, value in values.items() if callable(value)}
    compare(book, label, book.statements(label, functions), values, attained=True)


def mean_gradient(book: Book, label: str) -> None:
    """The gradient of the library's model is the mean of its gradients at single examples (a slip may ask for more)."""
    rng, model = seeded(label), ol.SoftmaxRegression(features=2, classes=CLASSES)
    X, y = rng.normal(size=(EXAMPLES + 2, 2)), rng.integers(CLASSES, size=EXAMPLES + 2)
    values = {
        "theta": rng.normal(size=model.dim),
        "n": EXAMPLES,
        "grad_f": lambda theta: model.grad(theta, X[:EXAMPLES], y[:EXAMPLES]),
        "grad_ell": lambda i, theta: model.grad(theta, X[i - 1 : i], y[i - 1 : i]),
    }
    assert compare(book, label, book.statements(label, {"grad_f", "grad_ell"}), values)


def softmax_gradient(book: Book, label: str) -> None:
    """p − y is the gradient that central differences of the cross-entropy give; p_j is read from the formula, too."""
    rng = seeded(label)
    for truth in range(CLASSES):
        z, y = rng.normal(0.0, 2.0, CLASSES), np.eye(CLASSES)[truth]
        gradient, probability = book.statements(label, {"grad_ell"})
        slope = central(lambda z, truth=truth: np.log(np.exp(z).sum()) - z[truth], z)
        p = slope + y
        compare(book, label, (gradient,), {"z": z, "p": p, "y": y, "grad_ell": lambda _, slope=slope: slope})
        for j in range(1, CLASSES + 1):
            numbers = {"z": [0.0, *z], "K": CLASSES, "j": j, "p": [0.0, *np.exp(z) / np.exp(z).sum()]}
            compare(book, label, (probability,), numbers)
            assert abs(numbers["p"][j] - p[j - 1]) < 1e-8


def smooth(book: Book, label: str) -> None:
    ByNumbers({"theta": VECTOR, "h": VECTOR, "L": 0.25, **LOGISTIC})(book, label)
    rng = seeded(label)
    attained(book, label, {"theta": rng.normal(size=4), "h": rng.normal(size=4), "L": 0.25, **BOWL})


def holder(book: Book, label: str) -> None:
    """The bounds hold, and each is attained by the step that the text names."""
    ByNumbers({"g": VECTOR, "h": VECTOR})(book, label)
    g = seeded(label).normal(size=4)
    largest = np.where(abs(g) == abs(g).max(), -g, 0.0)
    for statement, h in zip(book.statements(label), (-g, -np.sign(g), largest), strict=True):
        compare(book, label, (statement,), {"g": g, "h": h}, attained=True)


def unit(values: dict[str, Any], book: Book) -> Any:
    return values["w"] / np.linalg.norm(values["w"])


def slope_along(values: dict[str, Any], book: Book) -> Any:
    """The slope of the logistic function along u, exact: the complex-step derivative."""
    z = values["theta"] + 1e-30j * unit(values, book)
    return np.log(1.0 + np.exp(z)).sum().imag / 1e-30


def angle(values: dict[str, Any], book: Book) -> Any:
    g = logistic_grad(values["theta"])
    return np.arccos(g @ unit(values, book) / np.linalg.norm(g))


def linear_steps(values: dict[str, Any], book: Book) -> float:
    """How many multiplications by 1 + η lead from δ to ½, the last one in part; the library's run takes two more."""
    eta, delta = values["eta"], values["delta"]
    whole, away = 0, delta
    while away * (1.0 + eta) <= 0.5:
        whole, away = whole + 1, away * (1.0 + eta)
    run = ol.descend(ol.SGD(lr=eta), ol.Saddle(), [1.0, delta], whole + 10)
    assert 0 < (run.theta[:, 1] > 0.5).argmax() - whole <= 1 + 0.3 / eta
    return whole + np.log(0.5 / away) / np.log1p(eta)


def convex(book: Book, label: str) -> None:
    """The chord is above a convex function, and on a straight line it is the function."""
    ByNumbers({"x": VECTOR, "z": VECTOR, "a": (0.05, 0.95), "f": logistic})(book, label)
    rng = seeded(label)
    w = rng.normal(size=4)
    attained(book, label, {"x": rng.normal(size=4), "z": rng.normal(size=4), "a": 0.3, "f": lambda x: 2.0 + w @ x})


def rate(book: Book, label: str) -> None:
    """The bound holds on least squares, and the function that the text describes attains it at every t."""
    rng = seeded(label)
    A, b = rng.normal(size=(6, 10)), rng.normal(size=6)
    smoothness, nearest = np.linalg.eigvalsh(A @ A.T).max(), np.linalg.pinv(A) @ b
    for eta in (1.0 / smoothness, 0.1 / smoothness):
        theta = [np.zeros(10)]
        for _ in range(30):
            theta.append(theta[-1] - eta * A.T @ (A @ theta[-1] - b))
        values = {"theta": theta, "theta_star": nearest, "eta": eta, "L": smoothness}
        for t in range(1, 31):
            values |= {"f": lambda x: 0.5 * np.sum((A @ x - b) ** 2), "t": t}
            compare(book, label, book.statements(label, {"f"}), values)
    for t in range(1, 31):
        attained(book, label, worst(t, L=rng.uniform(0.5, 3.0), relative_step=rng.uniform(0.2, 1.0)))


def worst(t: int, L: float, relative_step: float) -> dict[str, Any]:
    """A run of t steps of η = relative_step/L on ½L‖x − 1‖² with straight slopes outside of a knee, from a distance."""
    eta, distance, direction = relative_step / L, 2.0, np.array([0.6, 0.8])
    knee = distance / (2.0 * t * relative_step + 1.0)

    def value(x: Any) -> Any:
        away = np.linalg.norm(x - 1.0)
        return 7.0 + (L * knee * away - 0.5 * L * knee**2 if away > knee else 0.5 * L * away**2)

    away = [distance]
    for _ in range(t + 1):
        away.append(away[-1] - eta * L * min(away[-1], knee))
    theta = [1.0 + r * direction for r in away]
    return {"f": value, "theta": theta, "theta_star": np.ones(2), "eta": eta, "L": L, "t": t}


CHECKS = {
    "eq-lg-mean": mean_gradient,
    "eq-lg-softmax": softmax_gradient,
    "eq-lg-valley": ByNumbers(
        {"theta": Draw(lambda rng: rng.normal(size=2)), "f": VALLEY.value},
        also={"theta1": lambda values, _: values["theta"][0], "theta2": lambda values, _: values["theta"][1]},
    ),
    "eq-lg-expansion": ByNumbers(
        {name: Draw(lambda rng: rng.normal(size=2)) for name in ("theta", "h")}
        | {"f": VALLEY.value, "grad_f": VALLEY.grad},
        also={"h1": lambda values, _: values["h"][0], "h2": lambda values, _: values["h"][1]},
    ),
    "eq-lg-smooth": smooth,
    "eq-lg-directional": ByNumbers(
        {"theta": VECTOR, "w": VECTOR, "grad_f": logistic_grad},
        also={"u": unit, "D": slope_along, "alpha": angle},
    ),
    "eq-lg-holder": holder,
    "eq-lg-units": ByNumbers(
        {"phi2": (-2.0, 2.0), "s": (0.2, 3.0), "eta": (0.01, 0.5), "g2": (-3.0, 3.0)},
        also={"theta2": lambda values, _: values["s"] * values["phi2"]},
    ),
    "eq-lg-escape": ByNumbers({"eta": (0.02, 0.1), "delta": (1e-12, 1e-3)}, also={"T": linear_steps}),
    "eq-lg-convex": convex,
    "eq-lg-tangent": ByNumbers({"x": VECTOR, "z": VECTOR, **LOGISTIC}),
    "eq-lg-rate": rate,
}

PLANTED = {
    "sum for mean": ("eq-lg-mean", r"\frac{1}{n}\sum", r"\sum"),
    "truth minus prediction": ("eq-lg-softmax", "p - y", "y - p"),
    "normalization lost": ("eq-lg-softmax", r"\frac{\exp(z_j)}{\sum_{k=1}^{K}\exp(z_k)}", r"\exp(z_j)"),
    "factor ½ of the curvature lost": ("eq-lg-expansion", r"\tfrac12\left(h_1^2", r"\left(h_1^2"),
    "norm without square": ("eq-lg-smooth", r"\|h\|_2^2", r"\|h\|_2"),
    "L for L/2": ("eq-lg-smooth", r"\frac{L}{2}", r"L"),
    "sine for cosine": ("eq-lg-directional", r"\cos", r"\sin"),
    "norms not dual": ("eq-lg-holder", r"\|g\|_1\,\|h\|_\infty", r"\|g\|_\infty\,\|h\|_\infty"),
    "s for s²": ("eq-lg-units", r"s^2 g_2", r"s g_2"),
    "η for log(1 + η)": ("eq-lg-escape", r"\log(1+\eta)", r"\eta"),
    "concave": ("eq-lg-convex", r"\le a", r"\ge a"),
    "tangent from the other point": ("eq-lg-tangent", r"\nabla f(x)", r"\nabla f(z)"),
    "the 2 below lost": ("eq-lg-rate", r"t+2", r"t"),
}
