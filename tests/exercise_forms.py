"""Momentum as readers may write it: cells whose verdict must be the same in a notebook and in a page."""

from __future__ import annotations

from exercise_answers import HEAD, MOMENTUM

FROZEN = "@dataclass(frozen=True)\n"
IMPORTS = HEAD.removesuffix(FROZEN)
PLAIN = """class Mine:
    lr, beta = 0.1, 0.9

    def __init__(self):
        self.rest = 1 - self.beta

    def init(self, theta):
        return {"m": 0.0}

    def update(self, grad, state):
        m = self.beta * state["m"] + self.rest * grad
        return -self.lr * m / self.rest, {"m": m}
"""
PREPARED = """    def __post_init__(self):
        self.kept = self.beta

    def init"""

RIGHT = {
    "plain": IMPORTS + PLAIN,
    "attributes without annotations": HEAD + MOMENTUM.replace(": float", ""),
    "empty at first": HEAD + MOMENTUM.replace('"u": 0.0 * theta', "").replace('state["u"]', 'state.get("u", 0.0)'),
    "a copied state": HEAD + MOMENTUM.replace("        u = ", "        state = dict(state)\n        u = "),
    "a velocity": HEAD + MOMENTUM.replace("+ grad", "- self.lr * grad").replace("-self.lr * u,", "u,"),
    "prepared": f"{IMPORTS}@dataclass\n"
    + MOMENTUM.replace("    def init", PREPARED).replace("self.beta *", "self.kept *"),
    "for numbers": f"{IMPORTS}@ol.coordinatewise\n{FROZEN}"
    + MOMENTUM.replace("+ grad", "+ (grad if grad > 0 else -abs(grad))"),
    "with hints": "from __future__ import annotations\nfrom typing import Any\n"
    + HEAD
    + MOMENTUM.replace("grad,", "grad: Any,"),
}
WRONG = {
    "shared": IMPORTS
    + PLAIN.replace('return {"m": 0.0}', "self.m = 0.0\n        return {}")
    .replace('state["m"]', "self.m")
    .replace("        return -", "        self.m = m\n        return -"),
    "changed within a list": IMPORTS
    + PLAIN.replace('{"m": 0.0}', '{"m": [0.0]}')
    .replace('state["m"] +', 'state["m"][0] +')
    .replace("        return -", '        state["m"][0] = m\n        return -')
    .replace('{"m": m}', "state"),
    "changes itself": HEAD + MOMENTUM.replace("        u = ", "        self.last = 1\n        u = "),
}
ALL = {name: f'{code}\n\nol.check(Mine, "momentum")\n' for name, code in {**RIGHT, **WRONG}.items()}
