"""Data sets for `fit`: three that ship with scikit-learn, and synthetic ones whose best answer is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import validate

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Dataset:
    """Inputs X (n, …) and targets y (n,), for training and for validation; None where there are none.

    truth: the parameters that the data were made with, in the layout of the model that the maker names.
    minimizer: the parameters (dim,) with the lowest training loss.  infimum: that loss (no parameters need reach it).
    """

    X: NDArray[Any]
    y: NDArray[Any]
    X_validation: NDArray[Any] | None = None
    y_validation: NDArray[Any] | None = None
    truth: Array | None = None
    minimizer: Array | None = None
    infimum: float | None = None


def digits(validation: float = 0.2, seed: int = 0) -> Dataset:
    """1797 real handwritten digits, 8 × 8 pixels scaled to [0, 1], classes 0–9.

    validation: share of the samples that is held out, in (0, 1).  seed: of the random split.
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998; shipped with scikit-learn.
    """
    _check_share("validation", validation)
    from sklearn.datasets import load_digits  # heavy: loaded only when used

    X, y = load_digits(return_X_y=True)
    return Dataset(*_split(X / 16.0, y, validation, seed))


def breast_cancer(validation: float = 0.2, seed: int = 0) -> Dataset:
    """569 real tumors, 30 measurements each, classes 0 (malignant) and 1 (benign): for LogisticRegression(30).

    Each measurement is shifted and scaled to mean 0 and variance 1 on the training part.
    validation, seed: as for `digits`.
    W. H. Wolberg, O. L. Mangasarian, W. N. Street, Breast Cancer Wisconsin (Diagnostic), UCI, 1995; shipped with
    scikit-learn.
    """
    _check_share("validation", validation)
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    X, y, X_validation, y_validation = _split(X, y, validation, seed)
    X, X_validation = _scaled(X, X_validation)
    return Dataset(X, y, X_validation, y_validation)


def diabetes(validation: float = 0.2, seed: int = 0, scaled: bool = True) -> Dataset:
    """442 real patients and how far their diabetes had progressed a year later, 25–346: for LinearRegression(10).

    X: age in years, sex (1 or 2), body-mass index in kg/m², mean blood pressure in mmHg, six blood serum measurements.
    scaled: whether each column is shifted and scaled to mean 0 and variance 1 on the training part; y is left as it is.
    validation, seed: as for `digits`.
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least Angle Regression, Annals of Statistics 32(2), 2004; shipped
    with scikit-learn.
    """
    _check_share("validation", validation)
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    X, y, X_validation, y_validation = _split(X, y, validation, seed)
    if scaled:
        X, X_validation = _scaled(X, X_validation)
    return Dataset(X, y, X_validation, y_validation)


def linear_regression(
    n: int = 1000, features: int = 20, kappa: float = 100.0, noise: float = 0.1, seed: int = 0
) -> Dataset:
    """y = X w + b + noise, for LinearRegression(features): the truth is the minimizer, the infimum is noise².

    The Hessian of the mean squared error has eigenvalues from 1 to κ for w, and 2 for b.
    n: training samples > features + 1; a quarter as many again for validation.  kappa: κ ≥ 1.
    noise: its root mean square ≥ 0. On the training part it is made orthogonal to the inputs, which is why the
    coefficients that made the data are also the best fit.
    """
    validate.count("features", features)
    validate.count("n", n, least=features + 2)
    validate.finite("kappa", kappa)
    if kappa < 1:
        raise ValueError(f"kappa must be a number >= 1, got {kappa!r}")
    validate.non_negative("noise", noise)
    rng = np.random.default_rng(seed)
    held = max(n // 4, 1)
    basis, _ = np.linalg.qr(np.concatenate([np.ones((n, 1)), rng.standard_normal((n, features + 1))], axis=1))
    turn, _ = np.linalg.qr(rng.standard_normal((features, features)))
    root = np.sqrt(0.5 * np.geomspace(1.0, kappa, features))[:, None] * turn  # ½ Hessian = rootᵀ root
    X, X_validation = np.sqrt(n) * basis[:, 1:-1] @ root, rng.standard_normal((held, features)) @ root
    truth = rng.standard_normal(features + 1)
    y = X @ truth[:-1] + truth[-1] + noise * np.sqrt(n) * basis[:, -1]
    y_validation = X_validation @ truth[:-1] + truth[-1] + noise * rng.standard_normal(held)
    return Dataset(X, y, X_validation, y_validation, truth, truth, float(noise) ** 2)


def sparse_features(n: int = 20_000, features: int = 100, seed: int = 0) -> Dataset:
    """Features that are rarer and rarer, for SparseLogisticRegression(features): j = 0, 1, … is active w.p. 1/(j + 1).

    P(y = 1) = σ(Σ wⱼ over the active j), wⱼ = ±2 in turn. So all features matter alike where they occur, and an
    optimizer meets the last one in 1 of `features` samples. The truth has the lowest expected loss of all functions:
    its validation loss is the mark to reach.  n: training samples; a quarter as many for validation.
    """
    validate.count("n", n)
    validate.count("features", features)
    rng = np.random.default_rng(seed)
    total = n + max(n // 4, 1)
    active = rng.random((total, features)) < 1.0 / np.arange(1, features + 1)
    weights = np.where(np.arange(features) % 2, -2.0, 2.0)
    y = (rng.random(total) < 1.0 / (1.0 + np.exp(-1.0 * (active @ weights)))).astype(np.int64)
    width = int(active.sum(1).max())
    order = np.argsort(np.logical_not(active), axis=1, kind="stable")[:, :width]  # the active features first
    X = np.where(np.take_along_axis(active, order, axis=1), order, -1)
    truth = np.append(weights, 0.0)
    return Dataset(X[:n], y[:n], X[n:], y[n:], truth)


def heavy_tailed_classes(copies: int = 64, features: int = 300, seed: int = 0) -> Dataset:
    """Few frequent classes and many rare ones, for SoftmaxRegression: class sizes 64, 32, 32, 16 × 4, …, 1 × 64.

    That is 127 classes and 448 samples; each size has as many samples.  copies: the largest size, a power of 2.
    Inputs are uniform on [0, 1] and say nothing about the class, so training is memorizing; validation inputs are new.
    Infimum: given as 0 where samples are fewer than features, so that planes part any labels; no parameters reach it.
    After F. Kunstner et al., Heavy-Tailed Class Imbalance, NeurIPS 2024.
    """
    validate.count("copies", copies)
    validate.count("features", features)
    if copies & (copies - 1):
        raise ValueError(f"copies must be a power of 2, got {copies!r}")
    rng = np.random.default_rng(seed)
    sizes = np.concatenate([np.full(copies // size, size) for size in _halves(copies)])
    y = np.repeat(np.arange(len(sizes)), sizes)
    X, X_validation = rng.random((len(y), features)), rng.random((len(y), features))
    return Dataset(X, y, X_validation, y.copy(), infimum=0.0 if len(y) <= features else None)


def spirals(n: int = 400, turns: float = 1.5, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Two spirals in the plane, classes 0 and 1, for MLP((2, …, 2)): no straight line parts them.

    n: training samples ≥ 2; half as many for validation.  turns: of each arm, > 0.  noise: added to both coordinates.
    After K. J. Lang, M. J. Witbrock, Learning to Tell Two Spirals Apart, Connectionist Models Summer School, 1988.
    """
    validate.count("n", n, least=2)
    validate.positive("turns", turns)
    validate.non_negative("noise", noise)
    rng = np.random.default_rng(seed)
    total = n + n // 2
    y = np.arange(total) % 2
    radius = np.sqrt(rng.random(total))  # even along the arm's area
    angle = 2.0 * np.pi * turns * radius + np.pi * y
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + noise * rng.standard_normal((total, 2))
    return Dataset(X[:n], y[:n], X[n:], y[n:])


