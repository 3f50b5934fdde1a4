"""Softmax regression and `fit`: batches equal loops, equal seeds equal runs, resumed runs uninterrupted ones."""

import io
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import partial

import nbformat
import numpy as np
import pytest
import torch

import optimlib as ol
from optimlib import minibatches
from optimlib.checkpoints import describe
from optimlib.minibatches import ORDERS
from optimlib.progress import interactive

digits = ol.datasets.digits()
model = ol.SoftmaxRegression(64, 10)
theta0 = 0.1 * np.random.default_rng(0).standard_normal(model.dim)


def test_loss_and_gradient_equal_torch_autograd():
    X, y = digits.X[:50], digits.y[:50]
    theta = torch.tensor(theta0, requires_grad=True)
    logits = torch.from_numpy(X) @ theta[:640].reshape(64, 10) + theta[640:]
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(y))
    loss.backward()
    assert model.loss(theta0, X, y) == pytest.approx(loss.item(), rel=1e-14)
    np.testing.assert_allclose(model.grad(theta0, X, y), theta.grad.numpy(), rtol=0, atol=1e-15)
    right = (logits.argmax(1) == torch.from_numpy(y)).double().mean().item()
    assert model.accuracy(theta0, X, y) == pytest.approx(right)


def test_a_batch_of_weights_is_the_loop_over_them():
    X, y = digits.X[:20], digits.y[:20]
    thetas = np.random.default_rng(1).standard_normal((2, 3, model.dim))
    for method in (model.loss, model.grad, model.accuracy):
        together = method(thetas, X, y)
        for i, j in np.ndindex(2, 3):
            np.testing.assert_allclose(together[i, j], method(thetas[i, j], X, y), rtol=1e-13, atol=1e-16)


def test_views_share_memory_with_the_flat_vector():
    theta = model.init()
    W, b = model.views(theta)
    assert (W.shape, b.shape) == ((64, 10), (1, 10))
    W[3, 4], b[0, 9] = 1.0, 2.0
    assert (theta[3 * 10 + 4], theta[-1]) == (1.0, 2.0)


def test_large_scores_do_not_overflow():
    assert np.isfinite(model.loss(1e6 * theta0, digits.X, digits.y))


def test_digits_are_split_without_loss_or_overlap():
    assert (len(digits.X), len(digits.X_validation)) == (1438, 359)
    assert digits.X.min() == 0.0
    assert digits.X.max() == 1.0
    both = np.concatenate([digits.X, digits.X_validation])
    from sklearn.datasets import load_digits

    original = load_digits().data / 16.0
    np.testing.assert_array_equal(np.unique(both, axis=0), np.unique(original, axis=0))
    np.testing.assert_array_equal(ol.datasets.digits().X, digits.X)
    assert not np.array_equal(ol.datasets.digits(seed=1).X, digits.X)


def test_fit_learns_and_repeats():
    first = ol.fit(model, ol.Adam(lr=0.02), digits, model.init(), epochs=5, batch_size=32)
    again = ol.fit(model, ol.Adam(lr=0.02), digits, model.init(), epochs=5, batch_size=32)
    other = ol.fit(model, ol.Adam(lr=0.02), digits, model.init(), epochs=5, batch_size=32, seed=1)
    assert first.loss[0] == pytest.approx(np.log(10))
    assert first.loss[-1] < 0.2
    assert first.validation_accuracy[-1] > 0.95
    assert first.loss.shape == (6,)
    np.testing.assert_array_equal(first.theta, again.theta)
    assert not np.array_equal(first.theta, other.theta)


def test_fit_takes_the_steps_of_the_rule_on_shuffled_mini_batches():
    history = ol.fit(model, ol.SGD(lr=0.5), digits, model.init(), epochs=1, batch_size=500, seed=7)
    order, theta = np.random.default_rng(7).permutation(len(digits.y)), model.init()
    for rows in np.split(order, [500, 1000]):
        theta = theta - 0.5 * model.grad(theta, digits.X[rows], digits.y[rows])
    np.testing.assert_allclose(history.theta, theta, rtol=1e-13, atol=1e-16)


