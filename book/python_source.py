"""Map the string literals and comments of Python source, leaving every other character in place."""

import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator

Mapper = Callable[[str], str]
_OPENING = re.compile(r"""([A-Za-z]{0,3})('''|\"""|'|")""")


def map_literals(source: str, on_string: Mapper, on_comment: Mapper) -> str:
    """Return `source` with `on_string` applied to the text of each literal and `on_comment` to each comment.

    In an f-string the text between replacement fields belongs to one string: fields `{…}` are passed as private
    characters that `on_string` must keep or drop whole. Lines of IPython magics (`%`, `!`) count as comments.
    Raises ValueError when the source isn't Python.
    """
    masked = re.sub(r"(?m)^(\s*)([%!])", lambda magic: f"{magic[1]}#\ue000{magic[2]}", source)
    lines = masked.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    pieces, position = [], 0
    try:
        for kind, first, last in _literals(masked):
            start, end = starts[first[0] - 1] + first[1], starts[last[0] - 1] + last[1]
            text = masked[start:end]
            new = on_comment(text) if kind == tokenize.COMMENT else _map_string(text, on_string)
            pieces += [masked[position:start], new]
            position = end
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"the cell is not Python: {error}") from error
    return "".join([*pieces, masked[position:]]).replace("#\ue000", "")


def _literals(source: str) -> Iterator[tuple[int, tuple[int, int], tuple[int, int]]]:
    """Yield (kind, start, end) of each comment and outermost string; Python 3.12 cuts f-strings into tokens."""
    fstring_start = getattr(tokenize, "FSTRING_START", None)
    fstring_end = getattr(tokenize, "FSTRING_END", None)
    depth, opened = 0, (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if sys.version_info >= (3, 12) and token.type == fstring_start:
            opened = opened if depth else token.start
            depth += 1
        elif sys.version_info >= (3, 12) and token.type == fstring_end:
            depth -= 1
            if not depth:
                yield tokenize.STRING, opened, token.end
        elif not depth and token.type in (tokenize.STRING, tokenize.COMMENT):
            yield token.type, token.start, token.end


def _map_string(literal: str, on_string: Mapper) -> str:
    prefix, quote = _OPENING.match(literal).groups()  # type: ignore[union-attr]
    body = literal[len(prefix + quote) : -len(quote)]
    if "f" not in prefix.lower():
        return prefix + quote + on_string(body) + quote
    fields: list[str] = []
    text = ""
    position = 0
    while position < len(body):
        char = body[position]
        if char == "{" and body[position : position + 2] != "{{":
            end = _field_end(body, position)
            fields.append(_map_field(body[position:end], on_string))
            text += chr(0xF0000 + len(fields) - 1)
            position = end
        else:
            step = 2 if body[position : position + 2] in ("{{", "}}") else 1
            text += body[position : position + step]
            position += step
    mapped = re.sub("[\U000f0000-\U000fffff]", lambda found: fields[ord(found.group()) - 0xF0000], on_string(text))
    return prefix + quote + mapped + quote


def _field_end(body: str, start: int) -> int:
    """Return the position after the `}` that closes the replacement field at `start`."""
    depth, position = 0, start
    while position < len(body):
        opening = _OPENING.match(body, position)
        if opening and opening.group(2):
            position = _string_end(body, opening)
            continue
        depth += {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}.get(body[position], 0)
        position += 1
        if not depth:
            return position
    raise ValueError(f"the replacement field {body[start:]!r} is not closed")


def _string_end(body: str, opening: re.Match[str]) -> int:
    position, quote = opening.end(), opening.group(2)
    while position < len(body):
        if body[position] == "{" and "f" in opening.group(1).lower() and body[position + 1 : position + 2] != "{":
            position = _field_end(body, position)
        elif body.startswith(quote, position):
            return position + len(quote)
        else:
            position += 2 if body[position] == "\\" else 1
    raise ValueError(f"the string {body[opening.start() :]!r} is not closed")


def _map_field(field: str, on_string: Mapper) -> str:
    """Apply `on_string` to the strings inside a replacement field."""
    pieces, position = [], 0
    while opening := _OPENING.search(field, position):
        end = _string_end(field, opening)
        pieces += [field[position : opening.start()], _map_string(field[opening.start() : end], on_string)]
        position = end
    return "".join([*pieces, field[position:]])
