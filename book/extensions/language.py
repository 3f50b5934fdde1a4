"""Keep one language: notebooks as they are read, configured titles, captions of the table of contents, anchors."""

import json
from collections import Counter
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from book.bilingual import language_of, monolingual, split_value


def split_titles(app: Sphinx, config: Config) -> None:
    """Keep one half of every configured string: titles, theme options, prompts."""
    language = language_of(config.language)
    for option in list(config):
        kept = split_value(option.value, language)
        if kept != option.value:
            setattr(config, option.name, kept)


def split_captions(app: Sphinx, config: Config) -> None:
    """Keep one half of the captions and titles of _toc.yml."""
    language = language_of(config.language)
    for document in config.external_site_map.values():
        document.title = split_value(document.title, language)
        for tree in document.subtrees:
            tree.caption = split_value(tree.caption, language)
            for item in tree.items:
                if getattr(item, "title", None):
                    item.title = split_value(item.title, language)


def keep_language(app: Sphinx, docname: str, content: list[str]) -> None:
    """Hand Sphinx a notebook of one language; the numbers of its cells stay those of the file."""
    path = app.env.doc2path(docname)
    if not path.endswith(".ipynb"):
        return
    try:
        notebook = json.loads(content[0])
        content[0] = json.dumps(monolingual(notebook, language_of(app.config.language), keep_positions=True))
    except ValueError as error:
        raise ExtensionError(f"{docname}.ipynb: {error}") from error


def name_sections_by_label(app: Sphinx, doctree: nodes.document) -> None:
    """Let a section's label be its only id, so that a link to a place works in both editions.

    Docutils puts an id made of the heading's words first: English words, or `id3` for a Chinese heading.
    """
    labels = {doctree.nameids[name] for name, explicit in doctree.nametypes.items() if explicit}
    counts: Counter[str] = Counter()
    for section in doctree.findall(nodes.section):
        own = [label for label in section["ids"] if label in labels]
        if own:
            section["ids"] = own
        elif section["ids"] in (["exercise-content"], ["solution-content"]):
            # sphinx_exercise gives the bodies of all of a page's exercises this same id.
            counts[section["ids"][0]] += 1
            section["ids"] = [f"{section['ids'][0]}-{counts[section['ids'][0]]}"]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", split_titles, priority=10)  # before the theme reads its options
    app.connect("config-inited", split_captions, priority=910)  # after sphinx_external_toc read _toc.yml (900)
    app.connect("source-read", keep_language, priority=100)
    app.connect("doctree-read", name_sections_by_label, priority=100)  # before titles and labels are collected (500)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
