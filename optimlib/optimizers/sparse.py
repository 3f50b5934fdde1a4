"""A rule for sparse gradients: coordinates that a mini-batch does not touch are left alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimlib.optimizers.adam import Adam
from optimlib.optimizers.rule import Array, State


@dataclass(frozen=True)
class LazyAdam(Adam):
    """Adam for sparse gradients: where gₜ is exactly 0, neither θ nor m nor v changes; elsewhere it is Adam.

    Convention: t, and with it both corrections, counts all updates, as in torch's SparseAdam; a coordinate that was
    rarely touched is then corrected too little. torch adds ε to √v, this class to √v̂.
    Hyperparameters and state: Adam's. No paper; see torch.optim.SparseAdam.
    """

    def update(self, grad: Array, state: State) -> tuple[Array, State]:
        step, new = super().update(grad, state)
        touched = grad != 0.0
        new["m"] = np.where(touched, new["m"], state["m"])
        new["v"] = np.where(touched, new["v"], state["v"])
        return np.where(touched, step, 0.0).astype(grad.dtype), new
