"""Reading the book's LaTeX: a display → statements → expressions, each converted by latex2sympy2_extended.

latex2sympy2_extended knows fractions, roots, powers, sums, products and precedence, but changes in silence what it
doesn't know (T becomes t, log the decimal logarithm, one side of ≈ disappears). So it gets only what it reads
reliably: every symbol, call, norm and case distinction is first replaced by a placeholder x_{10}, x_{11}, …, and
what is not known here is an error. `Expression.atoms` keeps what each placeholder stands for.

Names of symbols: β₁ beta1 · ε epsilon · m̂_t m_hat[t] · η_{\\max} eta_max · θ^* theta_star · ∇f_t(θ) grad_f(t, θ) ·
∇²f(θ) hess_f(θ) · 𝔼[x] E(x) · W^{(l)}_{i,j} W[l, i, j] · \\mathbf{x} bf_x · \\mathcal{B} cal_B.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

import sympy
from formula_tokens import (
    ACCENTS,
    CLOSERS,
    DELIMITED,
    FONTS,
    FUNCTIONS,
    GREEK,
    OPENERS,
    RELATIONS,
    WORDS,
    Call,
    Cases,
    Expression,
    FormulaError,
    Grid,
    Over,
    Statement,
    Symbol,
    is_symbol,
    split,
    tokenize,
    without_text,
    word,
)
from latex2sympy2_extended import latex2sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig

CONVERSION = ConversionConfig(interpret_as_mixed_fractions=False)
PLACEHOLDER = re.compile(r"x_\{\d+\}")
OPERATORS = {"+": "+", "-": "-", "/": "/", "*": r"\cdot ", r"\cdot": r"\cdot ", r"\times": r"\cdot "}
Index = Expression | int


def parse(latex: str, functions: frozenset[str] = frozenset()) -> tuple[Statement, ...]:
    """All statements of a display. `functions`: names whose parentheses hold arguments and are no product."""
    tokens = tokenize(latex)
    if tokens[:2] == [r"\begin", "{"] and "".join(tokens[2:10]) in ("aligned}", "gathered}"):
        tokens = [token for token in tokens[10 : len(tokens) - 1 - tokens[::-1].index(r"\end")] if token != "&"]
    while tokens and tokens[-1] in (".", ","):
        tokens.pop()
    pieces: list[list[str]] = []
    for piece in map(without_text, split(tokens, {r"\qquad", r"\quad", r"\\", ","})[0]):
        if piece and piece[0] in RELATIONS and pieces:
            pieces[-1] += piece  # a line that goes on: a = b \\ = c
        elif piece:
            pieces.append(piece)
    if not pieces:
        raise FormulaError("the formula is empty")
    atoms: dict[str, Any] = {}
    return tuple(_statement(piece, functions, atoms) for piece in pieces)


def _statement(tokens: list[str], functions: frozenset[str], atoms: dict[str, Any]) -> Statement:
    sides, relations = split(tokens, RELATIONS)
    read = tuple(_Reader(side, functions, atoms).whole() for side in sides)
    return Statement(read, tuple(RELATIONS[token] for token in relations))


@cache
def _tree(text: str) -> Any:
    """What latex2sympy2_extended makes of LaTeX with placeholders; an error if one of them gets lost."""
    try:
        tree = latex2sympy(text, normalization_config=None, conversion_config=CONVERSION)
    except Exception as error:  # a bare Exception is what it raises
        raise FormulaError(f"latex2sympy2_extended cannot read {text} ({error})") from error
    found = {str(node) for node in sympy.preorder_traversal(tree) if isinstance(node, sympy.Symbol)}
    if found != set(PLACEHOLDER.findall(text)):
        raise FormulaError(f"latex2sympy2_extended loses symbols: {text} becomes {tree}")
    return tree


class _Reader:
    """A recursive descent over tokens that writes the LaTeX with placeholders."""

    def __init__(self, tokens: list[str], functions: frozenset[str], atoms: dict[str, Any]) -> None:
        self.tokens, self.at, self.functions, self.atoms = tokens, 0, functions, atoms

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise self.error(f"expected {expected or 'more'}, found {token or 'the end'}")
        self.at += 1
        return token

    def error(self, message: str) -> FormulaError:
        read, rest = self.tokens[: self.at], self.tokens[self.at :]
        return FormulaError(f"{message}, here: {' '.join(read[-8:])} ⟨here⟩ {' '.join(rest[:8])}")

    def group(self) -> _Reader:
        """A reader of the tokens of {…}, or of one token; of a number without braces TeX takes the first digit."""
        if len(number := self.peek()) > 1 and number[0].isdigit():
            self.tokens = [*self.tokens[: self.at], number[0], number[1:], *self.tokens[self.at + 1 :]]
        start, depth = self.at, 0
        while True:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
            if depth == 0:
                inside = self.tokens[start : self.at]
                return _Reader(inside[1:-1] if inside[0] == "{" else inside, self.functions, self.atoms)

    def hold(self, atom: Any) -> str:
        """A placeholder for the atom."""
        placeholder = f"x_{{{10 + len(self.atoms)}}}"
        self.atoms[placeholder] = atom
        return placeholder

    def convert(self, text: str) -> Expression:
        """The tree; its placeholders are numbered anew, so that equal shapes are converted once."""
        used = dict.fromkeys(PLACEHOLDER.findall(text))
        new = {old: f"x_{{{k}}}" for k, old in enumerate(used, start=10)}
        try:
            tree = _tree(PLACEHOLDER.sub(lambda match: new[match[0]], text))
        except FormulaError as error:
            raise self.error(str(error)) from error
        return Expression(tree, {new[old]: self.atoms[old] for old in used})

    def part(self, text: str) -> str:
        """A part that stands for itself: short parts are read faster, and equal ones only once."""
        return text if PLACEHOLDER.fullmatch(text) else self.hold(self.convert(text))

    def all_text(self) -> str:
        text = self.text()
        if self.peek():
            raise self.error(f"{self.peek()} is not expected")
        return text

    def whole(self) -> Expression:
        return self.convert(self.all_text())

    def text(self) -> str:
        """Sums of products up to a token that cannot go on; refuses a/bc and 2 3, which are read in two ways."""
        written, kinds = "", []
        while (token := self.peek()) and token not in CLOSERS and token not in ("}", "&", ",", ";", r"\mid"):
            if token in OPERATORS or token == r"\odot":
                self.take()
                odot = token == r"\odot"  # a factor of its own, found again when the product is evaluated
                written += rf"\cdot {self.hold(Symbol(token))}\cdot " if odot else OPERATORS[token]
                kinds.append(token)
                continue
            kind = "number" if token[0].isdigit() else "sum" if token in (r"\sum", r"\prod") else "factor"
            if kinds and kinds[-1] in ("number", "factor"):
                if kinds[-2:-1] == ["/"]:
                    raise self.error(r"a/bc can be read in two ways: write \frac or parentheses")
                if kind == "number":
                    raise self.error("a number behind a factor: write the sign of operation")
                written += r"\cdot " if kinds[-1] == "number" else ""
            written += self.sum() if kind == "sum" else self.factor()
            kinds.append(kind)
        if not kinds or kinds[-1] in OPERATORS or kinds[-1] in (r"\odot", "sum"):
            raise self.error("the expression is incomplete")
        return written

    def factor(self) -> str:
        """One factor with its powers."""
        token = self.peek()
        if token[0].isdigit():
            text = self.take()
        elif token == "{":
            text = self.part(self.group().all_text())
        elif token in ("(", "["):
            self.take()
            text = self.part(self.text())
            self.take(OPENERS[token])
        elif token in (r"\frac", r"\dfrac", r"\tfrac"):
            self.take()
            above, below = (self.part(self.group().all_text()) for _ in range(2))
            text = rf"\frac{{{above}}}{{{below}}}"
        elif token == r"\sqrt":
            self.take()
            degree = ""
            if self.peek() == "[":
                self.take()
                degree = f"[{self.text()}]"
                self.take("]")
            text = rf"\sqrt{degree}{{{self.part(self.group().all_text())}}}"
        elif token in DELIMITED:
            args = self.arguments()
            if token == r"\lVert" and self.peek() == "_":
                self.take()
                kind = self.group()
                args += () if kind.tokens == ["F"] else (kind.whole(),)  # Frobenius: the 2-norm of all elements
            text = self.hold(Call(DELIMITED[token], args))
        elif token == r"\begin":
            text = self.hold(self.environment())
        else:
            text = self.hold(self.named())
        return self.powers(text)

    def powers(self, text: str) -> str:
        powered = False
        while self.peek() in ("^", "_", "'"):
            if self.take() != "^":
                raise self.error("subscripts stand on symbols only, and before the power")
            exponent = self.group()
            if exponent.tokens in ([r"\top"], [r"\mathsf", "{", "T", "}"]):
                text = self.hold(Call("transpose", (self.convert(text),)))
            elif exponent.peek() == r"\odot":
                exponent.take()
                text = self.hold(Call("elementwise_power", (self.convert(text), exponent.whole())))
            elif powered:
                raise self.error("two powers")
            else:
                text, powered = f"{text}^{{{exponent.all_text()}}}", True
        return text

    def sum(self) -> str:
        r"""\sum_{i=1}^{t}, or \sum_{i\in S}, where the value of S lists the indices."""
        command, scripts = self.take(), {}
        while self.peek() in ("_", "^"):
            mark = self.take()
            scripts[mark] = self.group()
        below, signs = split(scripts["_"].tokens if "_" in scripts else [], {"=", r"\in"})
        if len(signs) != 1 or (signs[0] == "=") != ("^" in scripts):
            raise self.error(r"write the limits as \sum_{i=1}^{t} or \sum_{i\in S}")
        index, low = (_Reader(part, self.functions, self.atoms).all_text() for part in below)
        if not isinstance(self.atoms.get(index), Symbol):
            raise self.error("the index of a sum is a letter")
        return f"{command}_{{{index}={low}}}^{{{scripts['^'].all_text() if '^' in scripts else low}}}"

    def arguments(self) -> tuple[Expression, ...]:
        """What stands between brackets of any kind, separated by commas, semicolons or \\mid."""
        closer = OPENERS[self.take()]
        args = [self.convert(self.text())]
        while self.peek() != closer:
            if self.take() not in (",", ";", r"\mid"):
                raise self.error(f"expected {closer}")
            args.append(self.convert(self.text()))
        self.take(closer)
        return tuple(args)

    def environment(self) -> Cases | Grid:
        """\\begin{cases} … \\end{cases}, or a matrix: \\begin{pmatrix} … \\end{pmatrix}."""
        self.take(r"\begin")
        name = "".join(self.group().tokens)
        if name not in ("cases", "pmatrix"):
            raise self.error("known environments: cases, pmatrix, and aligned around the whole display")
        start = self.at
        while self.take() != r"\end":
            pass
        body = self.tokens[start : self.at - 1]
        if "".join(self.group().tokens) != name:
            raise self.error(f"\\begin{{{name}}} ends with another name")
        rows = [split(row, {"&"})[0] for row in split(body, {r"\\"})[0] if row]
        return self.cases(rows) if name == "cases" else self.matrix(rows)

    def matrix(self, rows: list[list[list[str]]]) -> Grid:
        if len({len(row) for row in rows}) != 1:
            raise self.error("the rows of a matrix have one length")
        return Grid(tuple(tuple(_Reader(e, self.functions, self.atoms).whole() for e in row) for row in rows))

    def cases(self, rows: list[list[list[str]]]) -> Cases:
        pieces = []
        for value, *rest in rows:
            condition = without_text(rest[0]) if rest else []
            test = _statement(condition, self.functions, self.atoms) if condition else None
            value = value[:-1] if value[-1] == "," else value
            pieces.append((_Reader(value, self.functions, self.atoms).whole(), test))
        return Cases(tuple(pieces))

    def named(self) -> Symbol | Call | Over:
        """A symbol, a call, a gradient, or a maximum over an index."""
        prefix = ""
        if self.peek() == r"\nabla":
            self.take()
            prefix = "grad_"
            while self.peek() in ("_", "^"):  # ∇_θ names the variable, ∇² the Hessian
                prefix = "hess_" if self.take() == "^" else prefix
                self.group()
        base, is_word = self.base()
        if base in ("max", "min") and self.peek() == "_":
            return self.over(base)
        if base == "E" and is_word and self.peek() == "_":  # says over what the mean is taken
            self.take()
            self.group()
        name, indices = self.scripts(prefix + base)
        if (prefix or is_word or name in self.functions) and self.peek() in ("(", "[", r"\{"):
            return Call(name, self.arguments(), indices)
        if base in FUNCTIONS:
            if base in ("max", "min") or self.peek() in ("", "^", "+", "-", "="):
                raise self.error(f"write the arguments of {base} in parentheses")
            return Call(base, (self.convert(self.factor()),), indices)
        return Symbol(name, indices)

    def base(self) -> tuple[str, bool]:
        """The name of a symbol without scripts, and whether it is a word such as \\max or \\mathrm{sign}."""
        token = self.take()
        if token in ACCENTS or token in FONTS:
            inner = self.group()
            name, _ = inner.base()
            if inner.peek():
                raise self.error(r"put scripts outside: \hat{m}_t, not \hat{m_t}")
            if token + name == r"\mathbbE":
                return "E", True
            return (name + ACCENTS[token] if token in ACCENTS else FONTS[token] + name), False
        if token in WORDS:
            return "".join(self.group().tokens), True
        if token.startswith("\\") and token[1:] in FUNCTIONS:
            return token[1:].replace("ln", "log"), True
        if not is_symbol(token):
            raise self.error(f"{token} is not known")
        return GREEK.get(token, token), False

    def scripts(self, name: str) -> tuple[str, tuple[Index, ...]]:
        """Subscripts, (l), *, ' and words belong to the name; other superscripts are powers and stay."""
        upper: list[Index] = []
        lower: list[Index] = []
        while self.peek() in ("_", "^", "'"):
            start, mark = self.at, self.take()
            group = [] if mark == "'" else self.group().tokens
            if mark == "'":
                name += "_prime"
            elif group in (["*"], [r"\ast"], [r"\star"]):
                name += "_star"
            elif mark == "^" and group[:1] == ["("] and group[-1:] == [")"]:
                upper.append(self.index(group[1:-1]))
            elif word(group):
                name += f"_{word(group)}"
            elif mark == "_":
                for part in split(group, {","})[0]:
                    if word(part):
                        name += f"_{word(part)}"
                    else:
                        lower.append(self.index(part))
            else:
                self.at = start
                break
        return name, tuple(upper + lower)

    def index(self, tokens: list[str]) -> Index:
        if len(tokens) == 1 and tokens[0].isdigit():
            return int(tokens[0])
        if any(is_symbol(a) and is_symbol(b) for a, b in pairwise(tokens)):
            raise self.error(r"two letters in one index: write W_{i,j}, and words as \mathrm{…}")
        return _Reader(tokens, self.functions, self.atoms).whole()

    def over(self, name: str) -> Over:
        r"""\max_{1\le i\le t}(…)."""
        self.take("_")
        limits, signs = split(self.group().tokens, RELATIONS)
        if [RELATIONS[sign] for sign in signs] != ["<=", "<="] or self.peek() not in ("(", "[", r"\{"):
            raise self.error(rf"write \{name}_{{1\le i\le t}}(…), with parentheses")
        low, index, high = (_Reader(part, self.functions, self.atoms) for part in limits)
        return Over(name, Symbol(index.base()[0]), low.whole(), high.whole(), self.arguments()[0])
