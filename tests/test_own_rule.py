"""The reader's own rule in DescentExplorer: written in the page, raced with the others, taken along to a notebook."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample_book
from conftest import served
from explorer_tools import GET, STICKING_OUT, live, settle, write_page
from py_mini_racer import MiniRacer
from sample_book import PAGE, notebook, pair, shown
from visits import violations

import optimlib as ol
from benchmarks.explorers import longest_task
from book.build import build
from book.extensions.python import OWN
from optimlib.explorers import DescentExplorer, descent_inputs
from optimlib.explorers.bundler import bundle

BUTTON = {"zh": ("你的规则", "移除你的规则"), "en": ("Your rule", "Remove your rule")}
FRAME = 100  # milliseconds that the page may be held up
PLAIN = """from math import sqrt


class Scaled:
    lr = 0.05
    beta = 0.9

    def init(self, theta):
        return {"v": 0.0 * theta}

    def update(self, grad, state):
        v = self.beta * state["v"] + (1 - self.beta) * grad**2
        return -self.lr * grad / (sqrt(v) + 1e-8), {"v": v}
"""
DECAYING = """from dataclasses import dataclass


@dataclass(frozen=True)
class Decaying:
    lr: float = 0.01
    shrink: float = 0.1
    reads = ("theta",)

    def init(self, theta):
        return {"t": 0}

    def update(self, grad, state, *, theta):
        t = state["t"] + 1
        return -self.lr * (grad + self.shrink * theta) / t**0.5, {"t": t}
