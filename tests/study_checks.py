"""What a browser has to find in every explorer on a sheet: words, room, the snapshot, the handle, the goals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from explorer_tools import CHINESE, doubles, live, settle, write_page
from py_mini_racer import MiniRacer

WORDS = """(ole) => [ole.innerText, ...[...ole.querySelectorAll("*"), ole].flatMap(
  (e) => ["aria-label", "title", "aria-valuetext"].map((name) => e.getAttribute(name) ?? ""))].join("\\n")"""
STICKING_OUT = """(figure) => {
  const edge = figure.getBoundingClientRect().right + 1;
  return [...figure.querySelectorAll(".ole-sheet *:not(option, .ole-handle)")]
    .filter((e) => e.getBoundingClientRect().right > edge).map((e) => e.className);
}"""
NAMELESS = """(figure) => [...figure.querySelectorAll("input, select, button, [tabindex], [role=img]")]
  .filter((e) => !(e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent.trim())).map((e) => e.outerHTML)"""
SETTINGS = (
    "(figure) => Object.fromEntries(Object.keys(figure.explorer.model.get('spec').initial)"
    ".map((k) => [k, figure.explorer.model.get(k)]))"
)


def settings_of(figure: Any) -> dict[str, Any]:
    return figure.evaluate(SETTINGS)


def check_languages(new_page: Callable[..., Any], folder: Path, explorer: Any) -> None:
    """Each edition has only its own language, every control has a name, and nothing is reported to the console."""
    for lang in ("zh", "en"):
        page = new_page()
        figure = live(page, write_page(folder, explorer, lang=lang))
        for index in range(-1, figure.locator(".ole-preset").count()):
            if index >= 0:
                figure.locator(".ole-preset").nth(index).click()
                settle(page)
            words = figure.locator(".ole").evaluate(WORDS)
            assert "｜" not in words
            assert "undefined" not in words
            assert "NaN" not in words
            assert bool(CHINESE.search(words)) == (lang == "zh")
            assert figure.evaluate(NAMELESS) == []
        page.wait_for_function("document.querySelector('.ole-hidden[aria-live]').textContent.length > 20")
        assert page.records.errors == []


def check_room(new_page: Callable[..., Any], folder: Path, explorer: Any) -> None:
    """From the telephone to the desk nothing sticks out in any scene, and the figure fills its snapshot's room."""
    heights: list[set[float]] = [set(), set()]
    for lang, theme in (("zh", "light"), ("en", "dark")):
        address = write_page(folder, explorer, lang=lang, theme=theme)
        page = new_page(360)
        figure = live(page, address)
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            for button in [None, *figure.locator(".ole-preset").all()]:
                if button:
                    button.click()
                    settle(page)
                assert figure.evaluate(STICKING_OUT) == []
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                heights[width == 360].add(figure.locator(".ole-sheet").bounding_box()["height"])
        assert page.records.errors == []
    assert heights == [{float(room)} for room in explorer.height], f"{heights} instead of {explorer.height}"


def check_without_scripts(new_page: Callable[..., Any], folder: Path, explorer: Any) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(write_page(folder, explorer))
    image = page.locator("figure img")
    assert image.is_visible()
    assert image.bounding_box()["height"] > 200
    alt = image.get_attribute("alt")
    assert len(alt) > 60
    assert alt.count("｜") == 1
    zh, en = alt.split("｜")
    assert CHINESE.search(zh)
    assert not CHINESE.search(en)
    assert re.search(r"\d", en)


def check_independence(page: Any, folder: Path, explorer: Any, other: Any) -> None:
    """What happens in one explorer leaves the other alone; closing one leaves nothing behind."""
    figure = live(page, write_page(folder, explorer, other))
    second = page.locator("figure").nth(1)
    second.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('figure[data-live]').length === 2")
    before, first = settings_of(second), settings_of(figure)
    figure.locator(".ole-preset").last.click()
    settle(page)
    assert settings_of(figure) != first
    assert settings_of(second) == before
    figure.get_by_text("Reset").click()
    settle(page)
    assert settings_of(figure) == first
    assert page.locator(".ole [id]").count() == 0
    figure.evaluate("(figure) => { window.model = figure.explorer.model; figure.explorer.close(); }")
    assert page.evaluate("[...window.model.listeners.values()].every((set) => set.size === 0)")
    assert figure.locator("img").is_visible()
    assert page.records.errors == []


