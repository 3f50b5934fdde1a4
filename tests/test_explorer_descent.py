"""DescentExplorer's links, Python code, scenes, goals, race, noise, and zoom; its links are untrusted input."""

import base64
import itertools
import json
import random
import re
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import explorer_tools as tools
import numpy as np
import pytest
from explorer_tools import GET, doubles, engine, live, settle
from py_mini_racer import MiniRacer

import optimlib as ol
from optimlib.explorers import DescentExplorer
from optimlib.explorers.races import TWINS

GLUE = """
globalThis.decode = (text, spec) => JSON.stringify(decodeDescent(text, spec));
globalThis.decodeAll = (texts, spec) => JSON.stringify(texts.map((text) => {
  const settings = decodeDescent(text, spec);
  if (settings === null) return null;
  const model = new Map(Object.entries({ ...settings, spec }));
  descentTwin({ get: (key) => model.get(key), set: (key, value) => model.set(key, value), on() {} });
  return model.get("runs").length;
}));
globalThis.encode = (settings) => encodeDescent(settings);
globalThis.python = (settings, spec) => pythonOf(settings, spec);
const yours = { id: "yours", rule: "yours", hyper: { lr: 0.5 }, integers: [],
  python: ({ lr }) => ["from math import sqrt\\n\\n", "class Mine:\\n    pass\\n\\n", `Mine(${lr})`] };
globalThis.pythonWithMine = (settings, spec) => pythonOf(settings, spec, { ...entrants(spec), yours });
globalThis.sceneWithMine = (spec) => JSON.stringify(DESCENT_PRESETS.map((preset) =>
  sceneSettings(preset, { ...entrants(spec), yours })));
globalThis.runsWithMine = (settings, spec) => {
  const model = new Map(Object.entries({ ...settings, spec, yours: "last run" }));
  descentTwin({ get: (key) => model.get(key), set: (key, value) => model.set(key, value), on() {} });
  return JSON.stringify(model.get("runs").map((run) => (run === "last run" ? run : typeof run)));
};
globalThis.paths = (settings, spec) => {
  const model = new Map(Object.entries({ ...settings, spec }));
  descentTwin({ get: (key) => model.get(key), set: (key, value) => model.set(key, value), on() {} });
  return bytes(model.get("runs").flatMap(({ theta }) => [...theta]));
};
globalThis.scenes = (spec) => JSON.stringify(DESCENT_PRESETS.map((preset) =>
  ({ ...spec.initial, ...sceneSettings(preset, entrants(spec)) })));
"""


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("DescentExplorer", GLUE)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return DescentExplorer().spec


def call(js: MiniRacer, name: str, *arguments: Any) -> str:
    return js.eval(f"{name}({', '.join(json.dumps(a) for a in arguments)})")


def drawn(rng: random.Random, spec: dict[str, Any]) -> dict[str, Any]:
    """Random settings, as a reader could make them."""
    names = {"quadratic": {"kappa": 1 + 99 * rng.random(), "angle": rng.uniform(-1.5, 1.5)},
             "rosenbrock": {"a": 1.5, "b": rng.uniform(1, 100)}, "beale": {}, "himmelblau": {}, "saddle": {},
             "rastrigin": {"amplitude": 2.5}, "double_well": {"tilt": rng.uniform(-1, 1)}}  # fmt: skip
    name = rng.choice(list(names))
    given = [track["rule"] for track in spec["optimizers"]]
    race = rng.sample([*range(len(given)), *(rule for rule in TWINS if rule not in given)], rng.randint(1, 6))
    rules = [given[who] if isinstance(who, int) else who for who in race]
    values = [{f.name: f.default for f in fields(ol.OPTIMIZERS[rule])} for rule in rules]
    hyper = [{**v, "lr": rng.choice([0.001, 1 / 300, 0.05, 1.0])} for v in values]
    steps = rng.randint(1, 60)
    return {
        "surface_name": name, "surface_parameters": names[name],
        "start": [rng.uniform(-3, 3), rng.choice([-2.0, 1.25])],
        "steps": steps, "t": rng.randint(0, steps), "sigma": rng.choice([0, 0.5, 2.25]), "seed": rng.randrange(2**32),
        "zoom": rng.choice([[], [0.5, -1e-7, 12.5]]), "selected": rng.randrange(len(race)), "race": race,
        "hyper": hyper,
        "shown": [rng.random() < 0.8 for _ in race],
    }  # fmt: skip


