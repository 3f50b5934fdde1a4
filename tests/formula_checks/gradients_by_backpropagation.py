"""Checks of the formulas of chapters/01-background/02-gradients-by-backpropagation.

Derivatives are those of ol.MLP, or complex steps, which are exact to rounding.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, compare
from formula_runs import Draw, seeded
from formula_values import Matrix
from formulas import Book

import optimlib as ol

NINE = ol.MLP((1, 1, 2, 1), activation="relu", output="linear")
NAMES = ("w1", "b1", "w2", "w3", "b2", "b3", "w4", "w5", "b4")  # in the order of NINE's theta
SIZES, N = (3, 3, 3, 2), 6  # equal widths, so that shapes do not give slips away
TINY = 1e-30
Values = dict[str, Any]


def nine(rng: np.random.Generator, alive: bool) -> Values:
    """The network with nine parameters at random numbers; alive: all its ReLUs let through."""
    while True:
        theta, x, y = rng.normal(size=9), rng.normal(), rng.normal()
        data = np.array([[x]]), np.array([y])
        trace = NINE.trace(theta, *data)
        h, h_bar = (np.concatenate([rows[0] for rows in part]) for part in (trace.h, trace.dh))
        if h.all() or not alive:
            break
    values = dict(zip(NAMES, theta, strict=True)) | {"x": x, "y": y}
    values |= {f"h{i}": value for i, value in enumerate(h, start=1)}
    values |= {f"h_bar{i}": value for i, value in enumerate(h_bar, start=1)}
    values |= {"z": NINE.outputs(theta, data[0])[0, 0], "f": NINE.loss(theta, *data)}
    return values | {"w_bar1": NINE.grad(theta, *data)[0]}


class OnNine:
    """All relations on random networks with nine parameters."""

    def __init__(self, alive: bool) -> None:
        self.alive = alive

    def __call__(self, book: Book, label: str) -> None:
        rng = seeded(label)
        for _ in range(30):
            assert compare(book, label, book.statements(label), nine(rng, self.alive))


def branching(rng: np.random.Generator) -> Values:
    """f(v_1, v_2, v_3) with v_j = sin(c_j u): its derivatives with respect to u and to each v_j."""
    c, w, u = rng.normal(size=3), rng.normal(size=3), rng.normal()

    def f(v: Any) -> Any:
        return np.exp(w @ v) + np.prod(v)

    v = np.sin(c * u)
    return {
        "u_bar": f(np.sin(c * (u + 1j * TINY))).imag / TINY,
        "v_bar": [None, *(f(v + 1j * TINY * e).imag / TINY for e in np.eye(3))],
        "d": [None, *(c * np.cos(c * u))],
        "k": 3,
    }


def branches(book: Book, label: str) -> None:
    rng = seeded(label)
    for _ in range(20):
        assert compare(book, label, book.statements(label), branching(rng))


def slopes(f: Callable[[Any], Any], at: Any) -> Matrix:
    """The derivative of f with respect to each element of a matrix, by complex steps."""
    grad = np.empty(at.shape)
    for place in np.ndindex(*at.shape):
        moved = at.astype(complex)
        moved[place] += 1j * TINY
        grad[place] = f(moved).imag / TINY
    return Matrix(grad)


def network(rng: np.random.Generator) -> Values:
    """A tanh network in the chapter's symbols: W̄ and b̄ by the library, Z̄ and H̄ by complex steps."""
    model = ol.MLP(SIZES, activation="tanh")
    theta, X, y = rng.normal(size=model.dim), rng.normal(size=(N, SIZES[0])), rng.integers(0, SIZES[-1], N)
    layers, grads = model.views(theta), model.views(model.grad(theta, X, y))
    last = len(layers) - 1

    def onward(l: int, Z: Any) -> Any:  # noqa: E741 — the book's letter
        """The loss from the numbers Z that layer l (from 0) hands to its activation."""
        for layer in layers[l + 1 :]:
            Z = np.tanh(Z) @ layer.W + layer.b
        return (np.log(np.exp(Z).sum(-1)) - Z[np.arange(N), y]).mean()

    Z, H = [], [X]
    for layer in layers:
        Z.append(H[-1] @ layer.W + layer.b)
        H.append(np.tanh(Z[-1]))
    from_signals = [slopes(lambda h, i=i: onward(i, h @ layers[i].W + layers[i].b), H[i]) for i in range(last + 1)]
    E = np.exp(Z[-1])
    return {
        "n": N,
        "L": last + 1,
        "e": np.ones(N),
        "P": Matrix(E / E.sum(-1, keepdims=True)),
        "Y": Matrix(np.eye(SIZES[-1])[y]),
        "W": [None, *(Matrix(layer.W) for layer in layers)],
        "b": [None, *(Matrix(layer.b) for layer in layers)],
        "H": [Matrix(h) for h in H],
        "Z": [None, *(Matrix(z) for z in Z)],
        "W_bar": [None, *(Matrix(layer.W) for layer in grads)],
        "b_bar": [None, *(Matrix(layer.b) for layer in grads)],
        "H_bar": from_signals,
        "Z_bar": [None, *(slopes(lambda z, i=i: onward(i, z), z) for i, z in enumerate(Z))],
        "varphi": np.tanh,
        "varphi_prime": lambda z: 1.0 - np.tanh(z) ** 2,
    }


