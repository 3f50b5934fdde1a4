"""The labelled display formulas of the book: collected from the notebooks, read from their LaTeX, and checked.

A check is a callable check(book, label) that raises AssertionError where the formula is wrong. The kinds of checks
are in formula_kinds.py; which formula has which check is said in formula_checks/, one module per part of the book.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from formula_latex import parse
from formula_tokens import ACCENTS, CLOSERS, FONTS, GREEK, OPENERS, FormulaError, Statement, is_symbol, tokenize

from book.notebooks import find_notebooks, load

ROOT = Path(__file__).resolve().parent.parent
DISPLAY = re.compile(r"\$\$(.*?)\$\$(?:[ \t]*\(([^)\n]*)\))?", re.DOTALL)
OTHER_DISPLAY = re.compile(r"\\\[|^`{3,}\{math\}|\\begin\{(?:equation|align|gather|multline)\*?\}", re.MULTILINE)
CODE = re.compile(
    r"^(`{3,}|~{3,})(?!\{)[^\n]*\n.*?^\1[ \t]*$|(?<!`)(`{1,2})(?!`)(?:(?!\n\n).)+?(?<!`)\2(?!`)",
    re.DOTALL | re.MULTILINE,
)
INLINE = re.compile(r"(?<![\\$])\$(?!\$)((?:\\.|[^$\\])+?)\$(?!\$)", re.DOTALL)
REFERENCE = re.compile(r"\{eq\}`(?:[^`<]*<)?([^`<>]+)>?`")
LABEL = re.compile(r"eq-[a-z0-9]+(?:-[a-z0-9]+)*")

Check = Callable[["Book", str], None]


@dataclass(frozen=True)
class Formula:
    """One display: its label, its LaTeX, and where it stands."""

    label: str
    latex: str
    notebook: str
    cell: int

    def __str__(self) -> str:
        return f"{self.label} ({self.notebook}, cell {self.cell})"


@dataclass(frozen=True)
class Book:
    """All labelled formulas in the order of the book, the inline formulas around them, and what is wrong.

    inline: notebook -> for each language the inline formulas of its cells, without spacing.
    problems: displays without a label, in the wrong place, or of the wrong form; labels used twice; references to
    labels that don't exist.
    """

    formulas: dict[str, Formula]
    inline: dict[str, dict[str, tuple[str, ...]]]
    problems: tuple[str, ...] = ()

    def statements(self, label: str, functions: Iterable[str] = ()) -> tuple[Statement, ...]:
        """The formula as read from its LaTeX. `functions`: see formula_latex.parse."""
        formula = self[label]
        try:
            return parse(formula.latex, frozenset(functions))
        except FormulaError as error:
            raise FormulaError(f"{formula}: {error}") from error

    def quoted(self, label: str, latex: str, functions: Iterable[str] = ()) -> Statement:
        """A statement made inside the text of the formula's notebook; it must stand there in both languages."""
        formula = self[label]
        for language, pieces in self.inline[formula.notebook].items():
            if not any(_plain(latex) in piece for piece in pieces):
                raise AssertionError(f"{formula}: its check quotes ${latex}$, which no {language} cell contains")
        (statement,) = parse(latex, frozenset(functions))
        return statement

    def with_latex(self, label: str, old: str, new: str) -> Book:
        """The book with `old`, which must occur exactly once in the formula, replaced by `new`."""
        formula = self[label]
        if formula.latex.count(old) != 1:
            raise ValueError(f"{formula}: {old!r} occurs {formula.latex.count(old)} times, expected once")
        latex = formula.latex.replace(old, new)
        if _plain(latex) == _plain(formula.latex):
            raise ValueError(f"{formula}: replacing {old!r} by {new!r} changes nothing")
        return replace(self, formulas=self.formulas | {label: replace(formula, latex=latex)})

    def with_text(self, notebook: str, old: str, new: str) -> Book:
        """The book with `old` replaced by `new` in the inline formulas of a notebook."""
        old, new = _plain(old), _plain(new)
        inline = {
            language: tuple(piece.replace(old, new) for piece in pieces)
            for language, pieces in self.inline[notebook].items()
        }
        if inline == self.inline[notebook]:
            raise ValueError(f"{notebook}: replacing {old!r} by {new!r} changes no inline formula")
        return replace(self, inline=self.inline | {notebook: inline})

    def __getitem__(self, label: str) -> Formula:
        if label not in self.formulas:
            raise FormulaError(f"{label}: there is no formula with this label")
        return self.formulas[label]


