"""Rules that no framework has, or has otherwise: against the papers' pseudo-code, written out here, and SciPy."""

import numpy as np
import oracle_runs as runs
import pytest
import scipy.linalg
import scipy.optimize

import optimlib as ol

ROSENBROCK, HIMMELBLAU, BEALE = ol.Rosenbrock(), ol.Himmelblau(), ol.Beale()
START = {"rosenbrock": (ROSENBROCK, [-1.2, 1.0]), "himmelblau": (HIMMELBLAU, [0.5, -3.0]), "beale": (BEALE, [1.0, 1.5])}
each_wide = pytest.mark.parametrize("problem", runs.WIDE)
each_plane = pytest.mark.parametrize("problem", START)


def split(flat):
    """The matrix (4, 3) and the vector (3,) of runs.LAYERS, as copies."""
    return flat[:12].reshape(4, 3).copy(), flat[12:].copy()


def gradients(f, W, b):
    return split(f.grad(np.concatenate([W.ravel(), b])))


@each_wide
def test_shampoo_is_algorithm_1_with_roots_by_scipy(problem):
    """Gupta, Koren, Singer 2018: Algorithm 1 for the matrix, Algorithm 2 with k = 1 for the vector."""
    f, start = runs.WIDE[problem]
    rule = runs.RULES["Shampoo"]
    root, inverse = scipy.linalg.sqrtm, scipy.linalg.inv
    W, b = split(start)
    L, R, H = rule.eps * np.eye(4), rule.eps * np.eye(3), rule.eps * np.eye(3)
    path = [start]
    for _ in range(runs.STEPS):
        G, g = gradients(f, W, b)
        L, R, H = L + G @ G.T, R + G.T @ G, H + np.outer(g, g)
        W = W - rule.lr * inverse(root(root(L))) @ G @ inverse(root(root(R)))
        b = b - rule.lr * inverse(root(H)) @ g
        path.append(np.concatenate([W.ravel(), b]))
    # The roots of matrices whose eigenvalues reach from ε = 1e-4 to the squares of gradients lose a digit or two.
    assert np.max(abs(runs.ours(rule, f, start) - np.array(path))) <= 1e-11


@each_wide
def test_soap_is_algorithm_3(problem):
    """Vyas et al. 2025, Algorithm 3, with Adam's corrections; the first gradient only sets up the bases."""
    f, start = runs.WIDE[problem]
    rule = runs.RULES["SOAP"]
    W, b = split(start)
    M, V, m, v = np.zeros((4, 3)), np.zeros((4, 3)), np.zeros(3), np.zeros(3)
    G, _ = gradients(f, W, b)
    L, R = (1 - rule.beta2) * G @ G.T, (1 - rule.beta2) * G.T @ G
    QL, QR = (np.linalg.svd(P)[0] for P in (L, R))  # eigenvectors, the largest eigenvalue first
    path = [start, start]
    for t in range(1, runs.STEPS):
        G, g = gradients(f, W, b)
        turned = QL.T @ G @ QR
        M, m = rule.beta1 * M + (1 - rule.beta1) * G, rule.beta1 * m + (1 - rule.beta1) * g
        V, v = rule.beta2 * V + (1 - rule.beta2) * turned**2, rule.beta2 * v + (1 - rule.beta2) * g**2
        eta = rule.lr * np.sqrt(1 - rule.beta2**t) / (1 - rule.beta1**t)
        eps = rule.eps * np.sqrt(1 - rule.beta2**t)
        N = QL.T @ M @ QR / (np.sqrt(V) + eps)
        W, b = W - eta * QL @ N @ QR.T, b - eta * m / (np.sqrt(v) + eps)
        L, R = rule.beta2 * L + (1 - rule.beta2) * G @ G.T, rule.beta2 * R + (1 - rule.beta2) * G.T @ G
        if t % rule.every == 0:
            QL, QR = np.linalg.qr(L @ QL)[0], np.linalg.qr(R @ QR)[0]
        path.append(np.concatenate([W.ravel(), b]))
    assert np.max(abs(runs.ours(rule, f, start) - np.array(path))) <= 1e-12


def test_soap_of_vectors_is_adam_one_step_later():
    f, start = runs.WIDE["seven valleys"]
    soap, adam = ol.SOAP(lr=1e-3), ol.Adam(lr=1e-3, beta1=0.95, beta2=0.95)
    np.testing.assert_array_equal(runs.ours(soap, f, start, 51)[1:], runs.ours(adam, f, start, 50))


