"""ConditioningExplorer: the browser's step counts are optimlib's; who notices a rotation, and who does not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import engine, live, write_page
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
  return JSON.stringify([steps, path]);
};
globalThis.colors = () => JSON.stringify(COLORS);
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("ConditioningExplorer", GLUE)


@settings(max_examples=220, derandomize=True, deadline=None, database=None)
@given(index=st.integers(0, 3), kappa=st.floats(1.0, 300.0), angle=st.floats(0.0, 1.57), lr=st.floats(0.02, 2.0))
def test_runs_agree(js: MiniRacer, index: int, kappa: float, angle: float, lr: float) -> None:
    explorer = ConditioningExplorer(kappa, angle, lr)
    rule = explorer.optimizers[index]
    steps, path = json.loads(js.eval(f"count({json.dumps(type(rule).__name__)}, {kappa!r}, {angle!r}, {lr!r})"))
    run = explorer.run(rule, steps=120)
    theta = np.reshape(path, (-1, 2))[:121]
    # Adam divides by gradients that pass 0: the last bits of cos and sin then grow.
    tolerance = 1e-9 if index == 2 else 1e-12
    np.testing.assert_allclose(theta, run.theta[: len(theta)], rtol=tolerance, atol=tolerance)
    below = run.first_below(1e-6 * run.loss[0])
    if 0 < below <= 120 and abs(run.loss[below] / run.loss[0] - 1e-6) > 1e-9:
        assert steps == below


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
    assert "reached" in goals.nth(2).inner_text()
    counts = [row.locator("td").nth(1).inner_text() for row in figure.locator(".ole-results tbody tr").all()]
    expected = ConditioningExplorer(1000.0, 0.0, rate).steps()
    assert list(map(int, counts)) == list(expected.values())
