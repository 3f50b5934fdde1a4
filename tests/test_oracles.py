"""Every rule against torch, Keras, and optax: 200 steps in float64, several objectives, by the conversion table."""

from dataclasses import replace

import numpy as np
import oracle_runs as runs
import pytest

import optimlib as ol
from optimlib.conventions import CONVERSIONS, FRAMEWORKS
from optimlib.language import BAR

TOLERANCE = 1e-12
# Looser, each for a reason that lies in the framework.
LOOSER = {
    ("ClipByNorm", "torch"): (1e-6, "divides by ‖g‖ + 1e-6, a relative error of 1e-6/‖g‖ in every clipped step"),
    ("Adafactor", "keras"): (1e-7, "Keras on jax takes means in float32"),
    ("Muon", "keras"): (1e-7, "Keras on jax takes norms in float32"),
}
# Rules that no framework has; test_oracles_papers.py has an oracle for each.
ALONE = {"Shampoo", "SOAP", "Newton", "GaussNewton", "LBFGS"}
CASES = [
    pytest.param(name, conversion, problem, id=f"{name}-{conversion.framework}-{problem}".replace(" ", "_"))
    for name in runs.RULES
    for conversion in CONVERSIONS
    # With a large ε a rule cannot equal a framework that has ε elsewhere.
    if conversion.rule == runs.kind(name) and not (name.endswith("ε") and "eps" in conversion.arguments)
    for problem in runs.problems(name, conversion.framework)
]


@pytest.fixture(autouse=True)
def _muon_in_float64(monkeypatch):
    """torch's Muon iterates in bfloat16, three digits; without that cast it is the same formula in float64."""
    import torch

    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda tensor: tensor)


@pytest.mark.parametrize(("name", "conversion", "problem"), CASES)
def test_equals_the_framework(name, conversion, problem):
    f, start = runs.problems(name, conversion.framework)[problem]
    ours = runs.ours(runs.settled(name, conversion), f, start)
    theirs = runs.PATHS[conversion.framework](conversion, name, f, start)
    assert np.isfinite(ours).all()
    assert np.max(abs(ours[-1] - ours[0])) > 5e-3  # the run went somewhere
    assert np.max(abs(ours - theirs)) <= LOOSER.get((runs.kind(name), conversion.framework), (TOLERANCE, ""))[0]


def test_every_rule_has_an_oracle():
    known = {conversion.rule for conversion in CONVERSIONS}
    assert known | ALONE == set(ol.OPTIMIZERS) | set(ol.COMBINATORS)
    assert known.isdisjoint(ALONE)
    assert {runs.kind(name) for name in runs.RULES} == known | {"Shampoo", "SOAP"}
    assert all(runs.kind(name) == type(rule).__name__ for name, rule in runs.RULES.items())


def test_the_table_of_conversions_is_complete_and_bilingual():
    assert len({(c.rule, c.framework) for c in CONVERSIONS}) == len(CONVERSIONS)
    for conversion in CONVERSIONS:
        assert conversion.framework in FRAMEWORKS
        assert conversion.differs.count(BAR) <= 1
        assert not conversion.arguments or conversion.differs  # what must be set is also explained
        if any(character > "\u2e7f" for character in conversion.differs):
            assert BAR in conversion.differs


def test_the_versions_are_those_of_the_table():
    import keras
    import optax
    import torch

    for framework, module in {"torch": torch, "keras": keras, "optax": optax}.items():
        assert module.__version__.startswith(FRAMEWORKS[framework])


@pytest.mark.parametrize("name", ["ScheduleFreeSGD", "ScheduleFreeAdamW", "Lookahead"])
def test_the_point_whose_loss_counts_is_optax_s(name):
    import jax
    import optax

    [conversion] = [c for c in CONVERSIONS if (c.rule, c.framework) == (name, "optax")]
    f, start = runs.WIDE["quadratic in 15 dimensions"]
    last = {}
    runs.optax_path(conversion, name, f, start, 23, last)
    with jax.enable_x64(True):
        if name == "Lookahead":
            theirs = last["theta"].slow
        else:
            theirs = optax.contrib.schedule_free_eval_params(last["state"], last["theta"])
    ours = ol.descend(runs.RULES[name], f, start, 23)
    np.testing.assert_allclose(ours.theta[-1], np.concatenate([np.asarray(x).ravel() for x in theirs]), atol=1e-13)
    np.testing.assert_array_equal(ours.loss, f.value(ours.theta))


