"""The checks of exercises: the references are optimlib's rules, right answers pass, slips are known by name."""

from __future__ import annotations

import re
from typing import Any

import exercise_forms as forms
import numpy as np
import pytest
from exercise_answers import FAULTY, RIGHT, WRONG, cell, wrong

import optimlib as ol
from optimlib.exercises import EXERCISES, verdict
from optimlib.exercises.hints import HINTS, SHARED, TROUBLE, told
from optimlib.exercises.problems import PROBLEMS, problem
from optimlib.exercises.ravine import KAPPA, TUNED, adam, mean_loss, ravine
from optimlib.exercises.slips import STEPS, TRIED, slips

CASES = [(name, *case) for name, cases in WRONG.items() for case in cases]


def answer(name: str, body: str) -> Any:
    """The class of an answer."""
    return made(cell(name, body))


def made(code: str) -> Any:
    """The class of a cell."""
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(code.rsplit("ol.check", 1)[0], "answer.py", "exec", dont_inherit=True), names)
    return names["Mine"]


@pytest.mark.parametrize("name", EXERCISES)
def test_a_reference_takes_the_steps_of_the_rule_bit_for_bit(name: str) -> None:
    exercise = EXERCISES[name]
    for index in range(PROBLEMS):
        hyper, point, gradient = problem(index, exercise.hypers)
        rule = getattr(ol, exercise.name)(**hyper)
        theta, states = np.array(point), [dict(exercise.state), dict(exercise.state)]
        state = rule.init(theta)
        for t in range(1, 41):
            grads = gradient(*theta.tolist(), t)
            reads = {"theta": theta} if "theta" in getattr(rule, "reads", ()) else {}
            step, state = rule.update(np.array(grads), state, **reads)
            for i in (0, 1):
                ours, states[i] = exercise.reference(hyper, states[i], grads[i], float(theta[i]), ())
                assert ours == step[i], (index, t)
                for key, value in states[i].items():
                    assert value == (state[key][i] if np.ndim(state[key]) else state[key]), (index, t, key)
            theta = theta + step
            if not np.abs(theta).sum() < 1e6:
                break


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ol.check(answer(name, RIGHT[name]), name)
    out = capsys.readouterr().out
    assert out.startswith("✓")
    assert "｜✓" in out


def test_nothing_is_printed_while_the_slips_are_tried(capsys: pytest.CaptureFixture[str]) -> None:
    ol.check(answer("sgd", RIGHT["sgd"].replace("        return -", "        print(grad)\n        return ")), "sgd")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2.0"
    assert lines[1].startswith("✗ 第1步不同")
    assert len(lines) == 4


@pytest.mark.parametrize(("name", "old", "new", "slip"), CASES)
def test_a_wrong_answer_gets_its_hint(name: str, old: str, new: str, slip: str | None) -> None:
    with np.errstate(all="ignore"):
        found = verdict(answer(name, wrong(name, old, new)), name)
    assert not found["passed"]
    assert all(line.count("｜") == 1 for line in found["lines"])
    if slip in HINTS:
        zh, en = HINTS[slip].split("｜")
        assert [f"提示：{zh}｜Hint: {en}"] == found["lines"][2:]
    elif slip:
        assert slip in " ".join(found["lines"])


def test_every_exercise_has_enough_wrong_answers() -> None:
    assert set(WRONG) == set(RIGHT) == {*EXERCISES, "beat-adam"}
    assert min(len(cases) for name, cases in WRONG.items() if name != "beat-adam") >= 8


@pytest.mark.parametrize("name", FAULTY)
def test_several_errors_at_once_are_all_named(name: str) -> None:
    body, expected = FAULTY[name]
    assert set(slips(answer(name, body), EXERCISES[name])) == expected


@pytest.mark.parametrize("name", EXERCISES)
def test_every_slip_changes_the_path_and_has_a_hint(name: str) -> None:
    """A slip that walks like the right answer, or like another slip of the same rule, would mislead."""
    exercise = EXERCISES[name]
    paths = {}
    for slip in (None, *exercise.slips):
        steps = []
        for index in TRIED:
            hyper, (x, y), gradient = problem(index, exercise.hypers)
            ours, theirs = dict(exercise.state), dict(exercise.state)
            for t in range(1, STEPS + 1):
                g = gradient(x, y, t)[0]
                right, ours = exercise.reference(hyper, ours, g, x, ())
                try:
                    step, theirs = exercise.reference(hyper, theirs, g, x, (slip,) if slip else ())
                except ZeroDivisionError:
                    step = np.nan
                steps.append(step)
                x += right
        paths[slip] = np.array(steps)
    assert set(exercise.slips) <= set(HINTS)
    for first in paths:
        for second in paths:
            assert first == second or not np.allclose(paths[first], paths[second], rtol=1e-6, atol=0), (first, second)


