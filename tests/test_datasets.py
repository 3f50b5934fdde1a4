"""Data sets: repeatable, split without overlap, and with the optimum that they promise."""

import numpy as np
import pytest

import optimlib as ol

MAKERS = {
    "digits": ol.datasets.digits,
    "breast cancer": ol.datasets.breast_cancer,
    "diabetes": ol.datasets.diabetes,
    "linear regression": ol.datasets.linear_regression,
    "sparse features": lambda seed=0: ol.datasets.sparse_features(n=2000, features=50, seed=seed),
    "heavy-tailed classes": lambda seed=0: ol.datasets.heavy_tailed_classes(copies=8, features=40, seed=seed),
    "spirals": ol.datasets.spirals,
    "waves": ol.datasets.waves,
    "ratings": ol.datasets.ratings,
}
MODELS = {
    "digits": ol.MLP((64, 16, 10)),
    "breast cancer": ol.LogisticRegression(30),
    "diabetes": ol.LinearRegression(10),
    "linear regression": ol.LinearRegression(20),
    "sparse features": ol.SparseLogisticRegression(50),
    "heavy-tailed classes": ol.SoftmaxRegression(40, 15),
    "spirals": ol.MLP((2, 16, 2), "tanh"),
    "waves": ol.MLP((10, 16, 1), "tanh", "linear"),
    "ratings": ol.MatrixFactorization(60, 40, 3),
}
RATES = {"diabetes": 3.0}  # Adam's steps are as long as its rate, and this y is in the hundreds
each = pytest.mark.parametrize("name", MAKERS)


@each
def test_a_seed_makes_the_same_data_and_another_seed_others(name):
    first, again, other = MAKERS[name](), MAKERS[name](), MAKERS[name](seed=1)
    for field in ("X", "y", "X_validation", "y_validation"):
        np.testing.assert_array_equal(getattr(first, field), getattr(again, field))
    assert not np.array_equal(first.X, other.X)
    assert len(first.X) == len(first.y)
    assert len(first.X_validation) == len(first.y_validation) > 0


@each
def test_every_data_set_plugs_into_fit(name):
    data, model = MAKERS[name](), MODELS[name]
    history = ol.fit(model, ol.Adam(lr=RATES.get(name, 0.03)), data, model.init(), epochs=4, batch_size=20)
    assert history.loss[-1] < 0.9 * history.loss[0]
    if data.infimum is not None:
        assert history.loss.min() >= data.infimum
    if data.minimizer is not None:
        np.testing.assert_allclose(model.grad(data.minimizer, data.X, data.y), 0.0, atol=1e-12)
        assert model.loss(data.minimizer, data.X, data.y) == pytest.approx(data.infimum, abs=1e-12)


def test_breast_cancer_is_standardized_on_its_training_part():
    data = ol.datasets.breast_cancer()
    assert (data.X.shape, data.X_validation.shape) == ((455, 30), (114, 30))
    np.testing.assert_allclose(data.X.mean(0), 0.0, atol=1e-12)
    np.testing.assert_allclose(data.X.std(0), 1.0, rtol=1e-12)
    model = ol.LogisticRegression(30)
    history = ol.fit(model, ol.Adam(lr=0.03), data, model.init(), epochs=20, batch_size=32)
    assert history.validation_accuracy[-1] > 0.95


def test_diabetes_comes_raw_and_scaled():
    raw, data = ol.datasets.diabetes(scaled=False), ol.datasets.diabetes()
    assert (raw.X.shape, raw.X_validation.shape) == ((354, 10), (88, 10))
    assert set(raw.X[:, 1]) == {1.0, 2.0}
    for X, y in ((raw.X, raw.y), (raw.X_validation, raw.y_validation)):
        assert 15 < X[:, 2].min() < X[:, 2].max() < 45, "the body-mass index, in its own unit"
        assert 25 <= y.min() < y.max() <= 346
    np.testing.assert_allclose(data.X.mean(0), 0.0, atol=1e-12)
    np.testing.assert_allclose(data.X.std(0), 1.0, rtol=1e-12)
    scale = (raw.X[0] - raw.X[1]) / (data.X[0] - data.X[1])
    np.testing.assert_allclose(raw.X_validation - raw.X[0], (data.X_validation - data.X[0]) * scale, atol=1e-9)
    np.testing.assert_array_equal(data.y, raw.y)


