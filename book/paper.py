"""Make one page of a whole edition, ready to be printed: cover, contents, parts, chapters, links within the page."""

import html
import math
import posixpath
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from book.bilingual import split_text
from book.settings import base_url, read_config

PRINT = Path(__file__).with_name("print")
WORDS = {
    "zh": {"contents": "目录", "edition": "中文版", "version": "版本"},
    "en": {"contents": "Contents", "edition": "English edition", "version": "Version"},
}
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
_ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.S)
_FORMULA = '<span class="katex">'
_DRAWN = '<span class="katex-html" aria-hidden="true">'
_TEX = re.compile(r'<annotation encoding="application/x-tex">(.*?)</annotation>', re.S)
_ABOVE = re.compile(r'style="top:-([\d.]+)em;')
_BELOW = re.compile(r'style="top:(?!-|0em)|class="tag"')
_TITLE = re.compile(r"<h([1-6])>.*?</h\1>", re.S)
_HEADING = re.compile(r"<(/?)h([1-6])\b")
_POINTER = re.compile(r'(\s(?:id|for|aria-labelledby|aria-describedby|aria-controls))="([^"]*)"')
_ADDRESS = re.compile(r'(\s(?:href|xlink:href|src))="([^"]*)"')
_SECTION = re.compile(r'<section\b[^>]*\bid="([^"]*)"[^>]*>\s*<h([1-6])>(.*?)</h\2>', re.S)


@dataclass
class Entry:
    """A part, page, or section in the contents."""

    title: str  # HTML
    place: str  # id on the printed page
    level: int  # of its heading, from 1
    entries: list["Entry"] = field(default_factory=list)


@dataclass
class Page:
    """A page of the site within the printed book."""

    name: str  # chapters/03-algorithms/05-adam
    level: int  # of its title, from 1
    part: str = ""  # the part that begins with it


def pages_of(toc: dict[str, Any], language: str) -> list[Page]:
    """Return the pages of a table of contents, in order."""

    def below(item: dict[str, Any], level: int) -> Iterator[Page]:
        yield Page(item["file"], level)
        for inner in item.get("sections", []):
            yield from below(inner, level + 1)

    pages = [Page(toc["root"], 1)]
    for part in toc.get("parts", [toc]):
        caption = split_text(part.get("caption", ""), language)
        found = [page for item in part.get("chapters", []) for page in below(item, 2 if caption else 1)]
        if found:
            found[0].part = caption
        pages += found
    return pages


def version_of(root: Path) -> str:
    """Return the book's version: the configured one, else what git calls this state, else nothing."""
    if configured := read_config(root)["sphinx"]["config"].get("book_version"):
        return str(configured)
    try:
        top = _git(root, "rev-parse", "--show-toplevel")
        return _git(root, "describe", "--tags", "--always", "--dirty=+") if Path(top) == root.resolve() else ""
    except (OSError, subprocess.CalledProcessError):
        return ""  # no git, or a folder without history


