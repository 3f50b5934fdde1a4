"""Makes the explorers' scripts smaller without changing what they do: comments and needless white space and signs go.

It knows the JavaScript of js/, no more: a slash opens a regular expression where no value stands before it, and
statements end with a semicolon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*[\s\S]*?\*/)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<word>[\w$\u0080-\uffff]+(?:\.\d+(?:e[-+]?\d+)?)?)
      | (?P<sign>=>|\+\+|--|[{}()\[\];,<>+\-*/%&|^!~?:=.@\#])""",
    re.X,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
# After these a slash divides; after everything else it opens a regular expression.
_VALUE_ENDS = re.compile(r"[\w$)\]}]$")
_NO_VALUE = {"return", "typeof", "case", "in", "of", "do", "else", "void", "delete"}


def minify(text: str) -> str:
    """The script without comments, and with white space only where two words or signs would run together.

    Line breaks that could end a statement stay. Raises ValueError where it finds what it does not know.
    """
    out: list[str] = []
    last = ""
    for gap, token in _lean(list(_with_gaps(text))):
        if gap and last:
            words = re.match(r"[\w$\u0080-\uffff]", token) and re.search(r"[\w$\u0080-\uffff]$", last)
            signs = last[-1] + token[0] in ("++", "--", "+-", "-+", "//", "/*")
            if gap == "\n" and not (
                (last[-1] in "{;,([=+-*&|?:<>" and last not in ("++", "--")) or token[0] in ".?:&|)]},*"
            ):
                out.append("\n")
            elif words or signs:
                out.append(" ")
        out.append(token)
        last = token
    return "".join(out) + "\n"


def _with_gaps(text: str) -> Iterator[tuple[str, str]]:
    """The tokens, each with what stands before it: a line break, a space, or nothing."""
    gap = ""
    for kind, token in tokens(text):
        if kind == "space":
            gap = "\n" if "\n" in gap + token else " "
            continue
        yield gap, token
        gap = ""


def _lean(code: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Without what says nothing: the last comma of a list, a semicolon at the end of a block, the 0 of 0.5, and the
    word of a declaration that follows another of its kind."""
    declares = [""]  # for each open bracket: the word of the declaration that has not ended yet
    last = ""
    merged = False
    for (gap, token), (_, after) in zip(code, [*code[1:], ("", "")], strict=True):
        if merged:
            merged = False
            continue
        if token in "([{":
            declares.append("")
        elif token in ")]}":
            declares.pop()
        elif token in ("let", "const"):
            declares[-1] = token
        elif (token == "," and after in ("]", "}") and last not in ("[", ",")) or token + after == ";}":
            continue
        elif token == ";":
            merged = bool(declares[-1]) and after == declares[-1]
            token = "," if merged else ";"
            declares[-1] = declares[-1] if merged else ""
        elif re.fullmatch(r"0\.\d.*", token):
            token = token[1:]
        yield gap, token
        last = token


def minify_css(text: str) -> str:
    """The style sheet without comments, and without what can be spared at braces, commas, and ends of declarations."""
    text = re.sub(r"/\*[\s\S]*?\*/", "", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r":\s+", ":", text))
    return text.replace(";}", "}").strip() + "\n"


def tokens(text: str) -> Iterator[tuple[str, str]]:
    at, last = 0, ""
    while at < len(text):
        if text[at] == "`":
            end = _template(text, at)
            kind, token = "string", text[at:end]
        elif text[at] == "/" and text[at + 1] not in "/*" and (not _VALUE_ENDS.search(last) or last in _NO_VALUE):
            match = _REGEX.match(text, at)
            if not match:
                raise ValueError(f"a regular expression was expected, got {text[at : at + 40]!r}")
            kind, token = "string", match[0]
        else:
            match = _TOKEN.match(text, at)
            if not match:
                raise ValueError(f"JavaScript was expected, got {text[at : at + 40]!r}")
            kind, token = str(match.lastgroup), match[0]
        at += len(token)
        if kind != "space":
            last = token
        yield kind, token


def _template(text: str, start: int) -> int:
    """Where the template literal that starts there ends; what stands in its ${} may hold others."""
    at = start + 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            depth, at = 1, at + 2
            while depth:
                if text[at] == "`":
                    at = _template(text, at)
                    continue
                if text[at] in "\"'":
                    at = text.index(text[at], at + 1)
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
        else:
            at += 1
    return at + 1
