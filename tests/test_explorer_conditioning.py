"""ConditioningExplorer: the browser's step counts are optimlib's; who notices a rotation, and who does not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, doubles, engine, live, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_sheet, click_and_tap, press

import optimlib as ol
from optimlib.explorers import ConditioningExplorer

GLUE = """
globalThis.count = (name, kappa, angle, lr) => {
  const path = [];
  const steps = conditioningSteps(name, kappa, angle, lr, path);
  return JSON.stringify([steps, bytes(path)]);
};
globalThis.colors = () => JSON.stringify(COLORS);
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("ConditioningExplorer", GLUE)


@pytest.mark.parametrize("index", range(4))
@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(kappa=st.floats(1.0, 1000.0), angle=st.floats(0.0, float(np.pi / 2)), lr=st.floats(0.01, 3.0))
def test_runs_are_bit_for_bit_equal(js: MiniRacer, index: int, kappa: float, angle: float, lr: float) -> None:
    explorer = ConditioningExplorer(kappa, angle, lr)
    rule = explorer.optimizers[index]
    steps, path = call(js, "count", type(rule).__name__, kappa, angle, lr)
    run = explorer.run(rule, steps=150)
    theta = doubles(path).reshape(-1, 2)[:151]
    # Newton's system of equations is solved in another order; the others have the same arithmetic.
    tolerance = 1e-12 if index == 3 else 0.0
    np.testing.assert_allclose(theta, run.theta[: len(theta)], rtol=tolerance, atol=tolerance)
    below = run.first_below(1e-6 * run.loss[0])
    assert steps == below or (below < 0 and not 0 < steps <= 150)


@settings(max_examples=12, derandomize=True, deadline=None, database=None)
@given(kappa=st.floats(1.0, 500.0), angle=st.floats(0.0, 1.57))
def test_turning_changes_nothing_for_three_of_four(kappa: float, angle: float) -> None:
    explorer = ConditioningExplorer(kappa, angle)
    turned, upright = explorer.steps(), explorer.steps(0.0)
    for name in ("SGD", "Momentum", "Newton"):
        assert abs(turned[name] - upright[name]) <= 1, name
    assert upright["Newton"] == 1


def test_adam_does_not_see_kappa_until_the_axes_turn() -> None:
    upright = [ConditioningExplorer(kappa, 0.0).steps()["Adam"] for kappa in (10.0, 100.0, 900.0)]
    turned = [ConditioningExplorer(kappa, np.pi / 4).steps()["Adam"] for kappa in (10.0, 100.0, 900.0)]
    assert max(upright) <= 1.6 * min(upright)
    assert turned[2] > 4 * turned[0]


def test_colors_are_the_books(js: MiniRacer) -> None:
    for name, color in json.loads(js.eval("colors()")).items():
        assert ol.plots.COLORS[name] == color


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"kappa": 0.5}, ValueError, "kappa must be a number from 1 to 1000, got 0.5"),
        ({"angle": 2.0}, ValueError, "angle must be a number from 0 to 1.5708, got 2.0"),
        ({"lr": "a"}, TypeError, "lr must be a finite number, got 'a'"),
        ({"lang": "de"}, ValueError, "lang must be one of"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        ConditioningExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, ConditioningExplorer)


def test_mouse_and_finger_turn_the_bowl(tmp_path: Path, new_page: Any) -> None:
    click_and_tap(tmp_path, new_page, ConditioningExplorer, "turns", "angle")


def test_keys_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, ConditioningExplorer()))
    goals = figure.locator(".ole-goals li")
    assert figure.locator(".ole-done").count() == 0
    assert press(page, figure, "angle", "ArrowRight", 25) == pytest.approx(np.pi / 4)
    assert "reached" in goals.nth(0).inner_text()
    press(page, figure, "kappa", "ArrowLeft", 15)
    rate = press(page, figure, "lr", "ArrowRight", 20)
    assert "reached" in goals.nth(1).inner_text()
    assert press(page, figure, "kappa", "End") == 1000
    press(page, figure, "angle", "Home")
    press(page, figure, "angle", "ArrowRight", 10)
    assert "reached" in goals.nth(2).inner_text()
    counts = [row.locator("td").nth(1).inner_text() for row in figure.locator(".ole-results tbody tr").all()]
    expected = ConditioningExplorer(1000.0, np.pi / 18, rate).steps()
    assert list(map(int, counts)) == list(expected.values())