def _git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def printed_page(root: Path, edition: Path, language: str, numbers: dict[str, int] | None = None) -> str:
    """Return the HTML of a whole edition.

    `edition` is the folder of its pages; addresses are relative to the folder above. `numbers` has the page numbers of
    the contents by their places; without them the contents leave room.
    """
    config = read_config(root)
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    base = base_url(config)
    pages = pages_of(toc, language)
    places = {page.name: f"p{number}" for number, page in enumerate(pages, 1)}
    bodies = {page.name: article(edition, page, places, f"{base}/{language}" if base else "") for page in pages}
    contents: list[Entry] = []
    for page in pages:
        if page.part:
            contents.append(Entry(html.escape(page.part), f"part-{places[page.name]}", 1))
        for entry in sections(bodies[page.name]):
            if entry.level <= page.level + 1:
                _add(contents, entry)
    environment = Environment(loader=FileSystemLoader(PRINT), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("paper.html").render(
        language=HTML_LANGUAGE[language],
        title=split_text(config["title"], language),
        words=WORDS[language],
        version=version_of(root),
        base=base,
        styles=[
            f"{edition.name}/_static/{name}"
            for name in ("style.css", "explorers/explorers.css")
            if (edition / "_static" / name).exists()
        ],
        style=Markup((PRINT / "paper.css").read_text(encoding="utf-8")),
        heads=Markup("\n".join(_running_head(places[page.name], bodies[page.name]) for page in pages)),
        art=Markup(cover_art()),
        pages=[(page, places[page.name], Markup(bodies[page.name])) for page in pages],
        contents=contents,
        numbers=numbers or {},
        markup=Markup,
    )


def article(edition: Path, page: Page, places: dict[str, str], published: str = "") -> str:
    """Return the text of a page: headings at their level in the book, ids of its own, links to places in the book."""
    text = (edition / f"{page.name}.html").read_text(encoding="utf-8")
    text = _ARTICLE.search(text).group(1).strip()  # type: ignore[union-attr]
    place = places[page.name]
    text = printed_formulas(text)
    text = _TITLE.sub(lambda match: re.sub(r' role="img" aria-label="[^"]*"', "", match[0]), text)
    # The picture in a figure has the words that are read aloud; the frame around it would be a second one without.
    text = text.replace("<figure", '<figure role="group"').replace("<details", "<details open")
    text = text.replace(' loading="lazy"', "")
    text = re.sub(r'<a class="headerlink".*?</a>', "", text)
    text = _HEADING.sub(lambda match: f"<{match[1]}h{min(6, int(match[2]) + page.level - 1)}", text)
    text = _POINTER.sub(lambda match: f'{match[1]}="{" ".join(f"{place}-{name}" for name in match[2].split())}"', text)
    text = re.sub(r"url\(#", f"url(#{place}-", text)
    # Only pictures have words in a PDF; links in them stay links.
    text = re.sub(r'(<svg\b[^>]*class="figure-svg"[^>]*) role="group"', r'\1 role="img"', text)
    return _ADDRESS.sub(lambda match: _moved(match, page.name, edition.name, places, published), text)


def printed_formulas(text: str) -> str:
    """Return the text with its formulas as pictures that are read aloud as LaTeX: PDFs by Chromium have no MathML.

    Chromium looks at each positioned box of the whole book while it paints a page, and KaTeX positions each row of a
    formula. Margins do the same, as long as all rows are shifted upward; then the formula is called flat.
    """
    before, *formulas = text.split(_FORMULA)
    parts = [before]
    for formula in formulas:
        mathml, _, drawn = formula.partition(_DRAWN)
        # A drawn sign, such as a tall bar, fills the row that it stands in; the sign of a root has a box of its own.
        positioned = _BELOW.search(drawn) or drawn.count("<svg") > drawn.count('class="hide-tail"')
        flat = "" if positioned else " flat"
        if flat:
            drawn = _ABOVE.sub(r'style="margin-top:-\1em;margin-bottom:\1em;', drawn)
        tex = _TEX.search(mathml)[1]  # type: ignore[index]
        parts.append(f'<span class="katex{flat}" role="img" aria-label="{tex}"><span class="katex-html">{drawn}')
    return "".join(parts)


def _moved(match: re.Match[str], name: str, folder: str, places: dict[str, str], published: str) -> str:
    attribute, address = match.groups()
    if re.match(r"[a-z][a-z+.-]*:|//", address):
        return match.group()
    path, mark, place = address.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path.partition("?")[0])) if path else name
    if attribute.strip() == "src":
        return f'{attribute}="{folder}/{target}"'
    page = target.removesuffix(".html") if path else name
    if page in places:
        return f'{attribute}="#{places[page]}{f"-{place}" if place else ""}"'
    # A file of the site, such as a notebook: only a published site has an address for it.
    return f'{attribute}="{published}/{target}{mark}{place}"' if published and not target.startswith("..") else ""


def sections(body: str) -> Iterator[Entry]:
    """Yield the headings of a page that have a place to link to."""
    for place, level, title in _SECTION.findall(body):
        yield Entry(re.sub(r'\s(?:id|href)="[^"]*"|</?a\b[^>]*>', "", title), place, int(level))


def _add(entries: list[Entry], entry: Entry) -> None:
    """Put an entry below the last one of a higher level."""
    if entries and entries[-1].level < entry.level:
        _add(entries[-1].entries, entry)
    else:
        entries.append(entry)


def _running_head(place: str, body: str) -> str:
    """Return the style rule that puts a chapter's title above its pages."""
    title = next(sections(body)).title
    plain = html.unescape(re.sub(r"<[^>]+>|\u200b", "", title)).replace("\\", "\\\\").replace('"', '\\"')
    return f'@page {place} {{ @top-left {{ content: "{" ".join(plain.split())}"; }} }}'.replace("<", "\\3c ")


def cover_art() -> str:
    """Return the picture on the cover: gradient descent on a quadratic with condition number 12, and its contours."""
    steepness, lr, x, y = 12.0, 0.15, -4.6, 1.35
    points = [(x, y)]
    for _ in range(26):
        x, y = x - lr * x, y - lr * steepness * y
        points.append((x, y))
    rings = "".join(
        f'<ellipse rx="{math.sqrt(level):.3f}" ry="{math.sqrt(level / steepness):.3f}"/>'
        for level in (0.4, 1.6, 3.6, 6.4, 10.0, 14.4, 19.6, 25.6, 32.4, 40.0)
    )
    path = " ".join(f"{a:.3f},{b:.3f}" for a, b in points)
    return (
        '<svg class="art" viewBox="-7 -3.4 14 6.8" aria-hidden="true"><g transform="rotate(-14)">'
        f'<g class="rings">{rings}</g><polyline class="path" points="{path}"/>'
        f'<circle class="start" cx="{points[0][0]:.3f}" cy="{points[0][1]:.3f}" r="0.13"/></g></svg>'
    )
