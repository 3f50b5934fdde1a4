"""Every labelled formula of the book is right; the machinery that says so collects well and refuses empty checks."""

from dataclasses import replace

import numpy as np
import pytest
from formula_checks import all_checks
from formula_kinds import ByNumbers, ByUpdateRule, LimitOf, Stated
from formula_runs import Draw
from formula_tokens import FormulaError
from formulas import Book, collect, collect_cells, unexplained, unmatched, verify

import optimlib as ol

BOOK = collect()
CHECKS = all_checks()


def test_the_displays_of_the_book_are_in_order():
    assert not BOOK.problems, "\n".join(BOOK.problems)


def test_every_formula_has_a_check_and_every_check_a_formula():
    assert not unmatched(BOOK, CHECKS), "\n".join(unmatched(BOOK, CHECKS))


@pytest.mark.parametrize("label", BOOK.formulas)
def test_formula(label):
    if label in CHECKS:  # else the test above says so
        verify(BOOK, CHECKS, label)


@pytest.mark.parametrize("label", BOOK.formulas)
def test_every_symbol_is_explained_in_the_text(label):
    assert not unexplained(BOOK, label), f"{BOOK[label]}: the text around it never mentions {unexplained(BOOK, label)}"


def book_of(*cells: tuple[str, str]) -> Book:
    return collect_cells(("a.ipynb", k, frozenset(tags.split()), source) for k, (tags, source) in enumerate(cells))


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([("", "$$ a = b $$")], "a.ipynb, cell 0: a display formula has no label: a = b"),
        ([("", "$$\na = b\n$$ (adam)")], "a.ipynb, cell 0: a label has the form eq-chapter-name, not adam"),
        ([("zh", "$$ a = b $$ (eq-a)")], "a.ipynb, cell 0: eq-a stands in a cell of one language"),
        ([("", "$$ a $$ (eq-a)"), ("", "$$ b $$ (eq-a)")], "eq-a labels 2 formulas: a.ipynb, cell 0; a.ipynb, cell 1"),
        ([("", r"\[ a = b \]")], r"a.ipynb, cell 0: write the display that begins with \[ as"),
        ([("", "```{math}\n:label: eq-a\na\n```")], "a.ipynb, cell 0: write the display that begins with ```{math}"),
        ([("", "$$ a")], "a.ipynb, cell 0: a $$ has no partner"),
        ([("en", "see {eq}`eq-none`")], "a.ipynb, cell 0: there is no formula eq-none"),
        ([("en", "see {eq}`this one <eq-none>`")], "a.ipynb, cell 0: there is no formula eq-none"),
    ],
)
def test_problems_of_displays_are_reported(cells, problem):
    (found,) = book_of(*cells).problems
    assert found.startswith(problem)


def test_code_in_markdown_holds_no_formulas():
    book = book_of(("en", "`$$ x $$` and\n\n```python\ns = '$$'\n```\n"), ("", "$$ a = 1 $$ (eq-a)"))
    assert not book.problems
    assert list(book.formulas) == ["eq-a"]


def test_formulas_keep_the_order_of_the_book():
    book = book_of(("", "$$ b = 1 $$ (eq-b)\n\n$$\na = 1\n$$ (eq-a)"), ("", "$$ c = 1 $$ (eq-c)"))
    assert [str(formula) for formula in book.formulas.values()] == [
        "eq-b (a.ipynb, cell 0)",
        "eq-a (a.ipynb, cell 0)",
        "eq-c (a.ipynb, cell 1)",
    ]
    assert BOOK["eq-adam-m"].latex == r"m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t"


def test_missing_checks_and_missing_formulas_are_named():
    assert unmatched(book_of(("", "$$ a = 1 $$ (eq-a)")), {"eq-b": Stated("no")}) == [
        "eq-a (a.ipynb, cell 0) has no check: add one to tests/formula_checks",
        "eq-b has a check, but no notebook has this formula",
    ]


def test_symbols_must_be_explained_in_both_languages():
    formula = ("", r"$$ \hat{m}_t = \beta_1 x $$ (eq-a)")
    text = r"$\hat m$, $\beta_1$, $t$"
    assert unexplained(book_of(formula, ("zh", text + "、$x$"), ("en", text)), "eq-a") == {"x"}
    assert unexplained(book_of(formula, ("zh", "$m_t$ $x$ " + text), ("en", r"$m_t$, $x$, $\beta$")), "eq-a") == {
        r"\hatm"
    }


