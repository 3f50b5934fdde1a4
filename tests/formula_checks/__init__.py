"""Which formula has which check: one module per chapter, named like the chapter's file.

A module holds CHECKS (label -> check) and may hold PLANTED (what is wrong -> label, the right LaTeX, the wrong LaTeX)
and EQUIVALENT ((label, LaTeX with a slip) -> why the formula is still right).
"""

import importlib
import pkgutil
from typing import Any

CHAPTERS = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]


def gather(name: str) -> dict[Any, Any]:
    """The entries of all chapters' dicts of this name; a key in two chapters is an error."""
    entries: dict[Any, Any] = {}
    for chapter in CHAPTERS:
        own = getattr(chapter, name, {})
        twice = entries.keys() & own.keys()
        if twice:
            raise ValueError(f"{chapter.__name__}.{name} has {sorted(twice)}, which another chapter has already")
        entries |= own
    return entries


def all_checks() -> dict:
    return gather("CHECKS")
