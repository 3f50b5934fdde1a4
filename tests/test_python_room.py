"""The room in which readers' Python runs: hard cases hold nothing up, nothing escapes, and where it cannot run."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import serve_folder
from python_pages import PAGE, RIGHT, STUB, opened, verdict, write

from benchmarks.explorers import longest_task
from book.serve import Handler

FRAME = 100  # milliseconds that the page may be held up
ENDLESS = "while True:\n    pass"
AGAIN = 'print("again")'


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
    "brackets": (f"x = {'(' * 240}1{')' * 240}\nprint('done')", re.compile("done|Error|fresh")),
    "syntax": ("def f(:\n    pass", "SyntaxError"),
    "prints much": ("for i in range(100_000):\n    print(i)", "the rest is left out"),
    "nothing": ("", "printed nothing"),
    "leaves": ("raise SystemExit", "SystemExit"),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_cases_hold_nothing_up(python_url: str, page: Any, name: str) -> None:
    text, expected = HARD[name]
    cell = opened(page, python_url, "en", 1)

    def act() -> None:
        write(cell, text)
        cell.locator(".py-verdict", has_text=expected).wait_for(timeout=20_000)

    assert longest_task(page, act) < FRAME
    write(cell, AGAIN)
    verdict(cell, "open", "again")
    assert page.records.errors == []


def test_names_in_any_script(python_url: str, page: Any) -> None:
    cell = opened(page, python_url, "zh", 1)
    write(cell, "θ, 学习率 = 2.0, 0.5\nprint(f'{θ * 学习率} é')")
    assert verdict(cell, "open", "1.0 é")


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh", "'x = 1\\n'.repeat(10_000)"), ("en", "'x=1;'.repeat(3000)")],
    ids=["lines", "one line"],
)
def test_long_texts_are_refused_kindly(python_url: str, page: Any, language: str, text: str) -> None:
    cell = opened(page, python_url, language, 1)
    page.evaluate(
        """() => {
        const area = document.createElement("textarea");
        area.id = "long";
        document.body.append(area);
    }"""
    )
    page.evaluate(f"document.getElementById('long').value = {text}")
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


# Where it cannot run


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_a_folder_one_sentence(python_site: Path, page: Any, language: str) -> None:
    page.goto((python_site / language / f"{PAGE}.html").as_uri())
    cell = page.locator("div.cell.tag_write-it").first
    cell.locator(".write-it").click()
    note = cell.get_by_role("status")
    assert {"zh": "文件夹", "en": "folder"}[language] in note.inner_text()
    assert cell.locator(".cell_input").is_visible()
    assert not [address for address in page.records.requests if "/python-" in address]
    assert page.records.errors == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_host_that_refuses_webassembly(python_site: Path, page: Any, language: str) -> None:
    class Strict(Handler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", "default-src 'self'; script-src 'self'")
            super().end_headers()

    server, address = serve_folder(python_site, Strict)
    cell = opened(page, address, language)
    assert "WebAssembly" in verdict(cell, "failed")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("missing", ["Worker", "WebAssembly"])
def test_an_old_browser_is_told(python_url: str, page: Any, missing: str) -> None:
    def broken(route: Any) -> None:
        route.fulfill(body=f"delete globalThis.{missing};\n{route.fetch().text()}", content_type="text/javascript")

    if missing == "Worker":
        page.add_init_script("delete window.Worker")
    else:
        page.route("**/worker.js", broken)
    cell = opened(page, python_url)
    assert "does not run here" in verdict(cell, "failed")


def test_a_broken_network_is_told(python_url: str, page: Any) -> None:
    page.route("**/exercise.js", lambda route: route.abort())
    page.goto(f"{python_url}/en/{PAGE}.html")
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


def test_the_workers_scope_is_empty(python_site: Path, python_url: str, page: Any) -> None:
    (folder,) = (python_site / "en" / "_static").glob("python-*")
    (folder / "probe.js").write_text(PROBE, encoding="utf-8")
    page.goto(f"{python_url}/en/{PAGE}.html")
    found = page.evaluate(
        """(address) => new Promise((done, refuse) => {
        const worker = new Worker(address, { type: "module" });
        worker.onmessage = ({ data }) => data.names && done(data);
        worker.onerror = (event) => refuse(new Error(event.message));
    })""",
        f"{python_url}/en/_static/{folder.name}/probe.js",
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


def test_readers_code_reaches_nothing(python_url: str, page: Any) -> None:
    opened(page, python_url, "en", 1)
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


def test_a_newer_job_takes_the_place_of_one_that_waits(python_url: str, page: Any) -> None:
    opened(page, python_url, "en", 1)
    answers = page.evaluate(
        """async () => {
        const { openRoom } = await import(bookPython.base + "room.js");
        const room = openRoom(bookPython.base);
        const ask = (n, slot) => room.ask({ kind: "cell", slot, code: `print(${n})` });
        return Promise.all([ask(1, "a"), ask(2, "a"), ask(3, "b"), ask(4, "a"), ask(5)]);
    }"""
    )
    assert [answer and answer["lines"] for answer in answers] == [["1"], None, ["3"], ["4"], ["5"]]


def test_a_rule_races_on_a_surface(python_url: str, page: Any) -> None:
    opened(page, python_url, "en", 1)
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