def test_muon_leaves_vectors_to_the_other_rule_and_orthogonalizes():
    f, start = runs.WIDE["tanh layer"]
    rule = ol.Muon(shapes=runs.LAYERS, lr=1e-3, vectors=ol.Adam(lr=1e-2))
    path, alone, state = runs.ours(rule, f, start), ol.Adam(lr=1e-2), ol.Adam().init(start[12:])
    for t in range(50):
        step, state = alone.update(f.grad(path[t])[12:], state)
        np.testing.assert_allclose(path[t + 1][12:] - path[t][12:], step, atol=1e-15)
    for iterations, near in ((5, 0.35), (12, 0.35)):
        G = np.random.default_rng(0).standard_normal((7, 4, 6))
        values = np.linalg.svd(ol.optimizers.matrix.orthogonalize(G, iterations), compute_uv=False)
        assert np.max(abs(values - 1.0)) < near


@each_wide
def test_lars_is_algorithm_1_of_the_paper_with_weight_decay(problem):
    """You, Gitman, Ginsburg 2017; a bias that starts at 0 takes plain steps until it is not 0 any more."""
    f, start = runs.WIDE[problem]
    rule = runs.RULES["LARS"]
    w, speed, path = list(split(start)), [np.zeros((4, 3)), np.zeros(3)], [start]
    for _ in range(runs.STEPS):
        for layer, g in enumerate(gradients(f, *w)):
            size, slope = np.linalg.norm(w[layer]), np.linalg.norm(g)
            local = rule.trust * size / (slope + rule.weight_decay * size) if size > 0 else 1.0
            speed[layer] = rule.beta * speed[layer] + rule.lr * local * (g + rule.weight_decay * w[layer])
        w = [w[0] - speed[0], w[1] - speed[1]]
        path.append(np.concatenate([w[0].ravel(), w[1]]))
    assert np.max(abs(runs.ours(rule, f, start) - np.array(path))) <= 1e-12


def test_adafactor_s_estimate_is_exact_for_a_matrix_of_rank_1():
    """V = R Cᵀ / mean R is G² itself where G² is an outer product: then the step is that of the unfactored rule."""
    rng = np.random.default_rng(0)
    G = np.outer(rng.uniform(1, 2, 4), rng.uniform(1, 2, 3)).ravel()
    theta = rng.standard_normal(12)
    for rule in (ol.Adafactor(shapes=((4, 3),), eps1=1e-300), ol.Adafactor(eps1=1e-300)):
        state = rule.init(theta)
        for _ in range(3):
            step, state = rule.update(G, state, theta=theta)
        np.testing.assert_allclose(step, -np.sqrt(np.mean(theta**2)) * min(0.01, 3**-0.5), rtol=1e-14)


def test_yogi_and_amsgrad_without_corrections_are_the_papers():
    """The papers correct neither m nor v: undo the corrections in η, with an ε too small to matter."""
    f, start = runs.WIDE["quadratic in 15 dimensions"]
    for make in (ol.Yogi, ol.AMSGrad):
        rule = make(lr=lambda t: 1e-3 * (1 - 0.9**t) / np.sqrt(1 - 0.99**t), beta1=0.9, beta2=0.99, eps=1e-30)
        x, m, v, v_hat, path = start, np.zeros(15), np.zeros(15), np.zeros(15), [start]
        for _ in range(runs.STEPS):
            g = f.grad(x)
            m = 0.9 * m + 0.1 * g
            if make is ol.Yogi:
                v = v - 0.01 * np.sign(v - g**2) * g**2
                x = x - 1e-3 * m / np.sqrt(v)
            else:
                v = 0.99 * v + 0.01 * g**2
                v_hat = np.maximum(v_hat, v)
                x = x - 1e-3 * m / np.sqrt(v_hat)
            path.append(x)
        assert np.max(abs(runs.ours(rule, f, start) - np.array(path))) <= 1e-12


# Second order.


@pytest.mark.parametrize("name", ol.SURFACES)
def test_hessians_are_the_derivatives_of_the_gradients(name):
    f = ol.SURFACES[name]()
    theta, h = np.random.default_rng(0).uniform(-2, 2, (3, 5, 2)), 1e-6
    numeric = np.stack([(f.grad(theta + e) - f.grad(theta - e)) / (2 * h) for e in h * np.eye(2)], axis=-1)
    exact = f.hessian(theta) if callable(f.hessian) else np.broadcast_to(f.hessian, numeric.shape)
    assert exact.shape == (3, 5, 2, 2)
    assert np.max(abs(exact - numeric) / (1.0 + abs(exact))) < 1e-7