"""
ENDLESS = PLAIN.replace("        v = self", "        while grad:\n            pass\n        v = self")
# Which frames of a drag showed a run of the reader's rule, and how far each led.
WATCH = """(figure) => {
  window.seen = [];
  const look = () => { window.seen.push(Boolean(figure.explorer.model.get("runs").at(-1)?.loss.length)); };
  figure.explorer.model.on("change:runs", look);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book whose chapter has two explorers."""
    root = sample_book.make_book(tmp_path_factory.mktemp("book"))
    explorers = (DescentExplorer(), DescentExplorer("himmelblau", [ol.SGD(lr=0.01), ol.Adam(lr=0.1)], steps=200))
    cells = [
        {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "ol.DescentExplorer()",
         "outputs": [shown("text/html", explorer.to_html())]}
        for explorer in explorers
    ]  # fmt: skip
    title = pair("(sample-race)=\n# 竞赛", "(sample-race)=\n# A race")
    sample_book.write(root / f"{PAGE}.ipynb", notebook(title, cells[:1], cells[1:]))
    return build(root)


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def figure_of(page: Any, url: str, language: str = "en", number: int = 0, hash: str = "") -> Any:
    """Go to the chapter and wait for one of its explorers."""
    live(page, f"{url}/{language}/{PAGE}.html{hash}")
    figure = page.locator("figure[data-explorer]").nth(number)
    figure.scroll_into_view_if_needed()
    figure.locator(".ole").wait_for()
    settle(page)
    return figure


def press(figure: Any, language: str = "en") -> None:
    """Ask for the rule, and wait for its first run."""
    figure.get_by_role("button", name=BUTTON[language][0], exact=True).click()
    rest(figure)


def rest(figure: Any) -> None:
    """Wait until the reader's rule has run with what is on screen."""
    settle(figure.page)
    figure.locator(".py-verdict[aria-busy=false]").wait_for(state="attached")
    settle(figure.page)


def write(figure: Any, text: str, wait: bool = True) -> None:
    """Write another text in the place of the one that is there, and run it."""
    figure.locator("textarea").focus()
    figure.page.keyboard.press("Control+a")
    figure.page.keyboard.insert_text(text)
    figure.page.keyboard.press("Control+Enter")
    if wait:
        rest(figure)


def opened(page: Any, url: str, language: str = "en", text: str = "", number: int = 0) -> Any:
    figure = figure_of(page, url, language, number)
    press(figure, language)
    if text:
        write(figure, text)
    return figure


def own_run(figure: Any) -> np.ndarray:
    """θ (steps + 1, 2) of the reader's rule, which stands last in the race."""
    return np.reshape(figure.evaluate("(f) => [...f.explorer.model.get('runs').at(-1).theta]"), (-1, 2))


def labels(figure: Any) -> list[str]:
    return figure.locator(".ole-label").all_inner_texts()


def copied(figure: Any, name: str = "Copy for the notebook") -> str:
    figure.get_by_role("button", name=name, exact=True).click()
    figure.get_by_role("button", name=re.compile("Copied|已复制")).first.wait_for()
    return figure.page.evaluate("navigator.clipboard.readText()")


def executed(code: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(compile(code, "cell", "exec"), scope)
    return scope


def explorer_in(code: str) -> DescentExplorer:
    """The explorer that a copied cell makes."""
    *lines, last = code.rstrip().split("\n")
    assert last.startswith("ol.DescentExplorer(surface, optimizers, ")
    return executed("\n".join([*lines, f"explorer = {last}"]))["explorer"]


# The path in the race.


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_starter_races_beside_the_others(url: str, page: Any, language: str) -> None:
    figure = figure_of(page, url, language)
    before = labels(figure)
    scripts = page.evaluate("[...document.querySelectorAll('script[defer][src]')].map((script) => script.src)")
    order = [name for src in scripts for name in ("write.js", "explorers.js") if f"/{name}?" in src]
    assert order == ["write.js", "explorers.js"], "the second asks for what the first offers"
    assert not [address for address in page.records.requests if "/python-" in address], "nothing before the reader asks"
    press(figure, language)
    assert labels(figure) == [*before, "MyRule"]
    assert figure.locator(".ole-row").last.evaluate("row => row.style.getPropertyValue('--color')") == ol.plots.OTHER[0]
    assert figure.locator(".ole-panel .ole-slider").count() == 2
    assert figure.locator(".ole-panel input").first.evaluate("i => i.dataset.key") == "lr"
    run = own_run(figure)
    assert run.shape == (301, 2)
    np.testing.assert_allclose(run[-1], 0, atol=1e-6)
    shown = figure.locator(".ole-row").last.locator(".ole-loss").inner_text()
    assert re.match(r"[\d.]+", shown)
    code = figure.locator("textarea").input_value()
    assert len(code.split("def update")[1].strip().split("\n")) == 6
    assert bool(re.search(r"[\u3400-\u9fff]", code)) == (language == "zh")
    figure.get_by_role("button", name=BUTTON[language][1], exact=True).click()
    settle(page)
    assert labels(figure) == before
    assert figure.locator("textarea").count() == 0
    assert page.records.errors == []
    assert page.records.foreign == []


@pytest.mark.parametrize(
    "text",
    ["", PLAIN, PLAIN.replace("lr = 0.05", "lr = 1"), DECAYING],
    ids=["branches", "plain", "whole", "reads theta"],
)
@pytest.mark.parametrize("sigma", [0, 90])
def test_the_copy_for_a_notebook_computes_the_same_path(url: str, new_page: Any, text: str, sigma: int) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    figure = opened(page, url, text=text)
    figure.get_by_label("η learning rate").fill("110")
    if sigma:
        figure.get_by_label("σ gradient noise").fill(str(sigma))
    rest(figure)
    code = copied(figure)
    assert ("@ol.coordinatewise" in code) == (text == "")
    assert "from math" not in code
    explorer = explorer_in(code)
    ours = explorer.trajectories[-1].theta
    assert bool(explorer.sigma) == bool(sigma)
    np.testing.assert_allclose(own_run(figure), ours, rtol=1e-12, atol=1e-12)
    assert explorer.optimizers[-1].lr == figure.evaluate("(f) => f.explorer.model.get('hyper').at(-1).lr")
    others = figure.evaluate("(f) => f.explorer.model.get('runs').slice(0, -1).map((run) => [...run.theta])")
    for found, run in zip(others, explorer.trajectories[:-1], strict=True):
        np.testing.assert_array_equal(np.reshape(found, (-1, 2)), run.theta)
    program = copied(figure, "Copy as Python")
    np.testing.assert_array_equal(executed(program)["runs"][-1].theta, ours)
    assert figure.locator(".ole-code").text_content() == program


def test_sliders_follow_the_class(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    keys = "(f) => [...f.querySelectorAll('.ole-panel input')].map((input) => input.dataset.key)"
    hyper = "(f) => f.explorer.model.get('hyper').at(-1)"
    assert figure.evaluate(keys) == ["lr", "beta"]
    before = own_run(figure)
    figure.get_by_label("η learning rate").fill("40")
    rest(figure)
    assert not np.array_equal(own_run(figure), before)
    moved = figure.evaluate(hyper)
    assert moved["lr"] != 0.05
    write(figure, PLAIN.replace("1e-8", "1e-6"))  # the numbers of the class are the same: sliders stay
    assert figure.evaluate(hyper) == moved
    write(figure, PLAIN.replace("0.9", "0.5").replace("    lr = 0.05", "    gain = 2.0\n    lr = 0.05"))
    assert figure.evaluate(hyper) == {"gain": 2.0, "lr": moved["lr"], "beta": 0.5}
    assert figure.evaluate(keys) == ["gain", "lr", "beta"]
    write(figure, PLAIN.replace("0.05", "0.02"))
    assert figure.evaluate(hyper)["lr"] == 0.02
    assert page.records.errors == []


def test_whole_numbers_stay_whole(url: str, page: Any) -> None:
    text = PLAIN.replace("    lr = 0.05", "    times = 2\n    lr = 1").replace(
        "v = self", "for _ in range(self.times):\n            v = self"
    )
    figure = opened(page, url, text=text)
    hyper = "(f) => f.explorer.model.get('hyper').at(-1)"
    assert figure.evaluate(hyper) == {"times": 2, "lr": 1, "beta": 0.9}
    figure.locator("[data-key=times]").fill("3")
    figure.locator("[data-key=lr]").fill("150")
    rest(figure)
    moved = figure.evaluate(hyper)
    assert moved["times"] == 3
    assert 0 < moved["lr"] < 1
    assert labels(figure)[-1] == "Scaled"
    assert own_run(figure).shape == (301, 2), "no error"
    script = (OWN / "own_rule.js").read_text(encoding="utf-8")
    assert tuple(json.loads(re.search(r"const REAL = (\[.*\]);", script)[1])) == descent_inputs._REAL


def test_a_name_that_the_book_has_gets_a_mark(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN.replace("Scaled", "Adam"))
    assert labels(figure)[-2:] == ["Adam", "Adam (yours)"]
    assert figure.locator(".ole-rates").inner_text() == ""


# While it computes, and when it fails.


def test_typing_runs_it_and_errors_name_the_line(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    status, trouble = figure.locator(".py-verdict"), figure.locator(".ole-trouble")
    textarea = figure.locator("textarea")
    assert status.inner_text() == ""
    good = own_run(figure)
    page.keyboard.press("Control+End")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text("\n    oops = = 1")
    status.get_by_text("SyntaxError").wait_for()
    assert "Line 14" in status.inner_text()
    assert figure.locator(".py-wrong").inner_text().strip() == "oops = = 1"
    assert trouble.inner_text().startswith("Scaled: Line 14: SyntaxError")
    assert figure.locator(".ole-row").last.inner_text().split() == ["Scaled", "failed"]
    assert textarea.get_attribute("aria-invalid") == "true"
    for bad, line, what in (
        (PLAIN.replace("(sqrt(v) + 1e-8)", "state['v']"), 13, "ZeroDivisionError"),
        (PLAIN.replace('state["v"] +', "state['w'] +"), 12, "KeyError"),
        ("x = 1 / 0", 1, "ZeroDivisionError"),
    ):
        write(figure, bad)
        assert re.search(rf"[Ll]ine {line}\b", status.inner_text()), status.inner_text()
        assert what in status.inner_text()
        assert what in trouble.inner_text()
    write(figure, "lr = 0.1")
    assert "init and update" in status.inner_text()
    write(figure, PLAIN)
    assert status.inner_text() == "It runs again."
    assert not trouble.is_visible()
    np.testing.assert_array_equal(own_run(figure), good)
    assert page.records.errors == []


def test_what_it_prints_is_shown(url: str, page: Any) -> None:
    figure = opened(page, url, "zh", "print('你好｜hello')\n" + PLAIN)
    assert figure.locator(".py-verdict pre").inner_text() == "你好"
    write(figure, PLAIN.replace("        return {", "        print('θ =', theta)\n        return {"))
    started = figure.locator(".py-verdict pre", has_text="θ =").inner_text().splitlines()
    assert [float(line[3:]) for line in started] == figure.evaluate(GET, "start")
    write(figure, PLAIN.replace("        return -", "        print(v)\n        return -"))
    assert "后面的省略了" in figure.locator(".py-verdict pre", has_text="省略").inner_text()


def test_the_last_run_stays_until_the_next_one_comes(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    figure.evaluate(WATCH)
    handle = figure.locator(".ole-handle")
    handle.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    figure.get_by_label("Adjust SGD").check(force=True)
    settle(page)
    for position in range(60, 90, 3):
        figure.get_by_label("η learning rate").fill(str(position))
    rest(figure)
    seen = page.evaluate("window.seen")
    assert len(seen) > 10
    assert all(seen), "the path never vanishes"
    assert own_run(figure)[0].tolist() == figure.evaluate(GET, "start")
    figure.locator("select").select_option("saddle")
    rest(figure)
    assert not all(page.evaluate("window.seen")), "on another surface the last run would mislead"
    page.wait_for_function("() => document.querySelector('figure').explorer.model.get('runs').at(-1)")
    assert own_run(figure)[0].tolist() == figure.evaluate(GET, "start")
    assert page.records.errors == []


def test_an_endless_loop_leaves_the_page_alone(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    handle = figure.locator(".ole-handle")

    def drag() -> None:
        write(figure, ENDLESS, wait=False)
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for k in range(40):
            page.mouse.move(x + 3 * k, y + k % 7)
            page.wait_for_timeout(16)
        page.mouse.up()

    assert longest_task(page, drag) < FRAME
    figure.locator(".py-verdict[data-state=failed]", has_text="2 seconds").wait_for(timeout=10_000)
    assert "2 seconds" in figure.locator(".ole-trouble").inner_text()
    write(figure, PLAIN, wait=False)
    figure.locator(".py-verdict[data-state=open]").wait_for(timeout=10_000)
    rest(figure)
    assert own_run(figure)[0].tolist() == figure.evaluate(GET, "start")
    assert page.records.errors == []


def test_two_explorers_have_a_rule_each(url: str, page: Any) -> None:
    first = opened(page, url, text=PLAIN)
    before = own_run(first)
    second = page.locator("figure[data-explorer]").nth(1)
    second.scroll_into_view_if_needed()
    second.locator(".ole").wait_for()
    press(second)
    assert "MyRule" in second.locator("textarea").input_value()
    write(second, PLAIN.replace("Scaled", "Other").replace("0.05", "0.5"))
    second.locator(".ole-handle").press("ArrowLeft")
    first.locator(".ole-handle").press("ArrowLeft")
    settle(page)
    first.locator(".ole-handle").press("ArrowRight")
    rest(second)
    rest(first)
    assert labels(first)[-1] == "Scaled"
    assert labels(second) == ["SGD", "Adam", "Other"]
    np.testing.assert_array_equal(own_run(first), before)
    assert own_run(second).shape == (201, 2)
    assert own_run(second)[0].tolist() == second.evaluate(GET, "start")
    assert page.records.errors == []


# What stays, and what goes.


def test_what_was_written_is_there_after_a_reload(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    before = own_run(figure)
    page.reload()
    page.locator("figure[data-live] .ole").first.wait_for()
    figure = figure_of(page, url)
    assert labels(figure)[-1] == "Adam", "a rule comes back when the reader asks for it"
    press(figure)
    assert figure.locator("textarea").input_value() == PLAIN
    np.testing.assert_array_equal(own_run(figure), before)
    other = opened(page, url, "zh")  # editions share it
    assert other.locator("textarea").input_value() == PLAIN
    other.get_by_role("button", name="重置", exact=True).first.click()
    settle(page)
    assert "上坡" in other.locator("textarea").input_value()
    other = opened(page, url, "en")
    assert "MyRule" in other.locator("textarea").input_value()


def test_refused_storage_is_no_error(url: str, page: Any) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } });")
    figure = opened(page, url, text=PLAIN)
    assert labels(figure)[-1] == "Scaled"
    assert page.records.errors == []


def test_scenes_keep_it_and_a_reset_drops_it(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    figure.get_by_label("η learning rate").fill("40")
    for name, surface in (("Leaving a saddle", "saddle"), ("In noise", "quadratic")):
        figure.get_by_role("button", name=name).click()
        settle(page)
        page.wait_for_function("() => document.querySelector('figure').explorer.model.get('runs').at(-1)")
        rest(figure)
        assert figure.evaluate(GET, "surface_name") == surface
        assert labels(figure)[-1] == "Scaled"
        assert figure.evaluate(GET, "hyper")[-1] == {"lr": 0.05, "beta": 0.9}
        assert own_run(figure)[0].tolist() == figure.evaluate(GET, "start")
    chips = figure.get_by_role("button", name="SGD", exact=True)
    figure.get_by_text("Choose optimizers").click()
    for name in ("EMAMomentum", "Adam"):
        figure.get_by_role("button", name=name, exact=True).click()
    settle(page)
    assert labels(figure) == ["SGD", "Scaled"]
    assert chips.is_disabled(), "one rule of the book has to stay"
    figure.locator(".ole-foot").get_by_text("Reset").click()
    settle(page)
    assert labels(figure) == ["SGD", "Momentum", "RMSprop", "Adam"]
    assert figure.locator("textarea").count() == 0
    press(figure)
    assert figure.locator("textarea").input_value() == PLAIN
    assert page.records.errors == []


def test_a_link_shows_the_rest_of_the_race(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    figure.locator(".ole-handle").press("ArrowRight")
    settle(page)
    settings = {key: figure.evaluate(GET, key) for key in ("start", "race", "hyper", "shown", "steps", "t")}
    figure.get_by_text("Copy link").click()
    address = page.evaluate("location.href")
    assert "#explorer-1=" in address
    assert "yours" not in address
    page.goto("about:blank")
    figure = live(page, address)
    for key in ("start", "steps", "t"):
        assert figure.evaluate(GET, key) == settings[key]
    for key in ("race", "hyper", "shown"):
        assert figure.evaluate(GET, key) == settings[key][:-1]
    press(figure)
    page.evaluate(
        "address => { location.hash = new URL(address).hash.replace('quadratic', 'quadratic') + ''; }", address
    )
    page.evaluate("location.hash = location.hash.replace('~300~300~', '~300~200~')")
    page.wait_for_function("() => document.querySelector('figure').explorer.model.get('t') === 200")
    settle(page)
    assert labels(figure) == ["SGD", "Momentum", "RMSprop", "Adam"], "an opened link shows its own race"
    assert figure.locator("textarea").count() == 0
    assert page.records.errors == []


def test_play_and_zoom_go_on(url: str, page: Any) -> None:
    figure = opened(page, url, text=PLAIN)
    figure.get_by_label("Step t", exact=True).fill("0")
    figure.get_by_label("Play", exact=True).click()
    before = figure.evaluate_handle("f => f.explorer.model.get('yours')")
    write(figure, PLAIN.replace("1e-8", "1e-7"), wait=False)
    page.wait_for_function("run => document.querySelector('figure').explorer.model.get('yours') !== run", arg=before)
    assert figure.get_by_label("Pause", exact=True).is_visible(), "a new run does not stop the film"
    figure.get_by_label("Pause", exact=True).click()
    figure.get_by_label("Zoom in").click()
    settle(page)
    assert figure.evaluate(GET, "zoom")[2] == pytest.approx(1.6)
    picture = "(f) => f.querySelectorAll('.ole-map canvas')[1].toDataURL()"
    before = figure.evaluate(picture)
    figure.get_by_label("Show Scaled").uncheck()
    settle(page)
    assert figure.evaluate(picture) != before
    assert page.records.errors == []


# Hands, eyes, and places.


def test_by_keyboard_alone(url: str, page: Any) -> None:
    figure = figure_of(page, url)
    figure.get_by_role("button", name="Your rule", exact=True).focus()
    page.keyboard.press("Enter")
    rest(figure)
    active = "() => document.activeElement.tagName + ' ' + (document.activeElement.textContent || '')"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Your rule: Python code"
    page.keyboard.press("Control+End")
    page.keyboard.press("Tab")  # indents
    assert re.search(r'\{"u": u\} +$', figure.locator("textarea").input_value())
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(active) == "BUTTON Remove your rule"
    page.keyboard.press("Enter")
    settle(page)
    assert page.evaluate(active) == "BUTTON Your rule"
    assert labels(figure)[-1] == "Adam"


# Where the parts of a race stand in its figure, and how high they are.
PARTS = """(figure) => {
  const parts = ["map", "bar", "chart", "table", "panel", "choose summary", "aims", "foot"];
  const top = figure.getBoundingClientRect().top, boxes = parts.map((part) => figure.querySelector(`.ole-${part}`));
  const place = (box) => [box.getBoundingClientRect().top - top, box.getBoundingClientRect().height];
  return Object.fromEntries(boxes.map((box, i) => [parts[i], place(box)]));
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_phone_shows_the_path_and_the_code_at_once(url: str, new_page: Any, language: str) -> None:
    page = new_page(360, 740, has_touch=True, is_mobile=True, reduced_motion="reduce")
    figure = figure_of(page, url, language)
    before = figure.evaluate(PARTS)
    button = figure.locator(".ole-choose > .ole-reset")
    place = button.evaluate("b => b.getBoundingClientRect().right")
    button.tap()
    rest(figure)
    header = page.locator(".bd-header-article").bounding_box()
    path, code, tools = (figure.locator(part).bounding_box() for part in (".ole-map", "textarea", ".py-tools"))
    assert header["y"] + header["height"] <= path["y"], "nothing lies over the path"
    assert path["y"] + path["height"] < code["y"]
    assert tools["y"] + tools["height"] < 740, "path, player, and the whole class"
    assert not page.locator("#back-to-top").is_visible(), "nothing lies over the code"
    after = figure.evaluate(PARTS)
    editor = figure.locator(".own-rule").evaluate("panel => panel.getBoundingClientRect().height")
    row, sliders = 32, after["panel"][1] - before["panel"][1]
    # What stands above a part has grown by so much, and the part itself.
    moved = {
        "map": (0, 0),
        "bar": (0, 0),
        "chart": (editor, 0),
        "table": (editor, row),
        "panel": (editor + row, sliders),
    }
    for part, (top, height) in before.items():
        higher, grown = moved.get(part, (editor + row + sliders, 0))
        assert after[part] == pytest.approx([top + higher, height + grown], abs=1), part
    assert button.evaluate("b => b.getBoundingClientRect().right") == pytest.approx(place, abs=1)
    assert figure.evaluate(STICKING_OUT.replace(".ole *:not(", ".ole *:not(.prism-code-editor *, ")) == []
    write(figure, PLAIN * 3)
    assert figure.locator(".py-code").evaluate("code => code.scrollHeight > code.clientHeight"), "a long rule scrolls"
    # What is pressed to take it away stays under the finger.
    button.scroll_into_view_if_needed()
    where = button.bounding_box()["y"]
    button.tap()
    settle(page)
    assert figure.locator("textarea").count() == 0
    assert button.bounding_box()["y"] == pytest.approx(where, abs=40)  # a row of the table, and sliders
    assert figure.evaluate(PARTS) == before
    assert page.records.errors == []


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing(url: str, new_page: Any, language: str, scheme: str, width: int) -> None:
    page = new_page(width, 900, color_scheme=scheme, reduced_motion="reduce")
    figure = opened(page, url, language)
    page.evaluate("scrollTo(0, 0)")  # the page's header lies over nothing
    assert violations(page) == []
    write(figure, "print('a')\n" * 30 + PLAIN.replace("sqrt(v)", "sqrt(w)"))
    figure.locator(".py-wrong").wait_for()
    page.evaluate("scrollTo(0, 0)")
    assert violations(page) == []
    assert figure.evaluate(STICKING_OUT.replace(".ole *:not(", ".ole *:not(.prism-code-editor *, ")) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_from_a_folder_says_why_not(folder: Path, page: Any, language: str) -> None:
    live(page, (folder / language / f"{PAGE}.html").as_uri())
    figure = page.locator("figure[data-explorer]").first
    height = figure.evaluate("f => f.querySelector('.ole-body').getBoundingClientRect().height")
    figure.get_by_role("button", name=BUTTON[language][0], exact=True).click()
    note = figure.locator(".ole-choose [role=status]")
    assert re.search(
        {"zh": "从文件夹打开的页面不能运行Python", "en": "opened from a folder cannot run Python"}[language],
        note.inner_text(),
    )
    assert figure.locator("textarea").count() == 0
    assert figure.evaluate("f => f.querySelector('.ole-body').getBoundingClientRect().height") < height + 60
    assert page.records.errors == []


def test_without_a_book_around_it_there_is_no_control(page: Any, tmp_path: Path) -> None:
    """In JupyterLab the bundle runs, and there the reader has Python itself."""
    (tmp_path / "view.mjs").write_text(bundle("DescentExplorer"), encoding="utf-8")
    explorer = DescentExplorer("saddle", [ol.SGD(lr=0.1)], steps=20)
    figure = live(page, write_page(tmp_path, explorer))
    assert figure.locator(".ole-choose summary").is_visible()
    assert figure.locator(".ole-choose > button").count() == 0
    assert page.get_by_text("Your rule").count() == 0
    with served(tmp_path) as address:
        (tmp_path / "lab.html").write_text("<!doctype html><div id=place></div>", encoding="utf-8")
        page.goto(f"{address}/lab.html")
        values = json.dumps({**explorer.spec["initial"], "spec": explorer.spec, "lang": "en", "runs": []})
        page.evaluate(
            """async (values) => {
              const view = (await import("./view.mjs")).default, kept = JSON.parse(values);
              const set = (key, value) => (kept[key] = value), nothing = () => {};
              const model = { get: (key) => kept[key], set, save_changes: nothing, on: nothing, off: nothing };
              view.render({ model, el: document.getElementById("place") });
            }""",
            values,
        )
        assert page.locator(".ole-choose summary").is_visible()
        assert page.locator(".ole-choose button").count() > 10  # the rules of the book
        assert page.get_by_text("Your rule").count() == 0


# The text for a notebook.


@pytest.fixture(scope="module")
def js() -> MiniRacer:
    racer = MiniRacer()
    text = (OWN / "notebook.js").read_text(encoding="utf-8").replace("export function", "function")
    racer.eval(f"(() => {{ {text}\nObject.assign(globalThis, {{ suitsArrays, forNotebook, asFigure }}); }})();")
    return racer


def parts(js: MiniRacer, code: str, hyper: dict[str, float] | None = None, integers: tuple[str, ...] = ()) -> list[str]:
    return json.loads(
        js.eval(
            f"JSON.stringify(forNotebook({json.dumps(code)}, '', {json.dumps(hyper or {})}, {json.dumps(integers)}))"
        )
    )


@pytest.mark.parametrize(
    ("line", "suits"),
    [
        ("step = -self.lr * grad", True), ("step = -self.lr * grad / (abs(grad) + self.eps)", True),
        ('m = state["if v > 0"]  # while it lasts, and not longer', True), ("'''\nif\n'''", True),
        ("def scaled(x: float) -> float:\n    return x", True), ("m = self.decayed(grad)", True),
        ("if grad > 0:\n    pass", False), ("m = grad if t else 0", False), ("m = max(grad, 0)", False),
        ("m = (grad > 0) * 1.0", False), ("m = t == 1", False), ("m += grad", False), ("m = math.sqrt(grad)", False),
        ("from math import sqrt, exp as e\nm = sqrt(e(grad))", True), ("from math import gamma\nm = grad", False),
        ("from math import (\n    sqrt,\n)\nm = sqrt(grad)", True), ("from math import *", False),
        ("from numpy import sign\nm = sign(grad)", True), ("m = float(grad)", False), ("m = sum([grad])", False),
        ("for k in range(3):\n    m = grad", False), ("import math", False), ("m = not grad", False),
        ("m = scaled(grad)", False),
    ],
)  # fmt: skip
def test_what_branches_sees_one_number_at_a_time(js: MiniRacer, line: str, suits: bool) -> None:
    assert js.eval(f"suitsArrays({json.dumps(line)})") is suits


def test_imports_come_first_and_values_are_set(js: MiniRacer) -> None:
    imports = "from dataclasses import dataclass\n\nfrom math import sqrt\nimport optimlib as ol\n\n\n"
    code = imports + "@dataclass(frozen=True)\nclass A:\n    lr: float = 0.1\n    n: int = 2\n"
    assert parts(js, code, {"lr": 2, "n": 3}, ("n",)) == [
        "from dataclasses import dataclass\n\nfrom numpy import sqrt\n\n",
        "\n@dataclass(frozen=True)\nclass A:\n    lr: float = 0.1\n    n: int = 2\n\n\n",
        "A(lr=2.0, n=3)",
    ]
    plain = "class A:\n    lr = 0.1\n    x = 1 if True else 2\n"
    assert parts(js, plain, {"lr": 1e-7}) == ["", f"\n@ol.coordinatewise\n{plain}\n\nA.lr = 1e-7\n\n\n", "A()"]
    marked = "@ol.coordinatewise\n" + plain
    assert parts(js, marked) == ["", f"\n{marked}\n\n", "A()"]
    assert parts(js, "class A:\n    pass\n\n\nclass B:\n    pass")[2] == "B()"
    assert parts(js, "# class A:") == ["", "", "# class …"]
    assert executed("import optimlib as ol\n\noptimizers = [\n    # class …,\n]\n")["optimizers"] == []


def test_a_program_becomes_a_figure(js: MiniRacer) -> None:
    for more in ("", ", noise=noise"):
        program = f"start = 1\nruns = [ol.descend(optimizer, surface, start, 30{more}) for optimizer in optimizers]\n"
        found = js.eval(f"asFigure({json.dumps(program)})")
        assert found == f"start = 1\nol.DescentExplorer(surface, optimizers, start, 30{more})\n"
