"""Explorers in a real JupyterLab: the kernel computes, with a reader's own rule; all twelve come to life."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import optimlib as ol
from benchmarks.lab import ANSWER, STUDENTS_RULE, jupyterlab, notebook, run_cell
from optimlib.explorers.bundler import VIEWS

RACE = f"""{STUDENTS_RULE}
explorer = ol.DescentExplorer(ol.Saddle(), [ol.SGD(lr=0.05), SignDescent()], steps=100, lang="en")
explorer"""
PROBE = 'print("start", list(explorer.start), "y", float(explorer.trajectories[1].theta[3, 1]))'
ALL = f"""import optimlib as ol
explorers = [getattr(ol, name)(lang="zh") for name in {list(VIEWS)}]
display(*explorers)"""
TOLD = """import json
print(json.dumps([{key: getattr(e, key) for key in e.spec["initial"]} for e in explorers]))"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The addresses of two notebooks, by their names."""
    notebooks = {"race": notebook(RACE, PROBE), "all": notebook(ALL, TOLD)}
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebooks) as address:
        yield address


def test_the_kernel_computes_what_the_reader_sets(lab: Callable[[str], str], new_page: Any) -> None:
    page = new_page(1400, 1000)
    page.goto(lab("race"))
    cell = run_cell(page, 0)
    explorer = page.locator(".ole")
    page.locator(".ole, .jp-CodeCell .jp-RenderedText").first.wait_for(timeout=60_000)
    assert explorer.is_visible(), cell.locator(".jp-OutputArea").inner_text()
    row = explorer.locator(".ole-row").nth(2)
    assert "SignDescent" in row.inner_text()
    theta = row.locator(".ole-theta")
    page.wait_for_function("(e) => e.textContent.startsWith('(')", arg=theta.element_handle())

    # The reader's rule has a slider; the kernel runs it anew, the picture and the numbers move.
    picture = explorer.locator(".ole-map canvas").nth(1)
    old_picture, old_theta = picture.evaluate("(c) => c.toDataURL()"), theta.inner_text()
    rate = explorer.get_by_label("η learning rate")
    rate.focus()
    selected = page.locator(".jp-Cell.jp-mod-selected").count(), active_cell(page)
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    page.wait_for_function("([e, old]) => e.textContent !== old", arg=[theta.element_handle(), old_theta])
    assert picture.evaluate("(c) => c.toDataURL()") != old_picture
    assert (page.locator(".jp-Cell.jp-mod-selected").count(), active_cell(page)) == selected  # Lab heard no arrows
    assert rate.evaluate("(e) => document.activeElement === e")

    # A move is answered at once: the quickest of some, since the machine may have other things to do.
    answers = [page.evaluate(ANSWER, [rate.element_handle(), theta.element_handle()]) for _ in range(10)]
    assert min(answers) < 100, answers

    # The start moves by keyboard; Python has the same start and the same run.
    handle = explorer.locator(".ole-handle")
    handle.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    start_text = explorer.locator(".ole-start")
    page.wait_for_function("(e) => !e.textContent.includes('(−1.600')", arg=start_text.element_handle())
    eta = float(rate.get_attribute("aria-valuetext"))
    explorer.get_by_label("Step t").fill("3")
    output = run_cell(page, 1).locator(".jp-OutputArea-output")
    output.wait_for(timeout=20_000)
    x, y, python_y = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", output.inner_text())]
    assert [text(x), text(y)] == re.findall(r"−?\d+\.\d{3}", start_text.inner_text())
    page.wait_for_function(  # the picture follows the kernel's answer
        "([e, y]) => e.textContent.endsWith(`, ${y})`)", arg=[theta.element_handle(), text(python_y)]
    )
    run = ol.descend(ol.SGD(lr=0.05), ol.Saddle(), [x, y], 100)
    told = explorer.locator(".ole-row").nth(1).locator(".ole-theta").inner_text()
    assert told == f"({text(run.theta[3, 0])}, {text(run.theta[3, 1])})"
    assert eta > 0.02

    # What the reader's rule raises is said in the figure, and the explorer lives on.
    rate.fill(str(rate.get_attribute("max")))
    trouble = explorer.locator(".ole-trouble")
    trouble.wait_for(timeout=10_000)
    assert trouble.inner_text() == "SignDescent: RuntimeError: too hasty"
    rate.fill("0")
    trouble.wait_for(state="hidden", timeout=10_000)
    page.wait_for_function("(e) => e.textContent.startsWith('(')", arg=theta.element_handle())


def test_all_explorers_come_to_life_and_tell_the_kernel(lab: Callable[[str], str], new_page: Any) -> None:
    page = new_page(1400, 1000)
    page.goto(lab("all"))
    cell = run_cell(page, 0)
    figures = page.locator(".ole")
    figures.nth(len(VIEWS) - 1).wait_for(timeout=60_000)
    assert figures.count() == len(VIEWS), cell.locator(".jp-OutputArea").inner_text()[:2000]
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        assert figure.locator("canvas").first.evaluate("(c) => c.toDataURL().length") > 2000  # something is drawn
        assert not re.search("undefined|NaN|｜|Reset", figure.inner_text())
        figure.locator(".ole-scenes .ole-preset").last.click()
    told: list[dict[str, Any]] = []
    for _ in range(10):  # messages to the kernel arrive one after the other
        output = run_cell(page, 1).locator(".jp-OutputArea-output")
        output.wait_for(timeout=20_000)
        told = json.loads(output.inner_text())
        explorers = [getattr(ol, name)() for name in VIEWS]
        if all(settings != explorer.spec["initial"] for settings, explorer in zip(told, explorers, strict=True)):
            break
    by_name = dict(zip(VIEWS, told, strict=True))
    assert by_name["DescentExplorer"]["sigma"] == 10
    assert by_name["StalenessExplorer"] == {"lr": 0.155, "tau": 10}
    assert by_name["BasinExplorer"]["surface"] == "double_well"
    assert by_name["SensitivityExplorer"]["scaled"] is True


def test_an_answer_takes_the_kernel_little_work() -> None:
    scope: dict[str, Any] = {}
    exec(STUDENTS_RULE, scope)
    explorer = ol.DescentExplorer("rosenbrock", [ol.SGD(lr=0.001), ol.Adam(lr=0.1), scope["SignDescent"]()])
    spent = []
    for k in range(12):
        began = time.process_time()
        explorer.hyper = [*explorer.hyper[:2], {"lr": 0.01 + 0.001 * k}]
        spent.append(time.process_time() - began)
    assert min(spent) < 0.05


def text(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def active_cell(page: Any) -> int:
    return page.evaluate("[...document.querySelectorAll('.jp-Cell')].findIndex((c) => c.matches('.jp-mod-active'))")
