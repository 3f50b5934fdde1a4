"""Pages with explorers, and only they, load the explorers' script and style; both work from file:// too."""

import hashlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from optimlib.explorers import css, site_scripts

FOLDER = "_static/explorers"


def assets() -> dict[str, str]:
    """The files by name."""
    return {"explorers.css": css(), **site_scripts()}


def link_assets(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Name the files in the head of a page that has an explorer.

    They are not registered with Sphinx: it would look for them now, to append a checksum, but they come last.
    """
    if 'data-explorer="' not in context.get("body", ""):
        return
    files = assets()
    # One version for all: explorers.js asks for its companions under its own address.
    version = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:8]
    for name in ("explorers.css", "explorers.js"):
        address = f"{context['pathto'](f'{FOLDER}/{name}', 1)}?v={version}"
        link = (
            f'<link rel="stylesheet" href="{address}">'
            if name.endswith(".css")
            else f'<script defer src="{address}"></script>'
        )
        context["metatags"] = f"{context.get('metatags', '')}\n{link}"


def write_assets(app: Sphinx, exception: Exception | None) -> None:
    """Write the files after Jupyter Book has looked for scripts: it would add them to every page."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in assets().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", link_assets)
    app.connect("build-finished", write_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
