"""What classes are tried on: hyperparameters, starts, and gradients from a generator that is the same everywhere."""

from math import exp, log, sin
from typing import Any

PROBLEMS, STEPS = 12, 60

_PLAIN = {"lr": 0.1, "beta": 0.9, "beta1": 0.9, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.1}


class Dice:
    """The linear congruential generator of W. H. Press et al., Numerical Recipes in C, 2nd ed., 1992, section 7.1."""

    def __init__(self, seed: int) -> None:
        for _ in range(2):  # mixed, because neighboring seeds would begin alike
            seed = (seed ^ (seed >> 16)) * 73244475 % 4294967296
        self.state = seed

    def between(self, low: float, high: float) -> float:
        self.state = (1664525 * self.state + 1013904223) % 4294967296
        return low + (high - low) * self.state / 4294967296

    def scale(self, low: float, high: float) -> float:
        """Evenly on a logarithmic scale."""
        return exp(self.between(log(low), log(high)))


def problem(index: int, names: Any) -> tuple:
    """(hyperparameters of these names, start, gradient): gradient(x, y, t) gives two numbers.

    The first problem is plain, so that it can be redone by hand. Then come, in turn, valleys with waves, gradients that
    are noise, and bowls that lie askew.
    """
    dice = Dice(1 + index)
    draws = {
        "lr": dice.scale(0.003, 0.3),
        "beta": dice.between(0.5, 0.95),
        "beta1": dice.between(0.5, 0.95),
        "beta2": dice.between(0.8, 0.999),
        "eps": dice.scale(1e-6, 0.1),
        "weight_decay": dice.scale(0.01, 1.0),
    }
    hyper = {name: (draws if index else _PLAIN)[name] for name in names}
    if index == 0:
        return hyper, (1.0, -2.0), lambda x, y, t: (x + 1.0, 2.0 * y)
    start = dice.between(-2.0, 2.0), dice.between(-2.0, 2.0)
    a, b, c, size = dice.scale(0.1, 3.0), dice.scale(0.1, 3.0), dice.between(-0.1, 0.1), dice.scale(0.001, 100.0)
    if index % 3 == 0:
        return hyper, start, lambda x, y, t: (a * x + c * y, c * x + b * y)
    if index % 3 == 1:
        return hyper, start, lambda x, y, t: (a * x + sin(3.0 * x), b * y * y * y + sin(2.0 * y) + c)
    noise = Dice(100 + index)
    return hyper, start, lambda x, y, t: (size * noise.between(-1.0, 1.0), size * noise.between(-0.5, 1.0))
