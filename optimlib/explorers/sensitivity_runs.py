"""The runs that SensitivityExplorer shows: a table for any runs, and the default ones, alike on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.datasets import waves
from optimlib.descend import descend
from optimlib.optimizers import OPTIMIZERS

RULES = ("SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "Lion")
STEPS, KEPT = 400, 26  # updates of a run, and how many of its losses are stored
HIDDEN = 8


@dataclass(frozen=True)
class Sensitivity:
    """Runs over a grid of learning rates.

    rates (n,): increasing, > 0.  times (k,): the steps whose losses are kept, increasing.
    plain, scaled: name -> losses, shape (n, k), NaN from a divergence on; scaled: with the loss times 1000 in
    training, and divided by 1000 again where it is reported.
    """

    rates: NDArray[np.float64]
    times: NDArray[np.intp]
    plain: Mapping[str, NDArray[np.float64]]
    scaled: Mapping[str, NDArray[np.float64]]

    def __post_init__(self) -> None:
        for name in ("rates", "times"):
            values = np.asarray(getattr(self, name))
            validate.real(name, values, "a sequence of numbers")
            if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
                raise ValueError(f"{name} must be at least two increasing numbers, got {values!r}")
        validate.positive("rates", self.rates)
        if not self.plain or set(self.plain) != set(self.scaled):
            raise ValueError(f"plain and scaled must have the same names, got {[*self.plain]} and {[*self.scaled]}")
        shape = (len(self.rates), len(self.times))
        for table in (self.plain, self.scaled):
            for name, losses in table.items():
                if np.shape(losses) != shape:
                    raise ValueError(f"losses of {name} must have shape {shape}, got {np.shape(losses)}")


class Waves:
    """A network with one hidden layer of eight on a wave: mean squared error times `factor`, as an objective.

    At a large learning rate a run is chaotic: the last bit of one number decides where it ends. So that all machines
    store the same runs, there is nothing but + − × ÷ √ and sums in a fixed order here: no BLAS, whose kernels differ
    between processors, and x/√(1 + x²) instead of tanh.
    θ (…, 33): weights of the first input, of the second, biases, weights of the output, 8 each; the output's bias.
    """

    dim = 4 * HIDDEN + 1

    def __init__(self, factor: float = 1.0) -> None:
        data = waves(64, 2)
        self.factor = factor
        # Rounded: processors differ in the last bit of a sine.
        self.inputs, self.targets = np.round(data.X.T, 4), np.round(data.y, 4)  # (2, n), (n,)

    def value(self, theta: ArrayLike) -> NDArray[np.floating]:
        *_, error = self._run(np.asarray(theta, dtype=float))
        return self.factor * ((error * error).sum(-1) / error.shape[-1])

    def grad(self, theta: ArrayLike) -> NDArray[np.floating]:
        output, root, active, error = self._run(np.asarray(theta, dtype=float))
        slope = (2.0 * self.factor / error.shape[-1]) * error[..., None, :]  # (*batch, 1, n)
        back = slope * output / (root * root * root)
        first, second = ((back * x).sum(-1) for x in self.inputs)
        return np.concatenate([first, second, back.sum(-1), (slope * active).sum(-1), slope.sum(-1)], axis=-1)

    def _run(self, theta: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """The output's weights (*batch, 8, 1), √(1 + a²) and a/√(1 + a²) of each unit (*batch, 8, n), errors."""
        first, second, bias, output = (theta[..., k : k + HIDDEN, None] for k in range(0, 4 * HIDDEN, HIDDEN))
        a = first * self.inputs[0] + second * self.inputs[1] + bias
        root = np.sqrt(1.0 + a * a)
        active = a / root
        error = theta[..., -1:] - self.targets
        for k in range(HIDDEN):
            error = error + output[..., k, :] * active[..., k, :]
        return output, root, active, error


@lru_cache(maxsize=1)
def measure() -> Sensitivity:
    """The default runs: a small network, 400 full-batch steps, learning rates from 1e-6 to 10, three per decade."""
    rates = np.round(np.logspace(-6, 1, 22), 12)
    times = np.linspace(0, STEPS, KEPT).astype(int)
    normal = np.random.default_rng(0).standard_normal(Waves.dim)
    sizes = np.repeat([np.sqrt(0.5), 0.0, np.sqrt(1.0 / HIDDEN), 0.0], [2 * HIDDEN, HIDDEN, HIDDEN, 1])
    start = np.round(sizes * normal, 4)
    tables: list[dict[str, NDArray[np.float64]]] = []
    for factor in (1.0, 1000.0):
        tables.append({})
        for name in RULES:
            loss = descend(OPTIMIZERS[name](lr=rates), Waves(factor), start, STEPS).loss / factor  # (T+1, n)
            lost = np.logical_or.accumulate(loss > 1e6 * loss[0], axis=0)  # only on their way to infinity
            tables[-1][name] = np.where(lost, np.nan, loss)[times].T
    return Sensitivity(rates, times, *tables)
