"""The API reference: complete, fresh, with a Chinese summary and the docstring of every public name."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from book.api import TARGET, ApiError, api_notebook, public_names
from book.build import ROOT


def test_the_stored_reference_is_what_the_docstrings_say() -> None:
    assert (ROOT / TARGET).read_text(encoding="utf-8") == api_notebook(ROOT), "run: python -m book api"


def test_every_public_name_has_an_entry_in_both_languages() -> None:
    cells = json.loads((ROOT / TARGET).read_text(encoding="utf-8"))["cells"]
    for language in ("zh", "en"):
        prose = "\n".join("".join(cell["source"]) for cell in cells if cell["metadata"]["tags"] == [language])
        entries = set(re.findall(r"^### `(.+)`$", prose, re.M))
        assert entries == public_names()
    assert {"Adam", "descend", "plots.lines", "datasets.digits"} <= public_names()


def test_every_summary_is_one_chinese_sentence() -> None:
    groups = yaml.safe_load((ROOT / "book" / "api.yml").read_text(encoding="utf-8"))
    for group in groups:
        for name, summary in group["entries"].items():
            assert re.search("[\u4e00-\u9fff]", summary), name
            assert summary.endswith("。"), name
            assert "\n" not in summary, name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    descend:", "    descent:", r"missing \['descend'\], unknown \['descent'\]"),
        ("    AdamW:", "    Adam:", "missing .*'AdamW'"),
    ],
)
def test_a_name_that_is_missing_or_unknown_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "book").mkdir()
    text = (ROOT / "book" / "api.yml").read_text(encoding="utf-8")
    (tmp_path / "book" / "api.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ApiError, match=message):
        api_notebook(tmp_path)


def _with_groups(tmp_path: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """A root whose api.yml has been changed."""
    groups = yaml.safe_load((ROOT / "book" / "api.yml").read_text(encoding="utf-8"))
    for group in groups:
        group.pop("chapter", None)
        group.pop("chapters", None)
    change(groups)
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "api.yml").write_text(
        yaml.safe_dump(groups, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return tmp_path


def _write_chapter(root: Path, name: str, title: str) -> None:
    path = root / "chapters" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [{"source": [f"{title}\n", "\n", "text"]}]}), encoding="utf-8")


def test_an_entry_refers_to_its_chapter_as_soon_as_that_is_written(tmp_path: Path) -> None:
    def change(groups: list[dict[str, Any]]) -> None:
        basic = next(group for group in groups if "Nesterov" in group["entries"])
        basic |= {"chapter": "03/ball", "chapters": {"SGD": "03/descent"}}

    root = _with_groups(tmp_path, change)
    assert "{ref}" not in api_notebook(root)
    _write_chapter(root, "03/ball", "(heavy-ball)=\n# The ball")
    cells = ["".join(cell["source"]) for cell in json.loads(api_notebook(root))["cells"]]
    referring = [cell for cell in cells if "{ref}" in cell]
    assert [re.findall("### `(.+)`", cell)[0] for cell in referring[::2]] == ["Momentum", "EMAMomentum", "Nesterov"]
    assert referring[0].endswith("```\n\n讲解：{ref}`heavy-ball`")
    assert referring[1].endswith("```\n\nExplained in {ref}`heavy-ball`")
    _write_chapter(root, "03/descent", "# No label")
    with pytest.raises(ApiError, match=r"chapters/03/descent.ipynb must begin with a labelled title"):
        api_notebook(root)


def test_only_entries_of_a_group_can_be_explained_elsewhere(tmp_path: Path) -> None:
    root = _with_groups(tmp_path, lambda groups: groups[0].update(chapters={"Adan": "03/x"}))
    with pytest.raises(ApiError, match=r"chapters of descent has \['Adan'\], which it has not"):
        api_notebook(root)
