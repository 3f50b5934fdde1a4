"""Wrong calls: each raises an error that names the argument, the value, and what was expected."""

from dataclasses import MISSING, fields

import numpy as np
import pytest

import optimlib as ol

nan, inf = float("nan"), float("inf")
f, model = ol.Quadratic(), ol.SoftmaxRegression(3, 2)
adam = ol.Adam()
RATED = [ol.SGD, ol.Momentum, ol.EMAMomentum, ol.Nesterov, ol.Adagrad, ol.RMSprop, ol.Adam]


class NoUpdate:
    def init(self, theta):
        return {}


class ForgetsState:
    def init(self, theta):
        return {}

    def update(self, grad, state):
        return -grad


class WrongShape(ForgetsState):
    def update(self, grad, state):
        return np.zeros(5), state


def state_of(theta):
    return adam.init(np.asarray(theta))


rate = r"lr must be a finite number > 0, got "
CASES = [
    *[(lambda c=c, v=v: c(lr=v), ValueError, rate + p) for c in RATED for v, p in [(0.0, "0.0"), (-1, "-1")]],
    *[(lambda c=c, v=v: c(lr=v), ValueError, rate + p) for c in RATED for v, p in [(nan, "nan"), (inf, "inf")]],
    *[(lambda c=c: c(lr="fast"), TypeError, rate + "'fast'") for c in RATED],
    (lambda: ol.SGD(lr=None), TypeError, rate + "None"),
    (lambda: ol.SGD(lr=np.array([0.1, -0.1])), ValueError, rate + r"array\(\[ 0.1, -0.1\]\)"),
    (lambda: ol.SGD(lr=1j), TypeError, rate + "1j"),
    (lambda: ol.Momentum(beta=1.0), ValueError, r"beta must be a number in \[0, 1\), got 1.0"),
    (lambda: ol.Momentum(beta=-0.1), ValueError, r"beta must be a number in \[0, 1\), got -0.1"),
    (lambda: ol.EMAMomentum(beta=nan), ValueError, r"beta must be a number in \[0, 1\), got nan"),
    (lambda: ol.Nesterov(beta="0.9"), TypeError, r"beta must be a number in \[0, 1\), got '0.9'"),
    (lambda: ol.RMSprop(beta=1.5), ValueError, r"beta must be a number in \[0, 1\), got 1.5"),
    (lambda: ol.Adam(beta1=1), ValueError, r"beta1 must be a number in \[0, 1\), got 1"),
    (lambda: ol.Adam(beta2=np.array([0.9, 2.0])), ValueError, r"beta2 must be a number in \[0, 1\), got array"),
    (lambda: ol.Adam(eps=0.0), ValueError, "eps must be a finite number > 0, got 0.0"),
    (lambda: ol.Adagrad(eps=-1e-8), ValueError, "eps must be a finite number > 0, got -1e-08"),
    (lambda: ol.RMSprop(eps=inf), ValueError, "eps must be a finite number > 0, got inf"),
    (lambda: adam.init(np.array([1, 2])), TypeError, r"theta must be finite floats .*, got dtype int64"),
    (lambda: adam.init(np.array([1.0, nan])), ValueError, r"theta must be finite floats .*, got array\(\[ 1., nan\]\)"),
    (lambda: adam.init(np.array(1.0)), ValueError, r"theta must be finite floats .*, got shape \(\)"),
    (lambda: adam.update(np.ones(3), state_of(np.ones((3, 3)))), ValueError, r"grad must .*\(3, 3\).*got shape \(3,\)"),
    (lambda: adam.update(np.ones((3, 1)), state_of(np.ones(3))), ValueError, r"grad must .*\(3,\).*got shape \(3, 1\)"),
    (lambda: ol.Quadratic(kappa=0.5), ValueError, "kappa must be a number >= 1, got 0.5"),
    (lambda: ol.Quadratic(kappa=nan), ValueError, "kappa must be a finite number, got nan"),
    (lambda: ol.Quadratic(dim=0), ValueError, "dim must be an integer >= 1, got 0"),
    (lambda: ol.Quadratic(dim=2.0), TypeError, "dim must be an integer >= 1, got 2.0"),
    (lambda: ol.Quadratic(dim=True), TypeError, "dim must be an integer >= 1, got True"),
    (lambda: ol.Quadratic(dim=3, angle=1.0), ValueError, "angle must be 0 unless dim is 2, got angle=1.0 with dim=3"),
    (lambda: ol.Quadratic(angle=1.0, seed=0), ValueError, "angle must be 0 when seed is given"),
    (lambda: ol.Quadratic(angle=inf), ValueError, "angle must be a finite number, got inf"),
    (lambda: ol.Rosenbrock(b=0), ValueError, "b must be a finite number > 0, got 0"),
    (lambda: ol.Rosenbrock(a="x"), TypeError, "a must be a finite number, got 'x'"),
    (lambda: ol.Rastrigin(amplitude=-1), ValueError, "amplitude must be a finite number >= 0, got -1"),
    (lambda: ol.DoubleWell(tilt=nan), ValueError, "tilt must be a finite number, got nan"),
    (lambda: ol.surface("rosenbrok"), ValueError, "got 'rosenbrok'; did you mean 'rosenbrock'"),
    (lambda: ol.surface("zzz"), ValueError, "surface must be one of quadratic, .*, got 'zzz'$"),
    (lambda: ol.surface("quadratic", kapa=3.0), ValueError, "parameter of quadratic .*; did you mean 'kappa'"),
    (
        lambda: ol.descend(adam, f, [1, 2], 3),
        TypeError,
        r"start must be finite floats .*\(\*batch, 2\), got dtype int64",
    ),
    (lambda: ol.descend(adam, f, [1.0, inf], 3), ValueError, r"start must be finite floats .*, got \[1.0, inf\]"),
    (lambda: ol.descend(adam, f, [1.0, 2.0, 3.0], 3), ValueError, r"start must .*\(\*batch, 2\), got shape \(3,\)"),
    (lambda: ol.descend(adam, f, 1.0, 3), ValueError, r"start must .*, got shape \(\)"),
    (lambda: ol.descend(adam, f, [[1.0], [1.0, 2.0]], 3), ValueError, r"start must be finite floats"),
    (lambda: ol.descend(adam, f, ["a", "b"], 3), TypeError, r"start must be finite floats"),
    (lambda: ol.descend(adam, f, [1.0, 2.0], -1), ValueError, "steps must be an integer >= 0, got -1"),
    (lambda: ol.descend(adam, f, [1.0, 2.0], 2.5), TypeError, "steps must be an integer >= 0, got 2.5"),
    (lambda: ol.descend(adam, f, [1.0, 2.0], 2, record=["vv"]), ValueError, "record must be one of t, m, v, .*'v'"),
    (lambda: ol.descend(NoUpdate(), f, [1.0, 2.0], 2), TypeError, "optimizer must have .* without update"),
    (lambda: ol.descend("adam", f, [1.0, 2.0], 2), TypeError, "optimizer must have .* got 'adam' without init"),
    (
        lambda: ol.descend(ForgetsState(), f, [1.0, 2.0], 2),
        TypeError,
        r"update must return \(step, state\), got ndarray",
    ),
    (lambda: ol.descend(WrongShape(), f, [1.0, 2.0], 2), ValueError, r"step of update must .*\(2,\) .*got \(5,\)"),
    (lambda: ol.SoftmaxRegression(0, 3), ValueError, "features must be an integer >= 1, got 0"),
    (lambda: ol.SoftmaxRegression(3, 1), ValueError, "classes must be an integer >= 2, got 1"),
    (lambda: model.loss(np.zeros(7), np.zeros((1, 3)), np.zeros(1, int)), ValueError, r"theta must have shape .*8\)"),
    (lambda: model.loss(np.zeros(8), np.zeros((1, 4)), np.zeros(1, int)), ValueError, r"X must have shape .*3\)"),
    (
        lambda: model.loss(np.zeros(8), np.zeros((2, 3)), np.zeros(1, int)),
        ValueError,
        r"y must be integers of shape \(2,",
    ),
    (lambda: model.loss(np.zeros(8), np.zeros((1, 3)), np.zeros(1)), ValueError, "y must be integers .* got float64"),
    (lambda: model.loss(np.zeros(8), np.zeros((1, 3)), np.array([2])), ValueError, r"y must be in \[0, 2\), got .* 2"),
    (lambda: ol.set_language("fr"), ValueError, "language must be one of zh, en, both, got 'fr'"),
    (
        lambda: ol.table(["a", "b"], [(1, 2), (3,)]),
        ValueError,
        r"rows must have 2 entries like the header, got 1: \['3'\]",
    ),
    (lambda: ol.datasets.digits(validation=1.0), ValueError, r"validation must be a number in \(0, 1\), got 1.0"),
    (lambda: ol.datasets.digits(validation=0), ValueError, "validation must be a finite number > 0, got 0"),
]


