"""Checks of the formulas of chapters/05-practice/05-frameworks, most of them against the frameworks themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import oracle_runs  # noqa: F401  chooses Keras's backend
from formula_kinds import ByNumbers, ByUpdateRule, compare
from formula_runs import DIM, Draw
from formulas import Book

import optimlib as ol
from optimlib.models import losses

STEPS, BETA = 8, 0.8
HATS = ("eq-adam-m-hat", "eq-adam-v-hat")


@dataclass(frozen=True)
class AsRecorded:
    """Compare a formula at every step with what a framework did; its symbols are sequences indexed by t."""

    record: Callable[[], dict[str, Any]]

    def __call__(self, book: Book, label: str) -> None:
        values = self.record()
        statements = book.statements(label, {name for name, value in values.items() if callable(value)})
        for t in range(1, STEPS + 1):
            assert compare(book, label, statements, values | {"t": t})


def draws() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients g (STEPS + 1, DIM), rates η (STEPS + 1,) that change at every step, and a start θ₀ (DIM,)."""
    rng = np.random.default_rng(5)
    return rng.normal(size=(STEPS + 1, DIM)), rng.uniform(0.05, 0.5, STEPS + 1), rng.normal(size=DIM)


@cache
def torch_momentum() -> dict[str, Any]:
    import torch

    g, eta, start = draws()
    p = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=BETA)
    u, theta = [np.zeros(DIM)], [start]
    for t in range(1, STEPS + 1):
        optimizer.param_groups[0]["lr"] = eta[t]
        p.grad = torch.tensor(g[t])
        optimizer.step()
        u.append(optimizer.state[p]["momentum_buffer"].numpy().copy())
        theta.append(p.detach().numpy().copy())
    # w: what Keras's buffer must be for the steps to be torch's.
    return {
        "beta": BETA,
        "eta": [*eta],
        "g": [*g],
        "u": u,
        "theta": theta,
        "w": [-e * b for e, b in zip(eta, u, strict=True)],
    }


@cache
def keras_momentum() -> dict[str, Any]:
    import jax
    import keras

    g, eta, start = draws()
    w, theta, floatx = [np.zeros(DIM)], [start], keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            p, optimizer = keras.Variable(start, dtype="float64"), keras.optimizers.SGD(1.0, momentum=BETA)
            for t in range(1, STEPS + 1):
                optimizer.learning_rate = eta[t]
                optimizer.apply([jax.numpy.asarray(g[t])], [p])
                w.append(np.asarray(optimizer.momentums[0].value).copy())
                theta.append(np.asarray(p.value).copy())
    finally:
        keras.config.set_floatx(floatx)
    return {"beta": BETA, "eta": [*eta], "g": [*g], "w": w, "theta": theta}


@cache
def torch_without_zero_grad() -> dict[str, Any]:
    import torch

    g, eta, start = draws()
    p = torch.tensor(start, requires_grad=True)
    optimizer, theta = torch.optim.SGD([p], lr=eta[0]), [start]
    for t in range(1, STEPS + 1):
        (torch.tensor(g[t]) @ p).backward()
        optimizer.step()
        theta.append(p.detach().numpy().copy())
    return {"eta": eta[0], "g": [*g], "theta": theta}


@cache
def torch_adam_with_weight_decay() -> dict[str, Any]:
    """g is what torch's Adam averages, got back from its average."""
    import torch

    slopes, _, start = draws()
    p = torch.tensor(start, requires_grad=True)
    optimizer = torch.optim.Adam([p], lr=0.1, betas=(BETA, 0.9), weight_decay=0.3)
    theta, g, m = [start], [np.zeros(DIM)], np.zeros(DIM)
    for t in range(1, STEPS + 1):
        p.grad = torch.tensor(slopes[t]) * p.detach()
        optimizer.step()
        before, m = m, optimizer.state[p]["exp_avg"].numpy().copy()
        g.append((m - BETA * before) / (1 - BETA))
        theta.append(p.detach().numpy().copy())
    return {"lambda": 0.3, "g": g, "theta": theta, "grad_f": lambda t, x: slopes[t] * x}


def swapped(values: dict[str, Any], book: Book) -> float:
    import torch

    y, p = (torch.tensor(values[name][1:], dtype=torch.float64) for name in "yp")
    return torch.nn.BCELoss()(y, p).item()


