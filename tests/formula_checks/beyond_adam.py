"""Checks of the formulas of chapters/03-algorithms/07-beyond-adam."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import matrices, seeded
from formula_values import Definition, Matrix, evaluate
from formulas import Book

import optimlib as ol
from optimlib.optimizers.matrix import orthogonalize

SIGN = {"sign": np.sign}
COEFFICIENTS = ("a=3.4445", "b=-4.7750", "c=2.0315")
FUNCTIONS = {"orth"}


def same_number(book: Book, label: str, written: float, measured: float) -> None:
    if not math.isclose(written, measured):
        raise AssertionError(f"{book[label]}: the formula does not hold: it says {written}, and {measured} is right")


def split(G: Any) -> dict[str, Any]:
    """G and the parts of its singular value decomposition; lists are indexed from 1."""
    U, sigma, Vt = np.linalg.svd(np.asarray(G), full_matrices=False)
    parts = {"r": len(sigma), "sigma": [0.0, *sigma], "U": Matrix(U), "V": Matrix(Vt.T)}
    parts["u"] = [None, *(Matrix(column[:, None]) for column in U.T)]
    parts["v"] = [None, *(Matrix(row[:, None]) for row in Vt)]
    return {"G": Matrix(G), **parts}


def decomposition(book: Book, label: str) -> None:
    rng = seeded(label)
    for shape in ((3, 3), (2, 5), (4, 3)):
        assert compare(book, label, book.statements(label), split(rng.normal(size=shape)))


def predicted_decrease(book: Book, label: str) -> None:
    """For random steps whose largest singular value is η, and with equality for −η U Vᵀ, which the text names."""
    rng = seeded(label)
    for _ in range(30):
        values = split(rng.normal(size=(3, 4))) | {"eta": rng.uniform(0.1, 2.0)}
        random = rng.normal(size=(3, 4))
        random *= values["eta"] / np.linalg.norm(random, 2)
        assert compare(book, label, book.statements(label), values | {"Delta": Matrix(random)})
        step = evaluate(Definition.of(book.quoted(label, r"\Delta=-\eta\,UV^\top")).right, values)
        compare(book, label, book.statements(label), values | {"Delta": step}, attained=True)


def mean_sign(values: dict[str, Any], book: Book) -> float:
    """The mean of sign(g + σξ), from the normal distribution."""
    return math.erf(values["g"] / (values["sigma"] * math.sqrt(2.0)))


def through(book: Book, label: str, values: dict[str, Any], steps: range) -> None:
    statements = book.statements(label, FUNCTIONS & set(values))
    assert sum(compare(book, label, statements, values | {"t": t}) for t in steps) >= len(steps)


def muon(book: Book, label: str) -> None:
    """On a wide layer and on a tall one: the root is not 1 for the first."""
    for shape in ((2, 5), (5, 2)):
        rule = ol.Muon((shape,), lr=0.1, beta=0.7)
        values = matrices(rule, label, shape)
        buffers = {"B": [Matrix(state["B"].reshape(shape)) for state in values["states"]]}
        orth = {"orth": lambda x: Matrix(orthogonalize(np.asarray(x)))}
        through(book, label, values | buffers | orth | {"beta": rule.beta}, range(1, 9))


def nearest(G: Any) -> Any:
    """U Vᵀ, exactly."""
    U, _, Vt = np.linalg.svd(np.asarray(G))
    return Matrix(U @ Vt)


def two_by_two(book: Book, label: str) -> None:
    """Against the singular value decomposition; the second statement defines C."""
    rng, checked = seeded(label), 0
    while checked < 6:
        G = rng.normal(size=(2, 2))
        if np.linalg.det(G) <= 0:
            continue
        elements = {f"G{i + 1}{j + 1}": G[i, j] for i in (0, 1) for j in (0, 1)}
        values = {"G": Matrix(G), **elements, "orth": nearest}
        formula, definition = book.statements(label, FUNCTIONS)
        C = evaluate(Definition.of(definition).right, values)
        assert compare(book, label, (formula,), values | {"C": C})
        checked += 1


def coefficients(book: Book, label: str) -> dict[str, Any]:
    """a, b, and c, as the text gives them."""
    found = (Definition.of(book.quoted(label, text)) for text in COEFFICIENTS)
    return {law.name: evaluate(law.right, {}) for law in found}


def newton_schulz(book: Book, label: str) -> None:
    """Iteration k against the library after k iterations, for a wide matrix, which it does not transpose."""
    rng = seeded(label)
    G = rng.normal(size=(3, 5))
    X = [Matrix(G / np.linalg.norm(G)), *(Matrix(orthogonalize(G, k, 0.0)) for k in range(1, 7))]
    recursion, definition = book.statements(label)
    law = Definition.of(definition)
    for k in range(1, 7):
        values = coefficients(book, label) | {"X": X, "k": k}
        A = evaluate(law.right, values)
        assert compare(book, label, (recursion,), values | {"A": {k: A}})


def polynomial(book: Book, label: str) -> None:
    """The singular values after one iteration of the library."""
    for sigma in seeded(label).uniform(0.05, 1.0, 12):
        after = orthogonalize(np.diag([sigma, 0.3]), 1, 0.0)[0, 0]
        normed = sigma / math.hypot(sigma, 0.3)
        values = coefficients(book, label) | {"sigma": normed, "p": lambda s, after=after: after}
        assert compare(book, label, book.statements(label, {"p"}), values)


def root_mean_square(book: Book, label: str) -> None:
    """Both sides are the root mean square of an orthogonal table."""
    rng = seeded(label)
    for m, n in ((3, 3), (2, 7), (6, 4)):
        U, _, Vt = np.linalg.svd(rng.normal(size=(m, n)), full_matrices=False)
        measured = np.sqrt(np.mean((U @ Vt) ** 2))
        (statement,) = book.statements(label)
        for side in statement.sides:
            same_number(book, label, evaluate(side, {"m": float(m), "n": float(n)}), measured)


def shampoo(book: Book, label: str) -> None:
    rule, shape = ol.Shampoo(((3, 3),), lr=0.2, eps=0.3), (3, 3)
    values = matrices(rule, label, shape)
    for name in "LR":
        values[name] = [Matrix(state[f"{name}0"]) for state in values["states"]]
    through(book, label, values, range(1, 9))


def collapse(book: Book, label: str) -> None:
    """Both sides for random square tables, which have inverses, and against the library's first step."""
    rng = seeded(label)
    for _ in range(5):
        G = rng.normal(size=(3, 3))
        rule = ol.Shampoo(((3, 3),), lr=1.0, eps=1e-13)
        step, _ = rule.update(G.ravel(), rule.init(np.zeros(9)))
        values = split(G)
        assert np.allclose(-step.reshape(3, 3), values["U"] @ values["V"].T, atol=1e-5)
        assert compare(book, label, book.statements(label), values)


