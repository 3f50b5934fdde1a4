"""The book's exercises in Chromium: what each editor says of its starter, of the solution, and of wrong answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exercise_answers import WRONG, cell, wrong
from python_pages import press, verdict, write
from test_exercise_cells import SOLUTIONS, STARTERS, Cell
from test_exercise_checks import answer

from book.bilingual import LANGUAGES, split_code
from optimlib.exercises import verdict as verdict_of

RAISES = {"zh": "出错：", "en": " fails: "}  # interpreters word their exceptions differently


def said(lines: list[str], language: str) -> list[str]:
    """The half of a page's language."""
    return [line.split("｜")[LANGUAGES.index(language)] for line in lines]


def agree(shown: str, lines: list[str], language: str) -> None:
    """What a verdict shows is what Python says."""
    expected = said(lines, language)
    found = shown.splitlines()
    assert len(found) == len(expected), (found, expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == theirs or (RAISES[language] in ours and RAISES[language] in theirs)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("starter", "solution"), [*zip(STARTERS, SOLUTIONS, strict=True)], ids=[s.check[1] for s in STARTERS]
)
def test_an_exercise_grades_itself(site_url: str, page: Any, language: str, starter: Cell, solution: Cell) -> None:
    name = starter.check[1]
    page.goto(f"{site_url}/{language}/{starter.path.removesuffix('.ipynb')}.html")
    on_page = [other for other in STARTERS if other.path == starter.path]
    editor = press(page, on_page.index(starter))
    box = editor.locator("xpath=ancestor::div[contains(@class, 'exercise')]").locator("input[data-exercise]")
    agree(verdict(editor, "failed"), starter.lines, language)
    for old, new, _ in WRONG[name]:
        body = wrong(name, old, new)
        with np.errstate(all="ignore"):
            expected = verdict_of(answer(name, body), name)["lines"]
        write(editor, cell(name, body))
        agree(verdict(editor, "failed", said(expected, language)[-1]), expected, language)
    assert not box.is_checked()
    write(editor, split_code(solution.code, language))
    agree(verdict(editor, "passed"), solution.lines, language)
    assert box.is_checked()
    assert page.records.errors == []
