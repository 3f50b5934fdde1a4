"""Data sets that ship with scikit-learn, split into training and validation parts the same way every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimlib import validate


@dataclass(frozen=True)
class Dataset:
    """Inputs X (n, features) and labels y (n,), for training and for validation."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    X_validation: NDArray[np.float64]
    y_validation: NDArray[np.int64]


def digits(validation: float = 0.2, seed: int = 0) -> Dataset:
    """1797 real handwritten digits, 8 × 8 pixels scaled to [0, 1], classes 0–9.

    validation: share of the samples that is held out, in (0, 1).  seed: of the random split.
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998; shipped with scikit-learn.
    """
    validate.positive("validation", validation)
    if validation >= 1:
        raise ValueError(f"validation must be a number in (0, 1), got {validation!r}")
    from sklearn.datasets import load_digits  # heavy: loaded only when used

    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    held = order[: round(validation * len(y))]
    kept = order[len(held) :]
    X = X / 16.0
    return Dataset(X[kept], y[kept], X[held], y[held])
