"""The update rules. A rule is a frozen dataclass with two pure methods:

    state = optimizer.init(theta)                  # dict of named arrays; names are the symbols of the formulas
    step, state = optimizer.update(grad, state)    # then theta = theta + step

Any object with these two methods works everywhere in optimlib; no base class is needed. Rules that need more than
the gradient say so: see `Optimizer` in rule.py.

Shapes: theta and grad are (*batch, d). A hyper-parameter is a number, or an array of shape (*batch,) with one
value for each run; `lr` may also be a schedule, a callable t -> number, t = 1, 2, …
In the rules that treat each coordinate alone only + − × ÷ and √ occur, and β^t is a running product: so the
JavaScript twins agree bit for bit.

Files, easiest first: basic, adaptive, adam, sparse, layerwise, matrix, averaging, second_order, combinators.
"""

from optimlib.optimizers.adam import AdaBelief, Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam, Yogi
from optimlib.optimizers.adaptive import Adadelta, Adagrad, CenteredRMSprop, MomentumRMSprop, RMSprop
from optimlib.optimizers.averaging import ScheduleFreeAdamW, ScheduleFreeSGD
from optimlib.optimizers.basic import SGD, EMAMomentum, Momentum, Nesterov
from optimlib.optimizers.combinators import (
    SAM,
    ClipByNorm,
    ClipByValue,
    CoupledWeightDecay,
    DecoupledWeightDecay,
    Lookahead,
)
from optimlib.optimizers.layerwise import LAMB, LARS, Adafactor, Lion
from optimlib.optimizers.matrix import SOAP, Muon, Shampoo
from optimlib.optimizers.rule import Optimizer
from optimlib.optimizers.second_order import LBFGS, GaussNewton, Newton
from optimlib.optimizers.sparse import LazyAdam

# Every rule by its name, and apart from them the rules that need another one inside.
OPTIMIZERS: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *(SGD, Momentum, EMAMomentum, Nesterov),
        *(Adagrad, RMSprop, CenteredRMSprop, MomentumRMSprop, Adadelta),
        *(Adam, AdamW, AMSGrad, Adamax, NAdam, RAdam, Yogi, AdaBelief, LazyAdam),
        *(Lion, LARS, LAMB, Adafactor),
        *(Muon, Shampoo, SOAP),
        *(ScheduleFreeSGD, ScheduleFreeAdamW),
        *(Newton, GaussNewton, LBFGS),
    )
}
COMBINATORS: dict[str, type] = {
    cls.__name__: cls for cls in (ClipByValue, ClipByNorm, CoupledWeightDecay, DecoupledWeightDecay, Lookahead, SAM)
}

__all__ = ["COMBINATORS", "OPTIMIZERS", "Optimizer", *OPTIMIZERS, *COMBINATORS]
