"""What a narrow window changes: words in figures grow, what scrolls says so, and fingers find what they touch."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_pages import every_page
from visits import CHAPTER, Visit, ways

from book.extensions.figures import limit_growth

TOUCH = {"has_touch": True, "is_mobile": True}
SMALLEST = 7.5  # pixels of a letter in a figure


@every_page
def test_words_in_figures_are_large_enough(visit: Callable[..., Visit], language: str, name: str) -> None:
    seen = visit(language, name, next(way for way in ways(language, name) if way[0] == 360))
    for size, left, right, text in seen.figures:
        assert size >= (SMALLEST if right < 340 else 6.9), text  # at the edge a word grows as far as there is room
        assert left >= 0, text
        assert right <= 360, text


def test_a_word_grows_as_far_as_there_is_room() -> None:
    def grown(x: float, text: str, anchor: str = "start") -> str:
        word = f'<text style="font-size: 10px; text-anchor: {anchor}" x="{x}" y="5">{text}</text>'
        return limit_growth(f'<svg viewBox="0 0 280 100">{word}')

    assert "--text" not in grown(200, "Adam")
    assert "--text: 1.15" in grown(230, "Momentums")  # 9 letters are 52 wide, and it is 60 to the edge
    assert "--text: 1.20" in grown(242, "训练损失")
    assert "--text: 1.03" in grown(230, "&lt;" * 10), "an escaped sign is one letter"
    assert "--text: 1.00" in grown(270, "Momentum"), "never smaller than it was drawn"
    assert "--text" not in grown(270, "Momentum", "end"), "it grows to the other side"


def test_figures_and_their_outputs_do_not_scroll(site_url: str, new_page: Callable[..., Any]) -> None:
    for width in (360, 740):
        page = new_page(width, 740, **TOUCH)
        page.goto(f"{site_url}/zh/{CHAPTER}.html")
        boxes = page.locator("div.cell_output:has(svg.figure-svg)")
        assert boxes.count() > 3
        moved = (
            "box => { box.scrollLeft = 50; return [box.scrollLeft, getComputedStyle(box).overflowX, box.tabIndex]; }"
        )
        for box in boxes.all():
            assert box.evaluate(moved) == [0, "clip", -1]


def shades(box: Any) -> tuple[float, float]:
    """How much a box differs at its left and at its right edge from its blank middle."""
    picture = np.asarray(Image.open(io.BytesIO(box.screenshot())).convert("L"), dtype=float)
    blank = np.median(picture)
    left, right = (np.median(picture[:, column]) for column in (1, -2))
    return abs(left - blank), abs(right - blank)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("03-algorithms/04-rmsprop-and-adadelta", "table.optimlib-table"),
        ("03-algorithms/04-rmsprop-and-adadelta", ".pst-scrollable-table-container > table"),
        ("03-algorithms/04-rmsprop-and-adadelta", "div.cell_input pre > *"),
        ("01-background/04-a-short-history", ".math-scroll > *"),
    ],
)
def test_what_goes_on_at_a_side_has_a_shadow_there(
    site_url: str, new_page: Callable[..., Any], scheme: str, name: str, kind: str
) -> None:
    page = new_page(360, 740, color_scheme=scheme, **TOUCH)
    page.goto(f"{site_url}/zh/chapters/{name}.html")
    found = page.evaluate_handle(
        """(kind) => {
            const boxes = [...document.querySelectorAll(`article ${kind}`)].map((e) => e.parentElement);
            const seen = boxes.filter((box) => box.checkVisibility() && !box.closest(".dropdown"));
            const room = (box) => box.clientWidth - box.scrollWidth;
            return [seen.find((box) => room(box) < -40), seen.find((box) => room(box) === 0)];
        }""",
        kind,
    )
    wide, fitting = (handle.as_element() for handle in found.get_properties().values())
    wide.scroll_into_view_if_needed()
    left, right = shades(wide)
    assert left < 3
    assert right > 6
    wide.evaluate("box => { box.scrollLeft = 20; }")
    assert min(shades(wide)) > 6
    wide.evaluate("box => { box.scrollLeft = 9999; }")
    left, right = shades(wide)
    assert left > 6
    assert right < 3
    if fitting:
        fitting.scroll_into_view_if_needed()
        assert max(shades(fitting)) < 3


def test_fingers_find_buttons(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(360, 740, **TOUCH)
    page.goto(f"{site_url}/zh/{CHAPTER}.html")
    page.locator(".done input").first.wait_for()
    for kind in (
        ".copybtn",
        ".toggle-button",
        ".write-it",
        ".done",
        ".tool",
        "a.language-switch",
        "div.citation > span a",
    ):
        found = [e.bounding_box() for e in page.locator(kind).all() if e.is_visible()]
        assert found, kind
        for box in found:
            assert box["height"] >= 24, kind
            assert box["width"] >= 24, kind


def test_the_way_back_to_the_top_leaves_the_text(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(360, 740, **TOUCH)
    page.clock.install()
    page.goto(f"{site_url}/zh/{CHAPTER}.html")
    link = page.locator("#back-to-top")

    def up() -> None:
        for place in (6000, 5000):
            page.evaluate(
                """place => new Promise((done) => {
                    addEventListener("scroll", done, { once: true });
                    scrollTo({ top: place, behavior: "instant" });
                })""",
                place,
            )
        link.wait_for()

    up()
    page.clock.run_for(5000)
    link.wait_for(state="hidden")
    up()
    link.focus()
    page.clock.run_for(9000)
    assert link.is_visible(), "whoever has reached it by keyboard keeps it"
