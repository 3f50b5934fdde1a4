"""Ticked exercises: kept in the reader's browser only, shared by both editions, shown where they help."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_pages import soup
from visits import CHAPTER, EVERY_PAGE, LANGUAGES

ADAM = CHAPTER
DONE = {"zh": "做完了", "en": "Done"}


def test_every_exercise_has_a_box_with_a_name_of_its_own(site: Path) -> None:
    counts = {}
    for language, name in EVERY_PAGE:
        tree = soup(site, language, name)
        exercises = tree.select("div.exercise")
        boxes = tree.select("div.exercise > .admonition-title input[type=checkbox]")
        assert [box["data-exercise"] for box in boxes] == [exercise["id"] for exercise in exercises]
        names = [box["aria-label"] for box in boxes]
        assert len(names) == len(set(names))
        for box in boxes:
            assert box.parent.get_text() == DONE[language]
            assert box["aria-label"].startswith(DONE[language]), "the spoken name begins with the visible one"
            assert len(box["aria-label"]) > len(DONE[language]) + 6
        assert bool(tree.select_one("[data-progress=page]")) == bool(boxes)
        if boxes:
            counts[language, name] = len(boxes)
    for language in LANGUAGES:
        script = (site / language / "_static" / "exercise-counts.js").read_text(encoding="utf-8")
        stored = json.loads(script[len("BookExercises.counts(") : -len(");\n")])
        assert stored == {name: count for (code, name), count in counts.items() if code == language}
    assert counts


def test_titles_are_set_as_each_language_sets_them(site: Path) -> None:
    for language, exercise, solution in (
        ("zh", r"练习[\d.]+（[^()]+）$", r"解答：练习[\d.]+（[^()]+）$"),
        ("en", r"Exercise [\d.]+ \([^（）]+\)$", r"Solution to Exercise [\d.]+ \([^（）]+\)$"),
    ):
        tree = soup(site, language, ADAM)
        for pattern, place in ((exercise, "div.exercise"), (solution, "div.solution")):
            titles = tree.select(f"{place} > .admonition-title")
            assert titles
            for title in titles:
                for control in title.select(".done, button"):
                    control.decompose()
                words = title.get_text().strip()
                assert re.match(pattern, words), words


def marks(page: Any) -> Any:
    return page.evaluate("JSON.parse(localStorage.getItem('book-exercises'))")


def test_a_tick_is_remembered_in_both_editions(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/zh/{ADAM}.html")
    boxes = page.locator("[data-exercise]")
    total = boxes.count()
    progress = page.locator("[data-progress=page]")
    assert not progress.locator("button").is_visible()
    boxes.nth(1).focus()
    page.keyboard.press("Space")
    assert progress.locator("output").inner_text() == f"本页{total}道练习，做完1道。"
    assert "只存在这个浏览器里" in progress.inner_text()
    assert page.locator(f"nav.bd-links a[data-page='{ADAM}'] + .chapter-progress").inner_text() == f"1/{total}"
    assert marks(page) == {ADAM: {"of": total, "done": [boxes.nth(1).get_attribute("data-exercise")]}}
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.locator(".chapter-progress").wait_for()
    assert boxes.nth(1).is_checked()
    assert not boxes.nth(0).is_checked()
    page.locator("label.done").nth(0).click()
    assert progress.locator("output").inner_text() == f"2 of the {total} exercises on this page done."
    progress.locator("button").click()
    assert marks(page) is None
    assert page.locator(".chapter-progress").count() == 0
    assert boxes.nth(0).evaluate("box => box === document.activeElement"), "the focus is not lost with the button"
    assert page.records.foreign == []
    assert page.records.errors == []


def test_the_home_page_adds_up_and_clears(site_url: str, page: Any) -> None:
    page.goto(f"{site_url}/en/book/home.html", wait_until="networkidle")
    assert not [url for url in page.records.requests if "exercise" in url], "nothing to add up"
    assert not page.locator("[data-progress=book]").is_visible()
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.locator("[data-exercise]").nth(0).check()
    page.locator("[data-exercise]").nth(2).check()
    page.goto(f"{site_url}/en/book/home.html")
    total = page.locator("[data-progress=book]")
    total.wait_for()
    assert re.match(r"You have done 2 of the book’s \d+ exercises\.", total.inner_text())
    assert "sent nowhere" in total.inner_text()
    page.once("dialog", lambda dialog: dialog.dismiss())
    total.locator("button").click()
    assert marks(page)
    page.once("dialog", lambda dialog: dialog.accept())
    total.locator("button").click()
    total.wait_for(state="hidden")
    assert marks(page) is None


@pytest.mark.parametrize("stored", ["{", "[]", "null", '{"x": 1}', json.dumps({ADAM: {"done": ["gone"], "of": 9}})])
def test_what_somebody_else_stored_does_no_harm(site_url: str, page: Any, stored: str) -> None:
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.evaluate("text => localStorage.setItem('book-exercises', text)", stored)
    page.reload()
    page.wait_for_function("globalThis.BookExercises")
    assert page.locator(".chapter-progress").count() == 0
    page.locator("[data-exercise]").first.check()
    assert marks(page)[ADAM]["done"] == [page.locator("[data-exercise]").first.get_attribute("data-exercise")]
    assert page.records.errors == []


def test_without_storage_a_tick_lasts_as_long_as_the_page(site_url: str, page: Any) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.locator("[data-exercise]").first.check()
    assert page.locator("[data-progress=page] output").inner_text().startswith("1 of")
    assert page.records.errors == []


def test_ticks_from_a_folder(site: Path, page: Any) -> None:
    page.goto((site / "zh" / f"{ADAM}.html").as_uri())
    page.locator("[data-exercise]").first.check()
    page.reload()
    page.locator(".chapter-progress").wait_for()
    assert page.locator("[data-exercise]").first.is_checked()
    page.goto((site / "zh" / "book" / "home.html").as_uri())
    page.locator("[data-progress=book]").wait_for()
    assert page.records.errors == []


def test_without_scripts_and_on_paper_there_is_nothing_to_tick(site_url: str, new_page: Callable[..., Any]) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(f"{site_url}/zh/{ADAM}.html")
    assert plain.locator("[data-exercise], [data-progress]").filter(visible=True).count() == 0
    paper = new_page()
    paper.goto(f"{site_url}/zh/{ADAM}.html")
    paper.emulate_media(media="print")
    assert paper.locator("[data-exercise], [data-progress]").filter(visible=True).count() == 0
