"""ScheduleExplorer: rates and runs are those of optimlib; readers' own schedules are drawn as they are."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import study_checks as checks
from explorer_tools import STICKING_OUT, call, doubles, engine, live, same, settle, write_page
from hypothesis import given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

import optimlib as ol
from optimlib.explorers import ScheduleExplorer
from optimlib.explorers.schedule_explorer import KAPPA, LIMITS, NAMES, SEEDS, STEPS

GLUE = """
globalThis.all = (settings, own) => {
  const { rates, run, still } = scheduleState(settings, { own });
  return JSON.stringify([rates, run.theta, run.loss, run.mean, still.loss].map(bytes));
};
globalThis.rates = (settings) => JSON.stringify(bytes(ratesOf(settings)));
globalThis.fields = () => JSON.stringify(FIELDS.map(({ when, ...field }) => field));
const used = (schedule) => FIELDS.filter(({ when }) => when?.({ schedule })).map(({ key }) => key);
globalThis.shown = (schedule) => JSON.stringify(used(schedule));
globalThis.facts = () => JSON.stringify([STEPS, KAPPA, START, Object.keys(SCHEDULES)]);
"""
# Schedules whose arithmetic has only + − × ÷ √; the others' powers and cosines may differ by an ulp.
EXACT = ("ConstantRate", "InverseTime", "InverseSqrt", "WarmUpStableDecay")


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    return engine("ScheduleExplorer", GLUE)


def values(key: str) -> st.SearchStrategy:
    low, high, _ = LIMITS[key]
    return st.integers(low, high) if isinstance(low, int) else st.floats(low, high)


@pytest.fixture(scope="module")
def any_schedule() -> ScheduleExplorer:
    return ScheduleExplorer()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_rates_of_each_schedule(js: MiniRacer, any_schedule: Any, name: str, data: st.DataObject) -> None:
    any_schedule.schedule = name
    for key in call(js, "shown", name):
        setattr(any_schedule, key, data.draw(values(key), key))
    found, expected = doubles(call(js, "rates", any_schedule.settings)), any_schedule.rates
    np.testing.assert_allclose(found, expected, rtol=0.0 if name in EXACT else 1e-12, atol=0.0)


@settings(max_examples=240, derandomize=True, deadline=None, database=None)
@given(
    name=st.sampled_from(NAMES),
    seed=st.integers(0, SEEDS),
    numbers=st.fixed_dictionaries({k: values(k) for k in LIMITS}),
)
def test_rates_and_runs_are_optimlibs(js: MiniRacer, name: str, seed: int, numbers: dict[str, float]) -> None:
    explorer = ScheduleExplorer(name, seed=seed)
    for key, value in numbers.items():
        setattr(explorer, key, value)
    rates, theta, loss, mean, still = call(js, "all", explorer.settings, None)
    run, expected = explorer.trajectory, explorer.rates
    if name in EXACT:
        same(rates, expected)
        same(theta, run.theta)
        same(loss, run.loss)
        same(mean, explorer.mean)
    else:
        close(rates, expected, np.maximum(expected, 1e-300))
        close(theta, run.theta, 1 + np.maximum.accumulate(np.abs(run.theta).max(-1, keepdims=True)))
        close(loss, run.loss, 1 + np.maximum.accumulate(run.loss))
        close(mean, explorer.mean, 1 + np.maximum.accumulate(explorer.mean))
    same(still, explorer.constant.loss)


def close(found: str, expected: np.ndarray, scale: np.ndarray) -> None:
    """To 1e-12 of the size that the run has had."""
    gap = np.abs(doubles(found).reshape(expected.shape) - expected)
    assert np.max(gap / scale) <= 1e-12


def test_the_mean_is_that_of_many_runs() -> None:
    explorer = ScheduleExplorer("StepDecay")
    losses = np.mean([ScheduleExplorer("StepDecay", seed=seed).trajectory.loss for seed in range(400)], axis=0)
    np.testing.assert_allclose(losses[1:], explorer.mean[1:], rtol=0.25)


def test_the_tables_are_pythons(js: MiniRacer) -> None:
    fields = {field["key"]: field for field in call(js, "fields")}
    assert {key: field["first"] for key, field in fields.items()} == ScheduleExplorer().settings
    for key, (low, high, first) in {**LIMITS, "seed": (0, SEEDS, 1)}.items():
        slider = fields[key]["slider"]
        assert (slider["min"], slider["max"], fields[key]["first"]) == (low, high, first)
        assert (slider["kind"] == "integer") == isinstance(low, int)
        assert slider.get("symbol") != "κ"  # in the book that is the condition number
    steps, kappa, start, names = call(js, "facts")
    assert (steps, kappa, tuple(start)) == (STEPS, KAPPA, ol.Quadratic.start)
    assert set(names) == set(NAMES) == {value for value, _ in fields["schedule"]["choices"]}
    assert set(NAMES) == set(ol.SCHEDULES)
    from optimlib.explorers.schedule_explorer import ARGUMENTS

    for name, arguments in ARGUMENTS.items():  # exactly the sliders that count are shown
        assert set(call(js, "shown", name)) == {"lr", *arguments.values()}


@pytest.mark.parametrize(
    "schedule",
    [
        ol.ConstantRate(0.1),
        ol.StepDecay(0.2, every=30, factor=0.5),
        ol.ExponentialDecay(0.2, 0.95),
        ol.InverseTime(0.1, 0.1),
        ol.InverseSqrt(0.1, warm_up=15),
        ol.PolynomialDecay(0.25, 100, power=2.0, end=0.0625),
        ol.CosineDecay(0.25, 150, end=0.03125),
        ol.CosineRestarts(0.1, 20, factor=2),
        ol.WarmUp(ol.CosineDecay(0.125, 100), 10),
        ol.WarmUpStableDecay(0.1, 150, warm_up=10, decay=50),
        ol.OneCycle(0.2, 150, rise=0.4, div=10.0, final_div=50.0),
    ],
)
def test_instances_become_settings(schedule: Any) -> None:
    explorer = ScheduleExplorer(schedule)
    assert explorer.schedule == type(schedule).__name__
    assert explorer.now == schedule
    np.testing.assert_array_equal(explorer.rates, schedule(np.arange(1, STEPS + 1)))
    if explorer.schedule != "WarmUp":
        run = ol.descend(ol.SGD(schedule), ol.Quadratic(), ol.Quadratic.start, STEPS, noise=ol.GradientNoise(0.5, 1))
        np.testing.assert_array_equal(explorer.trajectory.theta, run.theta)


def zigzag(t: int) -> float:
    return 0.1 if t % 20 < 10 else 0.01


def test_a_readers_own_schedule_is_drawn_as_it_is(js: MiniRacer, page: Any, tmp_path: Path) -> None:
    explorer = ScheduleExplorer(zigzag)
    rates, theta, *_ = call(js, "all", explorer.settings, explorer.spec["own"])
    same(rates, [zigzag(t) for t in range(1, STEPS + 1)])
    same(theta, explorer.trajectory.theta)
    figure = live(page, write_page(tmp_path, explorer))
    assert figure.get_by_label("Schedule", exact=True).input_value() == "own"
    assert "zigzag" in figure.locator(".ole-results").inner_text()
    assert figure.locator(".ole-slider:visible").count() == 1  # only the noise
    far = ol.CosineDecay(3.0, 5000)  # beyond the sliders
    assert ScheduleExplorer(far).schedule == "own"
    np.testing.assert_array_equal(ScheduleExplorer(far).rates, far(np.arange(1, STEPS + 1)))
    assert page.records.errors == []


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"schedule": "Cosine"}, ValueError, "schedule must be one of ConstantRate"),
        ({"schedule": 0.1}, TypeError, "schedule must be one of ConstantRate"),
        ({"schedule": ol.CosineDecay}, TypeError, "a callable t -> rate, got <class"),
        ({"schedule": lambda t: -1.0}, ValueError, "schedule must give finite rates >= 0"),
        ({"schedule": lambda t: "x"}, TypeError, "schedule(t) must be a number, got 'x'"),
        ({"schedule": ol.ConstantRate(np.array([0.1, 0.2]))}, ValueError, "schedule must have one rate for one run"),
        ({"noise": -1.0}, ValueError, "noise must be a number from 0 to 2, got -1.0"),
        ({"seed": 0.5}, TypeError, "seed must be an integer"),
        ({"lang": "fr"}, ValueError, "lang must be one of"),
        ({"caption": 3}, TypeError, "caption must be a string"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        ScheduleExplorer(**arguments)


@pytest.mark.parametrize("schedule", ["CosineDecay", "WarmUp", "OneCycle", zigzag])
def test_stored_output_is_stable_and_has_no_words(schedule: Any) -> None:
    explorer = ScheduleExplorer(schedule)
    assert explorer.to_html() == ScheduleExplorer(schedule).to_html()
    assert not re.search(r"[\u3400-\u9fff]|｜", explorer._snapshot())
    assert len(explorer._snapshot()) < 90_000
    assert ol.ScheduleExplorer is ScheduleExplorer


@pytest.mark.parametrize("width", [360, 752, 1280])
def test_every_schedule_has_its_sliders_and_its_room(new_page: Any, tmp_path: Path, js: MiniRacer, width: int) -> None:
    page = new_page(width)
    figure = live(page, write_page(tmp_path, ScheduleExplorer()))
    heights, free = set(), figure.locator(".ole-sheet").evaluate("(e) => getComputedStyle(e).minHeight")
    for name in NAMES:
        figure.get_by_label("Schedule", exact=True).select_option(name)
        settle(page)
        sliders = figure.locator(".ole-slider:visible input")
        keys = [slider.get_attribute("data-key") for slider in sliders.all()]
        assert sorted(keys) == sorted([*call(js, "shown", name), "noise"])
        heights.add(figure.locator(".ole-sheet").bounding_box()["height"])
        assert figure.evaluate(STICKING_OUT) == []
    assert heights == {float(free.removesuffix("px"))}
    if width == 1280:  # keys move a slider, and the numbers on the page are optimlib's
        figure.get_by_label("Schedule", exact=True).select_option("StepDecay")
        settle(page)
        figure.get_by_label("n steps per cut").press("ArrowLeft")
        settle(page)
        assert checks.settings_of(figure)["every"] == 59
        explorer = ScheduleExplorer(ol.StepDecay(0.15, every=59, factor=0.3))
        cells = figure.locator(".ole-results tbody tr").first.locator("td").all_inner_texts()
        expected = [explorer.rates[-1], explorer.trajectory.loss[-1], explorer.mean[-1]]
        np.testing.assert_allclose([checks.number(cell) for cell in cells], expected, rtol=5e-3)
    assert page.records.errors == []


def test_goals_can_be_reached(page: Any, tmp_path: Path) -> None:
    figure = live(page, write_page(tmp_path, ScheduleExplorer()))
    exponential = {"schedule": "ExponentialDecay", "lr": 0.15, "noise": 0.5}
    ways = [{**exponential, "shrink": 0.975}, {"schedule": "CosineDecay", "lr": 0.25}, {**exponential, "shrink": 0.81}]
    checks.check_goals(page, figure, ways)


def test_page(tmp_path: Path, new_page: Any) -> None:
    checks.check_sheet(tmp_path, new_page, ScheduleExplorer)
