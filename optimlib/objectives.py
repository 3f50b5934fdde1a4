"""Test surfaces: value, gradient, and known minimizers; every method broadcasts over leading axes.

Gradients are written into their columns by ufuncs: `np.stack` would copy them, and replay.py records ufuncs only.
The twins in `explorers/js/surfaces.js` repeat the arithmetic below operation by operation, so that the
website draws the same paths to the last bit; cosines are those of `circle.py` for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.circle import cosine, sine

Array = NDArray[np.floating]
View = tuple[tuple[float, float], tuple[float, float]]


@runtime_checkable
class Objective(Protocol):
    """What `descend` needs: a differentiable function of theta, shape (*batch, dim)."""

    @property
    def dim(self) -> int: ...

    def value(self, theta: ArrayLike) -> Array:
        """f(theta), shape (*batch,)."""

    def grad(self, theta: ArrayLike) -> Array:
        """The gradient of f at theta, shape (*batch, dim)."""

    # Rules of second order ask for more: see `Optimizer` in optimizers/rule.py.


@dataclass(frozen=True)
class Quadratic:
    r"""f(θ) = ½ θᵀ H θ with condition number κ: eigenvalues of H from 1 to κ, evenly spaced on a log scale.

    kappa: κ ≥ 1.  angle: rotation of the axes in radians, counter-clockwise (dim = 2 only).
    dim: number of parameters.  seed: if given, a random rotation of all axes instead of `angle`.
    Raises ValueError/TypeError for anything else. Minimizer: the origin.
    """

    kappa: float = 10.0
    angle: float = 0.0
    dim: int = 2
    seed: int | None = None

    name: ClassVar[str] = "quadratic"
    label: ClassVar[str] = "二次函数｜quadratic"
    view: ClassVar[View] = ((-3.0, 3.0), (-2.0, 2.0))
    start: ClassVar[tuple[float, ...]] = (-2.4, 1.2)

    def __post_init__(self) -> None:
        validate.finite("kappa", self.kappa)
        if self.kappa < 1:
            raise ValueError(f"kappa must be a number >= 1, got {self.kappa!r}")
        validate.finite("angle", self.angle)
        validate.count("dim", self.dim)
        if self.angle and self.dim != 2:
            raise ValueError(f"angle must be 0 unless dim is 2, got angle={self.angle!r} with dim={self.dim!r}")
        if self.angle and self.seed is not None:
            raise ValueError(f"angle must be 0 when seed is given, got angle={self.angle!r}, seed={self.seed!r}")

    @cached_property
    def curvatures(self) -> Array:
        """Eigenvalues of H, shape (dim,)."""
        return np.geomspace(1.0, self.kappa, self.dim) if self.dim > 1 else np.array([float(self.kappa)])

    @cached_property
    def hessian(self) -> Array:
        """H, shape (dim, dim)."""
        if self.seed is not None:
            q, r = np.linalg.qr(np.random.default_rng(self.seed).standard_normal((self.dim, self.dim)))
            q = q * np.sign(np.diag(r))  # makes the rotation uniform (Haar)
            return (q * self.curvatures) @ q.T
        if not self.angle:
            return np.diag(self.curvatures)
        turns = self.angle / (2.0 * np.pi)
        c, s = float(cosine(turns)), float(sine(turns))
        a, b = (float(x) for x in self.curvatures)
        off = (a - b) * (c * s)
        return np.array([[a * (c * c) + b * (s * s), off], [off, a * (s * s) + b * (c * c)]])

    @property
    def minimizers(self) -> Array:
        return np.zeros((1, self.dim))

    def value(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        return 0.5 * (theta * self.grad(theta)).sum(-1)

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        # A product and a sum, not `@`: BLAS may fuse them, and the browser twin could not follow bit for bit.
        return (self.hessian * theta[..., None, :]).sum(-1)


@dataclass(frozen=True)
class Rosenbrock:
    """f(x, y) = (a − x)² + b (y − x²)², a curved valley (H. H. Rosenbrock, Comput. J. 3, 1960).

    Minimizer (a, a²).
    """

    a: float = 1.0
    b: float = 100.0

    name: ClassVar[str] = "rosenbrock"
    label: ClassVar[str] = "Rosenbrock 弯谷｜Rosenbrock's valley"
    dim: ClassVar[int] = 2
    view: ClassVar[View] = ((-2.0, 2.0), (-1.0, 3.0))
    start: ClassVar[tuple[float, ...]] = (-1.2, 1.0)

    def __post_init__(self) -> None:
        validate.finite("a", self.a)
        validate.positive("b", self.b)

    @property
    def minimizers(self) -> Array:
        return np.array([[self.a, self.a * self.a]])

    def value(self, theta: ArrayLike) -> Array:
        x, y = _xy(theta)
        p, q = self.a - x, y - x * x
        return p * p + self.b * (q * q)

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, 2)
        (x, y), grad = _xy(theta), np.empty_like(theta)
        p, q = self.a - x, y - x * x
        np.subtract(-2.0 * p, (4.0 * self.b) * (x * q), out=grad[..., 0])
        np.multiply(2.0 * self.b, q, out=grad[..., 1])
        return grad

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, 2, 2)."""
        x, y = _xy(theta)
        xx = 2.0 - 4.0 * self.b * (y - 3.0 * x * x)
        return _matrix([[xx, -4.0 * self.b * x], [-4.0 * self.b * x, 2.0 * self.b]])

    def residuals(self, theta: ArrayLike) -> Array:
        """r with f = ‖r‖², shape (*batch, 2)."""
        x, y = _xy(theta)
        return np.stack([self.a - x, np.sqrt(self.b) * (y - x * x)], axis=-1)

    def jacobian(self, theta: ArrayLike) -> Array:
        """∂r/∂θ, shape (*batch, 2, 2)."""
        x, _ = _xy(theta)
        return _matrix([[-1.0, 0.0], [-2.0 * np.sqrt(self.b) * x, np.sqrt(self.b)]])