def check_hostile(page: Any, folder: Path, explorer: Any) -> None:
    """Data that Python would never write still give a figure."""
    figure = live(page, write_page(folder, explorer))
    hostile = [None, "x", -1e308, 1e308, 1e-320, [], {"__proto__": 1}, True]
    for value in hostile:
        figure.evaluate(
            "(figure, value) => { for (const key of Object.keys(figure.explorer.model.get('spec').initial))"
            " figure.explorer.model.set(key, value); }",
            value,
        )
        settle(page)
        row = figure.locator(".ole-results tbody tr").first.inner_text()
        assert len(row) > 3
        # The last cell is a number of the run; elsewhere a dash, numberText's NaN, also says "not reached".
        assert row.split("\t")[-1] != "–", f"{value!r} gave {row!r}"
    assert page.records.errors == []


def finger(page: Any, locator: Any, dx: float, dy: float) -> None:
    """Drag the element with one finger."""
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, share in (("touchStart", 0.0), ("touchMove", 0.3), ("touchMove", 1.0), ("touchEnd", None)):
        points = [] if share is None else [{"x": x + share * dx, "y": y + share * dy}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    settle(page)


def mouse(page: Any, locator: Any, dx: float, dy: float) -> None:
    """Drag the element with the mouse."""
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=3)
    page.mouse.up()
    settle(page)


def call(js: MiniRacer, name: str, *arguments: Any) -> Any:
    """Call a function that the glue has put on globalThis; it returns JSON text."""
    return json.loads(js.eval(f"{name}({', '.join(map(json.dumps, arguments))})"))


def same(found: str, expected: Any) -> None:
    """Bit for bit, NaN like NaN."""
    np.testing.assert_array_equal(doubles(found), np.asarray(expected, dtype=float).ravel())


def check_sheet(folder: Path, new_page: Callable[..., Any], make: Callable[[], Any]) -> None:
    """All of the above."""
    check_languages(new_page, folder, make())
    check_room(new_page, folder, make())
    check_without_scripts(new_page, folder, make())
    check_independence(new_page(), folder, make(), make())
    check_hostile(new_page(), folder, make())


def click_and_tap(folder: Path, new_page: Callable[..., Any], make: Callable[[], Any], area: str, key: str) -> None:
    """A mouse that presses in a drawing and a finger that taps there set the setting `key` to the same value."""
    values = []
    for options in ({}, {"has_touch": True, "is_mobile": True}):
        page = new_page(360, **options)
        figure = live(page, write_page(folder, make()))
        before = settings_of(figure)[key]
        plot = figure.locator(f".ole-{area}")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        x, y = box["x"] + 0.8 * box["width"], box["y"] + 0.4 * box["height"]
        if options:
            page.touchscreen.tap(x, y)
        else:
            page.mouse.click(x, y)
        settle(page)
        values.append(settings_of(figure)[key])
        assert values[-1] != before
        assert page.records.errors == []
    np.testing.assert_allclose(*values, rtol=0.03)  # a finger's place is rounded to whole pixels


def press(page: Any, figure: Any, key: str, name: str, times: int = 1) -> Any:
    """Press a key on the control of the setting `key`; return its new value."""
    figure.locator(f"[data-key='{key}']").first.focus()
    for _ in range(times):
        page.keyboard.press(name)
    settle(page)
    return settings_of(figure)[key]


def number(text: str) -> float:
    """What a number on a page says: "−6.81 × 10⁻⁴" is −0.000681."""
    text = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")).replace(" × 10", "e")
    return float(re.sub(r"^(-?)10(?=-?\d)", r"\g<1>1e", text) if re.match(r"-?10-\d", text) else text)
