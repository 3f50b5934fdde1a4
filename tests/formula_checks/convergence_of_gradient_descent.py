"""Checks of the formulas of chapters/04-mathematics/01-convergence-of-gradient-descent.

Bounds are compared with runs of the library's gradient descent. A bound that some function attains is checked on that
function, too; of the others, the value is compared with what the steps of its proof give, one after the other.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from descent_values import DIM, SINE, STEPS, Sum, between, bowl, chain, knee, moved, path, rounded, search, waves
from formula_kinds import ByNumbers, ByUpdateRule, Values, compare
from formula_runs import Draw, seeded
from formula_values import Definition, Matrix, evaluate, holds
from formulas import Book
from heavy_ball_values import least

import optimlib as ol

FLOOR = 0.7  # the least value of the functions below


def named(f: Any, **values: Any) -> Values:
    return {"f": lambda theta: FLOOR + f.value(theta), "grad_f": f.grad, "f_star": FLOOR} | values


def inequality(book: Book, label: str, values: Values, *, attained: bool = False, right: float | None = None) -> None:
    """All statements hold; an inequality is attained; or its right side has the value that the proof's steps give."""
    statements = book.statements(label, {name for name, value in values.items() if callable(value)})
    try:
        assert compare(book, label, statements, values, attained)
    except TypeError as error:  # a minimum over no steps
        raise AssertionError(f"{book[label]}: the minimum has no value") from error
    if right is not None and not holds("=", evaluate(statements[0].sides[-1], values), right):
        raise AssertionError(f"{book[label]}: the formula does not hold: its right side is not {right}")


def lipschitz(book: Book, label: str) -> None:
    rng = seeded(label)
    for f, attained in ((rounded(0.7), False), (waves(2.0), False), (bowl(2.5), True)):
        for scale in (0.1, 2.0):
            x, z = rng.normal(0.0, scale, (2, DIM))
            inequality(book, label, named(f, x=x, z=z, L=f.L), attained=attained)


def models(values: Values, _: Book) -> float:
    """λ_max of AᵀA for the samples of the library's models."""
    A = np.column_stack([values["X"], np.ones(values["n"])])
    return float(np.linalg.eigvalsh(A.T @ A)[-1])


def largest_curvature(model: Any) -> Any:
    def largest(values: Values, _: Book) -> float:
        y = np.arange(values["n"]) % 2
        return float(np.linalg.eigvalsh(model.hessian(model.init(), values["X"], y))[-1])

    return largest


def upper(book: Book, label: str) -> None:
    rng = seeded(label)
    for f, attained in ((rounded(0.7), False), (waves(2.0), False), (bowl(2.5), True)):
        for scale in (0.1, 2.0):
            theta, h = rng.normal(0.0, scale, (2, DIM))
            inequality(book, label, named(f, theta=theta, h=h, L=f.L), attained=attained)


def progress(book: Book, label: str) -> None:
    rng = seeded(label)
    for f, attained in ((rounded(0.7), False), (waves(2.0), False), (bowl(2.5), True)):
        for relative in (0.3, 0.8, 1.6):
            eta = relative / f.L
            values = named(f, theta=path(f, eta, rng.normal(size=DIM), 4), eta=eta, L=f.L)
            for t in range(1, 5):
                inequality(book, label, values | {"t": t}, attained=attained)


def stationary(book: Book, label: str) -> None:
    """Attained on a bowl by a single step of 1/L."""
    rng = seeded(label)
    for f in (rounded(0.7), waves(2.0)):
        for relative in (0.3, 1.0, 1.6):
            eta = relative / f.L
            theta = path(f, eta, rng.normal(size=DIM))
            for T in (1, 5, STEPS):
                inequality(book, label, named(f, theta=theta, eta=eta, L=f.L, T=T))
    f = bowl(2.5)
    inequality(book, label, named(f, theta=path(f, 0.4, rng.normal(size=DIM), 1), eta=0.4, L=2.5, T=1), attained=True)
    f = Sum(lambda x: 3.0 * x, lambda x: 3.0 + 0.0 * x, 1e-12, 1)  # a slope: with L = 0, each step brings η‖∇f‖²
    theta = path(f, 0.2, [2.0], 6)
    inequality(
        book, label, named(f, theta=theta, eta=0.2, L=0.0, T=6, f_star=FLOOR + f.value(theta[-1])), attained=True
    )


