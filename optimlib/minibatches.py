"""Which samples each gradient sees: mini-batches in four orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import validate

CACHE = 2**18  # bytes
ORDERS = ("reshuffle", "once", "replacement", "sequential")


@dataclass(frozen=True)
class MiniBatches:
    """How `fit` cuts the n training samples into mini-batches.

    size: samples per gradient, 1 … n.
    order: "reshuffle": a new permutation in every epoch; "once": the permutation of the first epoch in all of them;
    "replacement": n independent draws, in which samples repeat and are missed; "sequential": as they are stored.
    drop_last: leave out the last batch of an epoch if it is smaller. Otherwise its samples count for more.
    """

    size: int
    order: str = "reshuffle"
    drop_last: bool = False

    def __post_init__(self) -> None:
        validate.count("batch_size", self.size)
        validate.one_of("order", self.order, ORDERS)

    def steps(self, n: int) -> int:
        """Batches in one epoch of n samples.  ValueError where not even one is full."""
        if self.size > n:
            raise ValueError(f"batch_size must be at most the number of training samples, {n}, got {self.size!r}")
        return n // self.size if self.drop_last else -(-n // self.size)

    def epoch(self, n: int, rng: np.random.Generator, seed: int) -> Iterator[NDArray[np.intp]]:
        """The rows of each batch of the next epoch. Only "reshuffle" and "replacement" draw from rng."""
        rows = self._order(n, rng, seed)
        for first in range(0, len(rows), self.size):
            yield rows[first : first + self.size]

    def samples(self, X: Any, y: Any, rng: np.random.Generator, seed: int) -> Iterator[tuple[Any, Any]]:
        """X and y of each batch of the next epoch.

        It is faster to pick the samples of several batches at once, as long as they stay in the cache.
        """
        rows, size = self._order(len(y), rng, seed), self.size
        together = size * max(1, int(CACHE // max(1, size * getattr(X, "nbytes", np.inf) / len(y))))
        for first in range(0, len(rows), together):
            picked = rows[first : first + together]
            some_X, some_y = X[picked], y[picked]
            for i in range(0, len(picked), size):
                yield some_X[i : i + size], some_y[i : i + size]

    def _order(self, n: int, rng: np.random.Generator, seed: int) -> NDArray[np.intp]:
        """The rows of the next epoch, one batch after the other."""
        match self.order:
            case "reshuffle":
                rows = rng.permutation(n)
            case "once":
                rows = np.random.default_rng(seed).permutation(n)
            case "replacement":
                rows = rng.integers(n, size=n)
            case _:
                rows = np.arange(n)
        return rows[: self.steps(n) * self.size]