def test_a_link_brings_back_every_setting(js: MiniRacer, spec: dict[str, Any]) -> None:
    rng = random.Random(1)
    for _ in range(200):
        settings = drawn(rng, spec)
        text = call(js, "encode", settings)
        assert re.fullmatch(r"[\w.,:;~+-]+", text), text  # nothing that an address would have to escape
        assert json.loads(call(js, "decode", text, spec)) == settings


def test_ten_thousand_bad_links_give_valid_settings_or_none(js: MiniRacer, spec: dict[str, Any]) -> None:
    rng, texts = random.Random(2), []
    hostile = ["__proto__", "constructor", "toString", "<script>", "1e999", "NaN", "-", "", "9" * 400, "0x10", "~",
               ";", ":", ",", "-1", "1e308", "5001", "%00", "\u202e", "own", "null", "99999999999"]  # fmt: skip
    while len(texts) < 10_000:
        text = call(js, "encode", drawn(rng, spec))
        kind = rng.randrange(5)
        for _ in range(25):
            if kind == 0:
                texts.append(text[: rng.randrange(len(text))])
            elif kind == 1:
                parts = re.split(r"([~,:;])", text)
                parts[rng.randrange(len(parts))] = rng.choice(hostile)
                texts.append("".join(parts))
            elif kind == 2:
                at = rng.randrange(len(text))
                texts.append(text[:at] + chr(rng.randrange(32, 127)) + text[at + 1 :])
            elif kind == 3:
                texts.append("".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(200))))
            else:
                texts.append("~".join(rng.choice(hostile) for _ in range(11)))
    texts += ["1" * 5000, "1~" * 11, text + "~", ";".join([text] * 40)]
    found = [
        runs for k in range(0, len(texts), 500) for runs in json.loads(call(js, "decodeAll", texts[k : k + 500], spec))
    ]
    assert len(found) == len(texts)
    assert sum(runs is None for runs in found) > 5000
    assert any(found)  # a changed digit may still be valid, and then it has run


@pytest.mark.parametrize(
    ("old", "new"),
    [("~300~", "~0~"), ("~300~", "~5001~"), ("~300~", "~3e2~"), ("0:0.037", "0:0"), ("0:0.037", "0:-1"),
     ("0:0.037", "17:0.037"), ("0:0.037", "0:0.037,0.9"), ("0.9", "1"), ("quadratic", "constructor"), ("50,", "0.5,"),
     ("-2.4,1.2", "-2.4"), ("-2.4,1.2", "1e9,0"), ("0:0.037;1", "0:0.037;0"), ("~3~", "~4~")],
)  # fmt: skip
def test_a_link_must_be_right_in_every_field(js: MiniRacer, spec: dict[str, Any], old: str, new: str) -> None:
    text = call(js, "encode", spec["initial"])
    assert json.loads(call(js, "decode", text, spec)) == spec["initial"]
    assert old in text
    assert json.loads(call(js, "decode", text.replace(old, new, 1), spec)) is None


def test_python_code_computes_the_paths_on_screen(js: MiniRacer, spec: dict[str, Any]) -> None:
    rng = random.Random(3)
    for _ in range(60):
        settings = drawn(rng, spec)
        scope: dict[str, Any] = {}
        exec(call(js, "python", settings, spec), scope)
        shown = doubles(call(js, "paths", settings, spec)).reshape(len(settings["race"]), -1, 2)
        for theta, run in zip(shown, scope["runs"], strict=True):
            np.testing.assert_array_equal(theta, run.theta)


