"""Make an SVG of Matplotlib's small without a visible change: coordinates, ids, groups, blanks, fonts."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote

_COMMENT = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", re.S)
_TOKEN = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r'\s+([\w:-]+)="([^"]*)"')
_STEP = re.compile(r"([MLCQz])([^MLCQz]*)")
_PLAIN_PATH = re.compile(r"[MLCQz\d\s.+-]*")
_NO_TURN = re.compile(r"rotate\(-?0(?:\.0*)?(?: [^)]*)?\)")
_FAMILY = re.compile(r"font-family: ([^;\"]*);? ?")
_TEXT = re.compile(r"<text\b.*?</text>", re.S)
_STORED = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")
# What may stand in an address of data, and in an attribute with double quotes, as it is.
_SAFE = " !'()*,-./:;=?@[]_{}~+$|^"


def slim(svg: str, digits: int = 2) -> str:
    """Return the picture with coordinates of `digits` decimals and without what nobody refers to.

    The picture keeps its elements, their order, and their styles. Lengths are in units of the viewBox, three quarters
    of a CSS pixel or more: two decimals are below what a screen or a printer can show.
    """
    svg = _COMMENT.sub("", svg)
    svg, family = _without_family(svg)
    referred = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
    kept: list[str] = []
    groups: list[bool] = []  # whether an open group is kept
    texts = position = 0
    for match in _TOKEN.finditer(svg):
        between, tag = svg[position : match.start()], match.group()
        position = match.end()
        if texts or between.strip():  # blanks between elements of a text may be spaces that readers see
            kept.append(between)
        name = tag.strip("</>").split(None, 1)[0]
        if name == "text":
            texts += -1 if tag.startswith("</") else not tag.endswith("/>")
        if name == "g" and tag.startswith("</"):
            if groups.pop():
                kept.append(tag)
            continue
        if not tag.startswith("</"):
            tag = _slim_tag(tag, name, referred, digits)
        if name == "g" and not tag.endswith("/>"):
            groups.append(tag != "<g>")
            if tag == "<g>":
                continue
        if tag not in ("<g/>", "<defs/>"):
            kept.append(tag)
    slimmed = _without_empty("".join(kept))
    return re.sub(r"<svg\b", f'<svg font-family="{family}"', slimmed, count=1) if family else slimmed


def slim_stored(markup: str, digits: int) -> str:
    """Make the pictures small that stand in the markup as addresses of data.

    They leave base64, in which compression finds no repetitions, for escapes of the few letters that need it.
    """

    def smaller(match: re.Match[str]) -> str:
        svg = slim(base64.b64decode(match.group(1)).decode(), digits)
        return f"data:image/svg+xml;charset=utf-8,{quote(' '.join(svg.split()), safe=_SAFE)}"

    return _STORED.sub(smaller, markup)


def _without_family(svg: str) -> tuple[str, str]:
    """Take the font family out of every style when it is the same one for all texts."""
    families = set(_FAMILY.findall(svg))
    if len(families) != 1 or not all("font-family:" in text for text in _TEXT.findall(svg)):
        return svg, ""
    return _FAMILY.sub("", svg), families.pop()


def _without_empty(svg: str) -> str:
    while True:
        shorter = re.sub(r"<(g|defs)(?: [^>]*[^/])?></\1>", "", svg)
        if shorter == svg:
            return svg
        svg = shorter


def _slim_tag(tag: str, name: str, referred: set[str], digits: int) -> str:
    def slim_attribute(match: re.Match[str]) -> str:
        key, value = match.groups()
        if (key == "id" and value not in referred) or (key == "transform" and _NO_TURN.fullmatch(value)):
            return ""
        if key == "d":
            value = slim_path(value, digits)
        elif key in ("x", "y", "width", "height") and name not in ("svg", "image"):
            value = _round(value, digits)
        return f' {key}="{value}"'

    return re.sub(r"\s*/?>$", "/>" if tag.endswith("/>") else ">", _ATTRIBUTE.sub(slim_attribute, tag))


def _round(value: str, digits: int) -> str:
    return _number(round(float(value) * 10**digits), digits) if re.fullmatch(r"-?\d*\.\d+", value) else value


def _number(value: int, digits: int) -> str:
    """Return value / 10^digits in as few letters as possible."""
    sign, value = "-" if value < 0 else "", abs(value)
    whole, rest = divmod(value, 10**digits)
    part = f"{rest:0{digits}}".rstrip("0")
    return f"{sign}{whole or ''}.{part}" if part else f"{sign}{whole}"


def slim_path(data: str, digits: int) -> str:
    """Return path data with relative coordinates, rounded so that errors do not add up; others stay as they are."""
    if not _PLAIN_PATH.fullmatch(data):
        return data
    return "".join(_steps(data, digits))


def _steps(data: str, digits: int) -> Iterator[str]:
    x = y = first_x = first_y = 0
    former, last = "", ""  # the command that readers of path data would repeat by themselves, the last one written
    for command, numbers in _STEP.findall(data):
        if command == "z":
            x, y, former = first_x, first_y, ""
            yield "z"
            continue
        points = [round(float(number) * 10**digits) for number in numbers.split()]
        values = [value - (y if place % 2 else x) for place, value in enumerate(points)]
        if command == "L" and not any(values) and last == "L":
            continue  # a point on top of the one before
        last = command
        x, y = points[-2:]
        if command == "M":
            first_x, first_y = x, y
        letter = "" if command == former else command.lower()
        former = "L" if command == "M" else command
        yield _joined(letter, values, digits)


def _joined(letter: str, values: list[int], digits: int) -> str:
    text = letter
    for place, value in enumerate(values):
        number = _number(value, digits)
        text += number if number.startswith("-") or (letter and not place) else f" {number}"
    return text
