"""Models with hand-written gradients; all weights live in one flat vector theta, with a view per layer.

A model has dim, init(), loss(theta, X, y), grad(theta, X, y), and, where it classifies, accuracy(theta, X, y).
theta is (*batch, dim): leading axes hold independent weights, and every method keeps them.
"""

from optimlib.models import losses
from optimlib.models.linear import LinearRegression, LogisticRegression, SoftmaxRegression
from optimlib.models.mlp import MLP
from optimlib.models.sparse import MatrixFactorization, SparseLogisticRegression

__all__ = [
    "MLP",
    "LinearRegression",
    "LogisticRegression",
    "MatrixFactorization",
    "SoftmaxRegression",
    "SparseLogisticRegression",
    "losses",
]