def test_the_average_weighs_a_warm_up_as_optax_does():
    import jax
    import optax

    rates = [0.25, 0.5, 0.75, *[1.0] * 20, *[0.3] * 20]  # the weight is the square of the largest rate so far
    f, start = runs.WIDE["quadratic in 15 dimensions"]
    rule = ol.ScheduleFreeSGD(lr=lambda t: 1e-3 * rates[t - 1])
    y = runs.ours(rule, f, start, len(rates))
    with jax.enable_x64(True):
        table = jax.numpy.asarray(rates)
        base = optax.sgd(lambda t: 1e-3 * table[t])
        theirs = optax.contrib.schedule_free(base, lambda t: 1e-3 * table[t - 1], b1=rule.beta)  # there t is from 1
        theta, state = jax.numpy.asarray(start), None
        state = theirs.init(theta)
        for t in range(len(rates)):
            updates, state = theirs.update(jax.numpy.asarray(f.grad(y[t])), state, theta)
            theta = optax.apply_updates(theta, updates)
            np.testing.assert_allclose(y[t + 1], np.asarray(theta), atol=1e-12)


@pytest.mark.parametrize("amsgrad", [False, True])
def test_keras_has_the_eps_hat_form(amsgrad):
    """ε̂ is Adam's ε times √(1 − β₂ᵗ): given that, step by step, ours is Keras's path even for a large ε̂."""
    name = "AMSGrad ε" if amsgrad else "Adam ε"
    [conversion] = [c for c in CONVERSIONS if (c.rule, c.framework) == (runs.kind(name), "keras")]
    rule = runs.RULES[name]
    f, start = runs.WIDE["seven valleys"]
    theta, state, path = start, rule.init(start), [start]
    for t in range(1, runs.STEPS + 1):
        step, state = replace(rule, eps=rule.eps / np.sqrt(1 - rule.beta2**t)).update(f.grad(theta), state)
        theta = theta + step
        path.append(theta)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "settled", lambda name, conversion: rule)  # without the tiny ε of the table
        theirs = runs.keras_path(replace(conversion), name, f, start)
    assert np.max(abs(np.array(path) - theirs)) <= TOLERANCE
    assert np.max(abs(runs.ours(rule, f, start) - theirs)) > 1e-4


def test_momentum_in_keras_keeps_the_old_rate_in_its_buffer():
    """After η has dropped tenfold ours slows down at once; Keras's buffer still holds steps of the old rate."""
    import jax
    import keras

    floatx = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with jax.enable_x64(True):
            optimizer, theta = keras.optimizers.SGD(1.0, momentum=0.9), keras.Variable([0.0], dtype="float64")
            theirs = []
            for t in range(1, 7):
                optimizer.learning_rate = 1.0 if t <= 3 else 0.1
                before = np.asarray(theta.value).copy()
                optimizer.apply([keras.ops.ones(1, dtype="float64")], [theta])
                theirs.append((np.asarray(theta.value) - before).item())
    finally:
        keras.config.set_floatx(floatx)
    rule = ol.Momentum(lr=lambda t: 1.0 if t <= 3 else 0.1)
    ours, state = [], rule.init(np.zeros(1))
    for _ in range(6):
        step, state = rule.update(np.ones(1), state)
        ours.append(step.item())
    np.testing.assert_allclose(ours, -np.array([1.0, 1.9, 2.71, 0.3439, 0.40951, 0.468559]))
    np.testing.assert_allclose(theirs, -np.array([1.0, 1.9, 2.71, 2.539, 2.3851, 2.24659]), rtol=1e-6)