def test_a_sweep_of_rates_is_the_separate_runs_and_divergence_stays_apart():
    lr = np.array([0.1, 1.0, 1e306])
    together = ol.fit(model, ol.Momentum(lr=lr), digits, model.init(), epochs=2, batch_size=64)
    alone = ol.fit(model, ol.Momentum(lr=0.1), digits, model.init(), epochs=2, batch_size=64)
    np.testing.assert_allclose(together.loss[:, 0], alone.loss, rtol=1e-12)
    assert together.diverged_at[:2].tolist() == [-1, -1]
    assert together.diverged_at[2] > 0
    assert np.isnan(together.loss[-1, 2])
    assert np.isfinite(together.loss[:, :2]).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must be an integer >= 1, got 0"),
        ({"batch_size": 0}, ValueError, "batch_size must be an integer >= 1, got 0"),
        ({"batch_size": 1439}, ValueError, "batch_size must be at most the number of training samples, 1438, got 1439"),
        (
            {"start": np.zeros(3)},
            ValueError,
            r"start must be finite floats of shape \(\*batch, 650\), got shape \(3,\)",
        ),
        ({"optimizer": None}, TypeError, "optimizer must have the methods init and update"),
    ],
)
def test_bad_arguments_of_fit(options, error, message):
    good = {"optimizer": ol.SGD(), "start": model.init(), "epochs": 1, "batch_size": 32}
    with pytest.raises(error, match=message):
        ol.fit(model, data=digits, **(good | options))


# ---- mini-batches -------------------------------------------------------------------------------------------------


def test_runs_are_what_they_were_in_the_first_edition_to_the_last_bit():
    """Chapters store numbers of these runs: the plain loop, bit for bit."""
    rule, theta, rng = ol.Adam(lr=0.02), model.init(), np.random.default_rng(3)
    state = rule.init(theta)
    losses = [model.loss(theta, digits.X, digits.y)]
    for _ in range(2):
        order = rng.permutation(1438)
        for first in range(0, 1438, 100):
            rows = order[first : first + 100]
            step, state = rule.update(model.grad(theta, digits.X[rows], digits.y[rows]), state)
            theta = theta + step
        losses.append(model.loss(theta, digits.X, digits.y))
    history = ol.fit(model, rule, digits, model.init(), epochs=2, batch_size=100, seed=3)
    np.testing.assert_array_equal(history.theta, theta)
    np.testing.assert_array_equal(history.loss, losses)


def orders_of(order, n=10, epochs=3, size=4, drop_last=False):
    batches, rng = ol.MiniBatches(size, order, drop_last), np.random.default_rng(5)
    return [[rows.tolist() for rows in batches.epoch(n, rng, 5)] for _ in range(epochs)]


def test_each_order_shows_the_samples_that_it_promises():
    flat = {order: [np.concatenate(epoch).tolist() for epoch in orders_of(order)] for order in ORDERS}
    for order in ("reshuffle", "once", "sequential"):
        assert all(sorted(epoch) == list(range(10)) for epoch in flat[order])
    assert flat["sequential"] == [list(range(10))] * 3
    assert flat["once"][0] == flat["once"][1] == flat["once"][2] == flat["reshuffle"][0]
    assert flat["reshuffle"][0] != flat["reshuffle"][1]
    assert all(len(epoch) == 10 > len(set(epoch)) for epoch in flat["replacement"])
    assert flat["replacement"][0] != flat["replacement"][1]
    assert [[len(rows) for rows in epoch] for epoch in orders_of("once")] == [[4, 4, 2]] * 3
    assert [[len(rows) for rows in epoch] for epoch in orders_of("once", drop_last=True)] == [[4, 4]] * 3
    assert ol.MiniBatches(5, drop_last=True).steps(10) == ol.MiniBatches(5).steps(10) == 2


@pytest.mark.parametrize("cache", [1, 500, 2**18])
def test_samples_are_picked_together_and_come_in_the_same_batches(cache, monkeypatch):
    monkeypatch.setattr(minibatches, "CACHE", cache)
    batches, rows = ol.MiniBatches(2), np.random.default_rng(5).permutation(10)
    picked = []

    class X:
        """Counts how often samples are picked."""

        nbytes = 800

        def __getitem__(self, chosen):
            picked.append(len(chosen))
            return 10 * chosen

    seen = [*batches.samples(X(), np.arange(10), np.random.default_rng(5), 5)]
    np.testing.assert_array_equal(seen, [[10 * rows[i : i + 2], rows[i : i + 2]] for i in range(0, 10, 2)])
    assert picked == {1: [2] * 5, 500: [6, 4], 2**18: [10]}[cache]
    del X.nbytes  # how much it is cannot be told
    assert len([*batches.samples(X(), np.arange(10), np.random.default_rng(5), 5)]) == 5
    assert picked[-5:] == [2] * 5


