"""The in-place twins: rules × levels × dtypes against the rule, around the block's length; state, threads, errors."""

import sys
import warnings

import numpy as np
import pytest

import optimlib as ol
from optimlib import fused
from optimlib.fused import LEVELS, aligned, fuse

BLOCK = 64  # elements, in place of the real block: every length below stays small
LENGTHS = [1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 17]
STEPS = 60
DTYPES = [np.float32, np.float64]


def falling(t):
    """A schedule that changes in every step."""
    return 0.05 / (1.0 + 0.1 * t)


RULES = [
    ol.SGD(lr=0.05),
    ol.SGD(lr=falling),
    ol.Momentum(lr=0.02),
    ol.Momentum(lr=falling, beta=0.7),
    ol.Adam(),
    ol.Adam(lr=falling, beta1=0.8, beta2=0.99, eps=1e-2),
    ol.Adam(lr=0.05, beta1=0.0, beta2=0.0),
    ol.AdamW(weight_decay=0.1),
    ol.AdamW(lr=falling, beta2=0.9, weight_decay=0.0),
]
# "blocked" folds Adam's corrections into its constants, and so rounds elsewhere: see fused_passes._folded_adam.
ROUNDS_ELSEWHERE = (ol.Adam, ol.AdamW)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    def shrink(dtype):
        monkeypatch.setattr(fused, "BLOCK_BYTES", BLOCK * np.dtype(dtype).itemsize)

    return shrink


def needs(level):
    if level == "numba":
        pytest.importorskip("numba", reason="numba is optional")


def gradients(d, dtype, seed=0):
    """Gradients that differ by six orders of magnitude between coordinates and steps, with zeros among them."""
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        g = (0.3 + rng.standard_normal(d)) * 10.0 ** rng.uniform(-3, 3, d)
        yield np.where(rng.random(d) < 0.05, 0.0, g).astype(dtype)


def by_the_rule(rule, theta, state, grad):
    reads = {"theta": theta} if "theta" in getattr(rule, "reads", ()) else {}
    step, state = rule.update(grad, state, **reads)
    return theta + step, state


def rate(rule, t):
    return rule.lr(t) if callable(rule.lr) else rule.lr


def start(d, dtype, seed=1):
    theta = aligned(d, dtype)
    theta[:] = np.random.default_rng(seed).standard_normal(d)
    return theta


@pytest.mark.parametrize("d", LENGTHS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_twin_takes_the_steps_of_its_rule(rule, level, dtype, d, small_blocks):
    needs(level)
    small_blocks(dtype)
    theta = start(d, dtype)
    expected, state = theta.copy(), rule.init(theta)
    twin = fuse(rule, theta, level)
    largest = np.zeros(d)
    for t, grad in enumerate(gradients(d, dtype), start=1):
        before = grad.copy()
        twin.step(grad)
        np.testing.assert_array_equal(grad, before)  # read, never written
        largest = np.maximum.reduce([largest, abs(expected), np.full(d, 16.0 * rate(rule, t))])
        expected, state = by_the_rule(rule, expected, state, grad)
        largest = np.maximum(largest, abs(expected))
        if level == "blocked" and isinstance(rule, ROUNDS_ELSEWHERE):
            assert (abs(theta - expected) <= t * np.spacing(largest.astype(dtype))).all()
        else:
            np.testing.assert_array_equal(theta, expected)
    assert twin.theta is theta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule, ROUNDS_ELSEWHERE)], ids=repr)
