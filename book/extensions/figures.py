"""SVG figures go into the page itself: the reader's fonts, the page's colors in light and dark, one request less."""

import ast
import html
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from book.svg import slim, slim_stored

logger = logging.getLogger(__name__)

NEUTRAL = ("INK", "MUTED", "GRID", "PAPER")
_NUMBER = r"([\d.]+)"
# Words that begin at a point, such as a curve's name at its end. On phones they grow to the right (book.css).
_NAME = re.compile(r'<text style="(font-size: ([\d.]+)px; text-anchor: start[^"]*)" x="([\d.]+)"([^>]*)>([^<]+)')
GROWTH = 1.25
# What `text.set_url("label:adam")` becomes; the book's own pages open where the reader is.
_LINK = re.compile(r'(?<=href=")label:([\w-]+)"(?: target="_blank")?')


def inline_svg(svg: str, prefix: str, label: str, colors: dict[str, str]) -> str:
    """Return a Matplotlib SVG ready to stand in an HTML page.

    `prefix` makes its ids unique on the page, `label` is its text alternative and `colors` maps neutral colors
    such as `#1f2328` to what replaces them in style attributes.
    """
    svg = svg[re.search(r"<svg\b", svg).start() :]  # type: ignore[union-attr]
    # Matplotlib's style sheet says `*{stroke-linejoin: round; stroke-linecap: butt}`, which inline would hold for
    # the whole page; both properties are inherited, so the root can carry them.
    svg = re.sub(r"<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>", "", svg)
    svg = re.sub(r'(\sid=")', rf"\g<1>{prefix}", svg)
    svg = re.sub(r"(url\(#|href=\"#)", rf"\g<1>{prefix}", svg)
    for color, replacement in colors.items():
        svg = re.sub(rf"((?:fill|stroke|color):\s*){re.escape(color)}\b", rf"\g<1>{replacement}", svg, flags=re.I)
    opening, rest = svg.split(">", 1)
    opening = re.sub(r'\s(?:xmlns(?::\w+)?|version|role|aria-label)="[^"]*"', "", opening)
    width = re.search(rf'\swidth="{_NUMBER}(?:pt)?"', opening)
    opening = re.sub(r'\s(?:width|height)="[^"]*"', "", opening)
    if 'viewBox="' not in opening:
        raise ValueError("the SVG has no viewBox")
    points = float(width.group(1)) if width else float(re.search(r'viewBox="\S+ \S+ (\S+)', opening).group(1))  # type: ignore[union-attr]
    pixels = round(points * 4 / 3)
    role = "group" if _LINK.search(svg) else "img"  # what stands in an img is hidden from those who hear the page
    name = f' role="{role}" aria-label="{html.escape(label)}"' if label else f' role="{role}"'
    style = f"max-width:{pixels}px;stroke-linejoin:round;stroke-linecap:butt"
    return limit_growth(
        slim(f'{opening} class="figure-svg" style="{style}"{name}>{rest}'.replace("xlink:href", "href"))
    )


def limit_growth(svg: str) -> str:
    """Tell a name that would grow beyond the page's edge by how much it may grow, as the CSS variable `--text`.

    The edge is as far away as a phone's margin beside a figure, which is a 28th of the figure's width. A letter is
    taken for 0.58 times as wide as its font is high, a Chinese one for 1.
    """
    edge = float(re.search(r'viewBox="\S+ \S+ ([\d.]+)', svg).group(1)) * 29 / 28  # type: ignore[union-attr]

    def limited(match: re.Match[str]) -> str:
        style, size, x, more, text = match.groups()
        ems = sum(1 if east_asian_width(letter) in "WF" else 0.58 for letter in html.unescape(text))
        growth = max(1.0, (edge - float(x)) / (ems * float(size)))
        if growth >= GROWTH:
            return match.group()
        return f'<text style="{style}; --text: {growth:.2f}" x="{x}"{more}>{text}'

    return _NAME.sub(limited, svg)


@cache
def neutral_colors() -> dict[str, str]:
    """Return the library's neutral colors with the CSS variables that stand for them on the site.

    They are read from the library's text: importing it would cost every build Matplotlib's start.
    """
    style = Path(find_spec("optimlib").origin).parent / "plots" / "style.py"  # type: ignore[union-attr,arg-type]
    colors: dict[str, str] = {}
    for statement in ast.parse(style.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):
            for name, color in zip(statement.targets[0].elts, statement.value.elts, strict=True):  # type: ignore[attr-defined]
                if name.id in NEUTRAL:  # type: ignore[attr-defined]
                    colors[color.value] = f"var(--fig-{name.id.lower()})"  # type: ignore[attr-defined]
    if len(colors) != len(NEUTRAL):
        raise ValueError(f"{style} defines {sorted(colors)}, expected a color for each of {NEUTRAL}")
    return colors


def inline_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Replace the images that notebooks stored as SVG before Sphinx collects image files."""
    figures = [node for node in doctree.findall(nodes.image) if node["uri"].endswith(".svg")]
    if app.builder.format != "html" or not figures:
        return
    folder = Path(app.outdir).parent / "jupyter_execute"
    stem = re.sub(r"\W+", "-", app.env.docname.rsplit("/", 1)[-1])
    for number, node in enumerate(figures, 1):
        path = (Path(app.srcdir) / node["uri"].lstrip("/")).resolve()
        if not path.is_relative_to(folder.resolve()):
            path = (Path(app.env.doc2path(app.env.docname)).parent / node["uri"]).resolve()
        if not path.is_relative_to(folder.resolve()):
            continue
        svg = inline_svg(path.read_text(encoding="utf-8"), f"{stem}-{number}-", node.get("alt", ""), neutral_colors())
        raw = nodes.raw("", svg, format="html")
        raw.source, raw.line = node.source, node.line
        node.replace_self(raw)


def resolve_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Let the names in a figure lead to the sections whose labels they carry."""
    labels = app.env.domaindata["std"]["anonlabels"]
    for node in doctree.findall(nodes.raw):
        if node.get("format") != "html" or not _LINK.search(node.astext()):
            continue

        def address(match: re.Match[str], node: nodes.raw = node) -> str:
            label = match.group(1).lower()  # as docutils keeps it
            if label not in labels:
                logger.warning("a figure links to the unknown label %r", label, location=node)
                return '"'
            page, place = labels[label]
            return (app.builder.get_relative_uri(docname, page) if page != docname else "") + f'#{place}"'

        node.replace_self(nodes.raw("", _LINK.sub(address, node.astext()), format="html"))


def shrink_stills(app: Sphinx, doctree: nodes.document) -> None:
    """Make the still pictures of explorers small; they are stored to a tenth of a pixel."""
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and "data:image/svg+xml;base64," in node.astext():
            text = slim_stored(node.astext(), digits=1)
            node.replace_self(nodes.raw("", text, format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", inline_figures, priority=100)  # before the image collector (500)
    app.connect("doctree-read", shrink_stills)
    app.connect("doctree-resolved", resolve_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
