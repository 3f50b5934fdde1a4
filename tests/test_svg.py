"""Slimmed pictures: the same points, elements, and texts in fewer letters, and the same look in a browser."""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
import sample_book
from PIL import Image
from visits import CHAPTER

from book.svg import slim, slim_path, slim_stored

Point = tuple[float, float]


def drawn(data: str) -> Iterator[tuple[str, list[Point]]]:
    """Yield what a browser draws for path data: each command with its absolute points."""
    x = y = first_x = first_y = 0.0
    for letters, numbers in re.findall(r"([MLCQZmlcqz])([^MLCQZmlcqz]*)", data):
        values = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        command = letters.upper()
        if command == "Z":
            x, y = first_x, first_y
            yield "Z", []
            continue
        size = {"M": 2, "L": 2, "Q": 4, "C": 6}[command]
        assert values
        assert len(values) % size == 0
        for place in range(0, len(values), size):
            part = values[place : place + size]
            if letters.islower():
                part = [value + (y if i % 2 else x) for i, value in enumerate(part)]
            x, y = part[-2:]
            if command == "M" and place == 0:
                first_x, first_y = x, y
            yield ("L" if command == "M" and place else command), list(zip(part[::2], part[1::2], strict=True))


PATHS = [
    "M 10.123456 20.5 \nL 30.25 7.2 \nL 30.3 7.3 \nz\n",
    "M 0 0 \nL 0 3.5 \n",
    "M 5 5 L 6 6 M 8.004 8.006 L -1.5 -0.25 z M 1 1 C 1.1 1.2 1.3 1.4 1.5 1.6 C 2 2 3 3 4 4 Q 5 6 7 8 L 0 0 z L 9 9",
    "M 1e0 2",
    "M 100 100 " + " ".join(f"L {100 + 0.0049 * k:.4f} {100 - 0.0033 * k:.4f}" for k in range(1, 500)),
]


@pytest.mark.parametrize("data", PATHS)
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_paths_keep_their_points(data: str, digits: int) -> None:
    short = slim_path(data, digits)
    if "e" in data:
        assert short == data, "what is not understood stays as it is"
        return
    before, after = list(drawn(data)), list(drawn(short))
    if "0.0049" not in data and "100.0049" not in data:
        assert [command for command, _ in after] == [command for command, _ in before]
        for (_, points), (_, others) in zip(before, after, strict=True):
            assert np.allclose(points, others, atol=0.5001 * 10**-digits, rtol=0)
        return
    # Many steps, each smaller than what is kept: errors do not add up, and points that coincide become one.
    assert len(after) < len(before) or digits == 3
    assert np.allclose(before[-1][1], after[-1][1], atol=0.5001 * 10**-digits, rtol=0)


def stored() -> list[str]:
    """Return the figures of a chapter as its notebook stores them."""
    notebook = json.loads((sample_book.PROJECT / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    outputs = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return ["".join(data["image/svg+xml"]) for data in outputs if "image/svg+xml" in data]


def stills() -> list[str]:
    """Return the still pictures of a chapter's explorers as its notebook stores them."""
    text = (sample_book.PROJECT / f"{CHAPTER}.ipynb").read_text(encoding="utf-8")
    return [base64.b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", text)]


def words(svg: str) -> list[str]:
    texts = re.findall(r"<text\b[^>]*>(.*?)</text>", svg, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", text).split()) for text in texts]


def elements(svg: str) -> dict[str, int]:
    found = re.findall(r"<(path|use|text|tspan|image|clipPath|rect|polygon|circle)\b", svg)
    return {name: found.count(name) for name in set(found)}


def test_pictures_keep_elements_and_words() -> None:
    pictures = stored() + stills() + [sample_book.figure()]
    assert len(pictures) > 5
    for svg in pictures:
        short = slim(svg)
        assert elements(short) == elements(svg)
        assert words(short) == words(svg)
        assert len(short) < 0.65 * len(svg)
        referred = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg))
        assert set(re.findall(r'\sid="([^"]+)"', short)) == referred
        assert slim(short) == short or len(slim(short)) <= len(short)


def test_small_things() -> None:
    assert slim('<svg><g id="a"><g id="b"/></g><g id="c"><path d="M 0 0 L 1.005 2"/></g></svg>') == (
        '<svg><path d="m0 0 1 2"/></svg>'
    )
    assert slim('<svg><text transform="rotate(-0 3 4)" x="1.23456"> a <tspan>b</tspan> </text></svg>') == (
        '<svg><text x="1.23"> a <tspan>b</tspan> </text></svg>'
    )
    assert slim('<svg><text transform="rotate(-90 3 4)">a</text></svg>') == (
        '<svg><text transform="rotate(-90 3 4)">a</text></svg>'
    )
    one = "<svg><text style=\"font-family: A, 'B'; fill: red\">a</text></svg>"
    assert slim(one) == '<svg font-family="A, \'B\'"><text style="fill: red">a</text></svg>'
    for kept in ('<text style="font-family: C">b</text>', "<text>b</text>"):  # another font, the page's font
        two = one.replace("</svg>", f"{kept}</svg>")
        assert slim(two) == two


def test_stills_leave_base64() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text>θ₁ &lt; 5% "x" #1</text></svg>'
    markup = f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" alt="x">'
    (address,) = re.findall(r'src="data:image/svg\+xml;charset=utf-8,([^"]*)"', slim_stored(markup, 1))
    assert unquote(address) == svg
    assert not re.search(r"[<>\"#&\s](?<! )", address)


@pytest.mark.parametrize(("pictures", "digits"), [(stored, 2), (stills, 1)])
def test_pictures_look_the_same(new_page: Callable[..., Any], pictures: Callable[[], list[str]], digits: int) -> None:
    page = new_page(width=1000, height=600, device_scale_factor=2)
    assert pictures()
    for svg in pictures():
        shots = []
        for picture in (svg, slim(svg, digits)):
            picture = picture[picture.index("<svg") :]
            page.set_content(f'<meta charset="utf-8"><body style="margin:0"><div style="width:960px">{picture}</div>')
            shot = Image.open(io.BytesIO(page.locator("div").screenshot())).convert("L")
            shots.append(np.asarray(shot, dtype=float))
        difference = np.abs(shots[0] - shots[1])
        assert (shots[0] < 200).sum() > 1000
        # The phase of dashes and the smoothing of edges may differ a little, nothing else.
        assert difference.mean() < 0.1
        assert (difference > 100).mean() < 2e-4
