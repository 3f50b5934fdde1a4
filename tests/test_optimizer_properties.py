"""What each rule does to every sequence of gradients: batches, permutations, scales, rotations, save and load."""

import io
from dataclasses import replace

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizer_cases import DIM, EVERY, OWN_GRADIENT, SINGLE, Cubic, reads, run, sweeps

import optimlib as ol

cubic = Cubic()
few = settings(derandomize=True, max_examples=15, deadline=None)
# Gradients as they occur: neither denormal nor huge, and exact zeros among them.
numbers = st.floats(-100.0, 100.0).map(lambda x: 0.0 if abs(x) < 1e-3 else x)
sequences = hnp.arrays(np.float64, (6, DIM), elements=numbers)
points = hnp.arrays(np.float64, DIM, elements=st.floats(-3.0, 3.0))
ELEMENTWISE = [
    *("SGD", "Momentum", "EMAMomentum", "Nesterov", "Adagrad", "RMSprop", "CenteredRMSprop", "MomentumRMSprop"),
    *("Adadelta", "Adam", "AdamW", "AMSGrad", "Adamax", "NAdam", "RAdam", "Yogi", "AdaBelief", "LazyAdam", "Lion"),
    *("ScheduleFreeSGD", "ScheduleFreeAdamW", "ClipByValue", "CoupledWeightDecay", "DecoupledWeightDecay", "Lookahead"),
]
GIVEN = sorted(set(EVERY) - OWN_GRADIENT - {"Newton", "LBFGS"})  # the others ask the objective


def over(names):
    return pytest.mark.parametrize("name", names)


def bare(name, eps=1e-300):
    """The rule with an ε too small to count, which alone knows an absolute scale."""
    rule = EVERY[name]
    return replace(rule, eps=eps) if hasattr(rule, "eps") else rule


def scales(grads):
    """Away from 0: a coordinate whose gradient is 0 has no scale."""
    return np.where(grads == 0.0, 1.0, grads)


@over(GIVEN)
@given(grads=sequences, theta=points)
@few
def test_a_batch_equals_its_runs(name, grads, theta):
    rule = EVERY[name]
    others = np.stack([grads, -grads, grads[::-1]], axis=1)  # (6, 3, d)
    for hyper in ({}, sweeps(rule)[-1]):
        together = run(replace(rule, **hyper), others, np.stack([theta] * 3))
        for i in range(3):
            alone = run(replace(rule, **{key: float(value[i]) for key, value in hyper.items()}), others[:, i], theta)
            np.testing.assert_array_equal(together[:, i], alone)


@over(ELEMENTWISE)
@given(grads=sequences, theta=points, order=st.permutations(range(DIM)))
@few
def test_the_order_of_the_coordinates_does_not_matter(name, grads, theta, order):
    np.testing.assert_array_equal(
        run(EVERY[name], grads, theta)[:, order], run(EVERY[name], grads[:, order], theta[order])
    )


@over(["LARS", "LAMB", "Muon", "Shampoo", "SOAP", "Adafactor"])
def test_rules_for_layers_do_see_the_order_of_the_coordinates(name):
    """They know which coordinates form a layer: exchanging one of the matrix with one of the vector matters."""
    grads, theta = np.random.default_rng(0).standard_normal((6, DIM)), np.linspace(-1.0, 1.3, DIM)
    order = [7, 1, 2, 3, 4, 5, 6, 0]
    there, here = run(EVERY[name], grads, theta)[:, order], run(EVERY[name], grads[:, order], theta[order])
    assert np.max(abs(there - here)) > 1e-4


@over(["Muon", "Shampoo", "SOAP", "Adafactor", "LARS", "LAMB"])
@given(grads=sequences, theta=points, rows=st.permutations(range(3)))
@few
def test_rows_of_a_matrix_may_be_exchanged(name, grads, theta, rows):
    order = [*np.arange(6).reshape(3, 2)[rows].ravel(), 6, 7]
    rng = np.random.default_rng(0)
    grads = grads + rng.standard_normal(grads.shape)  # SOAP's eigenvectors are unique only if eigenvalues differ
    there, here = run(EVERY[name], grads, theta)[:, order], run(EVERY[name], grads[:, order], theta[order])
    np.testing.assert_allclose(there, here, rtol=1e-5, atol=1e-6)


# The scale of the loss. 2^k multiplies without rounding, so that equal is equal to the last bit.


@over(
    ["Adam", "AMSGrad", "NAdam", "RAdam", "Adagrad", "RMSprop", "MomentumRMSprop", "Lion", "LazyAdam", "Adamax", "SOAP"]
)
@given(grads=sequences, theta=points, power=st.integers(-20, 20))
@few
def test_some_rules_do_not_see_the_scale_of_the_loss(name, grads, theta, power):
    rule, grads = bare(name), scales(grads)
    if name == "RAdam":  # before ρₜ > 5 it is momentum, which does see the scale
        rule = replace(rule, beta2=0.0, beta1=0.0, threshold=4.0)
        assert np.max(abs(run(rule, grads, theta) - run(rule, 2.0 * grads, theta))) > 0.0
        return
    scaled = run(rule, 2.0**power * grads, theta)
    if name == "SOAP":  # LAPACK rounds otherwise
        np.testing.assert_allclose(scaled, run(rule, grads, theta), rtol=1e-4, atol=1e-4)
    else:
        np.testing.assert_array_equal(scaled, run(rule, grads, theta))


