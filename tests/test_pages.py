"""The built site in headless Chromium: both editions, every page."""

import ast
import json
import re
from collections.abc import Callable
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup, NavigableString
from visits import CHAPTER, EVERY_PAGE, KINDS, LANGUAGES, PAGES, Visit, ways

from book.bilingual import columns
from book.build import ROOT
from book.execute import run_notebook
from book.notebooks import load

OTHER = {"zh": "en", "en": "zh"}
every_page = pytest.mark.parametrize(("language", "name"), EVERY_PAGE, ids=lambda value: value.rsplit("/", 1)[-1])
every_chapter = pytest.mark.parametrize("name", PAGES, ids=lambda value: value.rsplit("/", 1)[-1])

CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
PARENTHESES = re.compile(r"[(（][^()（）]*[)）]")
# Names and keys that are the same in Chinese; all else outside the text has to be Chinese.
SAME_IN_CHINESE = {"English", "Ctrl", ".ipynb", "PDF", "BibTeX", "JavaScript", "JupyterLab"}
SPOKEN = (
    "title",
    "alt",
    "aria-label",
    "placeholder",
    "data-tooltip",
    "data-bs-title",
    "data-toggle-hint",
    "aria-description",
)


@cache
def soup(site: Path, language: str, name: str) -> BeautifulSoup:
    """Return a parsed page, to be read only."""
    return BeautifulSoup((site / language / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@cache
def places(site: Path, language: str, name: str) -> frozenset[str]:
    """Return the ids of a page."""
    return frozenset(element["id"] for element in soup(site, language, name).select("[id]"))


def texts(root: Any) -> list[str]:
    """Return the text of each smallest block of a page, and its spoken attributes."""
    found = []
    for element in root.find_all(True):
        if element.name in ("script", "style", "annotation"):
            continue
        found += [element[name] for name in SPOKEN if element.get(name)]
        if any(isinstance(child, NavigableString) and child.strip() for child in element.children):
            block = element
            while block.name in ("span", "em", "strong", "a", "code", "tspan", "b", "i") and block.parent:
                block = block.parent
            found.append(block.get_text())
    return [text for text in dict.fromkeys(" ".join(text.split()) for text in found) if text]


def visited(visit: Callable[..., Visit], language: str, name: str) -> BeautifulSoup:
    """Return a page as scripts left it."""
    return BeautifulSoup(visit(language, name, ways(language, name)[0]).html, "html.parser")


@every_page
def test_page_is_quiet_asks_nobody_else_and_stands_still(visit: Callable[..., Visit], language: str, name: str) -> None:
    for way in ways(language, name):
        seen = visit(language, name, way)
        assert seen.foreign == []
        assert seen.errors == []
        assert len(seen.requests) > 3, "the recorder saw nothing"
        assert seen.shift <= 0.01, f"what a reader looks at moves, {way}"


@every_page
def test_no_bar_is_left(visit: Callable[..., Visit], language: str, name: str) -> None:
    seen = visit(language, name, ways(language, name)[0])
    around = re.search(r".{0,60}(?:｜|&#65372;|\\uff5c).{0,60}", seen.html)
    assert not around, around.group()
    stills = re.findall(r'src="data:image/svg\+xml;charset=utf-8,([^"]+)"', seen.html)
    assert len(stills) == seen.html.count('<figure class="optimlib-explorer')
    for data in stills:
        assert "｜" not in unquote(data)


@every_page
def test_english_pages_have_no_chinese(visit: Callable[..., Visit], language: str, name: str) -> None:
    if language == "zh":
        assert CHINESE.search(visit(language, name, ways(language, name)[0]).words)
        return
    tree = visited(visit, language, name)
    for link in tree.select("a.language-switch"):
        link.extract()  # it speaks the other language, and says so with `lang`
    for text in texts(tree):
        assert not CHINESE.search(PARENTHESES.sub("", text)), text


@pytest.mark.parametrize("name", [*PAGES, "search"], ids=lambda value: value.rsplit("/", 1)[-1])
def test_chinese_chrome_has_no_english(visit: Callable[..., Visit], name: str) -> None:
    tree = visited(visit, "zh", name)
    chrome = texts(tree.select_one("head title"))
    # Inside the article the machinery speaks in buttons, captions' numbers and admonition titles.
    parts = ".headerlink, .copybtn, summary, .toggle-button, .caption-number, .eqno, .done"
    for part in tree.select(f"article :is({parts})"):
        chrome += [part[attribute] for attribute in SPOKEN if part.get(attribute)] + [part.get_text()]
    chrome += [title.contents[0].get_text() for title in tree.select("article .admonition-title") if title.contents]
    for own in tree.select(
        "article, #cite-dialog pre, nav.bd-links ul, nav.page-toc ul, .prev-next-title, .logo__title,"
        " a.language-switch, .page-menu small"
    ):
        own.extract()
    chrome += texts(tree.body)
    assert len(chrome) > 8
    for text in chrome:
        words = [word for word in re.findall(r"\.?[A-Za-z]{2,}", text) if word not in SAME_IN_CHINESE]
        assert not words, text


@every_page
def test_no_mark_of_a_sentence_stands_twice(site: Path, language: str, name: str) -> None:
    """Marks move beside their formulas, where a line may not break; none may be left behind."""
    for paragraph in soup(site, language, name).select("article :is(p, td)"):
        own = copy(paragraph)
        for formula in own.select(".katex, code"):
            formula.replace_with("x")
        text = own.get_text()
        assert not re.search(r"[，。、；：]{2}|,,|;;|\.,", text), text


def test_names_in_a_figure_lead_to_their_sections(site: Path) -> None:
    page = "chapters/02-concepts/06-how-the-ideas-connect"
    for language in ("zh", "en"):
        (figure,) = [svg for svg in soup(site, language, page).select("svg.figure-svg") if svg.select("a")]
        assert figure["role"] == "group"
        links = {a.get_text().strip(): a["href"] for a in figure.select("a")}
        assert links["Adam"] == "../03-algorithms/05-adam.html#adam"
        assert links["Lion"] == "../03-algorithms/07-beyond-adam.html#beyond-lion"
        assert len(links) > 20
        assert not figure.select("[target]")


@every_page
def test_sentences_in_tables_may_have_several_lines(site: Path, language: str, name: str) -> None:
    """Cells are kept on one line for their numbers; a sentence would push its table out of the column."""
    cells = soup(site, language, name).select("table.optimlib-table td:not(.words)")
    assert [cell.get_text() for cell in cells if columns(cell.get_text()) > 36] == []


@every_page
def test_no_asterisks_are_left_of_bold_type(site: Path, language: str, name: str) -> None:
    """CommonMark ends bold type behind a mark only before a space or another mark: `**重点。**下` stays as it is."""
    for paragraph in soup(site, language, name).select("article :is(p, td, li)"):
        own = copy(paragraph)
        for code in own.select("code, pre, .katex"):
            code.extract()
        assert "**" not in own.get_text()


@every_chapter
def test_both_editions_have_the_same_places_and_formulas(site: Path, name: str) -> None:
    def labels(tree: BeautifulSoup) -> list[str]:
        ids = [element["id"] for element in tree.select("article [id]")]
        return [place for place in ids if not re.fullmatch(r"id\d+", place)]

    def formulas(tree: BeautifulSoup) -> list[str]:
        return [note.get_text() for note in tree.select("article div.math annotation")]

    def numbers(tree: BeautifulSoup) -> list[str]:
        return [number.get_text().rstrip("#") for number in tree.select("article .eqno")]

    chinese, english = (soup(site, language, name) for language in LANGUAGES)
    assert labels(chinese) == labels(english)
    assert formulas(chinese) == formulas(english)
    assert numbers(chinese) == numbers(english)
    inline = [sorted(n.get_text() for n in tree.select("article span.math annotation")) for tree in (chinese, english)]
    assert inline[0] == inline[1], set(inline[0]) ^ set(inline[1])
    sections = chinese.select("article section")
    assert sections
    assert not [section["id"] for section in sections if re.fullmatch(r"id\d+", section["id"])], "sections need labels"


@every_page
def test_links_lead_somewhere(site: Path, language: str, name: str) -> None:
    source = site / language / f"{name}.html"
    for link in soup(site, language, name).select("a[href]"):
        address, _, place = link["href"].partition("#")
        if re.match(r"\w+:", address) or address.startswith("//"):
            continue
        target = (source.parent / address.partition("?")[0]).resolve() if address else source
        assert target.is_file(), link["href"]
        if place and target.suffix == ".html":
            edition, _, page = target.relative_to(site).with_suffix("").as_posix().partition("/")
            assert place in places(site, edition, page), link["href"]


@every_page
def test_pages_name_both_editions(site: Path, language: str, name: str) -> None:
    tree = soup(site, language, name)
    assert tree.html["lang"] == {"zh": "zh-CN", "en": "en"}[language]
    folder = (site / language / name).parent
    alternates = {link["hreflang"]: (folder / link["href"]).resolve() for link in tree.select("link[rel=alternate]")}
    assert alternates == {
        "zh-CN": site / "zh" / f"{name}.html",
        "en": site / "en" / f"{name}.html",
        "x-default": site / "index.html",
    }
    assert all(path.is_file() for path in alternates.values())


@every_page
def test_language_switch_leads_to_the_twin(site: Path, language: str, name: str) -> None:
    switch = soup(site, language, name).select_one("a.language-switch")
    assert switch["hreflang"] == switch["lang"] == {"zh": "en", "en": "zh-CN"}[language]
    assert ((site / language / name).parent / switch["href"]).resolve() == site / OTHER[language] / f"{name}.html"


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_switch_is_clicked(site_url: str, page: Any, language: str) -> None:
    for half_an_escape in ("", "#%E0%"):
        page.goto(f"{site_url}/{language}/{CHAPTER}.html{half_an_escape}")
        page.locator("a.language-switch").click()
        page.wait_for_url(f"{site_url}/{OTHER[language]}/{CHAPTER}.html")
    assert page.records.errors == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_switch_keeps_the_place(site_url: str, page: Any, language: str) -> None:
    address = f"{site_url}/{{}}/{PAGES[-1]}.html"
    page.goto(address.format(language))
    labels = page.evaluate("[...document.querySelectorAll('article section section')].map(s => s.id)")
    assert len(labels) > 3
    # The linked place, while it is in view …
    page.goto(address.format(language) + f"#{labels[2]}")
    page.reload()
    page.locator("a.language-switch").click()
    page.wait_for_url(f"{address.format(OTHER[language])}#{labels[2]}")
    assert abs(page.evaluate(f"document.getElementById('{labels[2]}').getBoundingClientRect().top")) < 200
    # … else the section in view.
    page.goto(address.format(language))
    page.evaluate(f"document.getElementById('{labels[1]}').scrollIntoView({{behavior: 'instant'}})")
    page.locator("a.language-switch").dispatch_event("click")
    page.wait_for_url(f"{address.format(OTHER[language])}#{labels[1]}")


def downloaded(site: Path, language: str, name: str) -> dict[str, Any]:
    """Return the notebook that a page offers."""
    button = soup(site, language, name).select_one("a.btn-download-source-button")
    return json.loads(((site / language / name).parent / button["href"]).resolve().read_text(encoding="utf-8"))


def program(notebook: dict[str, Any]) -> list[str]:
    """Return what the code of a notebook does, whatever its strings say."""

    class Mute(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Constant:
            return ast.Constant("")

    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [ast.dump(Mute().visit(ast.parse(source))) for source in code]


@pytest.mark.parametrize("language", LANGUAGES)
@every_chapter
def test_downloads_speak_one_language_and_do_the_same(site: Path, language: str, name: str) -> None:
    notebook = downloaded(site, language, name)
    text = json.dumps(notebook, ensure_ascii=False)
    assert "｜" not in text
    assert f'optimlib.set_language(\\"{language}\\")' in text
    prose = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert bool(CHINESE.search(PARENTHESES.sub("", prose))) == (language == "zh")
    # So it runs if the book's own notebook does, which nbval proves.
    assert program(notebook)[1:] == program(load(ROOT / f"{name}.ipynb"))


@pytest.mark.parametrize(("language", "name"), [("zh", KINDS["home"]), ("en", CHAPTER)])
def test_downloads_run(site: Path, tmp_path: Path, language: str, name: str) -> None:
    copy = tmp_path / "copy.ipynb"
    copy.write_text(json.dumps(downloaded(site, language, name)), encoding="utf-8")
    outputs = json.dumps(
        [cell.get("outputs", []) for cell in run_notebook(copy, limit=300)["cells"]], ensure_ascii=False
    )
    assert "｜" not in outputs, re.search(".{0,80}｜.{0,80}", outputs).group()  # type: ignore[union-attr]


@every_page
def test_phone_pages_do_not_scroll_sideways(visit: Callable[..., Visit], language: str, name: str) -> None:
    seen = visit(language, name, next(way for way in ways(language, name) if way[0] == 360))
    assert seen.width <= 360
    assert seen.lost == []
    assert seen.switch <= 360
    assert all(width <= 360 for width in seen.wide_boxes)
    assert seen.unreached == [], "what scrolls must be reachable by keyboard"


def test_figures_have_designed_colors(site: Path, site_url: str, new_page: Callable[..., Any]) -> None:
    name = next(name for name in PAGES if soup(site, "zh", name).select("svg.figure-svg"))
    seen = {}
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto(f"{site_url}/zh/{name}.html")
        figures = page.locator("svg.figure-svg")
        assert figures.count() > 0
        for figure in figures.all():
            assert figure.get_attribute("role") == "img"
            assert figure.get_attribute("aria-label")
        seen[scheme] = page.evaluate("getComputedStyle(document.querySelector('svg.figure-svg text')).fill")
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)), "ids of figures must not meet"
    assert seen["light"] != seen["dark"]


@pytest.mark.parametrize(
    ("languages", "chosen"),
    [
        (["zh-CN"], "zh"),
        (["zh-TW", "en"], "zh"),
        (["en-US", "zh"], "en"),
        (["fr", "zh"], "zh"),
        (["fr"], "en"),
        ([], "en"),
    ],
)
def test_front_door_follows_the_browser(site_url: str, page: Any, languages: list[str], chosen: str) -> None:
    page.add_init_script(f"Object.defineProperty(navigator, 'languages', {{value: {languages}}})")
    page.goto(f"{site_url}/")
    page.wait_for_url(f"{site_url}/{chosen}/book/home.html")


def test_front_door_remembers_a_choice(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(locale="zh-CN")
    page.goto(f"{site_url}/")
    page.wait_for_url("**/zh/book/home.html")
    page.locator("a.language-switch").click()
    page.wait_for_url("**/en/book/home.html")
    page.goto(f"{site_url}/")
    page.wait_for_url("**/en/book/home.html")


def test_front_door_works_without_storage_and_scripts(site_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(locale="zh-CN")
    page.route("**/book/home.html", lambda route: route.fulfill(body="reached"))
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    page.goto(f"{site_url}/")
    page.wait_for_url("**/zh/book/home.html")
    assert page.records.errors == []

    plain = new_page(java_script_enabled=False)
    for language in LANGUAGES:
        plain.goto(f"{site_url}/")
        assert plain.locator("a").count() == 2
        plain.locator(f"a[hreflang^={language}]").click()
        plain.wait_for_url(f"{site_url}/{language}/book/home.html")
        assert plain.locator("h1").count() == 1