def telescope(book: Book, label: str) -> None:
    """Attained on a bowl where the last point is the lowest."""
    rng = seeded(label)
    for f in (rounded(0.7), waves(2.0)):
        for relative in (0.3, 0.8, 1.6):
            theta = path(f, relative / f.L, rng.normal(size=DIM), 6)
            for T in (2, 6):
                inequality(book, label, named(f, theta=theta, eta=relative / f.L, L=f.L, T=T))
    for eta in (0.2, 0.6):
        f = bowl(2.5)
        theta = path(f, eta, rng.normal(size=DIM), 6)
        inequality(
            book, label, named(f, theta=theta, eta=eta, L=2.5, T=6, f_star=FLOOR + f.value(theta[6])), attained=True
        )


def wide(book: Book, label: str) -> None:
    """Attained by residuals along the flattest direction."""
    rng = seeded(label)
    A, y = Matrix(rng.normal(size=(3, 5))), rng.normal(size=3)
    least_curvature, directions = np.linalg.eigh(np.asarray(A @ A.T))
    for r, attained in ((rng.normal(size=3), False), (2.0 * directions[:, 0], True)):
        theta = np.linalg.pinv(np.asarray(A)) @ (y + r)
        f = {
            "f": lambda x: 0.5 * np.sum((np.asarray(A) @ x - y) ** 2),
            "grad_f": lambda x: np.asarray(A).T @ (np.asarray(A) @ x - y),
        }
        values = {"A": A, "r": r, "theta": theta, "lambda_min": float(least_curvature[0]), **f}
        inequality(book, label, values, attained=attained)


def step(book: Book, label: str) -> None:
    """Attained where the step leads from the knee to the bottom, and z is on the straight line."""
    rng = seeded(label)
    for f in (rounded(0.7), bowl(2.5)):
        for relative in (0.2, 1.0):
            eta = relative / f.L
            theta = path(f, eta, rng.normal(0.0, 2.0, DIM), 4)
            for z in (np.zeros(DIM), rng.normal(0.0, 2.0, DIM)):
                for t in (1, 2, 4):
                    inequality(book, label, named(f, theta=theta, z=z, eta=eta, t=t))
    for L, a, away in ((0.5, 1.5, 4.0), (2.0, 0.4, 0.7)):
        f = moved(knee(a, L), 0.3)
        theta = path(f, 1.0 / L, [0.3 + a], 1)
        inequality(book, label, named(f, theta=theta, z=np.array([0.3 + away]), eta=1.0 / L, t=1), attained=True)


def convex(book: Book, label: str) -> None:
    """The right side is what the steps pay in all, and what is left of the distance."""
    rng = seeded(label)
    for f in (rounded(0.7), bowl(2.5)):
        for relative, scale in ((0.2, 2.0), (1.0, 0.1)):
            eta = relative / f.L
            theta = path(f, eta, rng.normal(0.0, scale, DIM))
            for z in (np.zeros(DIM), rng.normal(0.0, 2.0, DIM)):
                for T in (1, 2, STEPS):
                    squared = [np.sum((x - z) ** 2) / (2.0 * eta) for x in theta[: T + 1]]
                    paid = sum(before - after for before, after in pairwise(squared))
                    values = named(f, theta=theta, z=z, eta=eta, T=T)
                    inequality(book, label, values, right=paid + squared[-1])
                    values["theta"] = [theta[1] if t > 1 else x for t, x in enumerate(theta)]  # a run at rest
                    left, middle, _ = (evaluate(side, values) for side in book.statements(label, {"f"})[0].sides)
                    if not holds("=", left, middle):
                        raise AssertionError(f"{book[label]}: the formula does not hold at rest: {left}, {middle}")


def strong(book: Book, label: str) -> None:
    rng = seeded(label)
    for f, mu, attained in ((between(0.3, 2.0), 0.3, False), (bowl(0.6), 0.6, True)):
        for scale in (0.2, 2.0):
            x, z = rng.normal(0.0, scale, (2, DIM))
            inequality(book, label, named(f, x=x, z=z, mu=mu), attained=attained)


