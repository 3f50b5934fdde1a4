"""Checks of the formulas of chapters/04-mathematics/06-curvature."""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, OnDraws, compare
from formula_runs import Draw, seeded
from formula_values import Matrix
from formulas import Book

import optimlib as ol
from optimlib.optimizers.second_order import two_loops

DIM, N, CLASSES = 3, 4, 3
M = 1 / (6 * np.sqrt(3))  # the largest third derivative of log(1 + e^x)
NORMAL = Draw(lambda rng: rng.normal(size=DIM))
SMALL = Draw(lambda rng: 1e-3 * rng.normal(size=DIM))


def sigmoid(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.asarray(x)))


def smooth(x: Any) -> Any:
    """Σ log(1 + exp xᵢ) + Σ xᵢ⁴/12, whose Hessian is diagonal."""
    x = np.asarray(x)
    return (np.logaddexp(0.0, x) + x**4 / 12).sum()


def smooth_grad(x: Any) -> Any:
    return sigmoid(x) + np.asarray(x) ** 3 / 3


def smooth_hessian(x: Any) -> Any:
    return Matrix(np.diag(sigmoid(x) * sigmoid(-np.asarray(x)) + np.asarray(x) ** 2))


AT_THETA = {"theta": NORMAL, "f": smooth, "grad_f": smooth_grad}
HESSIAN = {"H": lambda values, _: smooth_hessian(values["theta"])}


def steps_of(rule: Any, f: Any, hessian: Any, start: Any, steps: int = 6) -> dict[str, Any]:
    """A run with, at every step, gradient and Hessian before it; before the first step, and after the last, others."""
    theta = ol.descend(rule, f, start, steps).theta
    return {
        "theta": list(theta),
        "g": [f.grad(theta[0] + 1.0), *(f.grad(x) for x in theta)],
        "H": [Matrix(hessian(theta[0] + 1.0)), *(Matrix(hessian(x)) for x in theta)],
        "I": Matrix(np.eye(len(start))),
    }


def newton(book: Book, label: str) -> None:
    f = ol.Rosenbrock()
    rules = [ol.Newton()] if label == "eq-curvature-newton" else [ol.Newton(lr=0.7, damping=mu) for mu in (0.5, 20.0)]
    for rule in rules:
        values = steps_of(rule, f, f.hessian, [-1.2, 1.0]) | {"eta": rule.lr, "mu": rule.damping}
        assert sum(compare(book, label, book.statements(label), values | {"t": t}) for t in range(1, 7)) == 6


class Shifted:
    """Σ log(1 + exp xᵢ) − pᵢ xᵢ, whose minimizer is known: log(p/(1 − p))."""

    dim = DIM

    def __init__(self, rng: np.random.Generator) -> None:
        self.p = rng.uniform(0.2, 0.8, DIM)
        self.minimizer = np.log(self.p / (1 - self.p))

    def value(self, x: Any) -> Any:
        return (np.logaddexp(0.0, x) - self.p * x).sum(-1)

    def grad(self, x: Any) -> Any:
        return sigmoid(x) - self.p

    def hessian(self, x: Any) -> Any:
        return np.diag(sigmoid(x) * sigmoid(-x))


def quadratic(book: Book, label: str) -> None:
    """The bound along runs, near enough for the error to fall; and attained, where H changes as fast as it may."""
    rng, compared = seeded(label), 0
    for _ in range(5):
        f = Shifted(rng)
        theta = ol.descend(ol.Newton(), f, f.minimizer + rng.uniform(-1, 1, DIM), 3).theta
        e = list(theta - f.minimizer)
        for t in range(1, 4):
            if np.linalg.norm(e[t]) > 1e-9:
                least = np.linalg.eigvalsh(f.hessian(theta[t - 1]))[0]
                values = {"e": e, "M": M, "lambda_min": least, "t": t}
                compared += compare(book, label, book.statements(label), values)
    assert compared > 10
    # f = x²/2 + M x³/6: f″ changes by M per unit, and the error after a step is M e²/(2 f″) exactly.
    for e0 in rng.uniform(0.1, 1.0, 5):
        curved, slope = 1 + 0.5 * e0, e0 + 0.25 * e0**2
        values = {"e": [np.array([e0]), np.array([e0 - slope / curved])], "M": 0.5, "lambda_min": curved, "t": 1}
        assert compare(book, label, book.statements(label), values, attained=True)


def turned(rng: np.random.Generator) -> dict[str, Any]:
    """f(Bφ) for a quadratic f: its slopes and curvatures from values of f alone, which differences give exactly."""
    A, B, phi = rng.normal(size=(DIM, DIM)), rng.normal(size=(DIM, DIM)), rng.normal(size=DIM)
    A, b, rows = A + A.T, rng.normal(size=DIM), np.eye(DIM)

    def f(x: Any) -> Any:
        return 0.5 * (B @ x) @ A @ (B @ x) + b @ (B @ x)

    slope = np.array([f(phi + row) - f(phi - row) for row in rows]) / 2
    second = [[f(phi + i + j) - f(phi + i) - f(phi + j) + f(phi) for j in rows] for i in rows]
    values = {"B": Matrix(B), "H": Matrix(A), "H_tilde": Matrix(second), "theta": B @ phi, "varphi": phi}
    return values | {"grad_f": lambda x: A @ x + b, "grad_f_tilde": lambda _: slope}