def soap(book: Book, label: str) -> None:
    """The library's rule from its second step on; products with Q are matrix products, the others elementwise."""
    shape = (3, 3)
    rule = ol.SOAP(shapes=(shape,), lr=0.2, beta1=0.8, beta2=0.7, eps=0.3, every=2)
    values = matrices(rule, label, shape)
    states = values["states"]
    statements = book.statements(label)
    for t in range(2, 9):
        before, after = states[t - 1], states[t]
        QL, QR = Matrix(before["QL0"]), Matrix(before["QR0"])
        turned = np.asarray(QL.T @ values["G"][t] @ QR)
        m_hat = after["m"].reshape(shape) / (1.0 - after["beta1_t"])
        M = np.asarray(QL.T @ m_hat @ QR)
        v_hat = after["v"].reshape(shape) / (1.0 - after["beta2_t"])
        step = np.asarray(QL.T @ (values["W"][t] - values["W"][t - 1]) @ QR)
        N = -step / rule.lr
        bases = {"Q": {1: QL, 2: QR}, "L": 1, "R": 2}  # the letters are indices
        known = values | bases | {"t": t, "beta2": rule.beta2, "epsilon": rule.eps}
        known |= {"v": [state["v"].reshape(shape) for state in states], "v_hat": {t: v_hat}}
        plain = label in ("eq-beyond-soap-v", "eq-beyond-soap-ratio")
        kind: Callable[[Any], Any] = np.asarray if plain else Matrix
        known |= {"G_tilde": {t: kind(turned)}, "M_tilde": {t: kind(M)}, "N": {t: kind(N)}}
        assert compare(book, label, statements, known)


