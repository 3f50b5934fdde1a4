"""Evaluating a formula that has been read: numbers, vectors (elementwise) and matrices for symbols.

The values of an environment, by name:
  a number or array     for a symbol; arrays multiply elementwise, as the book's vectors do
  Matrix                a product with a Matrix is the matrix product (vectors are columns), a power the matrix power
  list, tuple, dict     a sequence: m_{t-1} is environment["m"][t - 1]; a digit may be part of the name (β₁ is beta1)
  callable              a function: f(x); with indices, f_t(x), it is called as f(t, x)
  Formula               a symbol that another formula defines: its right-hand side is evaluated
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np
import sympy
from formula_tokens import Call, Cases, Expression, FormulaError, Grid, Over, Statement, Symbol

Environment = Mapping[str, Any]


class Matrix(np.ndarray):
    """An array whose products are matrix products."""

    def __new__(cls, values: Any) -> Matrix:
        return np.asarray(values, dtype=float).view(cls)


@dataclass(frozen=True)
class Definition:
    """name_index = right: what a formula says about the symbol on its left."""

    name: str
    index: str | None
    right: Expression

    @classmethod
    def of(cls, statement: Statement) -> Definition:
        symbol = _only(statement.sides[0])
        if len(statement.sides) != 2 or symbol is None:
            raise FormulaError("a formula that defines something has one symbol on its left, and two sides")
        index = None
        for at in symbol.indices:
            letter = None if isinstance(at, int) else _only(at)
            if letter is None or index is not None:
                raise FormulaError("a formula that defines a sequence has one letter as index on its left")
            index = letter.name
        return cls(symbol.name, index, statement.sides[1])


def _only(expression: Expression) -> Symbol | None:
    """The symbol, if the expression is nothing but one."""
    atom = expression.atoms.get(str(expression.tree))
    return atom if isinstance(atom, Symbol) else None


def evaluate(expression: Expression, environment: Environment) -> Any:
    """The value of an expression; floats become nan or inf in silence, what has no value is a FormulaError."""
    with np.errstate(all="ignore"):
        try:
            return _tree(expression.tree, expression.atoms, environment)
        except (ZeroDivisionError, OverflowError):
            return math.nan


def holds(relation: str, left: Any, right: Any, rtol: float = 1e-9) -> bool:
    """Whether the relation holds for every element, up to rounding; nothing holds for nan or differing shapes."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    if left.size > 1 and right.size > 1 and left.shape != right.shape:
        return False
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return False
    slack = rtol * np.maximum(abs(left), abs(right)) + 1e-13 * max(abs(left).max(), abs(right).max())
    equal = abs(left - right) <= slack
    tests = {
        "=": equal,
        "≈": abs(left - right) <= 0.05 * np.maximum(abs(left), abs(right)),
        "!=": ~equal,
        "<=": (left < right) | equal,
        ">=": (left > right) | equal,
        "<": (left < right) & ~equal,
        ">": (left > right) & ~equal,
    }
    if relation not in tests:
        raise FormulaError(f"the relation {relation} cannot be checked by numbers")
    return bool(tests[relation].all())


def true(statement: Statement, environment: Environment) -> bool:
    """Whether a condition of a case distinction holds, for scalars."""
    values = [evaluate(side, environment) for side in statement.sides]
    return all(holds(r, a, b, rtol=0) for r, a, b in zip(statement.relations, values, values[1:], strict=False))


def lookup(environment: Environment, symbol: Symbol | Call) -> Any:
    """The value that the environment has for a symbol with its indices, or the function with its indices."""
    digits = "".join(str(index) for index in symbol.indices if isinstance(index, int))
    if digits and symbol.name + digits in environment:
        name, rest = symbol.name + digits, [index for index in symbol.indices if not isinstance(index, int)]
    else:
        name, rest = symbol.name, list(symbol.indices)
    if name not in environment:
        raise FormulaError(f"{name} has no value; there are values for {', '.join(sorted(environment))}")
    value = environment[name]
    indices = [index if isinstance(index, int) else _whole(evaluate(index, environment)) for index in rest]
    if isinstance(value, Definition):
        if len(indices) != (value.index is not None):
            raise FormulaError(f"{name} is written with {len(indices)} indices, but its definition is not")
        if value.index:  # another t than this index would be a slip in the definition, so it has no value
            environment = {key: known for key, known in environment.items() if key != "t"} | {value.index: indices[0]}
        return evaluate(value.right, environment)
    for k, index in enumerate(indices):
        if callable(value):
            return partial(value, *indices[k:])
        if not isinstance(value, list | tuple | dict):
            raise FormulaError(f"{name} is written with an index, but its value is no sequence")
        if index < 0 or (index not in value if isinstance(value, dict) else index >= len(value)):
            raise FormulaError(f"{name} has no value at index {index}")
        value = value[index]
    if isinstance(value, list | tuple | dict):
        raise FormulaError(f"{name} is a sequence, but is written without an index")
    return value


def _whole(index: Any) -> int:
    if np.ndim(index) or index != round(float(index)):
        raise FormulaError(f"an index must be a whole number, not {index}")
    return round(float(index))