def residuals(rng: np.random.Generator) -> dict[str, Any]:
    """N residuals that are quadratic in θ, so that differences of ½‖r‖² of fourth order give its Hessian exactly."""
    K = [None, *(Matrix(A + A.T) for A in rng.normal(size=(N, DIM, DIM)))]
    J, r = rng.normal(size=(N, DIM)), rng.normal(size=N)

    def f(x: Any) -> float:
        return 0.5 * sum((r[i] + J[i] @ x + 0.5 * x @ np.asarray(K[i + 1]) @ x) ** 2 for i in range(N))

    def mixed(i: Any, j: Any, h: float) -> float:
        return (f(h * (i + j)) - f(h * (i - j)) - f(h * (j - i)) + f(-h * (i + j))) / (4 * h * h)

    rows = np.eye(DIM)
    H = [[(4 * mixed(i, j, 0.5) - mixed(i, j, 1.0)) / 3 for j in rows] for i in rows]
    return {"H": Matrix(H), "J": Matrix(J), "r": [None, *r], "K": K, "n": N}


def classifier(rng: np.random.Generator) -> dict[str, Any]:
    """Softmax regression on random samples: J, S, p, gradients for each label, and H from the library's gradient."""
    model, X = ol.SoftmaxRegression(2, CLASSES), rng.normal(size=(N, 2))
    theta, y = rng.normal(size=model.dim), rng.integers(CLASSES, size=N)
    z = model.logits(theta, X)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    J = [None]
    for x in X:
        columns = [model.logits(row, x[None])[0] for row in np.eye(model.dim)]
        J.append(Matrix(np.array(columns).T))
    S = [None, *(Matrix(np.diag(row) - np.outer(row, row)) for row in p)]
    labels = [(X[i : i + 1], np.array([k])) for i in range(N) for k in range(CLASSES)]
    g = [Matrix(model.grad(theta, x, k)[:, None]) for x, k in labels]
    table = [None, *([None, *g[CLASSES * i : CLASSES * (i + 1)]] for i in range(N))]
    h = 1e-2  # eighth-order differences, good to about 14 digits
    weights = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
    H = [
        sum(
            w * (model.grad(theta + k * h * row, X, y) - model.grad(theta - k * h * row, X, y)) / h
            for k, w in weights.items()
        )
        for row in np.eye(model.dim)
    ]
    return {
        "H": Matrix(H),
        "F": Matrix(H),
        "J": J,
        "S": S,
        "g": table,
        "p": [None, *([None, *row] for row in p)],
        "n": N,
        "K": CLASSES,
    }


def cube(book: Book, label: str) -> None:
    """The middle side by the derivatives as they stand in the text; the iterates are Newton's on √(1 + x²)."""
    for start in (0.5, 0.9, 1.3):
        x = [start]
        for _ in range(3):
            slope, curved = x[-1] / np.sqrt(1 + x[-1] ** 2), (1 + x[-1] ** 2) ** -1.5
            x.append(x[-1] - slope / curved)
        values = {"x": x, "f_prime": lambda x: x / np.sqrt(1 + x * x), "f_prime_prime": lambda x: (1 + x * x) ** -1.5}
        statements = book.statements(label, {"f_prime", "f_prime_prime"})
        assert all(compare(book, label, statements, values | {"t": t}) for t in (1, 2, 3))


def on_saddle(book: Book, label: str) -> None:
    """The library's Newton on the library's saddle."""
    for start in (-1.4, -0.3, 0.1, 0.8):
        y = list(ol.descend(ol.Newton(), ol.Saddle(), [0.3, start], 2).theta[:, 1])
        assert all(compare(book, label, book.statements(label), {"y": y, "t": t}) for t in (1, 2))


def gauss_newton(book: Book, label: str) -> None:
    f = ol.Beale()
    theta = ol.descend(ol.GaussNewton(), f, [2.5, 0.3], 4).theta
    for t in range(1, 5):
        J, r = Matrix(f.jacobian(theta[t - 1])), f.residuals(theta[t - 1])
        assert compare(book, label, book.statements(label), {"theta": list(theta), "J": J, "r": r, "t": t})


def natural(book: Book, label: str) -> None:
    """With F = H the step is Newton's."""
    values = steps_of(ol.Newton(lr=0.6), ol.Rosenbrock(), ol.Rosenbrock().hessian, [-1.2, 1.0]) | {"eta": 0.6}
    values["F"] = values["H"]
    assert sum(compare(book, label, book.statements(label), values | {"t": t}) for t in range(1, 7)) == 6


