"""The same book is the same site, byte for byte, wherever, whenever, and in how many steps it was built; and what is
left out of a build is not missed."""

import pickle
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import sample_book
from pybtex.database import parse_file
from pybtex.style.formatting.alpha import Style

from book.build import build
from book.extensions.downloads import write_downloads
from book.extensions.economy import RememberingStyle
from book.notebooks import dump, load, write_atomically

PAGE = f"{sample_book.PAGE}.ipynb"


def contents(site: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a site."""
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def differing(first: Path, second: Path) -> list[str]:
    """Return the names of files that are not the same in both sites."""
    one, other = contents(first), contents(second)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def change(root: Path) -> None:
    """Change the headings, a formula, and the exercises of a page."""
    text = (
        dump(load(root / PAGE)).replace("一阶矩与二阶矩", "两个矩").replace("First and second moments", "Two moments")
    )
    text = text.replace("1.2", "1.25").replace("a &= b", "a &= b + 1").replace("How long is it?", "How long?")
    write_atomically(root / PAGE, text)


def moved(built: Path, target: Path) -> Path:
    """Return a copy in which the next build reads only what changes; Sphinx reads all when it first sees the place."""
    root = Path(shutil.copytree(built, target))
    notebook = load(root / PAGE)
    notebook["cells"] += sample_book.notebook(sample_book.shared("$$z$$"))["cells"]
    before = (root / PAGE).read_text(encoding="utf-8")
    write_atomically(root / PAGE, dump(notebook))
    build(root)
    write_atomically(root / PAGE, before)
    return root


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built in one place and time zone."""
    root = sample_book.make_book(tmp_path_factory.mktemp("here"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONHASHSEED", "1")
        patch.setenv("TZ", "Asia/Shanghai")
        patch.setenv("LC_ALL", "C.UTF-8")
        build(root)
    return root


def test_place_time_and_hashes_do_not_matter(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sample_book.make_book(tmp_path / "a much longer name for the same book 书")
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("LC_ALL", "C")
    site = build(other)
    assert differing(built / "_build" / "site", site) == []
    assert len(contents(site)) > 40
    for name, data in contents(site).items():
        assert str(other).encode() not in data, name


def test_steps_do_not_matter(built: Path, tmp_path: Path) -> None:
    slowly = moved(built, tmp_path / "slowly")
    change(slowly)
    at_once = sample_book.make_book(tmp_path / "at once")
    change(at_once)
    assert differing(build(slowly), build(at_once)) == []
    assert f"zh/{sample_book.PAGE}.html" in differing(built / "_build" / "site", slowly / "_build" / "site")


def test_environment_remembers_exercises_without_their_pages(built: Path) -> None:
    pickled = (built / "_build" / "work" / "zh" / ".doctrees" / "environment.pickle").read_bytes()
    registry = pickle.loads(pickled).sphinx_exercise_registry
    assert {entry["type"] for entry in registry.values()} == {"exercise", "solution"}
    for entry in registry.values():
        assert entry["node"].parent is None
        assert all(node.document is None for node in entry["node"].findall())
    assert "很长的一段话".encode() not in pickled, "prose of the page"
    assert "第一步有多长".encode() in pickled, "text of the exercise"


def test_stock_search_is_left_out(built: Path) -> None:
    work = built / "_build" / "work" / "en" / "html"
    assert not (work / "searchindex.js").exists()
    assert 'id="search-page"' in (work / "search.html").read_text(encoding="utf-8")


def test_references_are_set_as_without_memory() -> None:
    entries = parse_file(str(sample_book.PROJECT / "book" / "references.bib")).entries.values()
    plain, remembering = Style(), RememberingStyle()
    for label in ("A", "B"):
        for _ in range(2):
            for entry in entries:
                told = plain.format_entry(label, entry)
                found = remembering.format_entry(label, entry)
                assert (found.key, found.label, found.text) == (told.key, told.label, told.text)
    assert len(entries) > 10


def test_only_changed_notebooks_are_made_for_download_again(tmp_path: Path) -> None:
    source = sample_book.write(tmp_path / "page.ipynb", sample_book.chapter())
    target = tmp_path / "out" / "_sources" / "page.ipynb"
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"),
        config=SimpleNamespace(language="en"),
        env=SimpleNamespace(found_docs={"page"}, doc2path=lambda name: str(source)),
        outdir=tmp_path / "out",
    )
    write_downloads(app, None)  # type: ignore[arg-type]
    made = load(target)
    assert made["cells"][0]["id"] == "language"
    target.write_text("made before", encoding="utf-8")
    write_downloads(app, None)  # type: ignore[arg-type]
    assert target.read_text(encoding="utf-8") == "made before"
    shutil.copy2(source, target)  # as Sphinx does when it writes a page
    write_downloads(app, None)  # type: ignore[arg-type]
    assert load(target) == made