def test_python_code_names_readers_own_classes(js: MiniRacer) -> None:
    class Mine:
        dim = 2

        def value(self, theta: Any) -> Any:
            return (np.asarray(theta) ** 2).sum(-1)

        def grad(self, theta: Any) -> Any:
            return 2 * np.asarray(theta)

    explorer = DescentExplorer(Mine(), [ol.Adam(lr=0.1)], noise=ol.GradientNoise(0.5, 7))
    code = call(js, "python", explorer.spec["initial"], explorer.spec)
    assert "surface = Mine()\n" in code
    assert "    ol.Adam(lr=0.1),\n" in code
    assert "noise = ol.GradientNoise(sigma=0.5, seed=7)\n" in code
    scope = {"Mine": Mine}
    exec(code, scope)
    np.testing.assert_array_equal(scope["runs"][0].theta, explorer.trajectories[0].theta)


def with_mine(settings: dict[str, Any]) -> dict[str, Any]:
    """The reader's own rule before the last of the others."""
    put = lambda key, value: [*settings[key][:-1], value, settings[key][-1]]  # noqa: E731
    return {**settings, "race": put("race", "yours"), "hyper": put("hyper", {"lr": 0.25}), "shown": put("shown", True)}


def test_a_link_leaves_out_the_readers_own_rule(js: MiniRacer, spec: dict[str, Any]) -> None:
    settings = {**spec["initial"], "selected": 2}
    mine = with_mine(settings)
    assert mine["race"] == [0, 1, 2, "yours", 3]
    assert call(js, "encode", mine) == call(js, "encode", settings)
    for selected, told in ((3, 0), (4, 3)):  # an own rule whose sliders are seen; one behind it
        text = call(js, "encode", {**mine, "selected": selected})
        assert json.loads(call(js, "decode", text, spec)) == {**settings, "selected": told}
    entry = call(js, "encode", settings).rpartition("~")[2]
    for forged in ("yours:0.1", f"{entry};yours:0.1", f"{entry};yours:"):  # nor can a link name one
        text = call(js, "encode", settings).removesuffix(entry) + forged
        assert json.loads(call(js, "decode", text, spec)) is None


def test_python_code_holds_the_readers_own_rule(js: MiniRacer, spec: dict[str, Any]) -> None:
    code = call(js, "pythonWithMine", with_mine(spec["initial"]), spec)
    assert code.startswith("from math import sqrt\n\nimport optimlib as ol\n\nclass Mine:\n    pass\n\nsurface = ")
    assert "    Mine(0.25),\n    ol.Adam(" in code


def test_a_scene_and_the_twin_keep_the_readers_own_rule(js: MiniRacer, spec: dict[str, Any]) -> None:
    for scene in json.loads(call(js, "sceneWithMine", spec)):
        assert (scene["race"][-1], scene["hyper"][-1], scene["shown"][-1]) == ("yours", {"lr": 0.5}, True)
        assert scene["selected"] == len(scene["race"]) - 1
    runs = json.loads(call(js, "runsWithMine", with_mine(spec["initial"]), spec))
    assert runs == ["object"] * 3 + ["last run", "object"]


def test_scenes_run_in_python_as_on_the_page(js: MiniRacer) -> None:
    explorer = DescentExplorer()
    for settings in json.loads(call(js, "scenes", explorer.spec)):
        with explorer.hold_trait_notifications():
            for key, value in settings.items():
                setattr(explorer, key, value)
        assert len(explorer.trajectories) == len(settings["race"])
        assert all(run.diverged_at == -1 for run in explorer.trajectories)


def test_the_race_takes_rules_of_the_book() -> None:
    explorer = DescentExplorer("saddle", [ol.SGD(lr=0.1)], steps=20)
    with explorer.hold_trait_notifications():
        explorer.race = [0, "Lion"]
        explorer.shown = [True, True]
        explorer.hyper = [*explorer.hyper, {"lr": 0.01, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0}]
    assert explorer.optimizers == [ol.SGD(lr=0.1), ol.Lion(lr=0.01)]
    expected = ol.descend(ol.Lion(lr=0.01), ol.Saddle(), ol.Saddle.start, 20)
    np.testing.assert_array_equal(explorer.trajectories[1].theta, expected.theta)
    assert "Lion" in explorer.to_html()
    for bad, words in ((["Lyon"], "did you mean 'Lion'"), ([3], "indices below 1"), ([], "at least one")):
        with pytest.raises(ValueError, match=words):
            explorer.race = bad


