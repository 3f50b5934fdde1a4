"""The LaTeX of formulas is read as a reader reads it: the book's notation with its values, and what is refused."""

import math

import numpy as np
import pytest
from formula_latex import parse
from formula_tokens import FormulaError, names
from formula_values import Definition, Matrix, evaluate, holds

RNG = np.random.default_rng(0)
A, B = Matrix(RNG.normal(size=(3, 3))), Matrix(RNG.normal(size=(3, 3)))
S = Matrix(A @ A.T)
X, Y = RNG.normal(size=3), RNG.normal(size=3)


# LaTeX, the values of its symbols, and what it means.
VALUES = {
    r"1-\beta_1^t": ({"beta1": 0.9, "t": 3}, 1 - 0.9**3),
    r"-x^2": ({"x": 3.0}, -9.0),
    r"2^{-1}\,x": ({"x": 3.0}, 1.5),
    r"\frac12 x": ({"x": 3.0}, 1.5),
    r"2\frac{1}{2}": ({}, 1.0),
    r"10^{-8} + 0.25": ({}, 0.25000001),
    r"(2)(3)": ({}, 6),
    r"\sqrt2": ({}, math.sqrt(2)),
    r"\sqrt[3]{x}": ({"x": 8.0}, 2.0),
    r"a - b - (c - d)": ({"a": 1, "b": 2, "c": 3, "d": 4}, 0),
    r"a/b/c": ({"a": 12, "b": 3, "c": 2}, 2.0),
    r"\left(\frac{a}{b}\right)^{n-1}": ({"a": 3.0, "b": 2.0, "n": 3}, 2.25),
    r"T t": ({"T": 3, "t": 5}, 15),
    r"\gamma \pi e": ({"gamma": 2.0}, 2 * math.pi * math.e),
    r"m_0 + m_{t-1} + \beta_1": ({"m": [1, 2, 3], "t": 3, "beta1": 10}, 14),
    r"W^{(l)}_{i,j}": ({"W": {1: {2: {3: 7}}}, "l": 1, "i": 2, "j": 3}, 7),
    r"\eta_{\max}-\eta_{\mathrm{min}}": ({"eta_max": 5, "eta_min": 2}, 3),
    r"\hat{v}^{\max}_t + \hat v_t": ({"v_hat_max": [0, 1], "v_hat": [0, 2], "t": 1}, 3),
    r"\theta^* - \theta^\ast": ({"theta_star": 5}, 0),
    r"x' x": ({"x": 2, "x_prime": 3}, 6),
    r"\mathbf{x}x": ({"x": 2, "bf_x": 3}, 6),
    r"\sum_{i=1}^{t} i + 1": ({"t": 4}, 11),
    r"a\sum_{i=1}^{n} x_i^2\, b": ({"a": 2, "b": 3, "n": 2, "x": [0, 1, 2]}, 30),
    r"\sum_{i=1}^{2}\sum_{j=1}^{i} i j": ({}, 7),
    r"\sum_{i\in B} x_i": ({"B": np.array([0, 2]), "x": [5, 6, 7]}, 12),
    r"\frac{1}{|B|}": ({"B": -2.0}, 0.5),
    r"\sum_{k=0}^{\infty}\beta^k": ({"beta": 0.9}, 10.0),
    r"\prod_{i=1}^{t}(1-\eta_i)": ({"t": 2, "eta": [0, 0.5, 0.2]}, 0.4),
    r"\max(a, b) + \min\{a, b\}": ({"a": 2, "b": 3}, 5),
    r"\max_{1\le i\le t}(x_i^2)": ({"x": [9, -3, 2], "t": 2}, 9),
    r"|x-|y-1||": ({"x": 1, "y": -3}, None),
    r"|x-(|y-1|)|": ({"x": 1, "y": -3}, 3),
    r"\left|x\right| \cdot \lvert x\rvert": ({"x": -3}, 9),
    r"\|x\| + \|x\|_1 + \lVert x\rVert_\infty": ({"x": np.array([3.0, -4.0])}, 16.0),
    r"\|A\|_F^2": ({"A": A}, (np.asarray(A) ** 2).sum()),
    r"\lfloor x\rfloor + \lceil x\rceil": ({"x": 1.5}, 3),
    r"\mathrm{sign}(g_t)": ({"g": [0, -2.0], "t": 1}, -1),
    r"\operatorname{clip}(x, -1, 1)": ({"x": 3.0}, 1.0),
    r"\exp(-x) + \log(x) + \cos\frac{\pi t}{T}": ({"x": 2.0, "t": 1, "T": 2}, math.exp(-2) + math.log(2)),
    r"\mathbb{E}_{\xi}[x^2]-\mathbb{E}[x]^2": ({"E": np.mean, "x": np.array([1.0, 3.0])}, 1.0),
    r"f(x)^2 + f_t(x)": ({"f": lambda *a: sum(a), "x": 3, "t": 4}, 16),
    r"\nabla f_t(x) - \nabla_\theta f_t(x)": ({"grad_f": lambda t, x: t * x, "x": 3, "t": 4}, 0),
    r"\nabla^2 f(x)": ({"hess_f": lambda x: 2 * x, "x": 3}, 6),
    r"\eta(1-\beta)^2": ({"eta": 2.0, "beta": 0.5}, 0.5),
    r"x \odot y": ({"x": X, "y": Y}, X * Y),
    r"A B x": ({"A": A, "B": B, "x": X}, np.asarray(A) @ np.asarray(B) @ X),
    r"A \odot B": ({"A": A, "B": B}, np.asarray(A) * np.asarray(B)),
    r"A^{\odot 2}": ({"A": A}, np.asarray(A) ** 2),
    r"(A B)^\top": ({"A": A, "B": B}, np.asarray(B).T @ np.asarray(A).T),
    r"\frac12 x^\top A y": ({"A": A, "x": X, "y": Y}, X @ np.asarray(A) @ Y / 2),
    r"x y^\top": ({"x": X, "y": Y}, np.outer(X, Y)),
    r"\langle x, y\rangle": ({"x": X, "y": Y}, X @ Y),
    r"A^{-1} A x": ({"A": A, "x": X}, X),
    r"S^{-1/2} S^{-1/2} S x": ({"S": S, "x": X}, X),
    r"\begin{cases} x^2, & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}": ({"x": 3}, 9),
    r"\begin{pmatrix} a & 2 \\ a+b & -1 \end{pmatrix}": ({"a": 3, "b": 4}, [[3, 2], [7, -1]]),
    r"\begin{pmatrix} a & 2 \\ a+b & -1 \end{pmatrix}^2\begin{pmatrix} x_t \\ b \end{pmatrix}": (
        {"a": 3, "b": 4, "x": [5, 6], "t": 1},
        [[23, 4], [14, 15]] @ np.array([6, 4]),
    ),
    r"\begin{cases} 1 & 0 \le x < 1 \\ 2 & x \ge 1 \end{cases}": ({"x": 1}, 2),
}


