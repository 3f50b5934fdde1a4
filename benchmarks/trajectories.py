"""Runs of 500 Adam steps on Rosenbrock's valley, B at once, float64: every point and every loss is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import optimlib as ol
from benchmarks.runner import Case, Goal, have, measure, show
from optimlib.fused import fuse

STEPS, RATE = 500, 0.01
OURS = "ol.descend"


def main(quick: bool, threads: int) -> list[Goal]:
    goals = []
    for B in (1, 100, 1000) if quick else (1, 100, 1000, 10_000):
        cases = [*_cases(B)]
        _compare(cases)
        timings = measure(cases, 3 if quick else 9)
        show(f"{B:,} run(s) of {STEPS} steps at once", "µs per run", 1e6, timings, OURS, "runs per second")
        if B == 1000:
            goals.append(Goal(f"{OURS}, runs per second at B = {B:,}", 1 / timings[OURS].cpu, 150_000, True))
    return goals


def _compare(cases: list[Case]) -> None:
    """All walk the same way: a fast answer to another question would be no comparison."""
    run = cases[0].run()
    for case in cases[1:]:
        path, loss = case.run()
        np.testing.assert_allclose(np.asarray(path)[:100], run.theta[:100], rtol=1e-6, atol=1e-9, err_msg=case.name)
        np.testing.assert_allclose(np.asarray(loss)[:100], run.loss[:100], rtol=1e-6, atol=1e-9, err_msg=case.name)


def _cases(B: int) -> Iterator[Case]:
    start = np.random.default_rng(0).uniform(-2.0, 2.0, (B, 2))
    yield Case(OURS, lambda: ol.descend(ol.Adam(lr=RATE), ol.Rosenbrock(), start, STEPS), B)
    yield Case("NumPy, loop written for this", lambda: _by_hand(start), B)
    for make, needs in ((_torch, ["torch"]), (_optax, ["jax", "optax"])):
        if have(*needs):
            for name, run in make(start).items():
                yield Case(name, run, B)


def _by_hand(start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A loop of one's own, without objects and checks: coordinates apart, the fused rule, the surface's formulas."""
    theta, grad = start.T.copy(), np.empty(start.T.shape)
    path, loss = np.empty((STEPS + 1, *theta.shape)), np.empty((STEPS + 1, len(start)))
    twin = fuse(ol.Adam(lr=RATE), theta.reshape(-1), "in place")
    (x, y), (gx, gy), flat = theta, grad, grad.reshape(-1)
    for t in range(STEPS + 1):
        p, q = 1.0 - x, y - x * x
        path[t], loss[t] = theta, p * p + 100.0 * (q * q)
        np.multiply(q, 200.0, gy)
        np.subtract(-2.0 * p, 400.0 * (x * q), gx)
        twin.step(flat)
    return path.swapaxes(1, 2), loss


def _torch(start: np.ndarray) -> dict[str, Callable[[], Any]]:
    import torch

    def run() -> Any:
        theta = torch.tensor(start, requires_grad=True)
        optimizer = torch.optim.Adam([theta], lr=RATE, fused=True)
        path = torch.empty((STEPS + 1, *start.shape), dtype=torch.float64)
        loss = torch.empty((STEPS + 1, len(start)), dtype=torch.float64)
        for t in range(STEPS + 1):
            x, y = theta[:, 0], theta[:, 1]
            value = (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2
            path[t], loss[t] = theta.detach(), value.detach()
            optimizer.zero_grad()
            value.sum().backward()
            optimizer.step()
        return path, loss

    return {"torch, fused": run}


def _optax(start: np.ndarray) -> dict[str, Callable[[], Any]]:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    optimizer = optax.adam(RATE)

    def values(theta: Any) -> Any:
        x, y = theta[:, 0], theta[:, 1]
        return (1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2

    def step(carry: Any, _: Any) -> Any:
        theta, state = carry
        value, back = jax.vjp(values, theta)
        (grad,) = back(jax.numpy.ones_like(value))
        updates, state = optimizer.update(grad, state)
        return (optax.apply_updates(theta, updates), state), (theta, value)

    scan = jax.jit(lambda theta: jax.lax.scan(step, (theta, optimizer.init(theta)), None, STEPS + 1)[1])
    theta = jax.numpy.asarray(start)
    return {"optax scan, jit (compiled before)": lambda: jax.block_until_ready(scan(theta))}
