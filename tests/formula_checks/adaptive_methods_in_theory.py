"""Checks of the formulas of chapters/04-mathematics/05-adaptive-methods-in-theory.

Bounds are compared with runs of the library's rules on linear losses in a box; a bound that some run attains is checked
on that run, too, and of the others, the right-hand side is compared with what the steps of the proof give.
"""

from typing import Any

import numpy as np
from formula_kinds import ByNumbers, Values, compare
from formula_runs import Draw, seeded
from formula_values import Matrix, evaluate, holds
from formulas import Book

import optimlib as ol

DIM, STEPS, SIDE = 3, 12, 2.0


def check(book: Book, label: str, values: Values, *, attained: bool = False, right: float | None = None) -> None:
    """All statements hold; an inequality is attained; or the last side has the value that the proof gives."""
    statements = book.statements(label, {name for name, value in values.items() if callable(value)})
    assert compare(book, label, statements, values, attained)
    if right is not None and not holds("=", evaluate(statements[0].sides[-1], values), right):
        raise AssertionError(f"{book[label]}: the formula does not hold: its right side is not {right}")


def play(rule: Any, grads: Any, start: Any, side: float = SIDE) -> Values:
    """Points, gradients, and states of a rule on linear losses in a box around 0."""
    theta, states = [np.asarray(start, dtype=float)], [rule.init(np.asarray(start, dtype=float))]
    for g in grads:
        step, state = rule.update(g, states[-1])
        theta.append(np.clip(theta[-1] + step, -side / 2, side / 2))
        states.append(state)
    return {"theta": theta, "g": [np.zeros_like(theta[0]), *grads], "states": states, "T": len(grads)}


def hindsight(run: Values, side: float = SIDE) -> Any:
    return -side / 2 * np.sign(np.sum(run["g"], axis=0))


def paid(run: Values, best: Any) -> float:
    return float(sum(g @ (x - best) for g, x in zip(run["g"][1:], run["theta"], strict=False)))


def regret(book: Book, label: str) -> None:
    """Quadratics and, for the equality, straight lines."""
    rng = seeded(label)
    for curvature in (0.0, 1.5):
        center, slope = rng.normal(size=(2, STEPS + 1, DIM))

        def f(t: int, x: Any, c: float = curvature, a: Any = center, b: Any = slope) -> Any:
            return float((c / 2 * (x - a[t]) ** 2 + b[t] * x).sum())

        theta = [rng.normal(size=DIM) for _ in range(STEPS + 1)]
        g = [np.zeros(DIM)] + [curvature * (theta[t - 1] - center[t]) + slope[t] for t in range(1, STEPS + 1)]
        best = rng.normal(size=DIM)
        total = sum(f(t, theta[t - 1]) - f(t, best) for t in range(1, STEPS + 1))
        values = {"f": f, "theta": theta, "theta_star": best, "g": g, "T": STEPS, "R": {STEPS: total}}
        check(book, label, values, attained=not curvature)


def average(book: Book, label: str) -> None:
    rng = seeded(label)
    slope, theta = rng.normal(size=DIM), [rng.normal(size=DIM) for _ in range(STEPS)]
    mean = {STEPS: np.mean(theta, axis=0)}
    for f, attained in ((lambda x: float(x @ x), False), (lambda x: float(slope @ x), True)):
        check(book, label, {"f": f, "theta": theta, "theta_bar": mean, "T": STEPS}, attained=attained)


def ogd_step(book: Book, label: str) -> None:
    """Attained where nothing is pulled back."""
    rng = seeded(label)
    for side, attained in ((1e3, True), (0.5, False)):
        eta = rng.uniform(0.1, 0.6)
        run = play(ol.SGD(eta), rng.normal(size=(STEPS, DIM)), np.zeros(DIM), side)
        for t in range(1, STEPS + 1):
            best = rng.uniform(-side / 2, side / 2, DIM)
            check(book, label, run | {"eta": eta, "theta_star": best, "t": t}, attained=attained)


