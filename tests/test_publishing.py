"""A published site: addresses from one base URL, the workflow that publishes it, headers that a host should send."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import python_pages
import sample_book
import yaml
from bs4 import BeautifulSoup

from book.build import ROOT, build
from book.extensions.pages import POLICY
from book.serve import Handler
from book.settings import read_config

BASE = "https://example.org/some/book"
PAGES = ("book/home", sample_book.PAGE, python_pages.PAGE)
WORKFLOW = ROOT / ".github" / "workflows" / "pages.yml"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site of the small book, built as for publishing."""
    root = python_pages.make_book(tmp_path_factory.mktemp("book"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOOK_BASE_URL", f"{BASE}/")
        yield build(root)


def head(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").head


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*PAGES, "search"])
def test_every_page_names_its_address(published: Path, language: str, name: str) -> None:
    page = head(published / language / f"{name}.html")
    assert [link["href"] for link in page.select("link[rel=canonical]")] == [f"{BASE}/{language}/{name}.html"]
    twins = {link["hreflang"]: link["href"] for link in page.select("link[rel=alternate]")}
    assert twins["zh-CN"] == f"{BASE}/zh/{name}.html"
    assert twins["en"] == f"{BASE}/en/{name}.html"
    assert urljoin(f"{BASE}/{language}/{name}.html", twins["x-default"]) == f"{BASE}/index.html"


def test_sitemap_lists_the_pages(published: Path) -> None:
    locations = re.findall(r"<loc>(.*?)</loc>", (published / "sitemap.xml").read_text(encoding="utf-8"))
    assert sorted(locations) == sorted(f"{BASE}/{language}/{name}.html" for language in ("zh", "en") for name in PAGES)
    assert [link["href"] for link in head(published / "index.html").select("link[rel=canonical]")] == [f"{BASE}/"]


def test_nothing_else_is_absolute(published: Path) -> None:
    """Styles, scripts, pictures, and links between pages work wherever the site lies."""
    for path in published.rglob("*.html"):
        tree = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for element in tree.select(
            "[src], link:not([rel=canonical], [rel=alternate]), nav a, header a, .prev-next-footer a"
        ):
            address = element.get("src") or element["href"]
            if path.name != "404.html":  # its own address is anybody's guess
                assert not re.match(r"https?:|/", address), (path, address)


def test_environment_wins_and_an_empty_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for value, told in (("https://example.org/b", "https://example.org/b"), ("", "")):
        monkeypatch.setenv("BOOK_BASE_URL", value)
        assert read_config(ROOT)["sphinx"]["config"]["book_base_url"] == told


def test_some_hosts_must_not_leave_out_underscores(published: Path) -> None:
    assert (published / ".nojekyll").read_bytes() == b""
    assert (published / "zh" / "_static" / "style.css").exists()


# The workflow


def test_workflow_builds_everything_and_pins_what_it_uses() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
    (make,) = [step for step in steps if step.get("run", "").startswith("make ")]
    assert make["run"].split() == ["make", "book", "pdf", "site-zip"]
    assert "BOOK_BASE_URL" in make["env"]
    goals = (ROOT / "Makefile").read_text(encoding="utf-8")
    for goal in make["run"].split()[1:]:
        assert re.search(rf"^{goal}:", goals, re.M)
    (upload,) = [step for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == "_build/site"
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["build"]["permissions"] == {"contents": "read", "pages": "read"}
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}


# Headers


def documented(variable: str, address: str) -> str:
    """Return what a variable of the example in CONTRIBUTING.md is for a file: the first pattern that fits wins."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    ((source, entries),) = re.findall(rf"^\s*map (\S+) \${variable} \{{(.*)\}}", text, re.M)
    parts = urlsplit(address)
    value = source.replace("$arg_v", parts.query.removeprefix("v=")).replace("$uri", parts.path)
    choices = re.findall(r'(?:"~([^"]*)"|(default)) "([^"]*)";', entries)
    fitting = [found for pattern, default, found in choices if not default and re.search(pattern, value)]
    return str([*fitting, *(found for _, default, found in choices if default)][0])


def documented_headers(address: str = "/") -> dict[str, str]:
    """Return the headers with which the example in CONTRIBUTING.md sends a file, but for how long it may be kept."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    headers = re.findall(r'^\s*add_header ([\w-]+) "([^"]*)" always;', text, re.M)
    return {name: value.replace("$book_wasm", documented("book_wasm", address)) for name, value in headers}


@pytest.fixture(scope="module")
def strict_url(published: Path) -> Iterator[str]:
    """The site as a host sends it that was set up as CONTRIBUTING.md says."""

    class Strict(Handler):
        def end_headers(self) -> None:
            for name, value in documented_headers(self.path).items():
                self.send_header(name, value)
            super().end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(published)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_documented_headers_are_those_of_the_pages() -> None:
    headers = documented_headers()
    assert headers["Content-Security-Policy"] == f"{POLICY}; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "microphone=()" in headers["Permissions-Policy"]
    assert set(headers) == {
        "Content-Security-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
        "Permissions-Policy",
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_work_under_strict_headers(strict_url: str, new_page: Callable[..., Any], language: str) -> None:
    page = new_page()
    for name in PAGES:
        page.goto(f"{strict_url}/{language}/{name}.html", wait_until="networkidle")
        assert page.locator("h1").count() == 1
    page.keyboard.press("Control+k")
    page.locator("#search-dialog input").fill("Adam")
    page.locator(".search li a").first.wait_for()
    assert page.records.errors == []


def test_no_other_site_may_frame_a_page(strict_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page()
    page.set_content(f'<iframe src="{strict_url}/en/book/home.html"></iframe>')
    page.wait_for_timeout(500)
    assert any("frame-ancestors" in error for error in page.records.errors)


def test_documented_headers_let_what_has_a_checksum_be_kept() -> None:
    kept = "public, max-age=31536000, immutable"
    for address, value in (
        ("/zh/book/home.html", "no-cache"),
        ("/zh/_static/style.css?v=0123abcd", kept),
        ("/en/_static/python-0123abcd/worker.js", kept),
        ("/en/_static/exercises.js", "no-cache"),
    ):
        assert documented("book_cache", address) == value, address


@pytest.mark.parametrize("language", ["zh", "en"])
def test_python_runs_under_strict_headers(strict_url: str, page: Any, language: str) -> None:
    """The page's own policy stays as strict as it is: WebAssembly is for the worker's files alone."""
    allowed = documented_headers("/zh/_static/python-0123abcd/worker.js")["Content-Security-Policy"]
    assert allowed == documented_headers()["Content-Security-Policy"].replace(
        "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
    )
    page.goto(f"{strict_url}/{language}/{python_pages.PAGE}.html")
    page.locator(".write-it").first.click()
    page.locator(".py-verdict[data-state=failed]", has_text="✗").first.wait_for()
    page.locator("textarea").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(python_pages.RIGHT)
    page.locator(".py-verdict[data-state=passed]").wait_for()
    assert page.records.errors == []
