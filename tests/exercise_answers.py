"""Answers to the exercises that grade themselves: the right one of each, and the usual wrong ones with their slips.

Shared by the tests in Python and by those in the browser, where the same classes run in MicroPython.
"""

from __future__ import annotations

import re

HEAD = """from dataclasses import dataclass

from numpy import sign, sqrt

import optimlib as ol


@dataclass(frozen=True)
"""

SGD = """class Mine:
    lr: float = 0.01

    def init(self, theta):
        return {}

    def update(self, grad, state):
        return -self.lr * grad, {}
"""
MOMENTUM = """class Mine:
    lr: float = 0.01
    beta: float = 0.9

    def init(self, theta):
        return {"u": 0.0 * theta}

    def update(self, grad, state):
        u = self.beta * state["u"] + grad
        return -self.lr * u, {"u": u}
"""
NESTEROV = MOMENTUM.replace("-self.lr * u,", "-self.lr * (grad + self.beta * u),")
ADAGRAD = """class Mine:
    lr: float = 0.01
    eps: float = 1e-10

    def init(self, theta):
        return {"G": 0.0 * theta}

    def update(self, grad, state):
        G = state["G"] + grad**2
        step = -self.lr * grad / (sqrt(G) + self.eps)
        return step, {"G": G}
"""
RMSPROP = """class Mine:
    lr: float = 0.001
    beta: float = 0.9
    eps: float = 1e-8

    def init(self, theta):
        return {"v": 0.0 * theta}

    def update(self, grad, state):
        v = self.beta * state["v"] + (1 - self.beta) * grad**2
        step = -self.lr * grad / (sqrt(v) + self.eps)
        return step, {"v": v}
"""
ADAM = """class Mine:
    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def init(self, theta):
        return {"t": 0, "m": 0.0 * theta, "v": 0.0 * theta}

    def update(self, grad, state):
        t = state["t"] + 1
        m = self.beta1 * state["m"] + (1 - self.beta1) * grad
        v = self.beta2 * state["v"] + (1 - self.beta2) * grad**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        step = -self.lr * m_hat / (sqrt(v_hat) + self.eps)
        return step, {"t": t, "m": m, "v": v}
"""
ADAMW = (
    ADAM.replace(
        "    eps: float = 1e-8\n", '    eps: float = 1e-8\n    weight_decay: float = 0.01\n    reads = ("theta",)\n'
    )
    .replace("def update(self, grad, state):", "def update(self, grad, state, *, theta):")
    .replace("        return step,", "        step = step - self.lr * self.weight_decay * theta\n        return step,")
)
AMSGRAD = (
    ADAM.replace('"v": 0.0 * theta}', '"v": 0.0 * theta, "w": 0.0 * theta}')
    .replace("        m_hat", '        w = v if v > state["w"] else state["w"]\n        m_hat')
    .replace("v_hat = v /", "v_hat = w /")
    .replace('"v": v}', '"v": v, "w": w}')
)
LION = """class Mine:
    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.1
    reads = ("theta",)

    def init(self, theta):
        return {"m": 0.0 * theta}

    def update(self, grad, state, *, theta):
        c = self.beta1 * state["m"] + (1 - self.beta1) * grad
        m = self.beta2 * state["m"] + (1 - self.beta2) * grad
        step = -self.lr * (sign(c) + self.weight_decay * theta)
        return step, {"m": m}
"""
BALL = MOMENTUM.replace("0.01", "0.03").replace("beta: float = 0.9", "beta: float = 0.7")

RIGHT = {
    "sgd": SGD,
    "momentum": MOMENTUM,
    "ema-to-heavy-ball": re.sub(r"\bu\b", "m", MOMENTUM),
    "nesterov": NESTEROV,
    "adagrad": ADAGRAD,
    "repair-adagrad": ADAGRAD,
    "rmsprop": RMSPROP,
    "adam": ADAM,
    "repair-adam": ADAM,
    "adamw": ADAMW,
    "amsgrad": AMSGRAD,
    "lion": LION,
    "beat-adam": BALL,
}

