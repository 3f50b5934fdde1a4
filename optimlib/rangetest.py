"""The learning-rate range test: one run whose rate grows at every step, and the losses that it meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.descend import descend
from optimlib.minibatches import MiniBatches
from optimlib.objectives import Objective
from optimlib.optimizers import Optimizer
from optimlib.training import Data, Model, fit

Array = NDArray[np.floating]
Make = Callable[..., Optimizer]


@dataclass(frozen=True)
class RangeTest:
    """lr: (steps,), the rates, growing.  loss: (steps, *batch), the loss before each step; NaN once diverged.

    The best rates lie where the loss falls fastest, well below the one at which it turns up.
    """

    lr: Array
    loss: Array


@dataclass(frozen=True)
class _Growing:
    """η(t) = low · (high/low)^((t − 1)/(steps − 1))."""

    low: float
    high: float
    steps: int

    def __post_init__(self) -> None:
        validate.positive("low", self.low)
        validate.positive("high", self.high)
        if self.high <= self.low:
            raise ValueError(f"high must be larger than low, {self.low!r}, got {self.high!r}")
        validate.count("steps", self.steps, least=2)

    def __call__(self, t: Any) -> Any:
        return self.low * (self.high / self.low) ** ((t - 1) / (self.steps - 1))


def range_test(
    make: Make, objective: Objective, start: ArrayLike, low: float = 1e-5, high: float = 10.0, steps: int = 100
) -> RangeTest:
    """The test on a surface, with `steps` ≥ 2 rates from low to high, evenly spaced on a log scale.

    make: a rule that takes lr, e.g. ol.Adam, or lambda lr: ol.Momentum(lr=lr, beta=0.5).  start: (*batch, d).
    L. N. Smith, Cyclical Learning Rates, WACV 2017, section 3.3 (there the rate grows in a line).
    """
    schedule = _Growing(low, high, steps)
    run = descend(make(lr=schedule), objective, start, steps - 1)
    return RangeTest(schedule(np.arange(1, steps + 1)), run.loss)


def range_test_of_training(
    make: Make,
    model: Model,
    data: Data,
    start: ArrayLike,
    batch_size: int | MiniBatches,
    low: float = 1e-5,
    high: float = 10.0,
    epochs: int = 1,
    seed: int = 0,
) -> RangeTest:
    """The test on mini-batches, a rate for each; the losses are those of the mini-batches, so they scatter.

    make, low, high: as for `range_test`.  The rest: as for `fit`.
    """
    batches = batch_size if isinstance(batch_size, MiniBatches) else MiniBatches(batch_size)
    schedule = _Growing(low, high, validate.count("epochs", epochs) * batches.steps(len(data.y)))
    history = fit(model, make(lr=schedule), data, start, epochs, batches, seed, record_steps=True, progress=False)
    assert history.step_loss is not None
    loss = np.where(np.isfinite(history.step_loss), history.step_loss, np.nan)
    return RangeTest(schedule(np.arange(1, schedule.steps + 1)), loss)
