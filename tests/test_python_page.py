"""Python in the page: cells become editors, an interpreter in a worker checks what readers write, nothing escapes."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import python_pages
from conftest import serve_folder
from python_pages import DIVIDES, PAGE, RIGHT, STUB
from visits import violations

from benchmarks.explorers import longest_task
from book.build import build
from book.extensions import python
from book.serve import Handler

BUTTON = {"zh": "在页面里写", "en": "Write it here"}
FRAME = 100  # milliseconds that the page may be held up
WRONG = STUB.replace("0.0 * grad  # here", "self.lr * grad")
ENDLESS = "while True:\n    pass"
AGAIN = 'print("again")'
NO_PAUSE = "{ const wait = setTimeout; setTimeout = (f, ms, ...rest) => (ms === 400 ? 0 : wait(f, ms, ...rest)); }"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book with cells to write in."""
    return build(python_pages.make_book(tmp_path_factory.mktemp("book")))


@pytest.fixture(scope="module")
def url(written: Path) -> Iterator[str]:
    server, address = serve_folder(written)
    yield address
    server.shutdown()
    server.server_close()


def opened(page: Any, url: str, language: str = "en", cell: int = 0) -> Any:
    """Go to the page and open an editor; its cell."""
    page.goto(f"{url}/{language}/{PAGE}.html")
    return press(page, cell)


def press(page: Any, number: int = 0) -> Any:
    """Open the editor of a cell, and wait for its first verdict."""
    cell = page.locator("div.cell.tag_write-it").nth(number)
    cell.locator(".write-it").click()
    cell.locator(".py-verdict[data-state][aria-busy=false]").wait_for()
    return cell


def write(cell: Any, text: str) -> None:
    """Write another text in the place of the one that is there, and run it."""
    cell.locator("textarea").focus()
    keyboard = cell.page.keyboard
    keyboard.press("Control+a")
    keyboard.insert_text(text)
    keyboard.press("Control+Enter")


def verdict(cell: Any, state: str, text: str | re.Pattern[str] = "") -> str:
    """Wait until the verdict has this state and text; what it says."""
    found = cell.locator(f'.py-verdict[data-state="{state}"][aria-busy=false]', has_text=text)
    found.wait_for(timeout=10_000)
    return str(found.inner_text())


# What is there, and what comes when


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_comes_before_the_reader_asks(url: str, page: Any, language: str) -> None:
    page.goto(f"{url}/{language}/{PAGE}.html", wait_until="networkidle")
    names = [urlsplit(address).path.rsplit("/", 1)[-1] for address in page.records.requests]
    assert "write.js" in names
    assert not [address for address in page.records.requests if "/python-" in address]
    assert page.workers == []
    buttons = page.get_by_role("button", name=BUTTON[language], exact=True)
    assert buttons.count() == 2, "only cells with the tag"
    page.goto(f"{url}/{language}/{python_pages.sample_book.PAGE}.html", wait_until="networkidle")
    assert "write.js" not in " ".join(page.records.requests[len(names) :]), "only pages with such cells"
    assert page.records.errors == []


def test_weight(url: str, page: Any) -> None:
    sizes: dict[str, int] = {}

    def weigh(response: Any) -> None:
        sizes[urlsplit(response.url).path] = len(gzip.compress(response.body(), 6))

    page.on("requestfinished", lambda request: weigh(request.response()))
    opened(page, url)
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
def test_a_right_answer_ticks_its_box(url: str, page: Any, language: str) -> None:
    cell = opened(page, url, language)
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
def test_a_wrong_answer_is_told_what_differs(url: str, page: Any, language: str) -> None:
    cell = opened(page, url, language)
    write(cell, WRONG)
    text = verdict(cell, "failed", {"zh": "第1步", "en": re.compile("step 1", re.I)}[language])
    assert text.startswith("✗"), "a sign, not the color alone"
    assert not page.locator("input[data-exercise]").nth(1).is_checked()
    status = cell.locator(".py-verdict")
    assert status.get_attribute("role") == "status"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_error_names_its_line(url: str, page: Any, language: str) -> None:
    cell = opened(page, url, language)
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


