"""The printed book as its readers get it: words are found, bookmarks, page numbers, nothing clipped, tags, links."""

import io
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import CHROMIUM
from test_pages import LANGUAGES, PAGES

from book.bilingual import split_text
from book.build import ROOT
from book.offline import FOLDER, file_names
from book.paper import cover_art, pages_of, version_of
from book.pdf import page_numbers
from book.publish import make_pdfs

POINTS = 72 / 25.4  # of a millimeter
LEFT = RIGHT = 20 * POINTS  # margins, as in book/print/paper.css
BOTTOM = 20 * POINTS
TOP = 22 * POINTS
CHAPTERS = [name for name in PAGES if name != "search"]


@pytest.fixture(scope="module", params=LANGUAGES)
def edition(request: Any, site: Path) -> str:
    """A language whose PDF is made."""
    if CHROMIUM is None:
        message = "Chromium is missing: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    make_pdfs(ROOT)  # does nothing the second time
    return request.param


@cache
def data_of(language: str) -> bytes:
    return (ROOT / "_build" / FOLDER / file_names(ROOT)[language]).read_bytes()


@cache
def drawn(language: str) -> Any:
    """Return the PDF as a reader's program sees it."""
    return pypdfium2.PdfDocument(data_of(language))


@cache
def texts(language: str) -> list[Any]:
    return [page.get_textpage() for page in drawn(language)]


def times(language: str, words: str) -> int:
    """Return how often a reader who searches for the words finds them."""
    found = 0
    for text in texts(language):
        search = text.search(words)
        while search.get_next():
            found += 1
    return found


