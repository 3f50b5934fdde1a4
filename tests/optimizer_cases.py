"""One instance of every rule, an objective that all of them can run on, and values to sweep over."""

from dataclasses import fields

import numpy as np

import optimlib as ol

SHAPES = ((3, 2), (2,))
DIM = 8


class Cubic:
    """½‖r‖² with r = Aθ + 0.1 θ³ − y: value, gradient, Hessian, residuals, and Jacobian, for any leading axes.

    Products and sums in place of `@`, whose order of summation depends on the shape.
    """

    dim = DIM

    def __init__(self, dtype=np.float64):
        rng = np.random.default_rng(7)
        self.A = (np.eye(DIM) + 0.2 * rng.standard_normal((DIM, DIM))).astype(dtype)
        self.y = rng.standard_normal(DIM).astype(dtype)

    def residuals(self, theta):
        return (self.A * theta[..., None, :]).sum(-1) + 0.1 * theta * theta * theta - self.y

    def jacobian(self, theta):
        return self.A + (0.3 * theta * theta)[..., None] * np.eye(DIM, dtype=self.A.dtype)

    def hessian(self, theta):
        J, r = self.jacobian(theta), self.residuals(theta)
        curved = (0.6 * theta * r)[..., None] * np.eye(DIM, dtype=self.A.dtype)
        return (J[..., :, :, None] * J[..., :, None, :]).sum(-3) + curved

    def value(self, theta):
        return 0.5 * (self.residuals(theta) ** 2).sum(-1)

    def grad(self, theta):
        return (self.jacobian(theta) * self.residuals(theta)[..., None]).sum(-2)


EVERY = {
    type(rule).__name__: rule
    for rule in (
        *(ol.SGD(lr=0.01), ol.Momentum(lr=0.01), ol.EMAMomentum(lr=0.05), ol.Nesterov(lr=0.01)),
        *(ol.Adagrad(lr=0.3), ol.RMSprop(lr=0.02), ol.CenteredRMSprop(lr=0.01), ol.MomentumRMSprop(lr=0.01)),
        *(ol.Adadelta(lr=1.0), ol.Adam(lr=0.05), ol.AdamW(lr=0.05), ol.AMSGrad(lr=0.05), ol.Adamax(lr=0.05)),
        *(ol.NAdam(lr=0.05), ol.RAdam(lr=0.05), ol.Yogi(lr=0.05), ol.AdaBelief(lr=0.05), ol.LazyAdam(lr=0.05)),
        ol.Lion(lr=0.01, weight_decay=0.1),
        ol.LARS(lr=0.1, trust=0.1, weight_decay=0.1, shapes=SHAPES),
        ol.LAMB(lr=0.05, weight_decay=0.1, shapes=SHAPES),
        ol.Adafactor(lr=0.05, shapes=SHAPES),
        ol.Muon(shapes=SHAPES, lr=0.05),
        ol.Shampoo(shapes=SHAPES, lr=0.1),
        ol.SOAP(shapes=SHAPES, lr=0.05, every=2),
        *(ol.ScheduleFreeSGD(lr=0.05), ol.ScheduleFreeAdamW(lr=0.05, weight_decay=0.1)),
        *(ol.Newton(lr=0.5, damping=1.0), ol.GaussNewton(lr=0.5, damping=1.0), ol.LBFGS()),
        *(ol.ClipByValue(ol.Adam(lr=0.05), 0.5), ol.ClipByNorm(ol.Momentum(lr=0.05), 0.5)),
        *(ol.CoupledWeightDecay(ol.Adam(lr=0.05), 0.1), ol.DecoupledWeightDecay(ol.Momentum(lr=0.01), 0.1)),
        *(ol.Lookahead(ol.Adam(lr=0.05), k=3), ol.SAM(ol.SGD(lr=0.01), rho=0.1)),
    )
}
# Rules that move theta though the gradient is 0: by weight decay, or because they look at another point.
RESTLESS = {"AdamW", "Lion", "LARS", "LAMB", "ScheduleFreeAdamW", "CoupledWeightDecay", "DecoupledWeightDecay"}
# GaussNewton sees residuals, not the gradient; SAM takes a gradient of its own.
OWN_GRADIENT = {"GaussNewton", "SAM"}
SINGLE = {"LBFGS"}  # one run at a time

VALUES = {
    "lr": np.array([0.001, 0.01, 0.1]),
    "beta": np.array([0.0, 0.5, 0.99]),
    "mu": np.array([0.0, 0.5, 0.9]),
    "beta1": np.array([0.0, 0.9, 0.95]),
    "beta2": np.array([0.5, 0.9, 0.999]),
    "eps": np.array([1e-10, 1e-8, 1e-1]),
    "eps1": np.array([1e-30, 1e-8, 1e-1]),
    "eps2": np.array([1e-3, 1e-2, 1.0]),
    "d": np.array([0.1, 1.0, 2.0]),
    "weight_decay": np.array([0.0, 0.1, 1.0]),
    "trust": np.array([1e-3, 0.1, 1.0]),
    "threshold": np.array([4.0, 5.0, 9.0]),
    "decay": np.array([0.0, 0.9, 0.96]),
    "damping": np.array([0.5, 1.0, 10.0]),
    "bound": np.array([0.01, 0.5, 10.0]),
    "alpha": np.array([0.1, 0.5, 1.0]),
    "rho": np.array([0.05, 0.5, 0.9]),
}
# One value for all runs: counts, and what a power or a rule inside takes.
FIXED = {
    *{("Adafactor", "decay"), ("Adafactor", "shapes"), ("LARS", "shapes"), ("LAMB", "shapes"), ("Shampoo", "shapes")},
    *{("Muon", "shapes"), ("Muon", "newton_schulz"), ("Muon", "vectors"), ("SOAP", "shapes"), ("SOAP", "every")},
    *{("LBFGS", name) for name in ("lr", "memory", "c1", "c2")},
    ("Lookahead", "k"),
}


def sweeps(rule):
    """The rule's hyperparameters with one value per run, each alone and all together."""
    name = type(rule).__name__
    names = [field.name for field in fields(rule) if (name, field.name) not in FIXED and field.name != "inner"]
    own = {name: VALUES[name] for name in names}
    return [{key: value} for key, value in own.items()] + [own]


def reads(rule, theta, objective):
    """What the rule's update reads beside gradient and state."""
    return {name: {"theta": theta, "objective": objective}[name] for name in getattr(rule, "reads", ())}


def run(rule, grads, theta):
    """The path when the gradients are given, (n + 1, *batch, d); for rules that do not ask the objective."""
    state, path = rule.init(theta), [theta]
    for grad in grads:
        step, state = rule.update(grad, state, **reads(rule, path[-1], None))
        path.append(path[-1] + step)
    return np.array(path)
