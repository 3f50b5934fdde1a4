"""The page of notation tells names that exist: in the library, in PyTorch, Keras, and Optax."""

import inspect
import json
import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import optimlib as ol
from book.build import ROOT

PAGE = ROOT / "chapters/09-faq/07-notation.ipynb"
CELLS = {
    language: [
        "".join(cell["source"])
        for cell in json.loads(PAGE.read_text(encoding="utf-8"))["cells"]
        if cell["metadata"].get("tags") == [language]
    ]
    for language in ("zh", "en")
}


def rows(language: str, head: str) -> list[list[str]]:
    """Return the cells of the table whose head begins with `head`."""
    text = next(source for source in CELLS[language] if f"| {head} |" in source)
    table = text[text.index(f"| {head} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(("language", "head"), [("zh", "记号"), ("en", "Symbol")])
def test_letters_are_names_of_the_library(language: str, head: str) -> None:
    known = {name for rule in ol.OPTIMIZERS.values() for name in (field.name for field in fields(rule))}
    known |= {name for rule in (ol.Momentum, ol.Adam, ol.Adagrad) for name in rule(lr=0.1).init(np.zeros(1))}
    known |= set(inspect.signature(ol.descend).parameters) | set(inspect.signature(ol.fit).parameters)
    known |= {field.name for kind in (ol.Quadratic, ol.GradientNoise) for field in fields(kind)}
    known |= {"theta", "m_hat", "v_hat"} & set(re.findall(r"\w+", inspect.getsource(ol.Adam.update)))
    known |= set(inspect.signature(ol.Adam.init).parameters) | set(inspect.signature(ol.Adam.update).parameters)
    told = [name for row in rows(language, head) for name in names(row[2])]
    assert len(told) > 15
    assert set(told) <= known, set(told) - known


@pytest.mark.parametrize(
    ("language", "head"), [("zh", "量 | 本书 | PyTorch"), ("en", "Quantity | This book | PyTorch")]
)
def test_arguments_are_names_of_the_frameworks(language: str, head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    import keras
    import optax
    import torch

    kinds: list[list[Any]] = [  # by rows: what takes the argument in this book, PyTorch, Keras, Optax
        [ol.SGD, torch.optim.SGD, keras.optimizers.SGD, optax.sgd],
        [ol.Momentum, torch.optim.SGD, keras.optimizers.SGD, optax.sgd],
        [ol.Adam, torch.optim.Adam, keras.optimizers.Adam, optax.adam],
        [ol.RMSprop, torch.optim.RMSprop, keras.optimizers.RMSprop, optax.rmsprop],
        [ol.Adam, torch.optim.Adam, keras.optimizers.Adam, optax.adam],
    ]
    table = rows(language, head)
    assert len(table) == len(kinds)
    for row, makers in zip(table, kinds, strict=True):
        for cell, maker in zip(row[1:], makers, strict=True):
            assert names(cell)
            assert set(names(cell)) <= set(inspect.signature(maker).parameters), (row[0], maker)