WRONG_USE = {
    "proves itself": ("$$ m_t = 3 $$ (eq-a)", ByUpdateRule(ol.Adam, given=("eq-a",))),
    "relates nothing": ("$$ m_t $$ (eq-a)", ByUpdateRule(ol.Adam)),
    "eq-a .*relates nothing": ("$$ x $$ (eq-a)", ByNumbers({"x": 1.0})),
    "defines z, which eq-b does not": (
        "$$ z = 3 $$ (eq-a)\n\n$$ a = b $$ (eq-b)",
        ByUpdateRule(ol.Adam, through="eq-b"),
    ),
    "say in a sentence": ("$$ x $$ (eq-a)", Stated("definition")),
    "a formula that is given": ("$$ x $$ (eq-a)", LimitOf("eq-a", {"x": 1.0})),
    "no formula with this label": ("$$ x = 1 $$ (eq-a)", ByNumbers({}, given=("eq-c",))),
    "q has no value": ("$$ q = 1 $$ (eq-a)", ByUpdateRule(ol.Adam)),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG_USE)
def test_a_check_that_checks_nothing_is_refused(message):
    latex, check = WRONG_USE[message]
    with pytest.raises(FormulaError, match=message):
        check(book_of(("", latex)), "eq-a")


# Update rules of the library, and the same with an error.
RULES = {
    r"\theta_t = \theta_{t-1} - \eta g_t": (ByUpdateRule(ol.SGD), r"\theta_t = \theta_{t-1} - g_t"),
    r"u_t = \mu u_{t-1} + g_t,\quad \theta_t = \theta_{t-1} - \eta u_t": (
        ByUpdateRule(ol.Momentum, {"mu": "beta"}),
        r"u_t = \mu u_{t-1} + (1-\mu) g_t",
    ),
    r"b_t = \beta b_{t-1} + (1-\beta) g_t": (ByUpdateRule(ol.EMAMomentum, {"b": "m"}), r"b_t = \beta b_{t-1} + g_t"),
    r"\theta_t = \theta_{t-1} - \eta (g_t + \beta u_t)": (
        ByUpdateRule(ol.Nesterov),
        r"\theta_t = \theta_{t-1} - \eta u_t",
    ),
    r"G_t = \sum_{i=1}^{t} g_i^2,\qquad \theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{G_t}+\epsilon}\odot g_t": (
        ByUpdateRule(ol.Adagrad),
        r"G_t = \sum_{i=1}^{t} g_i^2,\qquad \theta_t = \theta_{t-1} - \frac{\eta}{\sqrt{G_t+\epsilon}}\odot g_t",
    ),
    r"\theta_t = \theta_{t-1} - \eta\,\frac{\nabla f_t(\theta_{t-1})}{\sqrt{v_t}+\epsilon}": (
        ByUpdateRule(ol.RMSprop, hyper={"beta": 0.5, "lr": (1e-3, 1e-2)}),
        r"\theta_t = \theta_{t-1} - \eta\,\frac{\nabla f_t(\theta_{t-1})}{\sqrt{v_{t-1}}+\epsilon}",
    ),
}


@pytest.mark.parametrize("latex", RULES)
def test_update_rules(latex):
    check, wrong = RULES[latex]
    check(book_of(("", f"$$ {latex} $$ (eq-a)")), "eq-a")
    message = r"(?s)^eq-a \(a.ipynb, cell 0\): the formula does not hold.*left side: .*right side: .* at .*lr = 0\."
    with pytest.raises(AssertionError, match=message):
        check(book_of(("", f"$$ {wrong} $$ (eq-a)")), "eq-a")


class EpsilonInside(ol.Adam):
    """Adam as some tutorials have it."""

    def update(self, grad, state):
        _, state = super().update(grad, state)
        m_hat, v_hat = state["m"] / (1 - state["beta1_t"]), state["v"] / (1 - state["beta2_t"])
        return -self.lr * m_hat / np.sqrt(v_hat + self.eps), state


def test_an_error_in_the_library_is_caught():
    for label in ("eq-adam-step", "eq-adam-eps-hat"):
        with pytest.raises(AssertionError, match="the formula does not hold"):
            replace(CHECKS[label], optimizer=EpsilonInside)(BOOK, label)
    replace(CHECKS["eq-adam-m"], optimizer=EpsilonInside)(BOOK, "eq-adam-m")  # whose m is right


def test_numbers_may_be_vectors_and_functions():
    square = r"\|x+y\|^2 = \|x\|^2 + 2\langle x, y\rangle + \|y\|^2"
    latex = rf"$$ {square},\quad \|x+y\| \le \|x\| + \|y\|,\quad f(x) = x^2 $$ (eq-a)"
    normal = Draw(lambda rng: rng.normal(size=4))
    ByNumbers({"x": normal, "y": normal, "f": np.square})(book_of(("", latex)), "eq-a")
