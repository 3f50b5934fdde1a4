"""DescentExplorer without a browser: arguments, stored output, contours, and readers' own rules."""

import base64
import html
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from explorer_tools import engine
from py_mini_racer import MiniRacer

import optimlib as ol
from optimlib.explorers import DescentExplorer


@dataclass(frozen=True)
class Half:
    """A reader's rule: half the gradient, a little noise-free drift."""

    scale: float = 0.5
    every: int = 2
    loud: bool = False

    def init(self, theta: np.ndarray) -> dict:
        return {"t": 0}

    def update(self, grad: np.ndarray, state: dict) -> tuple[np.ndarray, dict]:
        if self.scale > 100:
            raise ZeroDivisionError("scale\nis too large")
        return -0.01 * self.scale * grad, {"t": state["t"] + 1}


class Bowl:
    """A reader's surface with nothing but what `descend` needs."""

    dim = 2

    def value(self, theta: Any) -> np.ndarray:
        return (np.asarray(theta) ** 2).sum(-1)

    def grad(self, theta: Any) -> np.ndarray:
        return 2 * np.asarray(theta)


def data_of(markup: str) -> dict[str, Any]:
    return json.loads(html.unescape(re.search(r'data-spec="([^"]*)"', markup)[1]))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"surface": "rosenbrok"}, ValueError, "surface must be one of .*'rosenbrok'.*did you mean 'rosenbrock'"),
        ({"surface": 3}, TypeError, "surface must be one of .* value and grad, got 3"),
        ({"surface": Bowl}, TypeError, "surface must be one of"),
        ({"surface": ol.Quadratic(dim=3)}, ValueError, "surface must have dim 2 .* got dim=3"),
        ({"optimizers": []}, ValueError, "optimizers must hold at least one"),
        ({"optimizers": ol.Adam()}, TypeError, "optimizers must be a sequence"),
        ({"optimizers": "Adam"}, TypeError, "optimizers must be a sequence"),
        ({"optimizers": [ol.Adam]}, TypeError, r"optimizers\[0\] must be an instance"),
        (
            {"optimizers": [ol.SGD(), object()]},
            TypeError,
            r"optimizers\[1\] must be an instance with .* init and update",
        ),
        ({"optimizers": [ol.SGD(lr=np.array([0.1, 0.2]))]}, ValueError, r"optimizers\[0\].lr must be one number"),
        ({"start": (1.0,)}, ValueError, "start must be finite floats"),
        ({"start": (1.0, np.nan)}, ValueError, "start must be finite"),
        ({"start": [[1.0, 2.0]]}, ValueError, "start must be two finite numbers"),
        ({"start": ("a", "b")}, TypeError, "start must be"),
        ({"steps": 0}, ValueError, "steps must be an integer >= 1, got 0"),
        ({"steps": 5001}, ValueError, "steps must be an integer from 1 to 5000"),
        ({"steps": 2.5}, TypeError, "steps must be an integer"),
        ({"lang": "de"}, ValueError, "lang must be one of auto, zh, en, got 'de'"),
        ({"caption": 7}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        DescentExplorer(**arguments)


@pytest.mark.parametrize("surface", [None, *ol.SURFACES])
def test_the_first_race_stays_finite_and_gets_somewhere(surface: str | None) -> None:
    explorer = DescentExplorer(surface)
    assert [type(o).__name__ for o in explorer.optimizers] == ["SGD", "Momentum", "RMSprop", "Adam"]
    for run in explorer.trajectories:
        assert run.diverged_at == -1
        assert run.loss[-1] < run.loss[0]


def test_runs_are_those_of_descend_and_follow_the_settings() -> None:
    explorer = DescentExplorer("beale", [ol.SGD(lr=0.01), Half()], steps=40)
    seen = []
    explorer.observe(lambda change: seen.append(change["new"]), "runs")
    explorer.start = [2.0, 1.0]
    explorer.hyper = [{"lr": 0.02}, {"scale": 0.25, "every": 3.0}]
    assert len(seen) == 2
    assert explorer.optimizers == [ol.SGD(lr=0.02), Half(0.25, 3)]
    assert isinstance(explorer.optimizers[1].every, int)
    for message, optimizer in zip(explorer.runs, explorer.optimizers, strict=True):
        run = ol.descend(optimizer, ol.Beale(), [2.0, 1.0], 40)
        np.testing.assert_array_equal(np.frombuffer(message["theta"]).reshape(-1, 2), run.theta)
        np.testing.assert_array_equal(np.frombuffer(message["loss"]), run.loss)
    explorer.surface_name = "saddle"
    explorer.surface_parameters = {}
    assert explorer.trajectories[0].objective == ol.Saddle()


def test_only_what_changed_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = DescentExplorer("beale", steps=20)
    calls = []
    real = ol.descend
    monkeypatch.setattr(
        "optimlib.explorers.descent_explorer.descend",
        lambda *a, **k: calls.append(type(a[0]).__name__) or real(*a, **k),
    )
    explorer.hyper = [*explorer.hyper[:-1], {**explorer.hyper[-1], "lr": 0.05}]
    assert calls == ["Adam"]


def test_an_exception_is_told_and_survived() -> None:
    explorer = DescentExplorer("saddle", [ol.SGD(), Half()], steps=10)
    explorer.hyper = [{"lr": 0.01}, {"scale": 500.0, "every": 2.0}]
    assert explorer.runs[1]["error"] == "Half: ZeroDivisionError: scale is too large"
    assert explorer.trajectories[0] is not None
    assert explorer.trajectories[1] is None
    assert "Half failed" in explorer.to_html()
    explorer.hyper = [{"lr": -1.0}, {"scale": 1.0, "every": 2.0}]  # the rule's own check raises
    assert explorer.runs[0]["error"].startswith("SGD: ValueError: lr must be")
    assert explorer.runs[1]["error"] == ""


def test_a_readers_surface_needs_only_value_and_grad() -> None:
    explorer = DescentExplorer(Bowl(), [ol.SGD(lr=0.1)], steps=5)
    assert explorer.surface_name == "own"
    assert explorer.spec["own"]["label"] == "Bowl"
    assert repr(explorer).startswith("DescentExplorer(Bowl(), [SGD(lr=0.1)], start=(")  # no memory address
    assert explorer.spec["own"]["lowest"] is None
    field = explorer.field
    values = np.frombuffer(field["values"]).reshape(field["ny"], field["nx"])
    assert values[0, 0] == pytest.approx(field["x0"] ** 2 + field["y0"] ** 2)
    json.dumps(explorer.spec, allow_nan=False)
    explorer.surface_name = "saddle"
    assert explorer.surface == ol.Saddle()


def test_stored_output_is_a_figure_with_data_snapshot_and_both_languages() -> None:
    explorer = DescentExplorer("rosenbrock", caption="弯谷｜A valley & more")
    bundle_, metadata = explorer._repr_mimebundle_()
    assert set(bundle_) >= {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert metadata == {} or isinstance(metadata, dict)
    assert bundle_["text/plain"].startswith("DescentExplorer(Rosenbrock(")
    markup = bundle_["text/html"]
    assert markup.startswith('<figure class="optimlib-explorer" data-explorer="DescentExplorer" data-spec="')
    assert "<figcaption>弯谷｜A valley &amp; more</figcaption></figure>" in markup
    alt = re.search(r'alt="([^"]*)"', markup)[1]
    assert alt.count("｜") == 1
    assert "｜" not in re.search(r'data-spec="([^"]*)"', markup)[1]  # or the site would cut the data in two
    spec = data_of(markup)
    assert spec["initial"]["start"] == [-1.2, 1.0]
    assert spec["caption"] == "弯谷｜A valley & more"
    svg = base64.b64decode(re.search(r"base64,([^\"]*)", markup)[1]).decode()
    assert svg.startswith("<svg")
    assert all(name in svg for name in ("SGD", "Momentum", "RMSprop", "Adam", "θ₁"))
    assert not re.search(r"[\u3400-\u9fff]|｜", svg)


def test_stored_output_is_the_same_in_another_process() -> None:
    program = "from optimlib.explorers import DescentExplorer as D; print(D('himmelblau').to_html(), repr(D()))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1
    assert "0x" not in texts.pop().split("</figure>")[1]


def test_figures_that_a_browser_cannot_compute_stay_snapshots() -> None:
    class Mine(ol.Adam):
        pass

    for explorer in (
        DescentExplorer(Bowl()),
        DescentExplorer(ol.Quadratic(seed=1)),
        DescentExplorer("saddle", [Mine()]),
        DescentExplorer("saddle", [ol.SGD(lr=lambda t: 0.1 / t)]),
    ):
        markup = explorer.to_html()
        assert "data-explorer" not in markup
        assert "<img" in markup
    assert "data-explorer" in DescentExplorer("saddle", [ol.SGD()]).to_html()


def test_labels_colors_and_line_styles_tell_runs_apart() -> None:
    explorer = DescentExplorer("saddle", [ol.Adam(), ol.Adam(lr=0.1), Half()])
    tracks = explorer.spec["optimizers"]
    assert [track["label"] for track in tracks] == ["Adam", "Adam 2", "Half"]
    assert [track["twin"] for track in tracks] == [0, 1, 0]
    assert tracks[0]["color"] == tracks[1]["color"] == ol.plots.COLORS["Adam"]
    assert tracks[2]["color"] == ol.plots.OTHER[0]
    assert tracks[2]["integers"] == ["every"]
    assert list(explorer.hyper[2]) == ["scale", "every"]  # a boolean gets no slider
    named = DescentExplorer("saddle", {"大｜large": ol.SGD(lr=0.1), "小｜small": ol.SGD(lr=0.01)})
    assert [track["label"] for track in named.spec["optimizers"]] == ["大｜large", "小｜small"]
    assert "大、小" in named.spec["caption"]
    assert "large, small" in named.spec["caption"]


def test_language_follows_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert DescentExplorer("saddle").lang == "auto"
    assert DescentExplorer("saddle", lang="zh").lang == "zh"
    monkeypatch.setattr("optimlib.language._language", "en")
    assert DescentExplorer("saddle").lang == "en"


# Geometry and numbers, as the site ships them.


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    names = "sampleField, contour, logLevels, fitView, numberText, sliderFor, toPosition, toValue, valueText, ticks"
    return engine("DescentExplorer", f"Object.assign(globalThis, {{ {names} }});")


def test_contour_of_a_cone_is_a_circle(js: MiniRacer) -> None:
    field = "sampleField((x, y) => Math.hypot(x, y), {x0: -2, x1: 2, y0: -1.5, y1: 1.5}, 161, 121)"
    ends = np.array(json.loads(js.eval(f"JSON.stringify(contour({field}, 1.1))"))).reshape(-1, 2, 2)
    np.testing.assert_allclose(np.hypot(*ends.T), 1.1, atol=1e-3)
    length = np.hypot(*(ends[:, 0] - ends[:, 1]).T).sum()
    assert length == pytest.approx(2 * np.pi * 1.1, rel=1e-3)  # closed: nothing missing, nothing twice


def test_contour_leaves_out_what_is_not_finite(js: MiniRacer) -> None:
    script = (
        "JSON.stringify(contour(sampleField((x, y) => x < 0 ? NaN : y, {x0: -1, x1: 1, y0: -1, y1: 1}, 21, 21), 0.05))"
    )
    ends = np.array(json.loads(js.eval(script))).reshape(-1, 2)
    assert ends[:, 0].min() >= 0
    np.testing.assert_allclose(ends[:, 1], 0.05)


def test_levels_agree_with_the_snapshots(js: MiniRacer) -> None:
    from optimlib.explorers.snapshot import log_levels

    values = np.random.default_rng(3).exponential(5.0, 4000) + 2.0
    found = json.loads(js.eval(f"JSON.stringify(logLevels(Float64Array.from({values.tolist()}), 1.5, 16))"))
    np.testing.assert_allclose(found, log_levels(values, 1.5), rtol=1e-12)
    assert json.loads(js.eval("JSON.stringify(logLevels(Float64Array.from([3, 3, 3]), 3, 16))")) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("-2.5", "−2.5"), ("0.00012", "1.2 × 10⁻⁴"), ("1e-8", "10⁻⁸"), ("123456789", "1.23 × 10⁸"),
     ("NaN", "–"), ("Infinity", "∞"), ("-Infinity", "−∞"), ("-1e-12", "−10⁻¹²"), ("0.5", "0.5")],
)  # fmt: skip
def test_numbers_read_well(js: MiniRacer, value: str, text: str) -> None:
    assert js.eval(f"numberText({value})") == text


def there_and_back(key: str, value: float, integer: str) -> str:
    slider = f"sliderFor('{key}', {value}, {integer})"
    return f"toValue({slider}, toPosition({slider}, {value}))"


def test_slider_positions_and_values_go_together(js: MiniRacer) -> None:
    for key, values in {
        "lr": (1e-5, 0.001, 0.01, 1, 10),
        "beta": (0, 0.9, 0.99, 0.999, 0.9999),
        "eps": (1e-10, 1e-8, 1),
    }.items():
        for value in values:
            assert js.eval(there_and_back(key, value, "false")) == value, key
    assert js.eval("sliderFor('lr', 50, false).max") == 50
    assert js.eval("sliderFor('warmup', 7, true).kind") == "integer"
    assert js.eval(there_and_back("k", 7, "true")) == 7
    assert js.eval("sliderFor('momentum2', 0.9, false).kind") == "beta"
    assert js.eval("sliderFor('drift', -3, false).min") == -6