# What is replaced in the right answer, by what, and the slips that the check must name, or the beginning of its hint.
_STEP, _T = "step = -self.lr", 't = state["t"] + 1'
_BALL = [
    ("-self.lr * u", "self.lr * u", "sign"),
    ("-self.lr * u", "-u", "no_lr"),
    ('{"u": u}', "state", "frozen"),
    ("+ grad\n", "+ (1 - self.beta) * grad\n", "average"),
    ("-self.lr * u", '-self.lr * state["u"]', "late"),
    ("+ grad\n", "+ self.lr * grad\n", "lr_inside"),
    ('self.beta * state["u"]', 'state["u"]', "no_beta"),
    ("-self.lr * u", "-self.lr * (grad + self.beta * u)", "ahead"),
    ("+ grad\n", "+ self.beta * grad\n", "beta_on_gradient"),
    ('self.beta * state["u"]', '(1 - self.beta) * state["u"]', "swapped"),
    ("+ grad\n", "- grad\n", "sign"),
    ('self.beta * state["u"]', '0.9 * state["u"]', "有个数写死了"),
    ('return -self.lr * u, {"u": u}', "return -self.lr * u", "update要以return"),
    ('return -self.lr * u, {"u": u}', "pass", "update要以return"),
    ("-self.lr * u", "-self.lr * grad", "frozen"),
    ("lr: float = 0.01", "lr: float", "要有默认值"),
    ("u = self.beta * state", "self.u = state; u = self.beta * state", "规则自己不变"),
    ('{"u": 0.0 * theta}', '{"u": theta.shape}', "没有shape"),
    ('state["u"]', "state.u", 'state["m"]'),
    ('state["u"]', "u", "这个名字没有定义"),
]
_EMA = [(re.sub(r"\bu\b", "m", old), re.sub(r"\bu\b", "m", new), slip) for old, new, slip in _BALL]
_DIVIDED = [
    (_STEP, "step = self.lr", "sign"),
    (_STEP + " *", "step = -", "no_lr"),
    ("sqrt({}) +", "{} +", "no_root"),
    ("grad**2", "grad", "no_square"),
    ("(sqrt({}) + self.eps)", "sqrt({} + self.eps)", "eps_inside"),
    ("(sqrt({}) + self.eps)", "sqrt({})", "no_eps"),
    ("sqrt({})", 'sqrt(state["{}"])', "late"),
    (_STEP + " * grad", _STEP, "no_gradient"),
    ('{{"{}": {}}}', "state", "frozen"),
]
_ADAM = [
    (_STEP, "step = self.lr", "sign"),
    (_STEP + " *", "step = -", "no_lr"),
    ("return step, {", "return step, state or {", "frozen"),
    (" / (1 - self.beta1**t)", "", "m_uncorrected"),
    (" / (1 - self.beta2**t)", "", "v_uncorrected"),
    ('{"t": t,', '{"t": 0,', "clock_stuck"),
    ("(sqrt(v_hat) + self.eps)", "sqrt(v_hat + self.eps)", "eps_inside"),
    ("(sqrt(v_hat) + self.eps)", "sqrt(v_hat)", "no_eps"),
    ("sqrt(v_hat)", "v_hat", "no_root"),
    ("* grad**2", "* abs(grad)", None),
    ("self.beta2", "self.beta1", "one_beta"),
    ("(1 - self.beta1) * grad", "grad", "m_no_rest"),
    ("(1 - self.beta2) * grad**2", "grad**2", "v_no_rest"),
    ('"t": 0', '"t": 1', "t_ahead"),
    ("(sqrt(v_hat) + self.eps)", "((sqrt(v) + self.eps) / sqrt(1 - self.beta2**t))", "eps_first"),
    ("m_hat = m", "m_hat = grad", "no_momentum"),
    ("grad**2", "m**2", "square_of_m"),
    ('"m": m, "v": v', '"m": m_hat, "v": v_hat', "hats_kept"),
    (_T, 't = state["t"]', "除以了0"),
    (', "v": 0.0 * theta', "", "状态里没有这个名字"),
    ("self.eps", "eps", "这个名字没有定义"),
    ("self.beta2 *", "0.999 *", None),
]
_DECAY = [
    ("self.lr * self.weight_decay * theta", "0 * theta", "no_decay"),
    ("self.lr * self.weight_decay * theta", "self.weight_decay * theta", "decay_without_lr"),
    ("step - self.lr * self.weight_decay", "step + self.lr * self.weight_decay", "decay_grows"),
    ("weight_decay * theta", "weight_decay * grad", "decay_of_gradient"),
    ('("theta",)', '("theta")', "逗号不能少"),
    (_T, _T + "\n        grad = grad + self.weight_decay * theta\n        theta = 0", "l2"),
]


def _of(name: str) -> list[tuple[str, str, str | None]]:
    return [
        (a.replace("{}", name).replace("{{", "{").replace("}}", "}"), b.replace("{}", name), s) for a, b, s in _DIVIDED
    ]


