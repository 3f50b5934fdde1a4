"""The runs behind the oracle tests: objectives, our rules with their settings, and a loop for each framework.

Every loop returns the points that gradients were taken at, (STEPS + 1, d) float64, so that a wrong formula shows in
the first steps and a wrong index or count in the later ones.
"""

import functools
import math
import os
from dataclasses import fields, replace

os.environ.setdefault("KERAS_BACKEND", "jax")  # on TensorFlow or NumPy Keras casts 0.9 to float32 first

import numpy as np

import optimlib as ol
from optimlib.descend import extra_arguments
from optimlib.optimizers.rule import layers, view

STEPS = 200
LAYERS = ((4, 3), (3,))


class Tiled:
    """A surface of two parameters, repeated over the pairs of d parameters; an odd one out gets ½θ²."""

    def __init__(self, surface, dim):
        self.surface, self.dim, self.even = surface, dim, dim - dim % 2

    def value(self, theta):
        pairs = theta[..., : self.even].reshape(*theta.shape[:-1], -1, 2)
        return self.surface.value(pairs).sum(-1) + 0.5 * (theta[..., self.even :] ** 2).sum(-1)

    def grad(self, theta):
        pairs = theta[..., : self.even].reshape(*theta.shape[:-1], -1, 2)
        return np.concatenate([self.surface.grad(pairs).reshape(*theta.shape[:-1], -1), theta[..., self.even :]], -1)


class Layer:
    """½ mean ‖tanh(XW + b) − Y‖² for W (4, 3) and b (3,), which starts at 0: its norm is 0 then."""

    dim = 15

    def __init__(self):
        rng = np.random.default_rng(5)
        self.X, self.Y = rng.standard_normal((20, 4)), 0.5 * rng.standard_normal((20, 3))

    def _forward(self, theta):
        return np.tanh(self.X @ theta[:12].reshape(4, 3) + theta[12:])

    def value(self, theta):
        return 0.5 * ((self._forward(theta) - self.Y) ** 2).sum() / len(self.X)

    def grad(self, theta):
        A = self._forward(theta)
        D = (A - self.Y) * (1.0 - A * A) / len(self.X)
        return np.concatenate([(self.X.T @ D).ravel(), D.sum(0)])


class Sparse:
    """A surface of whose gradient most coordinates are exactly 0, others in every step, as with rare words."""

    def __init__(self, surface):
        self.surface, self.dim = surface, surface.dim

    def at(self, theta, t):
        touched = np.random.default_rng(t).random(self.dim) < 0.4
        return np.where(touched, self.surface.grad(theta), 0.0)


def _start(seed, bias=True):
    start = np.random.default_rng(seed).standard_normal(15) * 0.7
    return start if bias else np.concatenate([start[:12], np.zeros(3)])


PLANE = {
    "quadratic": (ol.Quadratic(kappa=50.0, angle=0.4), np.array([1.5, -1.0])),
    "rosenbrock": (ol.Rosenbrock(), np.array([-1.2, 1.0])),
    "himmelblau": (ol.Himmelblau(), np.array([0.5, -3.0])),
    "saddle": (ol.Saddle(), np.array([-1.6, 0.02])),
}
WIDE = {
    "quadratic in 15 dimensions": (ol.Quadratic(kappa=50.0, dim=15, seed=2), _start(0)),
    "seven valleys": (Tiled(ol.Rosenbrock(b=10.0), 15), _start(1)),
    "tanh layer": (Layer(), _start(2, bias=False)),
}
SPARSE = {f"sparse {name}": (Sparse(f), start) for name, (f, start) in WIDE.items()}

