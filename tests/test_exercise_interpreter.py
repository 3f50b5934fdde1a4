"""The interpreter of web pages gives the verdicts, and walks the paths, that Python gives and walks with optimlib."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import exercise_forms as forms
import numpy as np
import pytest
from exercise_answers import FAULTY, RIGHT, WRONG, cell, wrong
from test_exercise_checks import answer, made

import optimlib as ol
from book.node import ensure_packages, find_node
from optimlib.exercises import EXERCISES, verdict

ROOT = Path(__file__).resolve().parents[1]
HYPER = {"lr": 0.05, "beta": 0.8, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1}
STEPS, START = 200, (-1.2, 1.0)

# Loads what the worker of a page loads, in its order, and answers each line of the input, [function, arguments].
NODE = """
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
const [micropython, root] = process.argv.slice(2);
const { loadMicroPython } = await import(micropython);
const python = await loadMicroPython({ pystack: 16384, heapsize: 4 * 2 ** 20, stdout: () => {} });
for (const folder of ["/lib", "/lib/optimlib", "/lib/optimlib/exercises"]) python.FS.mkdir(folder);
for (const name of readdirSync(`${root}/optimlib/exercises`).filter((file) => file.endsWith(".py"))) {
  python.FS.writeFile(`/lib/optimlib/exercises/${name}`, readFileSync(`${root}/optimlib/exercises/${name}`));
}
python.runPython(readFileSync(`${root}/book/python/page.py`, "utf8"));
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  const result = python.globals.get(name)(...given);
  console.log(JSON.stringify(result));
}
"""


class Interpreter:
    """MicroPython with page.py, in Node."""

    def __init__(self, folder: Path) -> None:
        script = folder / "interpreter.mjs"
        script.write_text(NODE, encoding="utf-8")
        package = ensure_packages() / "@micropython" / "micropython-webassembly-pyscript" / "micropython.mjs"
        command = [str(find_node()), str(script), package.as_uri(), str(ROOT)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def call(self, name: str, *arguments: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{name}{arguments} ended the interpreter"
        return json.loads(line)

    def cell(self, code: str) -> dict[str, Any]:
        return json.loads(self.call("cell", code))


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Any:
    started = Interpreter(tmp_path_factory.mktemp("interpreter"))
    yield started
    started.process.stdin.close()  # type: ignore[union-attr]
    started.process.stdout.close()  # type: ignore[union-attr]
    started.process.wait(10)


BODIES = [
    *((name, body) for name, body in RIGHT.items()),
    *((name, wrong(name, old, new)) for name, cases in WRONG.items() for old, new, _ in cases),
    *((name, body) for name, (body, _) in FAULTY.items()),
]


@pytest.mark.parametrize("name", RIGHT)
def test_verdicts_are_those_of_python(interpreter: Interpreter, name: str) -> None:
    for body in [body for of, body in BODIES if of == name]:
        found = interpreter.cell(cell(name, body))
        with np.errstate(all="ignore"):
            expected = verdict(answer(name, body), name)
        assert_same(found, expected)


@pytest.mark.parametrize("form", forms.ALL)
def test_verdicts_on_other_forms_are_those_of_python(interpreter: Interpreter, form: str) -> None:
    assert_same(interpreter.cell(forms.ALL[form]), verdict(made(forms.ALL[form]), "momentum"))


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert (found["error"], found["passed"], found["line"]) == (None, expected["passed"], expected["line"])
    lines = zip(found["lines"], expected["lines"], strict=True)
    # Interpreters word their exceptions differently.
    assert all(ours == theirs or "出错：" in theirs for ours, theirs in lines), found["lines"]


@pytest.mark.parametrize("name", EXERCISES)
def test_paths_are_those_of_optimlib(interpreter: Interpreter, name: str) -> None:
    exercise = EXERCISES[name]
    hyper = {key: HYPER[key] for key in exercise.hypers}
    surface = ol.Quadratic(kappa=20.0, angle=0.4)
    expected = ol.descend(getattr(ol, exercise.name)(**hyper), surface, START, STEPS).theta
    rule = json.loads(interpreter.call("rule", cell(name, RIGHT[name])))
    assert (rule["name"], rule["error"], list(rule["hyper"])) == ("Mine", None, list(exercise.hypers))
    assert json.loads(interpreter.call("begin", json.dumps(hyper), *START)) == {"error": None}
    theta = np.array(START)
    for t in range(1, STEPS + 1):
        grad = surface.grad(theta)
        # Numbers without a fraction travel as integers of 32 bits, or as text: see worker.js.
        theta = theta + [float(interpreter.call("step", i, str(grad[i]), str(theta[i]), t)) for i in (0, 1)]
        np.testing.assert_allclose(theta, expected[t], rtol=1e-12, atol=1e-12)
    assert interpreter.call("trouble") == ""


@pytest.mark.parametrize(
    ("code", "line", "text", "hint"),
    [
        ("x = (1,\ny = 2", 2, "SyntaxError", "括号"),
        ("x = 1\ny = (", 2, "SyntaxError", "括号"),
        ("def f():\nreturn 1", 2, "SyntaxError", "缩进"),
        ("x = 1\n  y = 2", 2, "IndentationError", "缩进不齐"),
        ("def f():\n  return f()\nf()", 2, "RuntimeError: maximum recursion depth exceeded", "一直在调用自己"),
        ("import js", 1, "ImportError: no module js on this page", "只能导入"),
        ("from numpy import median", 1, "ImportError: numpy has no median on this page", "只能导入"),
        ("import optimlib as ol\nol.fit", 2, "ImportError: optimlib has no fit on this page", "只能导入"),
        ("__import__('sys')", 1, "ImportError: no module sys on this page", "只能导入"),
        ("x = 1\nprint(y)", 2, "NameError: name 'y' isn't defined", "没有定义"),
        ("raise SystemExit", 1, "SystemExit", ""),
        ("1 / 0", 1, "ZeroDivisionError: divide by zero", "除以了0"),
        ("import optimlib as ol\nol.check(3, 'adam')", 2, "TypeError: rule must be a class", ""),
        ("import optimlib as ol\nol.check(int, 'adm')", 2, "ValueError: name must be one of adagrad", ""),
    ],
)
def test_what_ends_a_cell_is_told_with_its_line(
    interpreter: Interpreter, code: str, line: int, text: str, hint: str
) -> None:
    error = interpreter.cell(code)["error"]
    assert error["line"] == line
    assert error["text"].startswith(text)
    assert hint in error["hint"]
    assert bool(error["hint"]) == bool(hint)


def test_what_is_printed_has_a_limit(interpreter: Interpreter) -> None:
    assert interpreter.cell("print('α', 1 / 3, sep='｜')\nθ = 1\nprint(θ)")["lines"] == ["α｜0.3333333333333333", "1"]
    lines = interpreter.cell("for i in range(10_000): print(i)")["lines"]
    assert (len(lines), lines[199], "the rest is left out" in lines[200]) == (201, "199", True)
    lines = interpreter.cell("print('x' * 1_000_000)")["lines"]
    assert len(lines) == 1
    assert "the rest is left out" in lines[0]


def test_a_verdict_stands_below_all_that_is_printed(interpreter: Interpreter) -> None:
    body = RIGHT["sgd"].replace("        return -", "        for i in range(1000): print(grad)\n        return -")
    lines = interpreter.cell(cell("sgd", body))["lines"]
    assert "the rest is left out" in lines[-2]
    assert lines[-1].startswith("✓")


def test_nothing_is_printed_while_the_slips_are_tried(interpreter: Interpreter) -> None:
    body = RIGHT["sgd"].replace("        return -", "        print(grad)\n        return ")
    first, step, *rest = interpreter.cell(cell("sgd", body))["lines"]
    assert (float(first), "✗ Step 1 differs" in step, len(rest)) == (2.0, True, 2)
    assert interpreter.cell("print('aloud')")["lines"] == ["aloud"]


def test_modules_are_new_in_each_run(interpreter: Interpreter) -> None:
    interpreter.cell("import numpy\nimport optimlib as ol\nol.check = numpy.sqrt = lambda *a: print('✓')")
    found = interpreter.cell(cell("adam", RIGHT["adam"]))
    assert (found["passed"], len(found["lines"])) == (True, 1)


SLIPS = {
    "input": ("return -", "input()\n        return -", "nobody can be asked for input"),
    "unpacking": ("grad, {}", "grad, {**state}", "write dict(state, m=m)"),
    "no init": ("def init", "def start", "belong in the class"),
    "no self": ("update(self, grad", "update(grad", "The arguments are not what is handed over"),
    "power": ("* grad", "* grad^2", "A power is written **"),
    "hyperparameters in __init__": (
        "    lr: float = 0.01\n",
        "    def __init__(self, lr=0.1):\n        self.lr = lr\n",
        "not in __init__",
    ),
    "two numbers": ("-self.lr * grad, {}", "(-self.lr * grad, 0.0), {}", "The step has to be one number."),
    "not a recursion": ("return -", 'raise RuntimeError("a｜b")\n        return -', "RuntimeError: a|b"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_slips_of_the_language_get_their_hint(interpreter: Interpreter, name: str) -> None:
    old, new, hint = SLIPS[name]
    found = interpreter.cell(cell("sgd", wrong("sgd", old, new)))
    said = [*found["lines"], *([found["error"]["text"], found["error"]["hint"]] if found["error"] else [])]
    assert hint in said[-1]
    assert all(line.count("｜") <= 1 for line in said)


def test_the_rule_of_a_cell_is_its_last_class(interpreter: Interpreter) -> None:
    method = "    def update(self, g, state):\n        return -self.lr * g, {}\n"
    fields = "    n: int = 3\n    lr: float = 0.2\n    word = 'x'\n"
    code = f"class A:\n    beta, lr = 0.5, 0.1\n{method}\n\nclass B:\n{fields}{method}"
    found = json.loads(interpreter.call("rule", code))
    assert (found["name"], list(found["hyper"].items())) == ("B", [("n", 3), ("lr", 0.2)])
    assert found["integers"] == ["n"]
    begun = json.loads(interpreter.call("begin", json.dumps(found["hyper"]), 1, 2))
    assert "✗ The class has no method init." in begun["error"]["text"]
    nothing = json.loads(interpreter.call("rule", "x = 1"))
    assert (nothing["name"], nothing["hyper"]) == ("", {})
    assert "init" in nothing["error"]["hint"]


def test_a_step_that_fails_says_so(interpreter: Interpreter) -> None:
    init, update = (
        "def init(self, theta):\n        return {}\n\n",
        "def update(self, g, state):\n        return 1 / g, {}\n",
    )
    code = f"class A:\n    {init}    {update}"
    interpreter.call("rule", code)
    assert json.loads(interpreter.call("begin", "{}", 0.5, 0.5)) == {"error": None}
    assert interpreter.call("step", 0, "2.0", 0.5, 1) == 0.5
    assert interpreter.call("step", 0, "0.0", 0.5, 2) is None  # nan, which JSON does not have
    trouble = json.loads(interpreter.call("trouble"))
    assert trouble["line"] == 6
    assert "第2步" in trouble["text"]
    assert "除以了0" in trouble["hint"]


ONE = ("sqrt", "square", "abs", "absolute", "negative", "fabs", "sign", "exp", "log", "log2", "log10", "sin", "cos",
       "tan", "tanh", "arctan", "floor", "ceil", "isfinite", "isnan", "zeros_like", "ones_like")  # fmt: skip


@pytest.mark.parametrize("function", ONE)
def test_numpy_for_one_number(interpreter: Interpreter, function: str) -> None:
    for x in (0.0, 0.5, 2.25, -1.5):
        if function.startswith("log") and x <= 0:
            continue
        with np.errstate(all="ignore"):
            expected = getattr(np, function)(x)
        (line,) = interpreter.cell(f"import numpy as np\nprint(float(np.{function}({x})))")["lines"]
        np.testing.assert_allclose(float(line), expected, rtol=1e-15, equal_nan=True)


def test_numpy_for_more_than_one_number(interpreter: Interpreter) -> None:
    calls = "maximum(1, 2)", "minimum(1, 2)", "where(1 > 2, 3, 4)", "clip(5, 0, 1)", "power(2, 3)", "full_like(1.0, 7)"
    found = interpreter.cell("import numpy as np\n" + "\n".join(f"print(float(np.{call}))" for call in calls))
    expected = [float(eval(f"np.{call}")) for call in calls]
    assert [float(line) for line in found["lines"]] == expected == [2, 1, 4, 1, 8, 7]
