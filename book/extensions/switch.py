"""Every page knows its twin in the other edition: a button in the header and `rel=alternate` links."""

from typing import Any

from sphinx.application import Sphinx

from book.bilingual import LANGUAGES, language_of

NAMES = {"zh": "中文", "en": "English"}
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
HINTS = {"zh": "用中文阅读本页", "en": "Read this page in English"}


def add_twin(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Give templates `twin` (the same page in the other language) and `editions` (for the head)."""
    if not app.config.book_editions:
        return
    root = context["content_root"]
    own = language_of(app.config.language)
    (other,) = set(LANGUAGES) - {own}
    suffix = app.builder.out_suffix  # type: ignore[attr-defined]

    def address(language: str) -> str:
        return f"{root}../{language}/{pagename}{suffix}"

    context["editions"] = [{"lang": HTML_LANGUAGE[language], "href": address(language)} for language in LANGUAGES]
    context["twin"] = {
        "key": other,
        "lang": HTML_LANGUAGE[other],
        "href": address(other),
        "name": NAMES[other],
        "hint": HINTS[other],
    }


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_editions", False, "html", bool)
    app.connect("html-page-context", add_twin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