def pl(book: Book, label: str) -> None:
    rng = seeded(label)
    for x in np.linspace(0.1, 12.0, 60):
        inequality(book, label, named(SINE, theta=np.array([x]), mu=0.175))
    for mu in (0.4, 3.0):
        for scale in (0.2, 2.0):
            inequality(book, label, named(bowl(mu), theta=rng.normal(0.0, scale, DIM), mu=mu), attained=True)


def linear(book: Book, label: str) -> None:
    for f, mu, start in ((SINE, 0.175, [9.0]), (between(0.3, 2.0), 0.3, np.ones(DIM))):
        theta = path(f, 1.0 / f.L, start)
        gap = f.value(theta[0])
        for t in range(STEPS + 1):
            inequality(book, label, named(f, theta=theta, mu=mu, L=f.L, t=t), right=gap)
            slope_squared = 2.0 * mu * gap  # the PL condition
            gap = gap - slope_squared / (2.0 * f.L)  # the descent lemma


def contraction(book: Book, label: str) -> None:
    rng = seeded(label)
    for eta in (0.3, 0.8, 0.95):
        for f, attained in ((between(0.3, 2.0), False), (bowl(0.3 if eta < 0.87 else 2.0), True)):
            theta = path(moved(f, 0.3), eta, rng.normal(size=DIM), 3)
            values = named(f, theta=theta, theta_star=np.full(DIM, 0.3), mu=0.3, L=2.0, eta=eta)
            for t in (1, 2, 3):
                inequality(book, label, values | {"t": t}, attained=attained)


def best_rate(values: Values, _: Book) -> float:
    def worst(eta: float) -> float:
        return max(abs(1.0 - eta * curvature) for curvature in np.linspace(values["mu"], values["L"], 9))

    return least(worst, 1e-9, 2.0 / values["L"])


def chain_value(values: Values, _: Book) -> float:
    x = np.array(values["theta"][1:])
    return float(values["L"] * (0.5 * x @ chain(len(x)) @ x - x[0] / 4.0))


def chain_minimum(book: Book, label: str) -> None:
    for k in (1, 4, 9):
        H, first = chain(k), np.eye(k)[0]
        best = np.linalg.solve(H, first / 4.0)
        f = {"f": lambda x, H=H: 1.7 * (0.5 * x @ H @ x - x[0] / 4.0)}
        inequality(book, label, {"L": 1.7, "k": k, "theta_star": best, **f})


def lower(book: Book, label: str) -> None:
    """No point whose last t + 1 variables are zero is below the bound, not even the lowest such point."""
    for t, scale in ((1, 1.0), (4, 0.1), (9, 3.0)):
        k, L = 2 * t + 1, 1.7
        H, first = chain(k), np.eye(k)[0]
        best = scale * np.linalg.solve(H, first / 4.0)
        reached = np.zeros(k)
        reached[:t] = scale * np.linalg.solve(H[:t, :t], first[:t] / 4.0)

        def f(x: Any, H: Any = H, L: float = L, scale: float = scale) -> float:
            y = x - 0.3  # the chain, moved
            return L * (0.5 * y @ H @ y - scale * y[0] / 4.0)

        proved = L / 8.0 * (1.0 / (t + 1) - 1.0 / (2 * t + 2)) / ((2 * t + 2) / 3.0) * (best @ best)
        theta = {0: np.full(k, 0.3), t: reached + 0.3}
        values = {"f": f, "theta": theta, "theta_star": best + 0.3, "L": L, "t": t}
        inequality(book, label, values, right=proved)


def separable(book: Book, label: str) -> None:
    rng = seeded(label)
    c = Definition.of(book.quoted(label, r"c=\log(T)/\gamma"))
    for eta in (0.05, 0.5):
        points = abs(rng.normal(size=(6, 2))) + 0.2
        angles = np.linspace(0.0, np.pi / 2, 20_001)
        margins = (points @ np.stack([np.cos(angles), np.sin(angles)])).min(0)

        class Logistic:
            dim = 2

            def value(self, w: Any, points: Any = points) -> Any:
                return np.logaddexp(0.0, -np.asarray(w) @ points.T).mean(-1)

            def grad(self, w: Any, points: Any = points) -> Any:
                return -(1.0 / (1.0 + np.exp(w @ points.T))) @ points / len(points)

        theta = path(Logistic(), eta, [0.0, 0.0], 60)
        for T in (1, 7, 60):
            values = {"f": Logistic().value, "theta": theta, "eta": eta, "gamma": margins.max(), "T": T, "c": c}
            inequality(book, label, values)


