"""Runs first in the MicroPython of a page's worker: modules for readers' code, and what the worker calls.

The worker hands over strings and numbers only, and gets strings and numbers back: no object of JavaScript ever comes
within reach of a reader's code.
"""

import builtins
import io
import json
import math
import sys
from collections import OrderedDict


class _Typing:
    Any = object


sys.modules["typing"] = _Typing  # for optimlib.exercises, which is imported below

PAGE = "rule.py"
NO_CLASS = "代码里要有一个类，它有init和update两个方法。｜There has to be a class with the methods init and update."
UNPACKED = "{**"
NO_UNPACKING = (
    "这里的Python不认识{**state, …}：写dict(state, m=m)。｜"
    "The Python of this page does not know {**state, …}: write dict(state, m=m)."
)
LINES, CHARACTERS = 200, 20000  # of what readers' code prints


class Lines:
    """What is printed, up to a limit; as a context, nothing is."""

    def __init__(self):
        self.lines, self.room, self.full, self.silent = [], CHARACTERS, False, False

    def __enter__(self):
        self.silent = True

    def __exit__(self, *error):
        self.silent = False

    def print(self, *values, sep=" ", end="\n", file=None, flush=False):
        if self.full or self.silent:
            return
        text = sep.join([str(value) for value in values]) + end
        for line in (text[:-1] if text.endswith("\n") else text).split("\n"):
            self.room -= len(line)
            if self.room < 0 or len(self.lines) >= LINES:
                self.full = True
                self.lines.append("……后面的省略了｜… the rest is left out")
                return
            self.lines.append(line)

    def add(self, line):
        """A line of ours, which stands also where readers' own are too many."""
        self.lines.append(line)


printed = Lines()


# What readers may import: modules of one number.


class Module:
    """A module whose unknown names are explained."""

    def __init__(self, name, **members):
        self._name = name
        for key in members:
            setattr(self, key, members[key])

    def __getattr__(self, name):
        raise ImportError(f"{self._name} has no {name} on this page")


def _sign(x):
    return 1.0 if x > 0 else -1.0 if x < 0 else x * 0.0


def _clip(x, low, high):
    return min(max(x, low), high)


def _zeros_like(x):
    return 0.0


def _ones_like(x):
    return 1.0


def _full_like(x, value):
    return float(value)


def _where(condition, yes, no):
    return yes if condition else no


def _root(x):
    """As NumPy: the root of a negative number is nan."""
    return math.sqrt(x) if x >= 0 else math.nan


NUMPY = dict(
    sqrt=_root,
    square=lambda x: x * x,
    abs=abs,
    absolute=abs,
    negative=lambda x: -x,
    fabs=math.fabs,
    sign=_sign,
    maximum=max,
    minimum=min,
    clip=_clip,
    where=_where,
    zeros_like=_zeros_like,
    ones_like=_ones_like,
    full_like=_full_like,
    exp=math.exp,
    log=math.log,
    log2=math.log2,
    log10=math.log10,
    sin=math.sin,
    cos=math.cos,
    tan=math.tan,
    tanh=math.tanh,
    arctan=math.atan,
    power=pow,
    isfinite=math.isfinite,
    isnan=math.isnan,
    floor=lambda x: float(math.floor(x)),
    ceil=lambda x: float(math.ceil(x)),
    pi=math.pi,
    e=math.e,
    inf=math.inf,
    nan=math.nan,
)


def dataclass(cls=None, frozen=False, **options):
    """The part of dataclasses.dataclass that a rule needs: hyperparameters as keywords."""
    if cls is None:
        return lambda decorated: dataclass(decorated, frozen)

    def __init__(self, **values):
        for name in values:
            if not hasattr(cls, name):
                raise TypeError(f"{cls.__name__} has no field {name}")
            object.__setattr__(self, name, values[name])
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    cls.__init__ = __init__
    cls.__dataclass_fields__ = [name for name in dir(cls) if not name.startswith("_")]
    if frozen:
        cls.__setattr__ = _refuse
    return cls


class FrozenInstanceError(AttributeError):
    pass


def _refuse(self, name, value):
    raise FrozenInstanceError(f"cannot assign to field '{name}'")


def _unchanged(cls):
    return cls  # what `ol.coordinatewise` does for arrays is not needed for numbers


_import = builtins.__import__
_allowed = {"math": math}  # and what `_fresh` makes


def _guarded(name, *rest):
    if not trusted[0] and name not in _allowed:
        raise ImportError(f"no module {name} on this page")
    return _import(name, *rest) if trusted[0] else _allowed[name]


trusted = [True]
builtins.__import__ = _guarded

from optimlib import exercises  # noqa: E402
from optimlib.exercises import runner  # noqa: E402

last = [None]  # the last verdict


def check(rule, name):
    """`ol.check`, as in a notebook."""
    last[0] = exercises.verdict(rule, name)
    for line in last[0]["lines"]:
        printed.add(line)


def _fresh():
    """Modules that no run before has written to."""
    return {
        "numpy": Module("numpy", **NUMPY),
        "dataclasses": Module("dataclasses", dataclass=dataclass),
        "optimlib": Module("optimlib", check=check, coordinatewise=_unchanged),
        "typing": Module("typing", Any=object),  # hints have no effect here
        "__future__": Module("__future__", annotations=None),
    }


