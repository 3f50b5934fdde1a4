"""DescentExplorer: race optimizers over a surface from a start that the reader drags."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets

from optimlib import validate
from optimlib.descend import Trajectory, descend
from optimlib.explorers.base import Explorer
from optimlib.explorers.bundler import bundle
from optimlib.explorers.descent_inputs import (
    checked_noise,
    checked_optimizers,
    checked_start,
    checked_surface,
    halves,
    in_browser,
    known_to_browser,
    numeric_fields,
    sample,
    surface_label,
    tracks_of,
)
from optimlib.explorers.races import TWINS
from optimlib.explorers.traits import Checked, Number, Whole
from optimlib.language import BAR
from optimlib.noise import GradientNoise
from optimlib.objectives import SURFACES, Objective
from optimlib.objectives import surface as surface_of
from optimlib.optimizers import OPTIMIZERS

_LINES = ["-", (0, (4, 2)), (0, (1.4, 2)), (0, (5, 2, 1.4, 2))]  # of a second, third, … run of the same rule
_RATIO = 1.5  # of width to height: at least that of the map in the browser


class DescentExplorer(Explorer):
    """Contours of a surface, the paths of several optimizers, their losses, and a slider for each hyperparameter.

    surface: an optimlib surface with dim 2, its name, or any object with `value` and `grad`; default: a skew valley.
        A reader's own surface may have `view` ((x0, x1), (y0, y1)), `start`, `minimizers` (n, 2), and `label`.
    optimizers: instances, or a mapping label -> instance; anything with `init` and `update` will do, and the numeric
        fields of a dataclass get sliders. Default: SGD, Momentum, RMSprop, and Adam at rates that suit the surface.
    start: two finite numbers; default: the surface's.  steps: length of the runs, 1 … 5000.
    noise: GradientNoise with numbers, or None.  lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    Settings are traits (start, steps, t, race, hyper, shown, selected, sigma, seed, zoom, surface_name,
    surface_parameters): observe or link them. race holds an index for each of the given optimizers that runs, and the
    names of rules that the reader has added; hyper and shown are in its order. zoom is [x, y, factor], or [] for all.
    `surface`, `optimizers`, `noise`, and `trajectories` are what is on screen now.
    Raises TypeError or ValueError that name the argument. What a rule raises while it runs is shown in the figure.
    """

    _esm = bundle("DescentExplorer")
    title = "优化器的下降路径｜Descent paths of optimizers"

    surface_name = Checked()
    surface_parameters = traitlets.Dict().tag(sync=True)
    race = traitlets.List(traitlets.Union([traitlets.Int(), traitlets.Unicode()])).tag(sync=True)
    sigma = Number(0.0, 1e300)
    seed = Whole(0, 2**32 - 1)
    zoom = traitlets.List(traitlets.Float()).tag(sync=True)
    hyper = traitlets.List(traitlets.Dict()).tag(sync=True)
    shown = traitlets.List(traitlets.Bool()).tag(sync=True)
    selected = Whole(0, 99)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    steps = Whole(1, 5000)
    t = Whole(0, 5000)
    runs = traitlets.List(traitlets.Dict()).tag(sync=True)
    field = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        surface: Objective | str | None = None,
        optimizers: Sequence[Any] | Mapping[str, Any] | None = None,
        start: Sequence[float] | None = None,
        steps: int = 300,
        noise: GradientNoise | None = None,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        self._surface = checked_surface(surface)
        self._own = not in_browser(self._surface)
        labels, self._optimizers = checked_optimizers(optimizers, self._surface)
        self._view = getattr(self._surface, "view", ((-3.0, 3.0), (-2.0, 2.0)))
        origin = checked_start(start, self._surface, self._view)
        self.steps = steps  # raises where it must
        sigma, seed = checked_noise(noise)
        own_parameters = {} if self._own else numeric_fields(self._surface)
        own_parameters.pop("dim", None)
        initial = {
            "surface_name": "own" if self._own else self._surface.name,
            "surface_parameters": own_parameters,
            "race": list(range(len(self._optimizers))),
            "hyper": [{key: float(value) for key, value in numeric_fields(o).items()} for o in self._optimizers],
            "shown": [True] * len(self._optimizers),
            "selected": len(self._optimizers) - 1,
            "start": origin,
            "steps": self.steps,
            "t": self.steps,
            "sigma": sigma,
            "seed": seed,
            "zoom": [],
        }
        tracks = tracks_of(labels, self._optimizers)
        spec = {
            "title": self.title,
            "caption": self._checked_caption(caption, self._default_caption(labels)),
            "optimizers": tracks,
            "initial": initial,
            "lang": self._language(lang),
        }
        if self._own:
            spec["own"] = {
                "label": surface_label(self._surface),
                "code": _plain(self._surface),
                "view": [list(map(float, side)) for side in self._view],
                "minimizers": self._minimizers(self._surface).tolist(),
                "lowest": self._lowest(self._surface) if len(self._minimizers(self._surface)) else None,
            }
        self._trajectories: list[Trajectory | None] = []
        self._done: list[tuple[Any, Any]] = []
        super().__init__(spec=spec, lang=self._language(lang), **initial)
        if self._own:
            self.field = self._field_message()
            self.observe(self._sample, "zoom")
        self._compute()
        self.observe(
            self._compute, ["surface_name", "surface_parameters", "race", "hyper", "start", "steps", "sigma", "seed"]
        )

    # What is on screen now.

    @property
    def surface(self) -> Any:
        """The surface with the parameters that its sliders show."""
        if self.surface_name == "own":
            return self._surface
        return surface_of(self.surface_name, **self.surface_parameters)

    @property
    def optimizers(self) -> list[Any]:
        """The optimizers with the hyperparameters that their sliders show."""
        return [self._with_hyper(index) for index in range(len(self.race))]

    @property
    def noise(self) -> GradientNoise | None:
        """The noise of the gradients, None for none."""
        return GradientNoise(self.sigma, self.seed) if self.sigma else None

    @property
    def trajectories(self) -> list[Trajectory | None]:
        """The runs, in the order of the optimizers; None for one that raised an exception."""
        return list(self._trajectories)

    def __repr__(self) -> str:
        runners = ", ".join(map(_plain, self.optimizers))
        noise = f", noise={self.noise}" if self.sigma else ""
        start = f"start={tuple(self.start)}, steps={self.steps}"
        return f"DescentExplorer({_plain(self.surface)}, [{runners}], {start}{noise})"

    def has_twin(self) -> bool:
        return not self._own and all(map(known_to_browser, self._optimizers))

    # Computing.

    def _entrant(self, index: int) -> Any:
        """Who runs at that place of the race: one of the given optimizers, or a rule of the book that was added."""
        who = self.race[index]
        return self._optimizers[who] if isinstance(who, int) else OPTIMIZERS[who]()

    @traitlets.validate("race")
    def _check_race(self, proposal: Any) -> list[int | str]:
        for who in proposal["value"]:
            if isinstance(who, str):
                validate.one_of("race", who, TWINS)
            elif not 0 <= who < len(self._optimizers):
                raise ValueError(f"race must hold indices below {len(self._optimizers)} and names of rules, got {who}")
        if not proposal["value"]:
            raise ValueError("race must hold at least one optimizer, got none")
        return proposal["value"]

    def _check_surface_name(self, value: Any) -> str:
        return validate.one_of("surface_name", value, [*SURFACES, *(["own"] if self._own else [])])

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> list[float]:
        return checked_start(proposal["value"], self._surface, self._view)

    @traitlets.validate("zoom")
    def _check_zoom(self, proposal: Any) -> list[float]:
        zoom = proposal["value"]
        if zoom and not (len(zoom) == 3 and np.isfinite(zoom).all() and zoom[2] >= 1):
            raise ValueError(f"zoom must be [] or [x, y, factor] with a factor >= 1, got {zoom!r}")
        return list(zoom)

    def _with_hyper(self, index: int) -> Any:
        """The optimizer with its sliders' values, themselves as given where a slider has not moved."""
        optimizer, values = self._entrant(index), self.hyper[index]
        first = numeric_fields(optimizer)
        changed = {
            key: type(first[key])(value) for key, value in values.items() if key in first and value != float(first[key])
        }
        return dataclasses.replace(optimizer, **changed) if changed else optimizer

    def _compute(self, _change: Any = None) -> None:
        """Run what has changed. Several settings in one message arrive as several calls: the rest find nothing new."""
        if len(self.race) != len(self.hyper):
            return  # set one after the other: the second completes them
        setting = repr((self.surface_name, self.surface_parameters, self.start, self.steps, self.sigma, self.seed))
        known = dict(self._done)
        done: list[tuple[Any, Any]] = []
        for index, who in enumerate(self.race):
            rule = type(self._entrant(index))
            # The code object is part of the key, so that a rule that the reader edits (autoreload) runs anew.
            code = getattr(getattr(rule, "update", None), "__code__", None)
            key = (setting, who, repr(self.hyper[index]), code)
            if key in known:
                done.append((key, known[key]))
                continue
            try:
                start = np.array(self.start)
                done.append((key, descend(self._with_hyper(index), self.surface, start, self.steps, noise=self.noise)))
            except Exception as error:  # the reader's code may raise anything, and must see it
                done.append((key, f"{rule.__name__}: {_told(error)}"))
        if [key for key, _ in done] == [key for key, _ in self._done]:
            return
        self._done = done
        self._trajectories = [run if isinstance(run, Trajectory) else None for _, run in done]
        self.runs = [_message(run) for _, run in done]

    def _tracks(self) -> list[dict[str, Any]]:
        """Label and color of each run."""
        added = tracks_of([str(who) for who in self.race], self.optimizers)
        return [
            self.spec["optimizers"][who] if isinstance(who, int) else added[index]
            for index, who in enumerate(self.race)
        ]

    # The stored figure.

    def _layout(self) -> dict[str, int]:
        return {"rows": len(self.race), "sliders": max(len(values) for values in self.hyper)}

    def _snapshot(self) -> str:
        from optimlib.explorers import snapshot

        surface = self.surface
        runs = [
            (
                " / ".join(dict.fromkeys(halves(track["label"]))),
                track["color"],
                _LINES[track["twin"] % len(_LINES)],
                run,
            )
            for track, run, shown in zip(self._tracks(), self._trajectories, self.shown, strict=True)
            if run is not None and shown
        ]
        field = sample(surface, getattr(surface, "view", self._view), 408 / 290)
        return snapshot.draw(field, self._lowest(surface), self._minimizers(surface), runs, self.start)

    def _alt(self) -> str:
        zh, en = [], []
        for track, run in zip(self._tracks(), self._trajectories, strict=True):
            name_zh, name_en = halves(track["label"])
            if run is None:
                zh.append(f"{name_zh} 出错")
                en.append(f"{name_en} failed")
            elif run.diverged_at >= 0:
                zh.append(f"{name_zh} 在第 {int(run.diverged_at)} 步发散")
                en.append(f"{name_en} diverged at step {int(run.diverged_at)}")
            else:
                zh.append(f"{name_zh} 的损失为 {run.loss[-1]:.2g}")
                en.append(f"{name_en} has loss {run.loss[-1]:.2g}")
        surface_zh, surface_en = halves(surface_label(self.surface))
        return (
            f"{surface_zh}的等高线图和各优化器从起点出发的路径；{self.steps} 步之后，{'，'.join(zh)}。{BAR}"
            f"Contour map ({surface_en}) with the paths of the optimizers; after {self.steps} steps, {', '.join(en)}."
        )

    def _default_caption(self, labels: Sequence[str]) -> str:
        zh, en = zip(*map(halves, labels), strict=True)
        surface_zh, surface_en = halves(surface_label(self._surface))
        return (
            f"拖动起点，改变超参数：{'、'.join(zh)}（{surface_zh}）。{BAR}"
            f"Drag the start, change the hyperparameters: {', '.join(en)} ({surface_en})."
        )

    def _sample(self, _change: Any = None) -> None:
        self.field = self._field_message()

    def _field_message(self) -> dict[str, Any]:
        view = self._view
        if self.zoom:
            *center, factor = self.zoom
            half = [(side[1] - side[0]) / 2 / factor for side in view]
            view = tuple((c - h, c + h) for c, h in zip(center, half, strict=True))
        x, y, values = sample(self._surface, view, _RATIO)
        box = {"x0": x[0], "x1": x[-1], "y0": y[0], "y1": y[-1]}
        return {
            **{key: float(value) for key, value in box.items()}, "nx": len(x), "ny": len(y),
            "values": np.ascontiguousarray(values, dtype="<f8").tobytes(),
        }  # fmt: skip

    @staticmethod
    def _minimizers(surface: Any) -> np.ndarray:
        return np.reshape(np.asarray(getattr(surface, "minimizers", ()), dtype=float), (-1, 2))

    def _lowest(self, surface: Any) -> float:
        points = self._minimizers(surface)
        return float(np.min(surface.value(points))) if len(points) else np.nan


def _message(run: Trajectory | str) -> dict[str, Any]:
    """A run as the browser reads it: little-endian doubles."""
    if isinstance(run, str):
        return {"theta": b"", "loss": b"", "divergedAt": -1, "error": run}
    return {
        "theta": np.ascontiguousarray(run.theta, dtype="<f8").tobytes(),
        "loss": np.ascontiguousarray(run.loss, dtype="<f8").tobytes(),
        "divergedAt": int(run.diverged_at),
        "error": "",
    }


def _told(error: BaseException) -> str:
    """The last line of its traceback, also where the message itself has several lines."""
    return " ".join("".join(traceback.format_exception_only(error)).split())[:300]


def _plain(thing: Any) -> str:
    """repr without the memory address that plain objects have: stored outputs must not change from run to run."""
    return f"{type(thing).__name__}()" if type(thing).__repr__ is object.__repr__ else repr(thing)