def test_noise_is_the_librarys() -> None:
    noise = ol.GradientNoise(0.5, seed=3)
    explorer = DescentExplorer("beale", [ol.SGD(lr=0.01)], steps=30, noise=noise)
    expected = ol.descend(ol.SGD(lr=0.01), ol.Beale(), ol.Beale.start, 30, noise=noise)
    np.testing.assert_array_equal(explorer.trajectories[0].theta, expected.theta)
    assert explorer.noise == noise
    assert "noise=GradientNoise(sigma=0.5, seed=3)" in repr(explorer)
    with pytest.raises(TypeError, match="noise must be a GradientNoise"):
        DescentExplorer(noise=0.5)
    with pytest.raises(ValueError, match=r"noise\.sigma must be one number"):
        DescentExplorer(noise=ol.GradientNoise(np.array([0.1, 0.2])))


# In a browser.


@pytest.fixture
def write_page(tmp_path: Path) -> Callable[..., str]:
    return partial(tools.write_page, tmp_path)


@pytest.fixture
def race() -> DescentExplorer:
    return DescentExplorer("himmelblau", [ol.SGD(lr=0.01), ol.Adam(lr=0.1)], steps=200)


def test_a_link_opens_what_was_on_screen(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race, race))
    figure.locator(".ole-handle").press("Shift+ArrowRight")
    figure.get_by_text("Choose optimizers").click()
    figure.get_by_role("button", name="Lion").click()
    figure.get_by_label("σ gradient noise").fill("90")
    figure.get_by_text("Copy link").click()
    settle(page)
    keys = list(race.spec["initial"])
    before = {key: figure.evaluate(GET, key) for key in keys}
    assert before["race"] == [0, 1, "Lion"]
    address = page.evaluate("location.href")
    assert "#explorer-1=1~himmelblau~" in address
    page.goto("about:blank")
    figure = live(page, address)
    assert {key: figure.evaluate(GET, key) for key in keys} == before
    other = address.replace("explorer-1", "explorer-2").replace("~himmelblau~", "~beale~")
    page.evaluate("(address) => { location.href = address; }", other)  # the same page, another hash
    page.wait_for_function(
        "() => document.querySelectorAll('figure')[1].explorer?.model.get('surface_name') === 'beale'"
    )
    assert figure.evaluate(GET, "surface_name") == "himmelblau"
    assert page.records.errors == []


BAD_LINKS = ["#explorer-1=", "#explorer-1=%", "#explorer-1=<img src=x onerror=alert(1)>", "#explorer-9=1~beale",
             "#explorer-1=1~__proto__~~0,0~1~0~0~0~~0~0:1", "#explorer-1=" + "9" * 3900, "#section"]  # fmt: skip


def test_a_bad_link_opens_the_default(page: Any, write_page: Any, race: DescentExplorer) -> None:
    address = write_page(race)
    for hash in BAD_LINKS:
        page.goto("about:blank")
        figure = live(page, address + hash)
        assert {key: figure.evaluate(GET, key) for key in race.spec["initial"]} == race.spec["initial"]
    for hash in BAD_LINKS:  # on a page that is open
        page.evaluate("(hash) => { location.hash = hash; }", hash)
        settle(page)
        assert {key: figure.evaluate(GET, key) for key in race.spec["initial"]} == race.spec["initial"]
    assert page.records.errors == []


