"""Traits that say what they accept: an error names the trait, the value, and what was expected, whenever it is set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from optimlib import validate


class _Shared(traitlets.TraitType[Any, Any]):
    """A trait that kernel and browser share."""

    def __init__(self, first: Any) -> None:
        super().__init__(first)
        self.tag(sync=True)


class Number(_Shared):
    """A finite number from low to high."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__(float(low))
        self.low, self.high = low, high

    def validate(self, obj: Any, value: Any) -> float:
        return within(str(self.name), value, self.low, self.high)


class Whole(_Shared):
    """An integer from low to high."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low)
        self.low, self.high = low, high

    def validate(self, obj: Any, value: Any) -> int:
        if validate.count(str(self.name), value, least=self.low) > self.high:
            raise ValueError(f"{self.name} must be an integer from {self.low} to {self.high}, got {value!r}")
        return int(value)


class Switch(_Shared):
    """True or False."""

    def __init__(self) -> None:
        super().__init__(False)

    def validate(self, obj: Any, value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError(f"{self.name} must be True or False, got {value!r}")
        return value


class Choice(_Shared):
    """One of these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(self.names[0])

    def validate(self, obj: Any, value: Any) -> str:
        return validate.one_of(str(self.name), value, self.names)


class Checked(_Shared):
    """What the explorer's method `_check_…`, by the name of the trait, accepts and returns."""

    def __init__(self) -> None:
        super().__init__(traitlets.Undefined)

    def validate(self, obj: Any, value: Any) -> Any:
        return getattr(obj, f"_check_{self.name}")(value)


def within(name: str, value: Any, low: float, high: float) -> float:
    """A finite number from low to high; ValueError or TypeError that name it."""
    number = single(name, value)
    if not low <= number <= high:
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}")
    return number


def single(name: str, value: Any) -> float:
    """One finite number, no array of them."""
    validate.finite(name, value)
    if np.ndim(value):
        raise TypeError(f"{name} must be one number, got {value!r}")
    return float(value)
