"""The rules that exercises ask for, one coordinate at a time, each with the slips that are usual in it.

It runs in Python and in the MicroPython of web pages, so it uses no NumPy. A reference is a function

    rule(h, s, g, theta, slips) -> (step, new state)

of hyperparameters, state, gradient, and coordinate. Without slips it does what the rule of optimlib does, operation by
operation; with some it does what a reader's class does that has these errors, and so an error is known by its path.
"""

from collections import namedtuple
from math import sqrt
from typing import Any

Numbers = dict  # name -> float

# name: the rule in optimlib.  state: what it starts from.  slips: those to look for, likely ones first.
Exercise = namedtuple("Exercise", ("name", "reference", "hypers", "state", "slips"))


def _scaled(step: float, slips: Any) -> float:
    return -step if "sign" in slips else step


def _rate(h: Numbers, slips: Any) -> float:
    return 1.0 if "no_lr" in slips else h["lr"]


def _sgd(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    if "no_gradient" in slips:
        g = 1.0
    if "only_sign" in slips:
        g = _sign(g)
    if "square" in slips:
        g = g * g
    if "relative" in slips:
        g = g * theta
    return _scaled(-_rate(h, slips) * g, slips), {}


def _momentum(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    beta, lr, old = h["beta"], _rate(h, slips), s["u"]
    share = 1.0 - beta if "average" in slips else beta if "beta_on_gradient" in slips else 1.0
    kept = 1.0 - beta if "swapped" in slips else beta
    u = kept * old + (share * g if share != 1.0 else g)
    if "no_beta" in slips:
        u = old + g
    if "lr_inside" in slips:
        u = kept * old + lr * g
    step = -lr * (old if "late" in slips else g + beta * u if "ahead" in slips else u)
    return _scaled(step, slips), {"u": old if "frozen" in slips else u}


def _nesterov(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    beta, lr, old = h["beta"], _rate(h, slips), s["u"]
    u = beta * old + ((1.0 - beta) * g if "average" in slips else g)
    if "no_beta" in slips:
        u = old + g
    if "lr_inside" in slips:
        u = beta * old + lr * g
    step = -lr * (u if "heavy_ball" in slips else g + (u if "whole_buffer" in slips else beta * u))
    if "gradient_lost" in slips:
        step = -lr * (beta * u)
    if "plain" in slips:
        step = -lr * g
    return _scaled(step, slips), {"u": old if "frozen" in slips else u}


def _root(value: float, eps: float, slips: Any) -> float:
    """What the step is divided by."""
    if "no_root" in slips:
        return value + eps
    value = value if value > 0.0 else 0.0  # a slip may have led below
    if "eps_inside" in slips:
        return sqrt(value + eps)
    if "no_eps" in slips:
        return sqrt(value) if value > 0.0 else 1e-300
    return sqrt(value) + eps


def _adagrad(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    lr, old = h["lr"], s["G"]
    booked = g if "no_square" in slips else g * g
    G = old + (lr * booked if "lr_inside" in slips else booked)
    if "forgets" in slips:
        G = 0.9 * old + 0.1 * booked
    below = _root(old if "late" in slips else G, h["eps"], slips)
    step = -_rate(h, slips) * (1.0 if "no_gradient" in slips else g) / below
    return _scaled(step, slips), {"G": old if "frozen" in slips else G}


def _rmsprop(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    beta, old, t = h["beta"], s["v"], s["t"] + 1
    square = g if "no_square" in slips else g * g
    kept, share = (1.0 - beta, beta) if "swapped" in slips else (beta, 1.0 - beta)
    v = kept * old + share * square
    if "sum" in slips:
        v = old + square
    if "no_rest" in slips:
        v = beta * old + square
    used = old if "late" in slips else v / (1.0 - beta**t) if "corrected" in slips else v
    step = -_rate(h, slips) * (1.0 if "no_gradient" in slips else g) / _root(used, h["eps"], slips)
    return _scaled(step, slips), s if "frozen" in slips else {"t": t, "v": v}


def _moments(h: Numbers, s: Numbers, g: float, slips: Any) -> tuple:
    """Adam's t, m, v, and both corrected."""
    beta1, beta2, t = h["beta1"], h["beta2"], 1 if "clock_stuck" in slips else s["t"] + 1
    if "swapped_betas" in slips:
        beta1, beta2 = beta2, beta1
    if "one_beta" in slips:
        beta2 = beta1
    m = beta1 * s["m"] + (g if "m_no_rest" in slips else (1.0 - beta1) * g)
    if "no_momentum" in slips:
        m = g
    square = g if "no_square" in slips else m * m if "square_of_m" in slips else g * g
    v = beta2 * s["v"] + (square if "v_no_rest" in slips else (1.0 - beta2) * square)
    clock = t + 1 if "t_ahead" in slips else t
    powers = (beta1**clock, beta2**clock) if slips else (s["beta1_t"] * beta1, s["beta2_t"] * beta2)
    m_hat = m if "no_correction" in slips or "m_uncorrected" in slips else m / (1.0 - powers[0])
    v_hat = v if "no_correction" in slips or "v_uncorrected" in slips else v / (1.0 - powers[1])
    return t, m, v, m_hat, v_hat, powers


def _adam(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    t, m, v, m_hat, v_hat, powers = _moments(h, s, g, slips)
    below = _root(v_hat, h["eps"], slips)
    if "eps_first" in slips:
        below = (sqrt(v) + h["eps"]) / sqrt(1.0 - powers[1]) if v > 0.0 else below
    step = -_rate(h, slips) * m_hat / below
    if "hats_kept" in slips:
        m, v = m_hat, v_hat
    new = {"t": t, "m": m, "v": v, "beta1_t": powers[0], "beta2_t": powers[1]}
    return _scaled(step, slips), s if "frozen" in slips else new


def _adamw(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    lr, decay = h["lr"], h["weight_decay"]
    if "l2" in slips:
        return _adam(h, s, g + decay * theta, theta, slips)
    step, new = _adam(h, s, g, theta, slips)
    if "no_decay" in slips:
        return step, new
    if "decay_without_lr" in slips:
        return step - decay * theta, new
    if "decay_grows" in slips:
        return step + lr * decay * theta, new
    if "decay_of_gradient" in slips:
        return step - lr * decay * g, new
    return step - lr * decay * theta, new


def _amsgrad(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    t, m, v, m_hat, _, powers = _moments(h, s, g, slips)
    w = v if "no_maximum" in slips else min(s["w"], v) if "minimum" in slips else max(s["w"], v)
    w_hat = w if "v_uncorrected" in slips or "no_correction" in slips else w / (1.0 - powers[1])
    step = -_rate(h, slips) * m_hat / _root(w_hat, h["eps"], slips)
    if "max_fed_back" in slips:
        v = w
    new = {"t": t, "m": m, "v": v, "w": w, "beta1_t": powers[0], "beta2_t": powers[1]}
    return _scaled(step, slips), s if "frozen" in slips else new


def _lion(h: Numbers, s: Numbers, g: float, theta: float, slips: Any) -> tuple:
    beta1, beta2, old, lr = h["beta1"], h["beta2"], s["m"], h["lr"]
    if "swapped_in_lion" in slips:
        beta1, beta2 = beta2, beta1
    c = beta1 * old + (1.0 - beta1) * g
    m = beta2 * old + (1.0 - beta2) * g
    if "keeps_c" in slips:
        m = c
    if "keeps_sign" in slips:
        m = _sign(c)
    direction = c if "no_sign" in slips else _sign(m) if "late_c" in slips else _sign(c)
    if "sign_of_gradient" in slips:
        direction = _sign(g)
    if "no_decay" in slips:
        step = -_rate(h, slips) * direction
    elif "decay_without_lr" in slips:
        step = -lr * direction - h["weight_decay"] * theta
    elif "decay_grows" in slips:
        step = -lr * direction + lr * h["weight_decay"] * theta
    else:
        step = -_rate(h, slips) * (direction + h["weight_decay"] * theta)
    return _scaled(step, slips), {"m": m}


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0


_MOMENTS = {"t": 0, "m": 0.0, "v": 0.0, "beta1_t": 1.0, "beta2_t": 1.0}
_MAXIMUM = dict(_MOMENTS)
_MAXIMUM["w"] = 0.0
_BALL, _ADAM = ("lr", "beta"), ("lr", "beta1", "beta2", "eps")  # hyperparameters

_OF_SGD = ("sign", "no_lr", "no_gradient", "only_sign", "square", "relative")
_OF_BUFFERS = ("sign", "no_lr", "frozen", "average", "late", "lr_inside", "no_beta")
_OF_BALL = _OF_BUFFERS + ("ahead", "beta_on_gradient", "swapped")
_OF_NESTEROV = ("sign", "no_lr", "frozen", "average", "lr_inside", "no_beta") + (
    "heavy_ball",
    "plain",
    "whole_buffer",
    "gradient_lost",
)
_OF_ROOTS = ("sign", "no_lr", "frozen", "no_root", "no_square", "eps_inside", "no_eps", "late", "no_gradient")
_OF_ADAGRAD = _OF_ROOTS + ("lr_inside", "forgets")
_OF_RMSPROP = _OF_ROOTS + ("sum", "no_rest", "swapped", "corrected")
_OF_CORRECTION = ("no_correction", "m_uncorrected", "v_uncorrected", "clock_stuck", "t_ahead")
_OF_AVERAGES = ("m_no_rest", "v_no_rest", "swapped_betas", "one_beta", "no_momentum", "square_of_m")
_OF_MOMENTS = (
    ("sign", "no_lr", "frozen") + _OF_CORRECTION + ("eps_inside", "no_eps", "no_root", "no_square") + _OF_AVERAGES
)
_OF_ADAM = _OF_MOMENTS + ("hats_kept", "eps_first")
_OF_AMSGRAD = ("no_maximum", "minimum", "max_fed_back") + _OF_MOMENTS
_OF_DECAY = ("no_decay", "decay_without_lr", "decay_grows")
_OF_ADAMW = _OF_DECAY + ("l2", "decay_of_gradient") + _OF_ADAM
_OF_LION = (
    "sign",
    "no_sign",
    "keeps_c",
    "late_c",
    "swapped_in_lion",
    "keeps_sign",
    "sign_of_gradient",
    "no_lr",
) + _OF_DECAY

EXERCISES = {
    "sgd": Exercise("SGD", _sgd, ("lr",), {}, _OF_SGD),
    "momentum": Exercise("Momentum", _momentum, _BALL, {"u": 0.0}, _OF_BALL),
    "ema-to-heavy-ball": Exercise("Momentum", _momentum, _BALL, {"u": 0.0}, _OF_BALL),
    "nesterov": Exercise("Nesterov", _nesterov, _BALL, {"u": 0.0}, _OF_NESTEROV),
    "adagrad": Exercise("Adagrad", _adagrad, ("lr", "eps"), {"G": 0.0}, _OF_ADAGRAD),
    "repair-adagrad": Exercise("Adagrad", _adagrad, ("lr", "eps"), {"G": 0.0}, _OF_ADAGRAD),
    "rmsprop": Exercise("RMSprop", _rmsprop, ("lr", "beta", "eps"), {"t": 0, "v": 0.0}, _OF_RMSPROP),
    "adam": Exercise("Adam", _adam, _ADAM, _MOMENTS, _OF_ADAM),
    "repair-adam": Exercise("Adam", _adam, _ADAM, _MOMENTS, _OF_ADAM),
    "adamw": Exercise("AdamW", _adamw, _ADAM + ("weight_decay",), _MOMENTS, _OF_ADAMW),
    "amsgrad": Exercise("AMSGrad", _amsgrad, _ADAM, _MAXIMUM, _OF_AMSGRAD),
    "lion": Exercise("Lion", _lion, ("lr", "beta1", "beta2", "weight_decay"), {"m": 0.0}, _OF_LION),
}
