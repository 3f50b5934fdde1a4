"""Every update rule: what each must do whatever its formula, and what single rules promise."""

from dataclasses import replace

import numpy as np
import pytest
from optimizer_cases import DIM, EVERY, OWN_GRADIENT, RESTLESS, SINGLE, Cubic, reads, sweeps

import optimlib as ol

cubic = Cubic()
start = np.linspace(-1.0, 1.3, DIM)


def over(names):
    rules = [rule for name, rule in EVERY.items() if name in names]
    return pytest.mark.parametrize("rule", rules, ids=lambda rule: type(rule).__name__)


each = over(set(EVERY))
each_batched = over(set(EVERY) - SINGLE)
each_with_lr = over(set(ol.OPTIMIZERS))
each_swept = over(set(ol.OPTIMIZERS) - SINGLE)


def test_the_table_has_every_rule():
    assert set(EVERY) == set(ol.OPTIMIZERS) | set(ol.COMBINATORS)
    assert all(name in ol.__all__ and getattr(ol, name) is cls for name, cls in ol.OPTIMIZERS.items())
    assert all(name in ol.__all__ and getattr(ol, name) is cls for name, cls in ol.COMBINATORS.items())


def test_momentum_conventions_differ_by_a_factor_of_one_minus_beta():
    f, start = ol.Quadratic(kappa=25.0), [1.0, 1.0]
    heavy = ol.descend(ol.Momentum(lr=0.01, beta=0.9), f, start, 200)
    same_lr = ol.descend(ol.EMAMomentum(lr=0.01, beta=0.9), f, start, 200)
    converted = ol.descend(ol.EMAMomentum(lr=0.01 / (1 - 0.9), beta=0.9), f, start, 200)
    assert np.max(abs(heavy.theta - converted.theta)) < 1e-14
    assert same_lr.loss[-1] > 1e4 * heavy.loss[-1]


def test_nesterov_equals_its_original_two_point_form():
    """Nesterov 1983 in the variables of Sutskever et al. 2013, eqs. (3), (4); our θ is their θ + μ v."""
    f, lr, mu = ol.Rosenbrock(), 2e-4, 0.9
    theta, velocity = np.array([-1.2, 1.0]), np.zeros(2)
    ahead = [theta]
    for _ in range(100):
        velocity = mu * velocity - lr * f.grad(theta + mu * velocity)
        theta = theta + velocity
        ahead.append(theta + mu * velocity)
    ours = ol.descend(ol.Nesterov(lr=lr, beta=mu), f, [-1.2, 1.0], 100).theta
    assert np.max(abs(ours - np.array(ahead))) < 1e-12


@each_batched
def test_a_sweep_is_bit_for_bit_the_separate_runs(rule):
    for hyper in sweeps(rule):
        together = ol.descend(replace(rule, **hyper), cubic, start, 100)
        for i in range(3):
            alone = ol.descend(replace(rule, **{k: float(v[i]) for k, v in hyper.items()}), cubic, start, 100)
            np.testing.assert_array_equal(together.theta[:, i], alone.theta)
            np.testing.assert_array_equal(together.loss[:, i], alone.loss)


@pytest.mark.parametrize("name", ["SGD", "Momentum", "EMAMomentum", "Nesterov", "Adagrad", "RMSprop", "Adam"])
@pytest.mark.parametrize("f", [ol.Quadratic(kappa=20.0, angle=0.3), ol.Quadratic(kappa=5.0, dim=6, seed=1)], ids=repr)
def test_a_sweep_on_a_quadratic_is_bit_for_bit_the_separate_runs(name, f):
    origin = np.linspace(-1.0, 1.3, f.dim)
    for hyper in sweeps(EVERY[name]):
        together = ol.descend(replace(EVERY[name], **hyper), f, origin, 100)
        for i in range(3):
            alone = ol.descend(replace(EVERY[name], **{k: float(v[i]) for k, v in hyper.items()}), f, origin, 100)
            np.testing.assert_array_equal(together.theta[:, i], alone.theta)
            np.testing.assert_array_equal(together.loss[:, i], alone.loss)