def bfgs(book: Book, label: str) -> None:
    """From the scale where they start, the library's two loops multiply by C_1 after one pair (s, y)."""
    rng = seeded(label)
    for _ in range(4):
        X, s = rng.normal(size=(DIM, DIM)), rng.normal(size=DIM)
        y = (X @ X.T + np.eye(DIM)) @ s
        after = np.array([two_loops(row, s[None], y[None]) for row in np.eye(DIM)]).T
        values = {"C": [Matrix((s @ y) / (y @ y) * np.eye(DIM)), Matrix(after), Matrix(X)], "t": 1}
        values["rho"] = [2.0, 1 / (s @ y), 3.0]  # at other steps there are others
        as_columns = label == "eq-curvature-bfgs"  # whose products are matrices
        for key, v in {"s": [X[0], s, X[1]], "y": [X[2], y, X[0]]}.items():
            values[key] = [Matrix(x[:, None]) for x in v] if as_columns else v
        assert compare(book, label, book.statements(label), values | {"I": Matrix(np.eye(DIM))})


CHECKS: dict[str, Any] = {
    "eq-curvature-taylor": ByNumbers({**AT_THETA, "h": SMALL}, also=HESSIAN),
    "eq-curvature-softmax": OnDraws(classifier, "H J S n"),
    "eq-curvature-hvp": ByNumbers({**AT_THETA, "v": NORMAL, "epsilon": 1e-3}, also=HESSIAN),
    "eq-curvature-newton": newton,
    "eq-curvature-quadratic": quadratic,
    "eq-curvature-gradient-turned": OnDraws(turned, "B theta varphi grad_f grad_f_tilde"),
    "eq-curvature-hessian-turned": OnDraws(turned, "B H H_tilde"),
    "eq-curvature-saddle": on_saddle,
    "eq-curvature-cube": cube,
    "eq-curvature-damped": newton,
    "eq-curvature-two-terms": OnDraws(residuals, "H J K r n"),
    "eq-curvature-gauss-newton": gauss_newton,
    "eq-curvature-fisher": OnDraws(classifier, "F g p n K"),
    "eq-curvature-natural": natural,
    "eq-curvature-secant": bfgs,
    "eq-curvature-bfgs": bfgs,
}
# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "½ lost": ("eq-curvature-taylor", r"\tfrac12\,", ""),
    "slope forgotten": ("eq-curvature-taylor", r"-\nabla f(\theta)^\top h", ""),
    "J transposed on the other side": ("eq-curvature-softmax", r"J_i^\top S_i\, J_i", r"J_i^\top S_i"),
    "curvature of the loss left out": ("eq-curvature-softmax", r"S_i\,", ""),
    "a sum for the mean": ("eq-curvature-softmax", r"\frac1n", ""),
    "one-sided difference halved": ("eq-curvature-hvp", r"2\varepsilon", r"\varepsilon"),
    "both sides forward": ("eq-curvature-hvp", r"\theta-\varepsilon v", r"\theta+\varepsilon v"),
    "multiplied by H": ("eq-curvature-newton", "H_t^{-1}", "H_t"),
    "a Newton step uphill": ("eq-curvature-newton", r"\theta_{t-1} -", r"\theta_{t-1} +"),
    "the Hessian of the step before": ("eq-curvature-damped", r"H_t+", r"H_{t-1}+"),
    "damping subtracted": ("eq-curvature-damped", r"+\mu I", r"-\mu I"),
    "η inside": ("eq-curvature-damped", r"\eta\,", ""),
    "half the constant": ("eq-curvature-quadratic", r"2\lambda_{\min}", r"4\lambda_{\min}"),
    "linear convergence": ("eq-curvature-quadratic", r"\|e_{t-1}\|^2", r"\|e_{t-1}\|"),
    "B for its transpose": ("eq-curvature-gradient-turned", r"B^\top", "B"),
    "B once": ("eq-curvature-hessian-turned", "H B", "H"),
    "the power of the denominator": ("eq-curvature-saddle", r"3\,y_{t-1}^2", r"3\,y_{t-1}"),
    "a square for the cube": ("eq-curvature-cube", "x_{t-1}^3", "x_{t-1}^2"),
    "the wrong derivative below": ("eq-curvature-cube", "f''(x_{t-1})", "f'(x_{t-1})"),
    "residuals lost": ("eq-curvature-two-terms", r"r_i\,", ""),
    "second term subtracted": ("eq-curvature-two-terms", "J +", "J -"),
    "not inverted": ("eq-curvature-gauss-newton", "(J^\\top J)^{-1}", "(J^\\top J)"),
    "true labels": ("eq-curvature-fisher", r"p_{i,k}\,", ""),
    "F for its inverse": ("eq-curvature-natural", "F_t^{-1}", "F_t"),
    "secant the wrong way": ("eq-curvature-secant", r"C_t\,y_t = s_t", r"C_t\,s_t = y_t"),
    "s and y exchanged": ("eq-curvature-bfgs", r"s_t\,y_t^\top", r"y_t\,s_t^\top"),
    "the last term lost": ("eq-curvature-bfgs", r" + \rho_t\,s_t\,s_t^\top", ""),
}
