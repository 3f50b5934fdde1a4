"""axe-core on every page of the site: both editions, light and dark, wide and narrow; and what axe cannot see."""

from collections.abc import Callable
from typing import Any

import pytest
from visits import CHAPTER, EVERY_PAGE, KINDS, WAYS, Visit, Way, axe_visits, violations, ways


@pytest.mark.parametrize(
    ("language", "name", "way"), axe_visits(), ids=lambda value: str(value).rsplit("/", 1)[-1].replace(" ", "")
)
def test_axe_finds_nothing(visit: Callable[..., Visit], language: str, name: str, way: Way) -> None:
    assert visit(language, name, way).violations == []


def test_the_plan_of_visits_leaves_nothing_out() -> None:
    """Of each page all four ways are visited, two in each edition; of each kind all four are looked at by axe."""
    for _, name in EVERY_PAGE:
        assert {way for language in ("zh", "en") for way in ways(language, name)} == set(WAYS)
    looked_at = axe_visits()
    assert {(language, name) for language, name, _ in looked_at} == set(EVERY_PAGE)
    for name in KINDS.values():
        assert {way for _, other, way in looked_at if other == name} == set(WAYS)


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
    page.goto(f"{site_url}/en/{CHAPTER}.html")
    page.keyboard.press("Tab")
    link = page.locator(".skip-link")
    assert link.evaluate("link => link === document.activeElement")
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main-content') !== null")