def ogd(book: Book, label: str) -> None:
    """Attained by one step from one end of an interval, with the best point at the other."""
    rng = seeded(label)
    for T, G, D in ((1, 1.7, 2.0), (9, 0.6, 3.0)):
        eta = D / (G * np.sqrt(T))
        grads = np.full((T, 1), G) if T == 1 else G * rng.choice([-1.0, 1.0], (T, 1))
        run = play(ol.SGD(eta), grads, [D / 2], D)
        R = {T: paid(run, hindsight(run, D))}
        check(book, label, {"R": R, "D": D, "G": G, "T": T, "eta": eta}, attained=T == 1)


def roots(run: Values) -> list[Any]:
    return [np.sqrt(np.sum(np.square(run["g"][: t + 1]), axis=0)) for t in range(run["T"] + 1)]


def coordinate(book: Book, label: str) -> None:
    rng = seeded(label)
    for side, attained in ((1e3, True), (0.5, False)):
        eta = rng.uniform(0.3, 2.0)
        run = play(ol.Adagrad(eta, eps=1e-200), rng.normal(size=(STEPS, 1)), [0.0], side)
        for t in range(1, STEPS + 1):
            best = rng.uniform(-side / 2, side / 2, 1)
            check(book, label, run | {"eta": eta, "s": roots(run), "theta_star": best, "t": t}, attained=attained)


def telescope(book: Book, label: str) -> None:
    """Attained where all distances but the last are D."""
    rng = seeded(label)
    s = [0.0, *np.cumsum(rng.uniform(0.1, 1.0, STEPS))]
    for a, attained in ((rng.uniform(0.0, SIDE**2, STEPS + 1), False), (np.r_[np.full(STEPS, SIDE**2), 0.0], True)):
        check(book, label, {"s": s, "a": list(a), "D": SIDE, "T": STEPS}, attained=attained)


def lemma(book: Book, label: str) -> None:
    """The right-hand side is twice the root; long runs of equal gradients come close to it."""
    rng = seeded(label)
    for g in (rng.normal(size=STEPS), np.ones(STEPS)):
        s = [0.0, *np.sqrt(np.cumsum(g**2))]
        check(book, label, {"g": [0.0, *g], "s": s, "T": STEPS}, right=2.0 * s[-1])
    s = [0.0, *np.sqrt(np.arange(1.0, 2001.0))]
    (statement,) = book.statements(label)
    first = evaluate(statement.sides[0], {"g": [0.0] + [1.0] * 2000, "s": s, "T": 2000})
    if not 0.97 < first / (2.0 * s[-1]) <= 1.0:
        raise AssertionError(f"{book[label]}: the formula does not hold: {first} is not close to {2.0 * s[-1]}")


def adagrad(book: Book, label: str) -> None:
    rng = seeded(label)
    for eta in (0.5, SIDE / np.sqrt(2.0), 4.0):
        run = play(ol.Adagrad(eta, eps=1e-200), rng.normal(size=(STEPS, DIM)), np.zeros(DIM))
        last = roots(run)[-1]
        values = {"R": {STEPS: paid(run, hindsight(run))}, "D": SIDE, "eta": eta, "d": DIM, "T": STEPS}
        values["s"] = {STEPS: {i: float(last[i - 1]) for i in range(1, DIM + 1)}}
        proved = sum(SIDE**2 * s / (2.0 * eta) + eta * 2.0 * s / 2.0 for s in last)
        check(book, label, values, right=proved)


def gain(book: Book, label: str) -> None:
    """The left half is attained by a single coordinate, the right half by equal ones."""
    rng = seeded(label)
    for s in (rng.uniform(0.0, 1.0, 5), np.eye(5)[2] * 3.0, np.full(5, 0.7)):
        check(book, label, {"s": s, "d": 5})
    (statement,) = book.statements(label)
    for s, side in ((np.eye(5)[2] * 3.0, 0), (np.full(5, 0.7), 2)):
        sides = [evaluate(x, {"s": s, "d": 5}) for x in statement.sides]
        if not holds("=", sides[1], sides[side]):
            raise AssertionError(f"{book[label]}: the formula does not hold: {sides} for {s}")


