"""Explorers whose figure follows from a few settings: the browser computes it, and here optimlib does the same."""

from __future__ import annotations

from typing import Any, ClassVar

from optimlib import validate
from optimlib.explorers.base import Explorer
from optimlib.language import BAR


class Sheet(Explorer):
    """Base class. A subclass has a trait for each setting, and sets `_esm`, `title`, `height`, and `story`.

    height: of the live figure in a wide and in a narrow column, in CSS pixels: a page keeps that room free.
    story: the caption, unless the reader gives one.
    """

    height: ClassVar[tuple[int, int]]
    story: ClassVar[str]

    def _open(self, lang: str, caption: str | None, settings: dict[str, Any], **more: Any) -> None:
        """To be called by __init__ with the checked settings, and what else the browser has to know."""
        if caption is not None and not isinstance(caption, str):
            raise TypeError(f"caption must be a string `中文{BAR}English`, got {caption!r}")
        spec = {
            "title": self.title,
            "caption": self.story if caption is None else caption,
            "initial": settings,
            "lang": self._language(lang),
            **more,
        }
        super().__init__(spec=spec, lang=self._language(lang), **settings)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as the controls show them now."""
        return {key: getattr(self, key) for key in self.spec["initial"]}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.settings.items())})"

    def has_twin(self) -> bool:
        return True

    def _layout(self) -> dict[str, int]:
        return dict(zip(("wide", "narrow"), self.height, strict=True))


def within(name: str, value: Any, low: float, high: float) -> float:
    """A finite number from low to high; ValueError or TypeError that name it."""
    validate.finite(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, got {value!r}")
    return float(value)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """An integer from low to high."""
    if validate.count(name, value, least=low) > high:
        raise ValueError(f"{name} must be an integer from {low} to {high}, got {value!r}")
    return int(value)


def switch(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value
