"""Cells become editors: what comes when, verdicts, keys and eyes, what stays."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import python_pages
from python_pages import DIVIDES, PAGE, RIGHT, STUB, opened, press, verdict, write
from visits import violations

from book.extensions import python

BUTTON = {"zh": "在页面里写", "en": "Write it here"}
WRONG = STUB.replace("0.0 * grad  # here", "self.lr * grad")
NO_PAUSE = "{ const wait = setTimeout; setTimeout = (f, ms, ...rest) => (ms === 400 ? 0 : wait(f, ms, ...rest)); }"


# What is there, and what comes when


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_comes_before_the_reader_asks(python_url: str, page: Any, language: str) -> None:
    page.goto(f"{python_url}/{language}/{PAGE}.html", wait_until="networkidle")
    names = [urlsplit(address).path.rsplit("/", 1)[-1] for address in page.records.requests]
    assert "write.js" in names
    assert not [address for address in page.records.requests if "/python-" in address]
    assert page.workers == []
    buttons = page.get_by_role("button", name=BUTTON[language], exact=True)
    assert buttons.count() == 2, "only cells with the tag"
    page.goto(f"{python_url}/{language}/{python_pages.sample_book.PAGE}.html", wait_until="networkidle")
    assert "write.js" not in " ".join(page.records.requests[len(names) :]), "only pages with such cells"
    assert page.records.errors == []


def test_weight(python_url: str, page: Any) -> None:
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        sizes[urlsplit(response.url).path] = len(gzip.compress(response.body(), 6))

    page.on("requestfinished", lambda request: weigh(request.response()))
    opened(page, python_url)
    page.wait_for_load_state("networkidle")
    came = {path: size for path, size in sizes.items() if "/python-" in path}
    assert [path for path in came if path.endswith(".wasm")]
    assert sum(came.values()) <= 300_000
    editor = [size for path, size in came.items() if "/editor" in path or path.endswith("python.css")]
    assert 10_000 < sum(editor) <= 60_000
    assert next(size for path, size in sizes.items() if path.endswith("write.js")) <= 2048
    assert page.records.foreign == []


def test_the_folder_is_named_by_its_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    python.write_assets(app, None)
    (first,) = (tmp_path / "_static").iterdir()
    assert (first / "micropython.wasm").read_bytes()[:4] == b"\0asm"
    assert "Damien P. George" in (first / "licenses.txt").read_text()
    assert "Jonas Pytte" in (first / "licenses.txt").read_text()
    files = {**python.assets(), "room.js": b"changed"}
    monkeypatch.setattr(python, "assets", lambda: files)
    monkeypatch.setattr(python, "folder_name", python.folder_name.__wrapped__)
    python.write_assets(app, None)
    (second,) = (tmp_path / "_static").iterdir()
    assert second.name != first.name, "and the former is gone"


# Verdicts


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_right_answer_ticks_its_box(python_url: str, page: Any, language: str) -> None:
    cell = opened(page, python_url, language)
    boxes = page.locator("input[data-exercise]")
    assert [boxes.nth(i).is_checked() for i in (0, 1)] == [False, False]
    first = cell.locator(".py-verdict").inner_text()
    write(cell, RIGHT)
    text = verdict(cell, "passed")
    assert text.startswith("✓")
    assert text != first
    assert "｜" not in text
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (language == "zh")
    assert [boxes.nth(i).is_checked() for i in (0, 1)] == [False, True], "of the exercise around the cell"
    stored = page.evaluate("JSON.parse(localStorage.getItem('book-exercises'))")
    assert stored[PAGE]["done"] == ["ex-sgd"]
    boxes.nth(1).uncheck()
    write(cell, RIGHT + "\n")
    page.wait_for_timeout(600)
    assert not boxes.nth(1).is_checked(), "the reader's word counts until the answer becomes right anew"
    assert page.records.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_answer_is_told_what_differs(python_url: str, page: Any, language: str) -> None:
    cell = opened(page, python_url, language)
    write(cell, WRONG)
    text = verdict(cell, "failed", {"zh": "第1步", "en": re.compile("step 1", re.I)}[language])
    assert text.startswith("✗"), "a sign, not the color alone"
    assert not page.locator("input[data-exercise]").nth(1).is_checked()
    status = cell.locator(".py-verdict")
    assert status.get_attribute("role") == "status"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_error_names_its_line(python_url: str, page: Any, language: str) -> None:
    cell = opened(page, python_url, language)
    write(cell, DIVIDES)
    line = DIVIDES.split("\n").index("        step = grad / state.get('t', 0)") + 1
    text = verdict(cell, "failed", "ZeroDivisionError")
    assert {"zh": f"第{line}行", "en": f"line {line}"}[language] in text
    marked = cell.locator(".pce-line.py-wrong")
    assert marked.inner_text().strip() == "step = grad / state.get('t', 0)"
    assert cell.locator("textarea").get_attribute("aria-invalid") == "true"
    write(cell, "x = 1\ny = (")
    assert {"zh": "第2行：SyntaxError", "en": "Line 2: SyntaxError"}[language] in verdict(cell, "failed", "SyntaxError")
    write(cell, RIGHT)
    verdict(cell, "passed")
    assert cell.locator(".py-wrong").count() == 0
    assert cell.locator("textarea").get_attribute("aria-invalid") == "false"


def test_a_cell_without_a_check_shows_what_it_prints(python_url: str, page: Any) -> None:
    cell = opened(page, python_url, "zh", 1)
    assert verdict(cell, "open") == "你好"
    write(cell, "x = 1")
    assert verdict(cell, "open", "没有输出")
    assert len(page.workers) == 1
    other = press(page, 0)
    assert len(page.workers) == 1, "one for all cells"
    write(other, RIGHT)
    verdict(other, "passed")
    assert verdict(cell, "open", "没有输出")


def test_an_answer_without_its_check_is_told_so(python_url: str, page: Any) -> None:
    cell = opened(page, python_url, "en", 0)
    write(cell, RIGHT.replace('ol.check(MySGD, "sgd")', ""))
    assert verdict(cell, "open") == 'Nothing was checked: end with ol.check(MySGD, "sgd")'


def test_the_verdict_below_many_lines_is_in_sight(python_url: str, page: Any) -> None:
    cell = opened(page, python_url, "en", 0)
    write(cell, RIGHT.replace("        step =", "        print(grad)\n        step ="))
    assert verdict(cell, "passed").splitlines()[-1].startswith("✓")
    left = cell.locator("pre[tabindex='0']").evaluate("e => e.scrollHeight - e.clientHeight - e.scrollTop")
    assert abs(left) <= 1


def test_it_runs_a_moment_after_the_last_key(python_url: str, page: Any) -> None:
    cell = opened(page, python_url, "en", 1)
    cell.locator("textarea").focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type('print("typed")')
    verdict(cell, "open", "typed")
    # With a pause that never ends, the keys that run at once are what is seen.
    page.add_init_script(NO_PAUSE)
    cell = opened(page, python_url, "en", 1)
    write(cell, 'print("at once")')
    verdict(cell, "open", "at once")
    assert cell.locator("textarea").input_value() == 'print("at once")', "and no line is added"


# Hands and eyes


@pytest.mark.parametrize("language", ["zh", "en"])
def test_keyboard_only(python_url: str, page: Any, language: str) -> None:
    page.goto(f"{python_url}/{language}/{PAGE}.html")
    page.get_by_role("button", name=BUTTON[language]).first.focus()
    page.keyboard.press("Enter")
    area = page.locator("textarea").first
    area.wait_for()
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    title = {"zh": "写出 SGD", "en": "Write SGD"}[language]
    assert title in area.get_attribute("aria-label")
    described = page.locator(f"#{area.get_attribute('aria-describedby')}").inner_text()
    assert "Tab" in described
    assert "Esc" in described
    page.keyboard.press("Control+a")
    page.keyboard.type("if True:\nprint(1)")
    assert area.input_value() == "if True:\n    print(1)", "a new line keeps its depth"
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert area.input_value() == "if True:\n        print(1)"
    page.keyboard.press("Shift+Tab")
    assert area.input_value() == "if True:\n    print(1)"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    assert area.input_value() == "if True:\n    print(1)"
    page.keyboard.press("Enter")  # reset
    assert area.input_value() == STUB
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert area.input_value() != STUB, "back in the editor, Tab indents again"


def test_reset_can_be_undone(python_url: str, page: Any) -> None:
    cell = opened(page, python_url)
    area, reset = cell.locator("textarea"), cell.locator(".py-tools button").first
    assert reset.inner_text() == "Reset"
    assert reset.is_disabled(), "nothing to take back"
    write(cell, RIGHT)
    verdict(cell, "passed")
    reset.click()
    assert area.input_value() == STUB
    verdict(cell, "failed")
    assert reset.inner_text() == "Undo reset"
    reset.click()
    assert area.input_value() == RIGHT
    verdict(cell, "passed")
    reset.click()
    area.focus()
    page.keyboard.press("Control+z")
    assert area.input_value() == RIGHT
    assert reset.inner_text() == "Reset"


def test_copy_gives_the_text(python_url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    cell = opened(page, python_url)
    write(cell, RIGHT)
    cell.get_by_role("button", name="Copy").click()
    cell.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == RIGHT


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")])
def test_the_editor_takes_the_place_of_the_code(
    python_url: str, new_page: Callable[..., Any], width: int, scheme: str
) -> None:
    page = new_page(width=width, color_scheme=scheme)
    language = "zh" if width == 360 else "en"
    page.goto(f"{python_url}/{language}/{PAGE}.html")
    cell = page.locator("div.cell.tag_write-it").first
    code, whole = cell.locator(".cell_input .highlight").last.bounding_box(), cell.bounding_box()
    press(page)
    editor = cell.locator(".py-code").bounding_box()
    assert abs(editor["x"] - code["x"]) < 1
    assert abs(editor["y"] - code["y"]) < 1
    assert abs(editor["width"] - code["width"]) < 1
    assert abs(editor["height"] - code["height"]) < 2
    assert abs(cell.bounding_box()["height"] - whole["height"]) < 110
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    write(cell, DIVIDES)
    verdict(cell, "failed", "ZeroDivisionError")
    assert violations(page) == []
    write(cell, RIGHT)
    verdict(cell, "passed")
    assert violations(page) == []
    cell.locator("textarea").focus()
    outline = cell.locator(".py-code").evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"


def test_without_scripts_and_on_paper_there_is_no_button(python_url: str, new_page: Callable[..., Any]) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(f"{python_url}/zh/{PAGE}.html")
    assert plain.locator(".write-it").count() > 0
    assert not plain.locator(".write-it").filter(visible=True).count()
    paper = new_page()
    opened(paper, python_url)
    paper.emulate_media(media="print")
    assert paper.locator(".write-it, .py-tools").filter(visible=True).count() == 0


# What stays


def test_what_was_written_stays(python_url: str, page: Any) -> None:
    cell = opened(page, python_url)
    write(cell, RIGHT)
    verdict(cell, "passed")
    cell = opened(page, python_url)
    assert cell.locator("textarea").input_value() == RIGHT
    assert "what you wrote last time" in cell.locator(".py-note").inner_text()
    verdict(cell, "passed")
    cell = opened(page, python_url, "zh")
    assert cell.locator("textarea").input_value() == RIGHT, "both editions share it"
    cell.locator(".py-tools button").first.click()
    verdict(cell, "failed")
    assert cell.locator(".py-note").inner_text() == ""
    keys = page.evaluate("Object.keys(localStorage)")
    assert not [key for key in keys if key.startswith("book-python:")], "the starter needs no place"


def test_a_changed_starter_takes_nothing_away(python_url: str, page: Any) -> None:
    cell = opened(page, python_url)
    write(cell, RIGHT)
    verdict(cell, "passed")

    def changed(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("# here", "# there"))

    page.route(f"**/{PAGE}.html", changed)
    cell = opened(page, python_url)
    assert "there" in cell.locator(".cell_input pre").text_content()
    assert cell.locator("textarea").input_value() == RIGHT
    cell.locator(".py-tools button").first.click()
    assert "# there" in cell.locator("textarea").input_value()


def test_without_storage_it_lasts_as_long_as_the_page(python_url: str, page: Any) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    cell = opened(page, python_url)
    write(cell, RIGHT)
    verdict(cell, "passed")
    assert page.records.errors == []