def _input(prompt=""):
    raise OSError("nobody can be asked for input on this page")


def line_of(error):
    """The last line of the reader's code in the traceback; MicroPython tells it as text only."""
    text = io.StringIO()
    sys.print_exception(error, text)
    found = [line for line in text.getvalue().split("\n") if f'File "{PAGE}", line ' in line]
    if not found:
        return None
    digits = found[-1].split(", line ")[1].split(",")[0]
    return int(digits)


runner.find_lines_by(line_of)
runner.hush_by(lambda: printed)


def trouble_of(error, code):
    hints, line = runner.hints_of(error), line_of(error)
    text = (type(error).__name__ + (": " + str(error) if str(error) else "")).replace(runner.BETWEEN, "|")
    if isinstance(error, SyntaxError) and line:
        written = code.rstrip().split("\n")
        line = min(line, len(written))  # what is missing at the end is missed below it
        if UNPACKED in written[line - 1]:
            hints = [NO_UNPACKING]
    return {"line": line, "text": text, "hint": hints[0] if hints else ""}


def execute(code):
    """Run a reader's code in a namespace of its own; (namespace, trouble or None)."""
    printed.__init__()
    last[0] = None
    names = {"__name__": "__main__", "print": printed.print, "input": _input}
    _allowed.update(_fresh())
    trusted[0] = False
    try:
        exec(compile(code, PAGE, "exec"), names)
    except BaseException as error:
        return names, trouble_of(error, code)
    finally:
        trusted[0] = True
    return names, None


# What the worker calls.


def cell(code):
    """Run an exercise's cell. JSON: {"lines": […], "passed": true | false | null, "line": int | null, "error": …}.

    line: where the reader's class raised an exception while it was checked.  error: what ended the cell, else null.
    """
    _, error = execute(code)
    found = last[0] or {"passed": None, "line": None}
    return json.dumps({"lines": printed.lines, "passed": found["passed"], "line": found["line"], "error": error})


racer = [None, None]  # the reader's class, and a Runner of it
said = [None]  # why the last `begin` or `step` failed


def rule(code):
    """Run the code and take its last class with `init` and `update`.

    JSON: {"name", "hyper", "integers": names of those that the class has as whole numbers, "lines", "error"}.
    """
    names, error = execute(code)
    racer[0] = None
    if error is None:
        # A namespace keeps no order: the last one is the one whose methods stand lowest.
        classes = [value for value in names.values() if isinstance(value, type) and hasattr(value, "update")]
        order = [_place(code, cls.__name__) for cls in classes]
        if classes:
            racer[0] = classes[order.index(max(order))]
        else:
            error = {"line": None, "text": "", "hint": NO_CLASS}
    cls = racer[0]
    hyper = _hyper(code, cls)
    integers = [name for name in hyper if isinstance(hyper[name], int)]  # JavaScript knows 2 and 2.0 as one
    name = cls.__name__ if cls else ""
    return json.dumps({"name": name, "hyper": hyper, "integers": integers, "lines": printed.lines, "error": error})


def _place(code, name):
    return code.rfind("class " + name)


def _hyper(code, cls):
    """Its hyperparameters: class attributes that are finite numbers, in the order of the code."""
    names = [] if cls is None else [name for name in dir(cls) if not name.startswith("_")]
    found = [name for name in names if type(getattr(cls, name)) in (int, float) and math.isfinite(getattr(cls, name))]
    begin = 0 if cls is None else _place(code, cls.__name__)
    found.sort(key=lambda name: _first(code, name, begin))
    return OrderedDict([(name, getattr(cls, name)) for name in found])


def _first(code, name, begin):
    """Where a line of the class gives this name a value."""
    for mark in (" =", ":", "="):
        for indent in ("    ", "\t", "  "):
            at = code.find("\n" + indent + name + mark, begin)
            if at >= 0:
                return at
    return len(code)


def begin(hyper, x, y):
    """Make the rule with these hyperparameters (JSON), at (x, y). JSON: {"error": … or null}."""
    said[0] = None
    trusted[0] = False
    try:
        racer[1] = runner.Runner(racer[0], json.loads(hyper), (float(x), float(y)))
    except runner.Failed as failed:
        said[0] = _failed(failed)
    finally:
        trusted[0] = True
    return json.dumps({"error": said[0]})


def step(coordinate, grad, theta, t):
    """One update of one coordinate, step t; nan where it fails, and then `trouble()` tells why.

    grad, theta: numbers, or their text: an integer number beyond 2³¹ would be cut on its way from JavaScript.
    """
    trusted[0] = False
    try:
        return racer[1].step(int(coordinate), float(grad), float(theta), int(t))
    except runner.Failed as failed:
        said[0] = _failed(failed)
        return math.nan
    finally:
        trusted[0] = True


def _failed(failed):
    """A verdict as a trouble: what happened, and the hint."""
    hints = failed.lines[1:]
    return {"line": failed.at, "text": failed.lines[0], "hint": hints[0] if hints else ""}


def lines():
    """What the reader's code has printed so far, also while the rule ran; JSON."""
    return json.dumps(printed.lines)


def trouble():
    """Why the last `begin` or `step` failed, as JSON; "" if it did not."""
    return json.dumps(said[0]) if said[0] else ""
