"""A small book with cells to write in, for the tests of Python in the page."""

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
