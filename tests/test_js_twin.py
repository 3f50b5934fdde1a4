"""The browser's mathematics, executed as the site ships it, equals the library's: runs, surfaces, and defaults."""

import json
import math
from dataclasses import MISSING, fields
from typing import Any

import numpy as np
import pytest
from explorer_tools import doubles, engine
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from optimlib import OPTIMIZERS, SURFACES, GradientNoise, descend, surface
from optimlib.circle import cosine, sine
from optimlib.explorers.races import LEARNING_RATES, TWINS, default_surface
from optimlib.plots import COLORS
from optimlib.validate import decay_rate

# Surfaces with their parameters. All have only + − × ÷ and √ (cosines are those of optimlib/circle.py), so both sides
# agree to the last bit.
CASES = {**{name: (name, {}) for name in SURFACES}, "rotated": ("quadratic", {"kappa": 30.0, "angle": 0.7})}

GLUE = """
globalThis.run = (rule, hyper, name, parameters, start, steps, sigma, seed) => {
  const surface = makeSurface(name, parameters), noise = noiseOf(sigma, seed, steps);
  const { theta, loss, divergedAt } = descend(OPTIMIZERS[rule], hyper, surface, start, steps, noise);
  return JSON.stringify([bytes(theta), bytes(loss), divergedAt]);
};
globalThis.runOwn = (hyper, name, parameters, start, steps, sigma, seed) => {
  const momentum = { start: ({ lr, beta }) => {
    const u = [0, 0];
    return (grad, step) => { for (const i of [0, 1]) { u[i] = beta * u[i] + grad[i]; step[i] = -lr * u[i]; } };
  } };
  const surface = makeSurface(name, parameters), noise = noiseOf(sigma, seed, steps);
  const { theta, loss } = descend(momentum, hyper, surface, start, steps, noise);
  return JSON.stringify([bytes(theta), bytes(loss)]);
};
globalThis.sample = (name, parameters, points) => {
  const s = makeSurface(name, parameters), g = [0, 0], all = [];
  for (const [x, y] of points) { s.grad(x, y, g); all.push(s.value(x, y), g[0], g[1]); }
  return bytes(all);
};
globalThis.facts = () => JSON.stringify({
  optimizers: Object.entries(OPTIMIZERS).map(([name, { defaults }]) => [name, Object.entries(defaults)]),
  surfaces: Object.entries(SURFACE_DEFAULTS).map(([name, p]) => [name, p]),
  scenes: SCENES, sliders: HYPER_SLIDERS, surfaceSliders: SURFACE_SLIDERS,
});
globalThis.circle = (turns) => bytes([...turns.map(cosine), ...turns.map(sine)]);
globalThis.slider = (key, value) => JSON.stringify(sliderFor(key, value, false));
globalThis.colors = () => JSON.stringify(RULE_COLORS);
globalThis.minimizers = (name, p) => JSON.stringify(makeSurface(name, p).minimizers);
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("DescentExplorer", GLUE)


def run_js(js: MiniRacer, rule: str, hyper: dict, name: str, parameters: dict, start: Any, steps: int,
           sigma: float = 0.0, seed: int = 0) -> tuple:  # fmt: skip
    arguments = ", ".join(json.dumps(a) for a in (rule, hyper, name, parameters, list(start), steps, sigma, seed))
    theta, loss, diverged = json.loads(js.eval(f"run({arguments})"))
    return doubles(theta).reshape(-1, 2), doubles(loss), diverged


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", TWINS)
def test_runs_are_bit_for_bit_equal(js: MiniRacer, rule: str, case: str) -> None:
    name, parameters = CASES[case]
    rate, start = LEARNING_RATES[name][rule], SURFACES[name].start
    ours = descend(OPTIMIZERS[rule](lr=rate), surface(name, **parameters), start, 600)
    theta, loss, diverged = run_js(js, rule, {"lr": rate}, name, parameters, start, 600)
    assert ours.diverged_at == diverged == -1
    np.testing.assert_array_equal(theta.view(np.uint64), ours.theta.view(np.uint64))
    np.testing.assert_array_equal(loss, ours.loss)


@pytest.mark.parametrize("sigma", [0.0, 0.25])
def test_the_loop_takes_a_rule_that_is_not_of_the_book(js: MiniRacer, sigma: float) -> None:
    """Its hyperparameters have no defaults: the worker of book/python passes all of them, or none."""
    arguments = ({"lr": 0.01, "beta": 0.8}, "beale", {}, [1.0, 1.5], 200, sigma, 7)
    theta, loss = json.loads(js.eval(f"runOwn({', '.join(map(json.dumps, arguments))})"))
    known, losses, _ = run_js(js, "Momentum", *arguments)
    np.testing.assert_array_equal(doubles(theta), known.ravel())
    np.testing.assert_array_equal(doubles(loss), losses)


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "rastrigin"])  # whose slopes are bounded
@pytest.mark.parametrize("rule", ["SGD", "Momentum", "EMAMomentum", "Nesterov"])
def test_diverging_runs_end_at_the_same_step(js: MiniRacer, rule: str, name: str) -> None:
    hyper = {"lr": 9.0, "beta": 0.3}
    if rule == "SGD":
        del hyper["beta"]
    ours = descend(OPTIMIZERS[rule](**hyper), surface(name), SURFACES[name].start, 500)
    theta, loss, diverged = run_js(js, rule, hyper, name, {}, SURFACES[name].start, 500)
    assert ours.diverged_at == diverged > 0
    np.testing.assert_array_equal(theta, ours.theta)
    np.testing.assert_array_equal(loss, ours.loss)


HYPER = {
    "lr": st.floats(1e-5, 2.0),
    "beta": st.floats(0.0, 0.999),
    "beta1": st.floats(0.0, 0.999),
    "beta2": st.floats(0.0, 0.9999),
    "eps": st.floats(1e-10, 1.0),
    "mu": st.floats(0.0, 0.999),
    "rho": st.floats(0.0, 0.999),
    "decay": st.floats(0.0, 0.9999),
    "threshold": st.floats(4.0, 12.0),
    "weight_decay": st.floats(0.0, 2.0),
}


PARAMETERS = {
    "quadratic": {"kappa": st.floats(1.0, 1000.0), "angle": st.sampled_from([0.0]) | st.floats(-7.0, 7.0)},
    "rosenbrock": {"a": st.floats(-2.0, 2.0), "b": st.floats(1.0, 200.0)},
    "rastrigin": {"amplitude": st.floats(0.0, 20.0)},
    "double_well": {"tilt": st.floats(-1.5, 1.5)},
}


@pytest.mark.parametrize("rule", TWINS)
@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_any_hyper_parameters_and_start_give_equal_runs(js: MiniRacer, rule: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SURFACES)))
    hyper = {field.name: data.draw(HYPER[field.name], field.name) for field in fields(OPTIMIZERS[rule])}
    start = [data.draw(st.floats(-5.0, 5.0)), data.draw(st.floats(-5.0, 5.0))]
    parameters = {key: data.draw(values, key) for key, values in PARAMETERS.get(name, {}).items()}
    sigma, seed = data.draw(st.sampled_from([0.0, 0.25, 3.7])), data.draw(st.integers(0, 2**32 - 1))
    noise = GradientNoise(sigma, seed) if sigma else None
    ours = descend(OPTIMIZERS[rule](**hyper), surface(name, **parameters), start, 100, noise=noise)
    theta, loss, diverged = run_js(js, rule, hyper, name, parameters, start, 100, sigma, seed)
    assert ours.diverged_at == diverged
    np.testing.assert_array_equal(theta, ours.theta)
    np.testing.assert_array_equal(loss, ours.loss)


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(turns=st.lists(st.floats(-1e3, 1e3) | st.floats(-1e300, 1e300) | st.sampled_from([0.25, -0.5, 1.0]), min_size=1))
def test_cosines_are_pythons_and_cosines(js: MiniRacer, turns: list[float]) -> None:
    found = doubles(js.eval(f"circle({json.dumps(turns)})")).reshape(2, -1)
    np.testing.assert_array_equal(found, [cosine(turns), sine(turns)])
    rest = 2 * np.pi * (np.array(turns) - np.floor(turns))
    np.testing.assert_allclose(found, [np.cos(rest), np.sin(rest)], atol=1e-15)


@pytest.mark.parametrize(
    ("name", "parameters"), [(name, {}) for name in SURFACES] + [("quadratic", {"kappa": 70.0, "angle": -1.1})]
)
def test_surfaces_are_equal_on_a_grid(js: MiniRacer, name: str, parameters: dict) -> None:
    ours, ((x0, x1), (y0, y1)) = surface(name, **parameters), SURFACES[name].view
    points = np.stack(np.meshgrid(np.linspace(x0, x1, 41), np.linspace(y0, y1, 37)), -1).reshape(-1, 2)
    found = doubles(js.eval(f"sample({json.dumps(name)}, {json.dumps(parameters)}, {json.dumps(points.tolist())})"))
    expected = np.column_stack([ours.value(points), ours.grad(points)])
    np.testing.assert_array_equal(found.reshape(-1, 3), expected)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [(name, {}) for name in SURFACES] + [("double_well", {"tilt": tilt}) for tilt in (-1.5, -0.3, 0.0, 1.5, 1.6, 8.0)],
)
def test_minimizers_agree(js: MiniRacer, name: str, parameters: dict) -> None:
    found = np.array(json.loads(js.eval(f"minimizers({json.dumps(name)}, {json.dumps(parameters)})")))
    expected = surface(name, **parameters).minimizers
    # Wells of equal depth have no order.
    found, expected = (np.array(sorted(map(tuple, p))) for p in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_names_defaults_and_scenes_are_those_of_python(js: MiniRacer) -> None:
    facts = json.loads(js.eval("facts()"))
    ours = [[name, [[f.name, f.default] for f in fields(OPTIMIZERS[name])]] for name in TWINS]
    assert facts["optimizers"] == ours
    skipped = {"dim", "seed"}  # the browser draws maps: two parameters, no random rotation
    assert facts["surfaces"] == [
        [name, {f.name: f.default for f in fields(cls) if f.name not in skipped}] for name, cls in SURFACES.items()
    ]
    assert json.loads(js.eval("colors()")) == {name: COLORS[name] for name in TWINS}
    assert not any(f.default is MISSING for cls in SURFACES.values() for f in fields(cls))
    assert list(facts["scenes"]) == list(SURFACES)
    for name, cls in SURFACES.items():
        scene = facts["scenes"][name]
        assert (scene["label"], tuple(scene["start"])) == (cls.label, cls.start)
        assert tuple(map(tuple, scene["view"])) == cls.view
        assert scene["lr"] == LEARNING_RATES[name]
    shown = default_surface()
    assert facts["scenes"]["quadratic"]["parameters"] == {"kappa": shown.kappa, "angle": shown.angle}


def test_sliders_cover_what_python_accepts(js: MiniRacer) -> None:
    facts = json.loads(js.eval("facts()"))
    names = {field.name for name in TWINS for field in fields(OPTIMIZERS[name])}
    assert set(facts["sliders"]) == names
    for name, slider in facts["sliders"].items():
        if slider["kind"] == "beta":
            decay_rate(name, np.array([slider["min"], slider["max"]]))
        else:
            assert 0 < slider["min"] < slider["max"]
        for rule in TWINS:
            for field in fields(OPTIMIZERS[rule]):
                if field.name == name:
                    wide = json.loads(js.eval(f"slider({json.dumps(name)}, {field.default})"))
                    assert wide["min"] <= field.default <= wide["max"] or (wide["kind"], field.default) == ("zero", 0)
    for rates in LEARNING_RATES.values():
        for rate in rates.values():
            assert facts["sliders"]["lr"]["min"] <= rate <= facts["sliders"]["lr"]["max"]
    for name, sliders in facts["surfaceSliders"].items():
        for key, slider in sliders.items():
            for value in (slider["min"], slider["max"]):
                assert math.isfinite(float(surface(name, **{key: value}).value(np.array([0.3, 0.2]))))


@pytest.mark.parametrize("name", SURFACES)
def test_every_scene_suits_every_rule(name: str) -> None:
    shown = default_surface() if name == "quadratic" else surface(name)
    for rule, rate in LEARNING_RATES[name].items():
        run = descend(OPTIMIZERS[rule](lr=rate), shown, shown.start, 300)
        assert run.diverged_at == -1
        assert run.loss[-1] < run.loss[0], rule
