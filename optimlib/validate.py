"""Checks of arguments: each error names the argument, the value it got, and what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Hyper = float | NDArray[np.floating]
Rate = Hyper | Callable[[int], Hyper]


def real(name: str, value: Any, expected: str) -> NDArray[np.float64]:
    """`value` as a float64 array; TypeError unless it is made of real numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    return array.astype(np.float64)


def _require(ok: Any, name: str, value: Any, expected: str) -> None:
    if not np.all(ok):
        raise ValueError(f"{name} must be {expected}, got {value!r}")


def positive(name: str, value: Any) -> None:
    """A finite number > 0, or an array of them."""
    expected = "a finite number > 0"
    array = real(name, value, expected)
    _require(np.isfinite(array) & (array > 0), name, value, expected)


def non_negative(name: str, value: Any) -> None:
    """A finite number >= 0, or an array of them."""
    expected = "a finite number >= 0"
    array = real(name, value, expected)
    _require(np.isfinite(array) & (array >= 0), name, value, expected)


def finite(name: str, value: Any) -> None:
    """A finite number, or an array of them."""
    expected = "a finite number"
    _require(np.isfinite(real(name, value, expected)), name, value, expected)


def decay_rate(name: str, value: Any) -> None:
    """A number in [0, 1), or an array of them."""
    expected = "a number in [0, 1)"
    array = real(name, value, expected)
    _require((array >= 0) & (array < 1), name, value, expected)


def learning_rate(name: str, value: Any) -> None:
    """A finite number > 0, an array of them, or a schedule: a callable t -> number."""
    if not callable(value):
        positive(name, value)


def count(name: str, value: Any, least: int = 1) -> int:
    """An integer >= `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer >= {least}, got {value!r}")
    _require(value >= least, name, value, f"an integer >= {least}")
    return int(value)


def parameters(name: str, value: Any, dim: int | None = None) -> NDArray[np.floating]:
    """A finite floating-point array of shape (*batch, d); with `dim` given, d must equal it."""
    expected = f"finite floats of shape (*batch, {dim if dim is not None else 'd'})"
    try:
        array = np.asarray(value)
    except ValueError as error:  # ragged nested lists
        raise ValueError(f"{name} must be {expected}, got {value!r}") from error
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must be {expected}, got dtype {array.dtype}: {value!r}")
    if array.ndim == 0 or (dim is not None and array.shape[-1] != dim):
        raise ValueError(f"{name} must be {expected}, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be {expected}, got {value!r}")
    return array


def last_axis(name: str, value: Any, dim: int) -> NDArray[np.floating]:
    """An array whose last axis has length `dim` (non-finite entries pass: runs may diverge)."""
    array = value if hasattr(value, "recorded_calls") else np.asarray(value)  # that is a class of replay.py's own
    if array.dtype.kind != "f":
        array = array.astype(float)
    if array.ndim == 0 or array.shape[-1] != dim:
        raise ValueError(f"{name} must have shape (*batch, {dim}), got shape {array.shape}")
    return array


def same_shape(grad: ArrayLike, buffer: NDArray[np.floating], buffer_name: str) -> None:
    """The gradient has the shape that `init` saw: NumPy would broadcast a mistake in silence."""
    if np.shape(grad) != np.shape(buffer):
        raise ValueError(
            f"grad must have the shape of the parameters given to init, {np.shape(buffer)} "
            f"(state[{buffer_name!r}]), got shape {np.shape(grad)}"
        )


def one_of(name: str, value: Any, known: Iterable[str]) -> str:
    """One of the known names; the error proposes the nearest."""
    names = list(known)
    if value in names:
        return str(value)
    near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{name} must be one of {', '.join(names)}, got {value!r}{hint}")