@pytest.mark.parametrize("name", ol.COMBINATORS)
def test_a_sweep_over_the_rule_inside_is_bit_for_bit_the_separate_runs(name):
    rule, rates = EVERY[name], np.array([0.001, 0.01, 0.05])
    together = ol.descend(replace(rule, inner=replace(rule.inner, lr=rates)), cubic, start, 40)
    assert together.theta.shape == (41, 3, DIM)
    for i in range(3):
        alone = ol.descend(replace(rule, inner=replace(rule.inner, lr=float(rates[i]))), cubic, start, 40)
        np.testing.assert_array_equal(together.theta[:, i], alone.theta)


@each_swept
def test_a_sweep_over_rates_and_starts_broadcasts(rule):
    swept = replace(rule, lr=np.array([0.01, 0.02, 0.03])[:, None])  # (3, 1)
    starts = np.random.default_rng(0).standard_normal((4, DIM))
    together = ol.descend(swept, cubic, starts, 30)
    assert together.theta.shape == (31, 3, 4, DIM)
    alone = ol.descend(replace(rule, lr=0.02), cubic, starts[3], 30)
    np.testing.assert_array_equal(together.theta[:, 1, 3], alone.theta)


@each_batched
def test_a_run_that_diverges_leaves_the_others_alone(rule):
    starts = np.stack([start, np.full(DIM, 1e120), start])  # the cube overflows in the middle one
    together = ol.descend(rule, cubic, starts, 20)
    assert together.diverged_at.tolist() == [-1, 0, -1]
    np.testing.assert_array_equal(together.theta[:, 2], ol.descend(rule, cubic, start, 20).theta)


@each
def test_update_reads_only(rule):
    theta = start.copy()
    state = rule.init(theta)
    grad = cubic.grad(theta)
    for _ in range(2):
        _, state = rule.update(grad, state, **reads(rule, theta, cubic))
    before = {key: np.copy(value) for key, value in state.items()}
    for array in (grad, theta, *state.values()):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False  # any write would raise
    first, _ = rule.update(grad, state, **reads(rule, theta, cubic))
    second, _ = rule.update(grad, state, **reads(rule, theta, cubic))
    np.testing.assert_array_equal(first, second)
    assert state.keys() == before.keys()
    for key, value in before.items():
        np.testing.assert_array_equal(state[key], value)
    np.testing.assert_array_equal(theta, start)


@each
def test_the_state_does_not_share_memory_with_the_parameters(rule):
    theta = start.copy()
    state = rule.init(theta)
    assert not any(np.shares_memory(value, theta) for value in state.values() if isinstance(value, np.ndarray))


@each
def test_float32_stays_float32(rule):
    small, theta = Cubic(np.float32), start.astype(np.float32)
    swept = [rule] if type(rule).__name__ in SINGLE else [rule, *(replace(rule, **hyper) for hyper in sweeps(rule))]
    for each_rule in swept:
        point = theta if each_rule is rule else np.stack([theta] * 3)  # (3, d)
        state = each_rule.init(point)
        for _ in range(7):  # RAdam changes its formula after the fifth step
            with np.errstate(all="ignore"):  # some of the swept values are too large for this objective
                step, state = each_rule.update(small.grad(point), state, **reads(each_rule, point, small))
            assert step.dtype == np.float32
            point = point + step
        assert {v.dtype for v in state.values() if isinstance(v, np.ndarray) and v.ndim} <= {np.dtype(np.float32)}
        assert not any(isinstance(v, np.float64) for v in state.values())  # would turn the next step into float64


@each_with_lr
def test_a_schedule_is_called_with_t_from_1(rule):
    seen = []

    def schedule(t):
        seen.append(t)
        return 0.1 / t

    state, theta = rule.init(start), start
    scheduled = replace(rule, lr=schedule)
    for t in (1, 2, 3):
        grad, more = cubic.grad(theta), reads(rule, theta, cubic)
        if not isinstance(rule, ol.ScheduleFreeSGD | ol.ScheduleFreeAdamW):  # these average with past rates
            fixed, _ = replace(rule, lr=0.1 / t).update(grad, state, **more)
            np.testing.assert_array_equal(scheduled.update(grad, state, **more)[0], fixed)
        step, state = scheduled.update(grad, state, **more)
        theta = theta + step
    assert sorted(set(seen)) == [1, 2, 3] or (isinstance(rule, ol.SOAP) and sorted(set(seen)) == [2, 3])


