"""Running a reader's class, which may do anything: whatever goes wrong becomes a verdict in words."""

from math import isfinite
from typing import Any

from optimlib.exercises.hints import (
    ARGUMENTS,
    CHANGED,
    NO_DEFAULT,
    NO_METHOD,
    NO_NUMBER,
    NO_PAIR,
    NO_STATE,
    NO_TUPLE,
    NOT_ONE,
    POWER,
    TROUBLE,
    told,
)

BETWEEN = "｜"  # Chinese and English: what readers wrote must not have it


class Failed(Exception):
    """Ends a check: lines to print, and the reader's line that is to blame, if known."""

    def __init__(self, lines: list, at: Any = None) -> None:
        super().__init__(lines)
        self.lines, self.at = lines, at


class Runner:
    """A reader's class with its hyperparameters, and a state for each coordinate.

    Raises Failed for a class that raises an exception, or lacks or returns something else than it should.
    """

    def __init__(self, rule: Any, hyper: dict, start: Any) -> None:
        missing = ", ".join([name for name in ("init", "update") if not hasattr(rule, name)])
        if missing:
            raise Failed([f"✗ 类里没有方法{missing}。｜✗ The class has no method {missing}."] + told(NO_METHOD))
        missing = ", ".join([name for name in sorted(hyper) if not hasattr(rule, name)])  # MicroPython keeps no order
        if missing:
            lines = [f"✗ 类里没有超参数{missing}。｜✗ The class has no hyperparameter {missing}."]
            raise Failed(lines + told(NO_DEFAULT))
        reads = getattr(rule, "reads", ())
        if isinstance(reads, str):
            raise Failed([f"✗ reads是{short(reads)}。｜✗ reads is {short(reads)}."] + told(NO_TUPLE))
        self.reads = "theta" in reads
        self.rule = _attempt(lambda: _made(rule, hyper), 0)
        self.states = _attempt(lambda: [self.rule.init(x) for x in start], 0)
        for state in self.states:
            if not isinstance(state, dict):
                raise Failed([f"✗ init返回的是{short(state)}。｜✗ init returns {short(state)}."] + told(NO_STATE))

    def step(self, coordinate: int, g: float, theta: float, t: int) -> float:
        """One update of one coordinate: step t of the run, from 1."""
        before = self.states[coordinate]
        kept, reads = _copied(before), {"theta": theta} if self.reads else {}
        result = _attempt(lambda: self.rule.update(g, before, **reads), t)
        if not (isinstance(result, tuple) and len(result) == 2):
            raise Failed([f"✗ update返回的是{short(result)}。｜✗ update returns {short(result)}."] + told(NO_PAIR))
        step, state = result
        if not isinstance(state, dict):
            raise Failed([f"✗ 新状态是{short(state)}。｜✗ The new state is {short(state)}."] + told(NO_STATE))
        if not is_number(step):
            hint = NO_NUMBER if isinstance(step, (int, float)) else NOT_ONE
            raise Failed([f"✗ 第{t}步是{short(step)}。｜✗ Step {t} is {short(step)}."] + told(hint))
        if kept != before:
            raise Failed([f"✗ 第{t}步改动了旧状态。｜✗ Step {t} changes the old state."] + told(CHANGED))
        self.states[coordinate] = state
        return float(step)


def _made(rule: Any, hyper: dict) -> Any:
    """The rule with these hyperparameters: fields of a dataclass, or attributes of a class."""
    fields = getattr(rule, "__dataclass_fields__", ())
    attributes = {key: hyper[key] for key in hyper if key not in fields}
    if attributes:  # not set on the object, which may be frozen
        rule = type(rule.__name__, (rule,), attributes)
    return rule(**{key: hyper[key] for key in hyper if key in fields})


def _copied(value: Any) -> Any:
    """A state as it is now, with what its dictionaries and lists hold."""
    if isinstance(value, dict):
        return {key: _copied(value[key]) for key in value}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _attempt(call: Any, t: int) -> Any:
    """call(), which runs a reader's code; Failed where that raises an exception."""
    try:
        return call()
    except Exception as error:
        failed = trouble(error, t)
    raise failed  # outside, because MicroPython cannot chain exceptions and warns


def _line_of(error: Any) -> Any:
    """The last line of the reader's own: not of a library, nor of a dataclass's generated methods; or None."""
    found, trace = None, error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        package = frame.f_globals.get("__name__", "").split(".")[0]
        if package not in ("optimlib", "numpy") and frame.f_code.co_filename != "<string>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


_find = [_line_of]


def find_lines_by(find: Any) -> None:
    """Let `find(error)` say which line raised: MicroPython keeps no traceback."""
    _find[0] = find


def _unprinted() -> Any:
    import contextlib  # MicroPython has none
    import io

    return contextlib.redirect_stdout(io.StringIO())


_hush = [_unprinted]


def hush_by(hush: Any) -> None:
    """Let `hush()` make the context in which a reader's class prints nothing."""
    _hush[0] = hush


def hushed() -> Any:
    """A context for runs that readers do not know of: what their class prints there would only puzzle them."""
    return _hush[0]()


def trouble(error: Exception, t: int) -> Failed:
    """An exception of the reader's class in step t, or in init (t = 0)."""
    at, kind = _find[0](error), type(error).__name__
    text = (f"{kind}: {error}" if str(error) else kind).replace(BETWEEN, "|")
    zh, en = (f"第{t}步", f"Step {t}") if t else ("init", "init")
    if at is not None:
        zh, en = f"{zh}（第{at}行）", f"{en} (line {at})"
    hints = hints_of(error)
    if kind == "TypeError" and at is None:  # the call itself, not a line of the class
        hints = [ARGUMENTS]
    return Failed([f"✗ {zh}出错：{text}｜✗ {en} fails: {text}"] + told(*hints), at)


def hints_of(error: BaseException) -> list:
    """What to say of an exception."""
    kind, text = type(error).__name__, str(error)
    if kind == "TypeError" and ("__xor__" in text or " ^" in text):
        return [POWER]
    if (kind == "ValueError" and "math domain" not in text) or (kind == "RuntimeError" and "recursion" not in text):
        return []
    return [TROUBLE[kind]] if kind in TROUBLE else []


def is_number(value: Any) -> bool:
    try:
        return isfinite(float(value))
    except (TypeError, ValueError, OverflowError):  # the last for an integer beyond all floats
        return False


def short(value: Any, digits: int = 4) -> str:
    """A number with so many digits, anything else as Python shows it, cut."""
    if isinstance(value, float) or (isinstance(value, int) and is_number(value)):
        return (f"%.{digits}g" % (value + 0.0)).replace("-", "−")  # 0, not −0
    return repr(value)[:60].replace(BETWEEN, "|")


def told_apart(a: Any, b: Any) -> tuple:
    """Both as `short` shows them, with as many digits as it takes to tell them apart."""
    digits = 4
    while short(a, digits) == short(b, digits) and digits < 16:
        digits += 1
    return short(a, digits), short(b, digits)
