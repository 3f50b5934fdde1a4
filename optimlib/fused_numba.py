"""One loop for each rule of fused.py, compiled by numba: reads and writes every number once, rounds as the rule does.

kernel(g, theta, *buffers, *constants), all of one dtype. No fastmath: it would reorder and fuse operations, and the
bits would not be the rule's. error_model="numpy": Python's check of every division for zero would keep the loop from
being vectorized. nogil: threads run side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_compiled = njit(nogil=True, error_model="numpy", cache=True)


@_compiled  # pragma: no cover (runs as machine code)
def sgd(g: Any, theta: Any, minus_lr: Any) -> None:
    for i in range(theta.size):
        theta[i] += minus_lr * g[i]


@_compiled  # pragma: no cover (runs as machine code)
def momentum(g: Any, theta: Any, u: Any, beta: Any, minus_lr: Any) -> None:
    for i in range(theta.size):
        u_i = beta * u[i] + g[i]
        u[i] = u_i
        theta[i] += minus_lr * u_i


@_compiled  # pragma: no cover (runs as machine code)
def adam(
    g: Any, theta: Any, m: Any, v: Any,
    beta1: Any, rest1: Any, beta2: Any, rest2: Any, correction1: Any, correction2: Any, eps: Any, minus_lr: Any,
) -> None:  # fmt: skip
    for i in range(theta.size):
        m_i = beta1 * m[i] + rest1 * g[i]
        v_i = beta2 * v[i] + rest2 * (g[i] * g[i])
        m[i] = m_i
        v[i] = v_i
        theta[i] += minus_lr * (m_i / correction1) / (np.sqrt(v_i / correction2) + eps)


@_compiled  # pragma: no cover (runs as machine code)
def adamw(
    g: Any, theta: Any, m: Any, v: Any,
    beta1: Any, rest1: Any, beta2: Any, rest2: Any, correction1: Any, correction2: Any, eps: Any, minus_lr: Any,
    decay: Any,
) -> None:  # fmt: skip
    for i in range(theta.size):
        m_i = beta1 * m[i] + rest1 * g[i]
        v_i = beta2 * v[i] + rest2 * (g[i] * g[i])
        m[i] = m_i
        v[i] = v_i
        step = minus_lr * (m_i / correction1) / (np.sqrt(v_i / correction2) + eps)
        theta[i] += step - decay * theta[i]


KERNELS = {"SGD": sgd, "Momentum": momentum, "Adam": adam, "AdamW": adamw}
