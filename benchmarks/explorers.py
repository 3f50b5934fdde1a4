"""Explorers: bytes that a page loads, work for a slider's move on a slow machine, memory after long play, the kernel.

python -m benchmarks.explorers [sizes moves memory kernel] [--play SECONDS] [--only NAME …]

Needs requirements-dev.txt and Chromium. All by default but memory for 30 seconds each: `memory --play 600` is the real
thing. Moves are measured with the processor four times slower, in time of the page's main thread: what other programs
on the machine do hardly counts, though a busy machine makes that thread slower as well.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optimlib as ol
from benchmarks.lab import ANSWER, STUDENTS_RULE, jupyterlab, notebook, run_cell
from book.browser import find_chromium
from book.extensions.explorers import assets
from book.heights import write_page
from optimlib.explorers.bundler import VIEWS
from optimlib.explorers.races import LEARNING_RATES, TWINS

RUNNERS, STEPS, MOVES, THROTTLE = 12, 500, 80, 4
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LIMIT, TASK = 16, 50  # milliseconds of a move at the 95th percentile, and of any task

# Moves a slider, and waits until the frame that shows it is over.
MOVE = """([label, k]) => {
  const input = document.querySelector(`[aria-label="${label}"]`);
  window.first ??= {};
  const from = window.first[label] ??= Number(input.value);
  input.value = String(from + (k % 2 ? 0 : 1 + (k % 7)));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}"""
# All that hands can do in a figure, once: play a while, move every slider, switch, choose, tap, open every scene.
CYCLE = """async (k) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const all = (query) => [...document.querySelectorAll(`figure ${query}`)].filter((e) => e.getClientRects().length);
  for (const button of all(".ole-play")) {
    button.click();
    for (let i = 0; i < 12; i++) await frame();
    button.click();
  }
  for (const button of all(".ole-scenes .ole-preset")) { button.click(); await frame(); }
  for (const input of all("input[type=range]")) {
    input.value = String(Number(input.value) + (k % 2 ? -1 : 1));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
  }
  for (const input of all("input[type=checkbox], .ole-row input[type=radio]")) input.click();
  for (const select of all("select")) {
    select.selectedIndex = k % select.options.length;
    select.dispatchEvent(new Event("change"));
    await frame();
  }
  for (const plot of all(".ole-plot")) {
    const { left, top, width, height } = plot.getBoundingClientRect();
    plot.dispatchEvent(new PointerEvent("click", { clientX: left + width / 2, clientY: top + height / 2 }));
    await frame();
  }
  const scene = document.querySelector("figure .ole-scenes .ole-preset");
  scene.click();
  await frame();
}"""


def sizes() -> dict[str, int]:
    """Bytes of each file after gzip."""
    return {name: len(gzip.compress(text.encode(), 9)) for name, text in assets().items()}


def example(name: str) -> Any:
    """The explorer of that name; of DescentExplorer twelve optimizers over five hundred steps."""
    if name != "DescentExplorer":
        return getattr(ol, name)()
    rules = [ol.OPTIMIZERS[rule](lr=LEARNING_RATES["himmelblau"][rule]) for rule in TWINS[-RUNNERS:]]
    return ol.DescentExplorer("himmelblau", rules, steps=STEPS)


def slider_times(page: Any, session: Any, label: str, moves: int = MOVES) -> list[float]:
    """Milliseconds that the page's main thread works for each move of the slider, sorted: script, style, layout.

    Readers' machines fill the canvases' pixels in their graphics processors. Headless Chromium has none and fills them
    in this thread, which is not counted.
    """
    session.send("Performance.disable")
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = []
    for k in range(moves + 20):  # twenty to warm up
        before = _busy(session)
        page.evaluate(MOVE, [label, k])
        found.append(1000 * (_busy(session) - before))
    return sorted(found[20:])


def _busy(session: Any) -> float:
    metrics = _metrics(session)
    return sum(metrics[f"{kind}Duration"] for kind in ("Script", "RecalcStyle", "Layout"))


def _metrics(session: Any) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}


def longest_task(page: Any, act: Callable[[], None]) -> float:
    """Milliseconds of its own time that the main thread took at most for one task while `act` went on."""
    page.context.browser.start_tracing(page=page, categories=["toplevel"])
    act()
    events = json.loads(page.context.browser.stop_tracing())["traceEvents"]
    main = {
        (e["pid"], e["tid"])
        for e in events
        if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }  # fmt: skip
    return max(e.get("tdur", 0) / 1000 for e in events if (e["pid"], e["tid"]) in main)


def play(page: Any, cycles: int, seconds: float = 0.0) -> int:
    """Do all that hands can do so many times, and on until so many seconds are over; returns how many times it was."""
    done, began = 0, page.evaluate("performance.now()")
    while done < cycles or page.evaluate("performance.now()") - began < 1000 * seconds:
        page.evaluate(CYCLE, done)
        done += 1
    return done


def memory(page: Any) -> dict[str, float]:
    """Bytes of the script's heap, elements, and listeners, after what nobody needs was collected."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    metrics = _metrics(session)
    found = {"heap": float(session.send("Runtime.getHeapUsage")["usedSize"])}
    session.detach()
    return {**found, "elements": metrics["Nodes"], "listeners": metrics["JSEventListeners"]}


