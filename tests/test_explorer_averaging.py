"""AveragingExplorer: noise, averages, and weights are Python's bit for bit; they are those of optimlib's rules."""

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
from optimlib.explorers import AveragingExplorer
from optimlib.explorers.averaging_explorer import LENGTH, LIMITS, SEEDS, SIGNALS

GLUE = """
globalThis.all = (settings) => {
  const { truth, g, raw, corrected, weights, total, errors } = averages(settings);
  return JSON.stringify([truth, g, raw, corrected, weights, [total], errors].map(bytes));
};
globalThis.fields = () => JSON.stringify(FIELDS);
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("AveragingExplorer", GLUE)


@settings(max_examples=250, derandomize=True, deadline=None, database=None)
@given(
    signal=st.sampled_from(SIGNALS), t=st.integers(1, LENGTH), seed=st.integers(0, SEEDS),
    numbers=st.fixed_dictionaries({name: st.floats(*limits) for name, limits in LIMITS.items()}),
)  # fmt: skip
def test_noise_averages_and_weights_are_pythons(js: MiniRacer, signal: str, t: int, seed: int, numbers: dict) -> None:
    explorer = AveragingExplorer(signal, t=t, seed=seed, **numbers)
    curves = explorer.curves
    *found, total, errors = call(js, "all", explorer.settings)
    for text, expected in zip(found, curves.values(), strict=True):
        same(text, expected)
    same(total, explorer.total)
    expected = [np.sqrt(np.mean((curves[name] - curves["truth"]) ** 2)) for name in ("raw", "corrected")]
    np.testing.assert_allclose(doubles(errors), expected, rtol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999])
def test_the_averages_are_those_of_the_rules(beta: float) -> None:
    explorer = AveragingExplorer("jump", beta=beta, t=40)
    g, curves = explorer.curves["g"], explorer.curves
    rule, adam = ol.EMAMomentum(beta=beta), ol.Adam(beta1=beta)
    state, adams = rule.init(np.zeros(1)), adam.init(np.zeros(1))
    for k in range(LENGTH):
        _, state = rule.update(g[k : k + 1], state)
        _, adams = adam.update(g[k : k + 1], adams)
        assert state["m"][0] == adams["m"][0] == curves["raw"][k]
    np.testing.assert_allclose(curves["weights"] @ g[:40], curves["raw"][39], rtol=1e-12, atol=1e-14)
    assert curves["weights"].sum() == pytest.approx(explorer.total, rel=1e-12)
    assert explorer.total == pytest.approx(1 - beta**40, rel=1e-12)
    # Without noise a constant comes out exactly from the corrected average, and shrunk from the other.
    still = AveragingExplorer(beta=beta, noise=0.0).curves
    np.testing.assert_allclose(still["corrected"], 1.0, rtol=1e-10)
    np.testing.assert_allclose(still["raw"], 1 - beta ** np.arange(1.0, LENGTH + 1), rtol=1e-10)


def test_the_noise_is_standard_and_the_signal_as_told() -> None:
    noise = np.concatenate([AveragingExplorer(noise=1.0, seed=seed).curves["g"] - 1 for seed in range(40)])
    assert abs(noise.mean()) < 3 / np.sqrt(noise.size)
    assert noise.std() == pytest.approx(1.0, abs=0.05)
    assert not np.array_equal(AveragingExplorer(seed=1).curves["g"], AveragingExplorer(seed=2).curves["g"])
    wave = AveragingExplorer("wave").truth
    assert (wave.min(), wave.max()) == pytest.approx((0.2, 1.8))


def test_sliders_are_pythons_limits_and_defaults(js: MiniRacer) -> None:
    fields = {field["key"]: field for field in call(js, "fields")}
    assert {key: field["first"] for key, field in fields.items()} == AveragingExplorer().settings
    for name, limits in {**LIMITS, "t": (1, LENGTH), "seed": (0, SEEDS)}.items():
        assert (fields[name]["slider"]["min"], fields[name]["slider"]["max"]) == limits
    assert tuple(value for value, _ in fields["signal"]["choices"]) == SIGNALS


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (
            {"signal": "waves"},
            ValueError,
            "signal must be one of constant, jump, wave, got 'waves'; did you mean 'wave'",
        ),
        ({"beta": 1.0}, ValueError, "beta must be a number from 0 to 0.9999, got 1.0"),
        ({"beta": "0.9"}, TypeError, "beta must be a finite number, got '0.9'"),
        ({"noise": -0.1}, ValueError, "noise must be a number from 0 to 1, got -0.1"),
        ({"t": 0}, ValueError, "t must be an integer >= 1, got 0"),
        ({"t": 101}, ValueError, "t must be an integer from 1 to 100"),
        ({"seed": -1}, ValueError, "seed must be an integer >= 0"),
        ({"lang": "fr"}, ValueError, "lang must be one of"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        AveragingExplorer(**arguments)


@pytest.mark.parametrize(
    "kwargs", [{}, {"signal": "wave", "beta": 0.0, "t": 100}, {"beta": 0.9999, "noise": 0.0, "t": 1}]
)
def test_stored_output_is_stable_and_has_no_words(kwargs: dict) -> None:
    explorer = AveragingExplorer(**kwargs)
    assert explorer.to_html() == AveragingExplorer(**kwargs).to_html()
    assert not re.search(r"[\u3400-\u9fff]|｜", explorer._snapshot())
    assert len(explorer._snapshot()) < 120_000
    assert ol.AveragingExplorer is AveragingExplorer


def test_page(tmp_path: Path, new_page: Any) -> None:
    checks.check_sheet(tmp_path, new_page, AveragingExplorer)


def test_mouse_finger_and_keys_choose_the_time(new_page: Any, tmp_path: Path) -> None:
    address = write_page(tmp_path, AveragingExplorer(t=50))
    ends = []
    for hand in ("mouse", "finger", "keys"):
        page = new_page(800, has_touch=hand == "finger")
        figure = live(page, address)
        box = figure.locator(".ole-weights").bounding_box()
        x, y = box["x"] + 40 + (box["width"] - 50) * 60 / (LENGTH + 1), box["y"] + 50
        if hand == "keys":
            figure.get_by_label("t time").focus()
            for _ in range(10):
                page.keyboard.press("ArrowRight")
        elif hand == "mouse":
            page.mouse.move(x - 200, y)
            page.mouse.down()
            page.mouse.move(x, y, steps=3)
            page.mouse.up()
        else:
            page.touchscreen.tap(x, y)
        settle(page)
        ends.append(checks.settings_of(figure)["t"])
        curves = AveragingExplorer(t=ends[-1]).curves
        row = figure.locator(".ole-results tbody tr").first.locator("td")
        assert float(row.first.inner_text()) == pytest.approx(curves["raw"][ends[-1] - 1], rel=5e-3)
        assert page.records.errors == []
    assert ends == [60, 60, 60]


def test_goals_can_be_reached(page: Any, tmp_path: Path) -> None:
    figure = live(page, write_page(tmp_path, AveragingExplorer()))
    beta = figure.get_by_label("β decay rate")
    while beta.get_attribute("aria-valuetext") != "0.98":  # the goal lies on the slider's grid
        beta.press("ArrowRight")
        settle(page)
    assert figure.locator(".ole-done").count() == 1
    ways = [{"signal": "wave", "beta": 0.75, "noise": 0.6}, {"signal": "constant", "beta": 0.99, "noise": 0.05}]
    checks.check_goals(page, figure, ways)
