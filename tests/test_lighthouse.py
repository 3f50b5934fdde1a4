"""Lighthouse: at least 95 in performance, accessibility, best practices, and SEO, on every kind of page.

It simulates a phone on a slow network and a CPU four times slower. Performance is measured, so a busy machine makes it
worse: a page that misses the mark is measured again, and the best of three runs counts.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM, serve_folder
from visits import KINDS, LANGUAGES

from benchmarks.site import Packed
from book.node import ensure_packages, find_node

HERE = Path(__file__).parent
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95
RUNS = 3


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[str]:
    """The site as a static host serves it: compressed."""
    server, address = serve_folder(site, Packed)
    yield address
    server.shutdown()
    server.server_close()


def lighthouse(categories: tuple[str, ...], *addresses: str) -> list[dict[str, Any]]:
    """Return what Lighthouse tells about pages."""
    ensure_packages(HERE)
    command = [str(find_node()), str(HERE / "lighthouse.mjs"), str(CHROMIUM), ",".join(categories), *addresses]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120 * len(addresses), check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_page_scores_high(host: str, browser: Any, kind: str, language: str) -> None:
    address = f"{host}/{language}/{KINDS[kind]}.html"
    (told,) = lighthouse(CATEGORIES, address)
    best, reasons = told["scores"], told["failed"]
    for _ in range(RUNS - 1):
        if best["performance"] >= LEAST:
            break
        (told,) = lighthouse(("performance",), address)
        if told["scores"]["performance"] > best["performance"]:
            best["performance"] = told["scores"]["performance"]
            reasons = told["failed"]
    assert set(best) == set(CATEGORIES)
    assert min(best.values()) >= LEAST, f"{best}: {reasons}"


def test_lighthouse_sees(tmp_path: Path, browser: Any) -> None:
    (tmp_path / "bad.html").write_text('<html><body><img src="x.png"><p style="color:#bbb">x</p>', encoding="utf-8")
    server, address = serve_folder(tmp_path, Packed)
    (told,) = lighthouse(CATEGORIES, f"{address}/bad.html")
    server.shutdown()
    server.server_close()
    assert told["scores"]["accessibility"] < LEAST
    assert told["scores"]["seo"] < LEAST
    assert {reason.split()[0] for reason in told["failed"]} >= {"image-alt", "document-title", "html-has-lang"}