@contextmanager
def _opened(names: list[str]) -> Iterator[Callable[[str], tuple[Any, Any]]]:
    """What opens a page with an explorer: page, session."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)

        def open_page(name: str) -> tuple[Any, Any]:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.goto(write_page(Path(folder), example(name)))
            page.locator("figure[data-live] .ole").wait_for()
            return page, page.context.new_cdp_session(page)

        yield open_page
        browser.close()


def show_sizes() -> None:
    found = sizes()
    for name, size in found.items():
        print(f"  {name:28s} {size / 1024:6.1f} KB")
    view = max(found[f"{name}.js"] for name in VIEWS)
    print(f"  {'all':28s} {sum(found.values()) / 1024:6.1f} KB (at most 60)")
    page = found["explorers.js"] + found["explorers.css"] + view
    print(f"  {'a page with one explorer':28s} {page / 1024:6.1f} KB at most (at most 31)")


def show_moves(names: list[str]) -> None:
    with _opened(names) as open_page:
        for name in names:
            page, session = open_page(name)
            session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
            labels = page.locator("figure input[type=range]:visible").evaluate_all("all => all.map((e) => e.ariaLabel)")
            if name == "BasinExplorer":  # thousands of runs follow each move: what counts is that none is felt

                def moves(page: Any = page, label: str = labels[0]) -> None:
                    for k in range(6):
                        page.evaluate(MOVE, [label, k])
                        page.wait_for_timeout(1500)

                print(f"  {name:22s} {'longest task':26s} {longest_task(page, moves):5.1f} ms (at most {TASK})")
            for label in labels if name != "BasinExplorer" else []:
                times = slider_times(page, session, label)
                median, p95 = times[len(times) // 2], times[int(0.95 * len(times))]
                print(f"  {name:22s} {label:26s} median {median:5.1f}, p95 {p95:5.1f} ms (at most {LIMIT})", flush=True)
            page.close()


def show_memory(names: list[str], seconds: float) -> None:
    with _opened(names) as open_page:
        for name in names:
            page, _ = open_page(name)
            play(page, 20, min(60.0, 0.2 * seconds))  # until the engine has compiled what is hot
            before, cycles = memory(page), play(page, 1, seconds)
            after = memory(page)
            growth = 100 * (after["heap"] / before["heap"] - 1)
            more = ", ".join(f"{after[kind] - before[kind]:+.0f} {kind}" for kind in ("elements", "listeners"))
            print(
                f"  {name:22s} {seconds:.0f} s, {cycles} cycles: heap {growth:+.1f} % of {before['heap'] / 1e6:.1f} MB "
                f"(at most 5), {more}",
                flush=True,
            )
            page.close()


def show_kernel() -> None:
    from playwright.sync_api import sync_playwright

    race = 'ol.DescentExplorer("rosenbrock", [ol.SGD(lr=0.001), ol.Adam(lr=0.1), SignDescent()], lang="en")'
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        jupyterlab(Path(home), {"race": notebook(f"{STUDENTS_RULE}{race}")}) as address,
    ):
        page = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS).new_page()
        page.goto(address("race"))
        run_cell(page, 0)
        page.locator(".ole").wait_for(timeout=60_000)
        page.wait_for_timeout(2000)
        slider = page.get_by_label("η learning rate").element_handle()
        told = page.locator(".ole-row").nth(3).element_handle()  # its loss alone may round to what it was
        times = sorted(page.evaluate(ANSWER, [slider, told]) for _ in range(40))
        print(f"  a student's rule, 300 steps: median {times[20]:.0f}, p95 {times[38]:.0f} ms (at most 100)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="sizes, moves, memory, kernel; all by default")
    parser.add_argument("--play", type=float, default=30.0, help="seconds of play for each explorer's memory (30)")
    parser.add_argument("--only", nargs="+", choices=list(VIEWS), default=list(VIEWS), help="these explorers")
    options = parser.parse_args()
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "sizes": ("Bytes after gzip", show_sizes),
        "moves": (f"A slider's move, {THROTTLE} times slower processor", lambda: show_moves(options.only)),
        "memory": ("Memory after play", lambda: show_memory(options.only, options.play)),
        "kernel": ("The kernel's answer in JupyterLab, from hand to eye", show_kernel),
    }
    if unknown := set(options.what) - set(parts):
        parser.error(f"must be out of {', '.join(parts)}, got {', '.join(sorted(unknown))}")
    for what in options.what or parts:
        print(parts[what][0], flush=True)
        parts[what][1]()


if __name__ == "__main__":
    main()