def collect(root: Path = ROOT) -> Book:
    """Read all notebooks of the book."""
    return collect_cells(
        (path.relative_to(root).as_posix(), number, frozenset(cell["metadata"].get("tags", ())), _source(cell))
        for path in find_notebooks(root)
        for number, cell in enumerate(load(path)["cells"])
        if cell["cell_type"] == "markdown"
    )


def collect_cells(cells: Iterable[tuple[str, int, frozenset[str], str]]) -> Book:
    """The book made of markdown cells: (notebook, number of the cell, tags, source)."""
    found: list[Formula] = []
    inline: dict[str, dict[str, tuple[str, ...]]] = {}
    problems: list[str] = []
    references: list[tuple[str, str]] = []
    for notebook, number, tags, source in cells:
        place = f"{notebook}, cell {number}"
        references += [(place, label) for label in REFERENCE.findall(source)]
        text = CODE.sub("", source)
        for match in OTHER_DISPLAY.finditer(text):
            problems.append(f"{place}: write the display that begins with {match[0]} as $$ … $$ (eq-…)")
        if text.count("$$") % 2:
            problems.append(f"{place}: a $$ has no partner")
        for latex, label in DISPLAY.findall(text):
            if not label:
                problems.append(f"{place}: a display formula has no label: {' '.join(latex.split())}")
            elif not LABEL.fullmatch(label):
                problems.append(f"{place}: a label has the form eq-chapter-name, not {label}")
            elif tags & {"zh", "en"}:
                problems.append(f"{place}: {label} stands in a cell of one language; move it to an untagged cell")
            else:
                found.append(Formula(label, latex.strip(), notebook, number))
        for language in sorted(tags & {"zh", "en"}):
            pieces = inline.setdefault(notebook, {"zh": (), "en": ()})
            pieces[language] += tuple(_plain(piece) for piece in INLINE.findall(DISPLAY.sub("", text)))
    for label, times in Counter(formula.label for formula in found).items():
        if times > 1:
            places = "; ".join(f"{f.notebook}, cell {f.cell}" for f in found if f.label == label)
            problems.append(f"{label} labels {times} formulas: {places}")
    formulas = {formula.label: formula for formula in reversed(found)}
    known = {label: formulas[label] for label in reversed(formulas)}
    problems += [f"{place}: there is no formula {label}" for place, label in references if label not in known]
    for formula in known.values():
        inline.setdefault(formula.notebook, {"zh": (), "en": ()})
    return Book(known, inline, tuple(problems))


def verify(book: Book, checks: Mapping[str, Check], label: str) -> None:
    """Run the check of a formula; whatever is wrong, also that it cannot be read, is an AssertionError naming it."""
    try:
        checks[label](book, label)
    except FormulaError as error:
        name = "" if str(error).startswith(label) else f"{book[label]}: "
        raise AssertionError(f"{name}{error}") from error


def unmatched(book: Book, checks: Mapping[str, Check]) -> list[str]:
    """Formulas without a check, and checks without a formula."""
    missing = [f"{formula} has no check: add one to tests/formula_checks" for formula in book.formulas.values()]
    return [line for line, label in zip(missing, book.formulas, strict=True) if label not in checks] + [
        f"{label} has a check, but no notebook has this formula" for label in checks if label not in book.formulas
    ]


def unexplained(book: Book, label: str) -> set[str]:
    """Symbols of a formula that no inline formula of its notebook mentions, in Chinese or in English."""
    formula = book[label]
    used = _symbols(formula.latex)
    return set().union(
        *(used - set().union(*map(_symbols, pieces)) for pieces in book.inline[formula.notebook].values())
    )


def _symbols(latex: str) -> set[str]:
    """The letters with their accents: `\\hat m` and `\\hat{m}` alike; words and 𝔼 are no symbols."""
    tokens, found, at = [token for token in tokenize(latex) if token not in (*OPENERS, *CLOSERS)], set(), 0
    while at < len(tokens):
        token, accent = tokens[at], ""
        if token in (r"\mathrm", r"\operatorname", r"\text", r"\begin", r"\end"):
            at = tokens.index("}", at)
        elif token in ACCENTS or token in FONTS:
            accent, at = token, at + 1 + (tokens[at + 1] == "{")
            token = tokens[at]
        if is_symbol(token) and accent + token not in (r"\mathbbE", r"\infty", "e"):
            found.add(accent + GREEK.get(token, token))
        at += 1
    return found


def _plain(latex: str) -> str:
    """LaTeX without spacing and without braces around a single token, which change nothing."""
    text = " ".join(tokenize(latex))
    return re.sub(r"(?<=\S )\{ (\S+) \}", r"\1", text)


def _source(cell: dict[str, object]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
