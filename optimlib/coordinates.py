"""A class that is written for one number, as a rule for arrays."""

from __future__ import annotations

from functools import wraps
from typing import Any, TypeVar

import numpy as np

from optimlib import validate
from optimlib.optimizers.rule import Array, State, same_as_theta

Rule = TypeVar("Rule", bound=type)


def coordinatewise(rule: Rule) -> Rule:
    """Let a class whose `init` and `update` take one number run on arrays: coordinate by coordinate.

    For rules that compare or branch, `if v > 0`, or use `math`: these do not work on arrays. It is slow; what only
    calculates needs no decorator. Use it on the outside, above @dataclass. What is not an array but one number goes to
    the class as it is, as in `check`.
    rule: a class with init(theta) -> state, a dict, and update(grad, state) -> (step, state), for floats; `reads` may
    name "theta". It is changed in place and returned.
    State: states, a list with the state of each coordinate of theta (*batch, d), in the order of memory.
    Raises TypeError unless `rule` is a class with the two methods.

    >>> @coordinatewise
    ... class Careful:
    ...     def init(self, theta):
    ...         return {}
    ...     def update(self, grad, state):
    ...         return (-0.1 * grad if abs(grad) < 1 else 0.0), {}
    >>> Careful().update(np.array([0.5, 2.0]), {"states": [{}, {}]})[0]
    array([-0.05,  0.  ])
    """
    for name in ("init", "update"):
        if not isinstance(rule, type) or not callable(getattr(rule, name, None)):
            raise TypeError(f"rule must be a class with the methods init and update, got {rule!r}")
    init, update = rule.init, rule.update  # type: ignore[attr-defined]

    @wraps(init)
    def init_all(self: Any, theta: Array) -> State:
        if isinstance(theta, float):
            return init(self, theta)
        return {"states": [init(self, float(x)) for x in np.ravel(validate.parameters("theta", theta))]}

    @wraps(update)
    def update_all(self: Any, grad: Array, state: State, **reads: Any) -> tuple[Array, State]:
        if isinstance(grad, float):
            return update(self, grad, state, **reads)
        for value in reads.values():
            same_as_theta(grad, value)
        numbers = [dict(zip(reads, values, strict=True)) for values in zip(*map(np.ravel, reads.values()), strict=True)]
        rows = zip(np.ravel(grad), state["states"], numbers or [{}] * np.size(grad), strict=True)
        results = [update(self, float(g), kept, **extra) for g, kept, extra in rows]
        step = np.array([float(step) for step, _ in results], dtype=np.asarray(grad).dtype)
        return step.reshape(np.shape(grad)), {"states": [kept for _, kept in results]}

    rule.init, rule.update = init_all, update_all  # type: ignore[attr-defined]
    return rule
