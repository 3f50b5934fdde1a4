"""Mini-batch training: fit(model, optimizer, data, …) -> History."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from os import PathLike
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optimlib import validate
from optimlib.descend import broadcast_start, evaluated, extra_arguments
from optimlib.minibatches import MiniBatches
from optimlib.optimizers import Optimizer
from optimlib.progress import progress_bar
from optimlib.steps import Steps

Array = NDArray[np.floating]
Metrics = Mapping[str, Callable[[Any, Array], ArrayLike]]


class Model(Protocol):
    """What `fit` needs; theta has shape (*batch, dim). Beside these a model may have

    accuracy(theta, X, y): the share of right answers; History.validation_accuracy is NaN without it.
    training(key), evaluation(running), start_running(theta), track(running, theta, X): see MLP. They are looked up in
        the model's class, so that an object which forwards the rest to a model inside keeps its own loss and grad.
    """

    @property
    def dim(self) -> int: ...

    def loss(self, theta: ArrayLike, X: Array, y: Array) -> Array: ...

    def grad(self, theta: ArrayLike, X: Array, y: Array) -> Array: ...


class Data(Protocol):
    """Inputs and targets, for training and for validation; the latter may be None."""

    X: Any
    y: Any
    X_validation: Any
    y_validation: Any


@dataclass(frozen=True)
class DataLoss:
    """A model's loss on given samples as a function of theta: an objective for `descend` and for rules that ask."""

    model: Any
    X: Any
    y: Any

    @property
    def dim(self) -> int:
        return self.model.dim

    def value(self, theta: ArrayLike) -> Array:
        """The mean loss, shape (*batch,)."""
        return self.model.loss(theta, self.X, self.y)

    def grad(self, theta: ArrayLike) -> Array:
        """Its gradient, shape (*batch, dim)."""
        return self.model.grad(theta, self.X, self.y)

    def hessian(self, theta: ArrayLike) -> Array:
        """Second derivatives, shape (*batch, dim, dim), of models that have them."""
        return self.model.hessian(theta, self.X, self.y)


@dataclass(frozen=True)
class EarlyStopping:
    """Stop a run whose validation loss has not fallen for `patience` epochs, and return its best parameters.

    patience: epochs ≥ 1.  min_delta: ≥ 0, the fall that counts as one.
    L. Prechelt, Early Stopping – But When?, in Neural Networks: Tricks of the Trade, LNCS 1524, Springer, 1998.
    """

    patience: int
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        validate.count("patience", self.patience)
        validate.non_negative("min_delta", self.min_delta)


@dataclass(frozen=True)
class History:
    """Losses in nats after each epoch, the state before training first; shapes (epochs + 1, *batch).

    A run that has diverged or was stopped early has NaN from then on; so has what the model or the data lack.
    theta: the parameters to predict with, (*batch, dim): the final ones, with early stopping the best.
    diverged_at: (*batch,) the step at which parameters or losses were first seen not to be finite, −1 for a finite
    run; losses are looked at after the last step of an epoch.
    model: the model ready for prediction.  metrics: name -> (epochs + 1, *batch).
    step_loss: (steps, *batch), the loss of each mini-batch before its step, if recorded.
    best_epoch: (*batch,), with early stopping.
    """

    loss: Array
    validation_loss: Array
    validation_accuracy: Array
    theta: Array
    diverged_at: NDArray[np.intp]
    model: Any = None
    metrics: dict[str, Array] = field(default_factory=dict)
    step_loss: Array | None = None
    best_epoch: NDArray[np.intp] | None = None


