"""SensitivityExplorer: U-curves and their lowest points as in Python, what scaling the loss moves, and the page."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, engine, live, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy._core._multiarray_umath import __cpu_dispatch__ as DISPATCHED
from numpy._core._multiarray_umath import __cpu_features__ as FEATURES
from py_mini_racer import MiniRacer
from study_checks import check_sheet, click_and_tap, press, settings_of

from optimlib.explorers import Sensitivity, SensitivityExplorer
from optimlib.explorers.sensitivity_runs import Waves, measure

GLUE = """
globalThis.study = (settings, stored) => {
  const { index, tracks, picked, first, least } = sensitivity(settings, stored);
  return JSON.stringify([
    index, tracks.map(({ name, finals, best }) => [name, finals, best]), picked.name, first, least,
  ]);
};
globalThis.point = (x, y, settings, stored) => JSON.stringify(nearestPoint(x, y, sensitivity(settings, stored)));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("SensitivityExplorer", GLUE)


def stored(explorer: SensitivityExplorer) -> dict[str, Any]:
    return {key: explorer.spec[key] for key in ("rates", "times", "runs")}


def random_runs(seed: int, names: int, rates: int) -> Sensitivity:
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        tables.append({})
        for k in range(names):
            losses = np.round(np.exp(rng.normal(size=(rates, 5))), 3)
            losses[rng.random(rates) < 0.3, 2:] = np.nan
            tables[-1][f"rule {k}"] = losses
    return Sensitivity(np.cumsum(rng.uniform(0.1, 1.0, rates)), np.arange(5), *tables)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(
    seed=st.integers(0, 10**6),
    names=st.integers(1, 5),
    rates=st.integers(2, 9),
    scaled=st.booleans(),
    lr=st.floats(0.05, 9.0),
)
def test_curves_and_lowest_points_agree(
    js: MiniRacer, seed: int, names: int, rates: int, scaled: bool, lr: float
) -> None:
    explorer = SensitivityExplorer(random_runs(seed, names, rates), lr=lr, scaled=scaled)
    index, tracks, picked, _, least = call(js, "study", explorer.settings, stored(explorer))
    grid = explorer.runs.rates
    assert abs(np.log(grid[index] / lr)) == pytest.approx(np.abs(np.log(grid / lr)).min())
    assert picked == explorer.optimizer
    best = explorer.best()
    for name, finals, at in tracks:
        expected = explorer.losses[name][:, -1]
        np.testing.assert_allclose(np.array(finals, dtype=float), expected, rtol=1e-3)
        if at < 0:
            assert np.isnan(best[name][1])
        else:
            assert expected[at] == pytest.approx(best[name][1])
    finals = [loss for _, loss in best.values() if np.isfinite(loss)]
    assert least == pytest.approx(min([*finals, next(iter(explorer.losses.values()))[0, 0]]), rel=1e-3)


def test_pointing_picks_the_nearest_run(js: MiniRacer) -> None:
    explorer = SensitivityExplorer()
    for name, losses in explorer.losses.items():
        for i in (4, 12, 15):
            if not np.isfinite(losses[i, -1]):
                continue
            at = [float(np.log10(explorer.runs.rates[i])), float(np.log10(losses[i, -1]))]
            found = call(js, "point", *at, explorer.settings, stored(explorer))
            assert found["lr"] == explorer.runs.rates[i]
            others = [n for n, v in explorer.losses.items() if abs(np.log10(v[i, -1]) - at[1]) < 1e-3]
            assert found["optimizer"] in [name, *others]


def test_scaling_the_loss_moves_sgd_and_leaves_adam() -> None:
    plain, scaled = SensitivityExplorer().best(), SensitivityExplorer(scaled=True).best()
    for name in ("SGD", "Momentum", "Nesterov"):
        assert plain[name][0] / scaled[name][0] == pytest.approx(1000, rel=1e-6)
    for name in ("Adagrad", "RMSprop", "Adam", "Lion"):
        assert plain[name][0] == scaled[name][0]
    runs = measure()
    assert all(np.nanmax(losses) <= 1e6 * losses[0, 0] for t in (runs.plain, runs.scaled) for losses in t.values())
    np.testing.assert_allclose(runs.scaled["Lion"], runs.plain["Lion"], rtol=1e-12)
    assert all(0 < runs.rates.searchsorted(rate) < len(runs.rates) - 1 for rate, _ in plain.values())  # inside the grid


