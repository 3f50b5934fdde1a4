"""One source, two languages: keep one language of a string, an SVG, a page, a code cell or a notebook.

Everything here is a pure function; Sphinx and Jupyter only call it. The fullwidth bar ｜ joins the two halves
of a short string, Chinese first.
"""

import base64
import copy
import hashlib
import html
import json
import re
from collections.abc import Callable
from typing import Any

from book.python_source import map_literals

BAR = "\uff5c"
LANGUAGES = ("zh", "en")
Notebook = dict[str, Any]

_FIELD = re.compile(r"(\n|\t| {2,})")
# The same separators as they are spelled inside a string literal.
_LITERAL_FIELD = re.compile(r"(\n|\t| {2,}|\\n|\\t)")
_PYTHON_FENCE = re.compile(r"(?ms)^(```+ *python[^\n]*\n)(.*?)(^```+)")
_LINE_START = re.compile(r"\s*(?:(?:[#>*+-]+|\d+\.|:[\w-]+:)\s+)?")
_BAR_ENTITY = re.compile(r"&#0*65372;|&#[xX]0*[fF][fF]5[cC];")
_MARKUP = re.compile(r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[!/]?[A-Za-z](?:"[^"]*"|'[^']*'|[^>"'])*>""", re.S)
_ATTRIBUTE = re.compile(r"""(\s[\w:.-]+\s*=\s*)("[^"]*"|'[^']*')""")
_RAW = re.compile(r"<(script|style)\b.*?</\1\s*>", re.S | re.I)
_DATA_SVG = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)")
# A bar between two child elements is split over the nearest of these.
_UNITS = frozenset(
    [
        "text",
        "title",
        "desc",
        "p",
        "td",
        "th",
        "li",
        "dt",
        "dd",
        "figcaption",
        "caption",
        "button",
        "label",
        "option",
        "summary",
        "h1",
        "h2",
        "h3",
    ]
)


def language_of(locale: str) -> str:
    """Return "zh" or "en" for a Sphinx language such as `zh_CN`; raise ValueError for any other."""
    language = locale.replace("-", "_").split("_")[0]
    if language not in LANGUAGES:
        raise ValueError(f"language={locale!r}: expected one of zh_CN, zh, en")
    return language


def half(field: str, language: str) -> str:
    """Return one half of `损失｜loss`; a field without a bar is returned unchanged.

    Raises ValueError when there are two bars or when a half is empty.
    """
    if BAR not in field:
        return field
    halves = field.split(BAR)
    if len(halves) != 2:
        raise ValueError(f"{field.strip()!r} has {len(halves) - 1} bars {BAR}, expected one")
    if not all(part.strip() for part in halves):
        raise ValueError(f"{field.strip()!r} has an empty half beside its bar {BAR}")
    kept = halves[LANGUAGES.index(language)].strip()
    lead = field[: len(field) - len(field.lstrip())]
    trail = field[len(field.rstrip()) :]
    return lead + kept + trail


