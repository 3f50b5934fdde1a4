"""Checks of the formulas of chapters/05-practice/01-linear-regression: on random data, against ol.LinearRegression."""

from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, OnDraws, compare
from formula_tokens import FormulaError
from formula_values import Matrix
from formulas import Book

import optimlib as ol

N, D = 7, 3
RATE, SMALL = 0.05, 1e-3  # learning rates: of a run, and of one that settles near the noise floor
Values = dict[str, Any]


def sequence(rows: Any) -> list[Any]:
    """x_1, x_2, …: the index starts at 1."""
    return [None, *rows]


def data(rng: np.random.Generator) -> Values:
    """Random samples in the chapter's symbols, with what the library's model makes of them."""
    X, y, theta = rng.normal(size=(N, D)), rng.normal(2.0, 3.0, N), rng.normal(size=D + 1)
    model = ol.LinearRegression(D)
    z = model.outputs(theta, X)[:, 0]
    grad = model.grad(theta, X, y)
    return {
        "n": N,
        "d": D,
        "x": sequence(X),
        "y": sequence(y),
        "z": sequence(z),
        "r": sequence(z - y),
        "w": theta[:-1],
        "b": theta[-1],
        "theta": theta,
        "A": Matrix(np.column_stack([X, np.ones(N)])),
        "targets": y,
        "objective": ol.DataLoss(model, X, y),
        "gradient": grad,
        "theta_star": np.linalg.lstsq(np.column_stack([X, np.ones(N)]), y)[0],
    }


OnData = partial(OnDraws, data)


def vector(known: Values, rng: np.random.Generator) -> Any:
    return known["targets"]


def loss(known: Values, rng: np.random.Generator) -> Any:
    """L of (w, b), or of θ."""

    def value(*args: Any) -> Any:
        return known["objective"].value(np.append(*args) if len(args) == 2 else args[0])

    return value


def gradient(part: slice | int = slice(None)) -> Any:
    """∇L, or its components for w or b."""

    def make(known: Values, rng: np.random.Generator) -> Any:
        def grad(*args: Any) -> Any:
            return known["objective"].grad(np.append(*args) if len(args) == 2 else args[0])[..., part]

        return grad

    return make


def hessian(known: Values, rng: np.random.Generator) -> Any:
    return Matrix(known["objective"].hessian(known["theta"]))


def basis(known: Values, rng: np.random.Generator) -> Any:
    return sequence(np.eye(D + 1))


def along(known: Values, rng: np.random.Generator) -> Any:
    """θ that differs from θ* in the direction of greatest or of least curvature, or in both."""
    _, V = np.linalg.eigh(hessian(known, rng))
    parts = rng.normal(size=D + 1) * [[1, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1]][rng.integers(3)]
    return known["theta_star"] + np.asarray(V) @ parts


def path(known: Values, rng: np.random.Generator) -> Any:
    start = rng.normal(size=D + 1)
    return list(ol.descend(ol.SGD(lr=RATE), known["objective"], start, 20).theta)


def scaled(part: str) -> Any:
    """Standardized inputs with a fit to them, and the same fit in raw units, by least squares each."""

    def make(known: Values, rng: np.random.Generator) -> Any:
        X = np.array(known["x"][1:])
        mean, std = X.mean(0), X.std(0)
        Z = (X - mean) / std
        theta = np.linalg.lstsq(np.column_stack([Z, np.ones(N)]), known["targets"])[0]
        raw = known["theta_star"]
        return {
            "x": [None, *(sequence(row) for row in X)],
            "x_tilde": [None, *(sequence(row) for row in Z)],
            "mu": sequence(mean),
            "s": sequence(std),
            "w_tilde": sequence(theta[:-1]),
            "b_tilde": theta[-1],
            "w": sequence(raw[:-1]),
            "b": raw[-1],
        }[part]

    return make


def batches(known: Values, size: int, replacement: bool) -> Any:
    """The gradients of all mini-batches, which are equally likely, shape (batches, d + 1)."""
    rows = product(range(N), repeat=size) if replacement else combinations(range(N), size)
    objective = known["objective"]
    model, X, y = objective.model, objective.X, objective.y
    return np.array([model.grad(known["theta"], X[list(chosen)], y[list(chosen)]) for chosen in rows])