def armijo(book: Book, label: str) -> None:
    """On a bowl, the condition holds exactly up to η = 2(1 − c)/λ."""
    rng, seen = seeded(label), set()
    for _ in range(40):
        f, c, theta = bowl(rng.uniform(0.5, 3.0)), rng.uniform(0.1, 0.9), rng.normal(0.0, 3.0, DIM)
        eta = rng.uniform(0.5, 1.5) * 2.0 * (1.0 - c) / f.L
        values = {"f": f.value, "theta": theta, "g": f.grad(theta), "c": c, "eta": eta}
        (statement,) = book.statements(label, {"f"})
        said = holds(statement.relations[0], *(evaluate(side, values) for side in statement.sides))
        if said != (eta <= 2.0 * (1.0 - c) / f.L):
            raise AssertionError(f"{book[label]}: the formula does not hold: it says {said} at η = {eta}, c = {c}")
        seen.add(said)
    assert seen == {True, False}


def accepted(book: Book, label: str) -> None:
    rng = seeded(label)
    for f in (rounded(np.array([0.05, 0.3, 0.7])), waves(np.array([0.05, 0.5, 2.0]))):
        run = search(f, rng.normal(size=DIM), STEPS, 1.0, 0.4)
        for t in range(1, STEPS + 1):
            inequality(book, label, {**run, "c": 0.4, "L": f.L.max(), "t": t})
    for c, L in ((0.4, 2.5), (0.1, 0.6)):  # halving ends just above (1 − c)/L
        run = search(bowl(L), np.ones(DIM), 1, 16.0 * (1.0 - c) / L * (1.0 + 1e-10), c)
        inequality(book, label, {**run, "c": c, "L": L, "t": 1}, attained=True)
    run = search(bowl(2.0), np.ones(DIM), 1, 0.01, 0.5)  # the first try is accepted
    inequality(book, label, {**run, "c": 0.5, "L": 2.0, "t": 1}, attained=True)


def trials(book: Book, label: str) -> None:
    rng = seeded(label)
    for first in (0.01, 1.0, 100.0):
        for T in (3, STEPS):
            run = search(rounded(np.array([0.05, 0.3, 0.7])), rng.normal(size=DIM), T, first, 0.5)
            inequality(book, label, {**run, "T": T})


def lowest_rate(values: Values, _: Book) -> float:
    """Where the slope along −g is zero; it is linear in η, so two of its values tell."""
    H, g, theta = np.asarray(values["H"]), values["g"], np.linalg.solve(np.asarray(values["H"]), values["g"])
    slopes = [-g @ (H @ (theta - eta * g)) for eta in (0.0, 1.0)]
    return float(slopes[0] / (slopes[0] - slopes[1]))


def exact_rate(book: Book, label: str) -> None:
    rng = seeded(label)
    for kappa in (4.0, 30.0):
        f = ol.Quadratic(kappa=kappa)
        for start, attained in ((rng.normal(size=2), False), ([kappa, 1.0], True)):
            theta = [np.array(start)]
            for _ in range(3):
                g = f.grad(theta[-1])
                theta.append(theta[-1] - (g @ g) / (g @ f.hessian @ g) * g)
            for t in (1, 2, 3):
                inequality(book, label, {"f": f.value, "theta": theta, "kappa": kappa, "t": t}, attained=attained)


def subgradient(book: Book, label: str) -> None:
    """Attained by G|θ| in one step."""
    for G, D, T, attained in ((2.0, 3.0, 1, True), (0.4, 0.5, 1, True), (2.0, 3.0, 9, False), (0.4, 0.5, 30, False)):
        f = Sum(lambda x, G=G: G * abs(x), lambda x, G=G: G * np.sign(x), np.inf, 1)
        eta = D / (G * np.sqrt(T))
        values = named(f, theta=path(f, eta, [D], T), G=G, D=D, T=T, eta=eta)
        inequality(book, label, values, attained=attained)


