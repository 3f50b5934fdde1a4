"""Put both editions together: one folder with front door, pages for wrong addresses, sitemap, and versioned files."""

import base64
import hashlib
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from book.bilingual import LANGUAGES, split_text
from book.extensions.pages import POLICY
from book.settings import base_url, read_config

DOOR = Path(__file__).with_name("door")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
# What the theme and Sphinx put into every site and no page of this book asks for.
_UNUSED_FOLDERS = {"scripts", "styles", "vendor", "locales", "images"}
_SCRIPTS = {
    "early.js",
    "book.js",
    "language-switch.js",
    "search.js",
    "cards.js",
    "glossary.js",
    "exercises.js",
    "exercise-counts.js",
    "write.js",
}
_LOST = {
    "zh": ("这一页不存在", "地址可能有误，或者这一页已经搬走。", "回到本书首页"),
    "en": (
        "This page does not exist",
        "The address may be wrong, or the page has moved.",
        "Go to the book’s home page",
    ),
}
# The part of the address before an edition's folder is where the book lies; elsewhere the host's root is tried.
_FIND_BOOK = (
    'const root = location.pathname.match(/^(.*?\\/)(?:zh|en)(?:\\/|$)/)?.[1] ?? "/";'
    'for (const link of document.querySelectorAll("[data-page]")) link.href = root + link.dataset.page;'
)


def assemble(root: Path, work: Path, new: Path) -> None:
    """Make the whole site in the folder `new` from the editions in `work`."""
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    config = read_config(root)
    home = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["root"]
    base = base_url(config)
    pages = {language: f"{language}/{home}.html" for language in LANGUAGES}
    titles = {language: split_text(config["title"], language) for language in LANGUAGES}
    for language in LANGUAGES:
        source = work / language / "html"
        shutil.copytree(source, new / language, ignore=partial(_unused, source))
        (new / language / "index.html").write_text(_redirect(f"{home}.html", language, titles[language]), "utf-8")
    stamp_versions(new)
    shutil.copytree(DOOR, new / "door", ignore=shutil.ignore_patterns("*.html"))
    door = _environment().get_template("index.html")
    (new / "index.html").write_text(door.render(titles=titles, pages=pages, base=base, policy=POLICY), "utf-8")
    (new / "404.html").write_text(lost_page(LANGUAGES, pages, titles, base), "utf-8")
    for language in LANGUAGES:
        (new / language / "404.html").write_text(lost_page((language,), pages, titles, base), "utf-8")
    (new / ".nojekyll").touch()  # else some hosts leave out _static
    if base:
        (new / "sitemap.xml").write_text(sitemap(new, base), "utf-8")


def _unused(source: Path, folder: str, names: list[str]) -> set[str]:
    place = Path(folder).relative_to(source).as_posix()
    if place == ".":
        unused = ("objects.inv", "searchindex.js", ".doctrees", ".buildinfo")
        return {name for name in names if name.startswith(unused)}
    if place == "_static/katex":
        return {"katex.min.css"} & set(names)
    if place != "_static":
        return {name for name in names if name.endswith((".map", ".ttf"))}
    return {
        name
        for name in names
        if name in _UNUSED_FOLDERS
        or (name.endswith(".js") and name not in _SCRIPTS)
        or (name.endswith(".css") and name != "style.css")
        or name.endswith((".html", ".png"))
    }


def stamp_versions(site: Path) -> None:
    """Add a checksum to the addresses of styles and scripts: no browser uses an old copy with a new page."""
    versions: dict[Path, str] = {}
    for page in site.rglob("*.html"):

        def versioned(match: re.Match[str], folder: Path = page.parent) -> str:
            path = (folder / match.group(2)).resolve()
            if path not in versions:
                versions[path] = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
            return f"{match.group(1)}{match.group(2)}?v={versions[path]}{match.group(3)}"

        text = page.read_text(encoding="utf-8")
        head, end, rest = text.partition("</head>")
        head = re.sub(r'((?:src|href)=")([^"?:]*_static/[^"?]*\.(?:js|css))(")', versioned, head)
        page.write_text(head + end + rest, encoding="utf-8", newline="\n")


def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(DOOR), autoescape=True, undefined=StrictUndefined)


def _redirect(page: str, language: str, title: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{HTML_LANGUAGE[language]}">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta http-equiv="refresh" content="0; url={page}">\n<title>{escape(title)}</title>\n'
        f'<p><a href="{page}">{escape(title)}</a></p>\n</html>\n'
    )


def lost_page(languages: tuple[str, ...], pages: dict[str, str], titles: dict[str, str], base: str) -> str:
    """Return the page that a host shows for a wrong address, in one language or both."""
    style = (DOOR / "door.css").read_text(encoding="utf-8")
    script = "" if base else _FIND_BOOK
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" for part in (style, script)
    ]
    texts: list[dict[str, Any]] = [
        {
            "lang": HTML_LANGUAGE[language],
            "page": pages[language],
            **dict(zip(("title", "reason", "home"), _LOST[language], strict=True)),
        }
        for language in languages
    ]
    return (
        _environment()
        .get_template("404.html")
        .render(
            lang=texts[0]["lang"],
            title=" · ".join([_LOST[language][0] for language in languages] + [titles[languages[0]]]),
            policy=f"default-src 'none'; base-uri 'none'; style-src {hashes[0]}"
            + (f"; script-src {hashes[1]}" if script else ""),
            root=f"{urlsplit(base).path}/" if base else "",
            texts=texts,
            style=Markup(style),
            script=Markup(script),
        )
    )


def sitemap(site: Path, base: str) -> str:
    """Return the sitemap: every page with its twin."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">'
    )
    for language in LANGUAGES:
        edition = site / language
        for path in sorted(edition.rglob("*.html")):
            page = path.relative_to(edition).as_posix()
            if page in ("index.html", "404.html", "search.html") or page.startswith("_"):
                continue
            twins = "".join(
                f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(f"{base}/{other}/{page}")}"/>'
                for other, code in HTML_LANGUAGE.items()
            )
            lines.append(f"<url><loc>{escape(f'{base}/{language}/{page}')}</loc>{twins}</url>")
    return "\n".join([*lines, "</urlset>", ""])
