"""Interactive figures: a Python class and a browser module each; see DescentExplorer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimlib.explorers.bundler import bundle, css

if TYPE_CHECKING:
    from optimlib.explorers.descent_explorer import DescentExplorer

__all__ = ["DescentExplorer", "bundle", "css"]


def __getattr__(name: str) -> Any:
    # The website's build needs only the bundle: anywidget and Matplotlib load with the first explorer.
    if name == "DescentExplorer":
        from optimlib.explorers.descent_explorer import DescentExplorer

        return DescentExplorer
    raise AttributeError(f"module 'optimlib.explorers' has no attribute {name!r}")