def gamma(book: Book, label: str) -> None:
    """The factors that collecting the terms gives, found by inserting distances that are zero but at one step."""
    rng = seeded(label)
    rule = ol.RMSprop(0.1)
    run = play(rule, rng.normal(size=(STEPS, 1)), [0.0])
    v = [float(state["v"][0]) for state in run["states"]]
    eta = [0.3 / np.sqrt(max(t, 0.5)) for t in range(STEPS + 1)]
    scale = [np.sqrt(x) / e for x, e in zip(v, eta, strict=True)]
    factors = [np.nan]
    for t in range(1, STEPS + 1):
        a = np.eye(STEPS + 1)[t - 1]
        factors.append(sum(scale[k] * (a[k - 1] - a[k]) for k in range(1, STEPS + 1)))
    for t in range(1, STEPS + 1):
        check(book, label, {"Gamma": factors, "v": v, "eta": eta, "t": t})


def reddi_v(book: Book, label: str) -> None:
    """The first is attained in the first period; of the bounds, the value is compared with the steps of the proof."""
    for C in (2.1, 3.0, 6.0):
        beta2 = 1.0 / (1.0 + C * C)
        run = play(ol.RMSprop(0.1, beta=beta2), [np.array([C if t % 3 == 0 else -1.0]) for t in range(30)], [1.0])
        v = [float(state["v"][0]) for state in run["states"]]
        for k in range(9):
            check(book, label, {"v": v, "C": C, "beta2": beta2, "k": k})
        first, *rest = book.statements(label)
        values = {"v": v, "C": C, "beta2": beta2, "k": 0}
        sides = [evaluate(statement.sides[-1], values) for statement in (first, *rest)]
        for side, proved in zip(sides, (v[1], beta2 * C * C + 1.0 - beta2, beta2 * C * C + 1.0 - beta2), strict=True):
            if not holds("=", side, proved):
                raise AssertionError(f"{book[label]}: the formula does not hold: {side} for {proved}")


def reddi_sum(book: Book, label: str) -> None:
    """From k = 1 on, and not before; the ends are the steps that the proof compares."""
    for k in range(1, 40):
        check(book, label, {"k": k}, right=np.sqrt(2.0) / np.sqrt(3 * k + 1))
    (statement,) = book.statements(label)
    for k in (1, 7):
        first, middle, _ = (evaluate(side, {"k": k}) for side in statement.sides)
        right = (1.0 / np.sqrt(3 * k + 2) + 1.0 / np.sqrt(3 * k + 3), 2.0 / np.sqrt(3 * k + 3))
        if not (holds("=", first, right[0]) and holds("=", middle, right[1])):
            raise AssertionError(f"{book[label]}: the formula does not hold: {first}, {middle} for {right}")


def settled(C: float, n: int, beta2: float) -> list[float]:
    """v of RMSprop in a late period: v[k] is k steps after the large gradient."""
    rule, state, seen = ol.RMSprop(1.0, beta=beta2), None, []
    state = rule.init(np.zeros(1))
    for t in range(200 * n):
        _, state = rule.update(np.array([C if t % n == 0 else -1.0]), state)
        seen.append(float(state["v"][0]))
    return seen[-n:]


def periodic(book: Book, label: str) -> None:
    for C, n, beta2 in ((3.0, 3, 0.1), (7.0, 5, 0.8), (2.5, 3, 0.9)):
        v = settled(C, n, beta2)
        for k in range(n):
            check(book, label, {"v": v, "C": C, "n": n, "beta2": beta2, "k": k})


def drift(book: Book, label: str) -> None:
    for C, n, beta2 in ((3.0, 3, 0.1), (7.0, 5, 0.8), (2.5, 3, 0.9)):
        rule, theta, path, eta = ol.RMSprop(1e-3, beta=beta2, eps=1e-200), 0.0, [0.0], 1e-3
        state = rule.init(np.zeros(1))
        for t in range(200 * n):
            step, state = rule.update(np.array([C if t % n == 0 else -1.0]), state)
            theta += float(step[0])
            path.append(theta)
        values = {"Delta": path[-1] - path[-1 - n], "eta": eta, "C": C, "n": n, "v": settled(C, n, beta2)}
        check(book, label, values)