@pytest.mark.parametrize(("call", "error", "message"), CASES)
def test_wrong_call(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_there_is_no_attribute_without_a_name():
    with pytest.raises(AttributeError, match="has no attribute 'Adamm'"):
        ol.Adamm  # noqa: B018


# ---- models, losses, data sets, training ---------------------------------------------------------------------------

three, places = np.ones((2, 3)), np.array([[0, 1], [1, 0]])
sparse, table = ol.SparseLogisticRegression(4), ol.MatrixFactorization(2, 3, 1)
network, classifier = ol.MLP((3, 2, 2), output="linear"), ol.MLP((3, 1), output="logistic")
normal = ol.MLP((3, 4, 2), normalization="batch")
data = ol.datasets.Dataset(three, np.zeros(2))


def fit(**options):
    good = {"model": ol.LinearRegression(3), "optimizer": adam, "data": data, "start": np.zeros(4), "epochs": 1}
    return ol.fit(**good | {"batch_size": 1} | options)


MODEL_CASES = [
    (lambda: ol.LinearRegression(0), ValueError, "features must be an integer >= 1, got 0"),
    (lambda: ol.LogisticRegression(2.5), TypeError, "features must be an integer >= 1, got 2.5"),
    (lambda: ol.SparseLogisticRegression(-1), ValueError, "features must be an integer >= 1, got -1"),
    (lambda: ol.MatrixFactorization(2, 0, 1), ValueError, "columns must be an integer >= 1, got 0"),
    (lambda: table.init(scale=-1.0), ValueError, "scale must be a finite number >= 0, got -1.0"),
    (lambda: ol.MLP([3, 2]), TypeError, r"sizes must be a tuple \(features, hidden…, outputs\), got \[3, 2\]"),
    (lambda: ol.MLP((3,)), TypeError, r"sizes must be a tuple \(features, hidden…, outputs\), got \(3,\)"),
    (lambda: ol.MLP((3, 0, 2)), ValueError, "sizes must be an integer >= 1, got 0"),
    (lambda: ol.MLP((3, 2), "rleu"), ValueError, "activation must be one of .*, got 'rleu'; did you mean 'relu'"),
    (lambda: ol.MLP((3, 2), output="softmin"), ValueError, "output must be one of .*; did you mean 'softmax'"),
    (lambda: ol.MLP((3, 2), output="logistic"), ValueError, r"sizes must end with 1 for .*, got \(3, 2\)"),
    (lambda: ol.MLP((3, 2), normalization="group"), ValueError, "normalization must be one of batch, layer, got 'gr"),
    (lambda: ol.MLP((3, 2), dropout=1.0), ValueError, r"dropout must be a number in \[0, 1\), got 1.0"),
    (lambda: ol.MLP((3, 2), residual=-0.5), ValueError, "residual must be a finite number >= 0, got -0.5"),
    (lambda: network.init(scheme="hee"), ValueError, "scheme must be one of .*, got 'hee'; did you mean 'he'"),
    (lambda: network.init(scale=nan), ValueError, "scale must be a finite number >= 0, got nan"),
    (
        lambda: network.loss(np.zeros(7), three, three),
        ValueError,
        r"theta must have shape \(\*batch, 14\), got .*\(7,\)",
    ),
    (lambda: network.loss(np.zeros(14), np.ones((2, 4)), three), ValueError, r"X must have shape \(\*batch, 3\), got"),
    (
        lambda: network.loss(np.zeros(14), three, np.zeros(2)),
        ValueError,
        r"y must be real numbers of shape \(2, 2\), got float64 of shape \(2,\)",
    ),
    (
        lambda: ol.LinearRegression(3).grad(np.zeros(4), three, np.zeros((1, 2))),
        ValueError,
        r"y must be real numbers of shape \(2, 1\), got float64 of shape \(1, 2\)",
    ),
    (
        lambda: classifier.loss(np.zeros(4), three, [0, 2]),
        ValueError,
        r"y must be labels 0 or 1 of shape \(2,\), got int64",
    ),
    (
        lambda: classifier.loss(np.zeros(4), three, [[0], [1]]),
        ValueError,
        r"y must be labels .*, got .* shape \(2, 1\)",
    ),
    (
        lambda: ol.MLP((3, 2)).grad(np.zeros(8), three, [0.0, 1.0]),
        ValueError,
        r"y must be integers of shape \(2,\), got float64",
    ),
    (
        lambda: ol.MLP((3, 2)).grad(np.zeros(8), three, [0, 5]),
        ValueError,
        r"y must be in \[0, 2\), got values from 0 to 5",
    ),
    (
        lambda: normal.track(normal.start_running(normal.init()), normal.init(), three[:1]),
        ValueError,
        "X must hold at least 2 samples for batch normalization, got 1",
    ),
    (lambda: sparse.loss(np.zeros(5), [[0.0]], [0]), TypeError, r"X must be integers in \[-1, 4\), got dtype float64"),
    (lambda: sparse.loss(np.zeros(5), [[0, 4]], [0]), ValueError, r"X must be integers in \[-1, 4\), got 0 to 4"),
    (lambda: table.loss(np.zeros(5), places[:, :1], [0, 0]), ValueError, r"X must be .*\(n, 2\), got shape \(2, 1\)"),
    (
        lambda: table.loss(np.zeros(5), places + 1, [0, 0]),
        ValueError,
        r"X\[:, 0\] must be integers in \[0, 2\), got 1 to 2",
    ),
    (lambda: ol.datasets.breast_cancer(validation=2), ValueError, r"validation must be a number in \(0, 1\), got 2"),
    (lambda: ol.datasets.diabetes(validation=1.5), ValueError, r"validation must be a number in \(0, 1\), got 1.5"),
    (lambda: ol.datasets.linear_regression(n=5, features=4), ValueError, "n must be an integer >= 6, got 5"),
    (lambda: ol.datasets.linear_regression(kappa=0.5), ValueError, "kappa must be a number >= 1, got 0.5"),
    (lambda: ol.datasets.heavy_tailed_classes(copies=12), ValueError, "copies must be a power of 2, got 12"),
    (lambda: ol.datasets.spirals(turns=0), ValueError, "turns must be a finite number > 0, got 0"),
    (lambda: ol.datasets.waves(features=1), ValueError, "features must be an integer >= 2, got 1"),
    (lambda: ol.datasets.ratings(rank=0), ValueError, "rank must be an integer >= 1, got 0"),
    (lambda: ol.datasets.ratings(observed=1), ValueError, r"observed must be a number in \(0, 1\), got 1"),
    (lambda: fit(seed=-1), ValueError, "seed must be an integer >= 0, got -1"),
    (lambda: fit(seed=None), TypeError, "seed must be an integer >= 0, got None"),
    (lambda: fit(batch_size=2.0), TypeError, "batch_size must be an integer >= 1, got 2.0"),
    (lambda: fit(batch_size=ol.MiniBatches(3)), ValueError, "batch_size must be at most .* samples, 2, got 3"),
    (lambda: ol.MiniBatches(3, "shuffled"), ValueError, "order must be one of .*, got 'shuffled'; did you mean"),
    (lambda: ol.EarlyStopping(0), ValueError, "patience must be an integer >= 1, got 0"),
    (lambda: ol.EarlyStopping(3, min_delta=-1), ValueError, "min_delta must be a finite number >= 0, got -1"),
    (
        lambda: fit(early_stopping=ol.EarlyStopping(3)),
        ValueError,
        r"early_stopping must be None for data without a validation part, got EarlyStopping\(patience=3",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), MODEL_CASES)
def test_wrong_call_of_models(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- all update rules ----------------------------------------------------------------------------------------------

FIELDS = [(cls, field.name) for cls in (ol.OPTIMIZERS | ol.COMBINATORS).values() for field in fields(cls)]
layered, plane = ((2, 3), (3,)), np.array([1.0, 2.0])


class NoState(NoUpdate):
    """A rule inside that keeps no count of steps and has no rate."""

    def update(self, grad, state):
        return -grad, state


class KeepsPhi(NoState):
    def init(self, theta):
        return {"phi": theta}


class Flat:
    """An objective whose Hessian and Jacobian are 0."""

    dim = 2

    def value(self, theta):
        return 0.0 * theta.sum(-1)

    def grad(self, theta):
        return np.zeros_like(theta)

    def hessian(self, theta):
        return np.zeros((*theta.shape, 2))

    jacobian = hessian
    residuals = grad


def made(cls, **options):
    needed = {"inner": ol.SGD(), "bound": 1.0, "weight_decay": 0.1}
    missing = {field.name for field in fields(cls) if field.default is MISSING}
    return cls(**{name: needed[name] for name in needed if name in missing} | options)


@pytest.mark.parametrize(("cls", "field"), FIELDS, ids=lambda x: getattr(x, "__name__", x))
def test_every_field_of_every_rule_is_checked(cls, field):
    """No text, no negative number, and no NaN passes as any hyperparameter, and the message names it."""
    for wrong in ("fast", -1.0, nan):
        with pytest.raises((TypeError, ValueError), match=rf"^{field} .*must be .*, got .*{str(wrong).strip('-')}"):
            made(cls, **{field: wrong})


shapes = r"shapes must be None or a sequence of shapes \(n,\) or \(m, n\) of integers >= 1, got "
RULE_CASES = [
    (lambda: ol.RAdam(threshold=3.0), ValueError, "threshold must be a number >= 4, got 3.0"),
    (lambda: ol.NAdam(decay=1.0), ValueError, r"decay must be a number in \[0, 1\), got 1.0"),
    (
        lambda: ol.AdamW(weight_decay=np.array([0.1, -0.1])),
        ValueError,
        "weight_decay must be a finite number >= 0, got",
    ),
    (lambda: ol.Adadelta(rho=1.0), ValueError, r"rho must be a number in \[0, 1\), got 1.0"),
    (lambda: ol.Adafactor(decay=np.array([0.8, 0.9])), ValueError, "decay must be one number, the same for all runs"),
    (lambda: ol.LARS(trust=0.0), ValueError, "trust must be a finite number > 0, got 0.0"),
    (lambda: ol.LAMB(shapes=5), TypeError, shapes + "5"),
    (lambda: ol.LAMB(shapes=()), ValueError, shapes + r"\(\)"),
    (lambda: ol.LARS(shapes=((2, 3, 4),)), ValueError, shapes + r"\(\(2, 3, 4\),\)"),
    (lambda: ol.Shampoo(shapes=((2, 0),)), ValueError, shapes + r"\(\(2, 0\),\)"),
    (lambda: ol.SOAP(shapes=((2.0, 3),)), TypeError, shapes + r"\(\(2.0, 3\),\)"),
    (lambda: ol.Muon(shapes=((True, 3),)), TypeError, shapes + r"\(\(True, 3\),\)"),
    *[
        (
            lambda c=c: c(shapes=layered).init(np.ones(8)),
            ValueError,
            r"shapes must have 8 numbers in all, as many as theta, got 9: \(\(2, 3\), \(3,\)\)",
        )
        for c in (ol.LARS, ol.LAMB, ol.Adafactor, ol.Muon, ol.Shampoo, ol.SOAP)
    ],
    (lambda: ol.Muon().init(plane), ValueError, r"shapes must have at least one matrix \(m, n\), got None"),
    (lambda: ol.Muon(shapes=layered, newton_schulz=0), ValueError, "newton_schulz must be an integer >= 1, got 0"),
    (lambda: ol.Muon(vectors=ol.AdamW()), TypeError, "vectors must be a rule that reads the gradient alone, got AdamW"),
    (lambda: ol.SOAP(every=2.0), TypeError, "every must be an integer >= 1, got 2.0"),
    (lambda: ol.LBFGS(memory=0), ValueError, "memory must be an integer >= 1, got 0"),
    (lambda: ol.LBFGS(lr=np.array([0.5, 1.0])), ValueError, "lr must be one number: L-BFGS takes one run at a time"),
    (lambda: ol.LBFGS(c1=0.95), ValueError, "c1 and c2 must be numbers with 0 < c1 < c2 < 1, got 0.95 and 0.9"),
    (
        lambda: ol.LBFGS().init(np.ones((3, 2))),
        ValueError,
        r"theta must have shape \(d,\): .*, got shape \(3, 2\)",
    ),
    (
        lambda: ol.Newton().update(plane, {"t": 0}, theta=plane, objective=ForgetsState()),
        TypeError,
        "objective must have 'hessian' for this rule, got ",
    ),
    (
        lambda: ol.descend(ol.GaussNewton(), ol.Saddle(), plane, 1),
        TypeError,
        r"objective must have 'residuals' for this rule, got Saddle\(\)",
    ),
    *[
        (lambda c=c: ol.descend(c(), Flat(), plane, 1), ValueError, "damping must be larger here: .* is singular")
        for c in (ol.Newton, ol.GaussNewton)
    ],
    *[
        (
            lambda c=c: c().update(np.ones(3), {"t": 0}, **{name: plane for name in c.reads}),
            ValueError,
            r"grad must have the shape of theta, \(2,\), got shape \(3,\)",
        )
        for c in (ol.Newton, ol.GaussNewton, ol.Adafactor)
    ],
    (lambda: ol.SAM("sgd"), TypeError, "inner must be a rule with init and update, got 'sgd' without init"),
    (lambda: ol.Lookahead(NoUpdate()), TypeError, "inner must be a rule with init and update, got .* without update"),
    (lambda: ol.DecoupledWeightDecay(NoState(), 0.1), TypeError, "inner must be a rule with lr, got "),
    (lambda: ol.Lookahead(ol.SGD(), k=0), ValueError, "k must be an integer >= 1, got 0"),
    (lambda: ol.Lookahead(ol.SGD(), alpha=1.5), ValueError, r"alpha must be a number in \(0, 1\], got 1.5"),
    (lambda: ol.Lookahead(KeepsPhi()).init(plane), ValueError, "inner must not have a state phi of its own, got "),
    (lambda: ol.ClipByNorm(ol.SGD(), 0.0), ValueError, "bound must be a finite number > 0, got 0.0"),
]


@pytest.mark.parametrize(("call", "error", "message"), RULE_CASES)
def test_wrong_call_of_rules(call, error, message):
    with pytest.raises(error, match=message):
        call()


class ReadsTheMoon(NoState):
    reads = ("moon",)


def test_a_rule_can_read_only_what_there_is():
    with pytest.raises(ValueError, match="reads must be one of theta, objective, got 'moon'"):
        ol.descend(ReadsTheMoon(), f, [1.0, 2.0], 1)
