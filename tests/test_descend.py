"""The descent loop: shapes, divergence, recording, readers' own rules, and that inputs stay as they were."""

import warnings

import numpy as np
import pytest

import optimlib as ol


class Plain:
    """A reader's own rule in three lines."""

    def init(self, theta):
        return {}

    def update(self, grad, state):
        return -0.1 * grad, state


def test_a_rule_of_ones_own_needs_no_base_class():
    run = ol.descend(Plain(), ol.Quadratic(), [1.0, 1.0], 20)
    same = ol.descend(ol.SGD(lr=0.1), ol.Quadratic(), [1.0, 1.0], 20)
    np.testing.assert_array_equal(run.theta, same.theta)


def test_the_trajectory_starts_at_the_start_and_holds_the_loss_of_every_point():
    f = ol.Rosenbrock()
    run = ol.descend(ol.Adam(lr=0.01), f, [-1.2, 1.0], 50)
    assert run.theta.shape == (51, 2)
    assert run.steps == 50
    np.testing.assert_array_equal(run.theta[0], [-1.2, 1.0])
    np.testing.assert_array_equal(run.loss, f.value(run.theta))
    assert run.diverged_at == -1


def test_no_steps_give_the_start_alone():
    run = ol.descend(ol.SGD(), ol.Quadratic(), [1.0, 2.0], 0)
    assert run.theta.tolist() == [[1.0, 2.0]]


def test_divergence_is_quiet_and_dated():
    """η λ = 3 doubles the error at every step: θ is finite as long as its square does not overflow."""
    f = ol.Quadratic(kappa=1.0, dim=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = ol.descend(ol.SGD(lr=3.0), f, [1.0], 2000)
    t = int(run.diverged_at)
    assert t == 512  # 2**512 squared is beyond the largest double, about 2**1024
    assert np.isfinite(run.theta[:t]).all()
    assert np.isfinite(run.loss[:t]).all()
    assert np.isnan(run.theta[t:]).all()
    assert np.isnan(run.loss[t:]).all()


def test_one_diverging_run_leaves_the_others_alone():
    run = ol.descend(ol.SGD(lr=np.array([0.1, 3.0, 0.5])), ol.Quadratic(kappa=1.0, dim=1), [1.0], 600)
    assert run.diverged_at.tolist() == [-1, 512, -1]
    alone = ol.descend(ol.SGD(lr=0.5), ol.Quadratic(kappa=1.0, dim=1), [1.0], 600)
    np.testing.assert_array_equal(run.theta[:, 2], alone.theta)


def test_first_below():
    run = ol.descend(ol.SGD(lr=np.array([0.5, 1e-6])), ol.Quadratic(kappa=1.0, dim=1), [1.0], 20)
    assert run.first_below(0.01).tolist() == [int(np.argmax(run.loss[:, 0] < 0.01)), -1]
    assert run.loss[run.first_below(0.01)[0] - 1, 0] >= 0.01


def test_recorded_state_is_the_state_of_each_step():
    f = ol.Quadratic(kappa=5.0)
    run = ol.descend(ol.Adam(), f, [1.0, 1.0], 3, record=["m", "beta1_t"])
    g = f.grad(run.theta)
    np.testing.assert_allclose(run.state["m"][1], 0.1 * g[0])
    np.testing.assert_allclose(run.state["m"][2], 0.9 * 0.1 * g[0] + 0.1 * g[1])
    np.testing.assert_allclose(run.state["beta1_t"], [1.0, 0.9, 0.81, 0.729])
    assert run.state["m"].shape == (4, 2)


@pytest.mark.parametrize("optimizer", [ol.SGD(), ol.Adam(), ol.Nesterov(lr=np.array([0.1, 0.2]))], ids=repr)
def test_the_start_is_never_written_to(optimizer):
    start = np.array([1.0, 2.0])
    run = ol.descend(optimizer, ol.Quadratic(), start, 5)
    np.testing.assert_array_equal(start, [1.0, 2.0])
    run.theta[0] = 7.0
    np.testing.assert_array_equal(start, [1.0, 2.0])


@pytest.mark.parametrize(("dtype", "lr"), [(np.float16, 1e-4), (np.float32, 1e-8)])
def test_a_run_computes_in_the_type_of_its_start(dtype, lr):
    """A step too small for the type is lost in rounding: the point never moves, as it would on a GPU."""
    run = ol.descend(ol.SGD(lr=lr), ol.Quadratic(kappa=1.0, dim=1), np.ones(1, dtype), 100)
    assert run.theta.dtype == dtype
    assert (run.theta == 1).all()
    exact = ol.descend(ol.SGD(lr=lr), ol.Quadratic(kappa=1.0, dim=1), [1.0], 100)
    assert exact.theta[-1, 0] == pytest.approx((1 - lr) ** 100)
