"""How the book is printed: the same bytes each time, links within the page, formulas, wide tables, missing tools."""

import io
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
import sample_book
from bs4 import BeautifulSoup
from PIL import Image
from test_pdf import RIGHT

import book.__main__ as commands
import book.pdf
from book.build import ROOT, build
from book.extensions.katex import _render
from book.paper import printed_formulas, printed_page, version_of
from book.pdf import PdfError, packed, print_edition


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built."""
    root = sample_book.make_book(tmp_path_factory.mktemp("book"))
    build(root)
    return root


def test_the_same_book_is_the_same_file(small: Path, browser: Any, tmp_path: Path) -> None:
    work = small / "_build" / "work" / "en"
    files = [tmp_path / name for name in ("a.pdf", "b.pdf")]
    for path in files:
        print_edition(browser, small, work, "en", path)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert len(pypdfium2.PdfDocument(files[0])) == 6
    assert not (work / "paper.html").exists()


def test_version_is_of_the_book_and_not_of_a_folder_around_it(small: Path, tmp_path: Path) -> None:
    assert version_of(small) == ""
    (tmp_path / "_config.yml").write_text("sphinx: {config: {book_version: '1.2'}}", encoding="utf-8")
    assert version_of(tmp_path) == "1.2"
    assert re.fullmatch(r"[\w.-]+\+?", version_of(ROOT)) or not (ROOT / ".git").exists()


def test_links_of_the_printed_page(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for base in ("", "https://example.org/book"):
        monkeypatch.setenv("BOOK_BASE_URL", base)
        tree = BeautifulSoup(printed_page(small, small / "_build" / "work" / "zh" / "html", "zh"), "html.parser")
        assert tree.html["lang"] == "zh-CN"
        ids = [element["id"] for element in tree.select("[id]")]
        assert len(ids) == len(set(ids))
        for link in tree.select("a[href^='#'], use"):
            assert link["href"][1:] in ids
        for pointer in re.findall(r"url\(#([^)]*)\)", str(tree)):
            assert pointer in ids
        assert not tree.select("a[href^='../'], script, a.headerlink")
        assert bool(tree.select(f".cover a[href='{base}/']")) == bool(base)
        assert not tree.select("details:not([open])")
        assert [heading.name for heading in tree.select("main :is(h1, h2, h3)")][:4] == ["h1", "h1", "h2", "h3"]


FORMULAS = {
    "flat": r"\hat{m}_t = \frac{m_t}{1-\beta_1^t} \sum_{i=1}^{t} \sqrt{\frac{g_i^2}{\max_j |g_j|}} \overline{x}"
    r" \left(\frac{\frac12}{3}\right) \begin{cases}1&x>0\\0\end{cases}",
    "deep": r"x = \begin{pmatrix}1\\2\\3\\4\\5\\6\\7\end{pmatrix}",
    "drawn": r"\left|\frac{\frac12}{3}\right| \underbrace{a+b}_{n} \xrightarrow{ab} \widehat{abc}",
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_printed_formulas_look_as_on_the_screen(small: Path, browser: Any, kind: str) -> None:
    shown = _render(FORMULAS[kind], True)
    printed = printed_formulas(shown)
    assert ("flat" in printed.split(">")[1]) == (kind == "flat")
    assert "<math" not in printed
    static = small / "_build" / "work" / "en" / "html" / "_static"
    styles = "".join(  # the second one whole, for the signs that the small book does not use
        f'<link rel="stylesheet" href="{(static / name).as_uri()}">' for name in ("style.css", "katex/katex.min.css")
    )
    paper = (book.pdf.PRINT / "paper.css").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 600, "height": 500})
    path = small / "formula.html"
    pictures = []
    for body in (shown, printed):
        path.write_text(
            f'<!doctype html><html data-theme="light"><meta charset="utf-8">{styles}<style>{paper}</style><body>{body}',
            encoding="utf-8",
        )
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready")
        pictures.append(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L")))
    page.close()
    assert (pictures[0] < 128).sum() > 300
    assert (pictures[0] == pictures[1]).all()


def test_what_is_too_wide_shrinks_or_is_told(small: Path, browser: Any, tmp_path: Path) -> None:
    root = Path(shutil.copytree(small, tmp_path / "book"))
    work = root / "_build" / "work" / "en"
    page = work / "html" / f"{sample_book.PAGE}.html"
    text = page.read_text(encoding="utf-8")
    wide = " ".join(f"column{number}" for number in range(14))

    def with_table(cells: str) -> None:
        table = f'<table><tr><td style="white-space: nowrap">{cells}</td></tr></table>'
        page.write_text(text.replace("</article>", f"{table}</article>"), encoding="utf-8")

    with_table(wide)
    print_edition(browser, root, work, "en", tmp_path / "a.pdf")
    printed = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    last = printed[len(printed) - 1]
    words = last.get_textpage()
    assert "column13" in words.get_text_range()
    assert max(words.get_charbox(i)[2] for i in range(words.count_chars())) <= last.get_width() - RIGHT + 1
    with_table(wide * 3)
    with pytest.raises(PdfError, match=r"wider than a printed page:\n  chapters/\S+-adam.*: table column0"):
        print_edition(browser, root, work, "en", tmp_path / "b.pdf")
    assert not (tmp_path / "b.pdf").exists()


def test_missing_tools_are_told_in_words(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(book.pdf, "find_chromium", lambda: None)
    with pytest.raises(PdfError, match=r"Chromium was not found; .* apt-get install chromium"), book.pdf.printer():
        pass
    monkeypatch.setattr(commands, "ROOT", small)
    monkeypatch.setattr("book.publish.make_pdfs", lambda root: (_ for _ in ()).throw(PdfError("no luck")))
    assert commands.main(["pdf"]) == 1
    assert capsys.readouterr().err == "The PDFs were not made: no luck\n"


def test_packing_removes_what_differs() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    target = io.BytesIO()
    pdf.docinfo.CreationDate, pdf.docinfo.ModDate, pdf.docinfo.Creator = "D:2026", "D:2026", "me"
    pdf.save(target)
    assert list(pikepdf.open(io.BytesIO(packed(target.getvalue()))).docinfo.keys()) == []
