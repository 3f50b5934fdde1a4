"""Make the API reference, chapters/09-faq/09-api.ipynb, from optimlib's docstrings and book/api.yml.

A group of api.yml may say which chapter explains its entries (`chapter`), and name those that another one or none
explains (`chapters`). An entry refers to its chapter as soon as that is written.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

import optimlib
from book.bilingual import BAR, source_hash, split_text
from book.execute import normalize
from book.notebooks import dump

TARGET = Path("chapters/09-faq/09-api.ipynb")
_HEAD = {
    "zh": "# API参考\n\n`optimlib`的全部公开名字，按用途分组。中文给出一句话的说明；形状、单位、出处和错误"
    "在英文文档里，与`help(optimlib.Adam)`显示的一样。本页由文档自动生成。",
    "en": "# API reference\n\nAll public names of `optimlib`, grouped by purpose, with their documentation: shapes, "
    "units, sources, and errors, as `help(optimlib.Adam)` shows them. This page is generated.",
}


class ApiError(ValueError):
    """The reference cannot be made; the message says which name is missing or unknown."""


def public_names() -> set[str]:
    """Every name that the reference must have: those of `optimlib.__all__`, and of its modules of functions."""
    names = {name for name in optimlib.__all__ if not isinstance(getattr(optimlib, name), ModuleType | dict)}
    for module in ("plots", "datasets"):
        for name, value in vars(getattr(optimlib, module)).items():
            if (
                inspect.isfunction(value)
                and value.__module__.startswith(f"optimlib.{module}")
                and not name.startswith("_")
            ):
                names.add(f"{module}.{name}")
    return names


def api_notebook(root: Path) -> str:
    """The notebook's text. Raises ApiError when book/api.yml and the public names differ."""
    groups = yaml.safe_load((root / "book" / "api.yml").read_text(encoding="utf-8"))
    listed = [name for group in groups for name in group["entries"]]
    missing, unknown = public_names() - set(listed), set(listed) - public_names()
    if missing or unknown or len(listed) != len(set(listed)):
        twice = {name for name in listed if listed.count(name) > 1}
        raise ApiError(f"book/api.yml: missing {sorted(missing)}, unknown {sorted(unknown)}, twice {sorted(twice)}")
    pairs = [{language: f"(api)=\n{text}" for language, text in _HEAD.items()}]
    for group in groups:
        title = {language: split_text(group["title"], language) for language in ("zh", "en")}
        pairs.append({language: f"(api-{group['label']})=\n## {title[language]}" for language in title})
        elsewhere = group.get("chapters", {})
        if strangers := elsewhere.keys() - group["entries"].keys():
            raise ApiError(f"book/api.yml: chapters of {group['label']} has {sorted(strangers)}, which it has not")
        for name, summary in group["entries"].items():
            pairs.append(_entry(name, summary, _chapter(root, elsewhere.get(name, group.get("chapter")))))
    cells = [
        {
            "cell_type": "markdown",
            "id": f"api-{number:03d}-{language}",
            "metadata": {"tags": [language], "counterpart": source_hash(pair[other])},
            "source": pair[language],
        }
        for number, pair in enumerate(pairs)
        for language, other in (("zh", "en"), ("en", "zh"))
    ]
    return dump(normalize({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def _chapter(root: Path, chapter: str | None) -> str | None:
    """The label of a chapter's title; None where the chapter is not written yet."""
    path = root / "chapters" / f"{chapter}.ipynb"
    if chapter is None or not path.exists():
        return None
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    label = re.match(r"\(([\w-]+)\)=\n# ", first)
    if label is None:
        raise ApiError(f"chapters/{chapter}.ipynb must begin with a labelled title, (label)= and # title")
    return label[1]


def _entry(name: str, summary: str, chapter: str | None) -> dict[str, str]:
    thing: Any = optimlib
    for part in name.split("."):
        thing = getattr(thing, part)
    documentation = inspect.getdoc(thing)
    if not documentation:
        raise ApiError(f"optimlib.{name} has no docstring")
    if BAR in documentation:
        raise ApiError(f"the docstring of optimlib.{name} has the character {BAR}, which pages cannot show")
    kind = "api" if inspect.isclass(thing) else "api-function"  # labels ignore case: Sweep and sweep need two
    head = f"({kind}-{name.replace('.', '-').replace('_', '-')})=\n### `{name}`\n\n"
    call = f"```python\n{_signature(name, thing)}\n```\n\n" if _signature(name, thing) else ""
    body = f"```text\n{documentation}\n```"
    zh, en = (f"\n\n{word}{{ref}}`{chapter}`" if chapter else "" for word in ("讲解：", "Explained in "))
    return {"zh": f"{head}{summary}\n\n{call}{body}{zh}", "en": f"{head}{call}{body}{en}"}


def _signature(name: str, thing: Any) -> str:
    """How the thing is called: names and defaults without types; empty for protocols and results."""
    if getattr(thing, "_is_protocol", False):
        return ""
    parameters = []
    for parameter in inspect.signature(thing).parameters.values():
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        parameters.append(f"{star}{parameter.name}{default}")
    line = f"{name}({', '.join(parameters)})"
    return line if len(line) <= 80 else f"{name}(\n    " + ",\n    ".join(parameters) + ",\n)"


def _default(value: Any) -> str:
    if dataclasses.is_dataclass(value):
        return repr(value)
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
