"""Every model's loss and gradient against torch autograd and central differences, in float64; batches equal loops."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import optimlib as ol
from optimlib.models import losses

rng = np.random.default_rng(0)
N, FEATURES, CLASSES = 12, 5, 3
X, REAL = rng.standard_normal((N, FEATURES)), rng.standard_normal(N)
LABELS, BINARY = rng.integers(CLASSES, size=N), rng.integers(2, size=N)
ACTIVE = np.array([[0, 2, -1], [1, -1, -1], [4, 3, 0], [-1, -1, -1]] * 3)
PLACES = np.stack([rng.integers(4, size=N), rng.integers(6, size=N)], axis=1)
DENSE = np.array([[j in row for j in range(FEATURES)] for row in ACTIVE.tolist()], dtype=float)

PHI = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "leaky_relu": lambda z: F.leaky_relu(z, 0.01),
    "elu": F.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
TARGETS = {"softmax": LABELS, "logistic": BINARY, "linear": np.stack([REAL, REAL**2, -REAL], axis=1)}
TORCH_LOSS = {
    "softmax": F.cross_entropy,
    "logistic": lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.double()),
    "linear": F.mse_loss,
}


def torch_mlp(model, theta, X, mask_key=None, running=None):
    """The network in torch, layer by layer from the flat vector; written from the formulas, not from optimlib."""
    h, at, masks = X, 0, None if mask_key is None else np.random.default_rng(mask_key)
    widths, seen = model.sizes, 0
    for i, (m, n) in enumerate(itertools.pairwise(widths)):
        W, b = theta[at : at + m * n].reshape(m, n), theta[at + m * n : at + m * n + n]
        at += m * n + n
        z = h @ W
        if i == len(widths) - 2:
            return z + b
        if model.normalization is not None:
            gain = theta[at : at + n]
            at += n
            if model.normalization == "layer":
                z = F.layer_norm(z, (n,), gain, b)
            elif running is None:
                z = F.batch_norm(z, None, None, gain, b, training=True)
            else:
                mean, var = running[seen : seen + n], running[seen + n : seen + 2 * n]
                z = F.batch_norm(z, mean, var, gain, b, training=False)
                seen += 2 * n
        else:
            z = z + b
        f = PHI[model.activation](z)
        if masks is not None:
            f = f * torch.from_numpy((masks.random(f.shape) < 1 - model.dropout) / (1 - model.dropout))
        h = h + model.residual * f if model.residual and m == n else f


def mlp(*hidden, output="softmax", **options):
    return ol.MLP(
        (FEATURES, *hidden, {"softmax": CLASSES, "logistic": 1, "linear": 3}[output]), output=output, **options
    )


def linear(theta, X):
    return X @ theta[:FEATURES] + (theta[FEATURES] if len(theta) > FEATURES else 0.0)


MLPS = {
    "no hidden layer": mlp(),
    **{name: mlp(4, 6, activation=name) for name in PHI},
    "logistic": mlp(4, output="logistic", activation="tanh"),
    "linear": mlp(4, output="linear", activation="tanh"),
    "batch": mlp(4, 6, activation="tanh", normalization="batch"),
    "layer": mlp(4, 6, activation="tanh", normalization="layer"),
    "residual": mlp(5, 5, 4, 4, activation="tanh", residual=0.7),
    "all": mlp(5, 5, output="linear", activation="sigmoid", normalization="layer", residual=1.0),
}
# name -> (model, X, y, the same loss in torch as a function of theta)
CASES = {
    "linear regression": (
        ol.LinearRegression(FEATURES), X, REAL,
        lambda t: F.mse_loss(linear(t, torch.from_numpy(X)), torch.from_numpy(REAL)),
    ),
    "linear regression without bias": (
        ol.LinearRegression(FEATURES, bias=False), X, REAL,
        lambda t: F.mse_loss(linear(t, torch.from_numpy(X)), torch.from_numpy(REAL)),
    ),
    "logistic regression": (
        ol.LogisticRegression(FEATURES), X, BINARY,
        lambda t: F.binary_cross_entropy_with_logits(linear(t, torch.from_numpy(X)), torch.from_numpy(BINARY).double()),
    ),
    "softmax regression": (
        ol.SoftmaxRegression(FEATURES, CLASSES), X, LABELS,
        lambda t: F.cross_entropy(torch.from_numpy(X) @ t[:-3].reshape(FEATURES, 3) + t[-3:], torch.from_numpy(LABELS)),
    ),
    "sparse logistic regression": (
        ol.SparseLogisticRegression(FEATURES), ACTIVE, BINARY,
        lambda t: F.binary_cross_entropy_with_logits(
            linear(t, torch.from_numpy(DENSE)), torch.from_numpy(BINARY).double()
        ),
    ),
    "matrix factorization": (
        ol.MatrixFactorization(4, 6, 2), PLACES, REAL,
        lambda t: F.mse_loss(
            (t[:8].reshape(4, 2)[PLACES[:, 0]] * t[8:].reshape(6, 2)[PLACES[:, 1]]).sum(1), torch.from_numpy(REAL)
        ),
    ),
    **{
        f"mlp {name}": (
            m, X, TARGETS[m.output],
            lambda t, m=m: TORCH_LOSS[m.output](
                torch_mlp(m, t, torch.from_numpy(X)), torch.from_numpy(TARGETS[m.output])
            ),
        )
        for name, m in MLPS.items()
    },
}  # fmt: skip
each = pytest.mark.parametrize("case", CASES)


def random_theta(model, *batch):
    return 0.7 * np.random.default_rng(1).standard_normal((*batch, model.dim))


def torch_value_and_grad(f, theta):
    t = torch.tensor(theta, requires_grad=True)
    loss = f(t)
    loss.backward()
    return loss.item(), t.grad.numpy()


def central_differences(f, theta, h=1e-5):
    steps = h * np.eye(theta.shape[-1])
    return np.stack([(f(theta + e) - f(theta - e)) / (2 * h) for e in steps], axis=-1)


@each
def test_loss_and_gradient_equal_torch_autograd(case):
    model, X, y, f = CASES[case]
    theta = random_theta(model)
    loss, grad = torch_value_and_grad(f, theta)
    assert model.loss(theta, X, y) == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(model.grad(theta, X, y), grad, rtol=1e-11, atol=1e-14)


@each
def test_gradient_equals_central_differences(case):
    model, X, y, _ = CASES[case]
    theta = random_theta(model)
    differences = central_differences(lambda t: model.loss(t, X, y), theta)
    np.testing.assert_allclose(model.grad(theta, X, y), differences, rtol=1e-6, atol=1e-9)


@each
def test_a_batch_of_weights_is_the_loop_over_them_to_the_last_bit(case):
    model, X, y, _ = CASES[case]
    thetas = random_theta(model, 2, 3)
    before = [np.copy(a) for a in (thetas, X, y)]
    for name in ("loss", "grad", "accuracy"):
        if method := getattr(model, name, None):
            together = method(thetas, X, y)
            for i, j in np.ndindex(2, 3):
                np.testing.assert_array_equal(together[i, j], method(thetas[i, j].copy(), X, y))
    for a, b in zip(before, (thetas, X, y), strict=True):
        np.testing.assert_array_equal(a, b)  # inputs never change


@pytest.mark.parametrize("model", [ol.LinearRegression(FEATURES), ol.LinearRegression(FEATURES, bias=False)])
def test_hessian_of_linear_regression(model):
    theta = random_theta(model, 2)
    hessian = model.hessian(theta, X, REAL)
    expected = central_differences(lambda t: model.grad(t, X, REAL), theta)
    np.testing.assert_allclose(hessian, expected, atol=1e-8)


def test_hessian_of_logistic_regression():
    model = ol.LogisticRegression(FEATURES)
    theta = random_theta(model, 2)
    expected = central_differences(lambda t: model.grad(t, X, BINARY), theta)
    np.testing.assert_allclose(model.hessian(theta, X, BINARY), expected, atol=1e-8)


def test_sparse_logistic_regression_is_the_dense_one():
    sparse, dense = ol.SparseLogisticRegression(FEATURES), ol.LogisticRegression(FEATURES)
    theta = random_theta(sparse, 3)
    np.testing.assert_allclose(sparse.outputs(theta, ACTIVE), dense.outputs(theta, DENSE), rtol=1e-14)
    np.testing.assert_allclose(sparse.grad(theta, ACTIVE, BINARY), dense.grad(theta, DENSE, BINARY), rtol=1e-13)
    np.testing.assert_array_equal(sparse.accuracy(theta, ACTIVE, BINARY), dense.accuracy(theta, DENSE, BINARY))


@pytest.mark.parametrize(
    ("model", "X", "y"),
    [
        (ol.SparseLogisticRegression(50), ACTIVE[:2], BINARY[:2]),
        (ol.MatrixFactorization(9, 9, 2), np.array([[1, 7], [1, 2]]), REAL[:2]),
    ],
)
def test_only_touched_coordinates_have_a_gradient(model, X, y):
    moved = np.flatnonzero(model.grad(random_theta(model), X, y))
    np.testing.assert_array_equal(moved, model.touched(X))


def test_views_share_memory_with_the_flat_vector():
    model = mlp(4, 6, normalization="layer")
    theta = model.init()
    assert sum(part.size for layer in model.views(theta) for part in layer if part is not None) == model.dim
    for layer in model.views(theta):
        for part in layer:
            if part is not None:
                part[...] = 7.0
    assert (theta == 7.0).all()
    U, V = ol.MatrixFactorization(4, 6, 2).views(np.arange(20.0))
    assert (U[3, 1], V[5, 1]) == (7.0, 19.0)
    w, b = ol.LogisticRegression(2).views(np.arange(3.0))
    assert (w.shape, b.item()) == ((2, 1), 2.0)


@pytest.mark.parametrize("key", [0, 5, [3, 8]])
@pytest.mark.parametrize("normalization", [None, "batch"])
def test_dropout_has_one_mask_for_each_key(key, normalization):
    model = mlp(5, 5, activation="tanh", dropout=0.4, residual=0.5, normalization=normalization)
    theta, training = random_theta(model), model.training(key)

    def f(t):
        return F.cross_entropy(torch_mlp(model, t, torch.from_numpy(X), key), torch.from_numpy(LABELS))

    loss, grad = torch_value_and_grad(f, theta)
    assert training.loss(theta, X, LABELS) == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(training.grad(theta, X, LABELS), grad, rtol=1e-11, atol=1e-15)
    assert training.loss(theta, X, LABELS) != model.training(key=99).loss(theta, X, LABELS)
    assert training.evaluation(None).loss(theta, X, LABELS) == model.loss(theta, X, LABELS)
    assert replace(model, dropout=0.0).training(key) == replace(model, dropout=0.0)


def test_dropout_keeps_the_mean_of_hidden_outputs():
    model = ol.MLP((1, 2000, 1), "identity", "linear", dropout=0.25)
    ones = np.ones(model.dim)
    h = model.training(0).trace(ones, np.ones((50, 1)), np.zeros(50)).h[0]
    assert set(np.unique(h.round(12))) == {0.0, round(2 / 0.75, 12)}
    assert h.mean() == pytest.approx(2.0, rel=0.01)


def test_batch_normalization_tracks_and_uses_statistics_as_torch_does():
    model = mlp(4, 6, activation="tanh", normalization="batch")
    theta = random_theta(model, 2)
    running = model.start_running(theta)
    modules = [torch.nn.BatchNorm1d(n, dtype=torch.float64) for n in (4, 6)]
    for step in range(5):
        inputs = np.random.default_rng(step).standard_normal((8, FEATURES))
        running = model.track(running, theta, inputs)
        hidden = torch.from_numpy(inputs)
        for layer, module in zip(model.views(theta[1]), modules, strict=False):
            with torch.no_grad():
                module.weight.copy_(torch.from_numpy(layer.gain[0]))
                module.bias.copy_(torch.from_numpy(layer.b[0]))
                hidden = torch.tanh(module(hidden @ torch.from_numpy(layer.W)))
    expected = np.concatenate([part.numpy() for m in modules for part in (m.running_mean, m.running_var)])
    np.testing.assert_allclose(running[1], expected, rtol=1e-13)
    ready, t = model.evaluation(running[1]), torch.from_numpy(running[1])

    def f(theta):
        return F.cross_entropy(torch_mlp(model, theta, torch.from_numpy(X), running=t), torch.from_numpy(LABELS))

    loss, grad = torch_value_and_grad(f, theta[1])
    assert ready.loss(theta[1], X, LABELS) == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(ready.grad(theta[1], X, LABELS), grad, rtol=1e-11, atol=1e-15)
    together = model.evaluation(running).loss(theta, X, LABELS)
    np.testing.assert_array_equal(together[1], ready.loss(theta[1], X, LABELS))
    assert mlp(4).start_running(theta) is None
    assert mlp(4).evaluation(None) == mlp(4)


def test_trace_gives_the_signals_of_every_layer():
    model = mlp(5, 5, 4, activation="tanh", residual=0.3)
    theta = random_theta(model)
    h, dh = model.trace(theta, X, LABELS)
    assert [a.shape for a in h] == [a.shape for a in dh] == [(N, 5), (N, 5), (N, 4)]
    signal = torch.tensor(h[1], requires_grad=True)  # the rest of the network as a function of the second layer
    W, b, *_ = (torch.tensor(part) for part in model.views(theta)[2][:2])
    V, c, *_ = (torch.tensor(part) for part in model.views(theta)[3][:2])
    F.cross_entropy(torch.tanh(signal @ W + b) @ V + c, torch.from_numpy(LABELS)).backward()
    np.testing.assert_allclose(dh[1], signal.grad.numpy(), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    ("options", "std"),
    [
        ({}, np.sqrt(2 / 400)),
        ({"scheme": "xavier"}, np.sqrt(2 / 1000)),
        ({"scheme": "lecun", "scale": 3.0}, 3 / np.sqrt(400)),
        ({"scheme": "normal", "scale": 0.01}, 0.01),
        ({"scale": 0.0}, 0.0),
    ],
)
def test_initialization_has_the_stated_spread(options, std):
    model = ol.MLP((400, 600, 10), normalization="batch")
    first, last = model.views(model.init(**options))
    assert first.W.std() == pytest.approx(std, rel=0.01)
    assert (first.b == 0).all()
    assert (first.gain == 1).all()
    assert last.gain is None
    np.testing.assert_array_equal(model.init(seed=3, **options), model.init(seed=3, **options))


def test_initialization_follows_the_activation_and_may_be_constant():
    relu, tanh = mlp(4).init(), mlp(4, activation="tanh").init()
    assert relu[0] / tanh[0] == pytest.approx(np.sqrt((2 / 5) / (2 / 9)))
    W = mlp(4).views(mlp(4).init(scheme="constant", scale=0.5))[0].W
    assert (W == 0.5).all()
    assert not np.array_equal(mlp(4).init(seed=0), mlp(4).init(seed=1))


def test_float32_weights_are_computed_in_float32():
    model = mlp(4, 4, normalization="batch", dropout=0.5, residual=0.1).training(0)
    theta = model.init().astype(np.float32)
    running = model.track(model.start_running(theta), theta, X)
    assert model.grad(theta, X, LABELS).dtype == running.dtype == np.float32
    assert model.evaluation(running).outputs(theta, X).dtype == np.float32
    exact = model.grad(theta.astype(float), X, LABELS)
    np.testing.assert_allclose(model.grad(theta, X, LABELS), exact, atol=1e-5)


def test_losses_do_not_overflow():
    z = np.array([[[1e4], [-1e4], [0.0]]])
    with np.errstate(over="raise", invalid="raise"):
        assert losses.logistic(z, np.array([1, 0, 1]))[0] == pytest.approx(np.log(2) / 3)
        np.testing.assert_array_equal(losses.sigmoid(z)[0, :, 0], [1.0, 0.0, 0.5])
        scores = np.array([[1e4, -1e4]]), np.array([1])
        loss, dz = losses.cross_entropy(*scores), losses.cross_entropy_grad(*scores)
        h = ol.MLP((1, 1, 1), "sigmoid", "linear").trace(np.ones(4), np.array([[1e5], [-1e5]]), np.zeros(2)).h[0]
    assert (loss, *dz[0]) == (2e4, 1.0, -1.0)
    np.testing.assert_array_equal(h[:, 0], [1.0, 0.0])


def test_accuracy_counts_right_answers():
    model = ol.LogisticRegression(1)
    theta, x, y = np.array([1.0, 0.0]), np.array([[2.0], [-1.0], [3.0], [-2.0]]), np.array([1, 0, 0, 1])
    assert model.accuracy(theta, x, y) == 0.5
    network = ol.MLP((1, 1), output="logistic")
    assert network.accuracy(theta, x, y) == 0.5
    assert np.isnan(ol.MLP((1, 1), output="linear").accuracy(theta, x, y))
    wide = ol.MLP((1, 2))
    assert wide.accuracy(np.array([0.0, 1.0, 0.0, 0.0]), x, y) == 0.5


def test_targets_of_one_output_may_be_flat_or_a_column():
    model = ol.MLP((FEATURES, 1), output="linear")
    theta = random_theta(model)
    assert model.loss(theta, X, REAL) == model.loss(theta, X, REAL[:, None])


@pytest.mark.parametrize("rule", [ol.Muon, ol.Shampoo], ids=lambda rule: rule.__name__)
@pytest.mark.parametrize(
    "model",
    [ol.SoftmaxRegression(FEATURES, CLASSES), mlp(4, 6, normalization="layer"), ol.MatrixFactorization(4, 6, 2)],
)
def test_shapes_tell_matrix_rules_where_the_layers_are(model, rule):
    inputs, y = (PLACES, REAL) if isinstance(model, ol.MatrixFactorization) else (X, LABELS)
    assert sum(int(np.prod(shape)) for shape in model.shapes) == model.dim
    parts = [p for views in model.views(model.init()) for p in (views if isinstance(views, tuple) else (views,))]
    sizes = [part.size for part in parts if part is not None]
    assert [int(np.prod(shape)) for shape in model.shapes] == sizes
    run = ol.descend(rule(lr=0.02, shapes=model.shapes), ol.DataLoss(model, inputs, y), model.init(), 20)
    assert run.loss[-1] < run.loss[0]


def test_every_public_name_loads_and_is_offered_for_completion():
    assert set(ol.__all__) <= set(dir(ol))
    assert all(getattr(ol, name) is not None for name in ol.__all__)