def test_a_cell_without_a_check_shows_what_it_prints(url: str, page: Any) -> None:
    cell = opened(page, url, "zh", 1)
    assert verdict(cell, "open") == "你好"
    write(cell, "x = 1")
    assert verdict(cell, "open", "没有输出")
    assert len(page.workers) == 1
    other = press(page, 0)
    assert len(page.workers) == 1, "one for all cells"
    write(other, RIGHT)
    verdict(other, "passed")
    assert verdict(cell, "open", "没有输出")


def test_it_runs_a_moment_after_the_last_key(url: str, page: Any) -> None:
    cell = opened(page, url, "en", 1)
    cell.locator("textarea").focus()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type('print("typed")')
    verdict(cell, "open", "typed")
    # With a pause that never ends, the keys that run at once are what is seen.
    page.add_init_script(NO_PAUSE)
    cell = opened(page, url, "en", 1)
    write(cell, 'print("at once")')
    verdict(cell, "open", "at once")
    assert cell.locator("textarea").input_value() == 'print("at once")', "and no line is added"


# Whatever readers write, the page goes on and the next run works


NESTED = "x = []\nfor i in range(100_000):\n    x = [x]\nprint(x)"
HARD = {
    "endless loop": (ENDLESS, re.compile("2 seconds")),
    "endless step": (
        STUB.replace("step = 0.0 * grad  # here", ENDLESS.replace("\n    ", " ")),
        re.compile("2 seconds"),
    ),
    "memory": ("x = []\nwhile True:\n    x.append(bytearray(1_000_000))", "MemoryError"),
    "small pieces": ("x = []\nwhile True:\n    x.append([1])", re.compile("MemoryError|2 seconds")),
    "long text": ('x = "a"\nwhile True:\n    x += x', "MemoryError"),
    "recursion": ("def f(n):\n    return f(n + 1)\nf(0)", "RuntimeError"),
    "nested list": (NESTED, "RuntimeError"),
    "brackets": (f"x = {'(' * 3000}1{')' * 3000}\nprint('done')", re.compile("done|Error|fresh")),
    "syntax": ("def f(:\n    pass", "SyntaxError"),
    "prints much": ("for i in range(100_000):\n    print(i)", "the rest is left out"),
    "nothing": ("", "printed nothing"),
    "leaves": ("raise SystemExit", "SystemExit"),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_cases_hold_nothing_up(url: str, page: Any, name: str) -> None:
    text, expected = HARD[name]
    cell = opened(page, url, "en", 1)

    def act() -> None:
        write(cell, text)
        cell.locator(".py-verdict", has_text=expected).wait_for(timeout=20_000)

    assert longest_task(page, act) < FRAME
    write(cell, AGAIN)
    verdict(cell, "open", "again")
    assert page.records.errors == []


def test_names_in_any_script(url: str, page: Any) -> None:
    cell = opened(page, url, "zh", 1)
    write(cell, "θ, 学习率 = 2.0, 0.5\nprint(f'{θ * 学习率} é')")
    assert verdict(cell, "open", "1.0 é")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_ten_thousand_lines_are_refused_kindly(url: str, page: Any, language: str) -> None:
    cell = opened(page, url, language, 1)
    page.evaluate(
        """() => {
        const area = document.createElement("textarea");
        area.id = "long";
        area.value = "x = 1\\n".repeat(10_000);
        document.body.append(area);
        area.select();
    }"""
    )
    page.locator("#long").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    before = cell.locator("textarea").input_value()

    def act() -> None:
        cell.locator("textarea").focus()
        page.keyboard.press("Control+v")
        cell.locator(".py-note", has_text="1000").wait_for()

    assert longest_task(page, act) < FRAME
    assert cell.locator("textarea").input_value() == before
    page.evaluate("document.getElementById('long').value = 'x = 1\\n'.repeat(900) + 'print(\"900 lines\")'")
    page.locator("#long").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")

    def paste() -> None:
        cell.locator("textarea").focus()
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+v")
        cell.locator(".py-verdict", has_text="900 lines").wait_for()

    assert longest_task(page, paste) < FRAME
    assert cell.locator(".py-note").inner_text() == ""


# Hands and eyes


@pytest.mark.parametrize("language", ["zh", "en"])
def test_keyboard_only(url: str, page: Any, language: str) -> None:
    page.goto(f"{url}/{language}/{PAGE}.html")
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


def test_reset_can_be_undone(url: str, page: Any) -> None:
    cell = opened(page, url)
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


def test_copy_gives_the_text(url: str, new_page: Callable[..., Any]) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    cell = opened(page, url)
    write(cell, RIGHT)
    cell.get_by_role("button", name="Copy").click()
    cell.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == RIGHT


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark"), (1280, "dark"), (360, "light")])
def test_the_editor_takes_the_place_of_the_code(
    url: str, new_page: Callable[..., Any], width: int, scheme: str
) -> None:
    page = new_page(width=width, color_scheme=scheme)
    language = "zh" if width == 360 else "en"
    page.goto(f"{url}/{language}/{PAGE}.html")
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


def test_without_scripts_and_on_paper_there_is_no_button(url: str, new_page: Callable[..., Any]) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(f"{url}/zh/{PAGE}.html")
    assert plain.locator(".write-it").count() == 0
    paper = new_page()
    opened(paper, url)
    paper.emulate_media(media="print")
    assert paper.locator(".write-it, .py-tools").filter(visible=True).count() == 0


# What stays


def test_what_was_written_stays(url: str, page: Any) -> None:
    cell = opened(page, url)
    write(cell, RIGHT)
    verdict(cell, "passed")
    cell = opened(page, url)
    assert cell.locator("textarea").input_value() == RIGHT
    verdict(cell, "passed")
    cell = opened(page, url, "zh")
    assert cell.locator("textarea").input_value() == RIGHT, "both editions share it"
    cell.locator(".py-tools button").first.click()
    verdict(cell, "failed")
    keys = page.evaluate("Object.keys(localStorage)")
    assert not [key for key in keys if key.startswith("book-python:")], "the starter needs no place"


def test_a_changed_starter_takes_nothing_away(url: str, page: Any) -> None:
    cell = opened(page, url)
    write(cell, RIGHT)
    verdict(cell, "passed")

    def changed(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("# here", "# there"))

    page.route(f"**/{PAGE}.html", changed)
    cell = opened(page, url)
    assert "there" in cell.locator(".cell_input pre").text_content()
    assert cell.locator("textarea").input_value() == RIGHT
    cell.locator(".py-tools button").first.click()
    assert "# there" in cell.locator("textarea").input_value()


def test_without_storage_it_lasts_as_long_as_the_page(url: str, page: Any) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    cell = opened(page, url)
    write(cell, RIGHT)
    verdict(cell, "passed")
    assert page.records.errors == []


# Where it cannot run


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_folder_one_sentence(written: Path, page: Any, language: str) -> None:
    page.goto((written / language / f"{PAGE}.html").as_uri())
    cell = page.locator("div.cell.tag_write-it").first
    cell.locator(".write-it").click()
    note = cell.get_by_role("status")
    assert {"zh": "文件夹", "en": "folder"}[language] in note.inner_text()
    assert cell.locator(".cell_input").is_visible()
    assert not [address for address in page.records.requests if "/python-" in address]
    assert page.records.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_host_that_refuses_webassembly(written: Path, page: Any, language: str) -> None:
    class Strict(Handler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", "default-src 'self'; script-src 'self'")
            super().end_headers()

    server, address = serve_folder(written, Strict)
    cell = opened(page, address, language)
    assert "WebAssembly" in verdict(cell, "failed")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("missing", ["Worker", "WebAssembly"])
def test_an_old_browser_is_told(url: str, page: Any, missing: str) -> None:
    def broken(route: Any) -> None:
        route.fulfill(body=f"delete globalThis.{missing};\n{route.fetch().text()}", content_type="text/javascript")

    if missing == "Worker":
        page.add_init_script("delete window.Worker")
    else:
        page.route("**/worker.js", broken)
    cell = opened(page, url)
    assert "does not run here" in verdict(cell, "failed")


def test_a_broken_network_is_told(url: str, page: Any) -> None:
    page.route("**/exercise.js", lambda route: route.abort())
    page.goto(f"{url}/en/{PAGE}.html")
    cell = page.locator("div.cell.tag_write-it").first
    cell.locator(".write-it").click()
    cell.get_by_text("could not be loaded").wait_for()
    assert cell.locator(".write-it").get_attribute("aria-busy") == "false"


# Nothing escapes

# A script that stands in the worker's own scope, and so where a reader's code cannot stand, tells what is left there.
PROBE = """
import "./worker.js";
const wait = setTimeout, post = postMessage.bind(self);
const left = () => {
  const names = [];
  for (let scope = self; scope !== Object.prototype; scope = Object.getPrototypeOf(scope)) {
    names.push(...Reflect.ownKeys(scope).filter((name) => typeof name === "string"));
  }
  const tries = {};
  for (const [name, attempt] of Object.entries({
    Function: () => (() => {}).constructor("return 1")(),
    AsyncFunction: () => (async () => {}).constructor("return 1")(),
    Generator: () => (function* () {}).constructor("return 1")().next,
    class: () => (class {}).constructor("return 1")(),
    bound: () => post.constructor("return 1")(),
    eval: () => (0, globalThis.eval)("1"),
    js: () => proxy_js_ref.filter((value) => value === globalThis).length || null.nothing,
  })) {
    try { tries[name] = String(attempt()); } catch (error) { tries[name] = error.name; }
  }
  post({ names, tries });
};
wait(left, 1500);
"""
OUTSIDE = set(
    [
        "AnalyserNode",
        "BroadcastChannel",
        "Cache",
        "CacheStorage",
        "EventSource",
        "EventTarget",
        "FileReader",
        "FileReaderSync",
        "FileSystemHandle",
        "Function",
        "IDBFactory",
        "MessageChannel",
        "MessagePort",
        "Navigator",
        "Notification",
        "OffscreenCanvas",
        "RTCPeerConnection",
        "Request",
        "Response",
        "ServiceWorker",
        "SharedWorker",
        "WebAssembly",
        "WebSocket",
        "WebSocketStream",
        "WebTransport",
        "Worker",
        "WorkerGlobalScope",
        "WorkerNavigator",
        "XMLHttpRequest",
        "addEventListener",
        "caches",
        "close",
        "console",
        "cookieStore",
        "dispatchEvent",
        "document",
        "eval",
        "fetch",
        "fonts",
        "importScripts",
        "indexedDB",
        "localStorage",
        "location",
        "navigator",
        "onmessage",
        "origin",
        "performance",
        "postMessage",
        "queueMicrotask",
        "requestAnimationFrame",
        "sessionStorage",
        "setInterval",
        "setTimeout",
        "structuredClone",
        "window",
    ]
)


def test_the_workers_scope_is_empty(written: Path, url: str, page: Any) -> None:
    (folder,) = (written / "en" / "_static").glob("python-*")
    (folder / "probe.js").write_text(PROBE, encoding="utf-8")
    page.goto(f"{url}/en/{PAGE}.html")
    found = page.evaluate(
        """(address) => new Promise((done, refuse) => {
        const worker = new Worker(address, { type: "module" });
        worker.onmessage = ({ data }) => data.names && done(data);
        worker.onerror = (event) => refuse(new Error(event.message));
    })""",
        f"{url}/en/_static/{folder.name}/probe.js",
    )
    assert {"Module", "proxy_js_ref", "Math"} <= set(found["names"]), "the probe sees"
    assert OUTSIDE & set(found["names"]) == set()
    assert len(found["names"]) < 90
    assert set(found["tries"].values()) <= {"TypeError"}, found["tries"]


ESCAPES = (
    "import js",
    "import jsffi",
    "from js import fetch",
    "import sys",
    "import os",
    "import uctypes",
    "__import__('js')",
    "import optimlib as ol\nol.check.__globals__['sys'].modules['js'].fetch",
    # Past the list of modules: the interpreter's own door leads to an empty room.
    "import optimlib as ol\ng = ol.check.__globals__\ng['trusted'][0] = True\nimport js\njs.fetch",
    "import optimlib as ol\ng = ol.check.__globals__\ng['trusted'][0] = True\ng['sys'].modules.clear()\n"
    "import js\njs.fetch",
    "import optimlib as ol\ng = ol.check.__globals__\ng['trusted'][0] = True\ng['sys'].modules.clear()\n"
    "import js\nprint(dir(js))\njs.postMessage",
    "import optimlib as ol\ng = ol.check.__globals__\ng['trusted'][0] = True\ng['sys'].modules.clear()\n"
    "import jsffi\na = jsffi.to_js([1])\na.constructor.constructor('return globalThis')().fetch",
)


def test_readers_code_reaches_nothing(url: str, page: Any) -> None:
    opened(page, url, "en", 1)
    page.wait_for_load_state("networkidle")
    asked = len(page.records.requests)
    base = page.evaluate("bookPython.base")
    for code in ESCAPES:
        answer = page.evaluate(
            """async ([base, code]) => {
            const { openRoom } = await import(base + "room.js");
            return openRoom(base).ask({ kind: "cell", code });
        }""",
            [base, f"{code}\nprint('escaped')"],
        )
        assert "escaped" not in answer["lines"], code
        assert answer["error"], (code, answer)
    # An interpreter that broke at the attempt is replaced; nothing else is asked for.
    later = [urlsplit(address).path for address in page.records.requests[asked:]]
    assert [path for path in later if not path.startswith(urlsplit(base).path)] == []
    assert page.evaluate("Object.keys(localStorage)") == []


# The room: one job at a time


def test_a_newer_job_takes_the_place_of_one_that_waits(url: str, page: Any) -> None:
    opened(page, url, "en", 1)
    answers = page.evaluate(
        """async () => {
        const { openRoom } = await import(bookPython.base + "room.js");
        const room = openRoom(bookPython.base);
        const ask = (n, slot) => room.ask({ kind: "cell", slot, code: `print(${n})` });
        return Promise.all([ask(1, "a"), ask(2, "a"), ask(3, "b"), ask(4, "a"), ask(5)]);
    }"""
    )
    assert [answer and answer["lines"] for answer in answers] == [["1"], None, ["3"], ["4"], ["5"]]


def test_a_rule_races_on_a_surface(url: str, page: Any) -> None:
    opened(page, url, "en", 1)
    scene = {
        "surface_name": "quadratic",
        "surface_parameters": {"kappa": 4.0, "angle": 0},
        "start": [2, 1],
        "steps": 3,
        "sigma": 0,
        "seed": 0,
    }
    ask = """async ([code, hyper, scene]) => {
        const { openRoom } = await import(bookPython.base + "room.js");
        const answer = await openRoom(bookPython.base).ask({ kind: "race", code, hyper, scene });
        answer.run.theta = [...answer.run.theta];
        return JSON.stringify(answer);
    }"""
    rule = RIGHT.replace('ol.check(MySGD, "sgd")', "")
    answer = json.loads(page.evaluate(ask, [rule, None, scene]))
    assert answer["name"] == "MySGD"
    assert answer["hyper"] == {"lr": 0.1}
    assert answer["error"] is None
    x, y, theta = 2.0, 1.0, [2.0, 1.0]
    for _ in range(3):
        x, y = x + -0.1 * x, y + -0.1 * (4.0 * y)
        theta += [x, y]
    assert answer["run"]["theta"] == theta
    answer = json.loads(page.evaluate(ask, [rule, {"lr": 0.5}, scene]))
    assert answer["run"]["theta"][2:4] == [1.0, -1.0]
    answer = json.loads(page.evaluate(ask, [rule.replace("-self.lr", "1 / (grad - grad)"), None, scene]))
    assert answer["error"]["line"] == 11
    assert answer["run"]["divergedAt"] == 1