def test_no_hint_is_without_use() -> None:
    assert {slip for exercise in EXERCISES.values() for slip in exercise.slips} == set(HINTS)
    assert all(text.count("｜") == 1 for text in [*HINTS.values(), *TROUBLE.values()])


def test_the_message_says_which_step_which_quantity_and_by_how_much() -> None:
    lines = verdict(answer("adam", wrong("adam", "grad**2", "m**2")), "adam")["lines"]
    assert lines[0] == "✗ 第1步不同：v应为0.04，你的是0.0004。｜✗ Step 1 differs: v should be 0.04, yours is 0.0004."
    assert lines[1].startswith("其中lr = 0.1, beta1 = 0.9, beta2 = 0.99, eps = 0.01；梯度依次为2｜Here lr = 0.1")


def test_numbers_that_differ_look_different() -> None:
    body = wrong("amsgrad", 'v if v > state["w"] else state["w"]', "v")
    found = re.search(r"should be (\S+), yours is (\S+)\.$", verdict(answer("amsgrad", body), "amsgrad")["lines"][0])
    assert found is not None
    assert found[1] != found[2]


def test_a_class_that_does_nothing_yet_gets_no_hint() -> None:
    for name in EXERCISES:
        body = re.sub(r"( +)return (step|-.*?), ", r"\1return 0.0 * grad, ", RIGHT[name])
        lines = verdict(answer(name, body), name)["lines"]
        assert lines[0].startswith("✗ 第1步不同")
        assert not [line for line in lines if "Hint" in line], name


def test_an_exception_is_told_with_the_readers_line() -> None:
    code = wrong("adam", 't = state["t"] + 1', 't = state["t"]')
    found = verdict(answer("adam", code), "adam")
    line = cell("adam", code).splitlines().index("        m_hat = m / (1 - self.beta1**t)") + 1
    assert found["line"] == line
    assert f"第1步（第{line}行）出错：ZeroDivisionError" in found["lines"][0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('return {"u": 0.0 * theta}', "return 0.0", "init返回的是0"),
        ('return {"u": 0.0 * theta}', "raise OverflowError", "init（第14行）出错：OverflowError｜"),
        ('return -self.lr * u, {"u": u}', 'state["u"] = u; return -self.lr * u, state', "改动了旧状态"),
        ('{"u": u}', "u", "新状态是"),
        ("-self.lr * u,", '"left",', "第1步是'left'"),
        ("-self.lr * u,", "float('nan'),", "第1步是nan"),
        ("-self.lr * u,", "10**400,", "第1步是1000"),
        ("self.beta * state", "float('x') * state", "could not convert"),
    ],
)
def test_other_mistakes_are_explained(old: str, new: str, told: str) -> None:
    found = verdict(answer("momentum", wrong("momentum", old, new)), "momentum")
    assert not found["passed"]
    assert told in found["lines"][0]


def test_plain_classes_have_their_attributes_set() -> None:
    class Plain:
        lr, beta = 0.1, 0.9

        def init(self, theta: float) -> dict:
            return {"u": 0.0}

        def update(self, grad: float, state: dict) -> tuple:
            u = self.beta * state["u"] + grad
            return -self.lr * u, {"u": u}

    assert verdict(Plain, "momentum")["passed"]


@pytest.mark.parametrize("name", forms.RIGHT)
def test_a_right_answer_passes_in_other_forms(name: str) -> None:
    assert verdict(made(forms.ALL[name]), "momentum")["passed"]


def test_coordinates_that_get_mixed_up_are_told() -> None:
    assert verdict(made(forms.ALL["shared"]), "momentum")["lines"][2:] == told(SHARED)


def test_a_state_changed_within_a_list_is_told() -> None:
    assert "改动了旧状态" in verdict(made(forms.ALL["changed within a list"]), "momentum")["lines"][0]


def test_a_dataclass_that_changes_itself_is_told_the_readers_line() -> None:
    code = forms.ALL["changes itself"]
    line = code.splitlines().index("        self.last = 1") + 1
    assert verdict(made(code), "momentum")["line"] == line


def test_signs_are_not_taken_for_a_slip_that_only_resembles() -> None:
    lines = verdict(answer("lion", wrong("lion", "self.beta2", "0.999")), "lion")["lines"]
    assert len(lines) == 2