def floor(values: dict[str, Any], book: Book) -> float:
    """The cross-entropy of scores that are a softmax's best output."""
    return float(losses.cross_entropy(np.eye(values["C"])[:1], [0]))


def sequence(sample: Callable[[np.random.Generator], Any]) -> Draw:
    """Five numbers with indices 1 … 5."""
    return Draw(lambda rng: [None, *sample(rng).tolist()])


normal = sequence(lambda rng: rng.normal(size=5))
CHECKS = {
    "eq-frameworks-pairs": ByNumbers(
        {"z": normal, "y": normal, "N": 5}, also={"y_bar": lambda values, book: np.mean(values["y"][1:])}
    ),
    "eq-frameworks-swapped": ByNumbers(
        {"y": sequence(lambda rng: rng.integers(0, 2, 5)), "p": sequence(lambda rng: rng.uniform(size=5)), "N": 5},
        also={"L": swapped},
    ),
    "eq-frameworks-softmax-floor": ByNumbers({"C": range(2, 50), "e": np.e}, also={"L_min": floor}),
    "eq-frameworks-no-zero-grad": AsRecorded(torch_without_zero_grad),
    "eq-frameworks-torch-momentum": AsRecorded(torch_momentum),
    "eq-frameworks-keras-momentum": AsRecorded(keras_momentum),
    "eq-frameworks-rescaled": AsRecorded(torch_momentum),
    "eq-frameworks-l2": AsRecorded(torch_adam_with_weight_decay),
    "eq-frameworks-decoupled": ByUpdateRule(ol.AdamW, given=HATS),
}

PLANTED = {
    "frameworks: pairs divided by N": ("eq-frameworks-pairs", r"\frac{1}{N^2}", r"\frac{1}{N}"),
    "frameworks: each with its own": ("eq-frameworks-pairs", r"(z_i-y_j)^2", r"(z_i-y_i)^2"),
    "frameworks: variance forgotten": ("eq-frameworks-pairs", r" + \frac{1}{N}\sum_{j=1}^{N}(y_j-\bar{y})^2", ""),
    "frameworks: squared for absolute": ("eq-frameworks-swapped", "|y_i-p_i|", "(y_i-p_i)^2"),
    "frameworks: cut at −10": ("eq-frameworks-swapped", "100", "10"),
    "frameworks: floor with C": ("eq-frameworks-softmax-floor", r"1+\frac{C-1}{e}", r"1+\frac{C}{e}"),
    "frameworks: floor upside down": ("eq-frameworks-softmax-floor", r"-\log\frac{e}{e+C-1}", r"\log\frac{e}{e+C-1}"),
    "frameworks: the last gradient alone": ("eq-frameworks-no-zero-grad", r"\sum_{i=1}^{t} g_i", " g_t"),
    "frameworks: the mean for the sum": ("eq-frameworks-no-zero-grad", r"\eta\sum", r"\frac{\eta}{t}\sum"),
    "frameworks: an average for the sum": ("eq-frameworks-torch-momentum", "+ g_t", r"+ (1-\beta) g_t"),
    "frameworks: the rate of the step before": ("eq-frameworks-torch-momentum", r"\eta_t u_t", r"\eta_{t-1} u_t"),
    "frameworks: torch's buffer in Keras": ("eq-frameworks-keras-momentum", r"\eta_t g_t", "g_t"),
    "frameworks: Keras's step added twice": ("eq-frameworks-keras-momentum", "+ w_t", r"- w_t"),
    "frameworks: ratio upside down": (
        "eq-frameworks-rescaled", r"\frac{\eta_t}{\eta_{t-1}}", r"\frac{\eta_{t-1}}{\eta_t}"
    ),
    "frameworks: ratio forgotten": ("eq-frameworks-rescaled", r"\frac{\eta_t}{\eta_{t-1}}", ""),
    "frameworks: decay at the new point": ("eq-frameworks-l2", r"\lambda\,\theta_{t-1}", r"\lambda\,\theta_t"),
    "frameworks: growth for decay": ("eq-frameworks-l2", "+", "-"),
    "frameworks: decay without η": ("eq-frameworks-decoupled", r"1-\eta\lambda", r"1-\lambda"),
    "frameworks: decay inside the division": (
        "eq-frameworks-decoupled", r"\frac{\hat{m}_t}", r"\frac{\hat{m}_t+\lambda\theta_{t-1}}"
    ),
}  # fmt: skip
