"""BatchExplorer: the browser's runs are those of LinearRegression with the same batches; the page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_tools import call, doubles, engine, live, settle, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer
from study_checks import check_sheet, press, settings_of

from optimlib.explorers import BatchExplorer
from optimlib.explorers.draws import Draws
from optimlib.minibatches import ORDERS

GLUE = """
globalThis.data = () => {
  const { x, y } = batchData();
  return JSON.stringify([bytes(x), bytes(y), bytes(batchBest({ x, y }))]);
};
globalThis.run = (settings) => {
  const { w, b, loss, samples } = batchRun(batchData(), settings);
  return JSON.stringify([bytes(w), bytes(b), bytes(loss), samples]);
};
globalThis.study = (settings) =>
  JSON.stringify(batchStudy(settings).runs.map(({ steps, seen, gap }) => [steps, seen, gap]));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("BatchExplorer", GLUE)


def test_data_and_best_fit_agree(js: MiniRacer) -> None:
    x, y, best = map(doubles, call(js, "data"))
    explorer = BatchExplorer()
    X, targets = explorer.data
    np.testing.assert_array_equal(x, X[:, 0])
    np.testing.assert_array_equal(y, targets)
    np.testing.assert_allclose(best[:2], explorer.best, rtol=1e-12)
    assert best[2] == pytest.approx(float(explorer.model.loss(explorer.best, X, targets)), rel=1e-12)


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(size=st.integers(1, 40), lr=st.floats(0.001, 1.0), order=st.sampled_from(ORDERS), seed=st.integers(1, 20))
def test_runs_are_bit_for_bit_equal(js: MiniRacer, size: int, lr: float, order: str, seed: int) -> None:
    explorer = BatchExplorer(size, lr, order, seed)
    w, b, loss, samples = call(js, "run", explorer.settings)
    run = explorer.run()
    assert samples == run.samples.tolist()
    np.testing.assert_array_equal(np.column_stack([doubles(w), doubles(b)]), run.theta)
    np.testing.assert_array_equal(doubles(loss), run.loss)


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(size=st.integers(1, 40), order=st.sampled_from(ORDERS), seed=st.integers(1, 20))
def test_steps_are_those_of_linear_regression(size: int, order: str, seed: int) -> None:
    explorer = BatchExplorer(size, 0.1, order, seed)
    (X, y), model, run = explorer.data, explorer.model, explorer.run()
    np.testing.assert_allclose(run.loss, model.loss(run.theta, X, y), rtol=1e-12)
    rows = explorer._rows(Draws(seed), Draws(1000 + seed).permutation(40))[:size]
    step = -0.1 * model.grad(run.theta[0], X[rows], y[rows])
    np.testing.assert_allclose(run.theta[1] - run.theta[0], step, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_sees_what_it_says(order: str) -> None:
    explorer = BatchExplorer(order=order)
    draws, once = Draws(1), Draws(2).permutation(40)
    first, second = explorer._rows(draws, once), explorer._rows(draws, once)
    assert (sorted(first) == list(range(40))) == (order != "replacement")
    assert (first == second) == (order in ("once", "sequential"))
    assert (first == sorted(first)) == (order == "sequential")


def test_small_batches_save_samples_and_the_full_batch_comes_to_rest(js: MiniRacer) -> None:
    (full_steps, full_seen, _), (mini_steps, mini_seen, mini), (_, single_seen, single) = call(
        js, "study", BatchExplorer().settings
    )
    assert single_seen < mini_seen < full_seen
    assert abs(full_steps - mini_steps) <= 6
    long = BatchExplorer(lr=0.3)
    gaps = [long._gaps(run)[-len(run.loss) // 4 :].mean() for run in long.runs]
    assert gaps[0] < gaps[1] < gaps[2]
    assert mini < single


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"size": 41}, ValueError, "size must be an integer from 1 to 40, got 41"),
        ({"size": 2.0}, TypeError, "size must be an integer"),
        ({"order": "shuffle"}, ValueError, "order must be one of .* did you mean 'reshuffle'"),
        ({"lr": np.inf}, ValueError, "lr must be a finite number"),
        ({"by_samples": "no"}, TypeError, "by_samples must be True or False"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        BatchExplorer(**arguments)


def test_page(tmp_path: Path, new_page: Any) -> None:
    check_sheet(tmp_path, new_page, BatchExplorer, lambda row: not row.endswith("–"))  # a gap may never be reached


def test_keys_and_mouse_reach_the_goals(tmp_path: Path, page: Any) -> None:
    figure = live(page, write_page(tmp_path, BatchExplorer()))
    done = figure.locator(".ole-done")
    assert done.count() == 0
    press(page, figure, "size", "ArrowLeft", 6)
    assert settings_of(figure)["size"] == 2
    assert done.count() == 1
    press(page, figure, "lr", "ArrowLeft", 36)
    assert done.count() == 2
    press(page, figure, "lr", "ArrowRight", 64)
    assert done.count() == 3
    figure.get_by_label("against samples").click()
    settle(page)
    assert settings_of(figure)["by_samples"] is False
    figure.locator("select[data-key='order']").select_option("replacement")
    page.wait_for_function("() => document.querySelector('figure').explorer.model.get('order') === 'replacement'")
    assert page.records.errors == []