@cache
def articles(language: str) -> dict[str, BeautifulSoup]:
    """Return the text of each page of the edition as built."""
    folder = ROOT / "_build" / "site" / language
    trees = {}
    for name in CHAPTERS:
        tree = BeautifulSoup((folder / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        article = tree.select_one("article.bd-article")
        for extra in article.select("a.headerlink, .katex-mathml, #offline"):
            extra.extract()
        trees[name] = article
    return trees


def squeezed(text: str) -> str:
    """Return the text without blanks, which PDFs lose at the ends of lines."""
    return re.sub(r"[\s\u200b\u2028]+", "", text)


def outline(language: str) -> list[tuple[int, str, int]]:
    """Return level, title, and page of each bookmark, from 1."""
    entries = []
    for mark in drawn(language).get_toc():
        entries.append((mark.level + 1, squeezed(mark.get_title()), mark.get_dest().get_index() + 1))
    return entries


def chapters_of(language: str) -> list[tuple[str, int]]:
    """Return title and page of each bookmark one level below a part's."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts, found, above = {squeezed(page.part) for page in pages_of(toc, language) if page.part}, [], ""
    for level, title, number in outline(language):
        if level == 1:
            above = title
        elif level == 2 and above in parts:
            found.append((title, number))
    assert found
    return found


SEARCHES = {
    "zh": ["学习率", "动量", "偏差修正", "步长", "目录", "Adam", "ol.Quadratic"],
    "en": ["learning rate", "momentum", "bias correction", "Contents", "Adam", "ol.Quadratic"],
}


def test_words_are_found(edition: str) -> None:
    for words in SEARCHES[edition]:
        assert times(edition, words) > 0, words
    assert times(edition, "学习律" if edition == "zh" else "learning crate") == 0


def test_outline_has_parts_chapters_and_sections(edition: str) -> None:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    wanted = [(1, {"zh": "目录", "en": "Contents"}[edition])]
    for page in pages_of(toc, edition):
        if page.part:
            wanted.append((1, squeezed(page.part)))
        for heading in articles(edition)[page.name].select("h1, h2, h3, h4"):
            wanted.append((int(heading.name[1]) + page.level - 1, squeezed(heading.get_text())))
    assert [entry[:2] for entry in outline(edition)] == wanted
    parts = sum(1 for part in toc["parts"] if part["chapters"])
    assert sum(level == 1 for level, _, _ in outline(edition)) == 1 + 1 + parts
    assert len(chapters_of(edition)) == len(CHAPTERS) - 1


def test_bookmarks_lead_to_their_headings(edition: str) -> None:
    for _, title, number in outline(edition):
        letters = re.sub(r"\W", "", title)[:12]
        assert letters in re.sub(r"\W", "", texts(edition)[number - 1].get_text_range()), (title, number)


def test_every_page_but_the_cover_has_its_number(edition: str) -> None:
    for number, (page, text) in enumerate(zip(drawn(edition), texts(edition), strict=True), 1):
        foot = "".join(text.get_text_bounded(0, 0, page.get_width(), BOTTOM).split())  # it may see gaps between digits
        assert foot == ("" if number == 1 else str(number))


def test_contents_tell_the_pages(edition: str) -> None:
    marks = outline(edition)
    first = next(page for _, _, page in marks[1:]) - 1
    width, height = drawn(edition)[1].get_size()
    told: list[int] = []
    for text in texts(edition)[1:first]:
        column = text.get_text_bounded(width - RIGHT - 40, BOTTOM, width, height)
        told += [int(number) for number in re.findall(r"\d+", column)]
    titles = [page for level, _, page in marks[1:] if level <= 3]
    home = len(articles(edition)["book/home"].select("h3"))  # deeper than the contents go
    assert len(told) == len(titles) - home
    assert told == sorted(told)
    assert set(told) <= set(titles)


def test_chapters_stand_above_their_pages(edition: str) -> None:
    for title, number in chapters_of(edition):
        page = drawn(edition)[number - 1]
        head = texts(edition)[number - 1].get_text_bounded(
            0, page.get_height() - TOP, page.get_width(), page.get_height()
        )
        assert squeezed(head) == title


def test_nothing_reaches_into_the_margins(edition: str) -> None:
    seen = 0
    for number, (page, text) in enumerate(zip(drawn(edition), texts(edition), strict=True), 1):
        width = page.get_width()
        for index in range(text.count_chars()):
            if text.get_text_range(index, 1).isspace():
                continue  # ends of lines, told behind them
            left, _, right, _ = text.get_charbox(index)
            assert left >= LEFT - 3, (number, text.get_text_range(max(0, index - 20), 40))
            assert right <= width - RIGHT + 3, (number, text.get_text_range(max(0, index - 20), 40))
            seen += 1
    assert seen > 50_000


def test_every_line_of_code_is_there(edition: str) -> None:
    """Read within the margins, so that a line over two pages is one."""
    inside = []
    for page, text in zip(drawn(edition), texts(edition), strict=True):
        width, height = page.get_size()
        inside.append(text.get_text_bounded(LEFT - 3, BOTTOM, width - RIGHT + 3, height - TOP + 3))
    whole = squeezed("".join(inside)).replace("\ufffe", "").replace("\x02", "")
    lines = [
        squeezed(line)
        for article in articles(edition).values()
        for code in article.select("div.highlight-python pre, div.highlight-ipython3 pre")
        for line in code.get_text().splitlines()
    ]
    assert len(lines) > 300
    assert [line for line in lines if line not in whole] == []


def walk(element: Any) -> Iterator[Any]:
    """Yield the elements of a tree of tags."""
    waiting = [element]
    while waiting:
        found = waiting.pop()
        if isinstance(found, pikepdf.Array):
            waiting += list(found)
        elif isinstance(found, pikepdf.Dictionary):
            yield found
            if "/K" in found:
                waiting.append(found.K)


def test_tags_language_and_names(edition: str) -> None:
    with pikepdf.open(io.BytesIO(data_of(edition))) as pdf:
        assert str(pdf.Root.Lang) == {"zh": "zh-CN", "en": "en"}[edition]
        assert bool(pdf.Root.MarkInfo.Marked)
        title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
        assert str(pdf.docinfo.Title) == split_text(title, edition)
        assert set(pdf.docinfo.keys()) == {"/Title", "/Producer"}, "nothing of the day or the machine"
        tags = [element for element in walk(pdf.Root.StructTreeRoot) if "/S" in element]
        kinds = [str(tag.S) for tag in tags]
        for level in (1, 2, 3, 4):
            assert kinds.count(f"/H{level}") == sum(mark[0] == level for mark in outline(edition))
        assert {"/P", "/Link", "/L", "/LI", "/Table", "/TR", "/TH", "/TD", "/Code", "/Figure"} <= set(kinds)
        names = [str(tag.Alt) for tag in tags if tag.S == "/Figure"]
    assert all(names), "each figure and formula has words"
    for article in articles(edition).values():
        for picture in article.select("figure.optimlib-explorer > img"):
            assert picture["alt"] in names, "explorers are there as their snapshots"
        for picture in article.select("svg.figure-svg"):
            assert picture["aria-label"] in names
    assert r"\eta" in names


def test_links_lead_within_the_book_and_out_of_it(edition: str) -> None:
    with pikepdf.open(io.BytesIO(data_of(edition))) as pdf:
        places = page_numbers(pdf)
        links = [note for page in pdf.pages for note in page.get("/Annots", []) if note.Subtype == "/Link"]
        inner = [str(link.Dest).removeprefix("/") for link in links if "/Dest" in link]
        outer = {str(link.A.URI) for link in links if "/A" in link}
    assert len(inner) > 2 * len(outline(edition))
    assert set(inner) <= set(places)
    wanted = {
        re.sub(r"^https?://[^/]+$", r"\g<0>/", link["href"])  # browsers write a bare host so
        for article in articles(edition).values()
        for link in article.select("a[href]")
        if re.match(r"https?:", link["href"])
    }
    assert outer == wanted
    assert wanted


def test_solutions_are_open(edition: str) -> None:
    whole = squeezed("".join(text.get_text_range() for text in texts(edition)))
    seen = 0
    for article in articles(edition).values():
        for paragraph in article.select("div.solution section > p"):
            words = paragraph.find(string=True, recursive=False)
            if words and len(squeezed(words)) > 6:
                assert squeezed(words)[:6] in whole
                seen += 1
    assert seen > 5


def test_cover_names_the_book(edition: str) -> None:
    cover = texts(edition)[0].get_text_range()
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    assert squeezed(split_text(title, edition)) in squeezed(cover)
    assert version_of(ROOT) in cover
    assert "<polyline" in cover_art()