def _tree(node: Any, atoms: dict[str, Any], environment: Environment) -> Any:
    def go(part: Any) -> Any:
        return _tree(part, atoms, environment)

    if node.is_Symbol:
        return _atom(atoms[str(node)], environment)
    if node.is_Number:
        return int(node) if node.is_Integer else float(node)
    if isinstance(node, sympy.Add):
        return reduce(lambda a, b: a + b, map(go, node.args))
    if isinstance(node, sympy.Mul):
        return _product(node.args, atoms, go)
    if isinstance(node, sympy.Pow):
        return _power(go(node.base), go(node.exp))
    if isinstance(node, sympy.Sum | sympy.Product):
        return _series(node, atoms, environment)
    raise FormulaError(f"{type(node).__name__} is not known: {node}")


def _product(factors: tuple[Any, ...], atoms: dict[str, Any], go: Callable[[Any], Any]) -> Any:
    value, elementwise = None, False
    for factor in factors:
        if factor.is_Symbol and atoms[str(factor)] == Symbol(r"\odot"):
            elementwise = True
            continue
        right = go(factor)
        if value is None:
            value = right
        elif elementwise or not (isinstance(value, Matrix) or isinstance(right, Matrix)):
            value = value * right
        else:
            value = _matrix_product(value, right)
        elementwise = False
    return value


def _matrix_product(left: Any, right: Any) -> Any:
    if np.ndim(left) == 0 or np.ndim(right) == 0:
        return left * right
    columns = [np.asarray(x)[:, None] if np.ndim(x) == 1 else np.asarray(x) for x in (left, right)]
    product = columns[0] @ columns[1]
    if product.shape == (1, 1):
        return float(product[0, 0])
    return product[:, 0] if product.shape[1] == 1 else Matrix(product)


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, Matrix):
        if isinstance(exponent, int):
            return Matrix(np.linalg.matrix_power(base, exponent))
        if not np.allclose(base, base.T):
            raise FormulaError("a broken power of a matrix that is not symmetric")
        values, vectors = np.linalg.eigh(np.asarray(base))
        return Matrix(vectors * values**exponent @ vectors.T)
    if exponent == 0.5:
        return np.sqrt(base)
    power = base**exponent
    return math.nan if isinstance(power, complex) else power


def _series(node: Any, atoms: dict[str, Any], environment: Environment) -> Any:
    """A sum or product; several limits are nested, the innermost first. An infinite one stops at rounding."""
    (index, low, high), outer = node.limits[-1], node.limits[:-1]
    is_sum = isinstance(node, sympy.Sum)
    body = node.func(node.function, *outer) if outer else node.function
    first = _tree(low, atoms, environment)
    last = _tree(high, atoms, environment)
    endless = np.ndim(last) == 0 and np.isposinf(last)
    steps = first if low == high and np.ndim(first) else range(_whole(first), 10_000 if endless else _whole(last) + 1)
    name, total = atoms[str(index)].name, 0 if is_sum else 1
    for i in steps:
        term = _tree(body, atoms, {**environment, name: int(i)})
        before, total = total, total + term if is_sum else total * term
        if endless and i > 10 and np.all(before == total):
            break
    return total


def _atom(atom: Any, environment: Environment) -> Any:
    if isinstance(atom, Symbol):
        constants = {"pi": math.pi, "e": math.e, "infty": math.inf}
        if atom.name in constants and atom.name not in environment and not atom.indices:
            return constants[atom.name]
        value = lookup(environment, atom)
        if callable(value):
            raise FormulaError(f"{atom.name} is a function, but is written without arguments")
        return value
    if isinstance(atom, Expression):
        return evaluate(atom, environment)
    if isinstance(atom, Cases):
        return next(
            (evaluate(e, environment) for e, test in atom.pieces if test is None or true(test, environment)), math.nan
        )
    if isinstance(atom, Grid):
        entries = np.array([[float(evaluate(e, environment)) for e in row] for row in atom.rows])
        return entries[:, 0] if entries.shape[1] == 1 else Matrix(entries)  # vectors are columns
    if isinstance(atom, Over):
        low, high = (_whole(evaluate(limit, environment)) for limit in (atom.low, atom.high))
        values = [evaluate(atom.body, {**environment, atom.index.name: i}) for i in range(low, high + 1)]
        return reduce(np.maximum if atom.name == "max" else np.minimum, values)
    args = [evaluate(arg, environment) for arg in atom.args]
    known = atom.name in environment or atom.name not in BUILT_IN
    function = lookup(environment, atom) if known else BUILT_IN[atom.name]
    if not callable(function):
        raise FormulaError(f"{atom.name} is written as a function, but its value is none")
    return function(*args)


def _transpose(x: Any) -> Any:
    return Matrix(np.asarray(x)[None, :] if np.ndim(x) == 1 else np.asarray(x).T)


def _norm(x: Any, kind: Any = 2) -> Any:
    return np.linalg.norm(np.ravel(x), ord=float(kind))


BUILT_IN: dict[str, Callable[..., Any]] = {
    "abs": np.abs, "floor": np.floor, "ceil": np.ceil, "sign": np.sign, "exp": np.exp, "log": np.log,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "max": lambda *x: reduce(np.maximum, x), "min": lambda *x: reduce(np.minimum, x),
    "clip": np.clip, "diag": lambda x: Matrix(np.diag(x)), "tr": np.trace, "det": np.linalg.det,
    "transpose": _transpose, "norm": _norm, "inner": lambda x, y: np.sum(x * y),
    "elementwise_power": np.power,
}  # fmt: skip
