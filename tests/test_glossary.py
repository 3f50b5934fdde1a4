"""The glossary: made from one file, complete, linked by a policy, shown on cards that everybody can use."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_pages import soup
from visits import CHAPTER, EVERY_PAGE, LANGUAGES, WATCH_SHIFTS, violations

from book.build import ROOT
from book.extensions.glossary import MOST, PAGE
from book.glossary import SOURCE, TARGET, GlossaryError, Term, finder, glossary_notebook, make_finder, read_glossary

ADAM = CHAPTER
TERMS = [term for theme in read_glossary(ROOT) for term in theme.terms]


def test_the_stored_glossary_is_what_the_file_says() -> None:
    assert (ROOT / TARGET).read_text(encoding="utf-8") == glossary_notebook(ROOT), "run: python -m book glossary"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_has_an_entry_and_a_place_in_the_index(site: Path, language: str) -> None:
    tree = soup(site, language, PAGE)
    entries = {entry["id"]: entry.get_text() for entry in tree.select("dl.glossary > dt[id]")}
    assert list(entries) == [term.place for term in TERMS]
    assert all(term.name[language] in entries[term.place] for term in TERMS)
    assert all(term.name["en"] in entries[term.place] for term in TERMS)
    index = [link["href"] for link in tree.select("#glossary-index a[href^='#term-']")]
    assert sorted(index) == sorted(f"#{term.place}" for term in TERMS)
    letters = [letter.get_text() for letter in tree.select("#glossary-index strong")]
    assert letters == sorted(letters)
    assert len(letters) > 15
    assert tree.select_one(".page-meta") is None, "nobody reads a glossary through"


def test_meanings_are_short_and_hold_no_markup() -> None:
    for term in TERMS:
        assert 10 < len(term.meaning["zh"]) < 130, term.key
        assert 30 < len(term.meaning["en"]) < 330, term.key
        for text in term.meaning.values():
            assert not re.search(r"[$`*_\\]|<[a-z/]", text), term.key
        assert not re.search(r"[\u3400-\u9fff]", term.meaning["en"]), term.key


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda entry: entry.update(link="no"), "gradient: link='no', expected zh, en, or none"),
        (lambda entry: entry.update(forms={"zh": ["损失函数"]}), "gradient: '损失函数' already means loss-function"),
        (lambda entry: entry["meaning"].pop("en"), "gradient: the meaning in en is not a sentence: ''"),
        (lambda entry: entry.pop("pinyin"), r"gradient: \['pinyin'\] missing"),
        (lambda entry: entry.update(alias="g"), r"gradient: unknown fields \['alias'\]"),
        (lambda entry: entry.update(see="nowhere"), "gradient: see='nowhere', but no chapter has this label"),
    ],
)
def test_a_fault_is_told(tmp_path: Path, change: Callable[[dict[str, Any]], Any], told: str) -> None:
    themes = yaml.safe_load((ROOT / SOURCE).read_text(encoding="utf-8"))
    change(next(theme["terms"]["gradient"] for theme in themes if "gradient" in theme["terms"]))
    (tmp_path / "book").mkdir()
    (tmp_path / "chapters").mkdir()
    (tmp_path / "book" / "home.ipynb").write_text('{"nbformat": 4, "cells": []}', encoding="utf-8")
    for theme in themes:
        for entry in theme["terms"].values():
            if entry.get("see") != "nowhere":
                entry.pop("see", None)
    (tmp_path / SOURCE).write_text(yaml.safe_dump(themes, allow_unicode=True), encoding="utf-8")
    with pytest.raises(GlossaryError, match=told):
        glossary_notebook(tmp_path)


# Finding


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("zh", "小批量随机梯度下降的梯度", {"小批量随机梯度下降": "mini-batch-sgd", "梯度": "gradient"}),
        ("zh", "偏差修正之前有偏差", {"偏差修正": "bias-correction", "偏差": "statistical-bias"}),
        ("zh", "过参数化的模型，超参数与参数", {"超参数": "hyperparameter", "参数": "parameter"}),
        ("zh", "拟牛顿法与牛顿法", {"拟牛顿法": "quasi-newton-method", "牛顿法": "newtons-method"}),
        ("zh", "训练15轮，每轮打乱；轮廓", {"每轮": "epoch"}),
        ("zh", "用SGD，不是ASGD", {"SGD": "stochastic-gradient-descent"}),
        ("en", "Saddle points, not saddled.", {"Saddle points": "saddle-point"}),
        (
            "en",
            "local\nminima and a Learning-rate schedule",
            {"local\nminima": "local-minimum", "Learning-rate schedule": "learning-rate-schedule"},
        ),
        ("en", "mini batches; a batch size", {"mini batches": "mini-batch-sgd", "batch size": "batch-size"}),
        ("en", "fifteen epochs, methods of epochal size", {"epochs": "epoch"}),
        (
            "en",
            "Newton's method; a quasi-Newton method",
            {"Newton's method": "newtons-method", "quasi-Newton method": "quasi-newton-method"},
        ),
        ("en", "SGD differs from sgd", {"SGD": "stochastic-gradient-descent"}),
        ("en", "parameterized, parameters", {"parameters": "parameter"}),
        ("en", "hyperparameters", {"hyperparameters": "hyperparameter"}),
        ("en", "a bias in pre-gradient days", {}),
    ],
)
def test_the_longest_whole_term_is_found(language: str, text: str, found: dict[str, str]) -> None:
    assert {text[a:b]: key for a, b, key in finder(ROOT, language).find(text)} == found


def test_plurals_are_regular() -> None:
    names = {"index": "indexes", "ray": "rays", "density": "densities", "loss": "losses", "rate": "rates"}
    terms = [Term(name, {"zh": "无", "en": name}, {}, "w") for name in names]
    find = make_finder(terms, "en").find
    for name, plural in names.items():
        assert [key for *_, key in find(f"the {plural} and {name}")] == [name, name]
        assert not find(f"the {name}ing")


# Linking


def sections(tree: Any) -> list[list[Any]]:
    """Return the links to terms by sections of the second level; what stands before the first is one too."""
    article = tree.select_one("article")
    parts: dict[int, list[Any]] = {}
    for link in article.select("a.term"):
        nearest = [section for section in link.find_parents("section") if section.find(["h1", "h2"], recursive=False)]
        parts.setdefault(id(nearest[0]) if nearest else 0, []).append(link)
    return list(parts.values())


def test_terms_are_linked_by_the_policy(site: Path) -> None:
    often = {term.place for term in TERMS if term.often}
    sees = {term.place: term.see for term in TERMS if term.see}
    total = 0
    for language, name in EVERY_PAGE:
        tree = soup(site, language, name)
        links = tree.select("a.term")
        total += len(links)
        if name == PAGE:
            assert not links
        places = [link["href"].partition("#")[2] for link in links]
        assert len([place for place in places if place in often]) == len({place for place in places if place in often})
        for part in sections(tree):
            inside = [link["href"].partition("#")[2] for link in part]
            assert len(inside) == len(set(inside)), (name, inside)
        for link, place in zip(links, places, strict=True):
            assert not link.find_parents(["h1", "h2", "h3", "code", "pre", "a", "table", "figcaption", "nav", "svg"])
            assert not link.find_parents(class_=["math", "cell", "admonition-title", "citation"])
            assert len(link.find_parent("p").select("a.term")) <= MOST
            assert not [section for section in link.find_parents("section") if section.get("id") == sees.get(place)]
    assert total > 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_do_not_crowd_a_page(site: Path, language: str) -> None:
    tree = soup(site, language, ADAM)
    words = len(re.findall(r"[\u3400-\u9fff]|[A-Za-z]+", " ".join(p.get_text() for p in tree.select("article p"))))
    assert 10 < len(tree.select("a.term")) < words / 50


# Cards


@pytest.fixture
def chapter(site_url: str, page: Any) -> Any:
    """The Adam chapter, watched for shifts of its layout."""
    page.add_init_script(WATCH_SHIFTS)
    page.goto(f"{site_url}/en/{ADAM}.html")
    return page


def test_pointing_shows_the_meaning_and_moves_nothing(chapter: Any) -> None:
    before = chapter.evaluate("document.documentElement.scrollHeight")
    assert not [url for url in chapter.records.requests if re.search(r"(cards|glossary)\.js", url)], "not asked for"
    link = chapter.locator("a.term[href$='#term-learning-rate']").first
    link.hover()
    card = chapter.locator(".card")
    card.wait_for()
    assert card.inner_text().startswith("learning rate (学习率)")
    assert "multiplies the update" in card.inner_text()
    assert link.get_attribute("aria-describedby") == card.locator(".card-text").get_attribute("id")
    # The pointer may go over to the card, and rest there.
    box = card.bounding_box()
    chapter.mouse.move(box["x"] + 40, box["y"] + box["height"] / 2, steps=4)
    chapter.wait_for_timeout(500)
    assert card.is_visible()
    chapter.keyboard.press("Escape")
    assert card.count() == 0
    assert link.get_attribute("aria-describedby") is None
    chapter.mouse.move(5, 5)
    link.hover()
    card.wait_for()
    chapter.mouse.move(5, 5)
    card.wait_for(state="detached")
    assert chapter.evaluate("document.documentElement.scrollHeight") == before
    assert chapter.evaluate("shift") < 0.01
    assert chapter.records.errors == []


def test_the_keyboard_reaches_a_card_and_what_is_in_it(chapter: Any) -> None:
    link = chapter.locator("a.term[href$='#term-unbiased-estimate'], a.term[href$='#term-bias-correction']").first
    link.focus()
    chapter.keyboard.press("Shift+Tab")
    chapter.keyboard.press("Tab")
    card = chapter.locator(".card")
    card.wait_for()
    chapter.keyboard.press("Tab")
    assert chapter.evaluate("document.activeElement.closest('.card') !== null")
    chapter.wait_for_timeout(400)
    assert card.is_visible(), "it stays while the focus is in it"
    chapter.keyboard.press("Escape")
    assert card.count() == 0
    assert link.evaluate("link => link === document.activeElement")
    chapter.keyboard.press("Enter")
    chapter.wait_for_url(f"**/{PAGE}.html#term-*")


def test_a_passing_pointer_opens_nothing(chapter: Any) -> None:
    chapter.locator("a.term").first.hover()  # loads the script
    chapter.locator(".card").wait_for()
    chapter.keyboard.press("Escape")
    chapter.mouse.move(5, 5)
    chapter.locator("a.term").nth(1).hover()
    chapter.mouse.move(5, 5)
    chapter.wait_for_timeout(500)
    assert chapter.locator(".card").count() == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finger_taps_once_for_the_card_and_twice_for_the_glossary(
    site_url: str, new_page: Callable[..., Any], language: str
) -> None:
    page = new_page(width=360, height=740, has_touch=True, is_mobile=True, color_scheme="dark")
    page.goto(f"{site_url}/{language}/{ADAM}.html")
    card = page.locator(".card")
    for number in (0, 5, 12):
        link = page.locator("a.term").nth(number)
        link.tap()
        card.wait_for()
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.touchscreen.tap(100, 20)
        card.wait_for(state="detached")
    link.tap()
    card.wait_for()
    assert violations(page) == []
    link.tap()
    page.wait_for_url(f"**/{language}/{PAGE}.html#term-*")
    assert page.evaluate("document.querySelector(':target').tagName") == "DT"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_citation_shows_its_source(site_url: str, page: Any, language: str) -> None:
    page.goto(f"{site_url}/{language}/{ADAM}.html")
    link = page.locator(".bibtex-citation a").first
    assert "Kingma" in link.get_attribute("title"), "without scripts the browser tells"
    link.hover()
    card = page.locator(".card")
    card.wait_for()
    assert "Kingma" in card.inner_text()
    assert card.locator("a[href='https://arxiv.org/abs/1412.6980']").count() == 1
    assert link.get_attribute("title") is None, "not told twice"
    card.locator(".card-more").click()
    assert "KB15" in page.locator(":target").inner_text()


def test_cards_work_from_a_folder(site: Path, page: Any) -> None:
    page.goto((site / "zh" / f"{ADAM}.html").as_uri())
    page.locator("a.term[href$='#term-bias-correction']").first.hover()
    card = page.locator(".card")
    card.wait_for()
    assert "1 − βᵗ" in card.inner_text()
    card.get_by_role("link").first.click()
    page.wait_for_url("**/05-adam.html#adam-bias-correction")
    assert page.records.errors == []


def test_without_scripts_terms_are_links(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site_url}/zh/{ADAM}.html")
    page.locator("a.term").first.click()
    page.wait_for_url(f"**/zh/{PAGE}.html#term-gradient")


def test_a_card_that_cannot_load_leaves_the_link(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(width=360, has_touch=True)
    page.route("**/cards.js", lambda route: route.abort())
    page.goto(f"{site_url}/en/{ADAM}.html")
    page.locator("a.term").first.tap()
    page.wait_for_url(f"**/en/{PAGE}.html#term-gradient")