def layers(index: int) -> Any:
    """a, b, and the residual r along a run on ½(ab − 1)²."""

    def along(values: Values, _: Book) -> list[float]:
        theta, seen = np.array([0.4, 2.6]), []
        for _step in range(STEPS + 1):
            r = theta[0] * theta[1] - 1.0
            seen.append((*theta, r)[index])
            theta = theta - values["eta"] * r * theta[::-1]
        return seen

    return along


normal = Draw(lambda rng: rng.normal(size=3))
samples = Draw(lambda rng: rng.normal(size=(12, 3)))
positive = Draw(lambda rng: Matrix((A := rng.normal(size=(3, 3))) @ A.T + np.eye(3)))
CURVATURES = {"mu": (0.2, 1.0), "L": (2.0, 50.0)}

CHECKS = {
    "eq-rates-lipschitz": lipschitz,
    "eq-rates-models": ByNumbers(
        {"X": samples, "n": 12},
        also={
            "lambda_max": models,
            "L_lin": largest_curvature(ol.LinearRegression(3)),
            "L_log": largest_curvature(ol.LogisticRegression(3)),
        },
    ),
    "eq-rates-upper": upper,
    "eq-rates-progress": progress,
    "eq-rates-stationary": stationary,
    "eq-rates-telescope": telescope,
    "eq-rates-wide": wide,
    "eq-rates-expand": ByUpdateRule(ol.SGD, values={"theta_star": normal}),
    "eq-rates-step": step,
    "eq-rates-convex": convex,
    "eq-rates-strong": strong,
    "eq-rates-pl": pl,
    "eq-rates-linear": linear,
    "eq-rates-count": ByNumbers(
        {"kappa": (2.0, 50.0), "delta": (0.001, 0.5)}, also={"T": lambda v, _: v["kappa"] * -np.log(v["delta"])}
    ),
    "eq-rates-contraction": contraction,
    "eq-rates-best": ByNumbers(CURVATURES, also={"kappa": lambda v, _: v["L"] / v["mu"], "eta": best_rate}),
    "eq-rates-sine": ByNumbers({"theta": (-9.0, 9.0), "f": SINE.one}),
    "eq-rates-chain": ByNumbers(
        {"k": 5, "L": (0.5, 3.0), "theta": Draw(lambda rng: [0.0, *rng.normal(size=5)])}, also={"f": chain_value}
    ),
    "eq-rates-chain-value": chain_minimum,
    "eq-rates-lower": lower,
    "eq-rates-separable": separable,
    "eq-rates-armijo": armijo,
    "eq-rates-accepted": accepted,
    "eq-rates-trials": trials,
    "eq-rates-exact": ByNumbers({"H": positive, "g": normal}, also={"eta": lowest_rate}),
    "eq-rates-exact-rate": exact_rate,
    "eq-rates-subgradient": subgradient,
    "eq-rates-balance": ByNumbers(
        {"eta": (0.05, 0.3), "t": range(1, STEPS + 1)}, also={"a": layers(0), "b": layers(1), "r": layers(2)}
    ),
}

