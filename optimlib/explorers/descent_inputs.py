"""What readers may pass to DescentExplorer: checks, and what the browser is told of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optimlib import validate
from optimlib.explorers.races import TWINS, default_race, default_surface
from optimlib.language import BAR
from optimlib.noise import GradientNoise
from optimlib.objectives import SURFACES, Quadratic
from optimlib.objectives import surface as surface_of
from optimlib.optimizers import OPTIMIZERS
from optimlib.plots import COLORS, OTHER

_GRID = (121, 91)
_REAL = ("lr", "beta", "beta1", "beta2", "eps", "mu", "rho", "decay", "threshold", "weight_decay")  # `lr=1` means 1.0


def in_browser(surface: Any) -> bool:
    """Does the browser know this surface? A quadratic turned at random (`seed`) it does not."""
    known = SURFACES.get(getattr(surface, "name", None)) is type(surface)  # type: ignore[arg-type]
    return known and not (isinstance(surface, Quadratic) and surface.seed is not None)


def checked_surface(surface: Any) -> Any:
    if surface is None:
        return default_surface()
    if isinstance(surface, str):
        return surface_of(surface)
    for method in ("value", "grad"):
        if isinstance(surface, type) or not callable(getattr(surface, method, None)):
            raise TypeError(
                f"surface must be one of {', '.join(SURFACES)}, or an object with the methods value and grad, "
                f"got {surface!r}"
            )
    if getattr(surface, "dim", 2) != 2:
        raise ValueError(f"surface must have dim 2 to be drawn as a map, got dim={surface.dim!r}: {surface!r}")
    return surface


def checked_optimizers(optimizers: Any, surface: Any) -> tuple[list[str], list[Any]]:
    if optimizers is None:
        optimizers = default_race(surface)
    if isinstance(optimizers, Mapping):
        labels, chosen = [str(key) for key in optimizers], list(optimizers.values())
    elif isinstance(optimizers, Sequence) and not isinstance(optimizers, str):
        chosen, labels = list(optimizers), []
        seen: dict[str, int] = {}
        for optimizer in chosen:
            name = type(optimizer).__name__
            seen[name] = seen.get(name, 0) + 1
            labels.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    else:
        raise TypeError(
            f"optimizers must be a sequence of optimizers or a mapping label -> optimizer, got {optimizers!r}"
        )
    if not chosen:
        raise ValueError("optimizers must hold at least one optimizer, got none")
    for index, optimizer in enumerate(chosen):
        for method in ("init", "update"):
            if isinstance(optimizer, type) or not callable(getattr(optimizer, method, None)):
                raise TypeError(
                    f"optimizers[{index}] must be an instance with the methods init and update, got {optimizer!r}"
                )
        if dataclasses.is_dataclass(optimizer):
            for field in dataclasses.fields(optimizer):
                if np.ndim(value := getattr(optimizer, field.name)) > 0:
                    raise ValueError(f"optimizers[{index}].{field.name} must be one number for one run, got {value!r}")
    return labels, chosen


def numeric_fields(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass that a slider can set: finite numbers that are not booleans."""
    if not dataclasses.is_dataclass(thing):
        return {}
    values = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing) if field.init}
    return {
        key: value
        for key, value in values.items()
        if isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and np.isfinite(value)
    }


def tracks_of(labels: Sequence[str], optimizers: Sequence[Any]) -> list[dict[str, Any]]:
    """What the browser knows of each optimizer. `twin`: how many of its class come before it (dashed lines)."""
    seen: dict[str, int] = {}
    tracks, others = [], []
    for text, optimizer in zip(labels, optimizers, strict=True):
        rule = type(optimizer).__name__
        if rule not in COLORS and rule not in others:
            others.append(rule)
        color = COLORS[rule] if rule in COLORS else OTHER[others.index(rule) % len(OTHER)]
        fields = numeric_fields(optimizer)
        integers = [key for key, value in fields.items() if isinstance(value, int | np.integer) and key not in _REAL]
        tracks.append({"rule": rule, "label": text, "color": color, "twin": seen.get(rule, 0), "integers": integers})
        seen[rule] = seen.get(rule, 0) + 1
    return tracks


def surface_label(surface: Any) -> str:
    return str(getattr(surface, "label", type(surface).__name__))


def halves(text: str) -> tuple[str, str]:
    zh, _, en = text.partition(BAR)
    return zh, en or zh


def sample(surface: Any, view: Any, ratio: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """f on a grid over the box of that ratio around `view`: x (nx,), y (ny,), values (ny, nx)."""
    (x0, x1), (y0, y1) = view
    width = max(x1 - x0, (y1 - y0) * ratio)
    height = max(width / ratio, y1 - y0)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    x = np.linspace(cx - width / 2, cx + width / 2, _GRID[0])
    y = np.linspace(cy - height / 2, cy + height / 2, _GRID[1])
    with np.errstate(all="ignore"):
        values = np.asarray(surface.value(np.stack(np.meshgrid(x, y), axis=-1)), dtype=float)
    return x, y, values


def checked_start(start: Any, surface: Any, view: Any) -> list[float]:
    """Two finite numbers; by default the surface's own start, or a point in the upper left of the view."""
    if start is None:
        (x0, x1), (y0, y1) = view
        start = getattr(surface, "start", (x0 + 0.15 * (x1 - x0), y0 + 0.8 * (y1 - y0)))
    array = np.asarray(start)
    origin = validate.parameters("start", array.astype(float) if array.dtype.kind == "i" else array, dim=2)
    if origin.ndim != 1:
        raise ValueError(f"start must be two finite numbers, got shape {origin.shape}")
    return [float(value) for value in origin]


def checked_noise(noise: Any) -> tuple[float, int]:
    """σ and the seed; (0, 0) for None."""
    if noise is None:
        return 0.0, 0
    if not isinstance(noise, GradientNoise):
        raise TypeError(f"noise must be a GradientNoise or None, got {noise!r}")
    if np.ndim(noise.sigma) > 0:
        raise ValueError(f"noise.sigma must be one number for one run, got {noise.sigma!r}")
    return float(noise.sigma), int(noise.seed)


def known_to_browser(optimizer: Any) -> bool:
    """Has the rule a twin in js/optimizers.js? A subclass or a schedule for η has none."""
    name = type(optimizer).__name__
    return name in TWINS and type(optimizer) is OPTIMIZERS[name] and not callable(getattr(optimizer, "lr", None))
