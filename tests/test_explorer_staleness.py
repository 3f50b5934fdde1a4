"""StalenessExplorer: iterates bit for bit, the critical learning rate against eigenvalues, and the page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, engine, live, same, settle, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_hands, check_sheet, click_and_tap, press

from optimlib.explorers import StalenessExplorer

GLUE = """
globalThis.run = (lr, tau) => JSON.stringify(bytes(staleRun(lr, tau)));
globalThis.rates = (tau) => JSON.stringify([criticalRate(tau), fastestRate(tau)]);
globalThis.all = (lr, tau) => JSON.stringify(staleness({ lr, tau }));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("StalenessExplorer", GLUE)


@settings(max_examples=250, derandomize=True, deadline=None, database=None)
@given(lr=st.floats(0.01, 2.21), tau=st.integers(0, 20))
def test_iterates_are_bit_for_bit_equal(js: MiniRacer, lr: float, tau: int) -> None:
    same(call(js, "run", lr, tau), StalenessExplorer(lr, tau).run())


def spectral_radius(lr: float, tau: int) -> float:
    companion = np.diag(np.ones(tau), -1)
    companion[0, 0] = 1.0
    companion[0, tau] -= lr
    return float(abs(np.linalg.eigvals(companion)).max())


@pytest.mark.parametrize("tau", range(21))
def test_critical_and_fastest_rates_are_those_of_the_eigenvalues(js: MiniRacer, tau: int) -> None:
    explorer = StalenessExplorer(0.5, tau)
    np.testing.assert_allclose(call(js, "rates", tau), [explorer.critical(), explorer.fastest()], rtol=1e-13)
    assert spectral_radius(explorer.critical(), tau) == pytest.approx(1, abs=1e-9)
    assert spectral_radius(explorer.critical() * 1.001, tau) > 1
    best = explorer.fastest()
    # A double root: its numerical eigenvalue is known to half the digits only.
    assert all(spectral_radius(best, tau) <= spectral_radius(best * f, tau) + 1e-6 for f in (0.9, 1.1))


def test_the_ledger_of_critical_rates() -> None:
    found = [StalenessExplorer(0.1, tau).critical() for tau in (0, 1, 2, 5, 10, 20)]
    np.testing.assert_allclose(found, [2, 1, 0.618, 0.285, 0.149, 0.0766], rtol=4e-3)


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(lr=st.floats(0.01, 2.2), tau=st.integers(0, 20))
def test_settled_means_settled(js: MiniRacer, lr: float, tau: int) -> None:
    shown = call(js, "all", lr, tau)
    x = abs(np.array(shown["stale"], dtype=float))
    t = shown["settled"]
    if t >= 0:
        assert (x[t:] < 0.01).all()
        assert t == 0 or x[t - 1] >= 0.01
        assert lr <= shown["critical"] * 1.02
    else:
        assert not x[-1] < 0.01


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"lr": 0.0}, ValueError, "lr must be a number from 0.01 to 2.21, got 0.0"),
        ({"tau": 21}, ValueError, "tau must be an integer from 0 to 20, got 21"),
        ({"tau": 1.5}, TypeError, "tau must be an integer"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        StalenessExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, StalenessExplorer)


def test_on_the_border_a_run_neither_rests_nor_diverges(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, StalenessExplorer()))
    figure.get_by_text("One step late").click()
    settle(page)
    row = figure.locator(".ole-results tbody tr").first.inner_text().split("\t")
    assert row == ["1 step old", "1", "0.25", "over 200 steps"]
    assert "swings without end" in StalenessExplorer(lr=1.0, tau=1)._alt()


def test_mouse_finger_and_keys_move_the_point(tmp_path: Path, new_page: Any) -> None:
    click_and_tap(tmp_path, new_page, StalenessExplorer, "border", "lr")
    *_, pressed = check_hands(tmp_path, new_page, StalenessExplorer, 0.2, -0.2, ["ArrowLeft", "Shift+ArrowUp"])
    assert pressed == pytest.approx({"tau": 4, "lr": 0.35})


def test_keys_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, StalenessExplorer()))
    done = figure.locator(".ole-done")
    assert done.count() == 0
    press(page, figure, "lr", "ArrowLeft")
    assert done.count() == 1  # 0.285: neither diverges nor settles
    press(page, figure, "lr", "ArrowLeft", 20)
    assert done.count() == 2  # 0.065 settles within 40 steps
    press(page, figure, "lr", "ArrowLeft", 1)
    assert press(page, figure, "tau", "ArrowRight", 5) == 10
    assert done.count() == 3