def test_from_one_state_the_folded_step_is_within_one_unit_in_the_last_place(rule, dtype):
    d = 2000
    theta = start(d, dtype)
    state = rule.init(theta)
    for t, grad in enumerate(gradients(d, dtype), start=1):
        folded = theta.copy()
        fuse(rule, folded, "blocked", state=state).step(grad)
        expected, state = by_the_rule(rule, theta, state, grad)
        largest = np.maximum.reduce([abs(theta), abs(expected), np.full(d, 16.0 * rate(rule, t), dtype)])
        assert (abs(folded - expected) <= np.spacing(largest)).all()
        theta = expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_state_has_the_names_and_units_of_the_rule_and_takes_a_twin_further(rule, level, dtype, small_blocks):
    needs(level)
    small_blocks(dtype)
    d = 3 * BLOCK + 5
    theta, grads = start(d, dtype), list(gradients(d, dtype))
    twin = fuse(rule, theta, level)
    expected, state = theta.copy(), rule.init(theta)
    for grad in grads[:10]:
        twin.step(grad)
        expected, state = by_the_rule(rule, expected, state, grad)
    read = twin.state
    assert list(read) == list(state)
    eps = np.finfo(dtype).eps
    for name, value in state.items():
        assert type(read[name]) is type(value)
        assert np.asarray(read[name]).dtype == np.asarray(value).dtype
        np.testing.assert_allclose(read[name], value, rtol=0, atol=30 * eps * np.max(abs(np.asarray(value))))
    if not (level == "blocked" and isinstance(rule, ROUNDS_ELSEWHERE)):
        np.testing.assert_equal(read, state)
    # Through a file, where numbers become 0-d arrays, and in another order of names.
    saved = {name: np.asarray(value) for name, value in reversed(read.items())}
    again, exactly = theta.copy(), theta.copy()
    further = fuse(rule, again, level, state=saved)
    reference = dict(read)
    for grad in grads[10:20]:
        further.step(grad)
        exactly, reference = by_the_rule(rule, exactly, reference, grad)
    scale = np.maximum(abs(exactly), 1.0).astype(dtype)
    assert (abs(again - exactly) <= 10 * np.spacing(scale)).all()
    for name, value in read.items():  # the state that was handed out is a copy
        np.testing.assert_array_equal(saved[name], value)


@pytest.mark.parametrize("level", ["blocked", "numba"])
@pytest.mark.parametrize("threads", [2, 3, 8])
@pytest.mark.parametrize("d", [1, 5 * BLOCK + 17, 40 * BLOCK])
@pytest.mark.parametrize("rule", [ol.Momentum(), ol.AdamW(lr=falling)], ids=repr)
def test_threads_change_no_bit(rule, d, threads, level, small_blocks):
    needs(level)
    small_blocks(np.float32)
    alone, shared = start(d, np.float32), start(d, np.float32)
    one, many = fuse(rule, alone, level), fuse(rule, shared, level, threads=threads)
    for grad in gradients(d, np.float32):
        one.step(grad)
        many.step(grad)
    np.testing.assert_array_equal(shared, alone)


def test_a_vector_of_the_real_size_of_several_blocks():
    d = 3 * fused.BLOCK_BYTES // 4 + 5
    theta = start(d, np.float32)
    expected, rule = theta.copy(), ol.Momentum()
    state, twin = rule.init(theta), fuse(rule, theta, threads=2)
    for grad in list(gradients(d, np.float32))[:3]:
        twin.step(grad)
        expected, state = by_the_rule(rule, expected, state, grad)
    np.testing.assert_array_equal(theta, expected)


