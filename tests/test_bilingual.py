"""Splitting ｜ in text, markup, code and notebooks: tables of what each edition keeps."""

import ast
import base64
import copy
import json
import re

import pytest
import sample_book

from book.bilingual import (
    half,
    language_of,
    monolingual,
    source_hash,
    split_code,
    split_markup,
    split_text,
    split_value,
)

TEXTS = [
    ("损失｜loss", "损失", "loss"),
    ("no bar", "no bar", "no bar"),
    ("", "", ""),
    ("损失 ｜ loss", "损失", "loss"),
    ("  损失｜loss\n", "  损失\n", "  loss\n"),
    ("损失｜loss\n准确率｜accuracy", "损失\n准确率", "loss\naccuracy"),
    ("损失｜loss\t0.12", "损失\t0.12", "loss\t0.12"),
    ("0.12  损失｜loss", "0.12  损失", "0.12  loss"),
    ("学习率 η｜learning rate η", "学习率 η", "learning rate η"),
    # What follows a shortened field stays in its column; Chinese takes two columns a character.
    ("损失｜loss  0.12\nx        1", "损失     0.12\nx        1", "loss     0.12\nx        1"),
]

MARKUP = [
    ("<p>损失｜loss</p>", "<p>损失</p>", "<p>loss</p>"),
    ("<p>最终｜final <b>0.1</b></p>", "<p>最终 <b>0.1</b></p>", "<p>final <b>0.1</b></p>"),
    ("<td>&#65372;</td>".replace("<td>", "<td>甲").replace("</td>", "A</td>"), "<td>甲</td>", "<td>A</td>"),
    ("<td>甲&#xFF5C;A &amp; B</td>", "<td>甲</td>", "<td>A &amp; B</td>"),
    ("<text>&lt;甲&gt;｜&lt;A&gt;</text>", "<text>&lt;甲&gt;</text>", "<text>&lt;A&gt;</text>"),
    (
        '<text x="1"><tspan>损失</tspan>｜<tspan>loss</tspan></text>',
        '<text x="1"><tspan>损失</tspan><tspan></tspan></text>',
        '<text x="1"><tspan></tspan><tspan>loss</tspan></text>',
    ),
    (
        "<text><tspan>学<tspan>习</tspan>率｜</tspan><tspan>learning <tspan>rate</tspan></tspan></text>",
        "<text><tspan>学<tspan>习</tspan>率</tspan><tspan><tspan></tspan></tspan></text>",
        "<text><tspan><tspan></tspan></tspan><tspan>learning <tspan>rate</tspan></tspan></text>",
    ),
    (
        "<text><tspan>甲｜A</tspan><tspan>乙｜B</tspan></text>",
        "<text><tspan>甲</tspan><tspan>乙</tspan></text>",
        "<text><tspan>A</tspan><tspan>B</tspan></text>",
    ),
    ("<td><b>甲</b>｜<i>A</i></td>", "<td><b>甲</b><i></i></td>", "<td><b></b><i>A</i></td>"),
    ("<img alt=\"甲｜A\" title='乙｜B'>", "<img alt=\"甲\" title='乙'>", "<img alt=\"A\" title='B'>"),
    (
        '<a aria-label="大于 &gt;｜more &gt; &quot;x&quot;">',
        '<a aria-label="大于 &gt;">',
        '<a aria-label="more &gt; &quot;x&quot;">',
    ),
    ('<i title="a > b">甲｜A</i>', '<i title="a > b">甲</i>', '<i title="a > b">A</i>'),
    ("<!-- 甲｜A｜x -->", "<!-- 甲｜A｜x -->", "<!-- 甲｜A｜x -->"),
    (
        "<style>p::after{content:'｜'}</style>甲｜A",
        "<style>p::after{content:'｜'}</style>甲",
        "<style>p::after{content:'｜'}</style>A",
    ),
    (
        '<script type="application/json">{"t": "甲｜A"}</script>',
        '<script type="application/json">{"t": "甲"}</script>',
        '<script type="application/json">{"t": "A"}</script>',
    ),
    (
        '<figure data-spec=\'{"title":"甲｜A","list":["乙｜B",1.5]}\'>',
        '<figure data-spec=\'{"title":"甲","list":["乙",1.5]}\'>',
        '<figure data-spec=\'{"title":"A","list":["B",1.5]}\'>',
    ),
    (
        '<figure data-spec="{&quot;t&quot;:&quot;\\u7532\\uff5cA&quot;}">',
        '<figure data-spec="{&quot;t&quot;:&quot;甲&quot;}">',
        '<figure data-spec="{&quot;t&quot;:&quot;A&quot;}">',
    ),
]

