"""Which samples each gradient sees: mini-batches in four orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

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

    def epoch(self, X: Any, y: Any, rng: np.random.Generator, seed: int) -> Iterator[tuple[Any, Any]]:
        """X and y of each batch of the next epoch. Only "reshuffle" and "replacement" draw from rng."""
        n, size = len(y), self.size
        rows = self._order(n, rng, seed)[: self.steps(n) * size]
        # Picking the samples of several batches in one go is faster, as long as they stay in the cache.
        together = size * max(1, int(CACHE // max(1, size * getattr(X, "nbytes", np.inf) / n)))
        for first in range(0, len(rows), together):
            picked = rows[first : first + together]
            some_X, some_y = X[picked], y[picked]
            for i in range(0, len(picked), size):
                yield some_X[i : i + size], some_y[i : i + size]

    def _order(self, n: int, rng: np.random.Generator, seed: int) -> Any:
        match self.order:
            case "reshuffle":
                return rng.permutation(n)
            case "once":
                return np.random.default_rng(seed).permutation(n)
            case "replacement":
                return rng.integers(n, size=n)
            case _:
                return np.arange(n)