@pytest.mark.parametrize("order", ORDERS)
def test_fit_takes_any_order(order):
    batches = ol.MiniBatches(256, order, drop_last=True)
    history = ol.fit(model, ol.Adam(lr=0.02), digits, model.init(), 2, batches, record_steps=True)
    assert history.step_loss.shape == (10,)
    assert history.loss[-1] < 1.5


# ---- what is recorded ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [model, ol.MLP((64, 8, 10))], ids=["two calls", "one call"])
def test_step_losses_are_those_of_the_mini_batches_before_their_steps(network):
    lr = np.array([0.1, 0.5])
    history = ol.fit(network, ol.SGD(lr=lr), digits, network.init(), 2, 500, seed=7, record_steps=True)
    assert history.step_loss.shape == (6, 2)
    rows = np.random.default_rng(7).permutation(1438)[:500]
    np.testing.assert_array_equal(
        history.step_loss[0], [network.loss(network.init(), digits.X[rows], digits.y[rows])] * 2
    )
    quiet = ol.fit(network, ol.SGD(lr=lr), digits, network.init(), 2, 500, seed=7)
    np.testing.assert_array_equal(quiet.theta, history.theta)
    assert quiet.step_loss is None


def test_metrics_see_the_model_and_theta_after_each_epoch():
    metrics = {
        "norm": lambda model, theta: np.linalg.norm(theta, axis=-1),
        "train": lambda model, theta: model.accuracy(theta, digits.X, digits.y),
    }
    rule = ol.SGD(lr=np.array([0.1, 1e306]))
    history = ol.fit(model, rule, digits, model.init(), 2, 500, metrics=metrics)
    assert history.metrics["norm"][0].tolist() == [0.0, 0.0]
    assert history.metrics["norm"][-1, 0] == np.linalg.norm(history.theta[0])
    assert history.metrics["train"].shape == (3, 2)
    assert np.isnan(history.metrics["norm"][-1, 1])  # diverged


def test_data_without_validation_and_models_without_accuracy():
    data = ol.datasets.Dataset(np.linspace(-1, 1, 20)[:, None], np.linspace(-1, 3, 20))
    history = ol.fit(ol.LinearRegression(1), ol.SGD(lr=0.5), data, np.zeros(2), 30, 20)
    np.testing.assert_allclose(history.theta, [2.0, 1.0], atol=1e-4)
    assert np.isnan(history.validation_loss).all()
    assert np.isnan(history.validation_accuracy).all()
    assert history.diverged_at == -1


# ---- rules that read more, and rules that are evaluated elsewhere ---------------------------------------------------


@dataclass(frozen=True)
class Greedy:
    """Halves its step until the mini-batch loss falls: reads theta and the objective."""

    reads = ("theta", "objective")

    def init(self, theta):
        return {"t": 0}

    def update(self, grad, state, theta, objective):
        np.testing.assert_array_equal(objective.grad(theta), grad)  # the same mask of dropout
        lr = 0.5
        while objective.value(theta - lr * grad) >= objective.value(theta):
            lr /= 2
        return -lr * grad, {"t": state["t"] + 1}


@dataclass(frozen=True)
class Averaged(ol.SGD):
    """The mean of all iterates counts."""

    def init(self, theta):
        return super().init(theta) | {"sum": np.zeros_like(theta), "theta": theta}

    def update(self, grad, state):
        step, new = super().update(grad, state)
        theta = state["theta"] + step
        return step, new | {"theta": theta, "sum": state["sum"] + theta}

    def evaluated(self, theta, state):
        return state["sum"] / state["t"] if state["t"] else theta


@pytest.mark.parametrize("network", [model, ol.MLP((64, 8, 10), dropout=0.3)], ids=["softmax", "dropout"])
def test_rules_may_read_theta_and_the_mini_batch_loss(network):
    history = ol.fit(network, Greedy(), digits, network.init(), 4, 128)
    assert history.loss[-1] < 0.8 * history.loss[0]


def test_rules_may_be_evaluated_at_another_point():
    plain = ol.fit(model, ol.SGD(lr=0.3), digits, model.init(), 1, 500)
    mean = ol.fit(model, Averaged(lr=0.3), digits, model.init(), 1, 500)
    assert mean.loss[0] == plain.loss[0]
    assert mean.loss[1] == model.loss(mean.theta, digits.X, digits.y) != plain.loss[1]