def test_radam_sees_the_scale_of_the_loss_until_v_rests_on_enough_gradients():
    grads, steps = np.ones((9, 1)), []
    for scale in (1.0, 4.0):
        path = run(bare("RAdam"), scale * grads, np.zeros(1))
        steps.append(np.diff(path, axis=0)[:, 0])
    np.testing.assert_allclose(steps[1] / steps[0], [4.0] * 5 + [1.0] * 4)  # ρₜ > 5 from the sixth step on


@given(grads=sequences, powers=hnp.arrays(np.int64, DIM, elements=st.integers(-20, 20)))
@few
def test_adam_and_adagrad_do_not_see_a_scale_of_each_coordinate_either(grads, powers):
    grads, theta = scales(grads), np.zeros(DIM)
    for name in ("Adam", "Adagrad"):
        np.testing.assert_array_equal(run(bare(name), 2.0**powers * grads, theta), run(bare(name), grads, theta))


@over(["SGD", "Momentum", "EMAMomentum", "Nesterov", "ScheduleFreeSGD"])
@given(grads=sequences, power=st.integers(-20, 20))
@few
def test_the_steps_of_linear_rules_grow_with_the_loss(name, grads, power):
    scaled = run(EVERY[name], 2.0**power * grads, np.zeros(DIM))
    np.testing.assert_array_equal(scaled, 2.0**power * run(EVERY[name], grads, np.zeros(DIM)))


@given(grads=sequences, theta=points, power=st.integers(-10, 10))
@few
def test_lars_and_lamb_do_not_see_the_scale_of_the_loss_but_that_of_the_weights(grads, theta, power):
    grads, theta = scales(grads), np.where(abs(theta) < 0.1, 0.1, theta)
    for rule in (replace(EVERY["LARS"], weight_decay=0.0), replace(EVERY["LAMB"], weight_decay=0.0, eps=1e-300)):
        path = run(rule, grads, theta)
        np.testing.assert_allclose(run(rule, 2.0**power * grads, theta), path, rtol=1e-12)
        np.testing.assert_allclose(run(rule, grads, 2.0**power * theta), 2.0**power * path, rtol=1e-12)


# Rotations.

rotations = st.integers(0, 10_000).map(
    lambda seed: np.linalg.qr(np.random.default_rng(seed).standard_normal((DIM, DIM)))[0]
)


@over(["SGD", "Momentum", "EMAMomentum", "Nesterov", "ScheduleFreeSGD", "ClipByNorm", "DecoupledWeightDecay"])
@given(grads=sequences, theta=points, Q=rotations)
@few
def test_turned_gradients_give_turned_paths(name, grads, theta, Q):
    turned = run(EVERY[name], grads @ Q.T, Q @ theta)
    np.testing.assert_allclose(turned, run(EVERY[name], grads, theta) @ Q.T, rtol=1e-10, atol=1e-9)


@over(["Adam", "Adagrad", "RMSprop", "Lion", "ClipByValue", "Adadelta", "Yogi"])
def test_rules_for_coordinates_see_the_axes(name):
    """The counterexample: a gradient along the first axis, and the same turned by 45 degrees."""
    c = np.sqrt(0.5)
    Q = np.array([[c, -c], [c, c]])
    grads = np.tile([10.0, 0.0], (3, 1))
    straight, turned = run(EVERY[name], grads, np.zeros(2)), run(EVERY[name], grads @ Q.T, np.zeros(2))
    assert np.max(abs(straight @ Q.T - turned)) > 1e-4
    assert np.linalg.norm(turned[1]) > 1.2 * np.linalg.norm(straight[1])  # √2 times as long: both axes move


def test_newton_and_lbfgs_follow_a_turned_quadratic():
    f, theta = ol.Quadratic(kappa=50.0), np.array([1.5, -1.0])
    turned = ol.Quadratic(kappa=50.0, angle=0.7)
    Q = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    for rule in (ol.Newton(damping=3.0), ol.LBFGS()):
        np.testing.assert_allclose(
            ol.descend(rule, turned, Q @ theta, 6).loss, ol.descend(rule, f, theta, 6).loss, rtol=1e-6, atol=1e-12
        )


# The state.


@over(sorted(EVERY))
def test_the_state_survives_saving_and_loading(name):
    """np.savez makes numbers zero-dimensional arrays; .item() makes them numbers again, in float32 as well."""
    rule = EVERY[name]
    for dtype in (np.float64, np.float32):
        f, theta = Cubic(dtype), np.linspace(-1.0, 1.3, DIM).astype(dtype)
        state = rule.init(theta)
        for stop in (False, True):
            for _ in range(7):
                step, state = rule.update(f.grad(theta), state, **reads(rule, theta, f))
                theta = theta + step
            if not stop:
                file = io.BytesIO()
                np.savez(file, **state)
                file.seek(0)
                loaded = {key: value if value.ndim else value.item() for key, value in np.load(file).items()}
                there, again = theta, loaded
        for _ in range(7):
            step, again = rule.update(f.grad(there), again, **reads(rule, there, f))
            there = there + step
        np.testing.assert_array_equal(there, theta)
        assert there.dtype == dtype
        assert again.keys() == state.keys()


@over(sorted(set(EVERY) - SINGLE))
@given(grads=sequences, theta=points)
@few
def test_inputs_never_change(name, grads, theta):
    rule = EVERY[name]
    copies = grads.copy(), theta.copy()
    grads.flags.writeable = theta.flags.writeable = False
    state, point = rule.init(theta), theta
    for grad in grads:
        for value in state.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        step, state = rule.update(grad, state, **reads(rule, point, cubic))
        point = point + step
        assert not np.shares_memory(step, grad)
    np.testing.assert_array_equal(grads, copies[0])
    np.testing.assert_array_equal(theta, copies[1])
