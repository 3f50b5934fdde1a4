"""How high the explorers on sheets are: measured in Chromium, stored for pages, which keep that room free.

A page shows an explorer's snapshot first and the live figure when it comes near. Where both are equally high, nothing
that a reader looks at moves, however slow the machine is.
"""

import json
import math
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from book.browser import FLAGS, find_chromium

TARGET = Path("optimlib/explorers/heights.json")
LEAST, MOST = 264, 880  # widths of an explorer in CSS pixels: on the smallest phones, and at most
# The highest of all that can be seen at each width: as it opens, in its scenes, with each choice, switch, and with each
# slider at both ends.
_MEASURE = """async ([widths, thorough]) => {
  const figure = document.querySelector("figure"), sheet = figure.querySelector(".ole-sheet");
  const all = (query) => [...figure.querySelectorAll(query)];
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const found = widths.map(() => 0);
  sheet.style.minHeight = "0";
  const look = async () => {
    await frame();
    widths.forEach((width, k) => {
      figure.style.width = `${width}px`;
      found[k] = Math.max(found[k], sheet.getBoundingClientRect().height);
    });
  };
  const ends = async () => {
    await look();
    for (const input of thorough ? all("input[type=range]") : []) {
      if (!input.getClientRects().length) continue;
      const before = input.value;
      for (const end of [input.min, input.max, before]) {
        input.value = end;
        input.dispatchEvent(new Event("input"));
        await (end === before ? frame() : look());
      }
    }
  };
  const reset = all(".ole-scenes .ole-foot .ole-reset").pop();
  await ends();
  for (const scene of all(".ole-presets .ole-preset")) { scene.click(); await ends(); }
  for (const select of all("select")) {
    for (let k = 0; k < select.options.length; k++) {
      reset.click();
      await frame();
      select.selectedIndex = k;
      select.dispatchEvent(new Event("change"));
      await ends();
    }
  }
  for (const check of all("input[type=checkbox]")) { reset.click(); await frame(); check.click(); await ends(); }
  return found;
}"""


class HeightsError(Exception):
    """Why nothing could be measured."""


def columns(border: int, widths: Iterable[int]) -> list[int]:
    """Those of the widths that lie in a range: 0 for the first, up to WIDTHS[0]."""
    from optimlib.explorers.sheet import WIDTHS

    low, high = [0, *(width + 1 for width in WIDTHS)][border], [*WIDTHS, MOST][border]
    return [width for width in widths if low <= width <= high]


def write_page(folder: Path, explorer: Any, language: str = "en") -> str:
    """A page with one explorer, as the site makes it; returns its address."""
    from book.extensions.explorers import assets

    for name, text in assets().items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "page.html").write_text(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<link rel="stylesheet" href="explorers.css"><script defer src="explorers.js"></script></head>'
        f"<body>{explorer.to_html()}</body></html>",
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri()


def open_sheet(browser: Any, folder: Path, name: str, language: str) -> Any:
    """A page with one explorer, live."""
    import optimlib as ol

    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(write_page(folder, getattr(ol, name)(), language))
    page.locator("figure[data-live] .ole-sheet").wait_for()
    return page


def measured(page: Any, widths: list[int], thorough: bool = True) -> dict[int, int]:
    """width -> the highest that the page's explorer becomes there, in whole pixels."""
    found = page.evaluate(_MEASURE, [widths, thorough])
    return {width: math.ceil(height - 0.01) for width, height in zip(widths, found, strict=True)}


def heights_text(root: Path, tell: Callable[[str], None] = print) -> str:
    """What heights.json has to hold."""
    from optimlib.explorers.bundler import VIEWS
    from optimlib.explorers.sheet import WIDTHS

    chromium = find_chromium()
    if chromium is None:
        raise HeightsError("Chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    edges = {width + more for width in WIDTHS for more in (0, 1)}
    widths = sorted({*range(LEAST, MOST + 1, 8), *edges})
    table: dict[str, dict[str, list[int]]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in VIEWS:
            for language in ("zh", "en") if name != "DescentExplorer" else ():  # its own style says how high it is
                page = open_sheet(browser, Path(folder), name, language)
                high = measured(page, widths)
                page.close()
                table.setdefault(name, {})[language] = [
                    max(high[width] for width in columns(k, widths)) for k in range(len(WIDTHS) + 1)
                ]
                tell(f"{name} {language}: {table[name][language]}")
        browser.close()
    rows = (f"  {json.dumps(name)}: {json.dumps(known)}" for name, known in sorted(table.items()))
    return "{\n" + ",\n".join(rows) + "\n}\n"