def test_newton_reads_the_hessian_of_a_data_loss():
    data, network = ol.datasets.breast_cancer(), ol.LogisticRegression(30)
    objective = ol.DataLoss(network, data.X, data.y)
    assert objective.dim == 31
    theta = 0.1 * np.ones(31)
    np.testing.assert_array_equal(objective.hessian(theta), network.hessian(theta, data.X, data.y))
    run = ol.descend(ol.SGD(lr=0.1), objective, theta, 20)
    assert run.loss[-1] < run.loss[0]


# ---- networks with a training mode --------------------------------------------------------------------------------

moody = ol.MLP((64, 16, 16, 10), normalization="batch", dropout=0.2, residual=0.5)


def test_dropout_and_batch_normalization_train_and_predict():
    first = ol.fit(moody, ol.Adam(lr=0.01), digits, moody.init(), 6, 64)
    again = ol.fit(moody, ol.Adam(lr=0.01), digits, moody.init(), 6, 64)
    other = ol.fit(moody, ol.Adam(lr=0.01), digits, moody.init(), 6, 64, seed=1)
    assert first.validation_accuracy[-1] > 0.9
    np.testing.assert_array_equal(first.theta, again.theta)
    assert not np.array_equal(first.theta, other.theta)
    assert first.model.loss(first.theta, digits.X_validation, digits.y_validation) == first.validation_loss[-1]
    assert moody.loss(first.theta, digits.X_validation, digits.y_validation) != first.validation_loss[-1]


def test_every_step_has_its_own_mask_and_the_statistics_follow_theta():
    rule, theta, running, t = ol.SGD(lr=0.1), moody.init(), moody.start_running(moody.init()), 0
    state, rng = rule.init(theta), np.random.default_rng(9)
    for _ in range(2):
        for rows in np.split(rng.permutation(1438), [500, 1000]):
            t += 1
            network = moody.training([9, t])
            step, state = rule.update(network.grad(theta, digits.X[rows], digits.y[rows]), state)
            theta = theta + step
            running = network.track(running, theta, digits.X[rows])
    history = ol.fit(moody, rule, digits, moody.init(), 2, 500, seed=9)
    np.testing.assert_array_equal(history.theta, theta)
    assert history.loss[-1] == moody.evaluation(running).loss(theta, digits.X, digits.y)


def test_a_sweep_of_networks_with_a_training_mode_is_the_separate_runs():
    lr = np.array([0.003, 0.03])
    together = ol.fit(moody, ol.Adam(lr=lr), digits, moody.init(), 2, 64)
    for i in range(2):
        alone = ol.fit(moody, ol.Adam(lr=lr[i]), digits, moody.init(), 2, 64)
        np.testing.assert_array_equal(together.theta[i], alone.theta)
        np.testing.assert_array_equal(together.validation_loss[:, i], alone.validation_loss)


# ---- early stopping -----------------------------------------------------------------------------------------------

# Few samples: the validation loss falls, then climbs.
overfit = ol.datasets.Dataset(digits.X[:30], digits.y[:30], digits.X_validation, digits.y_validation)


def test_early_stopping_returns_the_best_epoch():
    network, rule = ol.MLP((64, 32, 10)), ol.Adam(lr=0.02)
    full = ol.fit(network, rule, overfit, network.init(), 60, 10)
    best = int(full.validation_loss.argmin())
    assert 0 < best < 50
    stopped = ol.fit(network, rule, overfit, network.init(), 60, 10, early_stopping=ol.EarlyStopping(patience=8))
    assert stopped.best_epoch == best
    assert len(stopped.loss) == best + 8 + 1
    np.testing.assert_array_equal(stopped.validation_loss, full.validation_loss[: best + 9])
    short = ol.fit(network, rule, overfit, network.init(), best, 10)
    np.testing.assert_array_equal(stopped.theta, short.theta)
    patient = ol.fit(network, rule, overfit, network.init(), 60, 10, early_stopping=ol.EarlyStopping(patience=100))
    np.testing.assert_array_equal(patient.theta, short.theta)


def test_early_stopping_counts_only_falls_that_matter():
    network = ol.SoftmaxRegression(64, 10)
    stop = ol.EarlyStopping(patience=2, min_delta=10.0)
    history = ol.fit(network, ol.Adam(lr=0.01), digits, network.init(), 20, 200, early_stopping=stop)
    assert len(history.loss) == 3
    assert history.best_epoch == 0
    np.testing.assert_array_equal(history.theta, network.init())


