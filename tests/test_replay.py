"""The fast part of `descend` against its loop, bit for bit; where it is taken, and where it steps aside."""

import numpy as np
import pytest

import optimlib as ol
from optimlib import replay
from optimlib.optimizers import Adam

RULES = [
    ol.SGD(lr=2e-3),
    ol.Momentum(lr=1e-3, beta=0.8),
    ol.Adam(lr=0.03),
    ol.Adam(lr=1, beta1=0.0, beta2=np.float64(0.7), eps=np.array(1e-3)),
    ol.AdamW(lr=0.02, weight_decay=0.3),
]
SURFACES = [make() for make in ol.SURFACES.values()] + [
    ol.Quadratic(kappa=30.0, angle=0.4),
    ol.Rosenbrock(a=np.float64(0.5), b=20),
    *(kind(dim=dim) for kind in (ol.Rastrigin, ol.DoubleWell) for dim in (1, 3)),
    *(ol.Quadratic(kappa=9.0, dim=dim, seed=3) for dim in (1, 3, replay.FEW - 1, replay.FEW, 19)),
]
BATCHES = [(), (1,), (5,), (2, 3)]


def by_the_loop(monkeypatch, *arguments):
    with monkeypatch.context() as patch:
        patch.setattr(replay, "applies", lambda *_: False)
        return ol.descend(*arguments)


def same_bits(a, b):
    """Equal with the signs of zeros, where NaN equals NaN."""
    assert (a.shape, a.dtype) == (b.shape, b.dtype)
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(np.signbit(a) & (a == 0), np.signbit(b) & (b == 0))


def same_run(a, b):
    same_bits(a.theta, b.theta)
    same_bits(a.loss, b.loss)
    np.testing.assert_array_equal(a.diverged_at, b.diverged_at)


def start(surface, batch, dtype=np.float64):
    return np.random.default_rng(len(batch)).uniform(-1.5, 1.5, (*batch, surface.dim)).astype(dtype)


@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("surface", SURFACES, ids=repr)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_it_returns_the_bits_of_the_loop(rule, surface, batch, monkeypatch):
    arguments = rule, surface, start(surface, batch), 150
    run = ol.descend(*arguments)
    same_run(run, by_the_loop(monkeypatch, *arguments))


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
@pytest.mark.parametrize("surface", SURFACES, ids=repr)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_it_does_so_in_other_floating_types(rule, surface, dtype, monkeypatch):
    arguments = rule, surface, start(surface, (5,), dtype), 100
    same_run(ol.descend(*arguments), by_the_loop(monkeypatch, *arguments))


@pytest.mark.parametrize("steps", [0, 1, replay.STEPS, replay.STEPS + 1, 2 * replay.STEPS])
def test_runs_may_end_anywhere_in_a_block(steps, monkeypatch):
    arguments = ol.Adam(lr=0.1), ol.Beale(), start(ol.Beale(), (3,)), steps
    run = ol.descend(*arguments)
    assert run.steps == steps
    same_run(run, by_the_loop(monkeypatch, *arguments))


