"""One update of θ after another, in place where that returns the rule's bits: Steps(optimizer, theta, state)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimlib.fused import fuse
from optimlib.fused_passes import IN_ORDER

Array = NDArray[np.floating]


class Steps:
    """The updates that `fit` makes. A rule that has an in-place twin gets it, if θ is one vector.

    optimizer: a rule.  theta, state: where it stands.
    """

    def __init__(self, optimizer: Any, theta: Array, state: Any) -> None:
        self._optimizer, self._state = optimizer, state
        self._twin = fuse(optimizer, theta.copy(), "in place", state=state) if _has_twin(optimizer, theta) else None

    @property
    def state(self) -> Any:
        """The rule's state after the last update; of a twin's a copy."""
        return self._state if self._twin is None else self._twin.state

    def take(self, theta: Array, grad: Array, reads: dict[str, Any]) -> Array:
        """θ after one more update, a new array.

        theta: what the last call returned.  reads: what the rule reads beside the gradient.
        """
        twin = self._twin
        if twin is not None:
            if isinstance(grad, np.ndarray) and (grad.shape, grad.dtype) == (theta.shape, theta.dtype):
                twin.step(grad)
                return twin.theta.copy()
            self._state, self._twin = twin.state, None  # the rule knows what to do with such a gradient
        step, self._state = self._optimizer.update(grad, self._state, **reads)
        return theta + step


def _has_twin(optimizer: Any, theta: Array) -> bool:
    return (
        type(optimizer) in IN_ORDER
        and theta.ndim == 1
        and theta.dtype in (np.float32, np.float64)
        and bool(np.isfinite(theta).all())  # `fuse` takes no other
    )
