"""Softmax regression and `fit`: gradient against torch, batches equal loops, the same seed the same run."""

import numpy as np
import pytest
import torch

import optimlib as ol

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
