"""SecondMomentExplorer: runs and effective rates bit for bit, what the story claims, and the page."""

from pathlib import Path
from typing import Any

import pytest
from explorer_tools import call, engine, live, same, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_sheet, press, settings_of

from optimlib.explorers import SecondMomentExplorer
from optimlib.explorers.second_moment_explorer import JUMPS

GLUE = """
globalThis.run = (name, settings) => {
  const { theta, rate } = momentRun(name, { ...settings, period: Number(settings.jumps) });
  return JSON.stringify([...theta, ...rate].map((values) => bytes(values)));
};
globalThis.study = (settings) =>
  JSON.stringify(secondMoments(settings).runs.map(({ name, recovery }) => [name, ...recovery]));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("SecondMomentExplorer", GLUE)


CASES = {
    "share": st.floats(0.005, 1.0),
    "jumps": st.sampled_from(JUMPS),
    "sigma": st.floats(0.0, 4.0),
    "seed": st.integers(1, 20),
}


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_runs_and_effective_rates_are_bit_for_bit_equal(js: MiniRacer, data: st.DataObject) -> None:
    explorer = SecondMomentExplorer(**{key: data.draw(values, key) for key, values in CASES.items()})
    optimizer = explorer.optimizers[data.draw(st.integers(0, 2))]
    with pytest.MonkeyPatch.context() as patch:  # a fifth of the run proves as much
        patch.setattr("optimlib.explorers.second_moment_explorer.STEPS", 400)
        theta, rates = explorer.run(optimizer)
    found = call(js, "run", type(optimizer).__name__, explorer.settings)
    for text, expected in zip(found, [*theta.T, *rates.T], strict=True):
        same(" ".join(text.split()[: len(expected)]), expected)


@pytest.mark.parametrize("jumps", JUMPS)
def test_recoveries_agree(js: MiniRacer, jumps: str) -> None:
    explorer = SecondMomentExplorer(1.0, jumps)
    for name, dense, sparse in call(js, "study", explorer.settings):
        theta, _ = explorer.run(next(o for o in explorer.optimizers if type(o).__name__ == name))
        assert [dense, sparse] == [explorer.recovery(theta[:, i]) for i in range(2)]


def test_adagrad_tires_and_rmsprop_does_not(js: MiniRacer) -> None:
    found = {name: dense for name, dense, _ in call(js, "study", SecondMomentExplorer(1.0, 200).settings)}
    assert min(found["Adagrad"][-3:]) > 5 * found["Adagrad"][0]
    for name in ("RMSprop", "Adam"):
        assert max(found[name]) <= 1.3 * found[name][0]


def test_the_sparse_coordinate_takes_longer_steps() -> None:
    explorer = SecondMomentExplorer(0.02)
    for optimizer in explorer.optimizers:
        _, rates = explorer.run(optimizer)
        assert rates[-1, 1] > 2 * rates[-1, 0]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"share": 0.0}, ValueError, "share must be a number from 0.005 to 1, got 0.0"),
        ({"jumps": 300}, ValueError, "jumps must be one of 0, 1000, 400, 200, got '300'"),
        ({"sigma": -1.0}, ValueError, "sigma must be a number from 0 to 4"),
        ({"seed": 0}, ValueError, "seed must be an integer >= 1"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        SecondMomentExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, SecondMomentExplorer)


def test_keys_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, SecondMomentExplorer()))
    goals = figure.locator(".ole-goals li")
    assert figure.locator(".ole-done").count() == 0
    press(page, figure, "share", "Home")
    assert "reached" in goals.nth(0).inner_text()
    figure.locator("select").select_option("400")
    press(page, figure, "seed", "ArrowRight")
    assert settings_of(figure)["seed"] == 2
    assert settings_of(figure)["jumps"] == "400"
    assert "reached" in goals.nth(1).inner_text()
    figure.locator("select").select_option("200")
    press(page, figure, "sigma", "End")
    assert "reached" in goals.nth(2).inner_text()
    assert page.records.errors == []
