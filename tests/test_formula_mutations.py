"""Planted errors (in the chapters' modules of formula_checks) and slips: every check must catch its own."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from formula_checks import all_checks, gather
from formula_kinds import Stated
from formula_tokens import TOKEN
from formulas import collect, verify

BOOK = collect()
CHECKS = all_checks()
ADAM = "chapters/03-algorithms/05-adam.ipynb"

PLANTED = gather("PLANTED")


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_is_caught(error):
    label, old, new = PLANTED[error]
    book = BOOK.with_latex(label, old, new)
    wrong = r"(the formula does not hold|.* has no value)"
    with pytest.raises(AssertionError, match=rf"^{label} \(chapters/.*, cell \d+\): {wrong}"):
        verify(book, CHECKS, label)


@pytest.mark.parametrize(
    ("label", "old", "new"),
    [
        ("eq-adam-bound", r"\rho=\beta_1^2/\beta_2", r"\rho=\beta_1/\beta_2"),
        ("eq-adam-bound", r"g_i\propto(\beta_2/\beta_1)^i", r"g_i\propto(\beta_1/\beta_2)^i"),
        (
            "eq-adam-eps-hat",
            r"\varepsilon=\hat\varepsilon/\sqrt{1-\beta_2^t}",
            r"\varepsilon=\hat\varepsilon\sqrt{1-\beta_2^t}",
        ),
    ],
)
def test_an_error_in_the_text_around_a_formula_is_caught(label, old, new):
    """Both when the check still quotes the right words, and when it quotes the wrong ones."""
    book = BOOK.with_text(ADAM, old, new)
    with pytest.raises(AssertionError, match="which no zh cell contains"):
        CHECKS[label](book, label)
    check = CHECKS[label]
    where = tuple(new if piece == old else piece for piece in check.where)
    attained_by = new if check.attained_by == old else check.attained_by
    with pytest.raises(AssertionError, match="does not hold"):
        replace(check, where=where, attained_by=attained_by)(book, label)


@pytest.mark.parametrize("new", [r"\hat{m}_t", r"\hat{m}_t  ", r"\hat m_t", r"\, \hat{m}_t"])
def test_a_mutation_that_changes_nothing_is_an_error(new):
    with pytest.raises(ValueError, match=r"eq-adam-step .* changes nothing"):
        BOOK.with_latex("eq-adam-step", r"\hat{m}_t", new)


def test_a_mutation_must_find_its_place():
    with pytest.raises(ValueError, match="occurs 0 times, expected once"):
        BOOK.with_latex("eq-adam-m", r"\gamma", r"\beta")
    with pytest.raises(ValueError, match="occurs 2 times, expected once"):
        BOOK.with_latex("eq-adam-m", r"\beta_1", r"\beta_2")
    with pytest.raises(ValueError, match="changes no inline formula"):
        BOOK.with_text(ADAM, r"\rho=1", r"\rho=2")


# Slips that fingers make, tried in every formula that is run: token -> what stands there by mistake.
SLIPS = {
    "+": ["-"], "-": ["+"], "1": ["2"], "2": ["1", "3"], "t": ["{(t-1)}", "{(t+1)}"], "i": ["{(i+1)}"], "m": ["v"],
    "v": ["m"], "g": ["m"], r"\beta": [r"\eta"], r"\eta": [r"\beta"], r"\varepsilon": [r"\eta"], r"\theta": ["g"],
    r"\hat": [""], r"\sqrt": [""], r"\le": [r"\ge"], r"\ge": [r"\le"], r"\max": [r"\min"], r"\min": [r"\max"],
}  # fmt: skip
NAMES = re.compile(r"\\(?:begin|end|text|mathrm|operatorname)\{[^}]*\}")  # letters in words are not symbols
BUDGET = 300  # slips in the whole book, so that the time stays the same while the book grows
EQUIVALENT = gather("EQUIVALENT")


def slips(label: str) -> Iterator[str]:
    """The formula with one slip, at some of all places, chosen by its label."""
    latex = BOOK[label].latex
    words = {place for name in NAMES.finditer(latex) for place in range(*name.span())}
    all_slips = [
        f"{latex[: match.start()]}{new} {latex[match.end() :]}"
        for match in re.finditer(TOKEN, latex)
        if match.start() not in words
        for new in SLIPS.get(match[0], [])
    ]
    rng = np.random.default_rng(zlib.crc32(label.encode()))
    yield from rng.permutation(np.array(all_slips, dtype=object))[: max(2, BUDGET // len(RUN))]


RUN = [label for label in BOOK.formulas if label in CHECKS and not isinstance(CHECKS[label], Stated)]


@pytest.mark.parametrize("label", RUN)
def test_slips_are_caught(label):
    formula, survivors = BOOK[label], []
    for latex in slips(label):
        book = replace(BOOK, formulas=BOOK.formulas | {label: replace(formula, latex=latex)})
        try:
            verify(book, CHECKS, label)
        except AssertionError:
            continue
        if (label, latex) not in EQUIVALENT:
            survivors.append(latex)
    assert not survivors, f"{formula}: its check does not see that these are wrong: {survivors}"