def test_early_stopping_treats_each_run_of_a_batch_apart():
    lr, stop = np.array([0.003, 0.05, 1e300]), ol.EarlyStopping(patience=4)
    for network in (ol.MLP((64, 16, 10)), ol.MLP((64, 16, 10), normalization="batch")):
        together = ol.fit(network, ol.Adam(lr=lr), overfit, network.init(), 40, 10, early_stopping=stop)
        for i in range(2):
            alone = ol.fit(network, ol.Adam(lr=lr[i]), overfit, network.init(), 40, 10, early_stopping=stop)
            epochs = len(alone.loss)
            np.testing.assert_array_equal(together.theta[i], alone.theta)
            np.testing.assert_array_equal(together.validation_loss[:epochs, i], alone.validation_loss)
            assert np.isnan(together.validation_loss[epochs:, i]).all()
            ready = alone.model.loss(alone.theta, overfit.X_validation, overfit.y_validation)
            assert ready == alone.validation_loss[alone.best_epoch]
        assert together.best_epoch[2] == 0


# ---- checkpoints --------------------------------------------------------------------------------------------------


LIVES = [0]


class Killed(BaseException):
    """Ends a run from inside, as Ctrl-C does."""


@dataclass(frozen=True)
class Mortal:
    """A model whose n-th gradient never comes."""

    model: object

    def __getattr__(self, name):
        return getattr(self.model, name)

    def grad(self, theta, X, y):
        LIVES[0] -= 1
        if LIVES[0] < 0:
            raise Killed
        return self.model.grad(theta, X, y)


