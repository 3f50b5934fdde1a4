"""Building, serving and executing: only what changed, nothing half done, problems told in one readable message."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import sample_book
from conftest import serve_folder
from nbval.plugin import get_sanitize_patterns

import book.__main__ as commands
from book.build import BuildError, _swap, build
from book.execute import execute_all, run_notebook
from book.node import find_node
from book.notebooks import dump, load, write_atomically
from book.serve import Handler, ServeError, make_server, parse_port

PAGE = f"{sample_book.PAGE}.ipynb"


def digest(folder: Path) -> str:
    """Return one hash of all names and contents in a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book, built."""
    root = sample_book.make_book(tmp_path_factory.mktemp("book"))
    build(root)
    return root


@pytest.fixture
def small_book(built: Path, tmp_path: Path) -> Path:
    """A copy of the built small book that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "book", dirs_exist_ok=True))


def change(root: Path, source: str, cell_type: str = "markdown", page: str = PAGE) -> None:
    """Append a cell to a page."""
    notebook = load(root / page)
    cell = {"cell_type": cell_type, "id": "added", "metadata": {}, "source": source}
    if cell_type == "code":
        cell |= {"outputs": [], "execution_count": None}
    notebook["cells"].append(cell)
    write_atomically(root / page, dump(notebook))


def test_both_editions_and_the_front_door_exist(built: Path) -> None:
    site = built / "_build" / "site"
    for language in ("zh", "en"):
        assert (site / language / f"{sample_book.PAGE}.html").exists()
        assert "book/home.html" in (site / language / "index.html").read_text()
    assert "zh/book/home.html" in (site / "index.html").read_text(encoding="utf-8")


