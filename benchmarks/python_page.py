"""Python in the page: bytes that come after the click, and the time until the first verdict.

python -m benchmarks.python_page [--rounds N]

Needs requirements-dev.txt and Chromium. A small book is built; each round is a fresh browser context, in which nothing
is cached, on this machine's own server, which compresses as static hosts do: with the processor as it is, four times
slower, and on a slow network (150 ms, 1.6 Mbit/s). A busy machine makes all of them slower.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import python_pages  # noqa: E402

from benchmarks.site import NETWORK, serve  # noqa: E402
from book.browser import FLAGS, find_chromium  # noqa: E402
from book.build import build  # noqa: E402
from book.extensions.python import assets  # noqa: E402

GOAL, WEIGHT, EDITOR = 500, 300_000, 60_000  # milliseconds, bytes
# Presses the button, and waits until the verdict stands on the page; milliseconds.
PRESS = """() => new Promise((done) => {
  const cell = document.querySelector("div.cell.tag_write-it");
  const began = performance.now();
  new MutationObserver((changes, observer) => {
    if (!cell.querySelector(".py-verdict[data-state]")) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(cell, { subtree: true, childList: true, attributes: true });
  cell.querySelector(".write-it").click();
})"""


def show_sizes() -> None:
    """Print what comes after the click, compressed."""
    sizes = {name: len(gzip.compress(data, 6)) for name, data in assets().items()}
    sizes = {name: size for name, size in sizes.items() if name not in ("licenses.txt", "own_rule.js", "notebook.js")}
    groups = {
        "interpreter": ("micropython.",),
        "its Python": ("sources.",),
        "editor": ("editor", "parts.", "python.css"),
        "rest": ("",),
    }
    told: set[str] = set()
    for group, beginnings in groups.items():
        names = {name for name in sizes if name.startswith(beginnings)} - told
        told |= names
        print(f"  {group:<12} {sum(sizes[name] for name in names):>8,} bytes   {', '.join(sorted(names))[:90]}")
    print(f"  {'all':<12} {sum(sizes.values()):>8,} bytes   at most {WEIGHT:,} (editor {EDITOR:,})")


def first_verdicts(browser: Any, url: str, rounds: int, slower: int = 1, network: bool = False) -> list[float]:
    """Milliseconds from the click to the first verdict, each in a context of its own."""
    found = []
    for _ in range(rounds):
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{url}/en/{python_pages.PAGE}.html", wait_until="networkidle")
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        if network:
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", NETWORK)
        found.append(page.evaluate(PRESS))
        context.close()
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.python_page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="of each kind; 9 by default")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"rounds must be >= 1, got {options.rounds}")
    print("Bytes, compressed")
    show_sizes()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = build(python_pages.make_book(Path(folder)))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        print("Milliseconds from the click to the first verdict, nothing cached: median, slowest")
        server, url = serve(site)
        first_verdicts(browser, url, 1)  # the browser's own first page
        for name, slower, network in (
            ("this machine", 1, False),
            ("4 times slower", 4, False),
            ("slow network", 1, True),
        ):
            times = first_verdicts(browser, url, options.rounds, slower, network)
            goal = f"   goal {GOAL}" if name == "this machine" else ""
            print(f"  {name:<16} {statistics.median(times):>6.0f} {times[-1]:>6.0f}{goal}")
        browser.close()
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