@dataclass(frozen=True)
class Beale:
    """f = Σᵢ (cᵢ − x (1 − yⁱ))², c = (1.5, 2.25, 2.625): flat arms, steep corners. Minimizer (3, 0.5)."""

    name: ClassVar[str] = "beale"
    label: ClassVar[str] = "Beale 函数｜Beale's function"
    dim: ClassVar[int] = 2
    view: ClassVar[View] = ((-4.5, 4.5), (-3.5, 3.5))
    start: ClassVar[tuple[float, ...]] = (1.0, 1.5)

    @property
    def minimizers(self) -> Array:
        return np.array([[3.0, 0.5]])

    def value(self, theta: ArrayLike) -> Array:
        r1, r2, r3, *_ = self._terms(theta)
        return r1 * r1 + r2 * r2 + r3 * r3

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, 2)
        (r1, r2, r3, x, y, y2, y3), grad = self._terms(theta), np.empty_like(theta)
        np.multiply(-2.0, r1 * (1.0 - y) + r2 * (1.0 - y2) + r3 * (1.0 - y3), out=grad[..., 0])
        np.multiply(2.0, x * (r1 + 2.0 * (r2 * y) + 3.0 * (r3 * y2)), out=grad[..., 1])
        return grad

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, 2, 2): twice JᵀJ, and the curvature of the residuals."""
        r1, r2, r3, x, y, y2, _ = self._terms(theta)
        J = self.jacobian(theta)
        xy, yy = r1 + 2.0 * (y * r2) + 3.0 * (y2 * r3), 2.0 * x * r2 + 6.0 * (x * y) * r3
        return 2.0 * (np.swapaxes(J, -1, -2) @ J + _matrix([[0.0, xy], [xy, yy]]))

    def residuals(self, theta: ArrayLike) -> Array:
        """r with f = ‖r‖², shape (*batch, 3)."""
        return np.stack(self._terms(theta)[:3], axis=-1)

    def jacobian(self, theta: ArrayLike) -> Array:
        """∂r/∂θ, shape (*batch, 3, 2)."""
        *_, x, y, y2, y3 = self._terms(theta)
        return _matrix([[y - 1.0, x], [y2 - 1.0, 2.0 * x * y], [y3 - 1.0, 3.0 * x * y2]])

    @staticmethod
    def _terms(theta: ArrayLike) -> tuple[Array, ...]:
        x, y = _xy(theta)
        y2 = y * y
        y3 = y2 * y
        return 1.5 - x * (1.0 - y), 2.25 - x * (1.0 - y2), 2.625 - x * (1.0 - y3), x, y, y2, y3


@dataclass(frozen=True)
class Himmelblau:
    """f = (x² + y − 11)² + (x + y² − 7)²: four minima of equal depth 0 (D. M. Himmelblau, 1972)."""

    name: ClassVar[str] = "himmelblau"
    label: ClassVar[str] = "Himmelblau 四谷｜Himmelblau's four valleys"
    dim: ClassVar[int] = 2
    view: ClassVar[View] = ((-5.5, 5.5), (-5.5, 5.5))
    start: ClassVar[tuple[float, ...]] = (0.0, -4.5)

    @cached_property
    def minimizers(self) -> Array:
        points = np.array([[3.0, 2.0], [-2.805118, 3.131312], [-3.779310, -3.283186], [3.584428, -1.848126]])
        for _ in range(3):  # Newton's method from six digits to sixteen
            x, y = points.T
            p, q = x * x + y - 11.0, x + y * y - 7.0
            det = 4.0 * x * y - 1.0
            points = points - np.stack([(2.0 * y * p - q) / det, (2.0 * x * q - p) / det], axis=-1)
        return points

    def value(self, theta: ArrayLike) -> Array:
        x, y = _xy(theta)
        p, q = x * x + y - 11.0, x + y * y - 7.0
        return p * p + q * q

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, 2)
        (x, y), grad = _xy(theta), np.empty_like(theta)
        p, q = x * x + y - 11.0, x + y * y - 7.0
        np.add(4.0 * (x * p), 2.0 * q, out=grad[..., 0])
        np.add(2.0 * p, 4.0 * (y * q), out=grad[..., 1])
        return grad

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, 2, 2)."""
        x, y = _xy(theta)
        p, q = x * x + y - 11.0, x + y * y - 7.0
        xy = 4.0 * (x + y)
        return _matrix([[4.0 * p + 8.0 * x * x + 2.0, xy], [xy, 4.0 * q + 8.0 * y * y + 2.0]])

    def residuals(self, theta: ArrayLike) -> Array:
        """r with f = ‖r‖², shape (*batch, 2)."""
        x, y = _xy(theta)
        return np.stack([x * x + y - 11.0, x + y * y - 7.0], axis=-1)

    def jacobian(self, theta: ArrayLike) -> Array:
        """∂r/∂θ, shape (*batch, 2, 2)."""
        x, y = _xy(theta)
        return _matrix([[2.0 * x, 1.0], [1.0, 2.0 * y]])


