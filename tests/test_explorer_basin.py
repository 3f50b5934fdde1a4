"""BasinExplorer: every cell of the browser's map is optimlib's, and the page stays awake while it fills."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, doubles, engine, live, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_hands, check_sheet, click_and_tap, press, settings_of

from optimlib import OPTIMIZERS, descend, surface
from optimlib.explorers import BasinExplorer
from optimlib.explorers.basin_explorer import RULES, VIEWS

GLUE = """
globalThis.ends = (name, rule, lr, starts) => {
  const surface = makeSurface(name);
  return JSON.stringify(starts.map(([x, y]) => basinOf(surface, rule, lr, x, y)));
};
globalThis.path = (name, rule, lr, x, y) => {
  const all = [];
  basinOf(makeSurface(name), rule, lr, x, y, all);
  return JSON.stringify(bytes(all));
};
globalThis.map = (surface, optimizer, lr) => {
  const state = basins({ surface, optimizer, lr });
  let calls = 1;
  while (!state.advance()) calls++;
  return JSON.stringify([Array.from(state.cells), calls, basinShares(state.cells, state.surface.minimizers.length)]);
};
globalThis.order = () => JSON.stringify(basinOrder());
globalThis.views = () => JSON.stringify(BASIN_VIEWS);
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("BasinExplorer", GLUE)


@settings(max_examples=220, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_ends_agree(js: MiniRacer, data: st.DataObject) -> None:
    name, rule = data.draw(st.sampled_from(sorted(VIEWS))), data.draw(st.sampled_from(RULES))
    lr = data.draw(st.floats(0.001, 1.0))
    seed = data.draw(st.integers(0, 2**32 - 1))
    (x0, x1), (y0, y1) = VIEWS[name]
    starts = np.random.default_rng(seed).uniform((x0, y0), (x1, y1), (8, 2))
    expected = BasinExplorer(name, rule, lr).ends(starts)
    assert call(js, "ends", name, rule, lr, starts.tolist()) == expected.tolist()


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(name=st.sampled_from(sorted(VIEWS)), lr=st.floats(0.001, 1.0), u=st.floats(0, 1), v=st.floats(0, 1))
def test_paths_are_bit_for_bit_equal(js: MiniRacer, rule: str, name: str, lr: float, u: float, v: float) -> None:
    (x0, x1), (y0, y1) = VIEWS[name]
    start = [x0 + u * (x1 - x0), y0 + v * (y1 - y0)]
    run = descend(OPTIMIZERS[rule](lr=lr), surface(name), start, 300)
    path = doubles(call(js, "path", name, rule, lr, *start)).reshape(-1, 2)
    known = run.theta[: 301 if run.diverged_at < 0 else run.diverged_at]
    np.testing.assert_array_equal(path[: len(known)], known)  # the browser's goes on until θ itself overflows


@pytest.mark.parametrize(("name", "rule", "lr"), [("himmelblau", "Momentum", 0.01), ("double_well", "Adam", 0.3)])
def test_the_whole_map_agrees(js: MiniRacer, name: str, rule: str, lr: float) -> None:
    cells, calls, shares = call(js, "map", name, rule, lr)
    expected = BasinExplorer(name, rule, lr).cells()
    np.testing.assert_array_equal(np.reshape(cells, expected.shape), expected)
    assert calls == expected.size // 16
    assert shares["diverged"] == pytest.approx((expected == -1).mean())
    assert shares["minima"] == pytest.approx([(expected == k + 1).mean() for k in range(len(shares["minima"]))])
    assert shares["frayed"] == pytest.approx((np.diff(expected, axis=1) != 0).mean())


def test_every_cell_comes_once_and_views_are_equal(js: MiniRacer) -> None:
    order = call(js, "order")
    assert sorted(cell for cell, _ in order) == list(range(96 * 72))
    assert [stride for _, stride in order] == sorted((stride for _, stride in order), reverse=True)
    assert call(js, "views") == json.loads(json.dumps(VIEWS))


def test_momentum_frays_the_borders(js: MiniRacer) -> None:
    smooth = call(js, "map", "himmelblau", "SGD", 0.002)[2]["frayed"]
    assert call(js, "map", "himmelblau", "Momentum", 0.01)[2]["frayed"] > 5 * smooth


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"surface": "himelblau"}, ValueError, "surface must be one of .* did you mean 'himmelblau'"),
        ({"optimizer": "Newton"}, ValueError, "optimizer must be one of SGD, Momentum"),
        ({"lr": 2.0}, ValueError, "lr must be a number from 0.001 to 1, got 2.0"),
        ({"start": (9.0, 0.0)}, ValueError, r"start\[0\] must be a number from -6 to 6"),
        ({"start": (1.0,)}, ValueError, "start must be"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        BasinExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, BasinExplorer)


def test_the_page_stays_awake_and_the_map_ends_like_pythons(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, BasinExplorer()))
    page.evaluate("""() => {
      const ask = window.requestAnimationFrame;
      window.asked = 0;
      window.requestAnimationFrame = (f) => { window.asked += 1; return ask(f); };
    }""")
    press(page, figure, "lr", "ArrowRight")
    assert page.evaluate("window.asked") > 6  # a slice of the map in each of many frames
    cells = BasinExplorer(lr=settings_of(figure)["lr"]).cells()
    for k in range(4):
        shown = figure.locator(".ole-results tbody tr").nth(k).locator("td").last.inner_text()
        assert float(shown.rstrip("%")) == pytest.approx(100 * (cells == k + 1).mean(), abs=0.06)
    assert page.records.errors == []


def test_hands_move_the_start(tmp_path: Path, new_page: Any) -> None:
    click_and_tap(tmp_path, new_page, BasinExplorer, "basins", "x")
    *_, pressed = check_hands(tmp_path, new_page, BasinExplorer, 0.1, -0.1, ["ArrowLeft"])
    assert pressed["x"] == pytest.approx(BasinExplorer().x - 0.1)