def test_the_gradient_of_the_network_is_its_loss_s() -> None:
    objective, theta = Waves(3.0), np.random.default_rng(4).normal(size=(2, Waves.dim))
    e = 1e-6 * np.eye(Waves.dim)
    found = (objective.value(theta[:, None] + e) - objective.value(theta[:, None] - e)) / 2e-6
    np.testing.assert_allclose(found, objective.grad(theta), atol=1e-7)
    np.testing.assert_array_equal(objective.grad(theta[0]), objective.grad(theta)[0])


def test_chaotic_runs_are_the_same_on_every_processor() -> None:
    """What NumPy and BLAS do on other processors: without the instructions that this one has."""
    program = (
        "import hashlib, optimlib.explorers as e; x = e.SensitivityExplorer();"
        "print(hashlib.sha256(x.to_html().encode()).hexdigest());"
        "print(hashlib.sha256(b''.join(t[n].tobytes() for t in (x.runs.plain, x.runs.scaled) for n in t)).hexdigest())"
    )
    told = set()
    for changed in (
        {},
        {"OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "1"},
        {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2"},
        {"NPY_DISABLE_CPU_FEATURES": " ".join(f for f in DISPATCHED if FEATURES[f])},
    ):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                              env={**os.environ, **changed})  # fmt: skip
        told.add(done.stdout)
    assert len(told) == 1


def test_the_page_holds_no_nan_and_stays_small() -> None:
    explorer = SensitivityExplorer()
    assert "NaN" not in json.dumps(explorer.spec)
    assert len(explorer.to_html()) < 110_000


GOOD = {"SGD": np.ones((3, 2))}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SensitivityExplorer(runs=[1]), TypeError, "runs must be a Sensitivity or None"),
        (lambda: SensitivityExplorer(optimizer="Adm"), ValueError, "optimizer must be one of .* did you mean 'Adam'"),
        (lambda: SensitivityExplorer(lr=-1.0), ValueError, "lr must be a finite number > 0"),
        (lambda: SensitivityExplorer(scaled=None), TypeError, "scaled must be True or False"),
        (lambda: Sensitivity([3, 2, 1], [0, 1], GOOD, GOOD), ValueError, "rates must be at least two increasing"),
        (lambda: Sensitivity([0, 2, 3], [0, 1], GOOD, GOOD), ValueError, "rates must be a finite number > 0"),
        (lambda: Sensitivity([1, 2, 3], [0, 1, 2], GOOD, GOOD), ValueError, r"losses of SGD must have shape \(3, 3\)"),
        (lambda: Sensitivity([1, 2, 3], [0, 1], GOOD, {}), ValueError, "plain and scaled must have the same names"),
    ],
)
def test_bad_arguments_are_named(make: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, SensitivityExplorer)


def test_mouse_and_finger_pick_a_run(tmp_path: Path, new_page: Any) -> None:
    click_and_tap(tmp_path, new_page, SensitivityExplorer, "sensitivity", "lr")


def test_keys_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, SensitivityExplorer()))
    goals = figure.locator(".ole-goals li")
    assert figure.locator(".ole-done").count() == 0
    figure.locator("select").select_option("Momentum")
    press(page, figure, "lr", "End")
    assert "reached" in goals.nth(1).inner_text()
    rate = press(page, figure, "lr", "ArrowLeft", 67)
    assert rate == pytest.approx(0.215, rel=0.1)
    assert "reached" in goals.nth(0).inner_text()
    press(page, figure, "scaled", "Space")
    assert settings_of(figure)["scaled"] is True
    figure.locator("select").select_option("SGD")
    press(page, figure, "lr", "ArrowLeft", 120)
    assert "reached" in goals.nth(2).inner_text()
    assert page.records.errors == []
