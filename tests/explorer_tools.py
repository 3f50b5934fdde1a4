"""What the tests of explorers share: the shipped modules in an engine, and pages as the site makes them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from py_mini_racer import MiniRacer

from book.extensions.pages import POLICY
from optimlib.explorers.bundler import VIEWS, css, join, site_scripts
from optimlib.explorers.minify import minify
from optimlib.explorers.shorten import shorten

CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef]")
GET = "(figure, key) => figure.explorer.model.get(key)"
STICKING_OUT = """(figure) => {
  const edge = figure.getBoundingClientRect().right + 1;
  return [...figure.querySelectorAll(".ole *:not(option, .ole-handle)")]
    .filter((e) => e.getBoundingClientRect().right > edge).map((e) => e.className);
}"""
# Lists of doubles as their bits: JSON has no NaN, and −0 becomes 0.
_BYTES = (
    "const bytes = (a) => Array.from(new globalThis.BigUint64Array(new Float64Array(a).buffer),"
    ' (b) => b.toString(16)).join(" ");'
)
# Counts the frames and the timers that the page waits for.
_COUNT = """(() => {
  const ask = window.requestAnimationFrame.bind(window), cancel = window.cancelAnimationFrame.bind(window);
  window.awaited = new Set();
  window.requestAnimationFrame = (f) => {
    const id = ask((now) => { window.awaited.delete(id); f(now); });
    window.awaited.add(id);
    return id;
  };
  window.cancelAnimationFrame = (id) => { window.awaited.delete(id); cancel(id); };
  const after = window.setTimeout.bind(window), stop = window.clearTimeout.bind(window);
  window.timers = new Set();
  window.setTimeout = (f, ...more) => {
    const id = after((...given) => { window.timers.delete(id); f(...given); }, ...more);
    window.timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { window.timers.delete(id); stop(id); };
  window.settled = async () => {
    for (let k = 0; k < 2 || window.awaited.size; k++) await new Promise(ask);
  };
})();"""


def engine(name: str, glue: str) -> MiniRacer:
    """An engine that has run the modules of the explorer `name` as the site ships them, and then `glue`.

    glue: puts what a test wants to call on globalThis; `bytes(array)` turns doubles into text for `doubles`, and `view`
    is the module's default export.
    """
    racer = MiniRacer()
    body, default = join(VIEWS[name])
    script = f'(() => {{\n"use strict";\n{body}const view = {default};\n{_BYTES}\n{glue}\n}})();'
    racer.eval(minify(shorten(script)))
    return racer


def call(js: MiniRacer, name: str, *arguments: Any) -> Any:
    """Call a function that the glue has put on globalThis; it returns JSON text."""
    return json.loads(js.eval(f"{name}({', '.join(map(json.dumps, arguments))})"))


def doubles(text: str) -> np.ndarray:
    """The array that `bytes` has written."""
    return np.array([int(word, 16) for word in text.split()], dtype=np.uint64).view(np.float64)


def same(found: str, expected: Any) -> None:
    """Bit for bit, NaN like NaN."""
    np.testing.assert_array_equal(doubles(found), np.asarray(expected, dtype=float).ravel())


def write_page(folder: Path, *explorers: Any, lang: str = "en", theme: str = "light", hash: str = "") -> str:
    """Write a page with explorers, the site's files, and its policy; return its file:// address."""
    for name, text in site_scripts().items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "explorers.css").write_text(css(), encoding="utf-8")
    page = "background: #14181e; color: #e6e8eb" if theme == "dark" else "background: #fff"
    figures = "\n<p>text</p>\n".join(_markup(explorer, repr(explorer)) for explorer in explorers)
    (folder / "page.html").write_text(
        f'<!doctype html><html lang="{lang}" data-theme="{theme}" style="{page}">'
        '<head><meta charset="utf-8"><title>t</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="explorers.css">'
        f'<script defer src="explorers.js"></script></head><body><main><h1>t</h1>{figures}</main></body></html>',
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri() + hash


@lru_cache(maxsize=8)
def _markup(explorer: Any, settings: str) -> str:
    """Drawing a snapshot takes as long as much of a test."""
    return explorer.to_html()


def settle(page: Any) -> None:
    """Wait until all that was asked for is drawn: a frame for what the browser reports, then as long as more are asked.

    An explorer that plays or computes over many frames settles when it has finished.
    """
    page.evaluate("() => window.settled()")


def live(page: Any, address: str) -> Any:
    """Open the page, and wait for its first explorer."""
    page.add_init_script(f"if (!window.settled) {_COUNT}")
    page.goto(address)
    page.locator("figure[data-live] .ole").first.wait_for()
    settle(page)
    return page.locator("figure").first
