"""In-place twins of SGD, Momentum, Adam, and AdamW for one large vector: fuse(rule, theta, level).step(grad).

A rule returns new arrays, which is what makes it readable, and what makes it slow: where theta is larger than the
cache, time goes into moving bytes, and every temporary moves more of them. The levels climb from there:

    "textbook"   theta += the step that the rule's update returns
    "in place"   the rule's operations in the rule's order, each written into a buffer that is there already
    "blocked"    fewer operations, all of them on one block of theta that fits in the cache before the next block
    "numba"      one loop, in machine code: every number is read once and written once, the limit of the memory

"in place" and "numba" return the rule's bits, and so does "blocked" for SGD and Momentum. For Adam and AdamW it saves
four of the fourteen passes by arithmetic that is equal on paper but rounds elsewhere: see fused_passes.py.
Threads share out the elements. No element depends on another, so their number changes no bit.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from optimlib import validate
from optimlib.fused_passes import FOLDED, IN_ORDER
from optimlib.optimizers.rule import State

Array = NDArray[np.floating]

LEVELS = ("textbook", "in place", "blocked", "numba")
BLOCK_BYTES = 192 * 1024  # theta, gradient, two buffers, and scratch of a block then fit in an L2 cache of 1 MB
LINE = 64  # bytes of a cache line, and of the widest vector register


def fuse(
    rule: Any, theta: Array, level: str = "blocked", threads: int = 1, state: State | None = None
) -> Textbook | InPlace:
    """A twin of `rule` that updates `theta` itself: twin.step(grad), then read theta.

    rule: an SGD, Momentum, Adam, or AdamW whose hyperparameters are numbers; lr may be a schedule.
    theta: (d,), float32 or float64, writable, contiguous. `aligned` makes the buffers on which it is fastest.
    level: one of LEVELS.  threads: ≥ 1, for "blocked" and "numba"; handing out work takes some 50 µs a step, so that
    more than one pays from about a million elements.
    state: a state of the rule to go on from, by default rule.init(theta); it is copied.
    Raises TypeError or ValueError for bad arguments; ModuleNotFoundError where level="numba" finds no numba.
    """
    if type(rule) not in IN_ORDER:  # a subclass would have another update
        known = ", ".join(cls.__name__ for cls in IN_ORDER)
        raise TypeError(f"rule must be one of {known}, got {rule!r}")
    for name, value in vars(rule).items():
        if np.ndim(value) > 0:
            raise TypeError(f"{name} must be one number for the whole vector, got {value!r}")
    _check_theta(theta)
    validate.one_of("level", level, LEVELS)
    validate.count("threads", threads)
    if threads > 1 and level in LEVELS[:2]:
        raise ValueError(f'threads must be 1 for level={level!r}: more need "blocked" or "numba", got {threads!r}')
    start = rule.init(theta) if state is None else _checked_state(rule, theta, state)
    return Textbook(rule, theta, start) if level == "textbook" else InPlace(rule, theta, start, level, threads)


def aligned(d: int, dtype: DTypeLike = np.float64) -> Array:
    """An uninitialized vector (d,) that begins at a multiple of 64 bytes; NumPy promises 16."""
    size = d * np.dtype(dtype).itemsize
    raw = np.empty(size + LINE, np.uint8)
    first = -raw.ctypes.data % LINE
    return raw[first : first + size].view(dtype)


class Textbook:
    """The foot of the ladder: the rule itself, and theta += step.

    rule, theta: as given to `fuse`.  state: the rule's state.
    """

    def __init__(self, rule: Any, theta: Array, state: State) -> None:
        self.rule, self.theta, self.state = rule, theta, dict(state)

    def step(self, grad: Array) -> None:
        """One update of theta; grad has theta's shape and dtype."""
        _check_grad(grad, self.theta)
        reads = {"theta": self.theta} if "theta" in getattr(self.rule, "reads", ()) else {}
        step, self.state = self.rule.update(grad, self.state, **reads)
        self.theta += step


