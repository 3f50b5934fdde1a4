"""The update rules. A rule is a frozen dataclass with two pure methods:

    state = optimizer.init(theta)                  # dict of named arrays; names are the symbols of the formulas
    step, state = optimizer.update(grad, state)    # then theta = theta + step

Any object with these two methods works everywhere in optimlib; no base class is needed. Rules that need more than
the gradient say so: see `Optimizer` in rule.py.

Shapes: theta and grad are (*batch, d). A hyperparameter is a number, or an array of shape (*batch,) with one
value for each run; `lr` may also be a schedule, a callable t -> number, t = 1, 2, …
In the rules that treat each coordinate alone only + − × ÷ and √ occur, and β^t is a running product: so the
JavaScript twins agree bit for bit.

Files, easiest first: basic, adaptive, adam, sparse, layerwise, matrix, averaging, second_order, combinators.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pragma: no cover (for editors and mypy; when used they come through __getattr__)
    from optimlib.optimizers.adam import AdaBelief, Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam, Yogi
    from optimlib.optimizers.adaptive import Adadelta, Adagrad, CenteredRMSprop, MomentumRMSprop, RMSprop
    from optimlib.optimizers.averaging import ScheduleFreeAdamW, ScheduleFreeSGD
    from optimlib.optimizers.basic import SGD, EMAMomentum, Momentum, Nesterov
    from optimlib.optimizers.combinators import (
        SAM,
        ClipByNorm,
        ClipByValue,
        CoupledWeightDecay,
        DecoupledWeightDecay,
        Lookahead,
    )
    from optimlib.optimizers.layerwise import LAMB, LARS, Adafactor, Lion
    from optimlib.optimizers.matrix import SOAP, Muon, Shampoo
    from optimlib.optimizers.rule import Optimizer
    from optimlib.optimizers.second_order import LBFGS, GaussNewton, Newton
    from optimlib.optimizers.sparse import LazyAdam

# The families, and their rules in the order in which the book lists them. A family loads when one of its names is first
# used: Python takes half a millisecond to make a dataclass, and nobody uses all of them.
_RULES = {
    "basic": ("SGD", "Momentum", "EMAMomentum", "Nesterov"),
    "adaptive": ("Adagrad", "RMSprop", "CenteredRMSprop", "MomentumRMSprop", "Adadelta"),
    "adam": ("Adam", "AdamW", "AMSGrad", "Adamax", "NAdam", "RAdam", "Yogi", "AdaBelief"),
    "sparse": ("LazyAdam",),
    "layerwise": ("Lion", "LARS", "LAMB", "Adafactor"),
    "matrix": ("Muon", "Shampoo", "SOAP"),
    "averaging": ("ScheduleFreeSGD", "ScheduleFreeAdamW"),
    "second_order": ("Newton", "GaussNewton", "LBFGS"),
}
_AROUND = {
    "combinators": ("ClipByValue", "ClipByNorm", "CoupledWeightDecay", "DecoupledWeightDecay", "Lookahead", "SAM"),
}
_HOME = {name: family for families in (_RULES, _AROUND) for family, names in families.items() for name in names}
_HOME["Optimizer"] = "rule"

# Every rule by its name, and apart from them the rules that need another one inside.
OPTIMIZERS: dict[str, type]
COMBINATORS: dict[str, type]

__all__ = [
    "COMBINATORS",
    "LAMB",
    "LARS",
    "LBFGS",
    "OPTIMIZERS",
    "SAM",
    "SGD",
    "SOAP",
    "AMSGrad",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "CenteredRMSprop",
    "ClipByNorm",
    "ClipByValue",
    "CoupledWeightDecay",
    "DecoupledWeightDecay",
    "EMAMomentum",
    "GaussNewton",
    "LazyAdam",
    "Lion",
    "Lookahead",
    "Momentum",
    "MomentumRMSprop",
    "Muon",
    "NAdam",
    "Nesterov",
    "Newton",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "Shampoo",
    "Yogi",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in ("OPTIMIZERS", "COMBINATORS"):
        families = _RULES if name == "OPTIMIZERS" else _AROUND
        value = {rule: globals().get(rule) or __getattr__(rule) for names in families.values() for rule in names}
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # found at once from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # so that completion offers what is not loaded yet
