"""How long it takes to build a book of forty chapters, both editions, beside stock Jupyter Book.

    python benchmarks/builds.py [--chapters N] [--pdf]

The chapters are the one on Adam, each with labels and formulas of its own, in parts of five. Both builders make the
Chinese and the English edition side by side: from nothing, and after a change in one chapter. CPU time, of all
processes together, leaves out what other programs take; wall time does not. --pdf prints the editions, too.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import sample_book  # noqa: E402

from benchmarks.runner import Goal  # noqa: E402
from benchmarks.site import STOCK_CONFIG  # noqa: E402
from book.bilingual import LANGUAGES, monolingual  # noqa: E402
from book.build import LOCALES  # noqa: E402
from book.notebooks import dump  # noqa: E402

MODEL = ROOT / "chapters" / "03-algorithms" / "05-adam.ipynb"
COMMANDS = {
    "build": "from book.build import build as make",
    "pdf": "from book.publish import make_pdfs as make",
}
BOOK = "import sys, pathlib; {}\nif __name__ == '__main__': make(pathlib.Path(sys.argv[1]))"


def chapter(number: int) -> str:
    """Return a notebook like the chapter on Adam, whose labels and formulas no other chapter has."""
    text = MODEL.read_text(encoding="utf-8")
    others = r"\{(?:ref|numref|eq)\}`(?:[^`<]*<)?(?!(?:eq-|fig-|ex-)?adam\b)[^`]*`"
    text = re.sub(others, "another chapter", text)
    text = re.sub(r"\badam(?=-[a-z]|\)=)", f"adam{number:02}", text)
    return re.sub(r"\\\\(theta|beta|eta|epsilon)(?![A-Za-z])", rf"{{\\\\\g<1>\\\\kern0.0{number:02}em}}", text)


def names(count: int) -> list[str]:
    """Return the chapters' names."""
    return [f"chapters/{(number + 4) // 5:02}-part/{number:02}-adam" for number in range(1, count + 1)]


def write_ours(folder: Path, count: int) -> None:
    """Write the book for this book's machinery."""
    sample_book.make_book(folder)
    parts = [
        {"caption": f"第{place // 5 + 1}部分｜Part {place // 5 + 1}", "chapters": [{"file": name} for name in some]}
        for place in range(0, count, 5)
        for some in [names(count)[place : place + 5]]
    ]
    toc = {"format": "jb-book", "root": "book/home", "parts": parts}
    (folder / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    (folder / f"{sample_book.PAGE}.ipynb").unlink()
    for number, name in enumerate(names(count), 1):
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(chapter(number), encoding="utf-8")


def write_stock(folder: Path, count: int, language: str) -> None:
    """Write one edition of the book for Jupyter Book as it comes."""
    folder.mkdir()
    (folder / "home.md").write_text("# Home\n", encoding="utf-8")
    toc = {"format": "jb-book", "root": "home", "chapters": [{"file": name} for name in names(count)]}
    (folder / "_toc.yml").write_text(json.dumps(toc), encoding="utf-8")
    (folder / "_config.yml").write_text(STOCK_CONFIG % LOCALES[language], encoding="utf-8")
    (folder / "references.bib").write_bytes((ROOT / "book" / "references.bib").read_bytes())
    for number, name in enumerate(names(count), 1):
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump(monolingual(json.loads(chapter(number)), language)), encoding="utf-8")


def change(path: Path) -> None:
    """Change a word in each language of a chapter."""
    text = path.read_text(encoding="utf-8")
    changed = text.replace("## 来源", "## 来源与注").replace("## Sources", "## Sources and notes")
    if changed == text:
        raise RuntimeError(f"{path.name} has no heading to change")
    path.write_text(changed, encoding="utf-8")


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return wall and CPU time of the processes that a call starts and waits for."""

    def cpu() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    began, before = time.perf_counter(), cpu()
    run()
    return time.perf_counter() - began, cpu() - before


def run_ours(folder: Path, command: str = "build") -> None:
    """Build or print the book in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", BOOK.format(COMMANDS[command]), str(folder)], check=True, env=environment)


def run_stock(folders: list[Path]) -> None:
    """Build the editions side by side."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "-q", "."]
    running = [
        subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for folder in folders
    ]
    for process in running:
        _, error = process.communicate()
        if process.returncode:
            raise RuntimeError(f"stock Jupyter Book failed: {error.decode()[-1000:]}")


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chapters", type=int, default=40, metavar="N", help="40 by default, at least 1")
    parser.add_argument("--pdf", action="store_true", help="print the editions, too")
    options = parser.parse_args()
    if options.chapters < 1:
        parser.error(f"--chapters must be >= 1, got {options.chapters}")
    changed = names(options.chapters)[options.chapters // 2] + ".ipynb"
    rows: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        ours, stock = Path(temporary) / "ours", [Path(temporary) / language for language in LANGUAGES]
        write_ours(ours, options.chapters)
        for folder, language in zip(stock, LANGUAGES, strict=True):
            write_stock(folder, options.chapters, language)
        rows["this book, from nothing"] = timed(lambda: run_ours(ours))
        rows["stock, from nothing"] = timed(lambda: run_stock(stock))
        for folder in (ours, *stock):
            change(folder / changed)
        rows["this book, one change"] = timed(lambda: run_ours(ours))
        rows["stock, one change"] = timed(lambda: run_stock(stock))
        if options.pdf:
            rows["this book, two PDFs"] = timed(lambda: run_ours(ours, "pdf"))
    print(f"\n{options.chapters} chapters in two languages{'wall s':>13}{'CPU s':>9}")
    for name, (wall, cpu) in rows.items():
        print(f"{name:30}{wall:9.1f}{cpu:9.1f}")
    print()
    print(
        Goal(
            f"seconds from nothing, {options.chapters} chapters on {os.cpu_count()} cores",
            rows["this book, from nothing"][0],
            60,
        )
    )
    print(Goal("seconds after one changed chapter", rows["this book, one change"][0], 8))


if __name__ == "__main__":
    main()
