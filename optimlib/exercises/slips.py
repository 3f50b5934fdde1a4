"""Why a class differs: the slips of a reference are tried until it walks as the class does."""

from math import isfinite, nan
from typing import Any

from optimlib.exercises.hints import HINTS, NO_NUMBER, SHARED, told
from optimlib.exercises.problems import PROBLEMS, STEPS, problem
from optimlib.exercises.runner import Failed, Runner, is_number, short, told_apart

CLOSE, SAME = 1e-9, 1e-7  # relative to the largest step so far: of a right class, of one with slips
TRIED, FEWEST = range(1, PROBLEMS), 5  # problems that a slip is known by: signs alone tell little


def difference(rule: Any, exercise: Any, hyper: dict, seen: list, states: tuple, steps: tuple) -> Failed:
    """What to say of the first step that differs: which quantity, by how much, and why, where that is known.

    seen: [(g, θ), …] up to this step, of one coordinate.  states, steps: the reference's and the class's.
    """
    t, (right, got), (ours, theirs) = len(seen), steps, states
    zh, en = "步子", "the step"
    for name in sorted(exercise.state):  # MicroPython keeps no order
        apart = is_number(theirs.get(name)) and abs(float(theirs[name]) - ours[name]) > CLOSE * abs(ours[name])
        if apart and name not in ("t", "beta1_t", "beta2_t"):
            zh, en, right, got = name, name, ours[name], float(theirs[name])
            break
    wanted, found = told_apart(right, got)
    lines = [
        f"✗ 第{t}步不同：{zh}应为{wanted}，你的是{found}。｜"
        f"✗ Step {t} differs: {en} should be {wanted}, yours is {found}.",
        _situation([(key, hyper[key]) for key in exercise.hypers], [g for g, _ in seen]),
    ]
    if not isfinite(got):
        return Failed(lines + told(NO_NUMBER))
    if abs(_alone(rule, hyper, seen) - steps[0]) < 0.1 * abs(steps[1] - steps[0]):
        return Failed(lines + told(SHARED))
    made = slips(rule, exercise)
    if made:
        return Failed(lines + told(*[HINTS[slip] for slip in made]))
    written = ", ".join(["self." + name for name in _written(rule, exercise)])
    if written:
        lines += told(f"有个数写死了：应当用{written}。｜A number is written out in place of {written}.")
    return Failed(lines)


def _alone(rule: Any, hyper: dict, seen: list) -> float:
    """The step that the class takes last if this coordinate is the only one; nan if it fails."""
    step = nan
    try:
        runner = Runner(rule, hyper, (seen[0][1],))
        for i in range(len(seen)):
            step = runner.step(0, seen[i][0], seen[i][1], i + 1)
    except Failed:
        return nan
    return step


def _situation(hyper: list, gradients: list) -> str:
    values = ", ".join([f"{key} = {short(value)}" for key, value in hyper])
    last = ", ".join([short(g) for g in gradients[:4]]) + (", …" if len(gradients) > 4 else "")
    return f"其中{values}；梯度依次为{last}｜Here {values}; the gradients are {last}"


def slips(rule: Any, exercise: Any) -> tuple:
    """The slips, as few as possible, with which the reference does what the class does; () if there are none."""
    runs = []
    for index in TRIED:
        hyper = problem(index, exercise.hypers)[0]
        runs.append((hyper, _path(rule, exercise, hyper, index)))
    answers = [got for _, path in runs for _, _, got in path]
    if len(answers) < FEWEST or not any(answers):  # too little to go by
        return ()
    for chosen in _choices(exercise.slips):
        if all(_follows(exercise, chosen, hyper, path) for hyper, path in runs):
            return chosen
    return ()


def _choices(names: Any) -> Any:
    """One slip, two, or three at once."""
    for a in names:
        yield (a,)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            yield a, b
    for i, a in enumerate(names):
        for j in range(i + 1, len(names)):
            for c in names[j + 1 :]:
                yield a, names[j], c


def _path(rule: Any, exercise: Any, hyper: dict, index: int) -> list:
    """What the class gets on a problem, along the reference's path, and what it answers: [(g, θ, step), …].

    It ends where the class fails.
    """
    _, (x, y), gradient = problem(index, exercise.hypers)
    state, path = dict(exercise.state), []
    try:
        runner = Runner(rule, hyper, (x, y))
        for t in range(1, STEPS + 1):
            g = gradient(x, y, t)[0]
            path.append((g, x, runner.step(0, g, x, t)))
            step, state = exercise.reference(hyper, state, g, x, ())
            x += step
    except Failed:
        pass
    return path


def _follows(exercise: Any, chosen: tuple, hyper: dict, path: list) -> bool:
    """Does the reference with these slips answer as the class did?"""
    state, largest = dict(exercise.state), 0.0
    for g, x, got in path:
        try:
            step, state = exercise.reference(hyper, state, g, x, chosen)
        except (ZeroDivisionError, OverflowError):
            return False
        largest = max(largest, abs(step))
        if not abs(got - step) <= SAME * largest:
            return False
    return True


def _written(rule: Any, exercise: Any) -> list:
    """The hyperparameters that the class does not read: at its own defaults it is right, but not when they change.

    What differs only after two steps may have other causes.
    """
    defaults = {name: getattr(rule, name) for name in exercise.hypers}
    if any(not isinstance(value, (int, float)) for value in defaults.values()):
        return []
    for index in TRIED[:3]:
        path = _path(rule, exercise, defaults, index)
        if len(path) < STEPS or not _follows(exercise, (), defaults, path):
            return []
    found = []
    for name in exercise.hypers:
        hyper = dict(defaults)
        hyper[name] *= 0.7
        if not _follows(exercise, (), hyper, _path(rule, exercise, hyper, TRIED[0])[:2]):
            found.append(name)
    return found
