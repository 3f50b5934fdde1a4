"""Cells of chapters that readers rewrite: inside exercises, solved below, and of one mind in notebook and page."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import pytest
from test_exercise_interpreter import Interpreter, interpreter  # noqa: F401

from book.bilingual import LANGUAGES, cell_language, joined, split_code
from book.build import ROOT
from book.notebooks import find_notebooks, load
from optimlib.exercises import EXERCISES

TAG = "write-it"
CHECK = re.compile(r'\n\n\nol\.check\((\w+), "([\w-]+)"\)$')


class Cell(NamedTuple):
    """A code cell with its stored lines, and the texts of the markdown cells around it."""

    path: str
    code: str
    lines: list[str]
    before: list[str]
    after: list[str]

    @property
    def check(self) -> tuple[str, ...]:
        """The class and the exercise that its last line names."""
        found = CHECK.search(self.code)
        return found.groups() if found else ()


def cells() -> tuple[list[Cell], list[Cell]]:
    """The cells to write in, and all other cells that check something."""
    starters, others = [], []
    for path in find_notebooks(ROOT):
        all_cells = load(path)["cells"]
        for i, cell in enumerate(all_cells):
            if cell["cell_type"] != "code":
                continue
            text = "".join(joined(output.get("text", "")) for output in cell["outputs"])
            near = [joined(near["source"]) for near in all_cells[i - 2 : i] + all_cells[i + 1 : i + 5]]
            found = Cell(
                path.relative_to(ROOT).as_posix(), joined(cell["source"]), text.splitlines(), near[:2], near[2:]
            )
            if TAG in cell["metadata"].get("tags", []):
                assert [cell_language(near) for near in all_cells[i - 2 : i]] == list(LANGUAGES)
                starters.append(found)
            elif found.check:
                others.append(found)
    return starters, others


STARTERS, SOLUTIONS = cells()
NAMES = [cell.check[1] for cell in STARTERS]


def test_each_check_has_one_exercise_and_one_solution() -> None:
    names = sorted([*EXERCISES, "beat-adam"])
    assert sorted(cell.check[1] for cell in STARTERS) == names
    assert sorted(cell.check[1] for cell in SOLUTIONS) == names
    chapters = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chapters/03-algorithms").glob("*.ipynb")}
    assert {cell.path for cell in STARTERS} == chapters, "one at least in each chapter on algorithms"


@pytest.mark.parametrize(("starter", "solution"), list(zip(STARTERS, SOLUTIONS, strict=True)), ids=NAMES)
def test_a_cell_stands_in_its_exercise_and_is_solved_below(starter: Cell, solution: Cell) -> None:
    label = re.compile(r"(?s)^```\{(exercise|solution)-start\} (.*?)\n```\n?")
    opened = [label.match(text) for text in starter.before]
    labels = {re.search(r":label: (\S+)", found[2])[1] for found in opened if found and found[1] == "exercise"}  # type: ignore[index]
    assert len(labels) == 1
    assert all(opened)
    assert starter.after[:2] == ["```{exercise-end}\n```"] * 2
    assert [label.match(text)[2] for text in starter.after[2:4]] == [f"{labels.pop()}\n:class: dropdown"] * 2  # type: ignore[index]
    assert solution.check == starter.check
    assert starter.lines[0].startswith("✗")
    assert [line[0] for line in solution.lines] == ["✓"]


@pytest.mark.parametrize("cell", STARTERS + SOLUTIONS, ids=[*NAMES, *(f"{name} solved" for name in NAMES)])
def test_the_page_says_what_the_notebook_says(interpreter: Interpreter, cell: Cell) -> None:  # noqa: F811
    for language in LANGUAGES:
        found: dict[str, Any] = interpreter.cell(split_code(cell.code, language))
        assert found["error"] is None
        lines = zip(found["lines"], cell.lines, strict=True)
        # Interpreters word their exceptions differently.
        assert all(ours == theirs or "出错：" in theirs for ours, theirs in lines), found["lines"]
