"""Every surface: gradient against central differences, minimizers, broadcasting, and the values its formula gives."""

import numpy as np
import pytest

import optimlib as ol

SURFACES = [
    ol.Quadratic(),
    ol.Quadratic(kappa=50.0, angle=0.6),
    ol.Quadratic(kappa=1e3, dim=7, seed=3),
    ol.Quadratic(kappa=4.0, dim=1),
    ol.Rosenbrock(),
    ol.Rosenbrock(a=0.5, b=10.0),
    ol.Beale(),
    ol.Himmelblau(),
    ol.Saddle(),
    ol.Rastrigin(),
    ol.Rastrigin(amplitude=3.0, dim=4),
    ol.DoubleWell(),
    ol.DoubleWell(tilt=-0.3, dim=1),
    ol.DoubleWell(tilt=2.0, dim=3),
]
each = pytest.mark.parametrize("surface", SURFACES, ids=lambda s: repr(s))


def points(surface, n=40):
    return np.random.default_rng(0).uniform(-2.0, 2.0, (n, surface.dim))


@each
def test_gradient_is_the_derivative_of_the_value(surface):
    theta, h = points(surface), 1e-5
    steps = h * np.eye(surface.dim)
    numeric = np.stack([(surface.value(theta + e) - surface.value(theta - e)) / (2 * h) for e in steps], axis=-1)
    exact = surface.grad(theta)
    assert np.max(abs(numeric - exact) / (1.0 + abs(exact))) < 1e-6


@each
def test_minimizers_are_stationary_and_lower_than_their_neighbors(surface):
    minimizers = surface.minimizers
    assert minimizers.ndim == 2
    assert minimizers.shape[1] == surface.dim
    assert np.max(abs(surface.grad(minimizers))) < 1e-12
    around = minimizers[:, None, :] + 1e-3 * np.random.default_rng(1).standard_normal((1, 50, surface.dim))
    assert (surface.value(around) > surface.value(minimizers)[:, None]).all()


@each
def test_every_leading_axis_is_a_batch(surface):
    theta = points(surface, 12).reshape(3, 4, surface.dim)
    one_by_one = np.array([[surface.value(x) for x in row] for row in theta])
    grads = np.array([[surface.grad(x) for x in row] for row in theta])
    np.testing.assert_array_equal(surface.value(theta), one_by_one)
    np.testing.assert_array_equal(surface.grad(theta), grads)


@each
def test_integers_and_lists_are_taken_for_floats(surface):
    whole = [[2] * surface.dim, [-1] * surface.dim]
    theta = np.array(whole, dtype=float)
    for function in (surface.value, surface.grad):
        np.testing.assert_array_equal(function(whole), function(theta))
        np.testing.assert_array_equal(function(np.array(whole)), function(theta))
        assert function(whole).dtype == float


@each
def test_the_wrong_number_of_coordinates_is_an_error(surface):
    wrong = np.zeros(surface.dim + 1)
    for method in (surface.value, surface.grad):
        with pytest.raises(ValueError, match=rf"theta must have shape \(\*batch, {surface.dim}\), got shape"):
            method(wrong)


@pytest.mark.parametrize(
    ("surface", "theta", "value"),
    [
        (ol.Quadratic(kappa=10.0), [1.0, 2.0], 0.5 * (1.0 + 10.0 * 4.0)),
        (ol.Rosenbrock(), [-1.2, 1.0], 24.2),
        (ol.Beale(), [1.0, 1.0], 1.5**2 + 2.25**2 + 2.625**2),
        (ol.Himmelblau(), [0.0, 0.0], 170.0),
        (ol.Saddle(), [2.0, 1.0], 1.75),
        (ol.Rastrigin(), [0.5, 0.0], 20.25),
        (ol.DoubleWell(), [2.0, 1.0], 9.5),
    ],
)
def test_values_known_by_hand(surface, theta, value):
    assert surface.value(theta) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("kappa", [1.0, 3.0, 1e4])
@pytest.mark.parametrize("seed", [None, 0])
def test_quadratic_has_the_condition_number_it_was_asked_for(kappa, seed):
    eigenvalues = np.linalg.eigvalsh(ol.Quadratic(kappa=kappa, dim=5, seed=seed).hessian)
    assert eigenvalues[0] == pytest.approx(1.0)
    assert eigenvalues[-1] == pytest.approx(kappa)


def test_angle_turns_the_steep_axis_counterclockwise():
    surface = ol.Quadratic(kappa=9.0, angle=np.pi / 6)
    flat = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])
    assert surface.value(flat) == pytest.approx(0.5)
    assert surface.value([-flat[1], flat[0]]) == pytest.approx(4.5)


def test_double_well_lists_the_deeper_well_first_and_loses_one_beyond_the_critical_tilt():
    deep, shallow = ol.DoubleWell(tilt=0.5, dim=1).minimizers[:, 0]
    assert (round(deep, 4), round(shallow, 4)) == (-1.0575, 0.9304)
    critical = 8 / (3 * np.sqrt(3))
    assert len(ol.DoubleWell(tilt=critical - 1e-3).minimizers) == 2
    assert len(ol.DoubleWell(tilt=critical + 1e-3).minimizers) == 1


def test_himmelblau_has_its_four_minima():
    np.testing.assert_allclose(
        np.sort(ol.Himmelblau().minimizers[:, 0]), [-3.77931, -2.805118, 3.0, 3.584428], atol=1e-6
    )


def test_surfaces_are_found_by_name():
    assert ol.surface("quadratic", kappa=5.0) == ol.Quadratic(kappa=5.0)
    assert set(ol.SURFACES) == {
        "quadratic",
        "rosenbrock",
        "beale",
        "himmelblau",
        "saddle",
        "rastrigin",
        "double_well",
    }
    for name in ol.SURFACES:
        assert isinstance(ol.surface(name), ol.Objective)
