"""A small book with cells to write in, and the hands that write in them: for the tests of Python in the page."""

import re
from pathlib import Path
from typing import Any

import sample_book
from sample_book import code, notebook, pair, printed

PAGE = "chapters/03-algorithms/01-gradient-descent"
STUB = """import optimlib as ol


class MySGD:
    lr = 0.1

    def init(self, theta):
        return {}

    def update(self, grad, state):
        step = 0.0 * grad  # here
        return step, state


ol.check(MySGD, "sgd")"""
DIVIDES = STUB.replace("0.0 * grad  # here", "grad / state.get('t', 0)")
RIGHT = STUB.replace("0.0 * grad  # here", "-self.lr * grad")


def exercise(label: str, chinese: str, english: str, *cells: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells of an exercise around these."""
    start, end = "```{{exercise-start}} {}\n:label: {}\n```\n\n{}", "```{exercise-end}\n```"
    return [
        *pair(start.format(chinese, label, "写出更新规则。"), start.format(english, label, "Write the update rule.")),
        *cells,
        *pair(end, end),
    ]


def chapter() -> dict[str, Any]:
    """Return a chapter with two cells to write in."""
    return notebook(
        pair("(sample-python)=\n# 写一个优化器", "(sample-python)=\n# Write an optimizer"),
        pair("(sample-write)=\n## 练习", "(sample-write)=\n## Exercises"),
        exercise("ex-read", "想一想", "Think"),
        exercise(
            "ex-sgd",
            "写出 SGD",
            "Write SGD",
            *code(STUB, printed("✗ 还不对。｜✗ Not yet.\n"), tags=["write-it"]),
        ),
        pair("(sample-free)=\n## 随便写", "(sample-free)=\n## Free"),
        code('print("你好｜hello")', printed("你好｜hello\n"), tags=["write-it"]),
        code('print("只读｜read only")', printed("只读｜read only\n")),
    )


def make_book(root: Path) -> Path:
    """Make the book in `root`: one chapter with cells to write in, and one without."""
    sample_book.make_book(root)
    toc = (root / "_toc.yml").read_text(encoding="utf-8")
    both = f'{{"file": "{sample_book.PAGE}"}}, {{"file": "{PAGE}"}}'
    (root / "_toc.yml").write_text(toc.replace(f'{{"file": "{sample_book.PAGE}"}}', both), encoding="utf-8")
    sample_book.write(root / f"{PAGE}.ipynb", chapter())
    return root


def opened(page: Any, url: str, language: str = "en", cell: int = 0) -> Any:
    """Go to the page and open an editor; its cell."""
    page.goto(f"{url}/{language}/{PAGE}.html")
    return press(page, cell)


def press(page: Any, number: int = 0) -> Any:
    """Open the editor of a cell, and wait for its first verdict."""
    cell = page.locator("div.cell.tag_write-it").nth(number)
    cell.locator(".write-it").click()
    cell.locator(".py-verdict[data-state][aria-busy=false]").wait_for()
    return cell


def write(cell: Any, text: str) -> None:
    """Write another text in the place of the one that is there, and run it."""
    cell.locator("textarea").focus()
    keyboard = cell.page.keyboard
    keyboard.press("Control+a")
    keyboard.insert_text(text)
    keyboard.press("Control+Enter")


def verdict(cell: Any, state: str, text: str | re.Pattern[str] = "") -> str:
    """Wait until the verdict has this state and text; what it says."""
    found = cell.locator(f'.py-verdict[data-state="{state}"][aria-busy=false]', has_text=text)
    found.wait_for(timeout=10_000)
    return str(found.inner_text())
