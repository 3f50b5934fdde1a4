"""Explorers whose figure follows from a few settings: the browser computes it, and here optimlib does the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from optimlib.explorers.base import Explorer

# How high each explorer is, by name and language, for widths of its column up to 299, 319, 349, 399, 579, 639 pixels,
# and above: js/explorer.css has the same borders. Measured by `python -m book heights`.
WIDTHS = (299, 319, 349, 399, 579, 639)
HEIGHTS: dict[str, dict[str, list[int]]] = json.loads((Path(__file__).parent / "heights.json").read_text())


class Sheet(Explorer):
    """Base class. A subclass has a trait for each setting, and sets `_esm`, `title`, and `story`.

    story: the caption, unless the reader gives one.
    """

    story: ClassVar[str]

    def _open(self, lang: str, caption: str | None, settings: dict[str, Any], **more: Any) -> None:
        """To be called by __init__ with the settings, and what else the browser has to know."""
        for name, value in settings.items():  # before the widget opens: a browser hears only of what is valid
            setattr(self, name, value)
        spec = {
            "title": self.title,
            "caption": self._checked_caption(caption, self.story),
            "initial": {name: getattr(self, name) for name in settings},
            "lang": self._language(lang),
            **more,
        }
        super().__init__(spec=spec, lang=self._language(lang))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as the controls show them now."""
        return {key: getattr(self, key) for key in self.spec["initial"]}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self.settings.items())})"

    def has_twin(self) -> bool:
        return True

    def _layout(self) -> dict[str, int]:
        known = HEIGHTS.get(type(self).__name__, {})  # a subclass has no view of its own, and stays a snapshot
        return {
            f"{letter}{k}": px
            for letter, lang in (("h", "zh"), ("e", "en"))
            for k, px in enumerate(known.get(lang, []))
        }
