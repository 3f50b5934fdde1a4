"""Search without a server: the text of each page, and an index of pairs of Chinese characters and of words.

Sphinx's own index cuts Chinese into words of a dictionary and misses what the dictionary lacks. Pairs need no
dictionary. `static/search.js` reads what is written here.
"""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from book.extensions.katex import plain_formula

Section = tuple[str, str, str]  # id, heading, text
_HAN = "\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_HAN}]+")
_WORD = re.compile(r"[^\W\d_]+\d*|\d+")
# Characters and words that stand on every page: pairs with them would be half of the index.
_SKIPPED_HAN = "的了是在和与也就都而及这那有不为以一个它把被让从到对里上下中会能要么们吗呢吧又再才还只但或者如果所"
_SKIPPED_WORDS = (
    "a an and are as at be been but by can do does for from had has have if in into is it its not of on or so than that"
    " the their then there these they this to was we were what when which will with you your"
)
# What letters stand for in a list of pages: from 60 on, another letter follows.
ALPHABET = [chr(code) for code in range(0x23, 0x7F) if chr(code) not in "\\`"]


def normal(text: str) -> str:
    """Return the text as it is compared: one width, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(text: str) -> Counter[str]:
    """Count the words of a text and the pairs of its Chinese characters; a character alone counts as itself."""
    skipped_han, skipped_words = set(_SKIPPED_HAN), set(_SKIPPED_WORDS.split())
    text = normal(text)
    found: Counter[str] = Counter()
    for run in _RUN.findall(text):
        for part in re.split(f"[{_SKIPPED_HAN}]", run):
            found.update([part] if len(part) == 1 else (part[i : i + 2] for i in range(len(part) - 1)))
    for word in _WORD.findall(_RUN.sub(" ", text)):
        if 1 < len(word) < 30 and word not in skipped_words and word not in skipped_han and not word.isdigit():
            found[word] += 1
    return found


def encode(pages: dict[int, int]) -> str:
    """Return a list of pages, number → occurrences, as letters."""
    letters, former = [], -1
    for page in sorted(pages):
        often = min(3, pages[page].bit_length() - 1)
        value, former = (page - former - 1) * 4 + often, page
        while value >= 60:
            letters.append(ALPHABET[60 + value % 30])
            value //= 30
        letters.append(ALPHABET[value])
    return "".join(letters)


def make_index(pages: dict[str, list[Section]]) -> str:
    """Return the script with the index of the pages, in their order."""
    places: dict[str, dict[int, int]] = {}
    heads = []
    for number, (name, sections) in enumerate(pages.items()):
        heads.append([name, sections[0][1], [[place, heading] for place, heading, _ in sections[1:]]])
        text = "\n".join(f"{heading}\n{body}" for _, heading, body in sections)
        for term, times in terms(text).items():
            places.setdefault(term, {})[number] = times
    groups: dict[str, list[str]] = {}
    words = []
    for term in sorted(places):
        if _RUN.match(term):
            groups.setdefault(term[0], []).append((term[1:] or " ") + encode(places[term]))
        else:
            words.append(f"{term} {encode(places[term])}")
    lines = [first + "".join(group) for first, group in groups.items()] + words
    index = {"pages": heads, "words": "\n".join(lines), "skipped": [*_SKIPPED_HAN, *_SKIPPED_WORDS.split()]}
    return f"BookSearch.index({_json(index)});\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(node: nodes.Node) -> str:
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.math):
        return plain_formula(node.astext())
    if _is_entry(node):
        return ""  # a section of its own
    hidden = (nodes.raw, nodes.math_block, nodes.literal_block, nodes.comment, nodes.image, nodes.target)
    if isinstance(node, hidden) or "cell_output" in getattr(node, "attributes", {}).get("classes", []):
        captions = node.findall(nodes.caption) if isinstance(node, nodes.container) else []
        return " ".join(_text(child) for caption in captions for child in caption.children) + " "
    text = "".join(_text(child) for child in node.children)
    return text if isinstance(node, nodes.Inline) else f"{text} "


def _is_entry(node: nodes.Node) -> bool:
    """Whether this is a term of the glossary with its meaning: a reader who searches for it wants to land there."""
    return isinstance(node, nodes.definition_list_item) and bool(node[0]["ids"])


def page_sections(doctree: nodes.document) -> list[Section]:
    """Return the sections of a page in their order; the first has the page's title and no id."""
    found = []
    for section in doctree.findall(lambda node: isinstance(node, nodes.section) or _is_entry(node)):
        if _is_entry(section):
            term, *meaning = section.children
            texts = (" ".join("".join(map(_text, part)).split()) for part in (term.children, meaning))
            found.append((term["ids"][0], *texts))
            continue
        title = " ".join("".join(_text(child) for child in section[0].children).split()) if len(section) else ""
        body = "".join(_text(child) for child in section.children[1:] if not isinstance(child, nodes.section))
        if not isinstance(section[0], nodes.title):  # the body of an exercise is a section without a title
            title, body = (found[-1][1] if found else ""), f"{_text(section[0])} {body}"
        found.append((section["ids"][0] if found and section["ids"] else "", title, " ".join(body.split())))
    return found or [("", "", "")]


def _folder(app: Sphinx) -> Path:
    return Path(app.outdir) / "_static" / "search"


def write_text(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Write the text of a page beside it, each time that the page is written."""
    if doctree is None or app.builder.format != "html":
        return
    path = _folder(app) / f"{pagename}.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    script = f"BookSearch.text({_json(pagename)},{_json(page_sections(doctree))});\n"
    path.write_text(script, encoding="utf-8", newline="\n")


def read_text(path: Path) -> list[Section]:
    """Return the sections that `write_text` wrote."""
    script = path.read_text(encoding="utf-8")
    return json.loads(f"[{script[len('BookSearch.text(') : -len(');') - 1]}]")[1]


def write_index(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of all pages, also of those that were not written this time."""
    if exception or app.builder.format != "html":
        return
    folder = _folder(app)
    files = {name: folder / f"{name}.js" for name in sorted(app.env.found_docs)}
    pages = {name: read_text(path) for name, path in files.items() if path.exists()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.js").write_text(make_index(pages), encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", write_text)
    app.connect("build-finished", write_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
