"""What the tests of explorers share: the shipped modules in an engine, and pages as the site makes them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from py_mini_racer import MiniRacer

from optimlib.explorers.bundler import VIEWS, css, join, site_scripts
from optimlib.explorers.minify import minify
from optimlib.explorers.shorten import shorten

CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef]")
GET = "(figure, key) => figure.explorer.model.get(key)"
STICKING_OUT = """(figure) => {
  const edge = figure.getBoundingClientRect().right + 1;
  return [...figure.querySelectorAll(".ole-body *:not(option, .ole-handle)")]
    .filter((e) => e.getBoundingClientRect().right > edge).map((e) => e.className);
}"""
# Lists of doubles as their bits: JSON has no NaN, and −0 becomes 0.
_BYTES = (
    "const bytes = (a) => Array.from(new globalThis.BigUint64Array(new Float64Array(a).buffer),"
    ' (b) => b.toString(16)).join(" ");'
)


def engine(name: str, glue: str) -> MiniRacer:
    """An engine that has run the modules of the explorer `name`, and then `glue` in the same scope.

    glue: puts what a test wants to call on globalThis; `bytes(array)` turns doubles into text for `doubles`.
    """
    racer = MiniRacer()
    racer.eval(minify(shorten(f'(() => {{\n"use strict";\n{join(VIEWS[name])[0]}{_BYTES}\n{glue}\n}})();')))
    return racer


def doubles(text: str) -> np.ndarray:
    """The array that `bytes` has written."""
    return np.array([int(word, 16) for word in text.split()], dtype=np.uint64).view(np.float64)


def write_page(folder: Path, *explorers: Any, lang: str = "en", theme: str = "light", hash: str = "") -> str:
    """Write a page with explorers and the site's files; return its file:// address."""
    for name, text in site_scripts().items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "explorers.css").write_text(css(), encoding="utf-8")
    figures = "\n<p>text</p>\n".join(explorer.to_html() for explorer in explorers)
    (folder / "page.html").write_text(
        f'<!doctype html><html lang="{lang}" data-theme="{theme}"><head><meta charset="utf-8"><title>t</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="explorers.css">'
        f'<script defer src="explorers.js"></script></head><body>{figures}</body></html>',
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri() + hash


def settle(page: Any) -> None:
    """Wait until what was asked for is drawn: a few frames, for one may begin work that the next one shows."""
    page.evaluate("""() => new Promise((done) => {
        let frames = 6;
        const next = () => (frames-- > 0 ? requestAnimationFrame(next) : done());
        next();
    })""")


def live(page: Any, address: str) -> Any:
    """Open the page and wait for its first explorer."""
    page.goto(address)
    page.wait_for_selector("figure[data-live] .ole")
    settle(page)
    return page.locator("figure").first
