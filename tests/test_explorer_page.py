"""DescentExplorer in a browser, from its stored HTML and the site's script: its numbers are optimlib's."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import explorer_tools as tools
import numpy as np
import pytest
from explorer_tools import CHINESE, GET, STICKING_OUT, live, settle

import optimlib as ol
from optimlib.explorers import DescentExplorer

RUNS = """(figure) => figure.explorer.model.get("runs").map(
  (run) => [Array.from(run.theta).map(String), run.divergedAt])"""


@pytest.fixture
def write_page(tmp_path: Path) -> Callable[..., str]:
    return partial(tools.write_page, tmp_path)


def paths(figure: Any) -> list[np.ndarray]:
    return [np.array(theta, dtype=float).reshape(-1, 2) for theta, _ in figure.evaluate(RUNS)]


def expect_runs(figure: Any, optimizers: list[Any], surface: Any) -> None:
    """The page's paths are those that optimlib computes from the page's settings."""
    start, steps = figure.evaluate(GET, "start"), figure.evaluate(GET, "steps")
    for found, optimizer in zip(paths(figure), optimizers, strict=True):
        expected = ol.descend(optimizer, surface, np.array(start, dtype=float), steps).theta
        np.testing.assert_array_equal(found, expected)


def center(locator: Any) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def moved_start(page: Any, figure: Any, act: Callable[[], None]) -> list[float]:
    before, old = figure.evaluate(GET, "start"), paths(figure)
    act()
    settle(page)
    after = figure.evaluate(GET, "start")
    assert after != before
    assert not np.array_equal(paths(figure)[0], old[0])
    np.testing.assert_array_equal(paths(figure)[0][0], after)
    return after


RACE = [ol.SGD(lr=0.01), ol.Momentum(lr=0.005), ol.Adam(lr=0.1)]


@pytest.fixture
def race() -> DescentExplorer:
    return DescentExplorer(ol.Himmelblau(), RACE, steps=500)


def test_drags_the_start_with_a_mouse(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    handle = figure.locator(".ole-handle")

    def drag() -> None:
        x, y = center(handle)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 30, y - 20)
        page.mouse.move(x + 60, y - 40, steps=3)
        page.mouse.up()

    start = moved_start(page, figure, drag)
    assert start[0] > 0.5
    assert start[1] > -4.4
    expect_runs(figure, RACE, ol.Himmelblau())
    x, y = center(handle)
    page.mouse.move(x + 5, y + 5)  # released: the mouse no longer leads it
    settle(page)
    assert figure.evaluate(GET, "start") == start
    assert page.records.errors == []
    assert [url for url in page.records.requests if not url.startswith(("file:", "data:"))] == []


def test_a_click_anywhere_moves_the_start(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    box = figure.locator(".ole-map").bounding_box()
    moved_start(page, figure, lambda: page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.3))
    expect_runs(figure, RACE, ol.Himmelblau())


def test_a_finger_taps_and_drags(new_page: Any, write_page: Any, race: DescentExplorer) -> None:
    page = new_page(360, 800, has_touch=True, is_mobile=True)
    figure = live(page, write_page(race))
    box = figure.locator(".ole-map").bounding_box()
    moved_start(page, figure, lambda: page.touchscreen.tap(box["x"] + 120, box["y"] + 100))
    expect_runs(figure, RACE, ol.Himmelblau())

    x, y = center(figure.locator(".ole-handle"))
    session = page.context.new_cdp_session(page)

    def drag() -> None:
        touch = lambda kind, *at: session.send(  # noqa: E731
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in at]}
        )
        touch("touchStart", (x + 8, y + 8))
        for k in range(1, 5):
            touch("touchMove", (x + 8 + 10 * k, y + 8 + 12 * k))
        touch("touchEnd")

    moved_start(page, figure, drag)
    dx, dy = np.subtract(center(figure.locator(".ole-handle")), (x, y))
    assert (dx, dy) == pytest.approx((40, 48), abs=2)  # taken off its center, it does not jump
    expect_runs(figure, RACE, ol.Himmelblau())
    assert page.evaluate("scrollY") == 0
    assert page.records.errors == []


def test_arrow_keys_move_the_start(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    figure.locator(".ole-handle").focus()
    small = moved_start(page, figure, lambda: page.keyboard.press("ArrowRight"))
    large = moved_start(page, figure, lambda: page.keyboard.press("Shift+ArrowRight"))
    assert large[0] - small[0] == pytest.approx(5 * small[0])
    moved_start(page, figure, lambda: page.keyboard.press("ArrowUp"))
    expect_runs(figure, RACE, ol.Himmelblau())
    page.wait_for_function("() => document.querySelector('p[aria-live]').textContent.includes('Adam has loss')")


def test_sliders_change_the_run_of_the_chosen_optimizer(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    figure.get_by_label("Adjust Momentum").check(force=True)
    settle(page)
    assert figure.locator(".ole-panel input").count() == 2
    beta = figure.get_by_label("β decay rate")
    assert beta.get_attribute("aria-valuetext") == "0.9"
    beta.focus()
    for _ in range(40):  # from .9 to .99 it is as far as to .999
        page.keyboard.press("ArrowRight")
    settle(page)
    assert beta.get_attribute("aria-valuetext") == "0.99"
    expect_runs(figure, [RACE[0], ol.Momentum(lr=0.005, beta=0.99), RACE[2]], ol.Himmelblau())
    rate = figure.get_by_label("η learning rate")
    rate.fill("0")
    settle(page)
    expect_runs(figure, [RACE[0], ol.Momentum(lr=1e-5, beta=0.99), RACE[2]], ol.Himmelblau())
    figure.get_by_label("Adjust SGD").check(force=True)
    settle(page)
    rate.fill(rate.get_attribute("max"))
    settle(page)
    run = ol.descend(ol.SGD(lr=10.0), ol.Himmelblau(), [0.0, -4.5], 500)
    assert f"diverged at step {run.diverged_at}" in figure.inner_text()
    assert page.records.errors == []


def test_surfaces_bring_their_start_and_their_sliders(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    for name, cls in ol.SURFACES.items():
        figure.get_by_label("Surface", exact=True).select_option(name)
        settle(page)
        assert tuple(figure.evaluate(GET, "start")) == cls.start
        assert all(np.isfinite(path).all() for path in paths(figure)), name
    tilt = figure.get_by_label("c tilt")
    tilt.fill("0")
    settle(page)
    rates = [values["lr"] for values in figure.evaluate(GET, "hyper")]
    optimizers = [type(o)(lr=lr) for o, lr in zip(RACE, rates, strict=True)]
    expect_runs(figure, optimizers, ol.DoubleWell(tilt=-1.5))
    assert page.records.errors == []


def test_play_step_scrub_and_reset(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    count, play = figure.locator(".ole-t"), figure.locator(".ole-play")
    assert count.inner_text() == "t = 500"
    play.click()
    page.wait_for_function("(n) => /t = ([3-9]|\\d{2})$/.test(n.textContent)", arg=count.element_handle())
    assert play.get_attribute("aria-label") == "Pause"
    play.click()
    stopped = count.inner_text()
    page.wait_for_timeout(250)
    assert count.inner_text() == stopped
    t = int(stopped.removeprefix("t = "))
    assert 3 <= t < 200
    figure.get_by_label("One step forward").click()
    figure.get_by_label("One step forward").click()
    figure.get_by_label("One step back").click()
    settle(page)
    assert count.inner_text() == f"t = {t + 1}"
    figure.get_by_label("Step t").fill("490")
    play.click()
    page.wait_for_function("(n) => n.textContent === 't = 500'", arg=count.element_handle())
    assert play.get_attribute("aria-label") == "Play"  # at the end it stops by itself
    figure.get_by_label("Show SGD").uncheck()
    figure.locator(".ole-handle").press("ArrowLeft")
    figure.get_by_label("Surface", exact=True).select_option("saddle")
    figure.get_by_text("Reset").click()
    settle(page)
    for key, value in race.spec["initial"].items():
        assert figure.evaluate(GET, key) == value
    assert figure.get_by_label("Show SGD").is_checked()


def test_read_outs_show_optimlibs_numbers(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    figure.get_by_label("Step t").fill("7")
    settle(page)
    for row, optimizer in zip(figure.locator(".ole-row:not(.ole-head)").all(), RACE, strict=True):
        run = ol.descend(optimizer, ol.Himmelblau(), [0.0, -4.5], 500)
        x, y = (f"{value:.3f}".replace("-", "−") for value in run.theta[7])
        assert row.locator(".ole-theta").inner_text() == f"({x}, {y})"
        assert float(row.locator(".ole-loss").inner_text()) == pytest.approx(run.loss[7], rel=5e-3)


def test_two_explorers_are_independent(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race, DescentExplorer(ol.Himmelblau(), RACE, steps=500)))
    other = page.locator("figure").nth(1)
    other.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelectorAll('figure[data-live]').length === 2")
    before = paths(other)
    figure.locator(".ole-handle").press("ArrowRight")
    figure.get_by_label("Adjust SGD").check(force=True)
    settle(page)
    np.testing.assert_array_equal(paths(other), before)
    assert other.evaluate(GET, "selected") == 2
    assert other.get_by_label("Adjust Adam").is_checked()
    assert page.locator(".ole [id]").count() == 0


def test_cleaning_up_leaves_nothing_behind(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    page.evaluate("""() => {
      window.frames_asked = 0;
      const ask = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (f) => { window.frames_asked += 1; return ask(f); };
    }""")
    figure.locator(".ole-play").click()
    page.wait_for_function("() => window.frames_asked > 5")
    figure.evaluate("(figure) => { window.model = figure.explorer.model; figure.explorer.close(); }")
    asked = page.evaluate("window.frames_asked")
    page.evaluate("document.documentElement.dataset.theme = 'dark'; window.model.set('start', [1, 1])")
    page.wait_for_timeout(300)
    assert page.evaluate("window.frames_asked") == asked
    listeners = "[...window.model.listeners].filter(([event, set]) => event !== 'save' && set.size).length"
    assert page.evaluate(listeners) == 0
    assert page.locator(".ole").count() == 0
    assert figure.locator("img").is_visible()
    assert page.records.errors == []


def test_hiding_the_page_stops_the_film(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    figure.locator(".ole-play").click()
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert figure.locator(".ole-play").get_attribute("aria-label") == "Play"


def test_without_scripts_the_snapshot_and_its_words_are_there(new_page: Any, write_page: Any, race: Any) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(write_page(race))
    image = page.locator("figure img")
    assert image.is_visible()
    box = image.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(720 / 336, rel=0.02)  # no room kept for controls
    assert "Himmelblau" in image.get_attribute("alt")


def test_print_shows_the_snapshot(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    page.emulate_media(media="print")
    assert figure.locator("img").is_visible()
    assert not figure.locator(".ole").is_visible()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_speaks_the_language_of_the_page_only(page: Any, write_page: Any, race: DescentExplorer, lang: str) -> None:
    figure = live(page, write_page(race, lang=lang))
    words = figure.locator(".ole").evaluate("""(ole) => [ole.innerText, ...[...ole.querySelectorAll("*"), ole].flatMap(
      (e) => ["aria-label", "title", "aria-valuetext"].map((name) => e.getAttribute(name) ?? ""))].join("\\n")""")
    assert "｜" not in words
    if lang == "en":
        assert not CHINESE.search(words)
        assert "learning rate" in words
    else:
        assert "学习率" in words
        assert not re.search(r"\b(learning|rate|step|loss|start|reset|play)\b", words, re.I)


@pytest.mark.parametrize("width", [360, 600, 768, 1280])
def test_fits_and_does_not_jump(new_page: Any, write_page: Any, race: DescentExplorer, width: int) -> None:
    page = new_page(width)
    address = write_page(race)
    script = Path(address.removeprefix("file://")).with_name("DescentExplorer.js")
    whole = script.read_text(encoding="utf-8")
    script.write_text("", encoding="utf-8")
    page.goto(address)
    before = page.locator("figure").bounding_box()["height"]
    script.write_text(whole, encoding="utf-8")
    figure = live(page, address)
    assert figure.bounding_box()["height"] == pytest.approx(before, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ol.SURFACES:
        figure.get_by_label("Surface", exact=True).select_option(name)
        settle(page)
        assert figure.bounding_box()["height"] == pytest.approx(before, abs=1), name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert figure.evaluate(STICKING_OUT) == [], name
    for row in figure.locator(".ole-row:not(.ole-head) span:visible").all():
        assert row.evaluate("(e) => e.scrollWidth <= e.clientWidth + 1"), row.inner_text()


def test_redraws_when_the_theme_changes(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    picture = "(figure) => figure.querySelector('canvas').toDataURL()"
    light = figure.evaluate(picture)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    settle(page)
    assert figure.evaluate(picture) != light


def test_reduced_motion_shows_stills(new_page: Any, write_page: Any, race: DescentExplorer) -> None:
    page = new_page(reduced_motion="reduce")
    figure = live(page, write_page(race))
    page.evaluate("""() => {
      window.seen = new Set();
      new MutationObserver(() => window.seen.add(document.querySelector(".ole-t").textContent))
        .observe(document.querySelector(".ole-t"), { childList: true, subtree: true });
    }""")
    figure.locator(".ole-play").click()
    page.wait_for_timeout(1200)
    assert 1 <= page.evaluate("window.seen.size") <= 4


def test_tab_order_is_that_of_reading(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    figure.get_by_label("σ gradient noise").focus()
    names = []
    for _ in range(18):
        page.keyboard.press("Tab")
        names.append(page.evaluate("(document.activeElement.ariaLabel ?? document.activeElement.textContent)"))
    assert names[0].startswith("Start θ₀")
    zooming = ["Zoom in", "Zoom out"]  # the whole map is shown: the third button rests
    controls = [*zooming, "One step back", "Play", "Step t", "Show SGD", "Show Momentum", "Show Adam", "Adjust Adam"]
    sliders = ["η learning rate", "β₁ decay of m", "β₂ decay of v", "ε stabilizer"]
    assert names[1:] == [*controls, *sliders, "Choose optimizers", "Copy as Python", "Copy link", "Reset"]