def test_second_build_does_nothing(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = digest(built / "_build" / "site")
    started = time.perf_counter()
    build(built)
    assert time.perf_counter() - started < 2
    assert "up to date" in capsys.readouterr().out
    assert digest(built / "_build" / "site") == before


def test_only_the_changed_page_is_read_again(small_book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(small_book, "Sphinx notices that the copy lies elsewhere and reads everything.")
    build(small_book)
    doctrees = small_book / "_build" / "work" / "en" / ".doctrees"
    before = (doctrees / "book" / "home.doctree").stat().st_mtime_ns
    change(small_book, "## 新｜New section")
    capsys.readouterr()
    site = build(small_book)
    assert "Built 1 page " in capsys.readouterr().out
    assert (doctrees / "book" / "home.doctree").stat().st_mtime_ns == before
    assert "New section" in (site / "en" / f"{sample_book.PAGE}.html").read_text(encoding="utf-8")


WARNINGS = {  # what a page may say wrong: what the message tells
    r"Bad $\frac{1$ here": r"cell \d+.*: formula \\frac\{1: KaTeX parse error",
    "$$\nx = 中\n$$ (bad)": r"cell \d+.*: formula x = 中",
    "See {ref}`nowhere-ref`.": r"cell \d+.*nowhere-ref",
    "See {eq}`nowhere-eq`.": r"cell \d+.*nowhere-eq",
    "{cite}`nobody2099`": r"cell \d+.*nobody2099",
}
CRASHES = {'x = "甲｜A｜B"': r"cell \d+: '甲｜A｜B' has 2 bars"}


@pytest.mark.parametrize(("broken", "cell_type"), [(WARNINGS, "markdown"), (CRASHES, "code")])
def test_a_failing_build_names_the_places_and_keeps_the_site(
    small_book: Path, broken: dict[str, str], cell_type: str
) -> None:
    site = small_book / "_build" / "site"
    before = digest(site)
    good = (small_book / PAGE).read_text(encoding="utf-8")
    for source in broken:
        change(small_book, source, cell_type)
    for _ in range(2):  # it goes on failing until it is mended
        with pytest.raises(BuildError) as failure:
            build(small_book)
        message = str(failure.value)
        lines = [line for line in message.splitlines() if PAGE in line]
        assert len(lines) == len(broken), message
        for told in broken.values():
            assert any(re.search(told, line) for line in lines), f"{told} is not told in\n{message}"
        assert "Traceback" not in message
        assert digest(site) == before
    (small_book / PAGE).write_text(good, encoding="utf-8")
    assert digest(build(small_book)) == before


def test_a_broken_reference_is_named_with_its_line(small_book: Path) -> None:
    references = small_book / "book" / "references.bib"
    good = references.read_text(encoding="utf-8")
    references.write_text(good.rstrip().removesuffix("}") + "\n@book{next,\n}\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"book/references\.bib: syntax error in line \d+"):
        build(small_book)
    references.write_text(good, encoding="utf-8")


def test_a_broken_notebook_is_named(small_book: Path) -> None:
    (small_book / PAGE).write_text("{", encoding="utf-8")
    with pytest.raises(BuildError, match=PAGE):
        build(small_book)


def test_command_reports_failure_in_words(
    small_book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "ROOT", small_book)
    change(small_book, r"$\nosuchmacro$")
    assert commands.main(["build"]) == 1
    error = capsys.readouterr().err
    assert "The site was not built. The previous site is untouched." in error
    assert "nosuchmacro" in error


def test_an_interrupted_build_keeps_the_site(small_book: Path) -> None:
    before = digest(small_book / "_build" / "site")
    change(small_book, "A new sentence.")
    script = (
        "import sys, signal, pathlib, book.__main__ as commands\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored where the tests run in the background
        f"commands.ROOT = pathlib.Path({str(small_book)!r})\n"
        "sys.exit(commands.main(['build']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=sample_book.PROJECT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(1.2)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted" in error
    assert "Traceback" not in error
    assert digest(small_book / "_build" / "site") == before
    assert "A new sentence" in (build(small_book) / "en" / f"{sample_book.PAGE}.html").read_text(encoding="utf-8")


def test_swap_puts_the_former_site_back_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("site", "site.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "site.new":
            raise OSError("disk full")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="disk full"):
            _swap(tmp_path)
    assert (tmp_path / "site" / "index.html").read_text() == "site"
    _swap(tmp_path)
    assert (tmp_path / "site" / "index.html").read_text() == "site.new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_jupyter_book_alone_builds_the_chinese_edition(tmp_path: Path) -> None:
    root = sample_book.make_book(tmp_path, whole=True)
    shutil.copytree(sample_book.PROJECT / "optimlib", root / "optimlib", ignore=shutil.ignore_patterns("__pycache__"))
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "--keep-going"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    page = (root / "_build" / "html" / f"{sample_book.PAGE}.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    assert "一阶矩与二阶矩" in page
    assert "First and second moments" not in page
    assert "｜" not in page
    assert 'language-switch"' not in page, "one edition has no twin to lead to"


def test_busy_port_gets_one_clear_message(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert commands.main(["serve", "--port", str(port)]) == 1
    error = capsys.readouterr().err.strip()
    assert f"Port {port} is in use" in error
    assert f"PORT={port + 1}" in error
    assert "\n" not in error


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "80.5"])
def test_a_port_is_a_number(text: str) -> None:
    with pytest.raises(ServeError, match=r"PORT=.*expected a number from 1 to 65535"):
        parse_port(text)


def test_server_is_local_and_names_types(tmp_path: Path) -> None:
    types = {
        "a.html": "text/html; charset=utf-8",
        "a.js": "text/javascript; charset=utf-8",
        "a.mjs": "text/javascript; charset=utf-8",
        "a.svg": "image/svg+xml",
        "a.woff2": "font/woff2",
        "a.wasm": "application/wasm",
    }
    for name in types:
        (tmp_path / name).write_text("x")
    server, address = serve_folder(tmp_path)
    try:
        assert server.server_address[0] == "127.0.0.1"
        for name, kind in types.items():
            with urllib.request.urlopen(f"{address}/{name}") as answer:
                assert answer.headers["Content-Type"] == kind
    finally:
        server.shutdown()
        server.server_close()
    assert Handler.extensions_map[".json"] == "application/json"


def test_two_servers_cannot_share_a_port(tmp_path: Path) -> None:
    with make_server(tmp_path, 0) as first, pytest.raises(ServeError, match="in use"):
        make_server(tmp_path, first.server_port)


# Executing notebooks


def code_notebook(*sources: str) -> dict:
    return sample_book.notebook(*(sample_book.code(source) for source in sources))


def test_execution_is_byte_identical_and_writes_only_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg = "from IPython.display import SVG, display\nprint('a')\nprint('b')\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))"
    path = sample_book.write(tmp_path / "x.ipynb", code_notebook(svg, "", "1 + 1"))
    raw = load(path)
    raw["metadata"]["widgets"] = {"state": {}}
    raw["cells"][0]["metadata"] = {"execution": {"iopub.execute_input": "now"}, "collapsed": True}
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert execute_all(tmp_path, [str(path)]) == 0
    first, stamp = path.read_bytes(), path.stat().st_mtime_ns
    assert execute_all(tmp_path, [str(path)]) == 0
    assert path.read_bytes() == first
    assert path.stat().st_mtime_ns == stamp
    out = capsys.readouterr().out
    assert re.search(r"x\.ipynb: stored \(\d+\.\d s\)\n.*x\.ipynb: unchanged", out)
    notebook = load(path)
    assert [cell["execution_count"] for cell in notebook["cells"]] == [1, None, 2]
    stream, figure = notebook["cells"][0]["outputs"]
    assert "".join(stream["text"]) == "a\nb\n"
    assert "image/svg+xml" in figure["data"]
    assert notebook["cells"][2]["outputs"][0]["execution_count"] == 2
    assert notebook["cells"][0]["metadata"] == {}
    assert sorted(notebook["metadata"]) == ["kernelspec", "language_info"]
    assert first.endswith(b"\n")
    assert b"\r" not in first


def test_widget_views_and_raster_twins_are_not_stored(tmp_path: Path) -> None:
    bundle = {
        "image/svg+xml": "<svg/>",
        "image/png": "AAAA",
        "text/plain": "figure",
        "application/vnd.jupyter.widget-view+json": {"model_id": "random"},
    }
    source = f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"
    notebook = run_notebook(sample_book.write(tmp_path / "x.ipynb", code_notebook(source)))
    assert sorted(notebook["cells"][0]["outputs"][0]["data"]) == ["image/svg+xml", "text/plain"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\nraise RuntimeError('no luck')", r"cell 2 \(x = 1\): RuntimeError: no luck"),
        ("import sys\nprint('careful', file=sys.stderr)", r"cell 2 \(import sys\) wrote to stderr: careful"),
        ("import warnings; warnings.warn('old')", r"cell 2 .*wrote to stderr"),
        ("while True: pass", r"cell 2 \(while True: pass\): the notebook took longer than 2 s"),
        ("import os; os._exit(1)", r"cell 2 .*: the kernel died"),
    ],
)
def test_a_failing_cell_leaves_the_notebook_whole(
    tmp_path: Path, source: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "book.execute.run_notebook", lambda path: run_notebook(path, limit=2 if "while" in source else 60)
    )
    path = sample_book.write(tmp_path / "x.ipynb", code_notebook("print('fine')", source))
    before = path.read_bytes()
    assert execute_all(tmp_path, [str(path)]) == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    error = capsys.readouterr().err
    assert re.search(rf"x\.ipynb, {told}", error), error
    assert "x.ipynb was left as it was" in error
    assert "Traceback" not in error


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text("old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_node_is_found() -> None:
    run = subprocess.run([find_node(), "--version"], capture_output=True, text=True, check=True)
    assert int(run.stdout[1:].split(".")[0]) >= 18


def test_npm_lock_has_no_addresses() -> None:
    lock = (sample_book.PROJECT / "book" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert '"integrity"' in lock


def test_the_sanitizer_forgives_only_tiny_shifts_in_svg() -> None:
    patterns = get_sanitize_patterns((sample_book.PROJECT / "tests" / "nbval_sanitize.cfg").read_text())
    assert len(patterns) == 3

    def clean(text: str) -> str:
        for pattern, replacement in patterns:
            text = re.sub(pattern, replacement, text)
        return text

    path = '<path d="M 10.123456 20.5 \nL {} 7.2 \n" clip-path="url(#p0123456789)"/><use x="{}" y="1"/>'
    assert clean(path.format("30.223456", "40.111111")) == clean(path.format("30.223999", "40.111999"))
    assert clean(path.format("30.223456", "40.111111")) != clean(path.format("30.323456", "40.111111"))
    assert clean(path) == clean(path.replace("p0123456789", "pabcdef0123"))
    assert clean(path) != clean(path.replace("\nL {} 7.2 ", ""))
    table = "Adam      0.123456  1.234567\nMomentum  0.123457  9.87654321\n"
    for text in (table, "<td>0.123456</td>", "x = 0.123456", "array([0.123456, 1.5])", '{"lr": 0.123456}'):
        assert clean(text) == text