sgd, momentum = ol.SGD(lr=1e-3), ol.Momentum(lr=2e-4)
# name -> our rule with its settings; rates so small that rounding errors are not amplified in 200 steps.
# "ε": a large ε exposes where it stands and what it is added to.
RULES = {
    "SGD": ol.SGD(lr=1e-3),
    "Momentum": momentum,
    "EMAMomentum": ol.EMAMomentum(lr=2e-3),
    "Nesterov": ol.Nesterov(lr=2e-4),
    "Adagrad": ol.Adagrad(lr=0.01),
    "Adagrad ε": ol.Adagrad(lr=0.1, eps=1e-2),
    "RMSprop": ol.RMSprop(lr=1e-4),
    "RMSprop ε": ol.RMSprop(lr=1e-3, eps=1e-2),
    "CenteredRMSprop": ol.CenteredRMSprop(lr=2e-4),
    "CenteredRMSprop ε": ol.CenteredRMSprop(lr=2e-4, eps=1e-1),
    "MomentumRMSprop": ol.MomentumRMSprop(lr=5e-5, mu=0.7),
    "MomentumRMSprop ε": ol.MomentumRMSprop(lr=1e-4, mu=0.8, eps=1e-2),
    "Adadelta": ol.Adadelta(lr=0.1),
    "Adadelta ε": ol.Adadelta(lr=0.02, rho=0.9, eps=1e-3),
    "Adam": ol.Adam(lr=1e-2),
    "Adam ε": ol.Adam(lr=1e-2, beta2=0.99, eps=1e-2),
    "AdamW": ol.AdamW(lr=1e-2, weight_decay=0.1),
    "AMSGrad": ol.AMSGrad(lr=1e-2, beta2=0.9),
    "AMSGrad ε": ol.AMSGrad(lr=1e-2, beta2=0.9, eps=1e-2),
    "Adamax": ol.Adamax(lr=1e-3, beta2=0.9),
    "Adamax ε": ol.Adamax(lr=1e-2, beta2=0.9, eps=1e-1),
    "NAdam": ol.NAdam(lr=5e-4),
    "NAdam ε": ol.NAdam(lr=5e-4, eps=1e-2),
    "RAdam": ol.RAdam(lr=2e-4),
    "RAdam ε": ol.RAdam(lr=2e-4, beta2=0.99, threshold=4.0, eps=1e-2),
    "Yogi": ol.Yogi(lr=1e-2, beta2=0.99),
    "AdaBelief": ol.AdaBelief(lr=1e-3),
    "AdaBelief ε": ol.AdaBelief(lr=1e-2, eps=1e-2),
    "LazyAdam": ol.LazyAdam(lr=1e-2),
    "Lion": ol.Lion(lr=1e-3, weight_decay=0.1),
    "LARS": ol.LARS(lr=1e-2, trust=0.1, weight_decay=0.1, shapes=LAYERS),
    "LAMB": ol.LAMB(lr=1e-3, weight_decay=0.1, shapes=LAYERS),
    "Adafactor": ol.Adafactor(lr=3e-3, shapes=LAYERS),
    "Muon": ol.Muon(shapes=((5, 3),), lr=1e-3),
    "Muon wide": ol.Muon(shapes=((3, 5),), lr=1e-3, beta=0.8),
    "Shampoo": ol.Shampoo(lr=1e-2, shapes=LAYERS),
    # The second gradient has no part outside the first one's basis but rounding, which a small ε would blow up.
    "SOAP": ol.SOAP(lr=1e-3, every=3, eps=1e-3, shapes=LAYERS),
    "ScheduleFreeSGD": ol.ScheduleFreeSGD(lr=1e-3),
    "ScheduleFreeAdamW": ol.ScheduleFreeAdamW(lr=1e-2, weight_decay=0.1),
    "ClipByValue": ol.ClipByValue(sgd, 1.5),
    "ClipByNorm": ol.ClipByNorm(sgd, 1.5),
    "CoupledWeightDecay": ol.CoupledWeightDecay(ol.Adam(lr=1e-2), 0.1),
    "DecoupledWeightDecay": ol.DecoupledWeightDecay(momentum, 0.3),
    "Lookahead": ol.Lookahead(momentum, k=5, alpha=0.4),
    "SAM": ol.SAM(sgd, rho=0.1),
}


def kind(name):
    """The class of a rule of the table: "Adam ε" -> "Adam"."""
    return name.split()[0]


def problems(name, framework="torch"):
    """The objectives on which a rule of the table runs; jax compiles for each shape, so there only one shape."""
    rule = RULES[name]
    if isinstance(rule, ol.LazyAdam):
        return SPARSE
    return WIDE if framework != "torch" or getattr(rule, "shapes", None) else {**PLANE, **WIDE}


def slope(f, theta, t):
    return f.at(theta, t) if isinstance(f, Sparse) else f.grad(theta)


def ours(rule, f, start, steps=STEPS):
    theta, state, path = start.copy(), rule.init(start), [start]
    for t in range(1, steps + 1):
        reads = extra_arguments(rule, theta=theta, objective=f)
        step, state = rule.update(slope(f, theta, t), state, **reads)
        theta = theta + step
        path.append(theta)
    return np.array(path)


def settled(name, conversion):
    """Our rule, given what it must be given to equal the framework's."""
    return replace(RULES[name], **conversion.arguments)