def test_a_strided_gradient_is_taken_as_it_is():
    wide = np.random.default_rng(0).standard_normal((100, 2))
    for level in LEVELS:
        needs(level)
        theta = np.ones(100)
        fuse(ol.Adam(), theta, level).step(wide[:, 0])
        np.testing.assert_allclose(theta, 1.0 - 1e-3 * np.sign(wide[:, 0]), rtol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
def test_errstate_around_a_step_counts_in_every_thread(threads):
    theta, huge = np.zeros(1000), np.full(1000, 1e200)
    twin = fuse(ol.Adam(), theta, threads=threads)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(over="ignore"):
            twin.step(huge)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        twin.step(huge)


def test_buffers_start_at_a_cache_line():
    for d in (1, 1000):
        for dtype in DTYPES:
            buffer = aligned(d, dtype)
            assert buffer.ctypes.data % 64 == 0
            assert (buffer.shape, buffer.dtype) == ((d,), dtype)


def read_only():
    theta = np.ones(4)
    theta.setflags(write=False)
    return theta


class OwnAdam(ol.Adam):
    """Like Yogi: a subclass has another update than Adam."""


WRONG = {  # the call, the error, and what its message must say
    "read-only": (lambda: fuse(ol.SGD(), read_only()), ValueError, "theta must be .* got a read-only array"),
    "strided": (lambda: fuse(ol.SGD(), np.ones(8)[::2]), ValueError, r"contiguous.* got strides \(16,\)"),
    "matrix": (lambda: fuse(ol.SGD(), np.ones((2, 3))), ValueError, r"a vector \(d,\).* got shape \(2, 3\)"),
    "integers": (lambda: fuse(ol.SGD(), np.arange(4)), TypeError, "float32 or float64.* got dtype int64"),
    "half": (lambda: fuse(ol.SGD(), np.ones(4, np.float16)), TypeError, "got dtype float16"),
    "list": (lambda: fuse(ol.SGD(), [1.0, 2.0]), TypeError, "theta must be .* got list"),
    "not finite": (lambda: fuse(ol.SGD(), np.array([1.0, np.nan])), ValueError, "theta must be finite"),
    "rule": (
        lambda: fuse(ol.Yogi(), np.ones(4)),
        TypeError,
        "rule must be one of SGD, Momentum, Adam, AdamW, got Yogi",
    ),
    "subclass": (lambda: fuse(OwnAdam(), np.ones(4)), TypeError, "rule must be one of .* got OwnAdam"),
    "class": (lambda: fuse(ol.Adam, np.ones(4)), TypeError, "rule must be one of"),
    "several rates": (lambda: fuse(ol.SGD(lr=np.ones(2)), np.ones(4)), TypeError, "lr must be one number"),
    "schedule": (
        lambda: fuse(ol.SGD(lr=lambda t: np.ones(2)), np.ones(4)).step(np.ones(4)),
        TypeError,
        "lr must give one number for the whole vector.* at t = 1",
    ),
    "level": (lambda: fuse(ol.SGD(), np.ones(4), "in_place"), ValueError, "level must be one of .* mean 'in place'"),
    "threads": (lambda: fuse(ol.SGD(), np.ones(4), threads=0), ValueError, "threads must be an integer >= 1"),
    "part of one": (lambda: fuse(ol.SGD(), np.ones(4), threads=1.5), TypeError, "threads must be an integer >= 1"),
    "threads, level": (
        lambda: fuse(ol.SGD(), np.ones(4), "in place", threads=2),
        ValueError,
        "threads must be 1 for level='in place'",
    ),
    "shape of grad": (
        lambda: fuse(ol.SGD(), np.ones(4)).step(np.ones(1)),
        ValueError,
        r"grad must have the shape of theta, \(4,\), got shape \(1,\)",
    ),
    "dtype of grad": (
        lambda: fuse(ol.SGD(), np.ones(4, np.float32)).step(np.ones(4)),
        TypeError,
        "grad must be an array of theta's dtype, float32, got dtype float64",
    ),
    "no array": (lambda: fuse(ol.SGD(), np.ones(2)).step([1.0, 2.0]), TypeError, "grad must be an array .* got list"),
    "names of state": (
        lambda: fuse(ol.Momentum(), np.ones(4), state={"t": 0, "m": np.zeros(4)}),
        ValueError,
        "state must have the names t, u, got t, m",
    ),
    "shape of state": (
        lambda: fuse(ol.Momentum(), np.ones(4), state={"t": 0, "u": np.zeros(3)}),
        ValueError,
        r"state\['u'\] must have shape \(4,\), got shape \(3,\)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_say_what_is_wrong(name):
    call, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("level", LEVELS)
def test_a_refused_gradient_changes_nothing(level):
    needs(level)
    theta = np.ones(4)
    twin = fuse(ol.Adam(), theta, level)
    with pytest.raises(ValueError, match="grad"):
        twin.step(np.ones(3))
    np.testing.assert_equal(twin.state, ol.Adam().init(theta))
    assert theta.tolist() == [1.0] * 4


def test_without_numba_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "optimlib.fused_numba", raising=False)
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ModuleNotFoundError, match="pip install numba"):
        fuse(ol.SGD(), np.ones(4), "numba")
