"""One style sheet for all pages: the theme's, KaTeX's, the notebooks' and the book's own, without what no page uses.

The theme brings all of Bootstrap and of Font Awesome, 65 KB compressed; the book uses a tenth.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# In the order in which they win. Patterns, because some names carry a checksum.
SOURCES = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb*.css",
    "exercise.css",
    "sphinx-design.min.css",
    "katex/katex.min.css",
    "book.css",
    "shell.css",
)
_STRING = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^)"\']*\)'
_FUNCTION = re.compile(r":(?:not|is|where|has|lang|nth-[a-z-]+)\((?:[^()]|\([^()]*\))*\)")
_NAME = re.compile(r"[.#](-?[A-Za-z_](?:[\w-]|\\.)*)")


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield the rules of a style sheet as (prelude, block); a statement such as @import has no block."""
    position, depth, start, opened = 0, 0, 0, 0
    for match in re.finditer(rf"{_STRING}|[{{}};]", css):
        sign = match.group()
        if sign == "{":
            if depth == 0:
                opened = match.start()
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : match.start()]
                start = match.end()
        elif sign == ";" and depth == 0:
            yield css[start : match.start()].strip(), None
            start = match.end()
        position = match.end()
    if css[max(start, position) :].strip():
        raise ValueError(f"the style sheet ends within a rule: {css[start:][:80]!r}")


def selectors(prelude: str) -> list[str]:
    """Split a list of selectors at its outer commas."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(prelude):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append(prelude[start:place].strip())
            start = place + 1
    return [*parts, prelude[start:].strip()]


def prune(css: str, used: set[str]) -> str:
    """Drop the rules whose classes and ids are not all in `used`, comments, and blanks."""
    kept = []
    for prelude, block in rules(re.sub(rf"({_STRING})|/\*.*?\*/", lambda m: m.group(1) or "", css, flags=re.S)):
        if block is None:
            if not prelude.startswith("@charset"):
                kept.append(f"{prelude};")
        elif re.match(r"@(?:media|supports|layer|container)\b", prelude):
            if inner := prune(block, used):
                kept.append(f"{prelude}{{{inner}}}")
        elif prelude.startswith("@font-face") and "Font Awesome" in block:
            continue
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{block.strip()}}}")
        else:
            alive = [selector for selector in selectors(prelude) if _names(selector) <= used]
            if alive and block.strip():
                kept.append(f"{','.join(alive)}{{{' '.join(block.split()).rstrip('; ')}}}")
    return "".join(kept)


def _names(selector: str) -> set[str]:
    plain = _FUNCTION.sub("", re.sub(r"\[[^\]]*\]", "", selector))
    return {name.replace("\\", "") for name in _NAME.findall(plain)}


def used_names(folder: Path) -> set[str]:
    """Return every class and id of the pages and every word of the scripts in a site's folder."""
    used: set[str] = set()
    for page in folder.rglob("*.html"):
        for names in re.findall(r'\b(?:class|id)="([^"]+)"', page.read_text(encoding="utf-8")):
            used.update(names.split())
    for script in [*(folder / "_static").glob("*.js"), *(folder / "_static" / "explorers").glob("*.js")]:
        used.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    return used


def move_addresses(css: str, folder: str) -> str:
    """Rewrite the addresses of a style sheet in `folder` for one above it."""

    def moved(match: re.Match[str]) -> str:
        address = match.group(1).strip("\"'")
        if re.match(r"[a-z]+:|/|#", address):
            return match.group()
        return f"url({posixpath.normpath(posixpath.join(folder, address))})"

    return re.sub(r"url\(([^)]+)\)", moved, css) if folder else css


def write_styles(app: Sphinx, exception: Exception | None) -> None:
    """Write `_static/style.css` when all pages are written."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    used = used_names(Path(app.outdir))
    parts = []
    for pattern in SOURCES:
        for path in sorted(static.glob(pattern)):
            css = move_addresses(path.read_text(encoding="utf-8"), posixpath.dirname(pattern))
            parts.append(prune(css, used))
    (static / "style.css").write_text("\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write_styles, priority=950)  # after the theme's style of code and the explorers
    return {"parallel_read_safe": True, "parallel_write_safe": True}
