"""Cosine and sine by + − × only: the same bits on every machine, and in the browser (js/circle.js).

The library functions of NumPy, C, and JavaScript differ in the last bit, which a rule such as Adam, whose divisor
passes 0, enlarges a thousandfold within a hundred steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Of sin x = x − x³/3! + x⁵/5! − …; up to a quarter turn eleven terms leave less than rounding does.
_COEFFICIENTS = [1.0]
for _k in range(1, 11):
    _COEFFICIENTS.append(-_COEFFICIENTS[-1] / ((2 * _k) * (2 * _k + 1)))


def cosine(turns: ArrayLike) -> NDArray[np.float64]:
    """cos 2πt for t in whole turns, of any shape; exact at quarter turns."""
    return _series(0.25 - np.abs(_reduced(turns)))


def sine(turns: ArrayLike) -> NDArray[np.float64]:
    """sin 2πt for t in whole turns, of any shape."""
    t = _reduced(turns)
    return _series(np.minimum(np.maximum(t, -0.5 - t), 0.5 - t))  # beyond a quarter turn, the mirror image


# By ufuncs and operators only, so that replay.py can record the gradients that are made of these.


def _reduced(turns: ArrayLike) -> NDArray[np.float64]:
    """t without its whole turns, in [−½, ½], exactly."""
    t = np.positive(turns, dtype=np.float64)
    t = t - np.trunc(t)
    return t - np.trunc(2.0 * t)


def _series(quarter: NDArray[np.float64]) -> NDArray[np.float64]:
    """sin 2πt for t in [−¼, ¼]."""
    x = 2.0 * np.pi * quarter
    square, total = x * x, 0.0 * x
    for coefficient in reversed(_COEFFICIENTS):
        total = total * square + coefficient
    return total * x
