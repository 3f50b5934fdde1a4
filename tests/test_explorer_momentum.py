"""MomentumExplorer: radius, iterates, and closed form are Python's; theory holds; every hand can work the plane."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import study_checks as checks
from explorer_tools import call, doubles, engine, live, same, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib as ol
from optimlib.explorers import MomentumExplorer
from optimlib.explorers.heavy_ball import best_for, oscillator, spectral_radius
from optimlib.explorers.learning_rate_explorer import Parabola
from optimlib.explorers.momentum_explorer import LIMITS, STEPS

GLUE = """
globalThis.all = (lr, beta, curvature, times) => {
  const at = oscillator(lr, beta, curvature, 1);
  return JSON.stringify([bytes([spectralRadius(lr, beta, curvature)]), bytes(heavyBall(lr, beta, curvature, 1, 60)),
    bytes(times.map(at)), damping(lr, beta, curvature)]);
};
globalThis.best = (kappa) => JSON.stringify(bytes(Object.values(bestFor(kappa))));
globalThis.fields = () => JSON.stringify(FIELDS);
globalThis.state = (settings) => JSON.stringify(momentumState(settings));
"""
TIMES = [*range(STEPS + 1), 1.5, 2.25, 7.9, 30.1]


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("MomentumExplorer", GLUE)


def near_the_ridge(beta: float, curvature: float, off: float) -> float:
    return float((1 - np.sqrt(beta)) ** 2 / curvature * (1 + off))


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(
    beta=st.one_of(st.floats(*LIMITS["beta"]), st.just(0.0), st.floats(1e-300, 1e-9)),
    curvature=st.floats(*LIMITS["curvature"]), product=st.floats(0.001, 4.2),
    off=st.one_of(st.none(), st.sampled_from([0.0, 1e-14, -1e-9, 1e-5])),
)  # fmt: skip
def test_radius_iterates_and_closed_form_are_pythons(
    js: MiniRacer, beta: float, curvature: float, product: float, off: float | None
) -> None:
    lr = product / curvature if off is None else max(1e-6, near_the_ridge(beta, curvature, off))
    radius, iterates, closed, _ = call(js, "all", lr, beta, curvature, TIMES)
    run = ol.descend(ol.Momentum(lr, beta), Parabola(curvature), [1.0], STEPS).theta[:, 0]
    same(radius, spectral_radius(lr, beta, curvature))
    same(iterates, run)
    found, expected = doubles(closed), oscillator(lr, beta, curvature, 1.0, TIMES)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(run).max()))
    np.testing.assert_allclose(found[: STEPS + 1], run, rtol=1e-9, atol=1e-9 * max(1.0, np.abs(run).max()))


def test_border_ridge_and_optimum_are_where_theory_has_them(js: MiniRacer) -> None:
    beta = np.linspace(0.0, 0.99, 34)
    for curvature in (0.5, 1.0, 7.0):
        border = 2 * (1 + beta) / curvature
        assert (spectral_radius(0.999 * border, beta, curvature) < 1).all()
        assert (spectral_radius(1.001 * border, beta, curvature) > 1).all()
        ridge = (1 - np.sqrt(beta)) ** 2 / curvature
        np.testing.assert_allclose(spectral_radius(ridge, beta, curvature), np.sqrt(beta), atol=1e-7)
        # Below the ridge a larger rate helps, between the ridges only β counts.
        assert (spectral_radius(0.9 * ridge, beta, curvature)[1:] > np.sqrt(beta)[1:]).all()
    for kappa in (2.0, 25.0, 100.0):
        lr, best = best_for(kappa)
        same(call(js, "best", kappa), [lr, best])
        grid = np.stack(np.meshgrid(np.linspace(0.5, 1.5, 41) * lr, np.linspace(0, 1, 201)), -1)
        worst = np.maximum(*(spectral_radius(grid[..., 0], grid[..., 1], c) for c in (1.0, kappa)))
        assert worst.min() >= np.sqrt(best) - 1e-9
        assert MomentumExplorer("two", lr=lr, beta=best, kappa=kappa).radius == pytest.approx(np.sqrt(best), abs=1e-6)
    # A matrix's eigenvalues say the same as the formula.
    for lr, b in ((0.1, 0.9), (1.5, 0.2), (3.9, 0.8), (0.3, 0.0)):
        step = np.array([[1 - lr, -lr * b], [1.0, b]])
        assert abs(np.linalg.eigvals(step)).max() == pytest.approx(spectral_radius(lr, b, 1.0), rel=1e-7)


@pytest.mark.parametrize(
    ("lr", "beta", "kind"),
    [(0.1, 0.2, "over"), (0.25, 0.25, "critical"), (0.1, 0.9, "under"), (3.5, 0.7, "unstable"), (1.9, 0.0, "flipping")],
)
def test_names_of_motions_fit_the_iterates(js: MiniRacer, lr: float, beta: float, kind: str) -> None:
    *_, found = call(js, "all", lr, beta, 1.0, TIMES)
    assert found == kind
    (run,) = MomentumExplorer(lr=lr, beta=beta).trajectories
    theta = run.theta[:, 0]
    turns = int((theta[1:] * theta[:-1] < 0).sum())
    expected = {"over": turns == 0, "critical": turns == 0, "under": 0 < turns < 30, "flipping": turns == STEPS}
    assert expected.get(kind, abs(theta[-1]) > 1)


def test_sliders_are_pythons_limits_and_defaults(js: MiniRacer) -> None:
    fields = {field["key"]: field for field in call(js, "fields")}
    assert {key: field["first"] for key, field in fields.items()} == MomentumExplorer().settings
    for name, limits in LIMITS.items():
        assert (fields[name]["slider"]["min"], fields[name]["slider"]["max"]) == limits
    state = call(js, "state", MomentumExplorer("two").settings)
    assert state["radius"] == MomentumExplorer("two").radius


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"mode": "three"}, ValueError, "mode must be one of one, two, got 'three'"),
        ({"lr": 0.0}, ValueError, "lr must be a number from 0.001 to 10, got 0.0"),
        ({"beta": 1.0}, ValueError, "beta must be a number from 0 to 0.9999, got 1.0"),
        ({"beta": None}, TypeError, "beta must be a finite number, got None"),
        ({"curvature": 11.0}, ValueError, "curvature must be a number from 0.5 to 10"),
        ({"kappa": 1.0}, ValueError, "kappa must be a number from 2 to 100"),
        ({"lang": "fr"}, ValueError, "lang must be one of"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        MomentumExplorer(**arguments)


@pytest.mark.parametrize("kwargs", [{}, {"mode": "two", "kappa": 100.0, "lr": 10.0}, {"beta": 0.0, "lr": 4.0}])
def test_stored_output_is_stable_and_has_no_words(kwargs: dict) -> None:
    explorer = MomentumExplorer(**kwargs)
    assert explorer.to_html() == MomentumExplorer(**kwargs).to_html()
    assert not re.search(r"[\u3400-\u9fff]|｜", explorer._snapshot())
    assert len(explorer._snapshot()) < 90_000
    assert ol.MomentumExplorer is MomentumExplorer


def test_mouse_finger_and_keys_move_the_point(new_page: Any, tmp_path: Path) -> None:
    keys = ["Shift+ArrowRight"] * 4 + ["ArrowDown"] * 10
    *dragged, pressed = checks.check_hands(tmp_path, new_page, MomentumExplorer, 0.2, 0.1, keys)
    for found in dragged:
        np.testing.assert_allclose([found["lr"], found["beta"]], [0.94, 0.8], atol=0.012)
    np.testing.assert_allclose([pressed["lr"], pressed["beta"]], [0.9, 0.8], atol=1e-12)


def test_goals_can_be_reached(page: Any, tmp_path: Path) -> None:
    figure = live(page, write_page(tmp_path, MomentumExplorer()))
    lr, beta = best_for(64.0)
    ways = [
        {"lr": 3.2, "beta": 0.95},
        {"lr": 0.3, "beta": 0.75},
        {"mode": "two", "kappa": 64.0, "lr": lr, "beta": beta},
    ]
    checks.check_goals(page, figure, ways)
    assert figure.locator(".ole-results tbody tr").count() == 2


def test_page(tmp_path: Path, new_page: Any) -> None:
    checks.check_sheet(tmp_path, new_page, MomentumExplorer)