def test_copies_python(new_page: Any, write_page: Any, race: DescentExplorer) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    figure = live(page, write_page(race))
    button = figure.get_by_text("Copy as Python")
    button.focus()
    page.keyboard.press("Enter")
    figure.get_by_text("Copied").wait_for()
    code = figure.locator(".ole-code")
    assert page.evaluate("navigator.clipboard.readText()") == code.text_content()
    figure.locator(".ole-handle").press("ArrowRight")
    settle(page)
    scope: dict[str, Any] = {}
    exec(code.text_content(), scope)  # it follows what is on screen
    theta = figure.evaluate("(f) => Array.from(f.explorer.model.get('runs')[1].theta)")
    np.testing.assert_array_equal(np.reshape(theta, (-1, 2)), scope["runs"][1].theta)


def test_optimizers_join_and_leave(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    assert not figure.get_by_role("button", name="Yogi").is_visible()
    figure.get_by_text("Choose optimizers").click()
    for name in ("Yogi", "AMSGrad"):
        figure.get_by_role("button", name=name).focus()
        page.keyboard.press("Space")
    settle(page)
    labels = figure.locator(".ole-label").all_inner_texts()
    assert labels == ["SGD", "Adam", "Yogi", "AMSGrad"]
    assert figure.get_by_role("button", name="Yogi").get_attribute("aria-pressed") == "true"
    figure.get_by_role("button", name="SGD", exact=True).click()
    figure.get_by_role("button", name="Adam", exact=True).click()
    figure.get_by_role("button", name="AMSGrad").click()
    settle(page)
    assert figure.locator(".ole-label").all_inner_texts() == ["Yogi"]
    assert figure.get_by_role("button", name="Yogi").is_disabled()  # one has to stay
    figure.get_by_text("Reset").click()
    settle(page)
    assert figure.locator(".ole-label").all_inner_texts() == ["SGD", "Adam"]
    assert page.records.errors == []


def test_scenes_and_goals(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    assert figure.locator(".ole-done").count() == 0
    for name in ("Ravine", "Leaving a saddle", "In noise"):
        figure.get_by_role("button", name=name).click()
        settle(page)
        assert figure.locator(".ole-done").count() == 0, name  # a scene alone reaches no goal
    figure.get_by_text("Reset").click()
    figure.get_by_label("Adjust SGD").check(force=True)
    settle(page)  # until then the sliders are those of the run before
    rate = figure.get_by_label("η learning rate")
    rate.fill(rate.get_attribute("max"))
    figure.locator(".ole-done").first.wait_for()  # on a busy machine the new run takes more than a few frames
    assert figure.locator(".ole-done").all_inner_texts() == [
        "Raise a learning rate until exactly one run diverges: reached"
    ]


def test_zooms_by_buttons_keys_wheel_and_fingers(new_page: Any, write_page: Any, race: DescentExplorer) -> None:
    page = new_page(800, 900, has_touch=True)
    figure = live(page, write_page(race))
    whole = figure.get_by_label("Whole map")
    assert whole.is_disabled()

    def reached(act: Callable[[], None]) -> list[float]:
        act()
        settle(page)
        zoom = figure.evaluate(GET, "zoom")
        assert zoom
        assert zoom[2] > 1.3
        assert whole.is_enabled()
        whole.click()
        settle(page)
        assert figure.evaluate(GET, "zoom") == []
        return zoom

    adam = ol.descend(ol.Adam(lr=0.1), ol.Himmelblau(), (0.0, -4.5), 200).theta[-1]
    for act in (figure.get_by_label("Zoom in").click, lambda: figure.locator(".ole-handle").press("+")):
        assert reached(act) == pytest.approx([*adam, 1.6], rel=1e-6)  # toward the run whose sliders are shown
    box = figure.locator(".ole-map").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 150)
    page.mouse.wheel(0, -120)
    settle(page)
    figure.locator(".ole-reset").last.focus()
    page.mouse.wheel(0, -120)
    settle(page)
    assert figure.evaluate(GET, "zoom") == []  # elsewhere a wheel scrolls the page
    figure.locator(".ole-handle").focus()
    reached(lambda: (page.mouse.wheel(0, -120), page.wait_for_timeout(100)))

    session = page.context.new_cdp_session(page)

    def pinch() -> None:
        touch = lambda kind, *at: session.send(  # noqa: E731
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(at)]},
        )
        x, y = box["x"] + 150, box["y"] + 120
        touch("touchStart", (x, y), (x + 40, y))
        for k in range(1, 6):
            touch("touchMove", (x - 8 * k, y), (x + 40 + 8 * k, y))
            settle(page)
        touch("touchEnd")

    start = figure.evaluate(GET, "start")
    reached(pinch)
    assert figure.evaluate(GET, "start") == start
    assert page.records.errors == []