def memory(values: Values, _: Book) -> float:
    """β₂ at which the exact movement over a period is zero."""
    C, n, k = values["C"], values["n"], np.arange(values["n"])
    low, high = 1.0 + 1e-9, 1e9
    for _step in range(200):
        middle = np.sqrt(low * high)
        beta2 = 1.0 - 1.0 / middle
        v = 1.0 + (C**2 - 1.0) * (1.0 - beta2) * beta2**k / (1.0 - beta2**n)
        right_way = (np.where(k == 0, -C, 1.0) / np.sqrt(v)).sum() < 0
        low, high = (low, middle) if right_way else (middle, high)
    return 1.0 - 1.0 / low


def amsgrad(book: Book, label: str) -> None:
    """The right-hand side is what the second and the third step of the proof give."""
    rng = seeded(label)
    for beta2, eta in ((0.3, 0.4), (0.9, 1.5)):
        grads = rng.uniform(-1.0, 1.0, (STEPS, DIM)) * 0.8
        G, theta, v, w, total = 0.8, np.zeros(DIM), np.zeros(DIM), np.zeros(DIM), 0.0
        best = -SIDE / 2 * np.sign(grads.sum(0))
        for t, g in enumerate(grads, start=1):
            total += g @ (theta - best)
            v = beta2 * v + (1.0 - beta2) * g * g
            w = np.maximum(w, v)
            theta = np.clip(theta - eta / np.sqrt(t) * g / np.sqrt(w), -SIDE / 2, SIDE / 2)
        values = {"R": {STEPS: total}, "T": STEPS, "d": DIM, "D": SIDE, "eta": eta, "G": G, "beta2": beta2}
        values["w"] = {STEPS: {i: float(w[i - 1]) for i in range(1, DIM + 1)}}
        distances = sum(SIDE**2 * np.sqrt(STEPS) * np.sqrt(x) / (2.0 * eta) for x in w)
        steps = DIM * eta * G / (2.0 * np.sqrt(1.0 - beta2)) * 2.0 * np.sqrt(STEPS)
        check(book, label, values, right=distances + steps)


def cauchy(book: Book, label: str) -> None:
    rng = seeded(label)
    a, b = rng.uniform(0.1, 1.0, (2, STEPS))
    for g, attained in ((rng.normal(size=STEPS), False), (-2.0 * a / b, True)):
        values = {"a": [0.0, *a], "b": [1.0, *b], "g": [0.0, *g], "t": STEPS}
        check(book, label, values, attained=attained)


def valley(rng: np.random.Generator, rounded: bool) -> tuple[Any, Any, Any]:
    """Curvatures L, and a function below them: a bowl, or log cosh, which is flatter away from 0."""
    L = rng.uniform(0.3, 3.0, DIM)
    if rounded:
        return L, lambda x: float((L * np.log(np.cosh(x))).sum()), lambda x: L * np.tanh(x)
    return L, lambda x: float((L * x * x).sum() / 2.0), lambda x: L * x


def signs(rng: np.random.Generator, rounded: bool, eta: float, T: int) -> Values:
    L, f, grad = valley(rng, rounded)
    theta, g = [rng.normal(0.0, 2.0, DIM)], [np.zeros(DIM)]
    rule = ol.Adam(eta, beta1=0.0, beta2=0.0, eps=1e-300)
    state = rule.init(theta[0])
    for _ in range(T):
        g.append(grad(theta[-1]))
        step, state = rule.update(g[-1], state)
        theta.append(theta[-1] + step)
    values = {"f": f, "theta": theta, "g": g, "eta": eta, "d": DIM, "T": T, "f_star": 0.0}
    return values | {"L": {i: float(L[i - 1]) for i in range(1, DIM + 1)}}


def sign_step(book: Book, label: str) -> None:
    rng = seeded(label)
    for rounded in (False, True):
        values = signs(rng, rounded, 0.3, STEPS)
        for t in range(1, STEPS + 1):
            check(book, label, values | {"t": t}, attained=not rounded)


