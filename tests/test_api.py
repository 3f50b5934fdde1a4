"""The API reference: complete, fresh, with a Chinese summary and the docstring of every public name."""

import json
import re
from pathlib import Path

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
