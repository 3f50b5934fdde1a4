"""optimlib: the optimization algorithms of deep learning, small enough to read.

`import optimlib as ol` costs little more than `import numpy`: plots, data sets, and explorers load when first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from optimlib.descend import Trajectory, descend
from optimlib.language import get_language, label, set_language
from optimlib.models import SoftmaxRegression
from optimlib.notebook import show_source, table
from optimlib.objectives import (
    SURFACES,
    Beale,
    DoubleWell,
    Himmelblau,
    Objective,
    Quadratic,
    Rastrigin,
    Rosenbrock,
    Saddle,
    surface,
)
from optimlib.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    EMAMomentum,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
)
from optimlib.training import History, fit

__version__ = "0.1.0"

# Modules that need Matplotlib, scikit-learn, or anywidget, and the names that live in them.
_LAZY = {"plots": "plots", "datasets": "datasets", "explorers": "explorers", "DescentExplorer": "explorers"}

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "SURFACES",
    "Adagrad",
    "Adam",
    "Beale",
    "DescentExplorer",
    "DoubleWell",
    "EMAMomentum",
    "Himmelblau",
    "History",
    "Momentum",
    "Nesterov",
    "Objective",
    "Optimizer",
    "Quadratic",
    "RMSprop",
    "Rastrigin",
    "Rosenbrock",
    "Saddle",
    "SoftmaxRegression",
    "Trajectory",
    "datasets",
    "descend",
    "explorers",
    "fit",
    "get_language",
    "label",
    "plots",
    "set_language",
    "show_source",
    "surface",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'optimlib' has no attribute {name!r}")
    module = importlib.import_module(f"optimlib.{_LAZY[name]}")
    return module if name == _LAZY[name] else getattr(module, name)
