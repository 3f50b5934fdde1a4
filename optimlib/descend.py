"""The one descent loop of the book: descend(optimizer, objective, start, steps) -> Trajectory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.noise import GradientNoise
from optimlib.optimizers.rule import Optimizer, column

if TYPE_CHECKING:  # pragma: no cover (a name for the reader; its module would double the time of `import optimlib`)
    from optimlib.objectives import Objective

Array = NDArray[np.floating]
Alive = NDArray[np.bool_] | bool


@dataclass(frozen=True)
class Trajectory:
    """What a run did.

    theta: (steps + 1, *batch, d), the start first.  loss: (steps + 1, *batch), f at these points. For a rule with a
    method `evaluated` they are the points that it returns, not those where it took gradients.
    diverged_at: (*batch,) int, the first step whose point or loss is not finite, −1 for a run that stayed finite;
    from that step on theta and loss of the run are NaN.
    state: recorded buffers, name -> (steps + 1, …), e.g. state["v"] of shape (steps + 1, *batch, d).
    """

    optimizer: Any
    objective: Any
    theta: Array
    loss: Array
    diverged_at: NDArray[np.intp]
    state: dict[str, Array] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        return len(self.theta) - 1

    def first_below(self, loss: float) -> NDArray[np.intp]:
        """The first step whose loss is below the given value, −1 where there is none, shape (*batch,)."""
        below = self.loss < loss
        return np.where(below.any(0), below.argmax(0), -1)


def descend(
    optimizer: Optimizer,
    objective: Objective,
    start: ArrayLike,
    steps: int,
    record: Iterable[str] = (),
    noise: GradientNoise | None = None,
) -> Trajectory:
    """Run `optimizer` on `objective` for `steps` updates from `start`.

    start: finite floats, shape (*batch, d); hyperparameters that are arrays of shape (*batch,) give one run each,
    bit for bit equal to separate runs. The start is broadcast against them, and is never written to.
    record: names of state buffers to keep.
    noise: is added to the gradient that each update gets (rules that ask the objective for more get that without).
    A run that diverges stops quietly: see Trajectory.diverged_at.
    Raises TypeError or ValueError for a bad start, step count, optimizer, noise, or buffer name.
    """
    from optimlib import replay  # with the surfaces and the fused rules: loaded when used

    if noise is not None and not isinstance(noise, GradientNoise):
        raise TypeError(f"noise must be a GradientNoise or None, got {noise!r}")
    theta = broadcast_start(optimizer, start, getattr(objective, "dim", None), noise)
    steps = validate.count("steps", steps, least=0)
    batch = theta.shape[:-1]
    state = optimizer.init(theta.copy())
    buffers = {name: [_buffer(state, name)] for name in record}
    ahead = noise is None and not buffers and replay.applies(optimizer, objective, theta)
    path = replay.empty_path(steps + 1, theta) if ahead else np.empty((steps + 1, *theta.shape), dtype=theta.dtype)
    loss, diverged_at = np.empty((steps + 1, *batch)), np.full(batch, -1)
    if noise is not None:
        sigma, xi = column(noise.sigma, theta), noise.draws(steps, theta.shape[-1]).astype(theta.dtype, copy=False)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        alive = _keep(path, loss, 0, evaluated(optimizer, theta, state), objective, diverged_at, True)
        if ahead and alive is True and replay.run(optimizer, objective, state, path, loss):
            return Trajectory(optimizer, objective, path, loss, diverged_at)
        for t in range(1, steps + 1):
            if not np.any(alive):
                path[t:], loss[t:] = np.nan, np.nan
                break
            reads = extra_arguments(optimizer, theta=theta, objective=objective)
            grad = np.asarray(objective.grad(theta)).astype(theta.dtype, copy=False)  # float32 stays float32
            if noise is not None:
                grad = grad + sigma * xi[t - 1]
            step, state = _checked(optimizer.update(grad, state, **reads), theta)
            theta = theta + step
            alive = _keep(path, loss, t, evaluated(optimizer, theta, state), objective, diverged_at, alive)
            for name, kept in buffers.items():
                kept.append(_buffer(state, name))
    for kept in buffers.values():
        kept += [np.full_like(kept[-1], np.nan)] * (steps + 1 - len(kept))  # when all runs have diverged
    recorded = {name: np.stack(np.broadcast_arrays(*kept)) for name, kept in buffers.items()}
    return Trajectory(optimizer, objective, path, loss, diverged_at, recorded)


def broadcast_start(
    optimizer: Optimizer, start: ArrayLike, dim: int | None, noise: GradientNoise | None = None
) -> Array:
    """A fresh copy of `start`, broadcast to (*batch, d) against the hyperparameters of shape (*batch,)."""
    theta = validate.parameters("start", start, dim=dim)
    for method in ("init", "update"):
        if not callable(getattr(optimizer, method, None)):
            raise TypeError(f"optimizer must have the methods init and update, got {optimizer!r} without {method}")
    shapes = [hyper.shape for hyper in (*_arrays(optimizer), *_arrays(noise))]
    batch = np.broadcast_shapes(theta.shape[:-1], *shapes)
    return np.broadcast_to(theta, (*batch, theta.shape[-1])).copy()


def _arrays(optimizer: Any) -> list[NDArray[Any]]:
    """The hyperparameters that are arrays, also those of rules inside (Lookahead, SAM, …)."""
    if isinstance(optimizer, np.ndarray):
        return [optimizer]
    if not is_dataclass(optimizer):
        return []
    return [array for f in fields(optimizer) for array in _arrays(getattr(optimizer, f.name))]


def extra_arguments(optimizer: Any, **available: Any) -> dict[str, Any]:
    """What the optimizer's update reads beside gradient and state: those of `available` named in its `reads`."""
    return {validate.one_of("reads", name, available): available[name] for name in getattr(optimizer, "reads", ())}


def evaluated(optimizer: Any, theta: Array, state: Any) -> Array:
    """The point whose loss counts: theta, unless the rule has a method `evaluated` that says otherwise."""
    return optimizer.evaluated(theta, state) if hasattr(optimizer, "evaluated") else theta


def _keep(
    path: Array, loss: Array, t: int, theta: Array, objective: Objective, diverged_at: NDArray[np.intp], alive: Alive
) -> Alive:
    """Store step t of the runs that are still finite; note where one has just ended. Returns who is alive.

    alive: True as long as all are, then (*batch,) bool.
    """
    value = np.asarray(objective.value(theta))
    if alive is True and isfinite(np.vdot(theta, theta)) and isfinite(np.vdot(value, value)):
        path[t], loss[t] = theta, value  # sums of squares are finite: so is every number, and no mask is needed
        return True
    finite = np.isfinite(theta).all(-1) & np.isfinite(value)
    diverged_at[(diverged_at < 0) & ~finite] = t
    alive = diverged_at < 0
    path[t] = np.where(alive[..., None], theta, np.nan)
    loss[t] = np.where(alive, value, np.nan)
    return True if alive.all() else alive


def _checked(result: Any, theta: Array) -> tuple[Array, Any]:
    if not (isinstance(result, tuple) and len(result) == 2):
        raise TypeError(f"update must return (step, state), got {type(result).__name__}: {result!r}")
    step, state = result
    if np.shape(step) not in {theta.shape, ()}:
        raise ValueError(f"the step of update must have shape {theta.shape} like theta, got {np.shape(step)}")
    return step, state


def _buffer(state: Any, name: str) -> Array:
    validate.one_of("record", name, state)
    return np.array(state[name], dtype=float)
