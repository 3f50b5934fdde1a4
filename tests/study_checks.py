"""What a browser has to find in every explorer on a sheet: words, room, the snapshot, links, the handle, the goals."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from explorer_tools import CHINESE, live, settle, write_page
from visits import violations

# What there is to see as the figure opens, and then in each of its scenes.
SURVEY = """async (figure) => {
  const found = [], all = (query) => [...figure.querySelectorAll(query)];
  const look = (scene) => {
    const edge = figure.getBoundingClientRect().right + 1, ole = figure.querySelector(".ole");
    const told = (e) => ["aria-label", "title", "aria-valuetext"].map((name) => e.getAttribute(name) ?? "");
    found.push({
      scene,
      words: [ole.innerText, ...[...all(".ole *"), ole].flatMap(told)].join("\\n"),
      nameless: all("input, select, button, [tabindex], [role=img]")
        .filter((e) => !(e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent.trim()))
        .map((e) => e.outerHTML),
      jumping: all("[tabindex]:not([tabindex='0'])").map((e) => e.outerHTML),
      outside: all(".ole *:not(option, .ole-handle)")
        .filter((e) => e.getBoundingClientRect().right > edge).map((e) => e.className),
      cut: all(".ole-name, .ole-value, .ole-choice select, .ole-results *, .ole-preset, .ole-goals li")
        .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map((e) => e.textContent),
      over: [all(".ole-results")[0].getBoundingClientRect()].filter((table) => {
        const goals = all(".ole-goals")[0].getBoundingClientRect();
        return goals.top < table.bottom && goals.left < table.right;
      }),
      reached: all(".ole-done").map((e) => e.textContent),
      width: document.documentElement.scrollWidth,
      height: figure.querySelector(".ole-sheet").getBoundingClientRect().height,
      free: Number(getComputedStyle(figure.querySelector(".ole-sheet")).getPropertyValue("--free")),
    });
  };
  look("as it opens");
  for (const button of all(".ole-presets .ole-preset")) {
    button.click();
    await window.settled();
    look(button.textContent);
  }
  return found;
}"""
SETTINGS = (
    "(figure) => Object.fromEntries(Object.keys(figure.explorer.model.get('spec').initial)"
    ".map((k) => [k, figure.explorer.model.get(k)]))"
)
HOSTILE = [None, "x", -1e308, 1e308, 1e-320, [], {"__proto__": 1}, True]
BAD_LINKS = ["", "%", "<img src=x onerror=alert(1)>", "__proto__:1", "lr:1e999", "seed:1~seed:1", "9" * 3900]


def settings_of(figure: Any) -> dict[str, Any]:
    return figure.evaluate(SETTINGS)


def check_sheet(
    folder: Path, new_page: Callable[..., Any], make: Callable[[], Any], says_dash: Callable[[str], bool] | None = None
) -> None:
    """All of it, in both editions.  says_dash: is a dash in this row of results an answer, and no missing number?"""
    explorer = make()
    check_without_scripts(new_page, folder, explorer)
    for lang, theme in (("zh", "light"), ("en", "dark")):
        page = new_page()
        figure = live(page, write_page(folder, explorer, explorer, lang=lang, theme=theme))
        for width in (1280, 608, 328):  # of the explorer up to 16 less: as on a site's wide and narrow pages
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            for seen in figure.evaluate(SURVEY):
                check_scene(seen, lang)
                assert seen["width"] <= width, seen["scene"]
                assert seen["height"] == seen["free"] > 400, (width, seen["scene"])
        assert violations(page) == []
        page.wait_for_function("() => document.querySelector('.ole-hidden[aria-live]').textContent.length > 20")
        assert page.records.errors == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert violations(page) == []
    check_links(page, figure)
    check_independence(page, figure)
    check_hostile(page, figure, says_dash)
    check_closing(page, figure)
    assert page.records.errors == []


def check_scene(seen: dict[str, Any], lang: str) -> None:
    """Only the edition's own language, a name for each control, nothing that sticks out, no goal that comes alone."""
    assert not re.search("｜|undefined|NaN", seen["words"]), seen["scene"]
    assert bool(CHINESE.search(seen["words"])) == (lang == "zh"), seen["scene"]
    for flaw in ("nameless", "jumping", "outside", "cut", "over", "reached"):
        assert seen[flaw] == [], (flaw, seen["scene"])


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


def second_of(page: Any) -> Any:
    """The page's other explorer, live."""
    second = page.locator("figure").nth(1)
    second.scroll_into_view_if_needed()
    second.locator(".ole").wait_for()
    settle(page)
    return second