@over(set(EVERY) - OWN_GRADIENT)  # whose step comes from the gradient that they are given
def test_a_zero_gradient_moves_nothing_from_rest(rule):
    name = type(rule).__name__
    theta = np.zeros(DIM) if name in RESTLESS else start  # weight decay moves all but the origin
    step, _ = rule.update(np.zeros(DIM), rule.init(theta), **reads(rule, theta, cubic))
    np.testing.assert_allclose(step, np.zeros(DIM), atol=1e-15)  # schedule-free: (1 − β)θ + βθ rounds
    if name not in RESTLESS and not name.startswith("ScheduleFree"):
        np.testing.assert_array_equal(step, np.zeros(DIM))


@pytest.mark.parametrize("name", sorted(RESTLESS))
def test_weight_decay_moves_theta_without_a_gradient(name):
    step, _ = EVERY[name].update(np.zeros(DIM), EVERY[name].init(start), **reads(EVERY[name], start, cubic))
    assert (step * start < 0).all()


def test_first_adam_step_is_the_learning_rate_whatever_the_gradient():
    for g in (1e-3, 1.0, 1e6):
        step, _ = ol.Adam(lr=0.1).update(np.array([g]), ol.Adam().init(np.zeros(1)))
        assert step[0] == pytest.approx(-0.1, rel=1e-4)


def test_step_never_exceeds_the_bound_of_the_adam_chapter_and_reaches_it():
    b1, b2 = 0.9, 0.999
    rho = b1**2 / b2
    rng = np.random.default_rng(0)
    grads = [rng.standard_cauchy(400), np.ones(400), (b2 / b1) ** np.arange(400.0)]
    for sequence in grads:
        rule, state, ratio = ol.Adam(lr=1.0, eps=1e-200), ol.Adam().init(np.zeros(1)), []
        for t, g in enumerate(sequence, start=1):
            step, state = rule.update(np.array([g]), state)
            bound = (1 - b1) / np.sqrt(1 - b2) * np.sqrt(1 - b2**t) / (1 - b1**t) * np.sqrt((1 - rho**t) / (1 - rho))
            ratio.append(abs(step[0]) / bound)
        assert max(ratio) <= 1 + 1e-9
    assert ratio[-1] == pytest.approx(1.0, abs=1e-9)


# What single rules promise.


def test_nadam_s_constant_is_the_root_that_it_says():
    assert ol.NAdam().decay == pytest.approx(0.96 ** (1 / 250), abs=1e-16)


def test_adamw_is_adam_with_decoupled_decay_and_not_with_l2():
    adamw = ol.descend(ol.AdamW(lr=0.05, weight_decay=0.1), cubic, start, 50).theta
    around = ol.descend(ol.DecoupledWeightDecay(ol.Adam(lr=0.05), 0.1), cubic, start, 50).theta
    coupled = ol.descend(ol.CoupledWeightDecay(ol.Adam(lr=0.05), 0.1), cubic, start, 50).theta
    np.testing.assert_array_equal(adamw, around)
    assert np.max(abs(adamw - coupled)) > 1e-2


def test_with_plain_sgd_both_kinds_of_decay_are_the_same():
    coupled = ol.descend(ol.CoupledWeightDecay(ol.SGD(lr=0.05), 0.1), cubic, start, 50).theta
    decoupled = ol.descend(ol.DecoupledWeightDecay(ol.SGD(lr=0.05), 0.1), cubic, start, 50).theta
    np.testing.assert_allclose(coupled, decoupled, atol=1e-14)


def test_clipping_keeps_the_direction_or_cuts_each_coordinate():
    g = np.array([3.0, -4.0, 0.1])
    by_norm, _ = ol.ClipByNorm(ol.SGD(lr=1.0), 1.0).update(g, {"t": 0})
    by_value, _ = ol.ClipByValue(ol.SGD(lr=1.0), 1.0).update(g, {"t": 0})
    np.testing.assert_allclose(by_norm, -g / np.linalg.norm(g))
    np.testing.assert_array_equal(by_value, [-1.0, 1.0, -0.1])
    unclipped, _ = ol.ClipByNorm(ol.SGD(lr=1.0), 100.0).update(g, {"t": 0})
    np.testing.assert_array_equal(unclipped, -g)


