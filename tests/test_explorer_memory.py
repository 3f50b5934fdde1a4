"""Long play leaks no memory: `python -m benchmarks.explorers memory --play 600` plays for ten minutes each."""

from pathlib import Path
from typing import Any

import pytest
from explorer_tools import live, settle, write_page

from benchmarks.explorers import example, memory, play


# The race, slices of work, pictures that are kept, results that are kept.
@pytest.mark.parametrize("name", ["DescentExplorer", "BasinExplorer", "MomentumExplorer", "ConditioningExplorer"])
def test_play_leaks_no_memory(page: Any, tmp_path: Path, name: str) -> None:
    live(page, write_page(tmp_path, example(name)))
    play(page, 16)  # until most of what the browser compiles is compiled: by 120 KB in 8 cycles at first, 40 later
    settle(page)
    before = memory(page)
    play(page, 8)
    settle(page)
    after = memory(page)
    assert after["heap"] < 1.05 * before["heap"]
    assert after["elements"] <= before["elements"] + 20  # not so many for each cycle
    assert after["listeners"] <= before["listeners"]
    assert page.records.errors == []
