"""Checks of the formulas of chapters/01-background/03-vanishing-and-exploding-gradients."""

from itertools import product
from typing import Any

import numpy as np
from formula_kinds import ByNumbers, compare
from formula_runs import Draw, seeded
from formula_values import Matrix
from formulas import Book

import optimlib as ol

DEPTH, WIDTH = 4, 3


def net(rng: np.random.Generator) -> dict[str, Any]:
    """A tanh network of the library at one input: W_l, z_l, and δ_l by its own backpropagation."""
    model = ol.MLP((WIDTH,) * (DEPTH + 1) + (2,), activation="tanh", output="softmax")
    theta = rng.normal(0.0, 0.8, model.dim)
    X, y = rng.normal(size=(1, WIDTH)), np.array([1])
    trace = model.trace(theta, X, y)
    layers = model.views(theta)
    h = [X, *trace.h]
    z = [h[i] @ layers[i].W + layers[i].b for i in range(DEPTH)]
    # The input stands for layer 0: its δ is found by central differences.
    nudges = 1e-6 * np.eye(WIDTH)
    delta = [np.array([model.loss(theta, X + e, y) - model.loss(theta, X - e, y) for e in nudges]) / 2e-6]
    return {
        "W": [None, *(Matrix(layer.W.T) for layer in layers[:DEPTH])],
        "z": [None, *(row[0] for row in z)],
        "delta": [*delta, *(d[0] for d in trace.dh)],
        "L": DEPTH,
    }


def backward(book: Book, label: str) -> None:
    rng = seeded(label)
    for _ in range(4):
        values = net(rng) | {"varphi_prime": lambda z: 1.0 - np.tanh(z) ** 2}
        for layer in range(2, DEPTH + 1):
            assert compare(book, label, book.statements(label, {"varphi_prime"}), values | {"l": layer})


def bound(book: Book, label: str) -> None:
    """On random networks, and attained where φ is the identity and every layer stretches all directions alike."""
    values = net(seeded(label))
    values |= {"gamma": 1.0, "s": [None, *(np.linalg.norm(w, 2) for w in values["W"][1:])]}
    compare(book, label, book.statements(label), values)
    stretch, last = [None, 0.5, 2.0, 1.5, 0.7], np.array([1.0, -2.0, 0.5])
    signals = [last * np.prod(stretch[1 + layer :]) for layer in range(DEPTH + 1)]
    values = {"gamma": 1.0, "s": stretch, "delta": signals, "L": DEPTH}
    compare(book, label, book.statements(label), values, attained=True)


def mean_factor(values: dict[str, Any], book: Book) -> float:
    """The mean of ‖δ_{l−1}‖²/‖δ_l‖², over all matrices of ±σ with all sets of units that pass."""
    n, sigma, delta = values["n"], values["sigma"], np.array([0.7, -1.1])
    total, draws = 0.0, 0
    for signs in product([-1.0, 1.0], repeat=2 * n):
        W = sigma * np.reshape(signs, (2, n))
        for mask in product([0.0, 1.0], repeat=2):
            total, draws = total + np.sum((W.T @ (np.array(mask) * delta)) ** 2), draws + 1
    return total / draws / (delta @ delta)


def recurrent(w: Any, h0: Any, T: Any) -> Any:
    """The derivative of ½(wᵀh₀ − 1)² by a complex step."""
    return (0.5 * ((w + 1e-30j) ** T * h0 - 1.0) ** 2).imag / 1e-30


def clipped(values: dict[str, Any], book: Book) -> Any:
    """What the library's ClipByNorm hands to its rule."""
    rule = ol.ClipByNorm(ol.SGD(lr=1.0), values["c"])
    return -rule.update(values["g"], rule.init(np.zeros(4)))[0]


CHECKS = {
    "eq-vanishing-backward": backward,
    "eq-vanishing-bound": bound,
    "eq-vanishing-variance": ByNumbers({"n": range(1, 5), "sigma": (0.2, 2.0)}, also={"r": mean_factor}),
    "eq-vanishing-recurrent": ByNumbers(
        {"w": (0.8, 1.2), "h0": (0.2, 1.0), "T": range(2, 40)},
        also={"grad_f": lambda values, _: lambda w: recurrent(w, values["h0"], values["T"])},
    ),
    "eq-vanishing-clip": ByNumbers(
        {"g": Draw(lambda rng: rng.normal(size=4) * rng.choice([0.1, 3.0])), "c": (0.5, 2.0)},
        also={"g_tilde": clipped},
    ),
}

PLANTED = {
    "transpose lost": ("eq-vanishing-backward", r"^\top", ""),
    "derivative of φ lost": ("eq-vanishing-backward", r"\varphi'(z_l) \odot", ""),
    "sum for product": ("eq-vanishing-bound", r"\prod", r"\sum"),
    "He's factor lost": ("eq-vanishing-variance", r"\frac{n\,\sigma^2}{2}", r"n\,\sigma^2"),
    "power of the derivative": ("eq-vanishing-recurrent", r"w^{T-1}", r"w^{T}"),
    "clipped to at least c": ("eq-vanishing-clip", r"\min", r"\max"),
}
