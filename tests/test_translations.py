"""Every Chinese cell has its fresh English cell, and the check can tell when it hasn't."""

import copy

import pytest
import sample_book

from book.build import ROOT
from book.notebooks import find_notebooks, load
from book.translations import check, mark_reviewed, run

NOTEBOOKS = find_notebooks(ROOT)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_translations_are_fresh(path) -> None:
    assert [f"{path.name}, {finding}" for finding in check(load(path))] == []


def test_the_book_has_notebooks() -> None:
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize(("changed", "stale"), [(0, [2]), (1, [1])])
def test_a_change_on_one_side_makes_the_other_stale(changed: int, stale: list[int]) -> None:
    notebook = sample_book.chapter()
    assert check(notebook) == []
    notebook["cells"][changed]["source"] += "\n\n又一句。"
    assert [finding.number for finding in check(notebook)] == stale
    assert mark_reviewed(notebook) == 1
    assert check(notebook) == []


def test_reviewing_one_cell_leaves_the_others_stale() -> None:
    notebook = sample_book.chapter()
    for position in (0, 2):
        notebook["cells"][position]["source"] += "又一句。"
    mark_reviewed(notebook, [1])
    assert [finding.number for finding in check(notebook)] == [4]
    with pytest.raises(ValueError, match="cell 5 belongs to no"):
        mark_reviewed(notebook, [5])


def _without(position: int) -> dict:
    notebook = copy.deepcopy(sample_book.chapter())
    del notebook["cells"][position]
    return notebook


@pytest.mark.parametrize(
    ("notebook", "number", "words"),
    [
        (_without(1), 1, "English cell is missing"),
        (_without(0), 1, "Chinese cell is missing"),
        (sample_book.notebook(sample_book.pair("甲", "A")[::-1]), 1, "Chinese cell is missing"),
    ],
)
def test_missing_halves_are_named(notebook: dict, number: int, words: str) -> None:
    finding = check(notebook)[0]
    assert finding.number == number
    assert words in finding.kind


def test_command_lists_and_reviews(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = sample_book.chapter()
    notebook["cells"][0]["source"] += "又一句。"
    del notebook["cells"][3]["metadata"]["counterpart"]
    path = sample_book.write(tmp_path / "chapters" / "01-x.ipynb", notebook)
    sample_book.write(tmp_path / "book" / "home.ipynb", sample_book.home())
    assert run(tmp_path, None, []) == 1
    out = capsys.readouterr().out
    assert "chapters/01-x.ipynb, cell 2: the English is older than its counterpart: (sample-adam)= # How Adam" in out
    assert "cell 4: the English was never compared" in out
    assert run(tmp_path, str(path), []) == 0
    assert run(tmp_path, None, []) == 0
    assert run(tmp_path, str(tmp_path / "none.ipynb"), []) == 1
    assert "there is no such notebook" in capsys.readouterr().err
