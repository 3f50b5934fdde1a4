"""Planted errors: every one must be caught by the check of the formula that it is planted in."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from formula_checks import all_checks
from formula_kinds import Stated
from formula_tokens import TOKEN
from formulas import collect, verify

BOOK = collect()
CHECKS = all_checks()
ADAM = "chapters/03-algorithms/05-adam.ipynb"

# What is wrong: the formula, what it says, what it says with the error.
PLANTED = {
    "gradient at the new point": ("eq-adam-g", r"\theta_{t-1}", r"\theta_t"),
    "gradient of the loss before": ("eq-adam-g", r"f_t", r"f_{t-1}"),
    "β₂ for β₁": ("eq-adam-m", r"(1-\beta_1)", r"(1-\beta_2)"),
    "factor 1 − β₁ missing": ("eq-adam-m", r"(1-\beta_1)\, g_t", "g_t"),
    "weights swapped": ("eq-adam-m", r"\beta_1 m_{t-1} + (1-\beta_1)\, g_t", r"(1-\beta_1) m_{t-1} + \beta_1 g_t"),
    "gradient of the step before": ("eq-adam-m", "g_t", "g_{t-1}"),
    "the new average on the right": ("eq-adam-m", "m_{t-1}", "m_t"),
    "square lost": ("eq-adam-v", "g_t^2", "g_t"),
    "β₁ for β₂": ("eq-adam-v", r"\beta_2 v_{t-1}", r"\beta_1 v_{t-1}"),
    "power t lost": ("eq-adam-m-hat", r"\beta_1^t", r"\beta_1"),
    "power t − 1": ("eq-adam-m-hat", r"\beta_1^t", r"\beta_1^{t-1}"),
    "wrong β": ("eq-adam-v-hat", r"\beta_2^t", r"\beta_1^t"),
    "square for power t": ("eq-adam-v-hat", r"\beta_2^t", r"\beta_2^2"),
    "sign flipped": ("eq-adam-step", r"- \eta", r"+ \eta"),
    "hat lost above": ("eq-adam-step", r"\hat{m}_t", "m_t"),
    "hat lost below": ("eq-adam-step", r"\hat{v}_t", "v_t"),
    "ε inside the root": ("eq-adam-step", r"\sqrt{\hat{v}_t}+\varepsilon", r"\sqrt{\hat{v}_t+\varepsilon}"),
    "ε lost": ("eq-adam-step", r"+\varepsilon", ""),
    "root lost": ("eq-adam-step", r"\sqrt{\hat{v}_t}", r"\hat{v}_t"),
    "step from the new point": ("eq-adam-step", r"= \theta_{t-1}", r"= \theta_t"),
    "sum ends early": ("eq-adam-unrolled", "^{t}", "^{t-1}"),
    "sum starts late": ("eq-adam-unrolled", "i=1", "i=2"),
    "exponent off by one": ("eq-adam-unrolled", "^{t-i}", "^{t-i+1}"),
    "weights reversed": ("eq-adam-unrolled", "^{t-i}", "^{i}"),
    "sum of weights off": ("eq-adam-weights", r"1-\beta_1^t", r"1-\beta_1^{t+1}"),
    "expected square for squared expectation": ("eq-adam-bias", r"\mathbb{E}[g_t^2]", r"\mathbb{E}[g_t]^2"),
    "bias of v with β₁": ("eq-adam-bias", r"(1-\beta_2^t)", r"(1-\beta_1^t)"),
    "ratio upside down": (
        "eq-adam-ratio", r"\frac{1-\beta_1^t}{\sqrt{1-\beta_2^t}}", r"\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}"
    ),
    "ratio without root": ("eq-adam-ratio", r"\sqrt{1-\beta_2^t}", r"1-\beta_2^t"),
    "inequality reversed": ("eq-adam-bound", r"\le", r"\ge"),
    "inequality strict": ("eq-adam-bound", r"\le", "<"),
    "bound not sharp": ("eq-adam-bound", r"\sqrt{\frac{1-\rho^t}{1-\rho}}", r"\sqrt{\frac{1}{1-\rho}}"),
    "the paper's bound": ("eq-adam-bound", r"\,\sqrt{\frac{1-\rho^t}{1-\rho}}", ""),
    "limit with ρ wrong": ("eq-adam-bound-limit", r"\beta_1^2/\beta_2", r"\beta_1/\beta_2"),
    "limit without 1 − β₁": ("eq-adam-bound-limit", r"\frac{1-\beta_1}", r"\frac{1}"),
    "corrections swapped": (
        "eq-adam-eps-hat", r"\frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}", r"\frac{1-\beta_1^t}{\sqrt{1-\beta_2^t}}"
    ),
    "well not tilted": ("eq-adam-well", r"+\tfrac12x", ""),
    "well upside down": ("eq-adam-well", "-2x^2", "+2x^2"),
    "ε for ε̂": ("eq-adam-eps-hat", r"\hat{\varepsilon}", r"\varepsilon"),
    "corrected v under ε̂": ("eq-adam-eps-hat", r"\sqrt{v_t}", r"\sqrt{\frac{v_t}{1-\beta_2^t}}"),
}  # fmt: skip


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_is_caught(error):
    label, old, new = PLANTED[error]
    book = BOOK.with_latex(label, old, new)
    wrong = r"(the formula does not hold|g has no value at index 0|epsilon has no value)"
    with pytest.raises(AssertionError, match=rf"^{label} \({ADAM}, cell \d+\): {wrong}"):
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
BUDGET = 300  # slips in the whole book, so that the time stays the same while the book grows
EQUIVALENT: dict[tuple[str, str], str] = {}  # (label, LaTeX with the slip) -> why the formula is still right


def slips(label: str) -> Iterator[str]:
    """The formula with one slip, at some of all places, chosen by its label."""
    latex = BOOK[label].latex
    all_slips = [
        f"{latex[: match.start()]}{new} {latex[match.end() :]}"
        for match in re.finditer(TOKEN, latex)
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
