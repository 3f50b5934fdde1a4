"""Random numbers that Python and the browser draw alike, bit for bit: twin of js/draws.js."""

from __future__ import annotations

_MASK = 0xFFFFFFFF


class Draws:
    """A stream of random numbers from 32-bit integers only (mulberry32, by T. Ettinger).

    seed: an integer; its low 32 bits count. For figures, where the same dots must fall in a notebook and on a page;
    everything else in optimlib draws from NumPy.
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def bits(self) -> int:
        """An integer from 0 to 2³² − 1."""
        self._state = (self._state + 0x6D2B79F5) & _MASK
        t = self._state
        t = ((t ^ (t >> 15)) * (t | 1)) & _MASK
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & _MASK)) & _MASK
        return (t ^ (t >> 14)) & _MASK

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self.bits() / 4294967296.0

    def normal(self) -> float:
        """Mean 0, variance 1, nearly normal: the sum of twelve uniform numbers less six, which rounds nowhere."""
        total = -6.0
        for _ in range(12):
            total += self.uniform()
        return total

    def below(self, n: int) -> int:
        """An integer from 0 to n − 1."""
        return int(self.uniform() * n)

    def permutation(self, n: int) -> list[int]:
        """0 … n − 1 in random order (R. A. Fisher and F. Yates)."""
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order
