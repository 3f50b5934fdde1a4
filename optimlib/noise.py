"""Noise for gradients that Python and the browser draw alike, to the last bit: GradientNoise(sigma, seed)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.validate import Hyper

_TERMS = 12  # uniform numbers in a sum: their variance is 12 · 1/12 = 1


@dataclass(frozen=True)
class GradientNoise:
    """What mini-batches do to a gradient, in its simplest form: gₜ = ∇f(θₜ₋₁) + σ ξₜ, with E ξ = 0 and E ξ² = 1.

    sigma: σ ≥ 0, or an array (*batch,) with one value for each run.  seed: an integer from 0 to 2³² − 1.
    ξₜ depends on seed and t alone, so all runs of a race meet the same noise, and a run can be repeated from anywhere.
    Each coordinate of ξ is the sum of twelve uniform numbers, less six: nearly normal, never beyond ±6. They are
    32-bit hashes of (seed, t, coordinate), sums of multiples of 2⁻³² without any rounding: js/noise.js has the
    same bits.
    """

    sigma: Hyper
    seed: int = 0

    def __post_init__(self) -> None:
        validate.non_negative("sigma", self.sigma)
        if validate.count("seed", self.seed, least=0) >= 2**32:
            raise ValueError(f"seed must be an integer from 0 to 4294967295, got {self.seed!r}")

    def draws(self, steps: int, d: int) -> NDArray[np.float64]:
        """ξ₁ … ξ of the last step, shape (steps, d), read-only."""
        return _draws(int(self.seed), steps, d)


@lru_cache(maxsize=16)  # the runs of one race ask for the same numbers
def _draws(seed: int, steps: int, d: int) -> NDArray[np.float64]:
    t = np.arange(1, steps + 1, dtype=np.uint32)[:, None, None]
    coordinate = np.arange(d, dtype=np.uint32)[:, None]
    term = np.uint32(0x9E3779B9) * np.arange(_TERMS, dtype=np.uint32)  # far apart: the hash of neighbors is less random
    bits = _mix(_mix(_mix(_mix(np.uint32(seed) + np.zeros(1, np.uint32)) + t) + coordinate) + term)
    draws = bits.astype(np.float64).sum(-1) * 2.0**-32 - _TERMS / 2  # (steps, d)
    draws.flags.writeable = False
    return draws


def _mix(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A hash of 32 bits that changes half of them when one bit changes (C. Wellons, "lowbias32", 2018)."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))