def make(conversion, rule, **names):
    """The framework's optimizer, by the call that the conversion table prints."""
    own = {field.name: getattr(rule, field.name) for field in fields(rule)}
    names = {"log": math.log, **own, **names}
    return eval(conversion.call, names), names


def parts(flat, rule):
    return [view(flat, layer) for layer in layers(getattr(rule, "shapes", None), flat)]


def torch_path(conversion, name, f, start, steps=STEPS):
    import torch

    rule = settled(name, conversion)

    def stored(x):  # torch keeps a linear map's weights transposed
        return np.ascontiguousarray(x.T) if isinstance(rule, ol.Muon) else x.copy()

    def joined():
        arrays = [p.detach().numpy() for p in theta]
        return np.concatenate([(a.T if isinstance(rule, ol.Muon) else a).ravel() for a in arrays])

    theta = [torch.tensor(stored(part), dtype=torch.float64, requires_grad=True) for part in parts(start, rule)]
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of μ in this type
    try:
        optimizer, names = make(conversion, rule, torch=torch, theta=theta)
        path = [start]
        for t in range(1, steps + 1):
            for p, part in zip(theta, parts(slope(f, joined(), t), rule), strict=True):
                p.grad = torch.from_numpy(stored(part))
                p.grad = p.grad.to_sparse() if isinstance(rule, ol.LazyAdam) else p.grad
            if conversion.before:
                exec(conversion.before, names)
            optimizer.step()
            path.append(joined())
    finally:
        torch.set_default_dtype(default)
    return np.array(path)


@functools.cache
def _keras(conversion, name):
    """A way to Keras's state at a start, and the compiled step."""
    import jax
    import keras

    assert keras.backend.backend() == "jax", "Keras must be imported first by this module, see KERAS_BACKEND above"
    rule = settled(name, conversion)

    def built(start):
        optimizer, _ = make(conversion, rule, keras=keras)
        optimizer.build([keras.Variable(part.copy(), dtype="float64") for part in parts(start, rule)])
        return optimizer

    step = jax.jit(built(np.zeros(15)).stateless_apply)
    return lambda start: [variable.value for variable in built(start).variables], step


def keras_path(conversion, name, f, start, steps=STEPS):
    import jax
    import keras

    floatx, rule = keras.config.floatx(), settled(name, conversion)
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            state_at, update = _keras(conversion, name)
            theta, state, path = [jax.numpy.asarray(part) for part in parts(start, rule)], state_at(start), [start]
            for t in range(1, steps + 1):
                theta, state = update(state, parts(slope(f, path[-1], t), rule), theta)
                path.append(np.concatenate([np.asarray(part).ravel() for part in theta]))
    finally:
        keras.config.set_floatx(floatx)
    return np.array(path)


@functools.cache
def _optax(conversion, name):
    """optax's optimizer and its compiled step."""
    import jax
    import optax

    optimizer, _ = make(conversion, settled(name, conversion), optax=optax, jnp=jax.numpy)

    def update(grads, state, theta, **more):
        updates, state = optimizer.update(grads, state, theta, **more)
        return optax.apply_updates(theta, updates), state

    return optimizer, update if kind(name) == "SAM" else jax.jit(update)


def optax_path(conversion, name, f, start, steps=STEPS, last=None):
    """`last`, if given, receives optax's final parameters and state."""
    import jax
    import optax

    rule = settled(name, conversion)
    slow = isinstance(rule, ol.Lookahead)

    def flat(theta):
        return np.concatenate([np.asarray(part).ravel() for part in (theta.fast if slow else theta)])

    def uphill(theta, _):
        return [jax.numpy.asarray(part) for part in parts(f.grad(flat(theta)), rule)]

    more = {"grad_fn": uphill} if isinstance(rule, ol.SAM) else {}
    with jax.enable_x64(True):
        optimizer, update = _optax(conversion, name)
        theta = [jax.numpy.asarray(part) for part in parts(start, rule)]
        theta = optax.LookaheadParams.init_synced(theta) if slow else theta
        state, path = optimizer.init(theta), [start]
        for t in range(1, steps + 1):
            theta, state = update(parts(slope(f, path[-1], t), rule), state, theta, **more)
            path.append(flat(theta))
        if last is not None:
            last.update(theta=theta, state=state)
    return np.array(path)


PATHS = {"torch": torch_path, "keras": keras_path, "optax": optax_path}
