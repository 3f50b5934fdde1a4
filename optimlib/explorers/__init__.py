"""Interactive figures: a Python class and a browser module each, by the names in bundler.VIEWS.

`Sensitivity` holds a reader's own runs for SensitivityExplorer.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimlib.explorers.bundler import VIEWS, bundle, css, site_scripts

if TYPE_CHECKING:  # pragma: no cover
    from optimlib.explorers.averaging_explorer import AveragingExplorer
    from optimlib.explorers.basin_explorer import BasinExplorer
    from optimlib.explorers.batch_explorer import BatchExplorer
    from optimlib.explorers.conditioning_explorer import ConditioningExplorer
    from optimlib.explorers.descent_explorer import DescentExplorer
    from optimlib.explorers.learning_rate_explorer import LearningRateExplorer
    from optimlib.explorers.momentum_explorer import MomentumExplorer
    from optimlib.explorers.saddle_explorer import SaddleExplorer
    from optimlib.explorers.schedule_explorer import ScheduleExplorer
    from optimlib.explorers.second_moment_explorer import SecondMomentExplorer
    from optimlib.explorers.sensitivity_explorer import SensitivityExplorer
    from optimlib.explorers.sensitivity_runs import Sensitivity
    from optimlib.explorers.staleness_explorer import StalenessExplorer

__all__ = [
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
    "Sensitivity",
    "SensitivityExplorer",
    "StalenessExplorer",
    "bundle",
    "css",
    "site_scripts",
]


def __getattr__(name: str) -> Any:
    # The website's build needs only the scripts: anywidget and Matplotlib load with the first explorer.
    if name == "Sensitivity":
        module = "sensitivity_runs"
    elif name in VIEWS:
        module = Path(VIEWS[name]).stem
    else:
        raise AttributeError(f"module 'optimlib.explorers' has no attribute {name!r}")
    return getattr(importlib.import_module(f"optimlib.explorers.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
