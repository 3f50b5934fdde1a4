"""Formulas: rendered to HTML and MathML by KaTeX while the page is written, so pages need no script for them."""

import atexit
import html
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from book.node import ensure_packages, find_node

logger = logging.getLogger(__name__)
# woff2 is read by every browser that can show the page; the other formats would double the site.
_OPENING = re.compile(r"[(\[“‘（《「【]+$")
_CLOSING = re.compile(r"[)\].,;:!?’”，。、；：！？）》」】]+")
_RAISED = str.maketrans("0123456789+−-=()nitTxyk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵗᵀˣʸᵏ")
_ACCENTS = {"^": "\u0302", "ˉ": "\u0304", "~": "\u0303"}
_OLD_FONTS = re.compile(r',url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)')


class Katex:
    """One Node process that renders formulas on request."""

    def __init__(self) -> None:
        server = Path(__file__).with_suffix(".mjs")
        self._process = subprocess.Popen(
            [str(find_node()), str(server), str(ensure_packages())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        atexit.register(self.close)

    def render(self, tex: str, display: bool) -> str:
        """Return the formula's HTML; raise ValueError with KaTeX's explanation."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise ValueError("the Node process that runs KaTeX ended")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["html"]

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait(timeout=5)


@cache
def _katex() -> Katex:
    return Katex()


@cache
def _render(tex: str, display: bool) -> str:
    return _katex().render(tex, display)


def _html(tex: str, display: bool, node: nodes.Node) -> str:
    try:
        return _render(tex, display)
    except ValueError as error:
        logger.warning("formula %s: %s", tex.strip(), error, location=node)
        return f"<code>{html.escape(tex)}</code>"


def plain_formula(tex: str) -> str:
    """Return a short formula as readers would type it: letters, signs, powers, and slashes, without layout."""
    try:
        mathml = _render(tex, False).partition("<semantics>")[2].partition("<annotation")[0]
    except ValueError:
        return tex  # the writer complains about it
    return re.sub(r"[\u2061-\u2064]", "", _plain(ElementTree.fromstring(mathml))).strip()


def _plain(node: ElementTree.Element) -> str:
    parts = [_plain(child) for child in node]
    if node.tag in ("msup", "msubsup"):
        raised = parts[-1].translate(_RAISED)
        parts[-1] = f"^{parts[-1]}" if set(raised) & set(parts[-1]) - {"*", "∗", "⊤", "′"} else raised
    elif node.tag == "mfrac":
        parts = ["/".join(part if len(part) == 1 else f"({part})" for part in parts)]
    elif node.tag == "msqrt":
        parts = ["√", *parts] if len("".join(parts)) == 1 else ["√(", *parts, ")"]
    elif node.tag == "mover" and parts[1] in _ACCENTS:
        parts = [parts[0], _ACCENTS[parts[1]]]
    return (node.text or "") + "".join(parts)


def aligned(tex: str) -> str:
    """Wrap several lines or paragraphs the way Sphinx's own renderers do."""
    if re.match(r"\s*\\begin\{(align|gather|equation|alignat)", tex):
        # KaTeX would number these itself; the numbers are Sphinx's.
        return re.sub(r"\\(begin|end)\{(align|gather|equation|alignat)\}", r"\\\1{\2*}", tex)
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", tex) if part.strip()]
    top = re.sub(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", "", tex, flags=re.S)
    if len(paragraphs) > 1 or r"\\" in top:
        return r"\begin{aligned}" + r" \\ ".join(paragraphs) + r"\end{aligned}"
    return tex.strip()


class KeepPunctuation(SphinxPostTransform):
    """Keep a short formula and the punctuation around it on one line; browsers may break at any formula's edge."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(nodes.math)):
            if len(node.astext()) > 30 or not isinstance(node.parent, nodes.Element):
                continue
            parent, place = node.parent, node.parent.index(node)
            before = parent[place - 1] if place else None
            after = parent[place + 1] if place + 1 < len(parent) else None
            opening = _OPENING.search(before.astext()) if isinstance(before, nodes.Text) else None
            closing = _CLOSING.match(after.astext()) if isinstance(after, nodes.Text) else None
            if not opening and not closing:
                continue
            unbroken = nodes.inline(classes=["unbroken"])
            # By place: docutils would look for an equal text, and find the first “，” of the paragraph.
            parent[place] = unbroken
            if opening:
                assert before is not None
                parent[place - 1] = nodes.Text(before.astext()[: opening.start()])
                unbroken += nodes.Text(opening.group())
            unbroken += node
            if closing:
                assert after is not None
                parent[place + 1] = nodes.Text(after.astext()[closing.end() :])
                unbroken += nodes.Text(closing.group())


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate"))
    self.body.append(_html(node.astext(), False, node) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a display formula in a box that scrolls by itself (hence the tabindex), its number beside it."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    self.body.append(f'<div class="math-scroll" tabindex="0">{_html(aligned(node.astext()), True, node)}</div>')
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def copy_assets(app: Sphinx) -> None:
    """Put KaTeX's style sheet and fonts into the site."""
    if app.builder.format != "html":
        return
    source = ensure_packages() / "katex" / "dist"
    target = Path(app.outdir) / "_static" / "katex"
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    css = (source / "katex.min.css").read_text(encoding="utf-8")
    (target / "katex.min.css").write_text(_OLD_FONTS.sub("", css), encoding="utf-8")
    for font in (source / "fonts").glob("*.woff2"):
        shutil.copy2(font, target / "fonts" / font.name)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.add_post_transform(KeepPunctuation)
    app.connect("builder-inited", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
