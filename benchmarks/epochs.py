"""One epoch of Adam on the digits: a multilayer perceptron 64-32-10, batches of 32, freshly shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import optimlib as ol
from benchmarks.runner import Case, Goal, have, measure, show

SIZES, BATCH, EPOCHS = (64, 32, 10), 32, 5
OURS, EVALUATION = "ol.fit, float32", "of this, evaluation"


def main(quick: bool, threads: int) -> list[Goal]:
    if not have("sklearn"):
        return []
    timings = measure([*_cases(threads)], 3 if quick else 9)
    show("MLP 64-32-10 on the digits, batches of 32", "ms per epoch", 1e3, timings, OURS)
    print("  evaluation: the loss of all training samples, at first and after each epoch; the others leave it out")
    training = timings[OURS].cpu - timings[EVALUATION].cpu
    return [Goal("MLP, ms of training per epoch, float32 as torch and Keras", training * 1e3, 2.0)]


def _cases(threads: int) -> Iterator[Case]:
    digits = ol.datasets.digits()
    data = ol.datasets.Dataset(digits.X, digits.y, None, None)
    model, rule = ol.MLP(SIZES), ol.Adam()
    for dtype in ("float64", "float32"):  # OURS comes last
        of_type = ol.datasets.Dataset(data.X.astype(dtype), data.y, None, None)
        start = model.init().astype(dtype)
        run = lambda d=of_type, s=start: ol.fit(model, rule, d, s, EPOCHS, BATCH, progress=False)  # noqa: E731
        yield Case(f"ol.fit, {dtype}", run, EPOCHS)
    evaluate = lambda d=of_type, s=start: [model.loss(s, d.X, d.y) for _ in range(EPOCHS + 1)]  # noqa: E731
    yield Case(EVALUATION, evaluate, EPOCHS)
    for make, needs in ((_torch, ["torch"]), (_keras, ["keras", "jax"])):
        if have(*needs):
            for name, run in make(data, threads).items():
                yield Case(name, run, EPOCHS)


def _torch(data: Any, threads: int) -> dict[str, Callable[[], Any]]:
    import torch

    torch.set_num_threads(threads)
    X, y = torch.tensor(data.X, dtype=torch.float32), torch.tensor(data.y)

    def train(**how: Any) -> None:
        model = torch.nn.Sequential(
            torch.nn.Linear(SIZES[0], SIZES[1]), torch.nn.ReLU(), torch.nn.Linear(SIZES[1], SIZES[2])
        )
        optimizer = torch.optim.Adam(model.parameters(), **how)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(y)).split(BATCH):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(X[rows]), y[rows]).backward()
                optimizer.step()

    return {"torch, float32": train, "torch fused, float32": lambda: train(fused=True)}


def _keras(data: Any, threads: int) -> dict[str, Callable[[], Any]]:
    import keras

    model = keras.Sequential(
        [keras.Input((SIZES[0],)), keras.layers.Dense(SIZES[1], activation="relu"), keras.layers.Dense(SIZES[2])]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    X = data.X.astype(np.float32)
    return {"Keras on jax, float32": lambda: model.fit(X, data.y, batch_size=BATCH, epochs=EPOCHS, verbose=0)}