@dataclass(frozen=True)
class Saddle:
    """f = ½x² − ½y² + ¼y⁴: a strict saddle at the origin between the minima (0, ±1), f = −¼."""

    name: ClassVar[str] = "saddle"
    label: ClassVar[str] = "鞍点｜saddle"
    dim: ClassVar[int] = 2
    view: ClassVar[View] = ((-2.0, 2.0), (-1.7, 1.7))
    start: ClassVar[tuple[float, ...]] = (-1.6, 0.02)

    @property
    def minimizers(self) -> Array:
        return np.array([[0.0, -1.0], [0.0, 1.0]])

    def value(self, theta: ArrayLike) -> Array:
        x, y = _xy(theta)
        y2 = y * y
        return 0.5 * (x * x) - 0.5 * y2 + 0.25 * (y2 * y2)

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, 2)
        (x, y), grad = _xy(theta), np.empty_like(theta)
        np.positive(x, out=grad[..., 0])
        np.subtract(y * (y * y), y, out=grad[..., 1])
        return grad

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, 2, 2)."""
        _, y = _xy(theta)
        return _matrix([[1.0, 0.0], [0.0, 3.0 * y * y - 1.0]])


@dataclass(frozen=True)
class Rastrigin:
    """f = A d + Σᵢ (θᵢ² − A cos 2πθᵢ): a bowl full of dents (L. A. Rastrigin, 1974). Minimizer: the origin."""

    amplitude: float = 10.0
    dim: int = 2

    name: ClassVar[str] = "rastrigin"
    label: ClassVar[str] = "Rastrigin 函数｜Rastrigin's function"
    view: ClassVar[View] = ((-5.12, 5.12), (-5.12, 5.12))
    start: ClassVar[tuple[float, ...]] = (-3.6, 2.7)

    def __post_init__(self) -> None:
        validate.non_negative("amplitude", self.amplitude)
        validate.count("dim", self.dim)

    @property
    def minimizers(self) -> Array:
        return np.zeros((1, self.dim))

    def value(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        wave = self.amplitude - self.amplitude * cosine(theta)
        return (theta * theta + wave).sum(-1)

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        return 2.0 * theta + (2.0 * np.pi * self.amplitude) * sine(theta)

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, dim, dim), diagonal."""
        theta = validate.last_axis("theta", theta, self.dim)
        diagonal = 2.0 + (4.0 * np.pi * np.pi * self.amplitude) * cosine(theta)
        return diagonal[..., None] * np.eye(self.dim)