def columns(text: str) -> int:
    """How wide a text is: a Chinese letter takes two columns."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def split_text(text: str, language: str) -> str:
    """Keep one language of plain text, field by field (newline, tab or two or more spaces end a field).

    Spaces after a shortened field grow, so that the columns of a printed table stay where they were.
    """
    if BAR not in text:
        return text
    parts = _FIELD.split(text)
    for i in range(0, len(parts), 2):
        if BAR not in parts[i]:
            continue
        before, parts[i] = parts[i], half(parts[i], language)
        if i + 1 < len(parts) and parts[i + 1].startswith("  "):
            missing = len(before) - columns(parts[i])
            parts[i + 1] = " " * max(2, len(parts[i + 1]) + missing)
    return "".join(parts)


def split_value(value: Any, language: str) -> Any:
    """Keep one language in every string of nested lists and dicts."""
    if isinstance(value, str):
        return split_text(value, language)
    if isinstance(value, dict):
        return {key: split_value(item, language) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(split_value(item, language) for item in value)
    return value


def split_code(source: str, language: str) -> str:
    """Keep one language in the string literals and comments of Python source."""
    if BAR not in source:
        return source

    def keep(body: str) -> str:
        parts = _LITERAL_FIELD.split(body)
        parts[::2] = [half(part, language) for part in parts[::2]]
        return "".join(parts)

    def keep_comment(comment: str) -> str:
        marks = re.match(r"#+!?\s*", comment).group()  # type: ignore[union-attr]
        return marks + half(comment[len(marks) :], language)

    return map_literals(source, keep, keep_comment)


def _split_attribute(match: re.Match[str], language: str) -> str:
    name, quoted = match.groups()
    quote, raw = quoted[0], quoted[1:-1]
    value = html.unescape(raw)
    if "data:image/svg+xml;base64," in value:
        new = _DATA_SVG.sub(lambda found: _split_data_svg(found, language), value)
    elif value.lstrip()[:1] in ("{", "["):
        try:
            spec = json.loads(value)
        except ValueError:
            new = split_text(value, language)
        else:
            kept = split_value(spec, language)
            new = value if kept == spec else json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    else:
        new = split_text(value, language)
    if new == value:
        return match.group()
    escaped = new.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&quot;") if quote == '"' else escaped.replace("'", "&#39;")
    return f"{name}{quote}{escaped}{quote}"


def _split_data_svg(match: re.Match[str], language: str) -> str:
    svg = base64.b64decode(match.group(1)).decode()
    kept = split_markup(svg, language)
    return match.group() if kept == svg else "data:image/svg+xml;base64," + base64.b64encode(kept.encode()).decode()


def _split_raw(block: str, language: str) -> str:
    """A script or style element: only JSON data is text for readers."""
    opening, body, closing = re.fullmatch(r"(<[^>]*>)(.*)(</[^>]*>)", block, re.S).groups()  # type: ignore[union-attr]
    if "json" not in opening or not body.strip():
        return block
    kept = json.dumps(split_value(json.loads(body), language), ensure_ascii=False)
    return opening + kept.replace("</", "<\\/") + closing


def split_markup(markup: str, language: str) -> str:
    """Keep one language in the text nodes and attributes of HTML or SVG; everything else stays byte for byte.

    A bar with both halves in its own text node is split there. A bar between child elements
    (`<text><tspan>损失</tspan>｜<tspan>loss</tspan></text>`) is split over the enclosing text, cell or paragraph.
    """
    markup = _BAR_ENTITY.sub(BAR, markup)
    pieces: list[str] = []
    position = 0
    for raw in _RAW.finditer(markup):
        pieces += [_split_elements(markup[position : raw.start()], language), _split_raw(raw.group(), language)]
        position = raw.end()
    return "".join([*pieces, _split_elements(markup[position:], language)])


def _split_elements(markup: str, language: str) -> str:
    tokens: list[str] = []  # even: text, odd: tag
    position = 0
    for tag in _MARKUP.finditer(markup):
        tokens += [markup[position : tag.start()], tag.group()]
        position = tag.end()
    tokens.append(markup[position:])

    for i, token in enumerate(tokens):
        if i % 2:
            if token[1] not in "!?/":
                tokens[i] = _ATTRIBUTE.sub(lambda found: _split_attribute(found, language), token)
        elif BAR in token and all(part.strip() for part in token.split(BAR)):
            tokens[i] = split_text(token, language)
        elif BAR in token:
            _split_across(tokens, i, language)
    return "".join(tokens)


def _split_across(tokens: list[str], bar: int, language: str) -> None:
    """Split one enclosing element at the bar in `tokens[bar]`: the texts on the other side become empty."""
    start, end = bar, bar
    while start > 0 and not (start % 2 and _opens_unit(tokens[start])):
        start -= 1
    while end < len(tokens) - 1 and not (end % 2 and _closes_unit(tokens[end])):
        end += 1
    texts = [i for i in range(start, end + 1) if i % 2 == 0]
    before, _, after = tokens[bar].partition(BAR)
    left = "".join(tokens[i] for i in texts if i < bar) + before
    right = after + "".join(tokens[i] for i in texts if i > bar)
    half(left + BAR + right, language)  # raises when a half is empty or there is a second bar
    for i in texts:
        if (i > bar) if language == "zh" else (i < bar):
            tokens[i] = ""
    tokens[bar] = before.rstrip() if language == "zh" else after.lstrip()


def _tag_name(tag: str) -> str:
    return re.match(r"</?([\w:-]*)", tag).group(1).split(":")[-1].lower()  # type: ignore[union-attr]


def _opens_unit(tag: str) -> bool:
    return tag[1] != "/" and _tag_name(tag) in _UNITS


def _closes_unit(tag: str) -> bool:
    return tag[1] == "/" and _tag_name(tag) in _UNITS


def _split_markdown(source: str, language: str) -> str:
    """Shared markdown: the bar splits what follows the mark of a heading, item or option; Python fences are code."""
    if BAR not in source:
        return source

    def line(text: str) -> str:
        start = _LINE_START.match(text).group()  # type: ignore[union-attr]
        return start + split_text(text[len(start) :], language)

    parts = _PYTHON_FENCE.split(source)  # prose, opening fence, code, closing fence, prose, …
    for i, part in enumerate(parts):
        if i % 4 == 0:
            parts[i] = "\n".join(map(line, part.split("\n")))
        elif i % 4 == 2:
            parts[i] = split_code(part, language)
    return "".join(parts)


_SPLITTERS: dict[str, Callable[[str, str], str]] = {
    "text/plain": split_text,
    "text/markdown": _split_markdown,
    "text/latex": split_text,
    "text/html": split_markup,
    "image/svg+xml": split_markup,
}


def joined(source: str | list[str]) -> str:
    """Return nbformat's multi-line string (a string or a list of lines) as one string."""
    return source if isinstance(source, str) else "".join(source)


