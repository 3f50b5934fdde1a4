"""The kinds of checks: by a run of an optimizer, at random numbers, as a limit, or stated with the reason why not.

"eq-adam-m": ByUpdateRule(ol.Adam),
"eq-adam-weights": ByNumbers({"beta1": (0.1, 0.9), "t": range(1, 20)}),
"eq-adam-regret": Stated("an asymptotic statement: its constant is not known"),
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from formula_runs import DIM, Losses, coins, drawn, heavy_tailed, hyper_parameters, linear, noisy, run, seeded, sparse
from formula_tokens import FormulaError, Statement, names
from formula_values import Definition, evaluate, holds
from formulas import Book

SYMBOLS = {
    "eta": "lr",
    "epsilon": "eps",
    "lambda": "weight_decay",
}  # the book's symbol for a field of the library
DRAWS = 3
Values = dict[str, Any]
Also = Mapping[str, Callable[[Values, Book], Any]]


@dataclass(frozen=True)
class Stated:
    """A definition or a statement that cannot be run, with the reason."""

    reason: str

    def __call__(self, book: Book, label: str) -> None:
        if len(self.reason.split()) < 4:
            raise FormulaError(f"{book[label]}: say in a sentence why it cannot be run")


@dataclass(frozen=True)
class ByNumbers:
    """Check every relation of a formula at random values.

    values: symbol -> (low, high), a range, a Draw, a function, or the value itself.
    given: labels of formulas that define further symbols.  where: definitions quoted from the text around.
    also: symbol -> function (values, book) -> value.
    """

    values: Mapping[str, Any]
    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    also: Also = field(default_factory=dict)

    def __call__(self, book: Book, label: str) -> None:
        _refuse_itself(book, label, self.given)
        rng, compared = seeded(label), 0
        for _ in range(8 * DRAWS):
            values = _values(book, label, self, rng)
            compared += compare(book, label, book.statements(label, _functions(values)), values)
        _refuse_nothing(book, label, compared)


class OnDraws:
    """ByNumbers on values that belong together: a model, its data, and what follows from them.

    draw: generator -> values.  names: those that the formula gets.  others: symbol -> function (values, generator).
    """

    def __init__(self, draw: Callable[[np.random.Generator], Values], names: str, **others: Any) -> None:
        self.draw, self.names, self.others = draw, names.split(), others

    def __call__(self, book: Book, label: str) -> None:
        for seed in range(6):
            rng = np.random.default_rng([seed, len(label)])
            known = self.draw(rng)
            values = {name: known[name] for name in self.names}
            values |= {name: make(known, rng) for name, make in self.others.items()}
            ByNumbers(values)(book, label)


@dataclass(frozen=True)
class LimitOf:
    """Check that an expression is the limit of the right-hand side of `other` as the symbol `grows` tends to ∞."""

    other: str
    values: Mapping[str, Any]
    grows: str = "t"
    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    also: Also = field(default_factory=dict)

    def __call__(self, book: Book, label: str) -> None:
        _refuse_itself(book, label, (self.other, *self.given))
        rng = seeded(label)
        for _ in range(8 * DRAWS):
            values = _values(book, label, self, rng)
            (statement,), (other, *_) = (book.statements(name, _functions(values)) for name in (label, self.other))
            far = values | {self.grows: 1_000_000}
            _assert_holds(book, label, "=", evaluate(statement.sides[-1], values), evaluate(other.sides[-1], far), far)


@dataclass(frozen=True)
class ByUpdateRule:
    """Check every relation of a formula at every step t of runs of optimlib's rule on random losses.

    Symbols with values: t, theta (points), g (gradients), f and grad_f (losses), what the rule keeps in its state, and
    its hyperparameters, all under their names in the library; eta, epsilon, lambda are lr, eps, weight_decay.
    symbols: symbol -> name in the library, where they differ.  hyper: field -> value, or (low, high) to draw from.
    values, given, where, also: as in ByNumbers; where `where` defines a hyperparameter, it does so at every step.
    through: the formula defines a symbol of that one, and that one is what is compared.
    expectation: 𝔼[x] is the exact mean over all sequences of two-valued gradients.
    attained_by: quoted from the text, gradients for which an inequality is an equality at every step.
    """

    optimizer: type
    symbols: Mapping[str, str] = field(default_factory=dict)
    hyper: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    also: Also = field(default_factory=dict)
    through: str = ""
    expectation: bool = False
    attained_by: str = ""

    def __call__(self, book: Book, label: str) -> None:
        _refuse_itself(book, label, () if self.through else self.given)
        if self.through:
            defined = Definition.of(book.statements(label)[0]).name
            if defined not in names(book.statements(self.through)):
                raise FormulaError(f"{book[label]} defines {defined}, which {self.through} does not contain")
        rng, compared = seeded(label), 0
        for losses in (coins,) if self.expectation else (noisy, heavy_tailed, sparse):
            for _ in range(DRAWS):
                compared += self.compare_run(book, label, rng, losses)
        for _ in range(DRAWS if self.attained_by else 0):
            compared += self.compare_run(book, label, rng, None)
        _refuse_nothing(book, label, compared)

    def compare_run(self, book: Book, label: str, rng: np.random.Generator, losses: Any) -> int:
        hyper = hyper_parameters(self.optimizer, self.hyper, rng)
        named = {symbol: name for symbol, name in (SYMBOLS | self.symbols).items() if name in hyper}
        values = _values(book, label, self, rng, (label,) if self.through else ())
        # A hyperparameter that the text defines by others may change from step to step, so it has no value here.
        stepwise = {named[symbol]: values.pop(symbol) for symbol in named if isinstance(values.get(symbol), Definition)}
        values |= {name: value for name, value in hyper.items() if name not in stepwise}
        values |= {symbol: values[name] for symbol, name in named.items() if name in values}

        def at(t: int) -> Any:
            changed = {name: evaluate(law.right, values | {"t": t}) for name, law in stepwise.items()}
            return self.optimizer(**hyper | changed)

        f = losses(rng) if losses else self.extreme(book, label, rng, values)
        values |= run(at, f) | {key: value for key, value in values.items() if isinstance(value, Definition)}
        values |= {symbol: values[name] for symbol, name in self.symbols.items() if name in values}
        for symbol, function in self.also.items():
            values[symbol] = function(values, book)
        statements = book.statements(self.through or label, _functions(values))
        steps = range(1, f.steps + 1)
        return sum(compare(book, label, statements, values | {"t": t}, attained=losses is None) for t in steps)

    def extreme(self, book: Book, label: str, rng: np.random.Generator, values: Values) -> Losses:
        law = Definition.of(book.quoted(label, self.attained_by))
        factor = rng.choice([-1.0, 1.0], DIM) * rng.uniform(0.1, 10.0, DIM)
        return linear(lambda t: factor * evaluate(law.right, values | {law.index: t}), rng.normal(size=DIM))


def compare(book: Book, label: str, statements: tuple[Statement, ...], values: Values, attained: bool = False) -> int:
    """Compare the sides of all relations; return how many there were. attained: inequalities must be equalities."""
    for statement in statements:
        sides = [evaluate(side, values) for side in statement.sides]
        for relation, left, right in zip(statement.relations, sides, sides[1:], strict=False):
            _assert_holds(book, label, relation, left, right, values)
            if attained and relation != "=":
                _assert_holds(book, label, {"<=": "=", ">=": "="}.get(relation, relation), left, right, values)
    return sum(len(statement.relations) for statement in statements)


def _assert_holds(book: Book, label: str, relation: str, left: Any, right: Any, values: Values) -> None:
    if not holds(relation, left, right):
        numbers = {k: v for k, v in sorted(values.items()) if isinstance(v, int | float) and not isinstance(v, bool)}
        at = ", ".join(f"{name} = {value:.6g}" for name, value in numbers.items())
        raise AssertionError(
            f"{book[label]}: the formula does not hold\n    {' '.join(book[label].latex.split())}\n"
            f"    left side:  {left}\n    expected {relation}\n    right side: {right}\n    at {at}"
        )


def _values(book: Book, label: str, kind: Any, rng: np.random.Generator, defining: tuple[str, ...] = ()) -> Values:
    """The drawn values of a check, and the definitions that it is given; `also` of ByUpdateRule waits for its run."""
    values = {symbol: drawn(value, rng) for symbol, value in kind.values.items()}
    for name in (*kind.given, *defining):
        for statement in book.statements(name, _functions(values)):
            definition = Definition.of(statement)
            values[definition.name] = definition
    for latex in kind.where:
        definition = Definition.of(book.quoted(label, latex))
        values[definition.name] = definition
    if not isinstance(kind, ByUpdateRule):
        for symbol, function in kind.also.items():
            values[symbol] = function(values, book)
    return values


def _functions(values: Values) -> set[str]:
    return {name for name, value in values.items() if callable(value)}


def _refuse_itself(book: Book, label: str, given: tuple[str, ...]) -> None:
    if label in given:
        raise FormulaError(f"{book[label]}: a formula that is given proves itself; check it through another one")


def _refuse_nothing(book: Book, label: str, compared: int) -> None:
    if not compared:
        raise FormulaError(f"{book[label]} relates nothing, so its check checks nothing")
