"""LearningRateExplorer: its mathematics are optimlib's bit for bit, and hands of every kind can work it."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import study_checks as checks
from explorer_tools import call, doubles, engine, live, same, settle, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib as ol
from optimlib.explorers import LearningRateExplorer
from optimlib.explorers.learning_rate_explorer import LIMITS, STEPS

GLUE = """
globalThis.run = (settings) => {
  const { theta, loss, divergedAt, home, factor } = descentOnALine(settings);
  return JSON.stringify([bytes(theta), bytes(loss), divergedAt, bytes([home, factor])]);
};
globalThis.fields = () => JSON.stringify(FIELDS);
globalThis.regime = (product) => JSON.stringify(regimeOf(product));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("LearningRateExplorer", GLUE)


@settings(max_examples=420, derandomize=True, deadline=None, database=None)
@given(
    shape=st.sampled_from(["parabola", "wells"]), steps=st.integers(1, STEPS),
    numbers=st.fixed_dictionaries({name: st.floats(*limits) for name, limits in LIMITS.items()}),
)  # fmt: skip
def test_every_run_is_optimlibs(js: MiniRacer, shape: str, steps: int, numbers: dict[str, float]) -> None:
    explorer = LearningRateExplorer(shape, steps=steps, **numbers)
    theta, loss, diverged, ends = call(js, "run", explorer.settings)
    run = explorer.trajectory
    same(theta, run.theta)
    same(loss, run.loss)
    assert diverged == run.diverged_at
    np.testing.assert_allclose(doubles(ends), [explorer.home, explorer.factor], rtol=1e-12, atol=1e-12)


def test_the_border_is_two_over_the_curvature(js: MiniRacer) -> None:
    for curvature in (0.25, 1.0, 4.0):
        below, above = (LearningRateExplorer(lr=share * 2 / curvature, curvature=curvature) for share in (0.99, 1.01))
        assert abs(below.trajectory.theta[-1, 0]) < 2.0 < abs(above.trajectory.theta[-1, 0])
        edge = LearningRateExplorer(lr=2 / curvature, curvature=curvature).trajectory.theta[:, 0]
        np.testing.assert_array_equal(abs(edge), 2.0)
    kinds = [call(js, "regime", x) for x in (0.5, 1, 1.5, 2, 2.5)]
    assert kinds == ["smooth", "once", "overshoot", "edge", "diverge"]


def test_sliders_are_pythons_limits_and_defaults(js: MiniRacer) -> None:
    fields = {field["key"]: field for field in call(js, "fields")}
    assert {key: field["first"] for key, field in fields.items()} == LearningRateExplorer().settings
    for name, limits in {**LIMITS, "steps": (1, STEPS)}.items():
        assert (fields[name]["slider"]["min"], fields[name]["slider"]["max"]) == limits


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"shape": "well"}, ValueError, "shape must be one of parabola, wells, got 'well'; did you mean 'wells'"),
        ({"lr": 0.0}, ValueError, "lr must be a number from 0.01 to 10, got 0.0"),
        ({"lr": "1"}, TypeError, "lr must be a finite number, got '1'"),
        ({"curvature": np.nan}, ValueError, "curvature must be a finite number"),
        ({"tilt": 2.0}, ValueError, "tilt must be a number from -1.4 to 1.4"),
        ({"start": -3.0}, ValueError, "start must be"),
        ({"steps": 101}, ValueError, "steps must be an integer from 1 to 100, got 101"),
        ({"steps": 1.5}, TypeError, "steps must be an integer"),
        ({"lang": "fr"}, ValueError, "lang must be one of"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        LearningRateExplorer(**arguments)


@pytest.mark.parametrize("kwargs", [{}, {"lr": 10.0, "curvature": 10.0, "steps": 100}, {"shape": "wells", "lr": 9.0}])
def test_stored_output_is_stable_and_has_no_words(kwargs: dict) -> None:
    explorer = LearningRateExplorer(**kwargs)
    assert explorer.to_html() == LearningRateExplorer(**kwargs).to_html()
    assert not re.search(r"[\u3400-\u9fff]|｜", explorer._snapshot())
    assert len(explorer._snapshot()) < 80_000
    assert "data-spec" in explorer.to_html()
    assert ol.LearningRateExplorer is LearningRateExplorer


def test_mouse_finger_and_keys_move_the_start(new_page: Any, tmp_path: Path) -> None:
    found = checks.check_hands(tmp_path, new_page, LearningRateExplorer, 0.1, 0, ["ArrowRight"] * 10)
    np.testing.assert_allclose([settings["start"] for settings in found], -1.4, atol=0.02)


def test_slider_and_factor_plot_set_the_rate_and_goals_are_ticked(page: Any, tmp_path: Path) -> None:
    figure = live(page, write_page(tmp_path, LearningRateExplorer()))
    rate = figure.get_by_label("η learning rate")
    rate.focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert checks.settings_of(figure)["lr"] == 2
    assert "bounces for ever" in figure.locator(".ole-results").inner_text()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert "bounces ever farther" in figure.locator(".ole-results").inner_text()
    box = figure.locator(".ole-factor").bounding_box()
    page.mouse.click(box["x"] + 40 + (box["width"] - 50) * 1.5 / 2.6, box["y"] + 60)
    settle(page)
    assert checks.settings_of(figure)["lr"] == pytest.approx(1.5, abs=0.05)
    assert figure.locator(".ole-goals .ole-done").count() <= 1
    rate.fill(str(rate.evaluate("(e) => Math.round(e.max * 2 / 3)")))
    settle(page)
    assert checks.settings_of(figure)["lr"] == 1
    assert figure.locator(".ole-goals li").first.get_attribute("class") == "ole-done"
    figure.get_by_label("Objective").select_option("wells")
    settle(page)
    assert figure.get_by_label("c tilt").is_visible()
    assert not figure.get_by_label("λ curvature").is_visible()
    assert page.records.errors == []


def test_goals_can_be_reached(page: Any, tmp_path: Path) -> None:
    figure = live(page, write_page(tmp_path, LearningRateExplorer()))
    figure.evaluate("(f) => f.explorer.model.set('lr', 0.95)")
    settle(page)
    assert figure.locator(".ole-done").count() == 0  # nine steps are not one
    first = {"shape": "parabola", "curvature": 1.0, "start": -2.0, "steps": 60}
    ways = [{"lr": 1.0}, {"lr": 1.5}, {"shape": "wells", "lr": 0.15, "start": 1.7, "tilt": 0.4}]
    checks.check_goals(page, figure, [{**first, **way} for way in ways])


def test_page(tmp_path: Path, new_page: Any) -> None:
    checks.check_sheet(tmp_path, new_page, LearningRateExplorer)