class OnLayers:
    """All relations in the given layers of random networks; the last layer has no activation."""

    def __init__(self, *layers: int) -> None:
        self.layers = layers

    def __call__(self, book: Book, label: str) -> None:
        rng = seeded(label)
        for _ in range(3):
            values = network(rng)
            for layer in self.layers:
                known = values | {"l": layer}
                assert compare(book, label, book.statements(label, {"varphi", "varphi_prime"}), known)


def rounded(values: Values, book: Book) -> Any:
    """The error of the central difference of exp, if both its values are rounded by δ in the worst directions."""
    x, delta = values["x"], values["delta"]

    def error(h: float) -> float:
        return (np.exp(x + h) * (1 + delta) - np.exp(x - h) * (1 - delta)) / (2 * h) - np.exp(x)

    return error


def lowest(values: Values, book: Book) -> float:
    """Where c h²/6 + δs/h is least: its slope changes sign there."""
    low, high = 1e-12, 1e3
    for _ in range(200):
        middle = (low * high) ** 0.5
        h = middle + 1j * TINY
        rising = (values["c"] / 6 * h**2 + values["delta"] * values["s"] / h).imag > 0
        low, high = (low, middle) if rising else (middle, high)
    return low


SMALL = ol.MLP((3, 4, 2), activation="tanh")
SAMPLE = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
OBJECTIVE = ol.DataLoss(SMALL, *SAMPLE)


class Meter(np.ndarray):
    """An array that counts the multiplications and additions of the matrix products it takes part in."""

    count = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        if out is not None:
            options["out"] = tuple(np.asarray(x) for x in out)
        plain = [np.asarray(x) for x in inputs]
        result = np.asarray(getattr(ufunc, method)(*plain, **options))
        if ufunc is np.matmul:
            Meter.count += 2 * result.size * plain[0].shape[-1]
        return result.view(Meter)


def metered(part: str) -> Any:
    """The operations of ol.MLP's forward or backward pass, counted while it runs."""

    def operations(values: Values, book: Book) -> int:
        model, n = ol.MLP(tuple(values["d"]), activation="tanh", output="linear"), values["n"]
        layers, X = model.views(model.init().view(Meter)), np.ones((n, values["d"][0])).view(Meter)
        Meter.count = 0
        z, hidden = model._forward(layers, X)
        counts = {"forward": Meter.count}
        Meter.count = 0
        model._backward(layers, X, z, hidden)
        return (counts | {"backward": Meter.count})[part]

    return operations


def peak(values: Values, book: Book) -> Any:
    """The layers whose signals are in memory at the worst moment, if every k-th of L is kept."""

    def layers(k: int) -> int:
        kept = range(0, values["L"], k)
        return len(kept) + max(min(k, values["L"] - start) for start in kept)

    return layers


def products(*order: int) -> Any:
    """The multiplications of J_3 J_2 J_1, made from the left (3, 2, 1) or from the right (1, 2, 3)."""

    def multiplications(values: Values, book: Book) -> int:
        shapes = {1: (values["d1"], values["d0"]), 2: (values["d2"], values["d1"]), 3: (1, values["d2"])}
        (rows, columns), total = shapes[order[0]], 0
        for i in order[1:]:
            total += rows * columns * shapes[i][1 if order[0] == 3 else 0]
            rows, columns = (rows, shapes[i][1]) if order[0] == 3 else (shapes[i][0], columns)
        return total

    return multiplications


def square() -> Draw:
    return Draw(lambda rng: Matrix(rng.normal(size=(3, 3))))