def sign_rate(book: Book, label: str) -> None:
    """Attained on a slope with L = 0 but for the last side; that one is the least over η, found by trying."""
    rng = seeded(label)
    for rounded in (False, True):
        for T in (4, STEPS):
            values = signs(rng, rounded, 0.3, T)
            start, total = values["f"](values["theta"][0]), sum(values["L"].values())
            eta = np.sqrt(2.0 * start / (T * total))
            values = signs_again(values, eta, T, rounded)
            tried = eta * np.geomspace(1.0 / 1.1, 1.1, 21)
            least = min(start / (x * T) + x / 2.0 * total for x in tried)
            check(book, label, values, right=least)
    g = [np.full(DIM, -0.7)] * 6
    f = {f"{k}": -0.7 * DIM * 0.2 * k for k in range(6)}
    theta = [np.full(DIM, 0.2 * k) for k in range(6)]
    (statement,) = book.statements(label, {"f"})
    values = {"f": lambda x: -0.7 * float(np.sum(x)), "f_star": f["5"], "theta": theta, "g": g, "T": 5}
    values |= {"eta": 0.2, "d": DIM, "L": dict.fromkeys(range(1, DIM + 1), 0.0)}
    left, middle = (evaluate(side, values) for side in statement.sides[:2])
    if not holds("=", left, middle):
        raise AssertionError(f"{book[label]}: the formula does not hold on a slope: {left}, {middle}")


def signs_again(values: Values, eta: float, T: int, rounded: bool) -> Values:
    """The same problem and start with another η."""
    L = np.array(list(values["L"].values()))
    theta, g = [values["theta"][0]], [np.zeros(DIM)]
    for _ in range(T):
        g.append(L * (np.tanh(theta[-1]) if rounded else theta[-1]))
        theta.append(theta[-1] - eta * np.sign(g[-1]))
    return values | {"theta": theta, "g": g, "eta": eta}


def rotation(book: Book, label: str) -> None:
    """∇ of f(Qᵀx), by central differences."""
    rng = seeded(label)
    H = rng.normal(size=(DIM, DIM))
    H = H @ H.T
    Q = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0]
    x = rng.normal(size=DIM)

    def turned(y: Any) -> float:
        z = Q.T @ np.asarray(y)
        return float(z @ H @ z / 2.0)

    def grad_h(y: Any) -> Any:
        y = np.asarray(y).ravel()
        return np.array([(turned(y + e) - turned(y - e)) / 2e-3 for e in np.eye(DIM) * 1e-3])

    def grad_f(y: Any) -> Any:
        return H @ np.asarray(y).ravel()

    (statement,) = book.statements(label, {"f", "h"})
    environment = {"grad_h": grad_h, "grad_f": grad_f, "Q": Matrix(Q), "x": x}
    sides = [np.asarray(evaluate(side, environment)).ravel() for side in statement.sides]
    if sides[0].shape != sides[1].shape or not np.allclose(sides[0], sides[1], atol=1e-6):
        raise AssertionError(f"{book[label]}: the formula does not hold: {sides}")


def shortest(values: Values, _: Book) -> Any:
    """Where gradient descent from 0 ends."""
    X, y, theta = np.asarray(values["X"]), np.asarray(values["y"]), np.zeros(6)
    L = np.linalg.eigvalsh(X @ X.T)[-1]
    for _step in range(20_000):
        theta = theta - X.T @ (X @ theta - y) / L
    return theta


def wilson(book: Book, label: str) -> None:
    """The construction of the text, and Adam on it."""
    y = np.array([1.0, 1.0, -1.0, 1.0, -1.0])
    X = np.zeros((5, 28))
    X[:, 0], X[:, 1:3] = y, 1.0
    for i in range(5):
        X[i, 3 + 5 * i : 3 + 5 * i + (1 if y[i] > 0 else 5)] = 1.0
    check(book, label, {"X": Matrix(X), "y": y, "c": 4.0})