@each_plane
def test_residuals_and_jacobians_belong_to_the_value(problem):
    f, _ = START[problem]
    theta, h = np.random.default_rng(0).uniform(-2, 2, (40, 2)), 1e-6
    r, J = f.residuals(theta), f.jacobian(theta)
    numeric = np.stack([(f.residuals(theta + e) - f.residuals(theta - e)) / (2 * h) for e in h * np.eye(2)], axis=-1)
    np.testing.assert_allclose((r * r).sum(-1), f.value(theta), rtol=1e-12)
    np.testing.assert_allclose(J, numeric, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        2 * (np.swapaxes(J, -1, -2) @ r[..., None])[..., 0], f.grad(theta), rtol=1e-10, atol=1e-9
    )


@each_plane
def test_newton_s_steps_are_those_of_scipy_s_solvers(problem):
    """Undamped: Newton's method on g = 0, with scipy.linalg.solve; damped: with Cholesky's factors."""
    f, start = START[problem]
    for damping in (0.0, 200.0):
        theta, path = np.array(start), [np.array(start)]
        for _ in range(25):
            H = f.hessian(theta) + damping * np.eye(2)
            if damping:
                theta = theta - scipy.linalg.cho_solve(scipy.linalg.cho_factor(H), f.grad(theta))
            else:
                theta = theta - scipy.linalg.solve(H, f.grad(theta))
            path.append(theta)
        ours = ol.descend(ol.Newton(damping=damping), f, start, 25).theta
        np.testing.assert_allclose(ours, path, rtol=1e-9, atol=1e-9)


def test_newton_equals_scipy_s_newton_coordinate_by_coordinate():
    """Rastrigin's Hessian is diagonal, so that each coordinate runs by itself: scipy.optimize.newton on f'."""
    f, start = ol.Rastrigin(), np.array([0.05, -1.04])
    ours = ol.descend(ol.Newton(), f, start, 4).theta
    for i in range(2):

        def slope(x, i=i):
            return f.grad(np.stack([x, x], axis=-1))[..., i]

        def curvature(x, i=i):
            return f.hessian(np.stack([x, x], axis=-1))[..., i, i]

        for steps in (1, 2, 3, 4):
            x = scipy.optimize.newton(slope, start[i], curvature, maxiter=steps, tol=1e-300, disp=False)
            assert ours[steps, i] == pytest.approx(x, abs=1e-14)


def test_newton_solves_a_quadratic_in_one_step_and_runs_to_a_saddle():
    f = ol.Quadratic(kappa=1e4, dim=8, seed=1)
    assert np.max(abs(ol.descend(ol.Newton(), f, np.ones(8), 1).theta[1])) < 1e-11
    run = ol.descend(ol.Newton(), ol.Saddle(), [-1.6, 0.02], 8)
    assert np.max(abs(run.theta[-1])) < 1e-12
    downhill = ol.descend(ol.Newton(damping=2.0), ol.Saddle(), [-1.6, 0.02], 60)
    assert downhill.loss[-1] == pytest.approx(-0.25)


