"""Runs on test surfaces at twice the speed: the part of `descend` that makes no new arrays.

It returns the bits of the loop in descend.py, because it does the same operations in the same order:

- the surface's gradient is recorded once, as a list of NumPy's calls and of the arrays that they read and write, and
  the list is replayed at every step: nothing is checked, allocated, or converted again;
- the rule's step is that of its in-place twin in fused_passes.py;
- the losses of many points are taken at once, and so is the check that everything is finite. Where something is not,
  the loop in descend.py starts anew: it knows what a divergence asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.fused_passes import IN_ORDER
from optimlib.objectives import SURFACES, Objective
from optimlib.optimizers.rule import State

Array = NDArray[np.floating]
Calls = list[tuple[Callable[..., Any], tuple[Any, ...]]]  # functions, and their arguments

POINTS, STEPS = 16_000, 64  # a block ends after so many points (then its temporaries fit in the cache), or steps
FEW = 8  # NumPy adds fewer numbers than this one by one, however they lie in memory; more, in an order of its own


def applies(optimizer: Any, objective: Any, theta: Array) -> bool:
    """Whether `run` can take this run: a rule that has a twin, with numbers as hyperparameters, on a surface."""
    return (
        type(optimizer) in IN_ORDER  # a subclass would have another update
        and type(objective) in SURFACES.values()
        and not any(callable(hyper) or np.ndim(hyper) for hyper in vars(optimizer).values())
        and theta.size > 0
        and theta.dtype != np.float16  # NumPy adds float16 in float32, but only numbers that are neighbors in memory
    )


def empty_path(points: int, theta: Array) -> Array:
    """Room for so many thetas, (points, *batch, d). In memory a few coordinates lie apart, each a contiguous row."""
    *batch, d = theta.shape
    if d >= FEW:
        return np.empty((points, *batch, d), theta.dtype)
    return np.moveaxis(np.empty((points, d, *batch), theta.dtype), 1, -1)


def run(optimizer: Any, objective: Objective, state: State, path: Array, loss: Array) -> bool:
    """Take all steps, and return True; or return False as soon as something is not finite or cannot be recorded.

    path: (steps + 1, *batch, d) from `empty_path`; loss: (steps + 1, *batch). Their first entries are there, the others
    are filled in.  state: before the first step; it is only read.
    """
    steps, d = len(path) - 1, path.shape[-1]
    path, loss = path.reshape(steps + 1, -1, d), loss.reshape(steps + 1, -1)  # one batch axis
    rows = _flat(path)  # (steps + 1, size)
    now = _copy(path[0])
    try:
        calls, grad = record(objective.grad, now)
    except (TypeError, AttributeError):
        return False
    g, theta = _flat(grad), _flat(now)
    if g.dtype != theta.dtype or not np.shares_memory(g, grad):  # the gradient of some surfaces lies in another order
        turned = _copy(grad.astype(theta.dtype))
        calls.append((np.positive, (grad, turned)))
        g = _flat(turned)

    plan = IN_ORDER[type(optimizer)]
    buffers = [_flat(_copy(value.reshape(now.shape))) for value in state.values() if np.ndim(value)]
    vectors = (g, theta, *buffers, np.empty_like(theta), np.empty_like(theta))  # the last two are scratch
    corrections = [_corrections(float(getattr(optimizer, beta)), steps) for beta in plan.corrected]
    values = plan.constants(optimizer)(float(optimizer.lr), *(np.nan for _ in corrections))
    constants = [np.array(value, theta.dtype) for value in values]
    moving = [*zip(filter(np.isnan, constants), corrections, strict=True)]  # the others stay as they are
    step, add, block = plan.step, np.add, min(max(POINTS // len(now), 1), STEPS)
    for start in range(1, steps + 1, block):
        end = min(start + block, steps + 1)
        for t in range(start, end):
            for call, arguments in calls:
                call(*arguments)
            for constant, correction in moving:
                constant[()] = correction[t]
            add(theta, step(constants, *vectors), theta)
            rows[t] = theta
        loss[start:end] = objective.value(path[start:end])
        if not np.isfinite(loss[start:end]).all():  # no surface is finite at a point that is not
            return False
    return True


class _Recorded(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array, and notes in `recorded_calls` what ufuncs do with it and with all that comes from it.

    It is no ndarray, so that nobody can take the numbers out of it and go on without a note: what is neither a ufunc,
    an operator, a view, nor a sum raises TypeError or AttributeError.
    """

    def __init__(self, array: Array, recorded_calls: Calls) -> None:
        self.array, self.recorded_calls = array, recorded_calls
        self.shape, self.ndim, self.dtype = array.shape, array.ndim, array.dtype

    def __getitem__(self, index: Any) -> _Recorded:
        view = self.array[index]
        if view.size and not np.shares_memory(view, self.array):
            raise TypeError(f"only views can be recorded, got the index {index!r}")
        return _Recorded(view, self.recorded_calls)

    def sum(self, axis: int) -> Any:
        return np.add.reduce(self, axis=axis)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        function, inputs = getattr(ufunc, method), tuple(map(_plain, inputs))
        dtype = np.result_type(*inputs)  # what a number is converted to; once, where it is recorded
        arguments = [np.asarray(x, dtype) if isinstance(x, int | float) else x for x in inputs]
        result = function(*arguments, out=out and tuple(map(_plain, out)), **options)
        if options or ufunc in (np.maximum, np.minimum):
            self.recorded_calls.append((partial(function, **options, out=result), tuple(arguments)))
        else:  # by position it costs less, but those two do not take it
            self.recorded_calls.append((function, (*arguments, result)))
        return _Recorded(result, self.recorded_calls)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.empty_like:
            return _Recorded(np.empty_like(*map(_plain, args), **kwargs), self.recorded_calls)
        raise TypeError(f"only ufuncs can be recorded, got {function.__name__}")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("only ufuncs can be recorded, got a conversion to an array")

    def __bool__(self) -> bool:
        raise TypeError("only ufuncs can be recorded, got a condition")


def record(function: Callable[[Any], Any], x: Array) -> tuple[Calls, Array]:
    """The calls of ufuncs that function(x) makes, and its result, which has their outcome whenever they are replayed.

    They read x itself: what it holds by then.
    Raises TypeError or AttributeError where the function does anything else with x.
    """
    recorded_calls: Calls = []
    result = function(_Recorded(x, recorded_calls))
    return recorded_calls, result.array  # which nothing but a record has


def _plain(x: Any) -> Any:
    return x.array if isinstance(x, _Recorded) else x


def _corrections(beta: float, steps: int) -> list[float]:
    """1 − βᵗ for t = 0 … steps, with βᵗ as a running product."""
    return (1.0 - np.multiply.accumulate(np.append(1.0, np.full(steps, beta)))).tolist()


def _copy(points: Array) -> Array:
    """A copy of points (n, d) that lies in memory as they do in a path."""
    copy = empty_path(1, points)[0]
    copy[...] = points
    return copy


def _flat(points: Array) -> Array:
    """The numbers of points (…, n, d) as they lie in memory, (…, n·d); a view of what `empty_path` makes."""
    turned = points.swapaxes(-1, -2) if points.shape[-1] < FEW else points
    return turned.reshape(*points.shape[:-2], -1)
