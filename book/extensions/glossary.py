"""Terms in the text lead to the glossary, quietly; the cards that show their meanings come from here too.

A term is linked where it first stands in a section of the second level (a word that stands everywhere: on a page), in
running text only, at most `MOST` terms a paragraph, and not in the section that treats it.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode

from book.bilingual import language_of
from book.extensions.search import read_text
from book.glossary import PREFIX, TARGET, Finder, Term, finder, read_glossary

PAGE = TARGET.with_suffix("").as_posix()
SCRIPT = "glossary.js"
MOST = 3
# Nothing inside of these is running text.
_SKIPPED = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.raw,
    nodes.image,
    nodes.figure,
    nodes.table,
    nodes.comment,
    nodes.citation,
    nodes.footnote,
    nodes.target,
    addnodes.pending_xref,
)
_OTHER = {"zh": "en", "en": "zh-CN"}


@cache
def terms(root: Path) -> dict[str, Term]:
    """Return the book's terms by their keys."""
    return {term.key: term for theme in read_glossary(root) for term in theme.terms}


@dataclass
class Linker:
    """Walks over a page and links its terms."""

    app: Sphinx
    page: str
    finder: Finder
    terms: dict[str, Term]
    on_page: set[str] = field(default_factory=set)
    in_section: set[str] = field(default_factory=set)
    treated: list[str] = field(default_factory=list)
    left: int = 0

    def walk(self, node: nodes.Node, level: int = 0) -> None:
        """Link the terms below a node."""
        if isinstance(node, _SKIPPED) or "cell" in getattr(node, "attributes", {}).get("classes", []):
            return
        if isinstance(node, nodes.Text):
            self.link(node)
            return
        section = isinstance(node, nodes.section) and isinstance(node[0], nodes.title)
        if section:
            level += 1
            if level == 2:
                self.in_section = set()
            self.treated += node["ids"]
        elif isinstance(node, nodes.paragraph):
            self.left = MOST
        for child in list(node.children):
            self.walk(child, level)
        if section:
            del self.treated[len(self.treated) - len(node["ids"]) :]

    def link(self, text: nodes.Text) -> None:
        """Split a text at its terms."""
        words, parts, end = text.astext(), [], 0
        for start, stop, key in self.finder.find(words):
            term = self.terms[key]
            linked = self.on_page if term.often else self.in_section
            if key in linked or term.see in self.treated or not self.left:
                continue
            linked.add(key)
            self.left -= 1
            parts += [nodes.Text(words[end:start]), self.reference(term, words[start:stop])]
            end = stop
        if parts:
            parent = text.parent
            parent.replace(text, [part for part in (*parts, nodes.Text(words[end:])) if part.astext()])

    def reference(self, term: Term, words: str) -> nodes.reference:
        """Return the link of a term."""
        link = make_refnode(self.app.builder, self.page, PAGE, term.place, nodes.Text(words))
        link["classes"] = ["term"]
        return link


def link_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link the terms of a page; a book that is one page (for print) has none of it."""
    if app.builder.name != "html" or PAGE not in app.env.found_docs or docname == PAGE:
        return
    root = Path(app.srcdir)
    Linker(app, docname, finder(root, language_of(app.config.language)), terms(root)).walk(doctree)


def gather_entries(app: Sphinx, doctree: nodes.document) -> None:
    """On the glossary's page, make one list of each section's entries, and give each term its id."""
    if app.env.docname != PAGE:
        return
    language = language_of(app.config.language)
    for section in doctree.findall(nodes.section):
        entries = [child for child in section.children if isinstance(child, nodes.definition_list)]
        if not entries:
            continue
        for entry in entries:
            term = entry[0][0]
            term["ids"] = [place for place in entry["ids"] if place.startswith(PREFIX)]
            entry["ids"] = []
            # "（learning rate）" is not spoken as Chinese.
            name = next(term.findall(nodes.strong))
            other = nodes.inline("", term.astext()[len(name.astext()) :], classes=[f"language-{_OTHER[language]}"])
            term[:] = [name, other]
        first, *rest = entries
        for entry in rest:
            first += entry.children
            section.remove(entry)
        first["classes"] = ["glossary"]
        first.replace_self(addnodes.glossary("", first.deepcopy()))


def write_cards(app: Sphinx, exception: Exception | None) -> None:
    """Write what the cards show, when all pages are written: they name the sections that treat a term."""
    if exception or app.builder.name != "html" or PAGE not in app.env.found_docs:
        return
    language = language_of(app.config.language)
    labels = app.env.domains["std"].labels  # type: ignore[attr-defined]
    static = Path(app.outdir) / "_static"
    cards = {}
    for term in terms(Path(app.srcdir)).values():
        card: list[str] = [term.name[language], term.other_name(language), term.meaning[language]]
        if term.see:
            page, place, _ = labels[term.see]
            sections = read_text(static / "search" / f"{page}.js")
            title = next((heading for section, heading, _ in sections if section == place), sections[0][1])
            card += [f"{page}.html#{place}", title]
        cards[term.place] = card
    text = json.dumps(cards, ensure_ascii=False, separators=(",", ":"))
    (static / SCRIPT).write_text(f"BookCards.terms({text});\n", encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", gather_entries, priority=200)
    app.connect("doctree-resolved", link_terms, priority=900)
    app.connect("build-finished", write_cards, priority=600)  # after the texts for the search are written (500)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
