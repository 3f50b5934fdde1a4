"""Explorers: bytes that a page loads, time that a slider's move takes on a slow machine, and memory after long play.

python -m benchmarks.explorers [--play SECONDS]      needs requirements-dev.txt and Chromium
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import tempfile
from pathlib import Path
from typing import Any

import optimlib as ol
from optimlib.explorers import DescentExplorer, css, site_scripts
from optimlib.explorers.races import LEARNING_RATES, TWINS

RUNNERS, STEPS, MOVES, THROTTLE = 12, 500, 120, 4
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# Moves a slider, and waits until the frame that shows it is over.
MOVE = """([label, k]) => {
  const input = document.querySelector(`[aria-label="${label}"]`);
  window.first ??= {};
  const from = window.first[label] ??= Number(input.value);
  input.value = String(from + (k % 2 ? 0 : 1 + (k % 7)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""


def sizes() -> dict[str, int]:
    """Bytes of each file after gzip."""
    files = {**site_scripts(), "explorers.css": css()}
    return {name: len(gzip.compress(text.encode(), 9)) for name, text in files.items()}


def write_page(folder: Path, explorer: Any) -> str:
    """A page with one explorer, as the site makes it; returns its address."""
    for name, text in {**site_scripts(), "explorers.css": css()}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "page.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="explorers.css">'
        f'<script defer src="explorers.js"></script></head><body>{explorer.to_html()}</body></html>',
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri()


def race() -> DescentExplorer:
    """Twelve optimizers over five hundred steps."""
    rules = [ol.OPTIMIZERS[name](lr=LEARNING_RATES["himmelblau"][name]) for name in TWINS[-RUNNERS:]]
    return DescentExplorer("himmelblau", rules, steps=STEPS)


def slider_times(page: Any, session: Any, label: str, moves: int = MOVES) -> list[float]:
    """Milliseconds that the page's main thread works for each move of the slider, sorted: script, style, layout.

    Pixels are filled elsewhere: by the graphics processor, or where there is none in threads of their own.
    It is processor time of that thread, throttled, so that other programs on the machine hardly count.
    """
    session.send("Performance.disable")
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = []
    for k in range(moves + 10):  # ten to warm up
        before = _busy(session)
        page.evaluate(MOVE, [label, k])
        found.append(1000 * (_busy(session) - before))
    return sorted(found[10:])


def _busy(session: Any) -> float:
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(sum(metrics[f"{kind}Duration"] for kind in ("Script", "RecalcStyle", "Layout")))


def heap_after(page: Any, cycles: int) -> float:
    """Bytes in use after that many cycles of play, scrubbing, and sliders, and a forced collection."""
    page.evaluate(
        """async (cycles) => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          const find = (query) => document.querySelector(`figure ${query}`);
          for (let k = 0; k < cycles; k++) {
            find(".ole-play").click();
            for (let i = 0; i < 12; i++) await frame();
            find(".ole-play").click();
            for (const input of document.querySelectorAll("figure input[type=range]")) {
              input.value = String(Number(input.value) + (k % 2 ? -1 : 1));
              input.dispatchEvent(new Event("input", { bubbles: true }));
            }
            for (const row of document.querySelectorAll("figure .ole-row input[type=radio]")) row.click();
            await frame();
          }
        }""",
        cycles,
    )
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--play", type=float, default=30.0, help="seconds of play before memory is measured (30)")
    options = parser.parse_args()
    found = sizes()
    for name, size in found.items():
        print(f"{name:32s} {size / 1024:6.1f} KB gzip")
    together = len(gzip.compress("".join([*site_scripts().values(), css()]).encode(), 9))
    print(f"{'the sum':32s} {sum(found.values()) / 1024:6.1f} KB gzip")
    print(f"{'all in one archive':32s} {together / 1024:6.1f} KB gzip (at most 60)")

    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(write_page(Path(folder), race()))
        page.wait_for_selector("figure[data-live] .ole")
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
        print(
            f"a slider's move, {RUNNERS} optimizers × {STEPS} steps, {THROTTLE} times slower processor (at most 16 ms):"
        )
        for surface, label in (
            ("himmelblau", "η learning rate"),
            ("himmelblau", "σ gradient noise"),
            ("quadratic", "κ condition number"),
        ):
            page.locator("select").first.select_option(surface)
            page.wait_for_timeout(500)
            times = slider_times(page, session, label)
            median, p95 = times[len(times) // 2], times[int(0.95 * len(times))]
            print(f"  {label:28s} median {median:5.1f} ms, p95 {p95:5.1f} ms")
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        before = heap_after(page, 120)  # until the engine has compiled all that is hot
        cycles, spent = 0, 0.0
        while spent < options.play:
            began = page.evaluate("performance.now()")
            heap_after(page, 20)
            spent += (page.evaluate("performance.now()") - began) / 1000
            cycles += 20
        after = heap_after(page, 20)
        growth = 100 * (after / before - 1)
        print(
            f"memory after {spent:.0f} s of play, {cycles} cycles: {growth:+.1f} % of {before / 1e6:.1f} MB (at most 5)"
        )
        browser.close()


if __name__ == "__main__":
    main()
