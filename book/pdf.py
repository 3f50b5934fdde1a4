"""Print each edition as a PDF with Chromium: bookmarks, tags, links, and page numbers in the contents."""

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from book.browser import FLAGS, find_chromium
from book.paper import printed_page

PRINT = Path(__file__).with_name("print")
OLDEST = 131  # the first one with boxes in page margins: page numbers, and titles above the text
# A4 less the margins of print/paper.css, in CSS pixels: the width in which the page is laid out.
WIDTH = int((210 - 2 * 20) * 96 / 25.4)
_PATIENCE = 1_200_000  # milliseconds that one step of a long book may take on a busy machine
_NO_CHINESE = """() => {
  const drawn = (letter) => {
    const context = Object.assign(document.createElement("canvas"), {width: 40, height: 40}).getContext("2d");
    context.font = "32px sans-serif";
    context.fillText(letter, 2, 32);
    return String(context.getImageData(0, 0, 40, 40).data);
  };
  return drawn("学") === drawn("习");
}"""


class PdfError(RuntimeError):
    """The book could not be printed; the message says what to do."""


def print_edition(browser: Any, root: Path, work: Path, language: str, target: Path) -> None:
    """Print one edition, whose pages are in `work`/html, to the file `target`."""
    import pikepdf

    started = time.perf_counter()
    path = work / "paper.html"
    numbers: dict[str, int] = {}
    try:
        for _ in range(3):  # the first time to learn where each chapter begins, then with these numbers
            path.write_text(printed_page(root, work / "html", language, numbers), encoding="utf-8", newline="\n")
            data = _print(browser, path)
            with pikepdf.open(io.BytesIO(data)) as pdf:
                found, count = page_numbers(pdf), len(pdf.pages)
            if found == numbers:
                break
            numbers = found
        else:
            raise PdfError("the page numbers of the contents do not settle: the contents grow with their numbers")
    finally:
        path.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed(data))
    size = target.stat().st_size / 1e6
    print(f"Printed {target.name}: {count} pages, {size:.1f} MB ({time.perf_counter() - started:.1f} s)", flush=True)


def _print(browser: Any, path: Path) -> bytes:
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.set_default_timeout(_PATIENCE)
    try:
        page.emulate_media(media="print", color_scheme="light")
        page.goto(path.as_uri(), wait_until="load", timeout=_PATIENCE)
        page.evaluate("document.fonts.ready.then(() => Promise.all([...document.images].map((i) => i.decode())))")
        if page.evaluate(_NO_CHINESE):
            raise PdfError("no font has Chinese characters; on Debian and Ubuntu: apt-get install fonts-noto-cjk")
        too_wide = page.evaluate((PRINT / "fit.js").read_text(encoding="utf-8"))
        if too_wide:
            raise PdfError("wider than a printed page:\n" + "\n".join(f"  {place}" for place in too_wide[:10]))
        # Playwright gives this call no time limit of its own.
        return page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    finally:
        page.close()


@contextmanager
def printer() -> Iterator[Any]:
    """Start the browser that prints; raise PdfError when something is missing for it."""
    try:
        import pikepdf  # noqa: F401
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise PdfError(f"{error.name} is missing: run `make pdf`, or pip install -r requirements-dev.txt") from error
    path = find_chromium()
    if path is None:
        raise PdfError("Chromium was not found; on Debian and Ubuntu: apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            raise PdfError(f"{path} did not start: {str(error).splitlines()[0]}") from error
        try:
            if int(browser.version.split(".")[0]) < OLDEST:
                raise PdfError(f"{path} is version {browser.version}; {OLDEST} or newer is needed")
            yield browser
        finally:
            browser.close()


def page_numbers(pdf: Any) -> dict[str, int]:
    """Return the number of the page, from 1, of every place in the book that a link leads to."""
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    return {name.removeprefix("/"): numbers[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def packed(data: bytes) -> bytes:
    """Return the PDF at a third of its size, and the same bytes each time: without dates, its elements named anew."""
    import pikepdf

    names = sorted(set(re.findall(rb"\(node(\d{8})\)", data)))  # Chromium counts them through all that it ever opens
    numbers = {name: b"%08d" % number for number, name in enumerate(names, 1)}
    data = re.sub(rb"\(node(\d{8})\)", lambda match: b"(node" + numbers[match[1]] + b")", data)
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for key in ("/CreationDate", "/ModDate", "/Creator"):
            del pdf.docinfo[key]
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return target.getvalue()
