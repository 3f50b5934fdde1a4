"""Docstrings: every public name and method has one, and the examples in them give what they say."""

import doctest
import importlib
import inspect
import pkgutil

import optimlib
from book.api import public_names

MODULES = [
    module.name
    for module in pkgutil.walk_packages(optimlib.__path__, "optimlib.")
    if not module.name.startswith("optimlib.explorers.js")
]


def test_the_examples_are_true() -> None:
    tried = 0
    for name in MODULES:
        result = doctest.testmod(importlib.import_module(name), report=True)
        assert result.failed == 0, name
        tried += result.attempted
    assert tried >= 12


def test_every_public_name_and_method_says_what_it_does() -> None:
    silent = []
    for name in sorted(public_names()):
        thing = optimlib
        for part in name.split("."):
            thing = getattr(thing, part)
        if not inspect.getdoc(thing):
            silent.append(name)
        if not inspect.isclass(thing) or not thing.__module__.startswith("optimlib"):
            continue
        # init and update are said by the rule's own docstring, value and grad by the protocol's.
        known = {"init", "update", "value", "grad", "evaluated"}
        for method, function in vars(thing).items():
            public = inspect.isfunction(function) and not method.startswith("_") and method not in known
            if public and not inspect.getdoc(function):
                silent.append(f"{name}.{method}")
    assert not silent