CHECKS = {
    "eq-theory-regret": regret,
    "eq-theory-average": average,
    "eq-theory-ogd-step": ogd_step,
    "eq-theory-ogd": ogd,
    "eq-theory-coordinate": coordinate,
    "eq-theory-telescope": telescope,
    "eq-theory-lemma": lemma,
    "eq-theory-adagrad": adagrad,
    "eq-theory-gain": gain,
    "eq-theory-gamma": gamma,
    "eq-theory-reddi-v": reddi_v,
    "eq-theory-reddi-sum": reddi_sum,
    "eq-theory-periodic": periodic,
    "eq-theory-drift": drift,
    "eq-theory-memory": ByNumbers({"C": (200.5, 206.0), "n": 201}, also={"beta_star2": memory}),
    "eq-theory-amsgrad": amsgrad,
    "eq-theory-cauchy": cauchy,
    "eq-theory-sign-step": sign_step,
    "eq-theory-sign-rate": sign_rate,
    "eq-theory-rotation": rotation,
    "eq-theory-minnorm": ByNumbers(
        {"X": Draw(lambda rng: Matrix(rng.normal(size=(3, 6)))), "y": Draw(lambda rng: rng.normal(size=3))},
        also={"theta_star": shortest},
    ),
    "eq-theory-wilson": wilson,
}

PLANTED = {
    "regret: the point after the step": ("eq-theory-regret", r"f_t(\theta_{t-1})", r"f_t(\theta_t)"),
    "average: the sum for the mean": ("eq-theory-average", r"\frac{1}{T}", r"\frac{1}{1}"),
    "OGD: η without ½": ("eq-theory-ogd-step", r"\frac{\eta}{2}", r"\eta"),
    "OGD: G²": ("eq-theory-ogd", r"D\,G\,\sqrt{T}", r"D\,G^2\sqrt{T}"),
    "OGD: regret like T": ("eq-theory-ogd", r"\sqrt{T}", "T"),
    "AdaGrad: the root of before the step": ("eq-theory-coordinate", r"\frac{s_t}{2\eta}", r"\frac{s_{t-1}}{2\eta}"),
    "AdaGrad: D not squared": ("eq-theory-telescope", "D^2", "D"),
    "AdaGrad: the lemma without 2": ("eq-theory-lemma", r"2\,s_T", "s_T"),
    "AdaGrad: η twice": ("eq-theory-adagrad", r"+\eta", r"+2\eta"),
    "AdaGrad: 2 lost": ("eq-theory-adagrad", r"\frac{D^2}{2\eta}", r"\frac{D^2}{\eta}"),
    "norms exchanged": ("eq-theory-gain", r"\frac{\|s\|_1}{\sqrt{d}\,\|s\|_2}", r"\frac{\|s\|_2}{\sqrt{d}\,\|s\|_1}"),
    "Γ: the same η twice": ("eq-theory-gamma", r"\eta_{t-1}", r"\eta_t"),
    "Reddi: C not squared": ("eq-theory-reddi-v", "C^2", "C"),
    "Reddi: 2 for the root of 2": ("eq-theory-reddi-sum", r"\sqrt{2}", "2"),
    "the series of one period": ("eq-theory-periodic", r"1-\beta_2^n", "1"),
    "the large step the other way": ("eq-theory-drift", "= -", "= "),
    "memory of one period": ("eq-theory-memory", r"\frac{C\,n}", r"\frac{C}"),
    "AMSGrad: β₂ for 1 − β₂": ("eq-theory-amsgrad", r"\sqrt{1-\beta_2}", r"\sqrt{\beta_2}"),
    "weights not squared": ("eq-theory-cauchy", r"\frac{a_i^2}", r"\frac{a_i}"),
    "sign: ℓ₂ for ℓ₁": ("eq-theory-sign-step", r"\|g_t\|_1", r"\|g_t\|_2"),
    "sign: ½ lost": ("eq-theory-sign-rate", r"\frac{\eta}{2}", r"\eta"),
    "rotation: back instead of forth": ("eq-theory-rotation", r"Q\,\nabla", r"Q^\top\,\nabla"),
    "min norm: no inverse": ("eq-theory-minnorm", r"^{-1}", ""),
    "Wilson: no sign": ("eq-theory-wilson", r"\mathrm{sign}(X^\top y)", r"X^\top y"),
}
