"""Names that load when first used: the tables agree, every name is there, and `import optimlib` loads little."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import optimlib as ol
from optimlib import optimizers

PACKAGES = {
    ol: {name for name, home in ol._LAZY.items() if name != home},
    optimizers: {*optimizers._HOME},
}


def names_for_type_checkers(package):
    """The names imported under `if TYPE_CHECKING:` in a package's __init__.py."""
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {alias.name for node in block.body for alias in node.names}


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_editors_type_checkers_and_python_see_the_same_names(package):
    assert names_for_type_checkers(package) == PACKAGES[package]
    assert PACKAGES[package] <= {*package.__all__} <= {*dir(package)}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_name_is_there(package):
    code = f"import {package.__name__} as p; print(*(n for n in p.__all__ if getattr(p, n) is None or n not in dir(p)))"
    assert run(code) == []
    assert run(f"from {package.__name__} import *; print(Adam.__name__)") == ["Adam"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_unknown_names_are_attribute_errors(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'Adan'"):
        _ = package.Adan


def test_explorers_export_what_readers_need():
    from optimlib import explorers
    from optimlib.explorers.bundler import VIEWS

    public = names_for_type_checkers(explorers)
    assert public == {*VIEWS, "Sensitivity"}  # Sensitivity: a reader's own runs, an argument of SensitivityExplorer
    assert public <= {*explorers.__all__} <= {*dir(explorers)}
    assert all(getattr(explorers, name).__name__ == name for name in public)
    with pytest.raises(AttributeError, match=r"module 'optimlib\.explorers' has no attribute 'Explorers'"):
        _ = explorers.Explorers


def test_importing_optimlib_loads_neither_rules_nor_surfaces_nor_models():
    loaded = run("import sys, optimlib; print(*(m for m in sys.modules if m.startswith('optimlib')))")
    assert {*loaded} == {
        *("optimlib", "optimlib.descend", "optimlib.language", "optimlib.noise", "optimlib.validate"),
        *("optimlib.optimizers", "optimlib.optimizers.rule"),
    }


def test_the_function_descend_is_not_hidden_by_its_module():
    code = "import optimlib, optimlib.descend, optimlib.training; print(type(optimlib.descend).__name__)"
    assert run(code) == ["function"]


def test_the_tables_of_rules_keep_the_order_of_the_book():
    first = ["SGD", "Momentum", "EMAMomentum", "Nesterov", "Adagrad", "RMSprop"]
    assert list(ol.OPTIMIZERS)[:6] == first
    assert list(ol.OPTIMIZERS) + list(ol.COMBINATORS) == [name for name in optimizers._HOME if name != "Optimizer"]
    assert all(cls.__name__ == name for name, cls in (ol.OPTIMIZERS | ol.COMBINATORS).items())