class InPlace:
    """The other levels: buffers made once, passes over them, constants as 0-d arrays.

    rule, theta: as given to `fuse`.
    """

    def __init__(self, rule: Any, theta: Array, state: State, level: str, threads: int) -> None:
        self.rule, self.theta, self._names = rule, theta, tuple(state)
        self._plan = (FOLDED if level == "blocked" else IN_ORDER)[type(rule)]
        self._numbers = {name: value for name, value in state.items() if not isinstance(value, np.ndarray)}
        self._buffers = {name: aligned(theta.size, theta.dtype) for name in state if name not in self._numbers}
        for name, buffer in self._buffers.items():
            np.divide(state[name], self._plan.unit(rule, name), buffer)
        self._betas = [(f"{name}_t", float(getattr(rule, name))) for name in self._plan.corrected]
        self._constants_at = self._plan.constants(rule)
        # Ufuncs read a 0-d array of their own dtype faster than a Python float, which they convert at every call.
        self._values = self._constants_at(1.0, *(1.0 for _ in self._betas))
        self._constants = tuple(np.array(value, theta.dtype) for value in self._values)
        self._advance = self._kernel() if level == "numba" else self._add_step
        block = BLOCK_BYTES // theta.itemsize if level == "blocked" else theta.size
        self._parts = [self._views(part, block, level) for part in _shares(theta, threads)]
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    @property
    def state(self) -> State:
        """A copy of the state, under the rule's names and in its units."""
        arrays = {name: buffer * self._plan.unit(self.rule, name) for name, buffer in self._buffers.items()}
        return {name: (arrays if name in arrays else self._numbers)[name] for name in self._names}

    def step(self, grad: Array) -> None:
        """One update of theta; grad, of theta's shape and dtype, is only read."""
        _check_grad(grad, self.theta)
        self._advance_constants()
        if self._pool is None:
            self._walk(self._parts[0], grad)
            return
        first, *others = self._parts
        # A copied context, so that np.errstate around the call counts in the other threads too.
        running = [self._pool.submit(contextvars.copy_context().run, self._walk, part, grad) for part in others]
        self._walk(first, grad)
        for part in running:
            part.result()

    def _advance_constants(self) -> None:
        """From those of the last step; only what has changed is written."""
        numbers, corrections = self._numbers, []
        lr = _rate(self.rule, numbers["t"] + 1)
        numbers["t"] += 1
        for name, beta in self._betas:
            numbers[name] = power = numbers[name] * beta
            corrections.append(1.0 - power)
        values = self._constants_at(lr, *corrections)
        for constant, value, last in zip(self._constants, values, self._values, strict=True):
            if value != last:
                constant[()] = value
        self._values = values

    def _walk(self, part: list[tuple[slice, tuple[Array, ...]]], grad: Array) -> None:
        """All passes over one block, then over the next."""
        advance, constants = self._advance, self._constants
        for where, views in part:
            advance(constants, grad[where], *views)

    def _add_step(self, constants: tuple[Array, ...], grad: Array, theta: Array, *others: Array) -> None:
        np.add(theta, self._plan.step(constants, grad, theta, *others), theta)

    def _views(self, part: slice, block: int, level: str) -> list[tuple[slice, tuple[Array, ...]]]:
        """The blocks of a part: where they stand, and views of theta, the buffers, and the part's own scratch."""
        length = min(block, part.stop - part.start)
        scratch = [] if level == "numba" else [aligned(length, self.theta.dtype) for _ in range(2)]
        blocks = [slice(i, min(i + block, part.stop)) for i in range(part.start, part.stop, max(block, 1))]
        vectors = (self.theta, *self._buffers.values())
        return [(b, (*(a[b] for a in vectors), *(x[: b.stop - b.start] for x in scratch))) for b in blocks]

    def _kernel(self) -> Callable[..., None]:
        try:
            from optimlib.fused_numba import KERNELS
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError('level="numba" needs numba, which is not installed: pip install numba') from error
        kernel: Any = KERNELS[type(self.rule).__name__]
        return lambda constants, *vectors: kernel(*vectors, *(constant[()] for constant in constants))


def _rate(rule: Any, t: int) -> float:
    lr = rule.lr(t) if callable(rule.lr) else rule.lr
    if type(lr) is not float and np.ndim(lr) > 0:
        raise TypeError(f"lr must give one number for the whole vector, got {lr!r} at t = {t}")
    return float(lr)


def _shares(theta: Array, threads: int) -> list[slice]:
    """theta cut into one part for each thread, at cache lines."""
    line = LINE // theta.itemsize
    length = -(-theta.size // (threads * line)) * line
    return [slice(min(i * length, theta.size), min((i + 1) * length, theta.size)) for i in range(threads)]


def _check_theta(theta: Any) -> None:
    expected = "a vector (d,) of float32 or float64 that is writable and contiguous, for it is updated in place"
    if not isinstance(theta, np.ndarray) or theta.dtype not in (np.float32, np.float64):
        what = f"dtype {theta.dtype}" if isinstance(theta, np.ndarray) else type(theta).__name__
        raise TypeError(f"theta must be {expected}, got {what}")
    flags = theta.flags
    for wrong, what in (
        (theta.ndim != 1, f"shape {theta.shape}"),
        (not flags.c_contiguous, f"strides {theta.strides}: pass a copy, theta.copy()"),
        (not flags.writeable, "a read-only array: pass a copy, theta.copy()"),
    ):
        if wrong:
            raise ValueError(f"theta must be {expected}, got {what}")


def _check_grad(grad: Any, theta: Array) -> None:
    if not isinstance(grad, np.ndarray) or grad.dtype != theta.dtype:
        what = f"dtype {grad.dtype}" if isinstance(grad, np.ndarray) else type(grad).__name__
        raise TypeError(f"grad must be an array of theta's dtype, {theta.dtype}, got {what}")
    if grad.shape != theta.shape:
        raise ValueError(f"grad must have the shape of theta, {theta.shape}, got shape {grad.shape}")


def _checked_state(rule: Any, theta: Array, state: State) -> State:
    expected = rule.init(theta)
    if state.keys() != expected.keys():
        raise ValueError(f"state must have the names {', '.join(expected)}, got {', '.join(state)}")
    for name, value in expected.items():
        if np.shape(state[name]) != np.shape(value):
            raise ValueError(f"state[{name!r}] must have shape {np.shape(value)}, got shape {np.shape(state[name])}")
    # In the rule's order, and with the 0-d arrays that np.load returns as numbers again.
    return {
        name: np.array(state[name]) if np.ndim(value) else np.asarray(state[name]).item()
        for name, value in expected.items()
    }
