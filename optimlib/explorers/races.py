"""What each surface shows in DescentExplorer unless told otherwise: learning rates that make its point.

Twin of `SCENES` in js/races.js; views, starts, and labels come from optimlib.objectives.
"""

from __future__ import annotations

from typing import Any

from optimlib.objectives import Quadratic, Surface
from optimlib.optimizers import OPTIMIZERS

# The rules that have a twin in js/optimizers.js, so that a page without a kernel can run them.
TWINS = (
    *("SGD", "Momentum", "EMAMomentum", "Nesterov"),
    *("Adagrad", "RMSprop", "CenteredRMSprop", "MomentumRMSprop", "Adadelta"),
    *("Adam", "AdamW", "AMSGrad", "Adamax", "NAdam", "RAdam", "Yogi", "AdaBelief", "Lion"),
)
RACERS = ("SGD", "Momentum", "RMSprop", "Adam")

# One line for each row of TWINS.
LEARNING_RATES: dict[str, dict[str, float]] = {
    name: dict(zip(TWINS, rates, strict=True))
    for name, rates in {
        "quadratic": (
            *(0.037, 0.005, 0.05, 0.005),
            *(0.5, 0.05, 0.01, 0.05, 10.0),
            *(0.2, 0.2, 0.2, 0.2, 0.2, 0.05, 0.2, 0.2, 0.05),
        ),
        "rosenbrock": (
            *(0.001, 0.001, 0.01, 0.0005),
            *(0.3, 0.02, 0.02, 0.002, 10.0),
            *(0.1, 0.1, 0.1, 0.1, 0.1, 0.0002, 0.1, 0.1, 0.01),
        ),
        "beale": (
            *(0.01, 0.005, 0.05, 0.005),
            *(0.5, 0.03, 0.02, 0.002, 10.0),
            *(0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.1, 0.1, 0.1),
        ),
        "himmelblau": (
            *(0.01, 0.005, 0.05, 0.005),
            *(1.0, 0.05, 0.05, 0.002, 10.0),
            *(0.3, 0.3, 0.3, 0.3, 0.2, 0.02, 0.3, 0.3, 0.1),
        ),
        "saddle": (
            *(0.05, 0.02, 0.2, 0.02),
            *(0.3, 0.02, 0.02, 0.002, 10.0),
            *(0.05, 0.05, 0.05, 0.05, 0.05, 0.2, 0.05, 0.05, 0.05),
        ),
        "rastrigin": (
            *(0.002, 0.005, 0.05, 0.002),
            *(0.5, 0.1, 0.1, 0.1, 2.0),
            *(1.0, 0.2, 1.0, 2.0, 0.1, 0.005, 2.0, 0.2, 0.02),
        ),
        "double_well": (
            *(0.05, 0.02, 0.2, 0.02),
            *(0.3, 0.02, 0.05, 0.05, 10.0),
            *(0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.05, 0.05, 0.02),
        ),
    }.items()
}


def default_surface() -> Surface:
    """A long valley that lies askew: gradient descent zigzags, momentum swings, Adam cuts across."""
    return Quadratic(kappa=50.0, angle=0.35)


def default_race(surface: Any) -> list[Any]:
    """The optimizers that race on a surface when the reader names none."""
    rates = LEARNING_RATES.get(getattr(surface, "name", ""), {name: 0.01 for name in RACERS})
    return [OPTIMIZERS[name](lr=rates[name]) for name in RACERS]