CODE = [
    ('label = "损失｜loss"', 'label = "损失"', 'label = "loss"'),
    ("x = '损失｜loss'  # 形状｜shape", "x = '损失'  # 形状", "x = 'loss'  # shape"),
    ('print(f"损失｜loss  {x:.3f}")', 'print(f"损失  {x:.3f}")', 'print(f"loss  {x:.3f}")'),
    ('f"{name}的损失｜loss of {name!r}"', 'f"{name}的损失"', 'f"loss of {name!r}"'),
    ("f\"{'是｜yes' if ok else '否｜no'}\"", "f\"{'是' if ok else '否'}\"", "f\"{'yes' if ok else 'no'}\""),
    ("f\"{{甲}}｜{{A}} {d['}']}\"", 'f"{{甲}}"', "f\"{{A}} {d['}']}\""),
    ('f"{x:{width}}  甲｜A"', 'f"{x:{width}}  甲"', 'f"{x:{width}}  A"'),
    (
        r'print(r"\甲｜\A", "损失｜loss\t准确率｜accuracy\n")',
        r'print(r"\甲", "损失\t准确率\n")',
        r'print(r"\A", "loss\taccuracy\n")',
    ),
    ('x = """一\n  二｜two\n"""', 'x = """一\n  二\n"""', 'x = """一\n  two\n"""'),
    ('a = {"甲｜A": 1,\n     "乙｜B": 2}', 'a = {"甲": 1,\n     "乙": 2}', 'a = {"A": 1,\n     "B": 2}'),
    ('%matplotlib inline\nx = "甲｜A"', '%matplotlib inline\nx = "甲"', '%matplotlib inline\nx = "A"'),
    ('# "｜" in a comment: 甲｜A'.replace('"｜" in a comment: ', ""), "# 甲", "# A"),
    ('y = x | 1  # bitwise "|"', 'y = x | 1  # bitwise "|"', 'y = x | 1  # bitwise "|"'),
]


@pytest.mark.parametrize(("text", "chinese", "english"), TEXTS)
def test_text(text: str, chinese: str, english: str) -> None:
    assert (split_text(text, "zh"), split_text(text, "en")) == (chinese, english)


@pytest.mark.parametrize(("markup", "chinese", "english"), MARKUP)
def test_markup(markup: str, chinese: str, english: str) -> None:
    assert (split_markup(markup, "zh"), split_markup(markup, "en")) == (chinese, english)


@pytest.mark.parametrize(("source", "chinese", "english"), CODE)
def test_code(source: str, chinese: str, english: str) -> None:
    assert (split_code(source, "zh"), split_code(source, "en")) == (chinese, english)
    if not source.startswith("%"):
        ast.parse(split_code(source, "zh")), ast.parse(split_code(source, "en"))


def test_markup_splits_the_svg_of_a_data_address() -> None:
    def image(svg: str) -> str:
        return f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" alt="x">'

    assert split_markup(image("<svg><text>甲｜A</text></svg>"), "en") == image("<svg><text>A</text></svg>")
    unsplit = image("<svg><text>A</text></svg>")
    assert split_markup(unsplit, "en") == unsplit


@pytest.mark.parametrize("bad", ["甲｜乙｜C", "｜loss", "损失｜ ", "｜"])
@pytest.mark.parametrize(
    "split", [half, split_text, lambda t, x: split_code(f"a = {t!r}", x), lambda t, x: split_markup(f"<p>{t}</p>", x)]
)
def test_a_bar_that_joins_no_two_halves_is_an_error(split, bad: str) -> None:
    with pytest.raises(ValueError, match=r"expected one|empty half"):
        split(bad, "en")


def test_values_and_languages() -> None:
    assert split_value({"a": ["甲｜A", 1, None, ("乙｜B",)]}, "zh") == {"a": ["甲", 1, None, ("乙",)]}
    assert [language_of(name) for name in ("zh_CN", "zh-CN", "zh", "en", "en_US")] == ["zh", "zh", "zh", "en", "en"]
    with pytest.raises(ValueError, match="language='fr'"):
        language_of("fr")
    with pytest.raises(ValueError, match="language='zh_CN'"):
        monolingual({"cells": []}, "zh_CN")


@pytest.mark.parametrize(("language", "other"), [("zh", "en"), ("en", "zh")])
def test_a_notebook_keeps_one_language(language: str, other: str) -> None:
    source = sample_book.chapter()
    before = copy.deepcopy(source)
    result = monolingual(source, language)
    assert source == before, "the argument was changed"
    text = json.dumps(result, ensure_ascii=False)
    assert "｜" not in text
    assert f'"{other}"' not in json.dumps([cell["metadata"] for cell in result["cells"]])
    paired = sum(f'"{language}"' in json.dumps(cell["metadata"]) for cell in source["cells"])
    assert len(result["cells"]) == len(source["cells"]) - paired
    alts = [c["metadata"]["mystnb"]["image"]["alt"] for c in result["cells"] if "mystnb" in c["metadata"]]
    assert alts == [{"zh": "损失随步数下降", "en": "The loss falls with the steps"}[language]]
    if language == "en":
        assert not re.search(r"[\u3400-\u9fff]", text.replace("(动量)", ""))


def test_positions_can_be_kept() -> None:
    source = sample_book.chapter()
    result = monolingual(source, "en", keep_positions=True)
    assert len(result["cells"]) == len(source["cells"])
    assert result["cells"][0]["source"] == ""
    assert result["cells"][1]["source"].startswith("(sample-adam)=")


def test_shared_markdown_keeps_marks_and_splits_python_fences() -> None:
    cells = sample_book.shared("## 甲｜A\n\n- 乙｜B\n\n```python\nx = {'k': '丙｜C'}  # y\n```\n")
    kept = monolingual(sample_book.notebook(cells), "en")["cells"][0]["source"]
    assert kept == "## A\n\n- B\n\n```python\nx = {'k': 'C'}  # y\n```\n"


def test_errors_name_the_cell() -> None:
    broken = sample_book.notebook(sample_book.pair("甲", "A"), sample_book.code('x = "甲｜"'))
    with pytest.raises(ValueError, match=r"cell 3: .*empty half"):
        monolingual(broken, "en")


def test_hash_ignores_white_space_at_line_ends_only() -> None:
    assert source_hash("a  \nb") == source_hash(["a\n", "b\n"]) != source_hash("a\n\nb")
    assert len(source_hash("a")) == 12