def single(known: Values, rng: np.random.Generator) -> Any:
    """∇f_i(θ)."""
    objective = known["objective"]

    def grad_f(i: int, theta: Any) -> Any:
        if not 1 <= i <= N:
            raise FormulaError(f"there is no sample {i}")
        return objective.model.grad(theta, objective.X[[i - 1]], objective.y[[i - 1]])

    return grad_f


def one_batch(known: Values, rng: np.random.Generator) -> Any:
    """The gradient of samples 2, 4, and 5."""
    objective, rows = known["objective"], [1, 3, 4]
    return objective.model.grad(known["theta"], objective.X[rows], objective.y[rows])


def scatter(known: Values, theta: Any) -> float:
    """The total variance of the samples' gradients at θ."""
    grads = batches(known | {"theta": theta}, 1, replacement=False)
    return float(np.var(grads, axis=0).sum())


def all_batches(replacement: bool, size: int = 3) -> dict[str, Any]:
    """What the formulas of variance need; lengths and means are those of a whole table of batches."""
    return {
        "B": lambda known, rng: size,
        "g": lambda known, rng: batches(known, size, replacement),
        "E": lambda known, rng: lambda values: np.mean(values, axis=0),
        "norm": lambda known, rng: lambda values: np.linalg.norm(values, axis=-1),
        "grad_L": gradient(),
        "grad_f": single,
    }


def in_the_long_run(known: Values, rng: np.random.Generator) -> float:
    """The mean loss of SGD with replacement after infinitely many steps, exactly, for B = 2 and η = 1e-3.

    The second moment of the deviation obeys a linear map; its fixed point solves a linear system.
    """
    lr, size, A, best = SMALL, 2, np.asarray(known["A"]), known["theta_star"]
    r, H, unit = A @ best - known["targets"], np.asarray(hessian(known, rng)), np.eye(D + 1)
    rows = list(product(range(N), repeat=size))
    keep = [unit - lr * 2 / size * A[list(c)].T @ A[list(c)] for c in rows]
    push = [-lr * 2 / size * A[list(c)].T @ r[list(c)] for c in rows]
    pairs = zip(keep, push, strict=True)
    # e → K e + p: means of K ⊗ K, of K ⊗ p + p ⊗ K, of p ⊗ p, and of K. The mean of e is 0, as that of p is.
    mixed = sum(np.kron(K, p[:, None]) + np.kron(p[:, None], K) for K, p in pairs) / len(rows)
    mean = np.linalg.solve(unit - np.mean(keep, axis=0), np.mean(push, axis=0))
    square = np.mean([np.kron(K, K) for K in keep], axis=0)
    noise = np.mean([np.outer(p, p).ravel() for p in push], axis=0)
    moment = np.linalg.solve(np.eye((D + 1) ** 2) - square, mixed @ mean + noise).reshape(D + 1, D + 1)
    return float(known["objective"].value(best) + 0.5 * np.trace(H @ moment))


def constant(value: Any) -> Any:
    return lambda known, rng: value


def number(low: int, high: int) -> Any:
    return lambda known, rng: int(rng.integers(low, high + 1))


def gap(book: Book, label: str) -> None:
    """The bounds hold; and where all curvatures are equal, so are both bounds and what is between them."""
    OnData(
        "theta_star",
        theta=along,
        L=loss,
        grad_L=gradient(),
        lambda_min=lambda known, rng: np.linalg.eigvalsh(hessian(known, rng))[0],
        lambda_max=lambda known, rng: np.linalg.eigvalsh(hessian(known, rng))[-1],
    )(book, label)
    bowl = ol.Quadratic(kappa=1.0, dim=3)
    values = {"theta": np.array([1.0, -2.0, 0.5]), "theta_star": np.zeros(3), "L": bowl.value, "grad_L": bowl.grad}
    values |= {"lambda_min": 1.0, "lambda_max": 1.0}
    compare(book, label, book.statements(label, {"L", "grad_L"}), values, attained=True)


