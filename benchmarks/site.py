"""Weight and loading time of a page beside stock Jupyter Book's, both built from the same notebook.

    python benchmarks/site.py --mathjax FOLDER

prints a table. The page has 16 display and 16 inline formulas, a figure, and code; it is loaded cold, at 1.6 Mbit/s
with 150 ms latency and a CPU four times slower. The stock page asks another host for MathJax; here it gets it from its
own: FOLDER, an unpacked npm package mathjax 3. Without it the stock page lacks its formulas, and its weight and times
are told too low. Other foreign files are refused.
"""

import argparse
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import sample_book  # noqa: E402
from conftest import CHROMIUM, FLAGS  # noqa: E402

from book.bilingual import monolingual  # noqa: E402
from book.build import build  # noqa: E402
from book.notebooks import dump  # noqa: E402
from book.serve import Handler  # noqa: E402

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
STOCK_TOC = f"format: jb-book\nroot: home\nchapters:\n- file: {sample_book.PAGE}\n"
STOCK_CONFIG = """title: Benchmark
execute: {execute_notebooks: "off"}
only_build_toc_files: true
bibtex_bibfiles: [references.bib]
sphinx:
  extra_extensions: [sphinx_exercise]
  config: {language: %s}
"""


class Packed(Handler):
    """A host that compresses text and WebAssembly, as static hosts do."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".js", ".css", ".svg", ".json", ".wasm") or not path.is_file():
            super().do_GET()
            return
        data = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        for name, value in (
            ("Content-Type", self.guess_type(str(path))),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(data))),
            ("Access-Control-Allow-Origin", "*"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def serve(folder: Path) -> tuple[ThreadingHTTPServer, str]:
    """Serve a folder on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packed, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


def chapter() -> dict[str, Any]:
    """Return the page that is measured."""
    groups = [[cell] for cell in sample_book.chapter()["cells"]]
    for number in range(1, 14):
        text = f"$\\theta_{{{number}}} \\in \\mathbb{{R}}^d$"
        tex = f"\\theta_{{t+{number}}} = \\theta_t - \\eta \\sum_{{i=1}}^{{{number}}} \\frac{{g_i}}{{\\sqrt{{v_i}}}}"
        groups.append(sample_book.pair(f"参数{text}。" + "一句话。" * 30, f"Parameters {text}. " + "A sentence. " * 30))
        groups.append(sample_book.shared(f"$$\n{tex}\n$$ (eq-extra-{number})"))
    return sample_book.notebook(*groups)


def build_ours(folder: Path) -> Path:
    """Build the measured page with this book's machinery."""
    root = sample_book.make_book(folder)
    sample_book.write(root / f"{sample_book.PAGE}.ipynb", chapter())
    return build(root)


def build_stock(folder: Path, language: str, mathjax: Path | None) -> Path:
    """Build the same page, one language of it, with Jupyter Book as it comes."""
    page = folder / f"{sample_book.PAGE}.ipynb"
    page.parent.mkdir(parents=True)
    page.write_text(dump(monolingual(chapter(), language)), encoding="utf-8")
    (folder / "home.md").write_text("# Home\n", encoding="utf-8")
    (folder / "_toc.yml").write_text(STOCK_TOC, encoding="utf-8")
    (folder / "_config.yml").write_text(STOCK_CONFIG % {"zh": "zh_CN", "en": "en"}[language], encoding="utf-8")
    shutil.copy2(ROOT / "book" / "references.bib", folder)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "-q", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"stock Jupyter Book failed: {run.stderr[-1000:]}")
    site = folder / "_build" / "html"
    if mathjax:
        shutil.copytree(mathjax, site / "mathjax")
        built = site / f"{sample_book.PAGE}.html"
        text = built.read_text(encoding="utf-8")
        text, times = re.subn(r"https://[^\"]*/mathjax@[^/\"]*/", "/mathjax/", text)
        if not times:
            raise RuntimeError("the stock page does not name MathJax where it was expected")
        built.write_text(text, encoding="utf-8")
    return site


def measure(browser: Any, address: str) -> dict[str, float]:
    """Load a page cold on a slow network and CPU; return its weight, its files, times in seconds, and layout shift."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    foreign: list[str] = []

    def answer(route: Any) -> None:
        url = route.request.url
        if url.startswith(("http://127.0.0.1", "data:")):
            route.continue_()
            return
        foreign.append(url)
        route.abort()

    page.route("**/*", answer)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) shift += e.value; })"
        ".observe({type: 'layout-shift', buffered: true});"
        "new PerformanceObserver(list => { window.largest = list.getEntries().at(-1).startTime; })"
        ".observe({type: 'largest-contentful-paint', buffered: true});"
        "window.formula = 0; new MutationObserver(() => {"
        " if (!formula && document.querySelector('mjx-container, .katex')) formula = performance.now();"
        "}).observe(document, {childList: true, subtree: true});"
    )
    page.goto(address, wait_until="load", timeout=60_000)
    page.wait_for_load_state("networkidle", timeout=60_000)
    page.wait_for_timeout(4000)  # a script may set formulas after everything is loaded
    times = page.evaluate(
        "() => ({paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, largest, formula, shift,"
        " load: performance.getEntriesByType('navigation')[0].loadEventEnd})"
    )
    context.close()
    return {
        "KB": sum(received) / 1024,
        "files": len(received),
        "foreign": len(foreign),
        "first paint": times["paint"] / 1000,
        "largest paint": times["largest"] / 1000,
        "formulas": max(times["formula"], times["paint"]) / 1000,
        "loaded": times["load"] / 1000,
        "shift": times["shift"],
    }


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mathjax", type=Path, metavar="FOLDER", help="an unpacked npm package mathjax 3")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        ours = build_ours(Path(folder) / "ours")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        rows = {}
        for language in ("zh", "en"):
            stock = build_stock(Path(folder) / f"stock-{language}", language, options.mathjax)
            for name, site, place in (("this book", ours, f"{language}/"), ("stock", stock, "")):
                server, address = serve(site)
                rows[f"{name}, {language}"] = measure(browser, f"{address}/{place}{sample_book.PAGE}.html")
                server.shutdown()
        browser.close()
    print(f"{'':14}" + "".join(f"{title:>15}" for title in next(iter(rows.values()))))
    for name, row in rows.items():
        print(
            f"{name:14}"
            + "".join(f"{value:15}" if isinstance(value, int) else f"{value:15.2f}" for value in row.values())
        )


if __name__ == "__main__":
    main()
