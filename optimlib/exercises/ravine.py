"""The exercise that any rule may enter: a ravine, a budget of steps, and Adam, tuned, to beat."""

from math import exp, log
from typing import Any

from optimlib.exercises.problems import Dice
from optimlib.exercises.rules import EXERCISES
from optimlib.exercises.runner import Failed, Runner, short

KAPPA, BUDGET, STARTS = 100.0, 80, 6
COSINE, SINE = 0.8, 0.6  # the ravine lies askew
TUNED = {"lr": 2.0, "beta1": 0.7, "beta2": 0.99, "eps": 1e-8}  # the best of a grid, which a test searches again


def ravine(x: float, y: float) -> tuple:
    """(loss, ∂/∂x, ∂/∂y) of a bowl with the curvatures 1 and κ along axes that are turned."""
    along, across = COSINE * x + SINE * y, COSINE * y - SINE * x
    loss = 0.5 * (along * along + KAPPA * across * across)
    return loss, COSINE * along - SINE * KAPPA * across, SINE * along + COSINE * KAPPA * across


def beat_adam(rule: Any) -> list:
    """Lines that say by how much; Failed if the class does not beat Adam."""
    adams, yours = mean_loss(adam(TUNED)), mean_loss(lambda start: Runner(rule, {}, start).step)
    mark, told = (
        ("✓" if yours < adams else "✗"),
        ", ".join([f"{key} = {TUNED[key]}" for key in ("lr", "beta1", "beta2")]),
    )
    lines = [
        f"{mark} {BUDGET}步之后的损失：调好的Adam（{told}）{short(adams)}，你的{short(yours)}。｜"
        f"{mark} Loss after {BUDGET} steps: tuned Adam ({told}) {short(adams)}, yours {short(yours)}."
    ]
    if yours < adams:
        return lines
    raise Failed(lines)


def adam(hyper: dict) -> Any:
    """Adam with these hyperparameters, for `mean_loss`."""
    exercise = EXERCISES["adam"]

    def begin(start: tuple) -> Any:
        states = [dict(exercise.state), dict(exercise.state)]

        def step(i: int, g: float, theta: float, t: int) -> float:
            change, states[i] = exercise.reference(hyper, states[i], g, theta, ())
            return change

        return step

    return begin


def mean_loss(begin: Any) -> float:
    """The loss after BUDGET steps, its geometric mean over the starts: none of them counts more than another.

    begin(start) gives the function step(coordinate, gradient, θ, t).
    """
    total = 0.0
    for index in range(STARTS):
        dice = Dice(1000 + index)
        x, y = dice.between(-2.0, 2.0), dice.between(-2.0, 2.0)
        # Rules see θ from another origin: with the minimum at 0, the step −θ would end the exercise.
        right, up = dice.between(-2.0, 2.0), dice.between(-2.0, 2.0)
        step = begin((x + right, y + up))
        for t in range(1, BUDGET + 1):
            _, gx, gy = ravine(x, y)
            x, y = x + step(0, gx, x + right, t), y + step(1, gy, y + up, t)
            if not abs(x) + abs(y) < 1e9:  # it diverges
                break
        total += log(min(max(ravine(x, y)[0], 1e-300), 1e18))
    return exp(total / STARTS)
