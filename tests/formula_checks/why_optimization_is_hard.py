"""Checks of the formulas of chapters/01-background/01-why-optimization-is-hard."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, compare
from formula_runs import Draw, seeded
from formulas import Book

import optimlib as ol

EXAMPLES = 5
VECTOR = Draw(lambda rng: rng.normal(0.0, 2.0, 4))


def mean_loss(book: Book, label: str) -> None:
    """The library's loss is the mean of its losses of single images (a slip may ask for more of them)."""
    rng, net = seeded(label), ol.MLP((3, 4, 2))
    X, y = rng.normal(size=(EXAMPLES + 2, 3)), rng.integers(2, size=EXAMPLES + 2)
    values = {
        "theta": rng.normal(size=net.dim),
        "n": EXAMPLES,
        "f": lambda theta: net.loss(theta, X[:EXAMPLES], y[:EXAMPLES]),
        "ell": lambda i, theta: net.loss(theta, X[i - 1 : i], y[i - 1 : i]),
    }
    assert compare(book, label, book.statements(label, {"f", "ell"}), values)


def step(book: Book, label: str) -> None:
    """The library's gradient descent, at every step of a run on a surface that is not convex."""
    surface, eta, statements = ol.Himmelblau(), 0.01, book.statements(label, {"grad_f"})
    run = ol.descend(ol.SGD(lr=eta), surface, [0.5, -0.5], 20)
    for t in range(1, 21):
        assert compare(book, label, statements, {"theta": list(run.theta), "eta": eta, "t": t, "grad_f": surface.grad})


def midpoint(book: Book, label: str) -> None:
    """It holds for a convex function, and with equality on a straight line."""
    ByNumbers({"theta": VECTOR, "phi": VECTOR, "f": lambda x: np.logaddexp(0.0, x).sum()})(book, label)
    rng = seeded(label)
    w, values = rng.normal(size=4), {name: rng.normal(size=4) for name in ("theta", "phi")}
    compare(book, label, book.statements(label, {"f"}), values | {"f": lambda x: 2.0 + w @ x}, attained=True)


def dents(book: Book, label: str) -> None:
    """The library's surface in 1, 2, and 5 dimensions (a slip may ask for the coordinate before or after)."""
    rng = seeded(label)
    for d in (1, 2, 5):
        theta = rng.uniform(-5.0, 5.0, d)
        values = {"theta": [0.3, *theta, 1.7], "d": d, "pi": np.pi, "f": ol.Rastrigin(dim=d).value(theta)}
        assert compare(book, label, book.statements(label), values)


def decade(values: dict[str, Any], book: Book) -> float:
    """The steps that gradient descent needs to get ten times as far from the top of −½λy², the last one in part."""
    rule, y, t = ol.SGD(lr=values["eta"]), np.array([1.0]), 0
    while True:
        step, _ = rule.update(-values["lambda"] * y, rule.init(y))
        if y[0] + step[0] > 10.0:
            return t + np.log(10.0 / y[0]) / np.log((y + step)[0] / y[0])
        y, t = y + step, t + 1


def bytes_held(values: dict[str, Any], book: Book) -> float:
    """Of parameters, gradient, and the state of a rule of the library with k buffers."""
    rule = (ol.SGD(), ol.Momentum(), ol.Adam())[values["k"]]
    theta = np.zeros(values["d"], dtype={2: np.float16, 4: np.float32, 8: np.float64}[values["b"]])
    state = [array for array in rule.init(theta).values() if np.size(array) == theta.size]
    return float(sum(array.nbytes for array in (theta, theta.copy(), *state)))


CHECKS = {
    "eq-hard-loss": mean_loss,
    "eq-hard-step": step,
    "eq-hard-midpoint": midpoint,
    "eq-hard-rastrigin": dents,
    "eq-hard-decade": ByNumbers({"eta": (0.05, 0.5), "lambda": (0.1, 2.0)}, also={"T": decade}),
    "eq-hard-memory": ByNumbers(
        {"k": range(3), "b": Draw(lambda rng: int(rng.choice([2, 4, 8]))), "d": range(10, 50)}, also={"M": bytes_held}
    ),
}

PLANTED = {
    "sum of losses for their mean": ("eq-hard-loss", r"\frac{1}{n}\sum", r"\sum"),
    "gradient where the step ends": ("eq-hard-step", r"\nabla f(\theta_{t-1})", r"\nabla f(\theta_t)"),
    "uphill": ("eq-hard-step", r"- \eta", r"+ \eta"),
    "chord below": ("eq-hard-midpoint", r"\right) \le", r"\right) \ge"),
    "sum for midpoint": ("eq-hard-midpoint", r"\tfrac12(\theta+\phi)", r"(\theta+\phi)"),
    "no constant": ("eq-hard-rastrigin", r"+ 10 -", r"-"),
    "period 2π": ("eq-hard-rastrigin", r"2\pi\theta_i", r"\theta_i"),
    "ηλ for log(1 + ηλ)": ("eq-hard-decade", r"\log(1+\eta\lambda)", r"\eta\lambda"),
    "gradient forgotten": ("eq-hard-memory", "(2+k)", "(1+k)"),
}