def schedule_free(book: Book, label: str) -> None:
    """The library's rule at a constant rate; y₁ is the start."""
    rng = seeded(label)
    rule = ol.ScheduleFreeSGD(lr=0.2, beta=0.6)
    y, g = [np.zeros(3), rng.normal(size=3)], [np.zeros(3)]
    states = [rule.init(y[1])]
    for t in range(1, 9):
        g.append(rng.normal(size=3))
        step, state = rule.update(g[-1], states[-1], theta=y[t])
        y.append(y[t] + step)
        states.append(state)
    values: dict[str, Any] = {"y": y, "g": g, "eta": rule.lr, "beta": rule.beta}
    values |= {name: [state[name] for state in states] for name in "xz"}
    through(book, label, values, range(1, 9))


def overhead(book: Book, label: str) -> None:
    """For m ≤ n, with equality for m = n; the left side is what the three products of an iteration take."""
    rng = seeded(label)
    for _ in range(20):
        m, n, B, T = (int(k) for k in (*np.sort(rng.integers(2, 60, 2)), rng.integers(10, 99), rng.integers(1, 9)))
        values = {"m": m, "n": n, "B": B, "T": T}
        (statement,) = book.statements(label)
        count = T * (2 * m * n * m + 2 * m**3 + 2 * m * m * n) / (6 * m * n * B)
        same_number(book, label, evaluate(statement.sides[0], values), count)
        compare(book, label, (statement,), values)
        compare(book, label, (statement,), values | {"n": m}, attained=True)


LAMB = ("eq-adam-m-hat", "eq-adam-v-hat", "eq-beyond-lamb-direction")
RATIO = ("eq-beyond-lars-ratio",)

CHECKS = {
    "eq-beyond-svd": decomposition,
    "eq-beyond-nuclear": predicted_decrease,
    "eq-beyond-lion-c": ByUpdateRule(ol.Lion, values=SIGN, given=("eq-beyond-lion-c",), through="eq-beyond-lion-step"),
    "eq-beyond-lion-step": ByUpdateRule(ol.Lion, values=SIGN, given=("eq-beyond-lion-c",)),
    "eq-beyond-lion-m": ByUpdateRule(ol.Lion),
    "eq-beyond-lion-unrolled": ByUpdateRule(ol.Lion, given=("eq-beyond-lion-c",)),
    "eq-beyond-sign-noise": ByNumbers({"g": (0.01, 0.2), "sigma": (0.5, 2.0)}, also={"s_bar": mean_sign}),
    "eq-beyond-lars-ratio": ByUpdateRule(
        ol.LARS, {"zeta": "trust"}, hyper={"trust": (0.1, 1.0)}, given=RATIO, through="eq-beyond-lars-buffer"
    ),
    "eq-beyond-lars-buffer": ByUpdateRule(ol.LARS, {"zeta": "trust"}, hyper={"trust": (0.1, 1.0)}, given=RATIO),
    "eq-beyond-lars-step": ByUpdateRule(ol.LARS),
    "eq-beyond-lamb-direction": ByUpdateRule(ol.LAMB, given=LAMB, through="eq-beyond-lamb-step"),
    "eq-beyond-lamb-step": ByUpdateRule(ol.LAMB, given=LAMB),
    "eq-beyond-lamb-length": ByUpdateRule(ol.LAMB),
    "eq-beyond-muon-buffer": muon,
    "eq-beyond-muon-step": muon,
    "eq-beyond-two-by-two": two_by_two,
    "eq-beyond-newton-schulz": newton_schulz,
    "eq-beyond-polynomial": polynomial,
    "eq-beyond-rms": root_mean_square,
    "eq-beyond-shampoo-left": shampoo,
    "eq-beyond-shampoo-right": shampoo,
    "eq-beyond-shampoo-step": shampoo,
    "eq-beyond-collapse": collapse,
    "eq-beyond-soap-turn": soap,
    "eq-beyond-soap-v": soap,
    "eq-beyond-soap-ratio": soap,
    "eq-beyond-soap-step": soap,
    "eq-beyond-sf-z": schedule_free,
    "eq-beyond-sf-x": schedule_free,
    "eq-beyond-sf-y": schedule_free,
    "eq-beyond-flops": overhead,
}

