"""The update rules. A rule is a frozen dataclass with two pure methods:

    state = optimizer.init(theta)                  # dict of named arrays; names are the symbols of the formulas
    step, state = optimizer.update(grad, state)    # then theta = theta + step

Any object with these two methods works everywhere in optimlib; no base class is needed.

Shapes: theta and grad are (*batch, d). A hyper-parameter is a number, or an array of shape (*batch,) with one
value for each run; `lr` may also be a schedule, a callable t -> number, t = 1, 2, …
Only + − × ÷ and √ occur, and β^t is a running product: so the JavaScript twins agree bit for bit.
"""

from optimlib.optimizers.adaptive import Adagrad, Adam, RMSprop
from optimlib.optimizers.basic import SGD, EMAMomentum, Momentum, Nesterov
from optimlib.optimizers.rule import Optimizer

OPTIMIZERS: dict[str, type] = {
    cls.__name__: cls for cls in (SGD, Momentum, EMAMomentum, Nesterov, Adagrad, RMSprop, Adam)
}

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adagrad",
    "Adam",
    "EMAMomentum",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
]
