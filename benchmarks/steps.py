"""One step of Adam and of Momentum on a float32 vector: the levels of optimlib.fused, frameworks, the memory floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.runner import Case, Goal, have, measure, show
from optimlib import Adam, Momentum
from optimlib.fused import LEVELS, aligned, fuse

SIZES = (10_000, 40_000, 1_000_000, 10_000_000)
FLOOR = "memory floor"
Row = tuple[str, Callable[[], Any], Callable[[], Any]]  # name, what is timed, theta
NUMPY = 'NumPy "blocked"'


def main(quick: bool, threads: int) -> list[Goal]:
    goals: list[Goal] = []
    for rule in (Adam(lr=1e-3), Momentum(lr=1e-3, beta=0.9)):
        name = type(rule).__name__
        _compare([*_cases(rule, SIZES[0], threads)])
        for n in SIZES[:3] if quick else SIZES:
            cases = [*_cases(rule, n, threads)]
            rounds = (7 if n > 100_000 else 15) if quick else (21 if n > 100_000 else 61)
            timings = measure(cases, rounds)
            show(f"{name}, {n:,} parameters, float32", "ns per parameter", 1e9, timings, FLOOR)
            goals += _goals(name, n, {case: timing.cpu for case, timing in timings.items()})
    return goals


def _goals(rule: str, n: int, cpu: dict[str, float]) -> Iterator[Goal]:
    if n == SIZES[-1]:
        yield Goal(f"{rule} in NumPy at {n:,}, × floor", cpu[NUMPY] / cpu[FLOOR], 2.5 if rule == "Adam" else 1.45)
    if rule == "Adam":
        rivals = ["torch foreach", "torch for-loop", *(["torch fused"] if n <= 40_000 else [])]
        for rival in filter(cpu.get, rivals):
            yield Goal(f"Adam in NumPy at {n:,}, × {rival}", cpu[NUMPY] / cpu[rival], 1.0)
        if n == SIZES[-1] and "numba" in cpu:
            yield Goal(f"Adam with numba at {n:,}, × floor", cpu["numba"] / cpu[FLOOR], 1.1)
            if "torch fused" in cpu:
                yield Goal(f"Adam with numba at {n:,}, × torch fused", cpu["numba"] / cpu["torch fused"], 1.0)


def _compare(cases: list[Case]) -> None:
    """All arrive at the same theta: a fast answer to another question would be no comparison."""
    arrived: list[Any] = []
    for case in cases:
        if case.result is None:  # the memory floor
            continue
        for _ in range(20):
            case.run()
        arrived.append(np.asarray(case.result()))
        # 20 steps of 1e-3. Keras adds ε elsewhere, which shows where gradients are tiny.
        np.testing.assert_allclose(arrived[-1], arrived[0], atol=5e-5, err_msg=case.name)


def _cases(rule: Any, n: int, threads: int) -> Iterator[Case]:
    grad = _vector(n)
    yield Case(FLOOR, _floor(n, buffers=2 if isinstance(rule, Adam) else 1), n)
    for level in LEVELS:
        if level == "numba" and not have("numba"):
            continue
        twin = fuse(rule, _vector(n), level, threads if level in ("blocked", "numba") else 1)
        name = "numba" if level == "numba" else f'NumPy "{level}"'
        yield Case(name, partial(twin.step, grad), n, partial(_theta, twin))
    for make, needs in ((_torch, ["torch"]), (_optax, ["jax", "optax"]), (_keras, ["keras", "jax"])):
        if have(*needs):
            for name, run, theta in make(rule, grad, threads):
                yield Case(name, run, n, theta)


def _theta(twin: Any) -> Any:
    return twin.theta


def _vector(n: int) -> Any:
    vector = aligned(n, np.float32)
    vector[:] = np.random.default_rng(0).standard_normal(n)
    return vector


def _floor(n: int, buffers: int) -> Callable[[], None]:
    """Read the gradient, read and write theta and each buffer, one addition each: what no optimizer can avoid."""
    vectors = [_vector(n) for _ in range(1 + buffers)]
    grad = _vector(n)
    grad *= np.float32(1e-6)  # the sums stay finite, however often they are taken
    if not have("numba"):

        def one_by_one() -> None:
            for vector in vectors:
                np.add(vector, grad, vector)

        print("  the memory floor by NumPy, which reads the gradient once for each vector: up to 1.3 times too high")
        return one_by_one
    from numba import njit

    @njit(error_model="numpy")
    def three(a: Any, b: Any, c: Any, g: Any) -> None:
        for i in range(a.size):
            a[i] += g[i]
            b[i] += g[i]
            c[i] += g[i]

    @njit(error_model="numpy")
    def two(a: Any, b: Any, g: Any) -> None:
        for i in range(a.size):
            a[i] += g[i]
            b[i] += g[i]

    kernel = three if buffers == 2 else two
    return lambda: kernel(*vectors, grad)


def _torch(rule: Any, grad: Any, threads: int) -> Iterator[Row]:
    import torch

    torch.set_num_threads(threads)
    for name, how in (("fused", {"fused": True}), ("foreach", {"foreach": True}), ("for-loop", {"foreach": False})):
        theta = torch.tensor(_vector(grad.size), requires_grad=True)
        theta.grad = torch.tensor(grad)
        if isinstance(rule, Adam):
            optimizer: Any = torch.optim.Adam([theta], lr=1e-3, **how)
        else:
            optimizer = torch.optim.SGD([theta], lr=1e-3, momentum=0.9, **how)
        yield f"torch {name}", optimizer.step, theta.detach


def _optax(rule: Any, grad: Any, threads: int) -> Iterator[Row]:
    import jax
    import optax

    optimizer = optax.adam(1e-3) if isinstance(rule, Adam) else optax.sgd(1e-3, momentum=0.9)
    g = jax.numpy.asarray(grad)

    def update(theta: Any, state: Any, g: Any) -> Any:
        steps, state = optimizer.update(g, state, theta)
        return optax.apply_updates(theta, steps), state

    step = jax.jit(update, donate_argnums=(0, 1))
    theta = jax.numpy.array(_vector(grad.size))
    yield "optax jit", *_kept(lambda kept: step(*kept, g), (theta, optimizer.init(theta)))


def _keras(rule: Any, grad: Any, threads: int) -> Iterator[Row]:
    import jax
    import keras

    weights = keras.Variable(_vector(grad.size), dtype="float32")
    if isinstance(rule, Adam):
        optimizer: Any = keras.optimizers.Adam(1e-3, epsilon=1e-8)
    else:
        optimizer = keras.optimizers.SGD(1e-3, momentum=0.9)
    optimizer.build([weights])
    g = jax.numpy.asarray(grad)

    def update(theta: Any, variables: Any, g: Any) -> Any:
        (theta,), variables = optimizer.stateless_apply(variables, [g], [theta])
        return theta, variables

    step = jax.jit(update, donate_argnums=(0, 1))
    start = (jax.numpy.array(weights.value), [jax.numpy.array(v.value) for v in optimizer.variables])
    yield "Keras on jax, jit", *_kept(lambda kept: step(*kept, g), start)


def _kept(step: Callable[[Any], Any], kept: Any) -> tuple[Callable[[], None], Callable[[], Any]]:
    """A step that feeds on what it returned the last time, and waits until that is there; and its theta."""
    import jax

    def run() -> None:
        nonlocal kept
        kept = jax.block_until_ready(step(kept))

    return run, lambda: kept[0]