@each_plane
def test_gauss_newton_reaches_scipy_s_least_squares_solution(problem):
    f, _ = START[problem]
    start = f.minimizers[0] + 0.3
    exact = {"method": "lm", "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
    theirs = scipy.optimize.least_squares(f.residuals, start, f.jacobian, **exact)
    for damping, steps in ((0.0, 12), (1e-2, 200)):
        ours = ol.descend(ol.GaussNewton(damping=damping), f, start, steps)
        np.testing.assert_allclose(ours.theta[-1], theirs.x, atol=1e-9)


def test_gauss_newton_solves_a_linear_problem_in_one_step_as_lstsq_does():
    class Line:
        dim = 3
        A, y = np.random.default_rng(0).standard_normal((2, 12, 3)), np.random.default_rng(1).standard_normal((2, 12))

        def residuals(self, theta):
            return (self.A @ theta[..., None])[..., 0] - self.y

        def jacobian(self, theta):
            return self.A

        def value(self, theta):
            return 0.5 * (self.residuals(theta) ** 2).sum(-1)

        def grad(self, theta):
            return (np.swapaxes(self.A, -1, -2) @ self.residuals(theta)[..., None])[..., 0]

    f = Line()
    ours = ol.descend(ol.GaussNewton(), f, np.ones((2, 3)), 1).theta[1]
    for i in range(2):
        np.testing.assert_allclose(ours[i], np.linalg.lstsq(f.A[i], f.y[i], rcond=None)[0], atol=1e-12)


class Counted:
    """An objective that counts how often its value is asked for."""

    def __init__(self, f):
        self.f, self.dim, self.calls = f, f.dim, 0

    def value(self, theta):
        self.calls += 1
        return self.f.value(theta)

    def grad(self, theta):
        return self.f.grad(theta)


LARGE = {
    **START,
    "ill-conditioned": (ol.Quadratic(kappa=1e4, dim=40, seed=1), np.ones(40)),
    "twenty valleys": (runs.Tiled(ol.Rosenbrock(), 40), np.tile([-1.2, 1.0], 20)),
    "tanh layer": runs.WIDE["tanh layer"],
}


@pytest.mark.parametrize("problem", LARGE)
def test_lbfgs_reaches_scipy_s_minimum_in_about_as_many_iterations(problem):
    f, start = LARGE[problem]
    options = {"maxcor": 10, "gtol": 1e-8, "ftol": 0.0, "maxiter": 1000}
    theirs = scipy.optimize.minimize(f.value, start, jac=f.grad, method="L-BFGS-B", options=options)
    run = ol.descend(ol.LBFGS(), f, start, 2 * theirs.nit + 10)
    small = np.max(abs(np.array([f.grad(theta) for theta in run.theta])), axis=-1) <= 1e-8
    assert small.any()
    assert np.argmax(small) <= 1.5 * theirs.nit + 5
    assert f.value(run.theta[np.argmax(small)]) == pytest.approx(theirs.fun, abs=1e-10)
    if problem != "himmelblau":  # four minima of one value
        np.testing.assert_allclose(run.theta[np.argmax(small)], theirs.x, atol=2e-4)
    counted = Counted(f)
    ol.descend(ol.LBFGS(), counted, start, int(np.argmax(small)))
    assert counted.calls < 2.0 * theirs.nfev + 2 * theirs.nit + 20  # descend and the line search's start ask twice more


def test_two_loops_apply_the_bfgs_matrix():
    """Nocedal and Wright (6.17): the inverse Hessian updated pair by pair, written out as a matrix."""
    rng = np.random.default_rng(0)
    A = np.diag([1.0, 2.0, 5.0, 9.0, 20.0])
    S = rng.standard_normal((3, 5))
    Y = S @ A
    H = (S[-1] @ Y[-1]) / (Y[-1] @ Y[-1]) * np.eye(5)
    for s, y in zip(S, Y, strict=True):
        rho = 1.0 / (s @ y)
        left = np.eye(5) - rho * np.outer(s, y)
        H = left @ H @ left.T + rho * np.outer(s, s)
    g = rng.standard_normal(5)
    np.testing.assert_allclose(ol.optimizers.second_order.two_loops(g, S, Y), H @ g, rtol=1e-12)


@pytest.mark.parametrize("problem", LARGE)
def test_the_line_search_meets_the_wolfe_conditions(problem):
    f, start = LARGE[problem]
    theta = np.asarray(start, dtype=float)
    for scale in (1e-3, 1.0, 30.0):
        g = f.grad(theta)
        alpha = ol.optimizers.second_order.wolfe(f, theta, -scale * g, g, 1.0, 1e-4, 0.9)
        slope, there = -scale * (g @ g), theta - alpha * scale * g
        assert f.value(there) <= f.value(theta) + 1e-4 * alpha * slope
        assert abs(f.grad(there) @ (-scale * g)) <= 0.9 * abs(slope)


def test_the_line_search_halves_where_no_cubic_has_a_minimum():
    between = ol.optimizers.second_order._between
    assert between((0.0, 1.0, -1.0), (1.0, np.inf, np.nan)) == 0.5
    assert between((0.0, 0.0, -1.0), (1.0, -2.0 / 3.0, -1.0)) == 0.5  # falls all the way
    assert between((0.0, 0.0, -1.0), (1.0, -2.0, -3.0)) == 0.5  # a parabola that opens downward
    assert between((0.0, 1.0, -2.0), (2.0, 1.0, 2.0)) == pytest.approx(1.0)  # (α − 1)²
    assert between((0.0, 0.0, 0.0), (1.0, 1.0, 2.0)) == pytest.approx(0.1)  # α²: kept away from the end


def test_lbfgs_finds_its_way_back_from_a_step_into_infinity():
    class Wall:
        dim = 1

        def value(self, theta):
            with np.errstate(over="ignore"):
                return np.exp(theta[..., 0] ** 2)

        def grad(self, theta):
            return 2.0 * theta * self.value(theta)[..., None]

    run = ol.descend(ol.LBFGS(lr=1e4), Wall(), [1.5], 30)
    assert run.loss[-1] == pytest.approx(1.0, rel=1e-4)


def test_lbfgs_rests_at_a_minimum():
    run = ol.descend(ol.LBFGS(), ol.Quadratic(), np.zeros(2), 5)
    np.testing.assert_array_equal(run.theta, np.zeros((6, 2)))
