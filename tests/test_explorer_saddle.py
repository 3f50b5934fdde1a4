"""SaddleExplorer: paths bit for bit, noise included; growth against the linear theory; the page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, engine, live, same, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_sheet, click_and_tap, press, settings_of

from optimlib.explorers import SaddleExplorer
from optimlib.explorers.draws import Draws

GLUE = """
globalThis.escape = (name, settings, seed) => {
  const path = [], steps = saddleEscape(name, settings, seed);
  saddleEscape(name, settings, seed, path);
  return JSON.stringify([steps, bytes(path)]);
};
globalThis.median = (name, settings) => JSON.stringify(saddleMedian(name, settings));
globalThis.growth = (lr, beta) => JSON.stringify(bytes([saddleGrowth(lr, beta)]));
globalThis.draw = (seed) => {
  const d = makeDraws(seed);
  const whole = [d.bits(), d.bits(), d.below(1000), ...d.permutation(12)];
  return JSON.stringify([whole, bytes([d.uniform(), d.normal(), d.normal()])]);
};
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("SaddleExplorer", GLUE)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_numbers_are_equal(js: MiniRacer, seed: int) -> None:
    whole, real = call(js, "draw", seed)
    d = Draws(seed)
    assert whole == [d.bits(), d.bits(), d.below(1000), *d.permutation(12)]
    same(real, [d.uniform(), d.normal(), d.normal()])


def test_random_numbers_are_random() -> None:
    draws = Draws(7)
    normal = np.array([draws.normal() for _ in range(20_000)])
    assert abs(normal.mean()) < 0.03
    assert abs(normal.var() - 1) < 0.05
    uniform = np.array([draws.uniform() for _ in range(20_000)])
    assert np.histogram(uniform, 10, (0, 1))[0] == pytest.approx(2000, abs=200)
    assert abs(np.corrcoef(uniform[1:], uniform[:-1])[0, 1]) < 0.03
    assert sorted(draws.permutation(50)) == list(range(50))


@settings(max_examples=220, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_paths_are_bit_for_bit_equal(js: MiniRacer, data: st.DataObject) -> None:
    explorer = SaddleExplorer(
        offset=data.draw(st.floats(1e-12, 0.1)),
        lr=data.draw(st.floats(0.02, 0.5)),
        beta=data.draw(st.floats(0.0, 0.99)),
        noisy=data.draw(st.booleans()),
        sigma=data.draw(st.floats(1e-8, 0.1)),
    )
    seed, index = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 2))
    optimizer = explorer.optimizers[index]
    expected = explorer.path(optimizer, seed)
    steps, path = call(js, "escape", type(optimizer).__name__, explorer.settings, seed)
    assert steps == (len(expected) - 1 if abs(expected[-1, 1]) > 0.5 else -1)
    same(" ".join(path.split()[: expected.size]), expected)


def test_medians_agree(js: MiniRacer) -> None:
    explorer = SaddleExplorer(1e-9, noisy=True, sigma=1e-4)
    for optimizer in explorer.optimizers:
        assert call(js, "median", type(optimizer).__name__, explorer.settings) == explorer.steps(optimizer)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(lr=st.floats(0.005, 0.5), beta=st.floats(0.0, 0.99))
def test_growth_is_the_largest_eigenvalue(js: MiniRacer, lr: float, beta: float) -> None:
    explorer = SaddleExplorer(lr=lr)
    same(call(js, "growth", lr, beta), [explorer.growth(beta)])
    step = np.array([[1 + lr, -lr * beta], [-1.0, beta]])  # (y, u) ↦ (y − η(βu − y), βu − y)
    assert explorer.growth(beta) == pytest.approx(abs(np.linalg.eigvals(step)).max(), rel=1e-12)


def test_each_decade_costs_as_many_steps() -> None:
    explorer = SaddleExplorer(lr=0.05)
    steps = [explorer.steps(explorer.optimizers[0], 10.0**e) for e in range(-12, -3)]
    assert np.diff(steps) == pytest.approx(-np.log(10) / np.log(1.05), abs=1.01)
    noisy = SaddleExplorer(lr=0.05, noisy=True, sigma=0.001)
    assert noisy.steps(noisy.optimizers[0], 1e-12) == noisy.steps(noisy.optimizers[0], 1e-9) < 0.4 * steps[0]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"offset": 0.0}, ValueError, "offset must be a number from 1e-12 to 0.1, got 0.0"),
        ({"noisy": 1}, TypeError, "noisy must be True or False, got 1"),
        ({"beta": 1.0}, ValueError, "beta must be a number from 0 to 0.99"),
        ({"sigma": np.nan}, ValueError, "sigma must be a finite number"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        SaddleExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, SaddleExplorer, lambda row: row.startswith("Adam"))  # no rate of growth


def test_mouse_and_finger_choose_the_offset(tmp_path: Path, new_page: Any) -> None:
    click_and_tap(tmp_path, new_page, SaddleExplorer, "escape", "offset")


def test_keys_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, SaddleExplorer()))
    done = figure.locator(".ole-done")
    assert done.count() == 0
    assert not figure.locator("input[data-key='sigma']").is_visible()
    press(page, figure, "beta", "End")
    assert done.count() == 1
    press(page, figure, "offset", "Home")
    press(page, figure, "noisy", "Space")
    assert figure.locator("input[data-key='sigma']").is_visible()
    press(page, figure, "sigma", "ArrowRight", 40)
    assert done.count() == 2
    explorer = SaddleExplorer(**settings_of(figure))
    shown = [row.locator("td").first.inner_text() for row in figure.locator(".ole-results tbody tr").all()]
    assert list(map(int, shown)) == [explorer.steps(o) for o in explorer.optimizers]
    press(page, figure, "noisy", "Space")
    press(page, figure, "lr", "Home")
    assert done.count() == 3