PLANTED = {
    "rates: values for gradients": ("eq-rates-lipschitz", r"L\,\|x - z\|", r"L\,\|x - z\|^2"),
    "rates: the squared error with ½": ("eq-rates-models", r"\frac{2\,\lambda_{\max}}", r"\frac{\lambda_{\max}}"),
    "rates: ½ for ¼": ("eq-rates-models", "4n", "2n"),
    "rates: parabola without ½": ("eq-rates-upper", r"\frac L2", "L"),
    "rates: norm not squared": ("eq-rates-upper", r"\|h\|^2", r"\|h\|"),
    "rates: ½ lost in the descent lemma": ("eq-rates-progress", r"\frac{\eta L}2", r"\eta L"),
    "rates: gradient after the step": ("eq-rates-progress", r"\nabla f(\theta_{t-1})", r"\nabla f(\theta_t)"),
    "rates: no 1/T": ("eq-rates-stationary", r"\,T}", "}"),
    "rates: the largest gradient": ("eq-rates-stationary", r"\min_", r"\max_"),
    "rates: the sum a step late": ("eq-rates-telescope", r"\theta_{t-1}", r"\theta_t"),
    "rates: least squares without ½": ("eq-rates-wide", r"2\,\lambda_{\min}", r"\lambda_{\min}"),
    "rates: η not squared": ("eq-rates-expand", r"\eta^2", r"\eta"),
    "rates: ½ lost in the step": ("eq-rates-step", r"{2\eta}", r"{\eta}"),
    "rates: distances swapped": (
        "eq-rates-step", r"{\|\theta_{t-1}-z\|^2 - \|\theta_t-z\|^2}", r"{\|\theta_t-z\|^2 - \|\theta_{t-1}-z\|^2}"
    ),
    "rates: distance not squared": ("eq-rates-convex", r"\|\theta_0-z\|^2", r"\|\theta_0-z\|"),
    "rates: factor 4 of the exact bound": ("eq-rates-convex", r"{2\eta}", r"{4\eta}"),
    "rates: tangent at the other point": ("eq-rates-strong", r"\nabla f(x)", r"\nabla f(z)"),
    "rates: PL without ½": ("eq-rates-pl", r"\tfrac12\,", ""),
    "rates: PL with the norm not squared": ("eq-rates-pl", r"\|^2", r"\|"),
    "rates: κ upside down": ("eq-rates-linear", r"\frac\mu L", r"\frac L\mu"),
    "rates: square of the rate": ("eq-rates-linear", "^{t}", "^{2t}"),
    "rates: steps without κ": ("eq-rates-count", r"T = \kappa\,", "T = "),
    "rates: only the flat end": ("eq-rates-contraction", r"|1-\eta L|", r"|1-\eta\mu|"),
    "rates: step 1/L": ("eq-rates-best", r"\frac{2}{L+\mu}", r"\frac{1}{L}"),
    "rates: momentum's rate": ("eq-rates-best", r"\frac{\kappa-1}{\kappa+1}", r"\frac{\sqrt\kappa-1}{\sqrt\kappa+1}"),
    "rates: sine not squared": ("eq-rates-sine", r"\sin(\theta)^2", r"\sin(\theta)"),
    "rates: the chain open at its end": ("eq-rates-chain", r"+ \theta_k^2", ""),
    "rates: a link too many": ("eq-rates-chain-value", r"\frac1{k+1}", r"\frac1k"),
    "rates: 1/t for 1/t²": ("eq-rates-lower", r"(t+1)^2", "(t+1)"),
    "rates: margin not squared": ("eq-rates-separable", r"\gamma^2", r"\gamma"),
    "rates: Armijo uphill": ("eq-rates-armijo", r"- c\,\eta", r"+ c\,\eta"),
    "rates: halving forgotten": ("eq-rates-accepted", r"\frac{1-c}{L}", r"\frac{2\,(1-c)}{L}"),
    "rates: one trial a step": ("eq-rates-trials", "N-2T", "N-T"),
    "rates: Rayleigh quotient": ("eq-rates-exact", r"\frac{\|g\|^2}{g^\top H g}", r"\frac{g^\top H g}{\|g\|^2}"),
    "rates: distance for value": ("eq-rates-exact-rate", r"\Bigr)^2", r"\Bigr)"),
    "rates: 1/T without smoothness": ("eq-rates-subgradient", r"\frac{D\,G}{\sqrt T}", r"\frac{D\,G}{T}"),
    "rates: imbalance grows": ("eq-rates-balance", r"1-\eta^2", r"1+\eta^2"),
}  # fmt: skip

EQUIVALENT = {
    (
        "eq-rates-count",
        r"\Bigl(1-\frac2 \kappa\Bigr)^{T} \le e^{-T/\kappa} = \delta,\qquad T = \kappa\,\log\frac1\delta",
    ): "a smaller number is below e^{-T/κ} as well",
    (
        "eq-rates-best",
        r"\eta = \frac{2}{L+\mu},\qquad \min (|1-\eta\mu|, |1-\eta L|) = \frac{\kappa-1}{\kappa+1}",
    ): "at the best η, both are equal",
}