def twice_exp(order: int) -> Any:
    """The derivatives of exp(2x), each different from the others."""
    return lambda x: 2**order * np.exp(2 * x)


NEAR = {"x": (-1.0, 1.0), "h": (1e-3, 1e-2), "f": twice_exp(0), "f_prime": twice_exp(1)}

CHECKS = {
    "eq-linreg-model": OnData("x w b z", i=number(1, N)),
    "eq-linreg-loss": OnData("n y z w b", L=loss),
    "eq-linreg-grad-w": OnData("n r x w b", grad_L=gradient(slice(0, D))),
    "eq-linreg-grad-b": OnData("n r w b", grad_L=gradient(D)),
    "eq-linreg-matrix": OnData("n A theta", y=vector, L=loss, grad_L=gradient()),
    "eq-linreg-step": OnData("", theta=path, t=number(1, 20), eta=constant(RATE), grad_L=gradient()),
    "eq-linreg-central": OnData(
        "theta",
        L=loss,
        e=basis,
        h=constant(0.5),  # exact at any h, because the loss is quadratic
        j=number(1, D + 1),
        D=lambda known, rng: sequence(known["gradient"]),
    ),
    "eq-linreg-forward": ByNumbers(NEAR | {"f_prime_prime": twice_exp(2)}),
    "eq-linreg-taylor": ByNumbers(NEAR | {"f_prime_prime_prime": twice_exp(3)}),
    "eq-linreg-broadcast": OnData(
        "n z y",
        y_bar=lambda known, rng: known["targets"].mean(),
        sigma=lambda known, rng: known["targets"].std(),
    ),
    "eq-linreg-gap": gap,
    "eq-linreg-normal": OnData("A theta_star", y=vector),
    "eq-linreg-error": OnData(
        "n A theta_star",
        theta=path,
        t=number(2, 20),
        eta=constant(RATE),
        H=hessian,
        I=constant(Matrix(np.eye(D + 1))),
    ),
    "eq-linreg-kappa": OnData(
        "",
        kappa=lambda known, rng: np.linalg.cond(np.asarray(known["A"])) ** 2,
        lambda_min=lambda known, rng: np.linalg.eigvalsh(hessian(known, rng))[0],
        lambda_max=lambda known, rng: np.linalg.eigvalsh(hessian(known, rng))[-1],
    ),
    "eq-linreg-standardize": OnData(
        "", i=number(1, N), j=number(1, D), **{name: scaled(name) for name in ("x", "x_tilde", "mu", "s")}
    ),
    "eq-linreg-back": OnData(
        "d", j=number(1, D), **{name: scaled(name) for name in ("w", "w_tilde", "b", "b_tilde", "mu", "s")}
    ),
    "eq-linreg-batch": OnData("theta", B=constant(3), cal_B=constant(np.array([2, 4, 5])), g=one_batch, grad_f=single),
    "eq-linreg-unbiased": OnData("theta", **all_batches(replacement=False)),
    "eq-linreg-variance": OnData(
        "n theta", S=lambda known, rng: scatter(known, known["theta"]), **all_batches(replacement=True)
    ),
    "eq-linreg-finite": OnData(
        "n theta", S=lambda known, rng: scatter(known, known["theta"]), **all_batches(replacement=False)
    ),
    "eq-linreg-floor": OnData(
        "theta_star",
        theta=lambda known, rng: [known["theta"]],
        t=constant(0),
        L=loss,
        E=lambda known, rng: lambda values: in_the_long_run(known, rng),  # whatever θ is, far from the start
        eta=constant(SMALL),
        B=constant(2),
        S=lambda known, rng: scatter(known, known["theta_star"]),
    ),
}

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "linear regression: intercept subtracted": ("eq-linreg-model", "+ b", "- b"),
    "linear regression: half the mean": ("eq-linreg-loss", r"\frac{1}{n}", r"\frac{1}{2n}"),
    "linear regression: sum for mean": ("eq-linreg-loss", r"\frac{1}{n}", ""),
    "linear regression: 2 of the square lost": ("eq-linreg-grad-w", r"\frac{2}{n}", r"\frac{1}{n}"),
    "linear regression: target minus prediction": ("eq-linreg-grad-w", r"\frac{2}{n}", r"-\frac{2}{n}"),
    "linear regression: intercept's gradient summed": ("eq-linreg-grad-b", r"\frac{2}{n}", "2"),
    "linear regression: sign of the residual": ("eq-linreg-matrix", r"A^\top(A\theta-y)", r"A^\top(y-A\theta)"),
    "linear regression: uphill": ("eq-linreg-step", r"- \eta", r"+ \eta"),
    "linear regression: gradient at the new point": ("eq-linreg-step", r"L(\theta_{t-1})", r"L(\theta_t)"),
    "linear regression: forward over 2h": ("eq-linreg-central", r"L(\theta-h e_j)", r"L(\theta)"),
    "linear regression: central over h": ("eq-linreg-central", "{2h}", "{h}"),
    "linear regression: forward without ½": ("eq-linreg-forward", r"\frac{h}{2}", "h"),
    "linear regression: central with ½": ("eq-linreg-taylor", r"\frac{h^2}{6}", r"\frac{h^2}{2}"),
    "linear regression: first order in the central one": ("eq-linreg-taylor", "h^2", "h"),
    "linear regression: variance forgotten": ("eq-linreg-broadcast", r"+ \sigma^2", ""),
    "linear regression: standard deviation for variance": ("eq-linreg-broadcast", r"\sigma^2", r"\sigma"),
    "linear regression: bounds swapped": ("eq-linreg-gap", r"2\lambda_{\max}", r"2\lambda_{\min}"),
    "linear regression: upper bound too low": ("eq-linreg-gap", r"2\lambda_{\min}", r"4\lambda_{\min}"),
    "linear regression: lower bound without ½": ("eq-linreg-gap", r"2\lambda_{\max}", r"\lambda_{\max}"),
    "linear regression: no transpose on the right": ("eq-linreg-normal", r"A^\top y", "y"),
    "linear regression: one step more": ("eq-linreg-error", ")^t", ")^{t+1}"),
    "linear regression: Hessian without 2": ("eq-linreg-error", r"\frac{2}{n}", r"\frac{1}{n}"),
    "linear regression: condition number upside down": (
        "eq-linreg-kappa", r"\frac{\lambda_{\max}}{\lambda_{\min}}", r"\frac{\lambda_{\min}}{\lambda_{\max}}"
    ),
    "linear regression: mean added": ("eq-linreg-standardize", r"-\mu_j", r"+\mu_j"),
    "linear regression: divided by the variance": ("eq-linreg-standardize", "{s_j}", "{s_j^2}"),
    "linear regression: weight multiplied": ("eq-linreg-back", r"\frac{\tilde{w}_j}{s_j}", r"\tilde{w}_j s_j"),
    "linear regression: intercept not shifted": ("eq-linreg-back", r"-\sum_{j=1}^{d}\mu_j w_j", ""),
    "linear regression: intercept shifted by scaled weights": ("eq-linreg-back", r"\mu_j w_j", r"\mu_j \tilde{w}_j"),
    "linear regression: batch summed": ("eq-linreg-batch", r"\frac{1}{B}", ""),
    "linear regression: mean over all samples' number": ("eq-linreg-variance", r"\frac{S}{B}", r"\frac{S}{B^2}"),
    "linear regression: S not averaged": ("eq-linreg-variance", r"\frac{1}{n}", ""),
    "linear regression: replacement forgotten": ("eq-linreg-finite", r"\frac{n-B}{n-1}", r"\frac{n-B}{n}"),
    "linear regression: no correction": ("eq-linreg-finite", r"\,\frac{n-B}{n-1}", ""),
    "linear regression: floor twice as high": ("eq-linreg-floor", "4B", "2B"),
    "linear regression: floor without batch": ("eq-linreg-floor", "4B", "4"),
}  # fmt: skip
