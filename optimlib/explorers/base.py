"""What all explorers share: an anywidget whose stored output is a figure that needs neither kernel nor script."""

from __future__ import annotations

import base64
import html
import json
from typing import Any, ClassVar

import anywidget
import traitlets

from optimlib import validate
from optimlib.explorers.bundler import css
from optimlib.explorers.darkness import with_dark_colors
from optimlib.explorers.traits import Choice
from optimlib.language import BAR, get_language, label

LANGUAGES = ("auto", "zh", "en")


class Explorer(anywidget.AnyWidget):
    """Base class. A subclass sets `_esm` and `title`, and defines `_alt`, `_snapshot`, `_layout`, and `has_twin`.

    spec: what the view needs to know and never changes; its "initial" holds the first values of the settings.
    caption: a bilingual string, see `label`, shown below the figure.
    """

    title: ClassVar[str]
    _css = css()

    spec = traitlets.Dict().tag(sync=True)
    lang = Choice(LANGUAGES)

    @staticmethod
    def _language(lang: str) -> str:
        """ "auto" follows `optimlib.set_language`, and where that says "both", the reader's browser."""
        validate.one_of("lang", lang, LANGUAGES)
        return get_language() if lang == "auto" and get_language() != "both" else lang

    @staticmethod
    def _checked_caption(caption: Any, story: str) -> str:
        """`story` unless the reader gives one."""
        if caption is not None and not isinstance(caption, str):
            raise TypeError(f"caption must be a string `中文{BAR}English`, got {caption!r}")
        return story if caption is None else caption

    def _alt(self) -> str:
        """The figure in words, a bilingual string, see `label`."""
        raise NotImplementedError

    def _snapshot(self) -> str:
        """The figure's first state as SVG: no words, only symbols and names, since it serves both languages."""
        raise NotImplementedError

    def _layout(self) -> dict[str, int]:
        """Numbers that decide how high the live figure will be, as CSS variables."""
        raise NotImplementedError

    def has_twin(self) -> bool:
        """Can the browser compute this figure alone? If not, a page without a kernel keeps the snapshot."""
        raise NotImplementedError

    def to_html(self) -> str:
        """The stored form: a snapshot with its caption and, where a browser can compute it, the data for that."""
        data = ""
        if self.has_twin():
            # ASCII JSON: a raw ｜ would be taken for the border between two languages.
            spec = html.escape(json.dumps(self.spec, ensure_ascii=True, separators=(",", ":")), quote=True)
            style = ";".join(f"--{key}:{value}" for key, value in self._layout().items())
            data = f' data-explorer="{type(self).__name__}" data-spec="{spec}" style="{style}"'
        image = base64.b64encode(with_dark_colors(self._snapshot()).encode()).decode()
        return (
            f'<figure class="optimlib-explorer"{data}>'
            f'<img src="data:image/svg+xml;base64,{image}" alt="{html.escape(label(self._alt()), quote=True)}">'
            f"<figcaption>{html.escape(label(self.spec['caption']), quote=False)}</figcaption></figure>"
        )

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        found = super()._repr_mimebundle_(**options)
        data, metadata = found if found is not None else ({"text/plain": repr(self)}, {})
        return {**data, "text/html": self.to_html()}, metadata
