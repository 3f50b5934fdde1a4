"""Schedules against torch.optim.lr_scheduler, their shapes and ends; the learning-rate range test."""

import numpy as np
import pytest
import torch

import optimlib as ol

T = 30


def torch_rates(make, steps=T, lr=0.3):
    """The rate of each optimizer.step(): torch counts last_epoch = 0, 1, …, so ours at t is torch's at t − 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


S = torch.optim.lr_scheduler
CASES = {
    "constant": (ol.ConstantRate(0.3), lambda o: S.ConstantLR(o, factor=1.0)),
    "step": (ol.StepDecay(0.3, every=7, factor=0.5), lambda o: S.StepLR(o, step_size=7, gamma=0.5)),
    "exponential": (ol.ExponentialDecay(0.3, 0.9), lambda o: S.ExponentialLR(o, gamma=0.9)),
    "linear": (ol.PolynomialDecay(0.3, 20), lambda o: S.PolynomialLR(o, total_iters=20)),
    "polynomial": (ol.PolynomialDecay(0.3, 20, power=2.5), lambda o: S.PolynomialLR(o, total_iters=20, power=2.5)),
    "linear to an end": (
        ol.PolynomialDecay(0.3, 20, end=0.03),
        lambda o: S.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=20),
    ),
    # torch's rate climbs again after T_max, so T_max covers the run
    "cosine": (ol.CosineDecay(0.3, T, end=0.01), lambda o: S.CosineAnnealingLR(o, T_max=T, eta_min=0.01)),
    "restarts": (ol.CosineRestarts(0.3, 7), lambda o: S.CosineAnnealingWarmRestarts(o, T_0=7)),
    "longer restarts": (
        ol.CosineRestarts(0.3, 3, factor=2, end=0.02),
        lambda o: S.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.02),
    ),
    # torch fails at last_epoch = total_steps: its last scheduler.step() after T steps needs one more
    "one cycle": (ol.OneCycle(0.3, T + 1), lambda o: S.OneCycleLR(o, max_lr=0.3, total_steps=T + 1)),
    "other one cycle": (
        ol.OneCycle(0.3, T + 1, rise=0.45, div=10.0, final_div=50.0),
        lambda o: S.OneCycleLR(o, 0.3, total_steps=T + 1, pct_start=0.45, div_factor=10.0, final_div_factor=50.0),
    ),
    "warm-up": (
        ol.WarmUp(ol.ConstantRate(0.3), 5),
        lambda o: S.LinearLR(o, start_factor=1 / 5, total_iters=4),
    ),
    "warm-up and cosine": (
        ol.WarmUp(ol.CosineDecay(0.3, 40), 5),
        lambda o: S.SequentialLR(
            o,
            [S.LinearLR(o, start_factor=1 / 5, total_iters=4), S.CosineAnnealingLR(o, T_max=40)],
            milestones=[4],
        ),
    ),
    "inverse time": (ol.InverseTime(0.3, 0.5), lambda o: S.LambdaLR(o, lambda epoch: 1 / (1 + 0.5 * epoch))),
    "inverse root": (ol.InverseSqrt(0.3), lambda o: S.LambdaLR(o, lambda epoch: (epoch + 1) ** -0.5)),
    "inverse root with warm-up": (
        ol.InverseSqrt(0.3, warm_up=6),
        lambda o: S.LambdaLR(o, lambda epoch: 6**0.5 * min((epoch + 1) ** -0.5, (epoch + 1) * 6**-1.5)),
    ),
    "warm-up, stable, decay": (
        ol.WarmUpStableDecay(0.3, steps=T, warm_up=5, decay=10, end=0.03),
        lambda o: S.SequentialLR(
            o,
            [
                S.LinearLR(o, start_factor=1 / 5, total_iters=4),
                S.ConstantLR(o, factor=1.0),
                S.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=10),
            ],
            milestones=[4, T - 10],
        ),
    ),
}
each = pytest.mark.parametrize("schedule", [s for s, _ in CASES.values()], ids=CASES)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")  # SequentialLR's own doing
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")
def test_rates_equal_torch(case):
    schedule, make = CASES[case]
    np.testing.assert_allclose(schedule(np.arange(1, T + 1)), torch_rates(make), rtol=1e-12, atol=1e-15)


@each
def test_an_array_of_steps_is_the_loop(schedule):
    t = np.arange(1, 3 * T).reshape(1, -1)
    together = schedule(t)
    assert together.shape == t.shape
    # 1 ulp: NumPy's power of an array and of a number are two functions
    np.testing.assert_allclose(together[0], [schedule(int(k)) for k in t[0]], rtol=3e-16, atol=0)
    assert isinstance(schedule(1), float)
    assert schedule(np.int32(2)) == schedule(2)


def with_peak(schedule, lr):
    values = {name: getattr(schedule, name) for name in schedule.__dataclass_fields__}
    if "schedule" in values:
        return type(schedule)(with_peak(schedule.schedule, lr), schedule.steps)
    return type(schedule)(**values | {"lr": lr})


@each
def test_an_array_of_peaks_is_the_separate_schedules(schedule):
    peaks = np.array([[0.3, 1.0, 0.7], [0.1, 0.2, 0.4]])
    together = with_peak(schedule, peaks)
    assert together(5).shape == (2, 3)
    assert together(np.arange(1, T + 1)).shape == (T, 2, 3)
    for i, j in np.ndindex(2, 3):
        alone = with_peak(schedule, float(peaks[i, j]))
        assert together(5)[i, j] == alone(5)
        np.testing.assert_array_equal(together(np.arange(1, T + 1))[:, i, j], alone(np.arange(1, T + 1)))


def test_first_and_last_rates():
    ends = {
        ol.StepDecay(1.0, 10): (1.0, 1e-5),
        ol.PolynomialDecay(1.0, 10, end=0.1): (1.0, 0.1),
        ol.CosineDecay(1.0, 10, end=0.1): (1.0, 0.1),
        ol.OneCycle(1.0, 10): (0.04, 4e-6),
        ol.WarmUp(ol.CosineDecay(1.0, 10), 4): (0.25, 0.0),
        ol.WarmUpStableDecay(1.0, 20, 4, 5, end=0.1): (0.25, 0.1),
        ol.InverseSqrt(1.0, 5): (0.2, pytest.approx((5 / 60) ** 0.5)),
        ol.InverseTime(1.0): (1.0, 1 / 60),
    }
    for schedule, (first, last) in ends.items():
        assert schedule(1) == pytest.approx(first)
        assert schedule(60) == pytest.approx(last, abs=1e-15)


def test_peaks_come_where_they_are_promised():
    assert ol.WarmUp(ol.CosineDecay(1.0, 10), 4)(np.arange(3, 6)).tolist() == pytest.approx([0.75, 1.0, 0.975528258])
    assert ol.WarmUpStableDecay(1.0, 10, 2, 4)(np.arange(1, 12)).tolist() == pytest.approx(
        [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]
    )
    assert ol.CosineRestarts(1.0, 2, factor=3)(np.array([1, 3, 9, 27])).tolist() == [1.0] * 4
    assert ol.WarmUp(lambda t: 1.0 / t, 2)(np.array([1, 2, 3])).tolist() == [0.5, 1.0, 0.5]


def test_every_schedule_drives_a_rule():
    for schedule, _ in CASES.values():
        run = ol.descend(ol.SGD(lr=schedule), ol.Quadratic(kappa=1.0, dim=1), [1.0], 20)
        expected = np.cumprod(1 - schedule(np.arange(1, 21)))
        np.testing.assert_allclose(run.theta[1:, 0], expected, rtol=1e-12)
    assert set(ol.SCHEDULES) == {type(schedule).__name__ for schedule, _ in CASES.values()}


def test_a_schedule_with_peaks_for_a_batch_is_a_sweep():
    peaks = np.array([0.1, 0.5])
    run = ol.descend(ol.Adam(lr=ol.CosineDecay(peaks, 50)), ol.Rosenbrock(), [-1.0, 1.0], 50)
    alone = ol.descend(ol.Adam(lr=ol.CosineDecay(0.5, 50)), ol.Rosenbrock(), [-1.0, 1.0], 50)
    np.testing.assert_array_equal(run.theta[:, 1], alone.theta)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ol.ConstantRate(0.0), ValueError, "lr must be a finite number > 0, got 0.0"),
        (lambda: ol.StepDecay(0.1, every=0), ValueError, "every must be an integer >= 1, got 0"),
        (lambda: ol.StepDecay(0.1, 5, factor=1.5), ValueError, r"factor must be a number in \(0, 1\], got 1.5"),
        (lambda: ol.ExponentialDecay(0.1, 0.0), ValueError, "factor must be a finite number > 0, got 0.0"),
        (lambda: ol.InverseTime(0.1, decay=-1), ValueError, "decay must be a finite number > 0, got -1"),
        (lambda: ol.InverseSqrt(0.1, warm_up=0), ValueError, "warm_up must be an integer >= 1, got 0"),
        (lambda: ol.PolynomialDecay(0.1, 10, end=0.2), ValueError, "end must be at most lr, 0.1, got 0.2"),
        (lambda: ol.PolynomialDecay(0.1, 10, power=0), ValueError, "power must be a finite number > 0, got 0"),
        (lambda: ol.CosineDecay(0.1, 10.0), TypeError, "steps must be an integer >= 1, got 10.0"),
        (lambda: ol.CosineDecay("a", 10), TypeError, "lr must be a finite number > 0, got 'a'"),
        (lambda: ol.CosineRestarts(0.1, 5, factor=1.5), TypeError, "factor must be an integer >= 1, got 1.5"),
        (lambda: ol.CosineRestarts(np.array([1.0, 0.1]), 5, end=0.5), ValueError, r"end must be at most lr, array"),
        (lambda: ol.WarmUp(0.1, 5), TypeError, "schedule must be a callable t -> learning rate, got 0.1"),
        (lambda: ol.WarmUp(ol.ConstantRate(0.1), 0), ValueError, "steps must be an integer >= 1, got 0"),
        (
            lambda: ol.WarmUpStableDecay(0.1, 10, 6, 5),
            ValueError,
            r"steps must be at least warm_up \+ decay, 6 \+ 5, got 10",
        ),
        (lambda: ol.WarmUpStableDecay(0.1, 10, 0, 5), ValueError, "warm_up must be an integer >= 1, got 0"),
        (lambda: ol.OneCycle(0.1, 10, rise=1.0), ValueError, r"rise must be in \(0, 1\), .* 10 steps .*, got 1.0"),
        (lambda: ol.OneCycle(0.1, 10, rise=0.1), ValueError, r"rise must be in \(0, 1\), .* 10 steps .*, got 0.1"),
        (lambda: ol.OneCycle(0.1, 10, div=0.5), ValueError, "div must be a number >= 1, got 0.5"),
        (lambda: ol.ConstantRate(0.1)(0), ValueError, "t must be integers >= 1, got 0"),
        (lambda: ol.StepDecay(0.1, 3)(np.array([3, -1])), ValueError, "t must be integers >= 1, got -1"),
        (lambda: ol.CosineDecay(0.1, 3)(1.5), TypeError, "t must be integers >= 1, got dtype float64"),
        (
            lambda: ol.range_test(ol.SGD, ol.Rosenbrock(), [0.0, 0.0], low=1.0, high=0.1),
            ValueError,
            "high must be larger than low, 1.0, got 0.1",
        ),
        (
            lambda: ol.range_test(ol.SGD, ol.Rosenbrock(), [0.0, 0.0], steps=1),
            ValueError,
            "steps must be an integer >= 2, got 1",
        ),
    ],
)
def test_bad_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_range_test_on_a_surface_finds_the_limit_of_stability():
    test = ol.range_test(ol.SGD, ol.Quadratic(kappa=1.0, dim=1), [1.0], low=1e-3, high=1e3, steps=121)
    assert test.lr[[0, -1]].tolist() == pytest.approx([1e-3, 1e3])
    assert test.loss[0] == 0.5
    assert 0.9 < test.lr[np.nanargmin(test.loss) - 1] < 2.0  # the factor 1 − η grows beyond 1 at η = 2
    assert test.lr.shape == test.loss.shape == (121,)


def test_range_test_of_a_batch_of_momentum_runs():
    beta = np.array([0.0, 0.9])
    test = ol.range_test(
        lambda lr: ol.Momentum(lr=lr, beta=beta), ol.Rosenbrock(), [-1.0, 1.0], low=1e-6, high=1.0, steps=60
    )
    assert test.loss.shape == (60, 2)
    assert np.isnan(test.loss[-1]).all()


def test_range_test_of_training_sees_the_losses_of_the_mini_batches():
    data, model = ol.datasets.digits(), ol.SoftmaxRegression(64, 10)
    test = ol.range_test_of_training(ol.SGD, model, data, model.init(), 32, low=1e-4, high=1e4, epochs=2)
    assert test.lr.shape == test.loss.shape == (90,)
    assert test.loss[0] == pytest.approx(np.log(10))
    assert test.loss.min() < 2.0 < 100 < test.loss[-1]
    assert 0.1 < test.lr[test.loss.argmin()] < 10.0