def fit(
    model: Model,
    optimizer: Optimizer,
    data: Data,
    start: ArrayLike,
    epochs: int,
    batch_size: int | MiniBatches,
    seed: int = 0,
    *,
    metrics: Metrics | None = None,
    early_stopping: EarlyStopping | None = None,
    record_steps: bool = False,
    checkpoint: str | PathLike[str] | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model` on `data` from `start`, shape (*batch, dim).

    batch_size: samples per gradient, reshuffled in every epoch; the last batch of an epoch may be smaller. Other
    orders: MiniBatches.  seed: of the order and of dropout; runs of one batch, and runs with equal seeds, see the same.
    Hyperparameters of shape (*batch,) give one run each.
    metrics: name -> f(model, theta), shape (*batch,), computed after each epoch.
    early_stopping: when to stop.  record_steps: keep the loss of every mini-batch.
    checkpoint: a file, written after every epoch; if it exists, the run goes on from it, as if never interrupted.
    progress: a bar; by default where someone watches.
    Raises TypeError or ValueError for bad arguments, and for a checkpoint of another run.

    >>> import optimlib as ol
    >>> digits, model = ol.datasets.digits(), ol.SoftmaxRegression(features=64, classes=10)
    >>> history = ol.fit(model, ol.Adam(lr=0.02), digits, model.init(), epochs=3, batch_size=32)
    >>> history.loss.shape, bool(history.validation_accuracy[-1] > 0.9)
    ((4,), True)
    """
    epochs = validate.count("epochs", epochs)
    validate.count("seed", seed, least=0)
    batches = batch_size if isinstance(batch_size, MiniBatches) else MiniBatches(batch_size)
    batches.steps(len(data.y))  # checks the size
    if early_stopping is not None and data.X_validation is None:
        raise ValueError(f"early_stopping must be None for data without a validation part, got {early_stopping!r}")
    theta = broadcast_start(optimizer, start, model.dim)
    run = _Run(model, optimizer, data, batches, seed, dict(metrics or {}), early_stopping, record_steps)
    file = None
    if checkpoint is not None:
        from optimlib.checkpoints import RunFile  # with hashlib, json, and zipfile: loaded only when used

        file = RunFile(checkpoint, run, theta)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if file is None or not file.load(epochs):
            run.begin(theta)
        with progress_bar(progress, epochs, run.epoch) as advance:
            while run.epoch < epochs and not run.over():
                run.train_epoch()
                if file is not None:
                    file.save()
                advance(f"loss {np.nanmin(run.curves[-1][0], initial=np.inf):.3g}")
    return run.history()


@dataclass
class _Run:
    """A training run: what stays, and, below, what changes and goes into a checkpoint."""

    model: Any
    optimizer: Any
    data: Data
    batches: MiniBatches
    seed: int
    metrics: dict[str, Callable[[Any, Array], ArrayLike]]
    stopping: EarlyStopping | None
    record_steps: bool

    @property
    def optimizer_state(self) -> Any:
        return self.steps.state

    @optimizer_state.setter
    def optimizer_state(self, state: Any) -> None:
        self.steps = Steps(self.optimizer, self.theta, state)  # so theta is set first

    def begin(self, theta: Array) -> None:
        """The state before the first step."""
        self.theta = theta
        self.optimizer_state = self.optimizer.init(theta.copy())
        self.running = self.model.start_running(theta) if hasattr(type(self.model), "start_running") else None
        self.rng = np.random.default_rng(self.seed)
        self.epoch = self.t = 0
        self.diverged_at = np.full(theta.shape[:-1], -1)
        self.stopped = np.zeros(theta.shape[:-1], dtype=bool)
        self.curves: list[Array] = []  # for each epoch, (3 + metrics, *batch)
        self.step_loss: list[Array] = []
        self.best: tuple[Any, ...] = ()
        self.curves.append(self.evaluate())
        self.keep_best()

    def over(self) -> bool:
        """Whether early stopping has ended every run."""
        return self.stopping is not None and bool((self.stopped | (self.diverged_at >= 0)).all())

    def train_epoch(self) -> None:
        """One pass over the data, and its evaluation."""
        has_mode = hasattr(type(self.model), "training")
        for X, y in self.batches.samples(self.data.X, self.data.y, self.rng, self.seed):
            self.t += 1
            self.step(self.model.training([self.seed, self.t]) if has_mode else self.model, X, y)
        self.epoch += 1
        scores = self.evaluate()
        finite = np.isfinite(scores[: 1 + (self.data.X_validation is not None)]).all(0)
        self.diverged_at[(self.diverged_at < 0) & ~finite] = self.t
        self.curves.append(np.where((self.diverged_at < 0) & ~self.stopped, scores, np.nan))
        self.keep_best()

    def step(self, model: Any, X: Any, y: Any) -> None:
        """One update, from the loss of one mini-batch."""
        if self.record_steps:
            self.step_loss.append(np.asarray(model.loss(self.theta, X, y)))
        reads: dict[str, Any] = {}
        if getattr(self.optimizer, "reads", ()):
            reads = extra_arguments(self.optimizer, theta=self.theta, objective=DataLoss(model, X, y))
        self.theta = self.steps.take(self.theta, model.grad(self.theta, X, y), reads)
        if self.running is not None:
            self.running = model.track(self.running, self.point(), X)
        if not isfinite(np.vdot(self.theta, self.theta)):  # a finite sum of squares has finite terms
            finite = np.isfinite(self.theta).all(-1)
            self.diverged_at[(self.diverged_at < 0) & ~finite] = self.t

    def point(self) -> Array:
        """The parameters whose loss counts."""
        return evaluated(self.optimizer, self.theta, self.optimizer_state)

    def ready(self, running: Array | None) -> Any:
        """The model for prediction."""
        return self.model.evaluation(running) if hasattr(type(self.model), "evaluation") else self.model

    def evaluate(self) -> Array:
        """Training loss, validation loss, validation accuracy, and the metrics, shape (3 + metrics, *batch)."""
        model, theta, data = self.ready(self.running), self.point(), self.data
        scores = [model.loss(theta, data.X, data.y), *[np.full(theta.shape[:-1], np.nan)] * 2]
        if data.X_validation is not None:
            scores[1] = model.loss(theta, data.X_validation, data.y_validation)
            if hasattr(model, "accuracy"):
                scores[2] = model.accuracy(theta, data.X_validation, data.y_validation)
        return np.stack([*scores, *[np.asarray(f(model, theta)) for f in self.metrics.values()]])

    def keep_best(self) -> None:
        """For early stopping: the lowest validation loss so far, its epoch, parameters, and running statistics."""
        if self.stopping is None:
            return
        loss, here = self.curves[-1][1], (self.point(), self.running)
        if not self.best:
            self.best = (loss, np.zeros(loss.shape, dtype=np.intp), *here)
            return
        best, epoch, *there = self.best
        better = loss < best - self.stopping.min_delta
        pairs = zip(here, there, strict=True)
        kept = [old if new is None else np.where(better[..., None], new, old) for new, old in pairs]
        self.best = (np.where(better, loss, best), np.where(better, self.epoch, epoch), *kept)
        self.stopped = self.stopped | (self.epoch - self.best[1] >= self.stopping.patience)

    def history(self) -> History:
        """What `fit` returns."""
        loss, validation_loss, accuracy, *metrics = np.stack(self.curves, axis=1)
        theta, running = self.best[2:] if self.best else (self.point(), self.running)
        return History(
            loss,
            validation_loss,
            accuracy,
            theta,
            self.diverged_at,
            self.ready(running),
            dict(zip(self.metrics, metrics, strict=True)),
            np.array(self.step_loss) if self.record_steps else None,
            self.best[1] if self.best else None,
        )
