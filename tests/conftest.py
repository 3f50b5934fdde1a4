"""Shared fixtures: the built site, a server for it, and a headless Chromium that reports what it asks for."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from python_pages import make_book
from visits import Visit, make_visitor

from book.browser import FLAGS, find_chromium
from book.build import ROOT, BuildError, build
from book.serve import Handler, Server, make_server

pytest.register_assert_rewrite("explorer_tools", "study_checks")  # so that their failures say what was compared

CHROMIUM = find_chromium()


@pytest.fixture(scope="session")
def site() -> Path:
    """The finished site of the book, built once (and only where something changed)."""
    try:
        return build(ROOT)
    except BuildError as error:
        pytest.fail(f"The site was not built.\n{error}", pytrace=False)


def serve_folder(folder: Path, handler: type[Handler] = Handler) -> tuple[Server, str]:
    """Serve a folder on a free port of 127.0.0.1; return the server and its address."""
    server = make_server(folder, 0, handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder while it is served."""
    server, address = serve_folder(folder)
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The address of the served site, without a slash at its end."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def python_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book with cells to write in."""
    return build(make_book(tmp_path_factory.mktemp("book")))


@pytest.fixture(scope="session")
def python_url(python_site: Path) -> Iterator[str]:
    """Its address when served."""
    with served(python_site) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium. Without it tests are skipped at home and fail in CI."""
    if CHROMIUM is None:
        message = "Chromium is missing: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Records:
    """What a page asked for and complained about."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def foreign(self) -> list[str]:
        """Requests that left this machine."""
        local = ("127.0.0.1", "localhost")
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob", "about", "file") and urlsplit(url).hostname not in local
        ]


def watch(page: Any) -> Records:
    """Record from now on what a page asks for and complains about."""
    records = Records()
    page.on("request", lambda request: records.requests.append(request.url))
    # A page that leads on at once (the front door) breaks off its own loading.
    page.on(
        "requestfailed", lambda r: None if "ABORTED" in r.failure else records.errors.append(f"{r.failure} {r.url}")
    )
    page.on("response", lambda r: records.errors.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("console", lambda m: records.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: records.errors.append(str(error)))
    return records


@pytest.fixture(scope="session")
def visit(site_url: str, browser: Any) -> Iterator[Callable[..., Visit]]:
    """`visit(language, name, way)` tells what was seen of a page; tests share the visits."""
    visitor, end = make_visitor(site_url, browser, watch)
    yield visitor
    end()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Make a page: `new_page(width=360, **options of a browser context)`; `page.records` has its Records."""
    contexts = []

    def make(width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.records = watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One desktop page."""
    return new_page()