def waves(n: int = 512, features: int = 10, noise: float = 0.0, seed: int = 0) -> Dataset:
    """y = sin 2x₁ + ½ x₂² + noise with normal inputs, for MLP((features, …, 1), output="linear"); the rest is idle.

    n: training samples; as many for validation.  features: ≥ 2.  noise: standard deviation ≥ 0.
    """
    validate.count("n", n)
    validate.count("features", features, least=2)
    validate.non_negative("noise", noise)
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((2 * n, features))
    y = np.sin(2.0 * X[:, 0]) + 0.5 * X[:, 1] ** 2 + noise * rng.standard_normal(2 * n)
    return Dataset(X[:n], y[:n], X[n:], y[n:])


def ratings(
    rows: int = 60, columns: int = 40, rank: int = 3, observed: float = 0.5, noise: float = 0.0, seed: int = 0
) -> Dataset:
    """Entries of a table of low rank, for MatrixFactorization(rows, columns, rank): X are places (i, j).

    truth: the factors that made it; without noise they are minimizers (not the only ones), and the infimum is 0.
    observed: share of entries in the training part, in (0, 1); the rest is for validation.  noise: ≥ 0.
    """
    for name, value in {"rows": rows, "columns": columns, "rank": rank}.items():
        validate.count(name, value)
    _check_share("observed", observed)
    validate.non_negative("noise", noise)
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((rows + columns) * rank) / rank**0.25  # entries of variance 1
    U, V = truth[: rows * rank].reshape(rows, rank), truth[rows * rank :].reshape(columns, rank)
    table = U @ V.T + noise * rng.standard_normal((rows, columns))
    places = rng.permutation(rows * columns)
    seen = max(round(observed * len(places)), 1)
    X, y = np.stack(np.divmod(places, columns), axis=1), table.ravel()[places]
    best = None if noise else truth
    return Dataset(X[:seen], y[:seen], X[seen:], y[seen:], truth, best, None if noise else 0.0)


def _split(X: Array, y: NDArray[Any], validation: float, seed: int) -> tuple[Any, Any, Any, Any]:
    order = np.random.default_rng(seed).permutation(len(y))
    held = order[: round(validation * len(y))]
    kept = order[len(held) :]
    return X[kept], y[kept], X[held], y[held]


def _scaled(X: Array, X_validation: Array) -> tuple[Array, Array]:
    """Each column with mean 0 and variance 1 on X; the validation part is shifted and scaled by the same numbers."""
    mean, std = X.mean(0), X.std(0)
    return (X - mean) / std, (X_validation - mean) / std


def _halves(copies: int) -> list[int]:
    return [copies >> k for k in range(copies.bit_length())]


def _check_share(name: str, value: float) -> None:
    validate.positive(name, value)
    if value >= 1:
        raise ValueError(f"{name} must be a number in (0, 1), got {value!r}")
