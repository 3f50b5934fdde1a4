"""The words around the text: Chinese for what themes and extensions leave in English."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.i18n import CatalogRepository

LOCALES = Path(__file__).resolve().parents[1] / "locale"


def compile_catalogs(language: str) -> None:
    """Compile book/locale/*.po where the text is newer than its binary."""
    for catalog in CatalogRepository(LOCALES.parent, [LOCALES.name], language, "utf-8").catalogs:
        if catalog.is_outdated():
            catalog.write_mo(language)


def setup(app: Sphinx) -> dict[str, Any]:
    compile_catalogs(app.config.language)
    # The first catalog of a domain wins, so this extension stands before the ones that it completes.
    for domain in ("sphinx", "booktheme", "exercise"):
        app.add_message_catalog(domain, str(LOCALES))
    # Jupyter Book always passes the options of sphinx_comments, which this book leaves out.
    app.add_config_value("comments_config", {}, "html")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