WRONG: dict[str, list[tuple[str, str, str | None]]] = {
    "sgd": [
        ("-self.lr * grad", "self.lr * grad", "sign"),
        ("-self.lr * grad", "-grad", "no_lr"),
        ("-self.lr * grad", "-self.lr", "no_gradient"),
        ("-self.lr * grad", "-self.lr * sign(grad)", "only_sign"),
        ("-self.lr * grad", "-self.lr * grad**2", "square"),
        ("self.lr", "0.01", "有个数写死了"),
        ("    lr: float = 0.01\n", "    rate: float = 0.01\n", "✗ 类里没有超参数lr"),
        ("return -self.lr * grad, {}", "return -self.lr * grad", "update要以return"),
        ("return -self.lr * grad, {}", "return {}, -self.lr * grad", "状态要写成字典"),
        ("self.lr * grad", "lr * grad", "这个名字没有定义"),
    ],
    "momentum": _BALL,
    "ema-to-heavy-ball": _EMA,
    "nesterov": [
        ("-self.lr * (", "self.lr * (", "sign"),
        ("-self.lr * (", "-(", "no_lr"),
        ('{"u": u}', "state", "frozen"),
        ("+ grad\n", "+ (1 - self.beta) * grad\n", "average"),
        ("self.beta * u", 'self.beta * state["u"]', "heavy_ball"),
        ("grad + self.beta * u", "u", "heavy_ball"),
        ("grad + self.beta * u", "grad", "plain"),
        ("grad + self.beta * u", "grad + u", "whole_buffer"),
        ("grad + self.beta * u", "self.beta * u", "gradient_lost"),
        ("+ grad\n", "+ self.lr * grad\n", "lr_inside"),
        ('self.beta * state["u"]', 'state["u"]', "no_beta"),
    ],
    "adagrad": [
        *_of("G"),
        ("+ grad**2", "+ self.lr * grad**2", "lr_inside"),
        ('state["G"] +', '0.9 * state["G"] + 0.1 *', "forgets"),
        ("self.eps", "1e-10", "no_eps"),
        ("sqrt(G) + self.eps", 'float(state["G"])', "要用更新过的状态"),
    ],
    "rmsprop": [
        *_of("v"),
        ('self.beta * state["v"] + (1 - self.beta) *', 'state["v"] +', "sum"),
        ("(1 - self.beta) * grad", "grad", "no_rest"),
        ('self.beta * state["v"] + (1 - self.beta)', '(1 - self.beta) * state["v"] + self.beta', "swapped"),
    ],
    "adam": _ADAM,
    "adamw": [*_DECAY, *_ADAM[:5]],
    "amsgrad": [
        ('v if v > state["w"] else state["w"]', "v", "no_maximum"),
        ("v > state", "v < state", "minimum"),
        ('"v": v,', '"v": w,', "max_fed_back"),
        ('"w": w}', '"w": v}', None),
        *_ADAM[:5],
    ],
    "lion": [
        ("-self.lr", "self.lr", "sign"),
        ("sign(c)", "c", "no_sign"),
        ('{"m": m}', '{"m": c}', "keeps_c"),
        ("sign(c)", "sign(m)", "late_c"),
        ('{"m": m}', '{"m": sign(c)}', "keeps_sign"),
        ("sign(c)", "sign(grad)", "sign_of_gradient"),
        ("self.beta2", "self.beta1", "keeps_c"),
        (
            'self.beta1 * state["m"] + (1 - self.beta1) * grad\n        m = self.beta2 * state["m"] + (1 - self.beta2)',
            'self.beta2 * state["m"] + (1 - self.beta2) * grad\n        m = self.beta1 * state["m"] + (1 - self.beta1)',
            "swapped_in_lion",
        ),
        ('{"m": m}', "state", "sign_of_gradient"),
        (" + self.weight_decay * theta", "", "no_decay"),
        ("+ self.weight_decay", "- self.weight_decay", "decay_grows"),
    ],
}
WRONG["repair-adagrad"], WRONG["repair-adam"] = WRONG["adagrad"], WRONG["adam"]
WRONG["beat-adam"] = [
    ("0.03", "0.3", None),  # diverges
    ("beta: float = 0.7", "beta: float = 0.0", None),
]

# Several at once, as in the faulty rules of popular texts.
FAULTY = {
    "repair-adam": (
        ADAM.replace("self.beta2", "self.beta1")
        .replace("m_hat = m", "m_hat = grad")
        .replace("(sqrt(v_hat) + self.eps)", "sqrt(v_hat + self.eps)"),
        {"one_beta", "no_momentum", "eps_inside"},
    ),
    "repair-adagrad": (
        ADAGRAD.replace("+ grad**2", "+ self.lr * grad**2").replace("sqrt(G)", 'sqrt(state["G"])'),
        {"lr_inside", "late"},
    ),
}


def wrong(name: str, old: str, new: str) -> str:
    """The right answer with one passage replaced, everywhere."""
    assert old in RIGHT[name], (name, old)
    return RIGHT[name].replace(old, new)


def cell(name: str, body: str) -> str:
    """The text of an exercise's cell."""
    return f'{HEAD}{body}\n\nol.check(Mine, "{name}")\n'