def assert_equal_histories(a, b):
    for name in ("loss", "validation_loss", "validation_accuracy", "theta", "diverged_at", "step_loss", "best_epoch"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    for name in a.metrics:
        np.testing.assert_array_equal(a.metrics[name], b.metrics[name])


RUNS = {
    "SGD": (model, ol.SGD(lr=ol.CosineDecay(0.5, 40))),
    "Momentum": (model, ol.Momentum(lr=np.array([0.01, 0.1, 1e306]))),
    "Adam": (ol.MLP((64, 8, 10)), ol.Adam(lr=0.01)),
    "Adam, one function": (ol.MLP((64, 8, 10)), ol.Adam(lr=lambda t: 0.01 / t)),
    "AdamW, training mode": (moody, ol.AdamW(lr=0.01)),
    "Adagrad": (ol.MLP((64, 8, 10), normalization="layer"), ol.Adagrad(lr=0.1)),
    "averaged": (model, Averaged(lr=0.1)),
    "Lookahead": (model, ol.Lookahead(ol.Adam(lr=0.01))),
    "schedule-free": (model, ol.ScheduleFreeAdamW(lr=0.01)),
}


@pytest.mark.parametrize("case", RUNS)
@pytest.mark.parametrize("order", ["reshuffle", "once", "replacement"])
def test_a_run_that_goes_on_equals_the_uninterrupted_one(case, order, tmp_path):
    network, rule = RUNS[case]
    options = {
        "epochs": 5,
        "batch_size": ol.MiniBatches(300, order),
        "seed": 4,
        "record_steps": True,
        "early_stopping": ol.EarlyStopping(patience=3),
        "metrics": {"norm": lambda model, theta: np.linalg.norm(theta, axis=-1)},
    }
    whole = ol.fit(network, rule, digits, network.init(), **options)
    path = tmp_path / "run.npz"
    first = ol.fit(network, rule, digits, network.init(), checkpoint=path, **options | {"epochs": 2})
    assert len(first.loss) == 3
    resumed = ol.fit(network, rule, digits, network.init(), checkpoint=str(path), **options)
    assert_equal_histories(resumed, whole)
    assert_equal_histories(ol.fit(network, rule, digits, network.init(), checkpoint=path, **options), whole)
    assert os.listdir(tmp_path) == ["run.npz"]


@pytest.mark.parametrize("step", [1, 5, 8, 13])
def test_a_run_killed_in_mid_epoch_goes_on_as_if_it_had_not_been(step, tmp_path):
    path, mortal, LIVES[0] = tmp_path / "run.npz", Mortal(model), step
    with pytest.raises(Killed):
        ol.fit(mortal, ol.Adam(), digits, model.init(), 4, 300, checkpoint=path)
    LIVES[0] = 100
    whole = ol.fit(model, ol.Adam(), digits, model.init(), 4, 300)
    assert_equal_histories(ol.fit(mortal, ol.Adam(), digits, model.init(), 4, 300, checkpoint=path), whole)


SCRIPT = """
import os, signal, sys
import numpy as np
import optimlib as ol

data, network = ol.datasets.waves(n=64), ol.MLP((10, 8, 1), "tanh", "linear", dropout=0.1)
kill_at = int(sys.argv[2])

def rate(t):
    if t == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0.01

history = ol.fit(network, ol.Adam(lr=ol.schedules.WarmUp(rate, 3)), data, network.init(), 3, 10, checkpoint=sys.argv[1])
np.save(sys.argv[3], history.theta)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_for_good_leaves_a_checkpoint_that_goes_on(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT)

    def train(checkpoint, kill_at):
        command = [sys.executable, "train.py", checkpoint, str(kill_at), checkpoint + ".npy"]
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        return subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": root}).returncode

    assert train("whole.npz", -1) == 0
    assert train("killed.npz", 11) == -signal.SIGKILL
    assert (tmp_path / "killed.npz").exists()
    assert train("killed.npz", -1) == 0
    theta = [np.load(tmp_path / f"{name}.npz.npy") for name in ("whole", "killed")]
    np.testing.assert_array_equal(*theta)


def started(path, **options):
    good = {"model": model, "optimizer": ol.Adam(lr=0.01), "start": model.init(), "batch_size": 500, "epochs": 2}
    options = good | {"data": digits} | options
    return ol.fit(**options, checkpoint=path)


OTHERS = {
    "model": {"model": ol.MLP((64, 10))},
    "optimizer": {"optimizer": ol.AdamW(lr=0.01)},
    "data": {"data": replace(digits, y=digits.y[::-1])},
    "start": {"start": model.init() + 1.0},
    "batch_size": {"batch_size": ol.MiniBatches(500, "once")},
    "seed": {"seed": 1},
    "metrics": {"metrics": {"x": lambda model, theta: 0.0}},
    "early_stopping": {"early_stopping": ol.EarlyStopping(3)},
    "record_steps": {"record_steps": True},
}


@pytest.mark.parametrize("what", OTHERS)
def test_the_checkpoint_of_another_run_is_refused(what, tmp_path):
    path = tmp_path / "run.npz"
    started(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"run.npz' belongs to a run with another {what}: .*, but this run has "):
        started(path, **OTHERS[what])
    assert path.read_bytes() == before


def test_a_checkpoint_with_more_epochs_than_asked_is_refused(tmp_path):
    started(tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"epochs must be at least the 2 in '.*run.npz', got 1"):
        started(tmp_path / "run.npz", epochs=1)


def write_npz(path, **arrays):
    with open(path, "wb") as file:
        np.savez(file, **arrays)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text("my notes"),
        lambda path: path.write_bytes(b""),
        lambda path: write_npz(path, weights=np.ones(3)),
        lambda path: write_npz(path, header=np.array("{}")),
        lambda path: write_npz(path, header=np.array('{"format": "optimlib checkpoint 99"}')),
        lambda path: path.write_bytes(b"PK\x03\x04 cut short"),
        lambda path: np.save(path.open("wb"), np.ones(3)),
        lambda path: path.mkdir(),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_that_is_no_checkpoint_is_never_overwritten(write, tmp_path):
    path = tmp_path / "notes"
    write(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ValueError, match=r"checkpoint must be a new file or one that fit has written, got '.*notes'"):
        started(path)
    assert before is None or path.read_bytes() == before


def test_a_checkpoint_needs_a_folder_and_a_state_that_can_be_kept(tmp_path):
    with pytest.raises(ValueError, match=r"checkpoint must be a file in an existing folder, got '.*gone/run.npz'"):
        started(tmp_path / "gone" / "run.npz")

    class Odd(ol.SGD):
        def update(self, grad, state):
            return -grad, {"t": 0, "open": io.StringIO()}

    with pytest.raises(TypeError, match=r"a checkpoint must hold numbers, strings, arrays, .* got <_io.StringIO"):
        started(tmp_path / "run.npz", optimizer=Odd())
    assert os.listdir(tmp_path) == []


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    started(path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        started(path, epochs=3)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.npz"]


def test_any_state_of_numbers_and_arrays_comes_back_as_it_was(tmp_path):
    class Odd(ol.SGD):
        def update(self, grad, state):
            extra = (None, True, 0.1, "x", np.float32(0.1), [np.array(2.0), {"deep": np.arange(3)}], float("inf"))
            if state["t"]:
                old = state["extra"]
                assert old[:4] == extra[:4]
                assert type(old[4]) is np.float32
                assert type(old[5][0]) is np.ndarray
                assert type(old) is tuple
                assert (old[6], old[5][1]["deep"].tolist()) == (float("inf"), [0, 1, 2])
            step, new = super().update(grad, state)
            return step, new | {"extra": extra}

    rule = Odd(lr=0.1)
    started(tmp_path / "run.npz", optimizer=rule, epochs=1)
    resumed = started(tmp_path / "run.npz", optimizer=rule, epochs=3)
    np.testing.assert_array_equal(resumed.theta, started(None, optimizer=ol.SGD(lr=0.1), epochs=3).theta)


class Plain:
    def __init__(self, value):
        self.value = value

    def method(self, t):
        return self.value / t


def closure(value):
    return lambda t: value / t


def test_descriptions_tell_values_apart_and_repeat():
    values = [
        None, True, 1, 1.0, "1", b"1", np.arange(3), np.arange(3.0), np.zeros((3, 1)), np.zeros(3), [1, 2], {"a": 1},
        {"a": 2}, ol.SGD(0.1), ol.SGD(0.2), ol.Momentum(0.1), ol.SGD, partial(pow, 2), partial(pow, 3), closure(1),
        closure(2), lambda t: 1 / t, lambda t: 2 / t, lambda t=1: 1 / t, Plain(1), Plain(2), np.float64(3.5), np.sin,
        Plain(1).method, Plain(2).method,
        np.cos, len, max,
    ]  # fmt: skip
    texts = [describe(value) for value in values]
    assert len(set(texts)) == len(values)
    assert texts == [describe(value) for value in values]
    assert all(" at 0x" not in text for text in texts)
    assert describe(ol.SGD(np.float64(0.1))) == describe(ol.SGD(0.1))
    assert describe(closure(1)) == describe(closure(1))


# ---- progress -----------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


slow = {"wait": lambda model, theta: time.sleep(0.3) or 0.0}


def test_progress_shows_on_a_terminal_and_is_wiped_away(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    started(None)
    assert screen.getvalue() == ""  # too short for a bar
    started(None, metrics=slow)
    text = screen.getvalue()
    assert "2/2" in text
    assert "loss" in text
    assert text.split("\r")[-2].strip() == ""
    assert "\n" not in text


def test_progress_leaves_nothing_in_logs(monkeypatch, tmp_path):
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    started(None)
    assert log.getvalue() == ""
    started(None, progress=True, metrics=slow)
    assert "2/2" in log.getvalue()
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw
    started(None)


def test_progress_does_without_tqdm_unless_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "tqdm", None)
    started(None, metrics=slow)
    assert sys.stderr.getvalue() == ""
    with pytest.raises(ImportError, match="tqdm"):
        started(None, progress=True)


def test_progress_leaves_nothing_in_notebooks_that_a_program_runs(tmp_path):
    from nbclient import NotebookClient

    code = (
        "import optimlib as ol\n"
        "data, model = ol.datasets.waves(n=64), ol.MLP((10, 8, 1), 'tanh', 'linear')\n"
        "ol.fit(model, ol.Adam(), data, model.init(), 3, 16);"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    assert notebook.cells[0].outputs == []


def test_progress_in_a_notebook_that_someone_reads_is_one_line_and_empty_in_the_end(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("optimlib.progress._kernel", lambda: True)
    started(None, progress=True)
    assert shown == []
    started(None, progress=True, metrics=slow)
    assert "2/2" in shown[0]
    assert shown[-1] == ""


@pytest.mark.parametrize("answers", [True, False])
def test_a_notebook_is_interactive_where_its_front_end_takes_input(answers, monkeypatch):
    class Kernel:
        def get_parent(self, channel):
            return {"content": {"allow_stdin": answers}}

    class Shell:
        kernel = Kernel()

    class IPython:
        get_ipython = staticmethod(Shell)

    monkeypatch.setitem(sys.modules, "IPython", IPython)
    assert interactive() is answers
