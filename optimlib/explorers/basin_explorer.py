"""BasinExplorer: which start leads to which minimum, for thousands of runs of a rule with a learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib import validate
from optimlib.descend import descend
from optimlib.explorers import stills
from optimlib.explorers.bundler import bundle
from optimlib.explorers.sheet import Sheet
from optimlib.explorers.traits import Choice, Number, within
from optimlib.language import BAR
from optimlib.objectives import surface as surface_of
from optimlib.optimizers import OPTIMIZERS
from optimlib.plots import COLORS, INK, OTHER, PAPER

STEPS, COLUMNS, ROWS, NEAR = 300, 96, 72, 0.3
VIEWS = {"himmelblau": ((-6.0, 6.0), (-4.5, 4.5)), "double_well": ((-2.4, 2.4), (-1.8, 1.8))}
RULES = ("SGD", "Momentum", "RMSprop", "Adam")


class BasinExplorer(Sheet):
    """A map of starts, each with the color of the minimum that its run reaches within 300 steps.

    surface: "himmelblau" or "double_well".  optimizer: "SGD", "Momentum", "RMSprop", or "Adam", with its defaults.
    lr: its learning rate, 0.001 … 1.  start: of the path that is drawn; default: a start of the surface.
    lang: "zh", "en", or "auto".  caption: a bilingual string, see `label`.
    The settings are traits (surface, optimizer, lr, x, y); `cells()` computes the map with optimlib.
    Raises TypeError or ValueError that name the argument.
    """

    _esm = bundle("BasinExplorer")
    title = "吸引域｜Basins of attraction"
    story = (
        "每个起点按其终点着色。步子小时边界光滑；动量越过山脊，边界就破碎了：起点相邻，终点不同。"
        "｜Each start has the color of its end. With small steps the borders are smooth; momentum crosses ridges and "
        "frays them: neighbors part."
    )

    surface = Choice(VIEWS)
    optimizer = Choice(RULES)
    lr = Number(0.001, 1.0)
    x = Number(-6.0, 6.0)
    y = Number(-4.5, 4.5)

    def __init__(
        self,
        surface: str = "himmelblau",
        optimizer: str = "Momentum",
        lr: float = 0.01,
        start: tuple[float, float] | None = None,
        lang: str = "auto",
        caption: str | None = None,
    ) -> None:
        (x0, x1), (y0, y1) = VIEWS[validate.one_of("surface", surface, VIEWS)]
        default = (-0.3, -0.9) if surface == "himmelblau" else (1.2, 0.8)
        point = validate.parameters("start", default if start is None else np.asarray(start, dtype=float), dim=2)
        if point.ndim != 1:
            raise ValueError(f"start must be two finite numbers, got shape {point.shape}")
        settings = {
            "surface": surface,
            "optimizer": optimizer,
            "lr": lr,
            "x": within("start[0]", float(point[0]), x0, x1),
            "y": within("start[1]", float(point[1]), y0, y1),
        }
        self._open(lang, caption, settings)

    @property
    def objective(self) -> Any:
        """The surface on screen."""
        return surface_of(self.surface)

    @property
    def start(self) -> NDArray[np.float64]:
        """Of the path that is drawn, shape (2,); moved into the view where another surface has a smaller one."""
        (x0, x1), (y0, y1) = VIEWS[self.surface]
        return np.clip([self.x, self.y], [x0, y0], [x1, y1])

    def ends(self, starts: NDArray[np.float64]) -> NDArray[np.int8]:
        """For starts (n, 2): k ≥ 1 if the run ends near the k-th minimizer, 0 if elsewhere, −1 if it diverges."""
        objective = self.objective
        run = descend(OPTIMIZERS[self.optimizer](lr=self.lr), objective, starts, STEPS)
        away = run.theta[-1][:, None] - objective.minimizers  # (n, minimizers, 2)
        near = (away * away).sum(-1) < NEAR * NEAR
        found = np.where(near.any(-1), near.argmax(-1) + 1, 0)
        return np.where(run.diverged_at >= 0, -1, found).astype(np.int8)

    def cells(self, every: int = 1) -> NDArray[np.int8]:
        """The map, shape (72, 96), row by row from below; `every`: only each so manieth column and row."""
        (x0, x1), (y0, y1) = VIEWS[self.surface]
        x = x0 + (np.arange(0, COLUMNS, every) + 0.5) * (x1 - x0) / COLUMNS
        y = y0 + (np.arange(0, ROWS, every) + 0.5) * (y1 - y0) / ROWS
        starts = np.stack(np.meshgrid(x, y), axis=-1)
        return self.ends(starts.reshape(-1, 2)).reshape(starts.shape[:2])

    def _alt(self) -> str:
        cells = self.cells(2)
        shares = [f"{100 * float((cells == k + 1).mean()):.0f}%" for k in range(len(self.objective.minimizers))]
        told = [f"{'ABCD'[k]} {share}" for k, share in enumerate(shares)]
        diverged = f"{100 * float((cells == -1).mean()):.0f}%"
        return (
            f"{self.optimizer} 在学习率 {self.lr:.3g} 下的吸引域图，每个起点按其到达的极小值着色："
            f"{'，'.join(told)}，发散 {diverged}。{BAR}"
            f"Map of the basins of attraction of {self.optimizer} at learning rate {self.lr:.3g}; each start has the "
            f"color of the minimum that it reaches: {', '.join(told)}, diverged {diverged}."
        )

    def _snapshot(self) -> str:
        (x0, x1), (y0, y1) = VIEWS[self.surface]
        cells, objective = self.cells(2), self.objective
        path = descend(OPTIMIZERS[self.optimizer](lr=self.lr), objective, self.start, STEPS).theta

        def draw(axes: Any) -> None:
            ax = axes(60, 22, 600, 320, "θ₁", "θ₂")
            ax.grid(False)
            edges_x = np.linspace(x0, x1, cells.shape[1] + 1)
            edges_y = np.linspace(y0, y1, cells.shape[0] + 1)
            for j, row in enumerate(cells):  # one rectangle for each stretch of equal cells
                cuts = np.flatnonzero(np.diff(row)) + 1
                for a, b in zip([0, *cuts], [*cuts, len(row)], strict=True):
                    if row[a] == 0:
                        continue
                    shade = INK if row[a] < 0 else OTHER[row[a] - 1]
                    width, height = edges_x[b] - edges_x[a], edges_y[j + 1] - edges_y[j]
                    ax.add_patch(
                        stills.rectangle(edges_x[a], edges_y[j], width, height, shade, 0.85 if row[a] < 0 else 0.5)
                    )
            ax.plot(*path.T, color=PAPER, linewidth=3.5)
            ax.plot(*path.T, color=COLORS[self.optimizer], linewidth=1.6)
            ax.plot(*self.start, "o", color=PAPER, markeredgecolor=INK, markeredgewidth=2, markersize=9)
            for k, (a, b) in enumerate(objective.minimizers):
                ax.plot(a, b, "o", color=OTHER[k], markeredgecolor=PAPER, markersize=14)
                ax.text(a, b, "ABCD"[k], color=PAPER, ha="center", va="center")
            ax.set(xlim=(x0, x1), ylim=(y0, y1))

        return stills.still(380, draw)
