"""GradientNoise: what is drawn, that it depends on seed and step alone, and what descend makes of it."""

from typing import Any

import numpy as np
import pytest

import optimlib as ol


def test_mean_variance_and_independence() -> None:
    draws = ol.GradientNoise(1.0, seed=5).draws(40_000, 3)
    other = ol.GradientNoise(1.0, seed=6).draws(40_000, 3)
    assert abs(draws).max() < 6
    np.testing.assert_allclose(draws.mean(0), 0, atol=0.02)
    np.testing.assert_allclose(draws.var(0), 1, atol=0.03)
    np.testing.assert_allclose((draws**4).mean(0), 2.9, atol=0.16)  # 3 for a normal variable, 2.9 for twelve uniforms
    series = [*draws.T, *np.roll(draws, 1, axis=0).T, *other.T, *np.roll(other, 1, axis=0).T]
    np.testing.assert_allclose(np.corrcoef(series), np.eye(len(series)), atol=0.025)


def test_depends_on_seed_and_step_alone() -> None:
    noise = ol.GradientNoise(1.0, seed=2**32 - 1)
    np.testing.assert_array_equal(noise.draws(50, 2), noise.draws(500, 2)[:50])
    np.testing.assert_array_equal(noise.draws(50, 2), noise.draws(50, 7)[:, :2])
    assert not noise.draws(5, 2).flags.writeable


def test_descend_adds_it_to_the_gradient() -> None:
    noise = ol.GradientNoise(0.3, seed=4)
    run = ol.descend(ol.SGD(lr=0.1), ol.Saddle(), (1.0, 0.5), 20, noise=noise)
    theta = np.array([1.0, 0.5])
    for xi, found in zip(noise.draws(20, 2), run.theta[1:], strict=True):
        theta = theta - 0.1 * (ol.Saddle().grad(theta) + 0.3 * xi)
        np.testing.assert_allclose(found, theta, rtol=1e-14)


def test_a_sweep_of_sigma_is_one_run() -> None:
    sigma = np.array([0.0, 0.5, 2.0])
    runs = ol.descend(ol.Adam(lr=0.1), ol.Rosenbrock(), (-1.0, 1.0), 30, noise=ol.GradientNoise(sigma, 1))
    assert runs.theta.shape == (31, 3, 2)
    for k, one in enumerate(sigma):
        single = ol.descend(ol.Adam(lr=0.1), ol.Rosenbrock(), (-1.0, 1.0), 30, noise=ol.GradientNoise(float(one), 1))
        np.testing.assert_array_equal(runs.theta[:, k], single.theta)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((-1.0,), ValueError, "sigma must be a finite number >= 0, got -1.0"),
        ((np.nan,), ValueError, "sigma must be a finite number >= 0"),
        (("a",), TypeError, "sigma must be a finite number >= 0, got 'a'"),
        ((1.0, -1), ValueError, "seed must be an integer >= 0, got -1"),
        ((1.0, 2**32), ValueError, "seed must be an integer from 0 to 4294967295, got 4294967296"),
        ((1.0, 0.5), TypeError, "seed must be an integer"),
    ],
)
def test_bad_arguments_are_named(arguments: tuple, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        ol.GradientNoise(*arguments)


def test_descend_names_bad_noise() -> None:
    bad: Any = 0.5
    with pytest.raises(TypeError, match=r"noise must be a GradientNoise or None, got 0\.5"):
        ol.descend(ol.SGD(), ol.Saddle(), (1.0, 0.5), 3, noise=bad)