PLANTED = {
    "singular vectors exchanged": ("eq-beyond-svd", r"u_i\, v_i^\top", r"v_i\, u_i^\top"),
    "the largest singular value only": ("eq-beyond-nuclear", r"\sum_{i=1}^{r}\sigma_i", r"\sigma_1"),
    "Lion mixes with the other β": ("eq-beyond-lion-c", r"(1-\beta_1)", r"(1-\beta_2)"),
    "Lion without signs": ("eq-beyond-lion-step", r"\mathrm{sign}(c_t)", "c_t"),
    "decay outside η": (
        "eq-beyond-lion-step",
        r"\eta\left(\mathrm{sign}(c_t) + \lambda\,\theta_{t-1}\right)",
        r"\eta\,\mathrm{sign}(c_t) - \lambda\,\theta_{t-1}",
    ),
    "Lion remembers c": ("eq-beyond-lion-m", r"\beta_2 m_{t-1}", r"\beta_1 m_{t-1}"),
    "weights that start at the newest": ("eq-beyond-lion-unrolled", "^{t-1-i}", "^{t-i}"),
    "π over 2": ("eq-beyond-sign-noise", r"\frac{2}{\pi}", r"\frac{\pi}{2}"),
    "the trust ratio upside down": (
        "eq-beyond-lars-ratio",
        r"\frac{\lVert\theta_{t-1}\rVert}{\lVert g_t\rVert+\lambda\lVert\theta_{t-1}\rVert}",
        r"\frac{\lVert g_t\rVert+\lambda\lVert\theta_{t-1}\rVert}{\lVert\theta_{t-1}\rVert}",
    ),
    "LARS without decay in the buffer": ("eq-beyond-lars-buffer", r"g_t+\lambda\,\theta_{t-1}", "g_t"),
    "LAMB without its length": ("eq-beyond-lamb-step", r"\frac{\lVert\theta_{t-1}\rVert}{\lVert d_t\rVert}\,", ""),
    "LAMB by the new length": ("eq-beyond-lamb-length", r"\lVert\theta_{t-1}\rVert", r"\lVert\theta_t\rVert"),
    "Muon by its buffer alone": ("eq-beyond-muon-step", r"G_t+\beta B_t", "B_t"),
    "rows for columns in Muon's root": ("eq-beyond-muon-step", r"\frac{n}{m}", r"\frac{m}{n}"),
    "the transpose for the cofactors": (
        "eq-beyond-two-by-two",
        r"-G_{2,1} \\ -G_{1,2}",
        r"-G_{1,2} \\ -G_{2,1}",
    ),
    "one factor A lost": ("eq-beyond-newton-schulz", "c A_k^2", "c A_k"),
    "the wrong power": ("eq-beyond-polynomial", r"\sigma^5", r"\sigma^4"),
    "the smaller side": ("eq-beyond-rms", r"\max", r"\min"),
    "Shampoo's rows for columns": ("eq-beyond-shampoo-left", r"G_t G_t^\top", r"G_t^\top G_t"),
    "a square root on the left side": ("eq-beyond-shampoo-step", r"L_t^{-1/4}", r"L_t^{-1/2}"),
    "Shampoo that does not collapse": ("eq-beyond-collapse", r"U V^\top", r"V U^\top"),
    "turned the wrong way": ("eq-beyond-soap-turn", r"Q_L^\top\, G_t\, Q_R", r"Q_L\, G_t\, Q_R^\top"),
    "SOAP without squares": ("eq-beyond-soap-v", r"\tilde{G}_t^2", r"\tilde{G}_t"),
    "SOAP's ε inside the root": (
        "eq-beyond-soap-ratio",
        r"\sqrt{\hat{v}_t}+\varepsilon",
        r"\sqrt{\hat{v}_t+\varepsilon}",
    ),
    "SOAP does not turn back": ("eq-beyond-soap-step", r"Q_L\, N_t\, Q_R^\top", r"Q_L^\top\, N_t\, Q_R"),
    "an average that begins with the start": ("eq-beyond-sf-x", r"\frac{1}{t}\, z_t", r"\frac{1}{t+1}\, z_t"),
    "x and z exchanged": ("eq-beyond-sf-y", r"(1-\beta)\, z_t + \beta\, x_t", r"\beta\, z_t + (1-\beta)\, x_t"),
    "two products for three": ("eq-beyond-flops", "4m^2n", "2m^2n"),
}
