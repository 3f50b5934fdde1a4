"""The book's LaTeX as tokens, the tables of what is known, and the tree that formula_latex.py builds from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\S", re.DOTALL)
SPACES = {r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\left", r"\right", r"\big", r"\Big", r"\bigl", r"\bigr"} | {
    r"\Bigl", r"\Bigr", r"\displaystyle", r"\limits", r"\nolimits", r"\nonumber"
}  # fmt: skip
OPENERS = {"(": ")", "[": "]", r"\{": r"\}", r"\lvert": r"\rvert", r"\lVert": r"\rVert", r"\langle": r"\rangle"} | {
    r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"
}  # fmt: skip
CLOSERS = set(OPENERS.values())
DELIMITED = {r"\lvert": "abs", r"\lVert": "norm", r"\langle": "inner", r"\lfloor": "floor", r"\lceil": "ceil"}
RELATIONS = {
    "=": "=", ":=": "=", r"\coloneqq": "=", r"\equiv": "=", r"\le": "<=", r"\leq": "<=", "<": "<", r"\lt": "<",
    r"\ge": ">=", r"\geq": ">=", ">": ">", r"\gt": ">", r"\ne": "!=", r"\neq": "!=", r"\approx": "≈",
    r"\propto": "∝", r"\in": "in", r"\sim": "~", r"\to": "→", r"\leftarrow": "←", r"\gets": "←",
}  # fmt: skip
ACCENTS = {r"\hat": "_hat", r"\widehat": "_hat", r"\tilde": "_tilde", r"\widetilde": "_tilde", r"\bar": "_bar"} | {
    r"\overline": "_bar", r"\dot": "_dot"
}  # fmt: skip
FONTS = {r"\mathbf": "bf_", r"\boldsymbol": "bf_", r"\bm": "bf_", r"\mathcal": "cal_", r"\mathbb": "bb_"}
WORDS = (r"\mathrm", r"\operatorname", r"\text")
FUNCTIONS = {"exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det"}
_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell infty"
)
GREEK = {f"\\{name}": name.removeprefix("var") for name in _LETTERS.split()} | {r"\varphi": "varphi"}


class FormulaError(Exception):
    """A formula that cannot be collected, read, or evaluated; the message says why."""


@dataclass(frozen=True)
class Expression:
    """A sympy tree over placeholders, in the order in which it is written, and what the placeholders stand for."""

    tree: Any
    atoms: dict[str, Any]


@dataclass(frozen=True)
class Symbol:
    """name, and its indices: expressions, or (int) digits that may belong to the name, as in β₁ and m₀."""

    name: str
    indices: tuple[Expression | int, ...] = ()


@dataclass(frozen=True)
class Call:
    """A function of expressions; `indices` are those of its name, as in f_t(θ)."""

    name: str
    args: tuple[Expression, ...]
    indices: tuple[Expression | int, ...] = ()


@dataclass(frozen=True)
class Over:
    """max or min of `body` while the index runs from `low` to `high`."""

    name: str
    index: Symbol
    low: Expression
    high: Expression
    body: Expression


@dataclass(frozen=True)
class Cases:
    """(expression, condition) pairs; the condition None is "otherwise"."""

    pieces: tuple[tuple[Expression, Statement | None], ...]


@dataclass(frozen=True)
class Grid:
    """A matrix written out: its rows of entries."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True)
class Statement:
    """A chain such as a = b ≤ c: its sides and the relations between them; one side alone is an expression."""

    sides: tuple[Expression, ...]
    relations: tuple[str, ...]


def names(part: Any) -> set[str]:
    """The names of all symbols and calls in a statement, an expression, or a tuple of them."""
    if isinstance(part, tuple | list):
        return set().union(*map(names, part))
    if isinstance(part, Statement):
        return names(part.sides)
    if isinstance(part, Expression):
        return names(tuple(part.atoms.values()))
    if isinstance(part, Over):
        return names((part.low, part.high, part.body)) | {part.index.name}
    if isinstance(part, Cases):
        return names(part.pieces)
    if isinstance(part, Grid):
        return names(part.rows)
    if isinstance(part, Symbol | Call):
        digits = "".join(str(index) for index in part.indices if isinstance(index, int))
        return {part.name, part.name + digits} | names((part.indices, getattr(part, "args", ())))
    return set()


def is_symbol(token: str) -> bool:
    return token in GREEK or (len(token) == 1 and token.isalpha())


def tokenize(latex: str) -> list[str]:
    """The tokens that count. Spacing is dropped, and bars are told apart: the first at its depth opens."""
    tokens: list[str] = []
    opened: list[list[str]] = [[]]  # for every depth the bars that are open
    for token in TOKEN.findall(latex):
        if token in SPACES:
            continue
        if token in ("|", r"\|"):
            left, right = (r"\lvert", r"\rvert") if token == "|" else (r"\lVert", r"\rVert")
            if opened[-1][-1:] == [token]:
                opened[-1].pop()
                token = right
            else:
                opened[-1].append(token)
                token = left
        elif token == "{" or token in OPENERS:
            opened.append([])
        elif (token == "}" or token in CLOSERS) and len(opened) > 1:
            opened.pop()
        if token == "=" and tokens[-1:] == [":"]:
            tokens[-1] = ":="
        else:
            tokens.append(token)
    return tokens


def split(tokens: list[str], at: set[str] | dict[str, str]) -> tuple[list[list[str]], list[str]]:
    """The pieces between those tokens that stand outside of all brackets, and these tokens."""
    pieces: list[list[str]] = [[]]
    found, depth = [], 0
    for token in tokens:
        depth += (token in OPENERS or token in ("{", r"\begin")) - (token in CLOSERS or token in ("}", r"\end"))
        if depth == 0 and token in at:
            found.append(token)
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces, found


def without_text(tokens: list[str]) -> list[str]:
    """Drop \\text{…} at the beginning and at the end: words between statements."""
    while tokens and tokens[0] == r"\text":
        tokens = tokens[tokens.index("}") + 1 :]
    if tokens and tokens[-1] == "}":
        opening = len(tokens) - 1 - tokens[::-1].index("{")
        if opening and tokens[opening - 1] == r"\text":
            return without_text(tokens[: opening - 1])
    return tokens


def word(tokens: list[str]) -> str:
    """max of \\max, \\mathrm{max} or \\text{max}; nothing of anything else."""
    if len(tokens) == 1 and tokens[0][1:] in FUNCTIONS:
        return tokens[0][1:]
    if len(tokens) > 3 and tokens[0] in WORDS and tokens.index("}") == len(tokens) - 1:
        return "".join(tokens[2:-1])
    return ""