def _split_output(output: dict[str, Any], language: str) -> None:
    if "text" in output:
        output["text"] = split_text(joined(output["text"]), language)
    data_of = output.get("data", {})
    if len(data_of) > 1 and BAR in joined(data_of.get("text/plain", "")):
        del data_of["text/plain"]  # nobody sees it beside a richer form, and it may be code or a repr
    for mime, data in data_of.items():
        if mime in _SPLITTERS:
            data_of[mime] = _SPLITTERS[mime](joined(data), language)
        elif mime.endswith("json"):
            data_of[mime] = split_value(data, language)
    output["metadata"] = split_value(output["metadata"], language) if "metadata" in output else {}
    if output["output_type"] == "stream":
        del output["metadata"]


def cell_language(cell: dict[str, Any]) -> str | None:
    """Return "zh" or "en" for a cell tagged so, None for a cell that both editions share."""
    tags = [tag for tag in cell.get("metadata", {}).get("tags", []) if tag in LANGUAGES]
    return tags[0] if len(tags) == 1 else None


def monolingual(notebook: Notebook, language: str, keep_positions: bool = False) -> Notebook:
    """Return a copy of a notebook (as a dict) with one language only; the argument stays as it is.

    `keep_positions=True` leaves an empty markdown cell where the other language stood, so that cell numbers in
    messages are those of the source. Raises ValueError naming the cell whose bar cannot be split.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language={language!r}: expected one of {LANGUAGES}")
    result = copy.deepcopy(notebook)
    cells = []
    for number, cell in enumerate(result["cells"], 1):
        own = cell_language(cell)
        if own not in (None, language):
            if keep_positions:
                cell["source"] = ""
                cell.get("metadata", {}).clear()
                cells.append(cell)
            continue
        try:
            cell["metadata"] = split_value(cell.get("metadata", {}), language)
            source = joined(cell["source"])
            if cell["cell_type"] == "code":
                source = split_code(source, language)
            elif own is None:
                source = _split_markdown(source, language)
            cell["source"] = source
            for output in cell.get("outputs", []):
                _split_output(output, language)
        except ValueError as error:
            raise ValueError(f"cell {number}: {error}") from error
        if not keep_positions:
            cell["metadata"].pop("counterpart", None)
            cell["metadata"]["tags"] = [tag for tag in cell["metadata"].get("tags", []) if tag not in LANGUAGES]
            if not cell["metadata"]["tags"]:
                del cell["metadata"]["tags"]
        cells.append(cell)
    result["cells"] = cells
    return result


def source_hash(source: str | list[str]) -> str:
    """Return the 12 hex digits that a cell's counterpart stores; trailing white space of lines doesn't count."""
    text = "\n".join(line.rstrip() for line in joined(source).splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:12]