@dataclass(frozen=True)
class DoubleWell:
    """f = x⁴ − 2x² + tilt·x, plus ½θᵢ² for every further coordinate: two wells, one deeper.

    tilt: slope added to the symmetric double well; beyond ±8/(3√3) ≈ ±1.54 one well vanishes.
    """

    tilt: float = 0.5
    dim: int = 2

    name: ClassVar[str] = "double_well"
    label: ClassVar[str] = "倾斜双井｜tilted double well"
    view: ClassVar[View] = ((-2.0, 2.0), (-1.6, 1.6))
    start: ClassVar[tuple[float, ...]] = (1.7, 1.2)

    def __post_init__(self) -> None:
        validate.finite("tilt", self.tilt)
        validate.count("dim", self.dim)

    @cached_property
    def minimizers(self) -> Array:
        """All local minimizers, the deepest first, shape (1 or 2, dim)."""
        roots = np.roots([4.0, 0.0, -4.0, self.tilt])
        x = np.unique(roots.real[(abs(roots.imag) < 1e-9) & (12.0 * roots.real**2 - 4.0 > 0.0)])
        for _ in range(2):  # polish the eigenvalue solver's roots by Newton's method
            x = x - (4.0 * x**3 - 4.0 * x + self.tilt) / (12.0 * x**2 - 4.0)
        points = np.zeros((len(x), self.dim))
        points[:, 0] = x
        return points[np.argsort(self.value(points), kind="stable")]

    def value(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        x, rest = theta[..., 0], theta[..., 1:]
        x2 = x * x
        return (x2 * x2 - 2.0 * x2 + self.tilt * x) + 0.5 * (rest * rest).sum(-1)

    def grad(self, theta: ArrayLike) -> Array:
        theta = validate.last_axis("theta", theta, self.dim)
        x, grad = theta[..., 0], np.empty_like(theta)
        np.add(4.0 * (x * (x * x)) - 4.0 * x, self.tilt, out=grad[..., 0])
        np.positive(theta[..., 1:], out=grad[..., 1:])
        return grad

    def hessian(self, theta: ArrayLike) -> Array:
        """The second derivatives, shape (*batch, dim, dim), diagonal."""
        theta = validate.last_axis("theta", theta, self.dim)
        x = theta[..., :1]
        diagonal = np.concatenate([12.0 * (x * x) - 4.0, np.ones_like(theta[..., 1:])], axis=-1)
        return diagonal[..., None] * np.eye(self.dim)


Surface = Quadratic | Rosenbrock | Beale | Himmelblau | Saddle | Rastrigin | DoubleWell

SURFACES: dict[str, type[Surface]] = {
    cls.name: cls for cls in (Quadratic, Rosenbrock, Beale, Himmelblau, Saddle, Rastrigin, DoubleWell)
}


def surface(name: str, **parameters: float) -> Surface:
    """The surface of that name; unknown names raise ValueError.

    >>> surface("quadratic", kappa=50.0).minimizers
    array([[0., 0.]])
    """
    cls = SURFACES[validate.one_of("surface", name, SURFACES)]
    for key in parameters:
        validate.one_of(f"parameter of {name}", key, cls.__dataclass_fields__)
    return cls(**parameters)  # type: ignore[arg-type]


def _xy(theta: ArrayLike) -> tuple[Array, Array]:
    theta = validate.last_axis("theta", theta, 2)
    return theta[..., 0], theta[..., 1]


def _matrix(rows: list[list[ArrayLike]]) -> Array:
    """Matrices from entries of shape (*batch,), or numbers: shape (*batch, rows, columns)."""
    entries = np.broadcast_arrays(*(entry for row in rows for entry in row))
    return np.stack(entries, axis=-1).reshape(*entries[0].shape, len(rows), len(rows[0]))
