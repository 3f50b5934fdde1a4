"""Every update rule: against torch in float64, and the properties that each must have."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import optimlib as ol

SURFACES = {
    "quadratic": (ol.Quadratic(kappa=50.0, angle=0.4), [1.5, -1.0]),
    "rosenbrock": (ol.Rosenbrock(), [-1.2, 1.0]),
    "himmelblau": (ol.Himmelblau(), [0.5, -3.0]),
    "saddle": (ol.Saddle(), [-1.6, 0.02]),
}
STEPS = 200

# Our rule, the torch optimizer that does the same, and how its arguments follow from ours.
# Learning rates are small enough on every surface that rounding errors are not amplified.
TORCH = {
    "SGD": (ol.SGD(lr=1e-3), lambda p, o: torch.optim.SGD(p, lr=o.lr)),
    "Momentum": (ol.Momentum(lr=2e-4), lambda p, o: torch.optim.SGD(p, lr=o.lr, momentum=o.beta)),
    # The average is the sum times 1 − β: torch's buffer with lr (1 − β) is the same path.
    "EMAMomentum": (
        ol.EMAMomentum(lr=2e-3),
        lambda p, o: torch.optim.SGD(p, lr=o.lr * (1 - o.beta), momentum=o.beta),
    ),
    "Nesterov": (ol.Nesterov(lr=2e-4), lambda p, o: torch.optim.SGD(p, lr=o.lr, momentum=o.beta, nesterov=True)),
    "Adagrad": (ol.Adagrad(lr=0.1), lambda p, o: torch.optim.Adagrad(p, lr=o.lr, eps=o.eps)),
    "RMSprop": (ol.RMSprop(lr=1e-3), lambda p, o: torch.optim.RMSprop(p, lr=o.lr, alpha=o.beta, eps=o.eps)),
    "Adam": (ol.Adam(lr=1e-2), lambda p, o: torch.optim.Adam(p, lr=o.lr, betas=(o.beta1, o.beta2), eps=o.eps)),
    # A large ε exposes where it stands and what it is added to.
    "Adagrad ε": (ol.Adagrad(lr=0.1, eps=1e-2), lambda p, o: torch.optim.Adagrad(p, lr=o.lr, eps=o.eps)),
    "RMSprop ε": (
        ol.RMSprop(lr=1e-3, eps=1e-2),
        lambda p, o: torch.optim.RMSprop(p, lr=o.lr, alpha=o.beta, eps=o.eps),
    ),
    "Adam ε": (
        ol.Adam(lr=1e-2, eps=1e-2),
        lambda p, o: torch.optim.Adam(p, lr=o.lr, betas=(o.beta1, o.beta2), eps=o.eps),
    ),
}
RULES = [
    ol.SGD(lr=0.01),
    ol.Momentum(lr=0.01),
    ol.EMAMomentum(lr=0.05),
    ol.Nesterov(lr=0.01),
    ol.Adagrad(lr=0.3),
    ol.RMSprop(lr=0.02),
    ol.Adam(lr=0.05),
]
each = pytest.mark.parametrize("rule", RULES, ids=lambda r: type(r).__name__)


def torch_path(make, surface, start):
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = make([theta])
    path = [theta.detach().numpy().copy()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        theta.grad = torch.from_numpy(surface.grad(theta.detach().numpy()).copy())
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("key", TORCH)
def test_equals_torch(key, surface):
    rule, make = TORCH[key]
    f, start = SURFACES[surface]
    ours = ol.descend(rule, f, start, STEPS).theta
    theirs = torch_path(lambda p: make(p, rule), f, start)
    assert np.max(abs(ours - theirs)) <= 1e-12
    assert np.max(abs(ours[-1] - ours[0])) > 1e-2  # the run went somewhere


def test_every_rule_has_an_oracle():
    assert {key.split()[0] for key in TORCH} == set(ol.OPTIMIZERS) == {type(rule).__name__ for rule in RULES}


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


def sweeps(rule):
    """The rule with one value per run for each of its hyper-parameters, alone and all together."""
    values = {
        "lr": np.array([0.001, 0.01, 0.1]),
        "beta": np.array([0.0, 0.5, 0.99]),
        "beta1": np.array([0.0, 0.9, 0.95]),
        "beta2": np.array([0.5, 0.9, 0.999]),
        "eps": np.array([1e-10, 1e-8, 1e-1]),
    }
    own = {key: value for key, value in values.items() if hasattr(rule, key)}
    return [{key: value} for key, value in own.items()] + [own]


@each
@pytest.mark.parametrize("f", [ol.Quadratic(kappa=20.0, angle=0.3), ol.Quadratic(kappa=5.0, dim=6, seed=1)], ids=repr)
def test_a_sweep_is_bit_for_bit_the_separate_runs(rule, f):
    start = np.linspace(-1.0, 1.3, f.dim)
    for hyper in sweeps(rule):
        together = ol.descend(replace(rule, **hyper), f, start, 100)
        for i in range(3):
            alone = ol.descend(replace(rule, **{k: float(v[i]) for k, v in hyper.items()}), f, start, 100)
            np.testing.assert_array_equal(together.theta[:, i], alone.theta)
            np.testing.assert_array_equal(together.loss[:, i], alone.loss)


@each
def test_a_sweep_over_rates_and_starts_broadcasts(rule):
    swept = replace(rule, lr=np.array([0.01, 0.02, 0.03])[:, None])  # (3, 1)
    starts = np.random.default_rng(0).standard_normal((4, 2))
    run = ol.descend(swept, ol.Quadratic(), starts, 30)
    assert run.theta.shape == (31, 3, 4, 2)
    alone = ol.descend(replace(rule, lr=0.02), ol.Quadratic(), starts[3], 30)
    np.testing.assert_array_equal(run.theta[:, 1, 3], alone.theta)


@each
def test_update_reads_only(rule):
    theta, grad = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    state = rule.init(theta)
    _, state = rule.update(grad, state)
    before = {key: np.copy(value) for key, value in state.items()}
    for array in (grad, *state.values()):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False  # any write would raise
    first, _ = rule.update(grad, state)
    second, _ = rule.update(grad, state)
    np.testing.assert_array_equal(first, second)
    assert state.keys() == before.keys()
    for key, value in before.items():
        np.testing.assert_array_equal(state[key], value)
    np.testing.assert_array_equal(theta, [1.0, -2.0])


@each
def test_float32_stays_float32(rule):
    for swept in (rule, replace(rule, lr=np.array([0.01, 0.02]))):
        run = ol.descend(swept, ol.Quadratic(kappa=2.0, dim=1), np.array([1.0], dtype=np.float32), 3)
        assert run.theta.dtype == np.float32


@each
def test_a_schedule_is_called_with_t_from_1(rule):
    seen = []

    def schedule(t):
        seen.append(t)
        return 0.1 / t

    state = rule.init(np.ones(2))
    scheduled = replace(rule, lr=schedule)
    for t in (1, 2, 3):
        fixed, _ = replace(rule, lr=0.1 / t).update(np.ones(2), state)
        step, state = scheduled.update(np.ones(2), state)
        np.testing.assert_array_equal(step, fixed)
    assert seen == [1, 2, 3]


@each
def test_a_zero_gradient_moves_nothing_from_rest(rule):
    step, _ = rule.update(np.zeros(3), rule.init(np.ones(3)))
    np.testing.assert_array_equal(step, np.zeros(3))


def test_first_adam_step_is_the_learning_rate_whatever_the_gradient():
    for g in (1e-3, 1.0, 1e6):
        step, _ = ol.Adam(lr=0.1).update(np.array([g]), ol.Adam().init(np.zeros(1)))
        assert step[0] == pytest.approx(-0.1, rel=1e-4)


def test_adam_does_not_see_the_scale_of_the_loss():
    rng = np.random.default_rng(0)
    grads = rng.standard_normal((50, 4))
    steps = []
    for scale in (1.0, 2.0**20):
        rule, state = ol.Adam(eps=1e-300), ol.Adam().init(np.zeros(4))
        for g in grads:
            step, state = rule.update(scale * g, state)
        steps.append(step)
    np.testing.assert_allclose(*steps, rtol=1e-14)


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