@pytest.mark.parametrize("latex", VALUES)
def test_notation(latex):
    values, expected = VALUES[latex]
    functions = frozenset(name for name, value in values.items() if callable(value))
    if expected is None:
        with pytest.raises(FormulaError):
            parse(latex, functions)
        return
    ((side,),) = [statement.sides for statement in parse(latex, functions)]
    np.testing.assert_allclose(np.asarray(evaluate(side, values), dtype=float), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"a/bc", "two ways"),
        (r"a 2", "number behind a factor"),
        (r"20\,000", "number behind a factor"),
        (r"\hat{m_t}", "scripts outside"),
        (r"W_{ij}", "two letters in one index"),
        (r"\beta^t_1", "before the power"),
        (r"x^2^3", "two powers"),
        (r"x^23", "number behind a factor"),
        (r"\sum_i x_i", "write the limits"),
        (r"\sum_{2i=1}^{t} x_i", "index of a sum is a letter"),
        (r"\max a", "in parentheses"),
        (r"\max_i x_i", "with parentheses"),
        (r"\arg x", r"\\arg is not known"),
        (r"a + ", "incomplete"),
        (r"(a + b", "expected \\)"),
        (r"a \dots", "not known"),
        (r"\begin{matrix} a \end{matrix}", "known environments"),
        (r"\begin{pmatrix} a & b \\ c \end{pmatrix}", "rows of a matrix"),
        (r"\begin{cases} a \end{pmatrix}", "ends with another name"),
        (r" , ", "empty"),
    ],
)
def test_what_cannot_be_read_is_an_error(latex, message):
    with pytest.raises(FormulaError, match=message):
        parse(latex)


@pytest.mark.parametrize(
    ("latex", "values", "message"),
    [
        ("x_t", {"x": [1.0]}, "t has no value"),
        ("x_t", {"x": [1.0], "t": 1}, "x has no value at index 1"),
        ("x_t", {"x": [1.0], "t": -1}, "x has no value at index -1"),
        ("x_t", {"x": 1.0, "t": 0}, "no sequence"),
        ("x_t", {"x": [1.0], "t": 0.5}, "whole number"),
        ("x", {"x": [1.0]}, "without an index"),
        ("f", {"f": abs}, "without arguments"),
    ],
)
def test_what_has_no_value_is_an_error(latex, values, message):
    with pytest.raises(FormulaError, match=message):
        evaluate(parse(latex)[0].sides[0], values)


def test_a_display_may_hold_several_statements():
    statements = parse(r"\begin{aligned} a &= b + c \\ &\le d, \\ e &= 1 \end{aligned}")
    assert [statement.relations for statement in statements] == [("=", "<="), ("=",)]
    statements = parse(r"a = b,\qquad c = d \quad\text{for all } x > 0.")
    assert [statement.relations for statement in statements] == [("=",), ("=",), (">",)]
    assert names(statements) == set("abcdx")


def test_a_definition_knows_no_other_index_than_its_own():
    law = Definition.of(parse(r"\hat{m}_t = m_t / 2")[0])
    values = {"m": [1, 2, 3], "m_hat": law, "t": 2}
    assert evaluate(parse(r"\hat{m}_{t-1}")[0].sides[0], values) == 1.0
    slip = {**values, "m_hat": Definition.of(parse(r"\hat{m}_i = m_t / 2")[0])}
    with pytest.raises(FormulaError, match="t has no value"):
        evaluate(parse(r"\hat{m}_t")[0].sides[0], slip)
    for latex in ("2 m = 1", "m_{t-1} = 1", "a = b = c"):
        with pytest.raises(FormulaError, match="a formula that defines"):
            Definition.of(parse(latex)[0])


@pytest.mark.parametrize(
    ("relation", "left", "right", "expected"),
    [
        ("=", 1.0, 1.0 + 1e-12, True),
        ("=", 1.0, 1.0 + 1e-6, False),
        ("=", [1.0, 2.0], [1.0, 2.1], False),
        ("=", [1.0, 2.0], [1.0, 2.0, 3.0], False),
        ("=", math.nan, math.nan, False),
        ("<=", math.inf, math.inf, False),
        ("<=", [1.0, 2.0], [1.0, 3.0], True),
        ("<", [1.0, 2.0], [1.0, 3.0], False),
        (">=", 1.0, 2.0, False),
        ("!=", 1.0, 2.0, True),
        ("≈", 1.0, 1.01, True),
    ],
)
def test_relations(relation, left, right, expected):
    assert holds(relation, left, right) is expected
