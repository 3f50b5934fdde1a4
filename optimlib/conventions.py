"""How each rule is called in torch 2.13, Keras 3.15, and optax 0.2.8, and what differs there under the same name.

Data only: no framework is imported. The tests evaluate every `call` and compare 200 steps in float64 with our rule,
and the tools chapter prints the table. A rule and a framework without a row: the framework does not have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FRAMEWORKS = {"torch": "2.13", "keras": "3.15", "optax": "0.2.8"}


@dataclass(frozen=True, eq=False)
class Conversion:
    """One rule in one framework.

    rule: the name of our class.  framework: a key of FRAMEWORKS.
    call: Python that makes the framework's optimizer from our rule's fields (lr, beta1, …; `inner` is the rule inside
        a combinator) and `theta`, the list of torch's parameters.
    differs: what differs at the same arguments, `中文｜English`; empty if nothing does.
    arguments: what ours must be given for the paths to be equal, e.g. {"eps": 1e-30} where ε stands elsewhere.
    before: for torch, what runs between the gradient and the step.
    """

    rule: str
    framework: str
    call: str
    differs: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""


# Where ε stands elsewhere, the paths agree as far as ε does not count: to the last digits with an ε this small.
TINY = {"eps": 1e-30}

_INSIDE = "ε在根号内，取ε²可在v = 0和v ≫ ε²处一致｜ε inside the root; ε² agrees where v = 0 or v ≫ ε²"
_BUFFER = "η乘在缓冲里：训练中改变η后路径不同｜η inside the buffer: paths differ after η has changed"
_EPS_HAT = "ε̂形式：ε加在未修正的√v上｜the ε̂ form: ε is added to √v before the correction"
_EPS_V = "ε加在未修正的√v上｜ε is added to √v before the correction"
_DECAY = "权重衰减的默认值{}｜weight decay has the default {}"
_BETAS = "lr=lr, betas=(beta1, beta2), eps=eps"
_KERAS = "lr, beta_1=beta1, beta_2=beta2, epsilon=eps"
_OPTAX = "lr, b1=beta1, b2=beta2, eps=eps"
_INNER = "inner.lr, b1=inner.beta1, b2=inner.beta2, eps=inner.eps"

CONVERSIONS = (
    Conversion("SGD", "torch", "torch.optim.SGD(theta, lr=lr)"),
    Conversion("SGD", "keras", "keras.optimizers.SGD(lr)"),
    Conversion("SGD", "optax", "optax.sgd(lr)"),
    Conversion("Momentum", "torch", "torch.optim.SGD(theta, lr=lr, momentum=beta)"),
    Conversion("Momentum", "keras", "keras.optimizers.SGD(lr, momentum=beta)", _BUFFER),
    Conversion("Momentum", "optax", "optax.sgd(lr, momentum=beta)"),
    Conversion(
        "EMAMomentum",
        "torch",
        "torch.optim.SGD(theta, lr=lr * (1 - beta), momentum=beta)",
        "没有平均形式；dampening=beta的第一步是u₁ = g₁｜no average; dampening=beta starts with u₁ = g₁",
    ),
    Conversion(
        "EMAMomentum",
        "keras",
        "keras.optimizers.SGD(lr * (1 - beta), momentum=beta)",
        "没有平均形式，η乘1 − β｜no average: multiply η by 1 − β",
    ),
    Conversion(
        "EMAMomentum",
        "optax",
        "optax.chain(optax.ema(beta, debias=False), optax.scale_by_learning_rate(lr))",
        "optax.ema默认修正偏差｜optax.ema corrects its bias by default",
    ),
    Conversion("Nesterov", "torch", "torch.optim.SGD(theta, lr=lr, momentum=beta, nesterov=True)"),
    Conversion("Nesterov", "keras", "keras.optimizers.SGD(lr, momentum=beta, nesterov=True)", _BUFFER),
    Conversion("Nesterov", "optax", "optax.sgd(lr, momentum=beta, nesterov=True)"),
    Conversion("Adagrad", "torch", "torch.optim.Adagrad(theta, lr=lr, eps=eps)"),
    Conversion(
        "Adagrad",
        "keras",
        "keras.optimizers.Adagrad(lr, initial_accumulator_value=0.0, epsilon=eps**2)",
        "默认从G₀ = 0.1开始；ε在根号内｜starts from G₀ = 0.1 by default; ε inside the root",
        TINY,
    ),
    Conversion(
        "Adagrad",
        "optax",
        "optax.adagrad(lr, initial_accumulator_value=0.0, eps=eps**2)",
        "默认从G₀ = 0.1开始；ε在根号内｜starts from G₀ = 0.1 by default; ε inside the root",
        TINY,
    ),
    Conversion(
        "RMSprop",
        "torch",
        "torch.optim.RMSprop(theta, lr=lr, alpha=beta, eps=eps)",
        "β的默认值0.99｜β has the default 0.99",
    ),
    Conversion("RMSprop", "keras", "keras.optimizers.RMSprop(lr, rho=beta, epsilon=eps**2)", _INSIDE, TINY),
    Conversion(
        "RMSprop",
        "optax",
        "optax.rmsprop(lr, decay=beta, eps=eps, eps_in_sqrt=False)",
        "默认ε在根号内｜ε inside the root by default",
    ),
    Conversion(
        "CenteredRMSprop",
        "torch",
        "torch.optim.RMSprop(theta, lr=lr, alpha=beta, eps=eps**0.5, centered=True)",
        "ε在根号外，取√ε；舍入可使根号内为负｜ε outside the root, take √ε; rounding may make the root's argument < 0",
        {"eps": 1e-30},
    ),
    Conversion("CenteredRMSprop", "keras", "keras.optimizers.RMSprop(lr, rho=beta, epsilon=eps, centered=True)"),
    Conversion("CenteredRMSprop", "optax", "optax.rmsprop(lr, decay=beta, eps=eps, centered=True)"),
    Conversion("MomentumRMSprop", "torch", "torch.optim.RMSprop(theta, lr=lr, alpha=beta, eps=eps, momentum=mu)"),
    Conversion(
        "MomentumRMSprop",
        "keras",
        "keras.optimizers.RMSprop(lr, rho=beta, epsilon=eps**2, momentum=mu)",
        "η乘在缓冲里；ε在根号内｜η inside the buffer; ε inside the root",
        TINY,
    ),
    Conversion(
        "MomentumRMSprop",
        "optax",
        "optax.rmsprop(lr, decay=beta, eps=eps, eps_in_sqrt=False, momentum=mu)",
        "η乘在缓冲里；默认ε在根号内｜η inside the buffer; ε inside the root by default",
    ),
    Conversion(
        "Adadelta",
        "torch",
        "torch.optim.Adadelta(theta, lr=lr, rho=rho, eps=eps)",
        "ρ的默认值0.9｜ρ has the default 0.9",
    ),
    Conversion(
        "Adadelta",
        "keras",
        "keras.optimizers.Adadelta(lr, rho=rho, epsilon=eps)",
        "η的默认值0.001，论文是1｜η has the default 0.001; the paper's is 1",
    ),
    Conversion(
        "Adadelta",
        "optax",
        "optax.adadelta(lr, rho=rho, eps=eps)",
        "不给η就往上走；ρ的默认值0.9｜without η it climbs; ρ has the default 0.9",
    ),
    Conversion("Adam", "torch", f"torch.optim.Adam(theta, {_BETAS})"),
    Conversion("Adam", "keras", f"keras.optimizers.Adam({_KERAS})", _EPS_HAT, TINY),
    Conversion("Adam", "optax", f"optax.adam({_OPTAX})"),
    Conversion("AdamW", "torch", f"torch.optim.AdamW(theta, {_BETAS}, weight_decay=weight_decay)"),
    Conversion(
        "AdamW",
        "keras",
        f"keras.optimizers.AdamW({_KERAS}, weight_decay=weight_decay)",
        "ε̂形式；权重衰减的默认值0.004｜the ε̂ form; weight decay has the default 0.004",
        TINY,
    ),
    Conversion("AdamW", "optax", f"optax.adamw({_OPTAX}, weight_decay=weight_decay)", _DECAY.format("1e-4", "1e-4")),
    Conversion("AMSGrad", "torch", f"torch.optim.Adam(theta, {_BETAS}, amsgrad=True)"),
    Conversion("AMSGrad", "keras", f"keras.optimizers.Adam({_KERAS}, amsgrad=True)", _EPS_HAT, TINY),
    Conversion(
        "AMSGrad",
        "optax",
        "optax.amsgrad(lambda t: lr * (1 - beta2 ** (t + 1)) ** 0.5 / (1 - beta1 ** (t + 1)), b1=beta1, b2=beta2,"
        " eps=eps, bias_correction_mu=False, bias_correction_nu=False)",
        "默认对修正后的v̂取最大值｜takes the maximum of the corrected v̂ by default",
        TINY,
    ),
    Conversion("Adamax", "torch", f"torch.optim.Adamax(theta, {_BETAS})"),
    Conversion("Adamax", "keras", f"keras.optimizers.Adamax({_KERAS})", "ε加在u上｜ε is added to u", TINY),
    Conversion("Adamax", "optax", f"optax.adamax({_OPTAX})"),
    Conversion(
        "NAdam",
        "torch",
        f"torch.optim.NAdam(theta, {_BETAS}, momentum_decay=log(decay) / log(0.96))",
        "μ的乘积以默认浮点类型保存｜keeps the product of μ in the default floating-point type",
    ),
    Conversion("NAdam", "keras", f"keras.optimizers.Nadam({_KERAS})", "κ = 0.96", {"decay": 0.96}),
    Conversion("NAdam", "optax", f"optax.nadam({_OPTAX})", "κ = 0：μ恒为β₁｜κ = 0: μ is always β₁", {"decay": 0.0}),
    Conversion("RAdam", "torch", f"torch.optim.RAdam(theta, {_BETAS})", _EPS_V, TINY),
    Conversion("RAdam", "optax", f"optax.radam({_OPTAX}, threshold=threshold)"),
    Conversion(
        "Yogi",
        "optax",
        "optax.chain(optax.scale_by_yogi(b1=beta1, b2=beta2, eps=eps, initial_accumulator_value=0.0),"
        " optax.scale_by_learning_rate(lr))",
        "optax.yogi的m和v都从1e-6开始｜optax.yogi starts both m and v at 1e-6",
    ),
    Conversion("AdaBelief", "optax", f"optax.adabelief({_OPTAX}, eps_root=eps)"),
    Conversion("LazyAdam", "torch", f"torch.optim.SparseAdam(theta, {_BETAS})", _EPS_V, TINY),
    Conversion(
        "Lion",
        "keras",
        "keras.optimizers.Lion(lr, beta_1=beta1, beta_2=beta2, weight_decay=weight_decay)",
        "η的默认值0.001｜η has the default 0.001",
    ),
    Conversion(
        "Lion",
        "optax",
        "optax.lion(lr, b1=beta1, b2=beta2, weight_decay=weight_decay)",
        _DECAY.format("1e-3", "1e-3"),
    ),
    Conversion(
        "LARS",
        "optax",
        "optax.lars(lr, weight_decay=weight_decay, trust_coefficient=trust, momentum=beta)",
        "分母是‖g + λθ‖，论文是‖g‖ + λ‖θ‖｜divides by ‖g + λθ‖, the paper by ‖g‖ + λ‖θ‖",
        {"weight_decay": 0.0},
    ),
    Conversion(
        "LAMB",
        "keras",
        f"keras.optimizers.Lamb({_KERAS})",
        "权重衰减不进入范数之比｜weight decay stays outside the ratio of norms",
        {"weight_decay": 0.0},
    ),
    Conversion("LAMB", "optax", f"optax.lamb({_OPTAX}, weight_decay=weight_decay)"),
    Conversion(
        "Adafactor",
        "torch",
        "torch.optim.Adafactor(theta, lr=lr, beta2_decay=-decay, eps=(eps1, eps2), d=d)",
        "ε₁是√V的下限，不加在g²上｜ε₁ bounds √V from below and is not added to g²",
    ),
    Conversion(
        "Adafactor",
        "keras",
        "keras.optimizers.Adafactor(lr, beta_2_decay=-decay, epsilon_1=eps1, epsilon_2=eps2, clip_threshold=d)",
        "η的默认值0.001｜η has the default 0.001",
    ),
    Conversion(
        "Adafactor",
        "optax",
        "optax.chain(optax.scale_by_factored_rms(min_dim_size_to_factor=1, epsilon=eps1,"
        " decay_rate_fn=lambda t, _: 1 - (t + 1.0) ** -decay), optax.clip_by_block_rms(d),"
        " optax.scale_by_param_block_rms(eps2), optax.scale_by_learning_rate(lambda t: jnp.minimum(lr,"
        " (t + 1.0) ** -0.5)))",
        "optax.adafactor只分解边长至少128的矩阵，t^(−c)用float32计算，η不随1/√t减小｜"
        "optax.adafactor factors matrices of sides ≥ 128 only, takes t^(−c) in float32, and does not cap η at 1/√t",
    ),
    Conversion(
        "Muon",
        "torch",
        "torch.optim.Muon(theta, lr=lr, momentum=beta, eps=eps, ns_steps=newton_schulz, weight_decay=0.0)",
        "权重存为Wᵀ；迭代用bfloat16；范数取max(‖X‖, ε)；默认权重衰减0.1｜"
        "weights are stored as Wᵀ; iterates in bfloat16; divides by max(‖X‖, ε); weight decay has the default 0.1",
        TINY,
    ),
    Conversion(
        "Muon",
        "keras",
        "keras.optimizers.Muon(lr * max(1, shapes[0][1] / shapes[0][0]) ** 0.5, momentum=beta, ns_steps=newton_schulz,"
        " rms_rate=None, weight_decay=0.0, exclude_embeddings=False)",
        "默认步长乘0.2 √max(m, n)，不是√max(1, n/m)；ε = 1e-7｜"
        "multiplies the step by 0.2 √max(m, n) by default, not √max(1, n/m); ε = 1e-7",
    ),
    Conversion(
        "Muon",
        "optax",
        "optax.chain(optax.trace(decay=beta, nesterov=True), optax.contrib.muon(lr, beta=0.0, nesterov=False,"
        " eps=eps, ns_steps=newton_schulz))",
        "optax.contrib.muon像NAdam一样修正动量，g与B的比例因此不同｜"
        "optax.contrib.muon corrects the momentum as NAdam does, so g and B get other weights",
    ),
    Conversion("ScheduleFreeSGD", "optax", "optax.contrib.schedule_free_sgd(lr, b1=beta)"),
    Conversion(
        "ScheduleFreeAdamW",
        "keras",
        "keras.optimizers.ScheduleFreeAdamW(lr, beta_1=beta1, beta_2=beta2, epsilon=eps)",
        "c = 1/t，预热时也不变；变量是y｜c = 1/t, also during a warmup; variables hold y",
        {"weight_decay": 0.0},
    ),
    Conversion(
        "ScheduleFreeAdamW",
        "optax",
        f"optax.contrib.schedule_free_adamw({_OPTAX}, weight_decay=weight_decay)",
    ),
    Conversion(
        "ClipByValue",
        "torch",
        "torch.optim.SGD(theta, lr=inner.lr)",
        "在step之前裁剪｜clip before the step",
        before="torch.nn.utils.clip_grad_value_(theta, bound)",
    ),
    Conversion("ClipByValue", "keras", "keras.optimizers.SGD(inner.lr, clipvalue=bound)"),
    Conversion("ClipByValue", "optax", "optax.chain(optax.clip(bound), optax.sgd(inner.lr))"),
    Conversion(
        "ClipByNorm",
        "torch",
        "torch.optim.SGD(theta, lr=inner.lr)",
        "除以‖g‖ + 1e-6，相对差1e-6/‖g‖｜divides by ‖g‖ + 1e-6, a relative difference of 1e-6/‖g‖",
        before="torch.nn.utils.clip_grad_norm_(theta, bound)",
    ),
    Conversion(
        "ClipByNorm",
        "keras",
        "keras.optimizers.SGD(inner.lr, global_clipnorm=bound)",
        "clipnorm对每个变量单独裁剪｜clipnorm clips each variable by itself",
    ),
    Conversion("ClipByNorm", "optax", "optax.chain(optax.clip_by_global_norm(bound), optax.sgd(inner.lr))"),
    Conversion(
        "CoupledWeightDecay",
        "torch",
        "torch.optim.Adam(theta, lr=inner.lr, betas=(inner.beta1, inner.beta2), eps=inner.eps,"
        " weight_decay=weight_decay)",
        "Adam的weight_decay是L2，Keras的是解耦的｜weight_decay of Adam is L2; Keras's is decoupled",
    ),
    Conversion(
        "CoupledWeightDecay",
        "optax",
        f"optax.chain(optax.add_decayed_weights(weight_decay), optax.adam({_INNER}))",
    ),
    Conversion(
        "DecoupledWeightDecay",
        "keras",
        "keras.optimizers.SGD(inner.lr, momentum=inner.beta, weight_decay=weight_decay)",
        "torch的SGD(weight_decay=)是L2｜torch's SGD(weight_decay=) is L2",
    ),
    Conversion(
        "DecoupledWeightDecay",
        "optax",
        "optax.chain(optax.trace(decay=inner.beta), optax.add_decayed_weights(weight_decay),"
        " optax.scale_by_learning_rate(inner.lr))",
    ),
    Conversion(
        "Lookahead",
        "optax",
        "optax.lookahead(optax.sgd(inner.lr, momentum=inner.beta), sync_period=k, slow_step_size=alpha)",
        "参数是LookaheadParams(fast, slow)｜parameters are LookaheadParams(fast, slow)",
    ),
    Conversion(
        "SAM",
        "optax",
        "optax.contrib.sam(optax.sgd(inner.lr), optax.chain(optax.contrib.normalize(), optax.sgd(rho)),"
        " opaque_mode=True)",
        "update还需要grad_fn｜update also needs grad_fn",
    ),
)