def check_links(page: Any, figure: Any) -> None:
    """A link brings back what was on screen, in the figure that it names; a bad one changes nothing."""
    second = second_of(page)
    figure.locator(".ole-preset").last.click()
    settle(page)
    figure.get_by_text("Copy link").click()
    figure.get_by_text(re.compile("Copied|Please copy")).wait_for()
    before = settings_of(figure)
    link = page.evaluate("location.href")
    assert "#explorer-1=" in link
    figure.get_by_text("Reset").click()
    settle(page)
    first = settings_of(figure)
    assert first != before
    for text in BAD_LINKS:
        page.evaluate("(text) => { location.hash = `explorer-1=${text}`; }", text)
    page.evaluate("(address) => { location.href = address; }", link.replace("explorer-1", "explorer-2"))
    page.wait_for_function(
        "([figure, wanted]) => Object.entries(wanted).every(([k, v]) => figure.explorer.model.get(k) === v)",
        arg=[second.element_handle(), before],
    )
    assert settings_of(figure) == first
    page.goto("about:blank")  # or the address with another hash would not load anew
    live(page, link)
    assert settings_of(figure) == before


def check_independence(page: Any, figure: Any) -> None:
    """What happens in one explorer leaves the other alone."""
    second = second_of(page)
    figure.get_by_text("Reset").click()
    settle(page)
    before, first = settings_of(second), settings_of(figure)
    figure.locator(".ole-preset").last.click()
    settle(page)
    assert settings_of(figure) != first
    assert settings_of(second) == before
    figure.get_by_text("Reset").click()
    settle(page)
    assert settings_of(figure) == first
    assert page.locator(".ole [id]").count() == 0


def check_closing(page: Any, figure: Any) -> None:
    """Closing both leaves nothing behind: no listener, no frame, no timer, and the snapshot is back."""
    page.locator(".ole-preset").first.wait_for()
    left = page.evaluate("""() => {
      const figures = [...document.querySelectorAll("figure")], waiting = [], models = [];
      for (const figure of figures) {
        figure.querySelector(".ole-preset").click();
        for (const button of figure.querySelectorAll(".ole-foot .ole-reset")) button.click();  // told in a while
        models.push(figure.explorer.model);
      }
      waiting.push(window.awaited.size, window.timers.size);
      for (const figure of figures) figure.explorer.close();
      const listening = models.flatMap((model) => [...model.listeners.values()]).filter((set) => set.size);
      return [waiting, [window.awaited.size, window.timers.size, listening.length]];
    }""")
    assert min(left[0]) > 0
    assert left[1] == [0, 0, 0]
    settle(page)
    assert figure.locator("img").is_visible()
    assert figure.locator(".ole").count() == 0


def check_hostile(page: Any, figure: Any, says_dash: Callable[[str], bool] | None) -> None:
    """Data that Python would never write still give a figure, with numbers in each of its results."""
    for value in HOSTILE:
        figure.evaluate(
            "(figure, value) => { for (const key of Object.keys(figure.explorer.model.get('spec').initial))"
            " figure.explorer.model.set(key, value); }",
            value,
        )
        settle(page)
        for row in figure.locator(".ole-results tbody tr").all_inner_texts():
            assert len(row) > 3
            # numberText writes NaN as a dash.
            assert "–" not in row or (says_dash and says_dash(row)), f"{value!r} gave {row!r}"


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


def check_hands(
    folder: Path, new_page: Callable[..., Any], make: Callable[[], Any], dx: float, dy: float, keys: list[str]
) -> list[dict[str, Any]]:
    """A mouse, a finger, and keys move the handle; return the settings that each of them leaves.

    dx, dy: by how much of the drawing's width and height it is dragged.
    """
    found = []
    address = write_page(folder, make())
    for touch in (False, True):
        page = new_page(800, has_touch=touch)
        figure = live(page, address)
        handle = figure.locator(".ole-handle")
        inner = figure.locator(".ole-area .ole-plot").bounding_box()
        drag = finger if touch else mouse
        drag(page, handle, dx * (inner["width"] - 50), dy * (inner["height"] - 50))
        found.append(settings_of(figure))
        if touch:
            figure.get_by_text("Reset").click()
            settle(page)
            handle.focus()
            for key in keys:
                page.keyboard.press(key)
                settle(page)
            found.append(settings_of(figure))
            assert handle.get_attribute("aria-valuetext")
        assert page.records.errors == []
    assert found[0] == found[1] != make().settings
    return found


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


def check_goals(page: Any, figure: Any, ways: list[dict[str, Any]]) -> None:
    """These settings, one after the other, reach one more goal each."""
    done = figure.locator(".ole-goals .ole-done")
    start = done.count()
    for count, way in enumerate(ways, start + 1):
        figure.evaluate("(f, way) => Object.entries(way).forEach(([k, v]) => f.explorer.model.set(k, v))", way)
        settle(page)
        assert done.count() == count, way


def number(text: str) -> float:
    """What a number on a page says: "−6.81 × 10⁻⁴" is −0.000681."""
    text = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")).replace(" × 10", "e")
    return float(re.sub(r"^(-?)10(?=-?\d)", r"\g<1>1e", text) if re.match(r"-?10-\d", text) else text)
