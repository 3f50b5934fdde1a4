"""The updates of `fit`: in place or not, they are those of the rule, bit for bit, and leave old parameters alone."""

import numpy as np
import pytest

import optimlib as ol
from optimlib import steps
from optimlib.fused import InPlace
from optimlib.optimizers import Adam
from optimlib.steps import Steps


class OwnAdam(Adam):
    """A subclass may have another update."""


def falling(t):
    return 0.1 / t


IN_PLACE = [ol.SGD(lr=falling), ol.Momentum(), ol.Adam(lr=falling), ol.AdamW(lr=np.float32(0.01), weight_decay=0.1)]
BY_THE_RULE = [ol.Yogi(), OwnAdam(), ol.Adam(lr=np.array([0.1, 0.2]))]


@pytest.fixture
def twins(monkeypatch):
    """How many steps twins have taken: a list of gradients."""
    taken, step = [], InPlace.step
    monkeypatch.setattr(InPlace, "step", lambda self, grad: taken.append(grad) or step(self, grad))
    return taken


def gradients(shape, dtype=np.float64, n=20):
    return np.random.default_rng(0).standard_normal((n, *shape)).astype(dtype)


def reads_of(rule, theta):
    return {"theta": theta} if "theta" in getattr(rule, "reads", ()) else {}


def check(rule, theta, grads, state=None):
    """Steps against the rule; returns the parameters after each step."""
    state = rule.init(theta) if state is None else state
    taken, path, expected = Steps(rule, theta, state), [theta], [theta.copy()]
    for grad in grads:
        path.append(taken.take(path[-1], grad, reads_of(rule, path[-1])))
        step, state = rule.update(grad, state, **reads_of(rule, expected[-1]))
        expected.append(expected[-1] + step)
        np.testing.assert_equal(taken.state, state)
    for got, wanted in zip(path, expected, strict=True):  # now, not before: no step has touched an older theta
        np.testing.assert_array_equal(got, wanted)
        assert got.dtype == wanted.dtype
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", IN_PLACE, ids=repr)
def test_a_vector_steps_in_place(rule, dtype, twins):
    check(rule, np.ones(7, dtype), gradients((7,), dtype))
    assert len(twins) == 20


@pytest.mark.parametrize("rule", BY_THE_RULE, ids=repr)
def test_other_rules_step_by_their_update(rule, twins):
    check(rule, np.ones((2, 3)), gradients((2, 3)))
    assert not twins


@pytest.mark.parametrize("theta", [np.ones((2, 3)), np.ones(3, np.float16), np.array([1.0, np.nan])], ids=str)
def test_so_do_parameters_that_no_twin_takes(theta, twins):
    check(ol.Adam(), theta, gradients(theta.shape, theta.dtype), ol.Adam().init(np.ones_like(theta)))
    assert not twins


@pytest.mark.parametrize("rule", IN_PLACE, ids=repr)
def test_a_gradient_of_another_type_is_left_to_the_rule_from_then_on(rule, twins):
    grads = [*gradients((5,), np.float32, 6), *gradients((5,), np.float64, 6), *gradients((5,), np.float32, 6)]
    path = check(rule, np.ones(5, np.float32), grads)
    assert len(twins) == 6
    assert path[-1].dtype == np.float64


def test_the_error_of_a_gradient_of_another_shape_is_that_of_the_rule():
    taken = Steps(ol.Adam(), np.ones(3), ol.Adam().init(np.ones(3)))
    with pytest.raises(ValueError, match=r"grad must have the shape of the parameters given to init, \(3,\)"):
        taken.take(np.ones(3), np.ones(4), {})


def test_fit_steps_in_place(twins, monkeypatch):
    digits, model = ol.datasets.digits(), ol.MLP((64, 8, 10))
    fast = ol.fit(model, ol.Adam(), digits, model.init(), 2, 256)
    assert len(twins) == 12
    monkeypatch.setattr(steps, "_has_twin", lambda *_: False)
    slow = ol.fit(model, ol.Adam(), digits, model.init(), 2, 256)
    np.testing.assert_array_equal(fast.theta, slow.theta)
    np.testing.assert_array_equal(fast.loss, slow.loss)
    assert len(twins) == 12
