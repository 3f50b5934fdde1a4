"""Build only what the book uses, and keep of it only what the next build needs: a changed page costs seconds."""

from typing import Any, ClassVar

import pybtex.plugin
from docutils import nodes
from pybtex.database import Entry
from pybtex.style import FormattedEntry
from pybtex.style.formatting.alpha import Style
from sphinx.application import Sphinx

# What references ask for again in every chapter.
_PLUGINS = (
    ("pybtex.style.names", "plain"),
    ("pybtex.style.names", "last"),
    ("pybtex.style.labels", "alpha"),
    ("pybtex.style.sorting", "author_year_title"),
    ("pybtex.backends", "docutils"),
    ("pybtex.backends", "plaintext"),
)


class RememberingStyle(Style):
    """The style "alpha", which sets a work only once however many chapters cite it."""

    _set: ClassVar[dict[tuple[str, str], FormattedEntry]] = {}

    def format_entry(self, label: str, entry: Entry, bib_data: Any = None) -> FormattedEntry:
        key = (label, entry.key)
        if key not in self._set:
            self._set[key] = super().format_entry(label, entry, bib_data)
        return self._set[key]


def register_plugins() -> None:
    """Register pybtex's own plugins by hand: else it looks through all installed packages each time."""
    pybtex.plugin.register_plugin("pybtex.style.formatting", "alpha", RememberingStyle, force=True)
    for group, name in _PLUGINS:
        pybtex.plugin.register_plugin(group, name, pybtex.plugin.find_plugin(group, name), force=True)


def leave_out_stock_search(app: Sphinx) -> None:
    """Leave out Sphinx's own index, which no page loads, but not the page, which is the book's own."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]
        app.config.html_additional_pages["search"] = "search.html"


def cut_registered_exercises(app: Sphinx, doctree: nodes.document) -> None:
    """Let sphinx_exercise remember its exercises instead of the whole pages on which they stand.

    It keeps nodes in Sphinx's environment; a node leads to its page, and the environment is read and written by each
    build.
    """
    for entry in getattr(app.env, "sphinx_exercise_registry", {}).values():
        if entry["docname"] == app.env.docname:
            entry["node"] = entry["node"].deepcopy()
            for node in entry["node"].findall():
                node._document = None


def setup(app: Sphinx) -> dict[str, Any]:
    register_plugins()
    app.connect("builder-inited", leave_out_stock_search)
    app.connect("doctree-read", cut_registered_exercises, priority=900)  # after those that look at the page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