def test_a_class_that_differs_late_is_not_said_to_have_a_number_written_out() -> None:
    lines = verdict(answer("amsgrad", wrong("amsgrad", '"w": w}', '"w": v}')), "amsgrad")["lines"]
    assert lines[0].startswith("✗ 第18步不同")
    assert len(lines) == 2


def test_a_class_that_is_right_only_at_its_defaults() -> None:
    found = verdict(
        answer("adam", wrong("adam", "self.beta2 *", "0.999 *").replace("(1 - self.beta2)", "0.001")), "adam"
    )
    assert "self.beta2" in found["lines"][-1]


def test_wrong_calls() -> None:
    with pytest.raises(ValueError, match=r"name must be one of adagrad, adam, .*, got 'adm'"):
        ol.check(ol.Adam, "adm")
    with pytest.raises(TypeError, match="rule must be a class with init and update, got Adam"):
        ol.check(ol.Adam(), "adam")  # type: ignore[arg-type]


def test_the_ravine() -> None:
    rng = np.random.default_rng(0)
    for x, y in rng.normal(size=(20, 2)).tolist():
        h = 1e-6
        numeric = [
            (ravine(x + h, y)[0] - ravine(x - h, y)[0]) / 2 / h,
            (ravine(x, y + h)[0] - ravine(x, y - h)[0]) / 2 / h,
        ]
        np.testing.assert_allclose(ravine(x, y)[1:], numeric, rtol=1e-6, atol=1e-6)
    hessian = np.array([np.subtract(ravine(*e)[1:], ravine(0, 0)[1:]) for e in ((1.0, 0.0), (0.0, 1.0))])
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [1, KAPPA])


def test_the_ravine_does_not_betray_its_minimum() -> None:
    class Home:
        reads = ("theta",)

        def init(self, theta: float) -> dict:
            return {}

        def update(self, grad: float, state: dict, *, theta: float) -> tuple:
            return -theta, {}

    assert not verdict(Home, "beat-adam")["passed"]


def test_the_adam_to_beat_is_tuned() -> None:
    """Over a grid whose best is not at an edge."""
    lrs, beta1s, beta2s = (
        (0.3, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 3.0),
        (0.5, 0.6, 0.7, 0.8, 0.9, 0.95),
        (0.9, 0.95, 0.99, 0.999, 0.9999),
    )
    losses = {
        (lr, beta1, beta2): mean_loss(adam({"lr": lr, "beta1": beta1, "beta2": beta2, "eps": TUNED["eps"]}))
        for lr in lrs for beta1 in beta1s for beta2 in beta2s
    }  # fmt: skip
    best = min(losses, key=lambda key: losses[key])
    assert best == (TUNED["lr"], TUNED["beta1"], TUNED["beta2"])
    for value, values in zip(best, (lrs, beta1s, beta2s), strict=True):
        assert values[0] < value < values[-1]


def test_coordinatewise_runs_a_class_for_numbers_on_arrays() -> None:
    rule = ol.coordinatewise(answer("lion", LION_BRANCHING))
    start = np.random.default_rng(3).normal(size=(3, 2))
    ours = ol.descend(rule(lr=0.05), ol.Rosenbrock(), start, 30)
    theirs = ol.descend(ol.Lion(lr=0.05, weight_decay=0.1), ol.Rosenbrock(), start, 30)
    np.testing.assert_array_equal(ours.theta, theirs.theta)


LION_BRANCHING = RIGHT["lion"].replace("sign(c)", "(1.0 if c > 0 else -1.0 if c < 0 else 0.0)")


def test_coordinatewise_wants_a_class() -> None:
    for thing in (ol.Adam(), int, 3):
        with pytest.raises(TypeError, match="rule must be a class with the methods init and update, got"):
            ol.coordinatewise(thing)  # type: ignore[type-var]
    rule = ol.coordinatewise(answer("adamw", RIGHT["adamw"]))()
    state = rule.init(np.zeros(3))
    with pytest.raises(ValueError, match="grad must have the shape of theta"):
        rule.update(np.zeros(3), state, theta=np.zeros(2))


def test_the_verdict_is_in_the_language_that_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        for language, told in (("zh", "✓ 与SGD一致"), ("en", "✓ The same as SGD")):
            ol.set_language(language)
            ol.check(answer("sgd", RIGHT["sgd"]), "sgd")
            out = capsys.readouterr().out
            assert out.startswith(told)
            assert "｜" not in out
    finally:
        ol.set_language("both")