def test_combinators_nest_and_pass_on_what_the_inner_rule_needs():
    rule = ol.ClipByNorm(ol.SAM(ol.DecoupledWeightDecay(ol.ScheduleFreeSGD(lr=0.05), 0.1)), 0.5)
    assert rule.reads == ("theta", "objective")
    assert rule.lr == 0.05
    run = ol.descend(rule, cubic, start, 30)
    assert run.loss[-1] < run.loss[0]
    np.testing.assert_array_equal(rule.evaluated(start, {"x": 2 * start}), 2 * start)
    assert ol.ClipByNorm(ol.SGD(), 1.0).reads == ()
    np.testing.assert_array_equal(ol.ClipByNorm(ol.SGD(), 1.0).evaluated(start, {}), start)


def test_lookahead_moves_its_answer_every_k_steps():
    run = ol.descend(ol.Lookahead(ol.SGD(lr=0.05), k=4), cubic, start, 13)
    moved = np.flatnonzero((np.diff(run.theta, axis=0) != 0).any(-1)) + 1
    assert moved.tolist() == [4, 8, 12]
    np.testing.assert_array_equal(
        ol.descend(ol.Lookahead(ol.SGD(lr=0.05), k=1, alpha=1.0), cubic, start, 9).theta[1:].shape, (9, DIM)
    )
    every = ol.descend(ol.Lookahead(ol.SGD(lr=0.05), k=1, alpha=1.0), cubic, start, 9).theta
    np.testing.assert_allclose(every, ol.descend(ol.SGD(lr=0.05), cubic, start, 9).theta, atol=1e-14)


def test_schedule_free_sgd_without_momentum_answers_with_the_average_of_its_path():
    rule = ol.ScheduleFreeSGD(lr=0.05, beta=0.0)
    run = ol.descend(rule, cubic, start, 30)
    plain = ol.descend(ol.SGD(lr=0.05), cubic, start, 30).theta
    averages = np.cumsum(plain[1:], axis=0) / np.arange(1, 31)[:, None]
    np.testing.assert_allclose(run.theta[1:], averages, atol=1e-13)
    np.testing.assert_array_equal(run.loss, cubic.value(run.theta))


def test_lazy_adam_leaves_alone_what_has_no_gradient():
    rule, state = ol.LazyAdam(lr=0.1), ol.LazyAdam().init(np.zeros(3))
    _, state = rule.update(np.array([1.0, 2.0, 0.0]), state)
    step, new = rule.update(np.array([1.0, 0.0, 0.0]), state)
    assert step[0] != 0
    np.testing.assert_array_equal(step[1:], 0.0)
    for name in ("m", "v"):
        np.testing.assert_array_equal(new[name][1:], state[name][1:])
        assert new[name][0] != state[name][0]
    assert new["t"] == 2
    adam, _ = ol.Adam(lr=0.1).update(np.array([1.0, 0.0, 0.0]), state)
    assert adam[1] != 0


def test_layers_without_shapes_are_one_vector():
    for rule in (ol.LARS(lr=0.1), ol.LAMB(), ol.Adafactor()):
        alone = ol.descend(rule, cubic, start, 10).theta
        one = ol.descend(replace(rule, shapes=((DIM,),)), cubic, start, 10).theta
        np.testing.assert_array_equal(alone, one)
        assert np.max(abs(ol.descend(replace(rule, shapes=((3, 2), (2,))), cubic, start, 10).theta - alone)) > 1e-4


def test_shampoo_of_a_vector_is_full_matrix_adagrad():
    """Turned gradients give turned steps: it does not see the axes, unlike Adagrad."""
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    rule, state, turned = ol.Shampoo(), ol.Shampoo().init(np.zeros(5)), ol.Shampoo().init(np.zeros(5))
    for g in rng.standard_normal((20, 5)):
        step, state = rule.update(g, state)
        other, turned = rule.update(Q @ g, turned)
        np.testing.assert_allclose(other, Q @ step, atol=1e-12)