CHECKS = {
    "eq-backprop-hidden": OnNine(alive=False),
    "eq-backprop-net": OnNine(alive=False),
    "eq-backprop-sum": branches,
    "eq-backprop-two-ways": OnNine(alive=True),
    "eq-backprop-paths": OnNine(alive=True),
    "eq-backprop-forward": OnLayers(1, 2),
    "eq-backprop-start": OnLayers(3),
    "eq-backprop-through": OnLayers(1, 2),
    "eq-backprop-weights": OnLayers(1, 2, 3),
    "eq-backprop-below": OnLayers(1, 2, 3),
    "eq-backprop-step-error": ByNumbers(
        {"x": (-1.0, 1.0), "h": (2e-3, 1e-2), "delta": (1e-9, 1e-7)},
        also={"E": rounded, "c": lambda values, _: np.exp(values["x"]), "s": lambda values, _: np.exp(values["x"])},
    ),
    "eq-backprop-best-step": ByNumbers(
        {"s": (0.1, 10.0), "c": (0.1, 10.0), "delta": (1e-16, 1e-7)}, also={"h_star": lowest}
    ),
    "eq-backprop-directional": ByNumbers(
        {
            "theta": Draw(lambda rng: rng.normal(size=SMALL.dim)),
            "v": Draw(lambda rng: rng.normal(size=SMALL.dim)),
            "h": (1e-6, 1e-5),
            "f": OBJECTIVE.value,
            "grad_f": OBJECTIVE.grad,
        }
    ),
    "eq-backprop-cost": ByNumbers(
        {"n": range(1, 6), "d": Draw(lambda rng: [int(x) for x in rng.integers(2, 9, 5)]), "L": 4},
        also={"F": metered("forward"), "R": metered("backward")},
    ),
    "eq-backprop-checkpoint": ByNumbers(
        {"k": range(1, 12), "stretches": range(1, 12)},
        also={"L": lambda values, _: values["k"] * values["stretches"], "M": peak},
    ),
    "eq-backprop-order": ByNumbers({"J1": square(), "J2": square(), "J3": square()}),
    "eq-backprop-modes": ByNumbers(
        {"d0": range(1, 9), "d1": range(1, 9), "d2": range(1, 9)},
        also={"C_reverse": products(3, 2, 1), "C_forward": products(1, 2, 3)},
    ),
}

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "backprop: bias subtracted": ("eq-backprop-hidden", "w_1x+b_1", "w_1x-b_1"),
    "backprop: h₃ from h₂": ("eq-backprop-hidden", "w_3h_1", "w_3h_2"),
    "backprop: half the square": ("eq-backprop-net", "(z-y)^2", r"\tfrac12(z-y)^2"),
    "backprop: product over the ways": ("eq-backprop-sum", r"\sum", r"\prod"),
    "backprop: one way forgotten": ("eq-backprop-two-ways", r"+\bar{h}_3w_3", ""),
    "backprop: activation for weight": ("eq-backprop-two-ways", r"\bar{h}_2w_2", r"\bar{h}_2h_2"),
    "backprop: path through the wrong weight": ("eq-backprop-paths", "w_5w_3", "w_5w_2"),
    "backprop: 2 of the square lost": ("eq-backprop-paths", "2(z-y)", "(z-y)"),
    "backprop: own output for input": ("eq-backprop-forward", "H_{l-1}W_l", "H_lW_l"),
    "backprop: sum for mean": ("eq-backprop-start", r"\frac{1}{n}", ""),
    "backprop: truth minus prediction": ("eq-backprop-start", "(P-Y)", "(Y-P)"),
    "backprop: activation for its derivative": ("eq-backprop-through", r"\varphi'", r"\varphi"),
    "backprop: matrix product for elementwise": ("eq-backprop-through", r"\odot\varphi'(Z_l)", ""),
    "backprop: layer's own output": ("eq-backprop-weights", "H_{l-1}", "H_l"),
    "backprop: bias averaged": ("eq-backprop-weights", r"e^\top", r"\frac{1}{n}e^\top"),
    "backprop: weights of the layer below": ("eq-backprop-below", r"W_l^\top", r"W_{l-1}^\top"),
    "backprop: rounding without 1/h": ("eq-backprop-step-error", r"\frac{\delta s}{h}", r"\delta s"),
    "backprop: error of the forward difference": ("eq-backprop-step-error", r"\frac{c}{6}h^2", r"\frac{c}{2}h"),
    "backprop: square root for cube root": ("eq-backprop-best-step", "{1/3}", "{1/2}"),
    "backprop: c and s swapped": ("eq-backprop-best-step", r"\frac{3\delta s}{c}", r"\frac{3\delta c}{s}"),
    "backprop: central over h": ("eq-backprop-directional", "{2h}", "{h}"),
    "backprop: backward as cheap as forward": ("eq-backprop-cost", "R&=2F", "R&=F"),
    "backprop: nothing saved in the first layer": ("eq-backprop-cost", r"-2n\,d_0d_1", ""),
    "backprop: no recomputed stretch": ("eq-backprop-checkpoint", "+k", ""),
    "backprop: factors swapped": ("eq-backprop-order", r"J_3\left(J_2J_1\right)", r"J_3\left(J_1J_2\right)"),
    "backprop: forward as cheap as reverse": ("eq-backprop-modes", "d_2d_1d_0+d_2d_0", "d_2d_1+d_2d_0"),
}  # fmt: skip
