"""What readers take along is offered only where it exists and is of the present state; the site works unpacked."""

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sample_book
from bs4 import BeautifulSoup

import book.__main__ as commands
from book.build import build, read_inputs
from book.notebooks import dump, load, write_atomically
from book.offline import FOLDER, file_names, note, offer, pack
from book.publish import make_zip

LANGUAGES = ("zh", "en")
HOME = "book/home.html"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built."""
    root = sample_book.make_book(tmp_path_factory.mktemp("book"))
    build(root)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "book"))


def offered(root: Path, language: str) -> list[str]:
    """Return the files that a home page offers; each must be there, in the folder that its link names."""
    page = root / "_build" / "site" / language / HOME
    tree = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    assert bool(tree.select("#offline")) == bool(tree.select("#offline a[download]"))
    links = [link["href"] for link in tree.select("#offline a[download]")]
    assert all((page.parent / link).is_file() for link in links)
    return [link.rpartition("/")[2] for link in links]


def test_names_are_of_the_book(root: Path) -> None:
    stem = "optimization-for-deep-learning"
    assert file_names(root) == {"zh": f"{stem}-zh.pdf", "en": f"{stem}-en.pdf", "zip": f"{stem}-site.zip"}


def test_home_pages_offer_what_was_made_and_nothing_else(root: Path) -> None:
    site, names = root / "_build" / "site", file_names(root)
    assert [offered(root, language) for language in LANGUAGES] == [[], []]
    plain = (site / "en" / HOME).read_text(encoding="utf-8")
    state = read_inputs(root).digest
    (root / "_build" / FOLDER).mkdir()
    for name in names.values():
        (root / "_build" / FOLDER / name).write_bytes(b"x" * 1_234_567)
    offer(root, site, state)
    assert offered(root, "zh") == [], "a file of unknown origin is not offered"
    note(root / "_build" / FOLDER / names["en"], state, "version 1")
    offer(root, site, state)
    assert [offered(root, language) for language in LANGUAGES] == [[], [names["en"]]]
    for kind in ("zh", "zip"):
        note(root / "_build" / FOLDER / names[kind], state)
    for _ in range(2):  # also when it was there before
        offer(root, site, state)
        assert offered(root, "zh") == [names["zh"], names["zip"]]
        assert offered(root, "en") == [names["en"], names["zip"]]
    page = BeautifulSoup((site / "en" / HOME).read_text(encoding="utf-8"), "html.parser")
    assert "(1.2 MB)" in page.select_one("#offline").get_text()
    assert not re.search("[a-z]{4}", page.select_one("#offline h2").get_text().replace("Take the book along", ""))

    # A site that is put together anew offers them again …
    shutil.rmtree(site)
    build(root)
    assert offered(root, "zh") == [names["zh"], names["zip"]]
    # … as long as they are of the same state.
    notebook = load(root / "book" / "home.ipynb")
    notebook["cells"] += sample_book.notebook(sample_book.shared("$$x$$"))["cells"]
    write_atomically(root / "book" / "home.ipynb", dump(notebook))
    build(root)
    assert [offered(root, language) for language in LANGUAGES] == [[], []]
    assert not (site / FOLDER).exists()
    assert "offline" not in plain


def test_file_of_the_site_is_the_site(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(commands, "ROOT", root)
    site, path = root / "_build" / "site", root / "_build" / FOLDER / file_names(root)["zip"]
    before = {place.relative_to(site).as_posix(): place.read_bytes() for place in site.rglob("*") if place.is_file()}
    assert commands.main(["site-zip"]) == 0
    assert offered(root, "en") == [path.name]
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        inside = {entry.filename.partition("/")[2]: archive.read(entry) for entry in entries}
    assert inside == before, "all of the site, without the offer of files that cannot lie in it"
    assert {entry.filename.partition("/")[0] for entry in entries} == {path.stem}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {(entry.date_time, entry.external_attr, entry.create_system) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o644 << 16, 3)
    }
    first = path.read_bytes()
    pack(site, path)
    assert path.read_bytes() == first, "the offer does not change what is packed"
    capsys.readouterr()
    make_zip(root)
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_of_the_site_works_unpacked(
    root: Path, tmp_path: Path, new_page: Callable[..., Any], language: str
) -> None:
    make_zip(root)
    path = root / "_build" / FOLDER / file_names(root)["zip"]
    shutil.unpack_archive(path, tmp_path / "some folder 书")
    page = new_page(locale={"zh": "zh-CN", "en": "en-US"}[language])
    page.goto((tmp_path / "some folder 书" / path.stem / "index.html").as_uri())
    page.wait_for_url(f"**/{language}/{HOME}")
    assert page.locator("#offline").count() == 0
    page.keyboard.press("Control+k")
    page.locator("#search-dialog input").fill({"zh": "滑动平均", "en": "averages"}[language])
    page.locator(".search li a").first.click()
    page.wait_for_url(f"**/{language}/{sample_book.PAGE}.html**")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")
    assert page.locator(".katex").count() > 3
    assert page.records.errors == []
    assert page.records.foreign == []
