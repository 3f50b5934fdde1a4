"""Exercises that grade themselves: `check` runs a reader's class beside a reference and says what differs first.

The same files run in notebooks and in the MicroPython of web pages, so they use no NumPy: classes are run one
coordinate at a time, on numbers.
"""

from typing import Any

from optimlib.exercises.problems import PROBLEMS, STEPS, problem
from optimlib.exercises.ravine import beat_adam
from optimlib.exercises.rules import EXERCISES
from optimlib.exercises.runner import Failed, Runner, hushed
from optimlib.exercises.slips import CLOSE, difference


def check(rule: type, name: str) -> None:
    """Run `rule`, a class with `init` and `update`, on random problems beside the reference, and print the verdict.

    name: of the exercise: "sgd", "momentum", "ema-to-heavy-ball", "nesterov", "adagrad", "repair-adagrad", "rmsprop",
    "adam", "repair-adam", "adamw", "amsgrad", "lion", or "beat-adam".
    The steps are what counts; buffers of the state that have the reference's names help to say where a step differs.
    A class that raises an exception is told in which line, and nothing is raised. The verdict is in the language of
    `set_language`, by default in both.
    Raises TypeError unless `rule` is a class, ValueError for an unknown name.
    """
    from optimlib.language import label  # here: a page, where `verdict` runs, too, has neither module nor need

    for line in verdict(rule, name)["lines"]:
        print(label(line))


def verdict(rule: Any, name: str) -> dict:
    """What `check` prints: {"passed": bool, "lines": [中文｜English, …], "line": the reader's that raised, or None}.

    Raises TypeError unless `rule` is a class, ValueError for an unknown name.

    >>> class Mine:
    ...     lr = 0.01
    ...     def init(self, theta):
    ...         return {}
    ...     def update(self, grad, state):
    ...         return -self.lr * grad, {}
    >>> verdict(Mine, "sgd")["passed"]
    True
    """
    names = sorted(EXERCISES) + ["beat-adam"]
    if name not in names:
        raise ValueError("name must be one of " + ", ".join(names) + ", got " + repr(name))
    if not isinstance(rule, type):
        raise TypeError("rule must be a class with init and update, got " + repr(rule))
    try:
        lines = beat_adam(rule) if name == "beat-adam" else _compare(rule, EXERCISES[name])
    except Failed as failed:
        return {"passed": False, "lines": failed.lines, "line": failed.at}
    return {"passed": True, "lines": lines, "line": None}


def _compare(rule: Any, exercise: Any) -> list:
    for index in range(PROBLEMS):
        hyper, point, gradient = problem(index, exercise.hypers)
        runner = Runner(rule, hyper, point)
        states = [dict(exercise.state), dict(exercise.state)]
        largest = [0.0, 0.0]
        seen: list = [[], []]
        for t in range(1, STEPS + 1):
            grads, steps = gradient(point[0], point[1], t), []
            for i in (0, 1):
                seen[i].append((grads[i], point[i]))
                step, states[i] = exercise.reference(hyper, states[i], grads[i], point[i], ())
                got = runner.step(i, grads[i], point[i], t)
                largest[i] = max(largest[i], abs(step))
                if not abs(got - step) <= CLOSE * largest[i]:  # nan, too
                    with hushed():
                        raise difference(rule, exercise, hyper, seen[i], (states[i], runner.states[i]), (step, got))
                steps.append(step)
            point = (point[0] + steps[0], point[1] + steps[1])
            if not abs(point[0]) + abs(point[1]) < 1000.0:  # at this learning rate it diverges: nothing more to see
                break
    zh = f"✓ 与{exercise.name}一致：{PROBLEMS}道随机题，每题{STEPS}步。"
    return [zh + f"｜✓ The same as {exercise.name}: {PROBLEMS} random problems, {STEPS} steps each."]
