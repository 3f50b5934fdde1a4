"""The heavy ball on a parabola is a damped oscillator: its spectral radius and closed form, as in js/heavy_ball.js."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def spectral_radius(lr: ArrayLike, beta: ArrayLike, curvature: ArrayLike) -> NDArray[np.floating]:
    """The largest |z| with z² − (1 + β − ηλ) z + β = 0: the factor per step of the slowest part of the error.

    The arguments broadcast. The run is stable (factor < 1) where 0 < ηλ < 2(1 + β), and the factor is least, √β, from
    β = (1 − √(ηλ))² on.  B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    """
    lr, beta, curvature = (np.asarray(x, dtype=float) for x in (lr, beta, curvature))
    total = 1.0 + beta - lr * curvature
    split = total * total - 4.0 * beta
    real = (abs(total) + np.sqrt(np.maximum(split, 0.0))) / 2.0
    return np.where(split < 0.0, np.sqrt(beta), real)[()]


def oscillator(lr: float, beta: float, curvature: float, start: float, t: ArrayLike) -> NDArray[np.floating]:
    """θₜ of the heavy ball in closed form at any times t ≥ 0, also between the steps.

    θₜ = θ₁ Sₜ − β θ₀ Sₜ₋₁ with Sₜ = (z₁ᵗ − z₂ᵗ)/(z₁ − z₂), written so that it neither cancels near the double root
    nor overflows. Between the steps a root z < 0 is continued as |z|ᵗ cos πt.
    """
    t = np.asarray(t, dtype=float)
    total = 1.0 + beta - lr * curvature
    split = total * total - 4.0 * beta
    first = start - lr * (curvature * start)
    if split < 0:
        angle = np.arctan2(np.sqrt(-split), total)

        def series(t: NDArray[np.floating]) -> NDArray[np.floating]:
            return np.sqrt(beta) ** (t - 1.0) * np.sin(angle * t) / np.sin(angle)
    else:
        root = np.sqrt(split)
        large = (abs(total) + root) / 2.0
        ratio = -2.0 * np.arcsinh(root / (2.0 * np.sqrt(beta))) if beta else -np.inf

        def series(t: NDArray[np.floating]) -> NDArray[np.floating]:
            sign = np.cos(np.pi * (t - 1.0)) if total < 0 else 1.0
            grown = t if ratio == 0 else np.expm1(ratio * np.where(t == 0, 1.0, t)) / np.expm1(ratio)
            return np.where(t == 0, 0.0, sign * large ** (t - 1.0) * grown)

    with np.errstate(all="ignore"):
        theta = first * series(t) - (beta * (start * series(t - 1.0)) if beta else 0.0)
    return np.where(t == 0, start, theta)[()]


def best_for(kappa: float) -> tuple[float, float]:
    """η = (2/(√κ + 1))² and β = ((√κ − 1)/(√κ + 1))²: the least worst radius over curvatures from 1 to κ."""
    root = float(np.sqrt(kappa))
    share, rate = (root - 1.0) / (root + 1.0), 2.0 / (root + 1.0)
    return rate * rate, share * share
