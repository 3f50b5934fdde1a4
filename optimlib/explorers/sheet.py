"""Explorers whose figure follows from a few settings: the browser computes it, and here optimlib does the same."""

from __future__ import annotations

from typing import Any, ClassVar

from optimlib.explorers.base import Explorer


class Sheet(Explorer):
    """Base class. A subclass has a trait for each setting, and sets `_esm`, `title`, `height`, and `story`.

    height: of the live figure in CSS pixels, which a page keeps free: in Chinese, in a wide and in a narrow column, and
    in English.
    story: the caption, unless the reader gives one.
    """

    height: ClassVar[tuple[tuple[int, int], tuple[int, int]]]
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
        (wide, narrow), (wide_en, narrow_en) = self.height
        return {"wide": wide, "narrow": narrow, "wide-en": wide_en, "narrow-en": narrow_en}