def test_hovering_the_losses_shows_that_step_on_the_map(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    picture = "(f) => f.querySelectorAll('.ole-map canvas')[1].toDataURL()"
    before, t = figure.evaluate(picture), figure.evaluate(GET, "t")
    box = figure.locator(".ole-chart").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 100)
    settle(page)
    assert figure.evaluate(picture) != before
    assert figure.evaluate(GET, "t") == t  # it is a look, not a setting
    page.mouse.move(2, 2)
    settle(page)
    assert figure.evaluate(picture) == before


def test_effective_rates_are_those_of_the_rule(page: Any, write_page: Any, race: DescentExplorer) -> None:
    figure = live(page, write_page(race))
    v = ol.descend(ol.Adam(lr=0.1), ol.Himmelblau(), (0.0, -4.5), 200, record=["v"]).state["v"][200]
    expected = 0.1 / (np.sqrt(v / (1 - 0.999**200)) + 1e-8)
    shown = [float(x) for x in re.findall(r"[\d.]+", figure.locator(".ole-rates").inner_text().split("=")[1])]
    np.testing.assert_allclose(shown, expected, rtol=0.05)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_lies_over_anything_else(new_page: Any, write_page: Any, lang: str) -> None:
    page = new_page(360, 1600)
    figure = live(page, write_page(DescentExplorer("quadratic"), lang=lang))
    for width, name in itertools.product((360, 480, 600, 740, 880), ("quadratic", "rosenbrock", "double_well")):
        page.set_viewport_size({"width": width, "height": 1600})
        settle(page)
        figure.locator("select").select_option(name)
        settle(page)
        over = figure.evaluate("""(figure) => {
          const found = [...figure.querySelectorAll(".ole-preset, .ole-top select, .ole-top .ole-slider,"
            + ".ole-noise button, .ole-plot, .ole-bar, .ole-table, .ole-panel, .ole-choose, .ole-goals,"
            + ".ole-foot button, .ole-start")]
            .filter((e) => e.getClientRects().length && !e.matches(".ole-chip"));
          const boxes = found.map((e) => [e, e.getBoundingClientRect()]), pairs = [];
          boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
            const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
            const t = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (w > 1 && t > 1) pairs.push([a.className || a.tagName, b.className || b.tagName]);
          }));
          for (const cell of figure.querySelectorAll(".ole-loss, .ole-theta"))
            if (cell.scrollWidth > cell.clientWidth + 1) pairs.push(["cell", cell.textContent]);
          return pairs;
        }""")
        assert over == [], (width, name)


def test_the_snapshot_follows_the_pages_theme(new_page: Any, write_page: Any, race: DescentExplorer) -> None:
    def corner(theme: str, scheme: str) -> list[int]:
        page = new_page(800, 500, color_scheme=scheme, bypass_csp=True)  # for the style below
        page.goto(write_page(race, theme=theme))
        page.add_style_tag(content="figure > img { display: block !important } .ole-host { display: none }")
        png = page.locator("figure img").screenshot()
        return page.evaluate(
            """async (png) => {
              const image = new Image();
              image.src = "data:image/png;base64," + png;
              await image.decode();
              const canvas = Object.assign(document.createElement("canvas"), { width: 9, height: 9 });
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              return [...context.getImageData(3, 3, 1, 1).data.slice(0, 3)];
            }""",
            base64.b64encode(png).decode(),
        )

    for scheme in ("light", "dark"):  # what the reader's system prefers does not count
        assert corner("light", scheme) == [255, 255, 255]
        assert corner("dark", scheme) == [0x14, 0x18, 0x1E]
