"""optimlib: the optimization algorithms of deep learning, small enough to read.

`import optimlib as ol` costs little more than `import numpy`: plots, data sets, and explorers load when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from optimlib.descend import Trajectory, descend
from optimlib.language import get_language, label, set_language
from optimlib.optimizers import __all__ as _RULES

if TYPE_CHECKING:  # pragma: no cover (for editors and mypy; when used they come through _LAZY)
    from optimlib.coordinates import coordinatewise
    from optimlib.exercises import check
    from optimlib.explorers import (
        AveragingExplorer,
        BasinExplorer,
        BatchExplorer,
        ConditioningExplorer,
        DescentExplorer,
        LearningRateExplorer,
        MomentumExplorer,
        SaddleExplorer,
        ScheduleExplorer,
        SecondMomentExplorer,
        SensitivityExplorer,
        StalenessExplorer,
    )
    from optimlib.fused import fuse
    from optimlib.minibatches import MiniBatches
    from optimlib.models import (
        MLP,
        LinearRegression,
        LogisticRegression,
        MatrixFactorization,
        SoftmaxRegression,
        SparseLogisticRegression,
    )
    from optimlib.noise import GradientNoise
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
        COMBINATORS,
        LAMB,
        LARS,
        LBFGS,
        OPTIMIZERS,
        SAM,
        SGD,
        SOAP,
        AdaBelief,
        Adadelta,
        Adafactor,
        Adagrad,
        Adam,
        Adamax,
        AdamW,
        AMSGrad,
        CenteredRMSprop,
        ClipByNorm,
        ClipByValue,
        CoupledWeightDecay,
        DecoupledWeightDecay,
        EMAMomentum,
        GaussNewton,
        LazyAdam,
        Lion,
        Lookahead,
        Momentum,
        MomentumRMSprop,
        Muon,
        NAdam,
        Nesterov,
        Newton,
        Optimizer,
        RAdam,
        RMSprop,
        ScheduleFreeAdamW,
        ScheduleFreeSGD,
        Shampoo,
        Yogi,
    )
    from optimlib.rangetest import RangeTest, range_test, range_test_of_training
    from optimlib.schedules import (
        SCHEDULES,
        ConstantRate,
        CosineDecay,
        CosineRestarts,
        ExponentialDecay,
        InverseSqrt,
        InverseTime,
        OneCycle,
        PolynomialDecay,
        StepDecay,
        WarmUp,
        WarmUpStableDecay,
    )
    from optimlib.sweeps import Sweep, sweep
    from optimlib.training import DataLoss, EarlyStopping, History, fit

__version__ = "0.1.0"

# Modules that load when first used, and the names that live in them. Some need Matplotlib, scikit-learn, or anywidget;
# the others are many small classes, and Python takes half a millisecond to make a dataclass. `descend` does not wait:
# its module has its name, and would stand in its place as soon as anything imports it.
_MODULES: dict[str, tuple[str, ...]] = {
    "plots": (),
    "datasets": (),
    "coordinates": ("coordinatewise",),
    "exercises": ("check",),
    "explorers": (
        "AveragingExplorer",
        "BasinExplorer",
        "BatchExplorer",
        "ConditioningExplorer",
        "DescentExplorer",
        "LearningRateExplorer",
        "MomentumExplorer",
        "SaddleExplorer",
        "ScheduleExplorer",
        "SecondMomentExplorer",
        "SensitivityExplorer",
        "StalenessExplorer",
    ),
    "fused": ("fuse",),
    "noise": ("GradientNoise",),
    "notebook": (
        "show_source",
        "table",
    ),
    "objectives": (
        "SURFACES",
        "Beale",
        "DoubleWell",
        "Himmelblau",
        "Objective",
        "Quadratic",
        "Rastrigin",
        "Rosenbrock",
        "Saddle",
        "surface",
    ),
    "optimizers": (*_RULES,),
    "minibatches": ("MiniBatches",),
    "models": (
        "MLP",
        "LinearRegression",
        "LogisticRegression",
        "MatrixFactorization",
        "SoftmaxRegression",
        "SparseLogisticRegression",
    ),
    "rangetest": (
        "RangeTest",
        "range_test",
        "range_test_of_training",
    ),
    "schedules": (
        "SCHEDULES",
        "ConstantRate",
        "CosineDecay",
        "CosineRestarts",
        "ExponentialDecay",
        "InverseSqrt",
        "InverseTime",
        "OneCycle",
        "PolynomialDecay",
        "StepDecay",
        "WarmUp",
        "WarmUpStableDecay",
    ),
    "sweeps": (
        "Sweep",
        "sweep",
    ),
    "training": (
        "DataLoss",
        "EarlyStopping",
        "History",
        "fit",
    ),
}
_LAZY = {name: module for module, names in _MODULES.items() for name in (module, *names)}

__all__ = [
    "COMBINATORS",
    "LAMB",
    "LARS",
    "LBFGS",
    "MLP",
    "OPTIMIZERS",
    "SAM",
    "SCHEDULES",
    "SGD",
    "SOAP",
    "SURFACES",
    "AMSGrad",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "AveragingExplorer",
    "BasinExplorer",
    "BatchExplorer",
    "Beale",
    "CenteredRMSprop",
    "ClipByNorm",
    "ClipByValue",
    "ConditioningExplorer",
    "ConstantRate",
    "CosineDecay",
    "CosineRestarts",
    "CoupledWeightDecay",
    "DataLoss",
    "DecoupledWeightDecay",
    "DescentExplorer",
    "DoubleWell",
    "EMAMomentum",
    "EarlyStopping",
    "ExponentialDecay",
    "GaussNewton",
    "GradientNoise",
    "Himmelblau",
    "History",
    "InverseSqrt",
    "InverseTime",
    "LazyAdam",
    "LearningRateExplorer",
    "LinearRegression",
    "Lion",
    "LogisticRegression",
    "Lookahead",
    "MatrixFactorization",
    "MiniBatches",
    "Momentum",
    "MomentumExplorer",
    "MomentumRMSprop",
    "Muon",
    "NAdam",
    "Nesterov",
    "Newton",
    "Objective",
    "OneCycle",
    "Optimizer",
    "PolynomialDecay",
    "Quadratic",
    "RAdam",
    "RMSprop",
    "RangeTest",
    "Rastrigin",
    "Rosenbrock",
    "Saddle",
    "SaddleExplorer",
    "ScheduleExplorer",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "SecondMomentExplorer",
    "SensitivityExplorer",
    "Shampoo",
    "SoftmaxRegression",
    "SparseLogisticRegression",
    "StalenessExplorer",
    "StepDecay",
    "Sweep",
    "Trajectory",
    "WarmUp",
    "WarmUpStableDecay",
    "Yogi",
    "check",
    "coordinatewise",
    "datasets",
    "descend",
    "explorers",
    "fit",
    "fuse",
    "fused",
    "get_language",
    "label",
    "models",
    "plots",
    "range_test",
    "range_test_of_training",
    "schedules",
    "set_language",
    "show_source",
    "surface",
    "sweep",
    "sweeps",
    "table",
    "training",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'optimlib' has no attribute {name!r}")
    module = importlib.import_module(f"optimlib.{_LAZY[name]}")
    value = module if name == _LAZY[name] else getattr(module, name)
    globals()[name] = value  # found at once from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})  # so that completion offers what is not loaded yet
