"""axe-core on every page of the site: both editions, light and dark, wide and narrow; and what axe cannot see."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from test_pages import PAGES, every_page
from test_website import ADAM

from book.node import ensure_packages

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ELSEWHERE = [["form.ole-table[role=group]"]]  # a form with a name is a landmark; the explorers' own tests look after it


@cache
def axe() -> str:
    """Return axe-core's script."""
    return (ensure_packages(Path(__file__).parent) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """Return what axe finds wrong on the page as it is now: rule, reason, and the first places."""
    page.evaluate(axe())
    found = page.evaluate(
        """([tags, exclude]) => axe.run({exclude}, {runOnly: tags, resultTypes: ["violations"], elementRef: false})
        .then(({violations}) => violations.map(v => [v.id, v.nodes.length, v.nodes.slice(0, 4)
            .map(n => `${n.target.join(" ")}: ${n.any.concat(n.all, n.none).map(c => c.message).join("; ")}`)]))""",
        [TAGS, ELSEWHERE],
    )
    return [f"{rule} ×{times}: {places}" for rule, times, places in found]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_axe_finds_nothing(
    site_url: str, new_page: Callable[..., Any], language: str, name: str, scheme: str, width: int
) -> None:
    page = new_page(width=width, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{site_url}/{language}/{name}.html{'?q=adam' if name == 'search' else ''}")
    if name == "search":
        page.locator(".search li").first.wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("place", ["index.html", "404.html", "zh/404.html", "en/404.html"])
def test_axe_finds_nothing_outside_of_the_editions(site_url: str, new_page: Callable[..., Any], place: str) -> None:
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.route("**/door.js", lambda route: route.fulfill(body=""))
        page.goto(f"{site_url}/{place}")
        assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(site_url: str, new_page: Callable[..., Any], scheme: str) -> None:
    page = new_page(width=360, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{site_url}/zh/book/home.html")
    page.locator("[data-toggles=primary]").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".page-menu summary").click()
    assert violations(page) == []
    page.locator("[data-opens=cite]").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#search-dialog input").fill("Adam")
    page.locator("#search-dialog li").first.wait_for()
    assert violations(page) == []


def test_axe_sees(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/book/home.html")
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")
    assert {line.split(" ")[0] for line in violations(page)} >= {"image-alt", "label"}


def test_first_tab_is_the_skip_link(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.keyboard.press("Tab")
    link = page.locator(".skip-link")
    assert link.evaluate("link => link === document.activeElement")
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main-content') !== null")


def test_what_scrolls_is_reached_by_keyboard(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(width=360)
    for name in PAGES:
        page.goto(f"{site_url}/zh/{name}.html")
        missed = page.evaluate(
            """() => [...document.querySelectorAll("article *")].filter((box) => box.scrollWidth > box.clientWidth + 1
            && /auto|scroll/.test(getComputedStyle(box).overflowX) && box.tabIndex < 0 && box.checkVisibility()
            && !box.querySelector("[tabindex='0'], a, button, input")).map((box) => box.outerHTML.slice(0, 100))"""
        )
        assert missed == []
