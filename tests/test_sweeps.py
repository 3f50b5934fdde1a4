"""Sweeps: the same scores from every backend to the last bit, and a best value that may be trusted."""

import joblib
import numpy as np
import pytest

import optimlib as ol

RATES = np.geomspace(1e-3, 3.0, 5)
BETAS = [0.5, 0.9, 0.99]
AXES = {"lr": RATES, "beta1": BETAS}
data, model = ol.datasets.digits(), ol.MLP((64, 16, 10))
f = ol.Quadratic(kappa=30.0, angle=0.3)


def final_loss(lr, beta1):
    return ol.descend(ol.Adam(lr=lr, beta1=beta1), f, [2.0, 1.0], 60).loss[-1]


def validation_loss(lr, beta1):
    rule = ol.Adam(lr=lr, beta1=beta1)
    return ol.fit(model, rule, data, model.init(), epochs=1, batch_size=128, progress=False).validation_loss[-1]


def by_width(width, seed):
    network = ol.MLP((64, width, 10))
    return ol.fit(network, ol.Adam(lr=0.01), data, network.init(seed), 1, 200, seed, progress=False).loss[-1]


@pytest.fixture(scope="module")
def dask_client():
    """A dask cluster of one worker process, without its web page."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("measure", [final_loss, validation_loss])
def test_scores_do_not_depend_on_the_backend(measure, dask_client):
    one_by_one = [[float(measure(lr=float(lr), beta1=b)) for b in BETAS] for lr in RATES]
    reference = ol.sweep(measure, AXES, backend="sequential")
    np.testing.assert_array_equal(reference.score, one_by_one)
    for backend, jobs in {"batched": None, "loky": 2, "threading": 2, "dask": 2}.items():
        np.testing.assert_array_equal(ol.sweep(measure, AXES, backend, jobs).score, reference.score, err_msg=backend)
    assert reference.axes == {"lr": RATES.tolist(), "beta1": BETAS}


def test_the_surrounding_choice_of_joblib_holds():
    with joblib.parallel_config(backend="threading", n_jobs=2):
        chosen = ol.sweep(by_width, {"width": [4, 8], "seed": range(3)})
    np.testing.assert_array_equal(chosen.score, ol.sweep(by_width, {"width": [4, 8], "seed": [0, 1, 2]}).score)
    assert chosen.score.shape == (2, 3)


def test_best_refuses_or_flags_the_edge_of_the_grid():
    sweep = ol.Sweep({"lr": [0.1, 1.0, 10.0], "beta1": [0.5, 0.9, 0.99]}, np.array([[5, 4, 3], [9, 2, 8], [7, 6, 9.0]]))
    assert sweep.best() == ol.sweeps.Best({"lr": 1.0, "beta1": 0.9}, 2.0, ())
    edge = ol.Sweep(sweep.axes, sweep.score.T * [1, 10, 10])
    with pytest.raises(ValueError, match=r"edge of its grid, .*wider: lr = 10.0 of \[0.1, …, 10.0\], beta1 = 0.5 of"):
        edge.best()
    assert edge.best(edge="flag") == ol.sweeps.Best({"lr": 10.0, "beta1": 0.5}, 3.0, ("lr", "beta1"))
    with pytest.raises(ValueError, match="edge must be one of refuse, flag, got 'ignore'"):
        edge.best(edge="ignore")


@pytest.mark.parametrize(
    "values",
    [[1.0], ["a", "b", "c"], [True, False], [3, 1, 2], [None, 0.1]],
    ids=["single", "names", "flags", "mixed", "none"],
)
def test_axes_without_order_have_no_edge(values):
    sweep = ol.Sweep({"a": values}, np.arange(len(values), dtype=float))
    assert sweep.best().point == {"a": values[0]}


def test_diverged_runs_are_never_the_best():
    sweep = ol.Sweep({"lr": [4.0, 3.0, 2.0, 1.0]}, np.array([-np.inf, np.nan, 1.0, 2.0]))
    assert sweep.best().point == {"lr": 2.0}
    with pytest.raises(ValueError, match="every run diverged"):
        ol.Sweep({"lr": [1.0, 2.0]}, np.array([np.nan, np.inf])).best()


def test_seeds_are_reduced_before_the_best_is_chosen():
    score = np.array([[3.0, np.nan, np.nan], [2.0, 2.5, np.nan], [3.0, 4.0, 5.0]])
    sweep = ol.Sweep({"lr": [0.1, 1.0, 10.0], "seed": [0, 1, 2]}, score)
    np.testing.assert_array_equal(sweep.over("seed").score, [np.nan, 2.5, 4.0])
    np.testing.assert_array_equal(sweep.over("seed", np.max).score, [np.nan, np.nan, 5.0])
    assert sweep.over("seed").best().point == {"lr": 1.0}
    assert sweep.over("lr").axes == {"seed": [0, 1, 2]}
    with pytest.raises(ValueError, match="axis must be one of lr, seed, got 'seeds'; did you mean 'seed'"):
        sweep.over("seeds")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ol.sweep(final_loss, {}), TypeError, r"axes must be a dict name -> values .*, got \{\}"),
        (lambda: ol.sweep(final_loss, [1.0]), TypeError, r"axes must be a dict name -> values .*, got \[1.0\]"),
        (lambda: ol.sweep(final_loss, {"lr": []}), ValueError, r"axes\['lr'\] must be a sequence .*, got \[\]"),
        (lambda: ol.sweep(final_loss, {"lr": "abc"}), ValueError, r"axes\['lr'\] must be a sequence .*, got 'abc'"),
        (lambda: ol.sweep(final_loss, {"lr": 0.1}), ValueError, r"axes\['lr'\] must be a sequence .*, got 0.1"),
        (
            lambda: ol.sweep(lambda lr: np.zeros(2), {"lr": [0.1]}),
            ValueError,
            r"measure must return one number, got shape \(2,\) at \{'lr': 0.1\}",
        ),
        (
            lambda: ol.sweep(lambda lr: 0.0, {"lr": [0.1, 0.2]}, "batched"),
            ValueError,
            r"measure must return one score for each of 2 points, got shape \(\)",
        ),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()
