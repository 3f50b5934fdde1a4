"""Pages keep free the room that explorers take: nothing moves when snapshots come to life, however late they do."""

import re
from pathlib import Path
from typing import Any

import pytest
from visits import KINDS, LANGUAGES

from book.heights import LEAST, MOST, columns, measured, open_sheet
from optimlib.explorers import css
from optimlib.explorers.bundler import VIEWS
from optimlib.explorers.sheet import HEIGHTS, WIDTHS

SHEETS = [name for name in VIEWS if name != "DescentExplorer"]
# What phones, tablets, and screens leave for an explorer: 320, 360, 375, 390, 412, 430, 480, 540, 600, 768, 1280 px.
REAL = [272, 312, 327, 342, 364, 382, 432, 492, 552, 592, 608]
BOXES = "figures => figures.map((f) => { const { top, height } = f.getBoundingClientRect(); return [top, height]; })"

# The explorers of plots that another's style has pressed thin.
THIN = """figures => figures.flatMap((figure) => [...figure.querySelectorAll("canvas")]
  .filter((c) => c.getClientRects().length && c.getBoundingClientRect().width < 120)
  .map((c) => figure.dataset.explorer))"""

SEEN = """(figure) => {
  figure.scrollIntoView({ block: "center", behavior: "instant" });
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def test_the_style_has_the_borders_of_the_table() -> None:
    found = re.findall(r"@container \(max-width:(\d+)px\)\{figure\[data-explorer\] > \*\{--free:var\(--h(\d)\)", css())
    assert [(int(width), int(k)) for width, k in found] == [(width, k) for k, width in enumerate(WIDTHS)][::-1]
    assert {*HEIGHTS} == {*SHEETS}
    assert all(len(high) == len(WIDTHS) + 1 for known in HEIGHTS.values() for high in known.values())
    assert LEAST <= min(REAL) <= max(REAL) <= MOST


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SHEETS)
def test_no_scene_and_no_choice_needs_more_than_is_free(browser: Any, tmp_path: Path, name: str, language: str) -> None:
    page = open_sheet(browser, tmp_path, name, language)
    high = measured(page, [*REAL, MOST], thorough=False)
    page.close()
    for k, free in enumerate(HEIGHTS[name][language]):
        for width in columns(k, high):
            assert high[width] <= free, f"{width} px: run `python -m book heights`"
    # Where there is most to see, room is not wasted either.
    assert HEIGHTS[name][language][5] - max(high[592], high[608]) < 50, "run `python -m book heights`"


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
def test_snapshots_are_as_high_as_what_replaces_them(site_url: str, new_page: Any, language: str, width: int) -> None:
    page, held = new_page(width), []
    views = re.compile(r"_static/explorers/\w+Explorer\.js")
    page.route(views, lambda route: held.append(route))  # the machine is slow
    page.add_init_script(
        "window.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries().map((e) => e.value)))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(f"{site_url}/{language}/{KINDS['gallery']}.html", wait_until="domcontentloaded")
    figures = page.locator("figure[data-explorer]")
    for figure in figures.all():
        figure.evaluate(SEEN)
    page.wait_for_function("() => document.querySelectorAll('script[src*=\"Explorer.js\"]').length === 12")
    figures.nth(6).evaluate(SEEN)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    before = figures.evaluate_all(BOXES)
    assert page.locator("figure[data-live]").count() == 0
    page.evaluate("() => { window.shifts.length = 0; }")
    for route in held:
        route.continue_()
    page.wait_for_function("() => document.querySelectorAll('figure[data-live]').length === 12")
    page.wait_for_timeout(300)
    assert figures.evaluate_all(BOXES) == [pytest.approx(box, abs=0.6) for box in before]
    assert sum(page.evaluate("window.shifts")) < 1e-3
    assert figures.evaluate_all(THIN) == []
    assert page.records.errors == []
