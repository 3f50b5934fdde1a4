"""What chapters show beside figures: tables, and the library's own source code."""

from __future__ import annotations

import html
import inspect
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from optimlib.language import label


class Table:
    """A table of numbers and short texts; Jupyter shows it as HTML, a terminal as text."""

    def __init__(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.header = [label(text) for text in header]
        self.rows = [[_text(value) for value in row] for row in rows]
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"rows must have {len(self.header)} entries like the header, got {len(row)}: {row}")

    def _repr_html_(self) -> str:
        # A header without words would be announced as one: the empty corner of a table is a plain cell.
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' if cell else "<td></td>" for cell in self.header)
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows
        )
        return f'<table class="optimlib-table">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table with the given header and rows; numbers are shown with four significant digits.

    Texts are catalogue keys, bilingual strings (see `label`), or plain.

    >>> table(["t", "value"], [(1, 0.123456), (2, 1.5e-9)])
    t  value
    1  0.1235
    2  1.5 × 10⁻⁹
    """
    return Table(header, rows)


class Source:
    """Python source code; Jupyter shows it highlighted."""

    def __init__(self, thing: Any) -> None:
        self.code = textwrap.dedent(inspect.getsource(thing)).rstrip()

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.code}\n```"

    def __repr__(self) -> str:
        return self.code


def show_source(thing: Any) -> Source:
    """The source code of a function, method, or class, straight from the library."""
    return Source(thing)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return label(value)
    number = float(value)
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if number.is_integer() and abs(number) < 1e6:
        return f"{int(number)}".replace("-", "−")
    mantissa, _, exponent = f"{number:.4g}".partition("e")
    text = f"{mantissa} × 10{_superscript(int(exponent))}" if exponent else mantissa
    return text.replace("-", "−")


def _superscript(n: int) -> str:
    return str(n).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
