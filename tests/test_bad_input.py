"""Wrong calls: each raises an error that names the argument, the value, and what was expected."""

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