def test_many_runs_make_short_blocks(monkeypatch):
    arguments = ol.Adam(lr=0.1), ol.Himmelblau(), start(ol.Himmelblau(), (replay.POINTS // 2 - 1,)), 5
    same_run(ol.descend(*arguments), by_the_loop(monkeypatch, *arguments))


def test_no_run_at_all():
    assert ol.descend(ol.Adam(), ol.Beale(), np.empty((0, 2)), 3).theta.shape == (4, 0, 2)


@pytest.mark.parametrize("lr", [1.0, 2.1, 3.0, 1e200])
@pytest.mark.parametrize("begin", [[1.0], [[1.0], [1e-250]], [[1e160], [1.0]]], ids=str)
def test_where_something_diverges_the_loop_decides(lr, begin, monkeypatch):
    arguments = ol.SGD(lr=lr), ol.Quadratic(kappa=1.0, dim=1), begin, 2000
    same_run(ol.descend(*arguments), by_the_loop(monkeypatch, *arguments))


def test_a_loss_that_is_infinite_for_a_while_is_seen(monkeypatch):
    arguments = ol.SGD(lr=1.0), ol.Quadratic(kappa=1.0, dim=1), [1.0], 5
    value = ol.Quadratic.value
    peak = lambda self, theta: np.where(np.asarray(theta)[..., 0] == 0.0, -np.inf, value(self, theta))  # noqa: E731
    monkeypatch.setattr(ol.Quadratic, "value", peak)
    run = ol.descend(*arguments)
    assert run.diverged_at == 1
    same_run(run, by_the_loop(monkeypatch, *arguments))


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
@pytest.mark.parametrize("far", [np.inf, -np.inf, np.nan])
def test_no_surface_is_finite_at_a_point_that_is_not(surface, far):
    """So the losses alone tell that a run has diverged."""
    theta = np.tile(np.linspace(-1.0, 1.5, surface.dim), (surface.dim, 1))
    np.fill_diagonal(theta, far)
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(surface.value(theta)).any()
        assert not np.isfinite(surface.value(np.full(surface.dim, far)))


def test_a_gradient_may_lie_in_memory_as_it_likes(monkeypatch):
    monkeypatch.setattr(ol.Saddle, "grad", lambda self, theta: np.multiply(theta, np.array([2.0, -0.5]), order="C"))
    arguments = ol.Momentum(lr=0.1), ol.Saddle(), start(ol.Saddle(), (4,)), 20
    same_run(ol.descend(*arguments), by_the_loop(monkeypatch, *arguments))


class OwnAdam(Adam):
    """A subclass may have another update."""


class OwnSurface(ol.Saddle):
    """A subclass may have another gradient."""


@pytest.mark.parametrize(
    ("applies", "rule", "surface", "more"),
    [
        (True, ol.Adam(), ol.Saddle(), {}),
        (True, ol.AdamW(lr=np.float32(0.1)), ol.Saddle(), {}),
        (False, ol.Adam(), ol.Saddle(), {"record": ["m"]}),
        (False, ol.Adam(), ol.Saddle(), {"noise": ol.GradientNoise(0.0)}),
        (False, ol.Adam(lr=lambda t: 0.1 / t), ol.Saddle(), {}),
        (False, ol.Adam(beta1=np.array([0.5, 0.9])), ol.Saddle(), {}),
        (False, ol.Yogi(), ol.Saddle(), {}),
        (False, OwnAdam(), ol.Saddle(), {}),
        (False, ol.Adam(), OwnSurface(), {}),
    ],
    ids=repr,
)
def test_where_it_applies_the_gradient_is_asked_for_once(applies, rule, surface, more, monkeypatch):
    asked = []
    grad = ol.Saddle.grad
    monkeypatch.setattr(ol.Saddle, "grad", lambda self, theta: asked.append(theta) or grad(self, theta))
    ol.descend(rule, surface, [1.0, 0.1], 30, **more)
    assert len(asked) == (1 if applies else 30)


def test_half_precision_is_left_to_the_loop():
    assert replay.applies(ol.Adam(), ol.DoubleWell(dim=3), np.ones(3, np.float32))
    assert not replay.applies(ol.Adam(), ol.DoubleWell(dim=3), np.ones(3, np.float16))


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_the_gradient_of_every_surface_can_be_recorded(surface, monkeypatch):
    went, run = [], replay.run
    monkeypatch.setattr(replay, "run", lambda *arguments: went.append(run(*arguments)) or went[-1])
    ol.descend(ol.SGD(lr=1e-3), surface, start(surface, ()), 30)
    assert went == [True]


BYPASSES = {  # what would take numbers out of the record, and freeze them
    "conversion": lambda x: 2.0 * np.asarray(x),
    "conversion inside": lambda x: x + np.array(x, dtype=float),
    "functions of several": lambda x: np.stack([x, x]),
    "functions of one": np.sort,
    "choice": lambda x: np.where(x > 0.0, x, 0.0),
    "condition": lambda x: x if (x > 0.0).all() else -x,
    "truth": lambda x: x if x[..., 0] > 0.0 else -x,
    "number": lambda x: float(x[0, 0]) * x,
    "method": lambda x: x.copy() * 2.0,
    "chosen entries": lambda x: x[:, [0, 1]] * 2.0,
    "assignment": lambda x: x.__setitem__(0, 1.0) or x,
    "constant": lambda x: np.ones(x.shape),
}


@pytest.mark.parametrize("name", BYPASSES)
def test_what_cannot_be_replayed_cannot_be_recorded_and_is_left_to_the_loop(name, monkeypatch):
    with pytest.raises((TypeError, AttributeError)):
        replay.record(BYPASSES[name], np.ones((3, 2)))
    asked = []
    monkeypatch.setattr(ol.Saddle, "grad", lambda self, theta: asked.append(theta) or BYPASSES["conversion"](theta))
    run = ol.descend(ol.SGD(lr=0.25), ol.Saddle(), [1.0, 2.0], 3)
    assert run.theta[:, 0].tolist() == [1.0, 0.5, 0.25, 0.125]
    assert len(asked) == 1 + 3


def test_a_record_computes_with_what_its_source_holds_by_then():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    weights = np.array([1.0, 10.0])
    calls, result = replay.record(lambda a: 2 * (a[:, 0] + (weights * a).sum(-1)) - a.sum(0), x)
    assert result.tolist() == [40.0, 86.0]
    x[...] = [[0.0, 1.0], [2.0, 0.0]]
    for call, arguments in calls:
        call(*arguments)
    assert result.tolist() == [18.0, 7.0]
    assert weights.tolist() == [1.0, 10.0]