def test_diabetes_is_the_data_of_the_paper():
    """Least squares explains 51.77 % of the variance of all 442 patients, as is known for these data."""
    data = ol.datasets.diabetes(scaled=False)
    X, y = np.concatenate([data.X, data.X_validation]), np.concatenate([data.y, data.y_validation])
    A = np.column_stack([X, np.ones(len(y))])
    left = ((A @ np.linalg.lstsq(A, y)[0] - y) ** 2).mean() / y.var()
    assert 1 - left == pytest.approx(0.5177, abs=5e-5)


@pytest.mark.parametrize("kappa", [1.0, 50.0])
def test_linear_regression_has_the_condition_number(kappa):
    data = ol.datasets.linear_regression(n=60, features=4, kappa=kappa, noise=0.5, seed=3)
    model = ol.LinearRegression(4)
    hessian = model.hessian(data.truth, data.X, data.y)
    eigenvalues = np.sort(np.append(np.geomspace(1.0, kappa, 4), 2.0))
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), eigenvalues, rtol=1e-12)
    A = np.concatenate([data.X, np.ones((60, 1))], axis=1)
    np.testing.assert_allclose(np.linalg.lstsq(A, data.y)[0], data.truth, atol=1e-13)
    assert model.loss(data.truth, data.X, data.y) == pytest.approx(0.25, rel=1e-12)
    assert data.infimum == 0.25


def test_newton_solves_linear_regression_in_one_step():
    data, model = ol.datasets.linear_regression(), ol.LinearRegression(20)
    objective = ol.DataLoss(model, data.X, data.y)
    run = ol.descend(ol.Newton(damping=0.0), objective, model.init(), 1)
    np.testing.assert_allclose(run.theta[1], data.minimizer, atol=1e-11)


def test_sparse_features_are_as_rare_as_they_should_be():
    data, model = ol.datasets.sparse_features(n=20_000, features=100), ol.SparseLogisticRegression(100)
    share = np.bincount(data.X[data.X >= 0], minlength=100) / 20_000
    expected = 1 / np.arange(1, 101)
    assert (abs(share - expected) <= 5 * np.sqrt(expected * (1 - expected) / 20_000)).all()
    assert all(len(set(row)) == len(row) for row in (row[row >= 0].tolist() for row in data.X[:200]))
    truth = model.loss(data.truth, data.X_validation, data.y_validation)
    history = ol.fit(model, ol.Adagrad(lr=0.3), data, model.init(), epochs=1, batch_size=32)
    assert truth < history.validation_loss[-1] < truth + 0.02


def test_heavy_tailed_classes_have_the_sizes_of_the_paper():
    data = ol.datasets.heavy_tailed_classes()
    sizes = np.bincount(data.y)
    assert sizes.tolist() == [64] + 2 * [32] + 4 * [16] + 8 * [8] + 16 * [4] + 32 * [2] + 64 * [1]
    assert data.X.shape == (448, 300)
    assert data.infimum is None
    assert ol.datasets.heavy_tailed_classes(copies=8, features=40).infimum == 0.0


def test_two_spirals_need_a_hidden_layer():
    data = ol.datasets.spirals()
    straight = ol.SoftmaxRegression(2, 2)
    network = ol.MLP((2, 32, 32, 2))
    flat = ol.fit(straight, ol.Adam(lr=0.02), data, straight.init(), epochs=40, batch_size=40)
    bent = ol.fit(network, ol.Adam(lr=0.02), data, network.init(), epochs=40, batch_size=40)
    assert flat.validation_accuracy[-1] < 0.75
    assert bent.validation_accuracy[-1] > 0.9


def test_ratings_cover_the_table_once():
    data = ol.datasets.ratings(rows=6, columns=5, rank=2, observed=0.7)
    places = np.concatenate([data.X, data.X_validation])
    assert sorted(map(tuple, places.tolist())) == [(i, j) for i in range(6) for j in range(5)]
    assert len(data.X) == 21
    noisy = ol.datasets.ratings(noise=0.1)
    assert noisy.infimum is None
    model = ol.MatrixFactorization(60, 40, 3)
    assert model.loss(noisy.truth, noisy.X, noisy.y) == pytest.approx(0.01, rel=0.2)
