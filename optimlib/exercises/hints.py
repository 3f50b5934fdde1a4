"""What readers are told about the slips of rules.py and about exceptions: Chinese｜English."""

HINTS = {
    "sign": (
        "方向反了：要沿负梯度走，负号少了一个，或者多了一个。｜"
        "The direction is reversed: go against the gradient. There is one minus sign too few, or one too many."
    ),
    "no_lr": ("步子没有乘学习率self.lr。｜The step is not multiplied by the learning rate, self.lr."),
    "frozen": (
        "状态没有更新，或者没有用上：新的值既要用来迈步，也要放进update返回的状态里，否则每一步都像第一步。｜"
        "The state is not brought up to date, or not used: step with the new values, and return them in update's "
        "state, or every step is like the first."
    ),
    "no_gradient": ("步子里没有梯度：它决定方向。｜The gradient is missing from the step: it gives the direction."),
    "only_sign": ("只用了梯度的符号，丢了大小。｜Only the sign of the gradient is used, its size is lost."),
    "square": ("梯度被平方了，符号也就丢了。｜The gradient is squared, and so its sign is lost."),
    "relative": ("步子不该乘θ。｜The step must not be multiplied by θ."),
    "average": (
        "新梯度多乘了1 − β：那是指数移动平均，这里的u是衰减的和。｜"
        "The new gradient is multiplied by 1 − β: that makes an average; here, u is a decaying sum."
    ),
    "late": (
        "用的是旧的值：先更新状态，再用新的值迈步。｜"
        "The step uses the old value: bring the state up to date first, then step with the new one."
    ),
    "lr_inside": (
        "学习率放错了地方：状态和根号里都没有它，只在迈步时乘。｜"
        "The learning rate is in the wrong place: neither state nor root contains it; multiply by it in the step."
    ),
    "no_beta": ("旧的u没有乘β：过去永远不会被忘记。｜The old u is not multiplied by β: the past is never forgotten."),
    "ahead": ("这是Nesterov动量：重球法的步子是−ηu。｜This is Nesterov momentum: the heavy ball's step is −ηu."),
    "beta_on_gradient": ("β乘在旧的u上，不乘在新梯度上。｜β multiplies the old u, not the new gradient."),
    "swapped": ("β与1 − β换了位置：旧的值乘β。｜β and 1 − β have changed places: the old value is multiplied by β."),
    "heavy_ball": ("这是重球法：Nesterov的步子是−η(g + βu)。｜This is the heavy ball: Nesterov's step is −η(g + βu)."),
    "plain": ("步子里没有u：这是SGD。｜u is missing from the step: this is SGD."),
    "whole_buffer": ("向前看的那一份u要乘β。｜The u that looks ahead is multiplied by β."),
    "gradient_lost": ("步子里少了当前的梯度：−η(g + βu)。｜The present gradient is missing from the step: −η(g + βu)."),
    "no_root": ("分母少了平方根。｜The square root is missing in the denominator."),
    "no_square": (
        "要积累的是梯度的平方，不是梯度。｜It is the square of the gradient that is accumulated, not the gradient."
    ),
    "eps_inside": (
        "ε在根号里了：这里的约定是开方之后再加。｜ε is inside the root: the convention here is to add it to the root."
    ),
    "no_eps": ("分母里没有self.eps。｜self.eps is missing in the denominator."),
    "forgets": (
        "这是RMSprop：AdaGrad把平方加起来，什么也不忘。｜"
        "This is RMSprop: AdaGrad adds up the squares and forgets nothing."
    ),
    "sum": (
        "平方只是相加，这是AdaGrad：RMSprop取移动平均。｜"
        "The squares are added up, which is AdaGrad: RMSprop takes a moving average."
    ),
    "no_rest": ("新的值没有乘1 − β。｜The new value is not multiplied by 1 − β."),
    "m_no_rest": ("新梯度没有乘1 − β₁。｜The new gradient is not multiplied by 1 − β₁."),
    "v_no_rest": ("新的平方没有乘1 − β₂。｜The new square is not multiplied by 1 − β₂."),
    "eps_first": (
        "ε加早了：先修正v，再开方，最后加ε。｜ε is added too early: correct v first, take the root, and then add ε."
    ),
    "t_ahead": ("t多数了一步：第1步用的t应当是1。｜t is one step ahead: in the first step, it should be 1."),
    "corrected": ("RMSprop没有偏差修正。｜RMSprop has no bias correction."),
    "no_correction": (
        "少了偏差修正：m和v都从0开始，要除以1 − βᵗ。｜"
        "Bias correction is missing: m and v start from 0 and are divided by 1 − βᵗ."
    ),
    "m_uncorrected": ("m没有做偏差修正。｜m is not corrected for its bias."),
    "v_uncorrected": ("v没有做偏差修正。｜v is not corrected for its bias."),
    "clock_stuck": (
        "每一步都按t = 1修正：t没有存进返回的状态，或者βᵗ写成了β。｜"
        "Every step is corrected as if t were 1: t is not kept in the state that is returned, or β stands for βᵗ."
    ),
    "swapped_betas": ("β₁和β₂用反了：m用β₁，v用β₂。｜β₁ and β₂ have changed places: β₁ is for m, β₂ for v."),
    "swapped_in_lion": ("β₁和β₂用反了：c用β₁，m用β₂。｜β₁ and β₂ have changed places: β₁ is for c, β₂ for m."),
    "one_beta": ("两处用了同一个β：v要用β₂。｜The same β is used twice: v needs β₂."),
    "no_momentum": (
        "分子是当前的梯度，不是它的移动平均m。｜The numerator is the present gradient, not its moving average m."
    ),
    "square_of_m": ("v平均的是g²，不是m²。｜v averages g², not m²."),
    "hats_kept": (
        "修正后的值进了状态：修正只用于这一步，状态里留未修正的m和v。｜"
        "The corrected values are kept: correct them for this step only, and keep m and v as they were."
    ),
    "no_decay": ("没有权重衰减。｜The weight decay is missing."),
    "decay_without_lr": ("权重衰减没有乘学习率。｜The weight decay is not multiplied by the learning rate."),
    "decay_grows": ("权重衰减的符号反了：θ会越来越大。｜The weight decay has the wrong sign: θ grows."),
    "l2": (
        "衰减加进了梯度，也就进了m和v：那是L2正则化。AdamW让θ自己缩小，与m、v无关。｜"
        "The decay is added to the gradient and so goes through m and v: that is L2 regularization. In AdamW, θ "
        "shrinks by itself, past m and v."
    ),
    "decay_of_gradient": ("衰减要乘θ，不是乘梯度。｜The decay multiplies θ, not the gradient."),
    "no_maximum": (
        "分母要用至今最大的v，不是当前的v。｜The denominator takes the largest v so far, not the present one."
    ),
    "minimum": ("要取最大值，不是最小值。｜Take the maximum, not the minimum."),
    "max_fed_back": (
        "最大值进了v：v照旧平均，最大值另记。｜"
        "The maximum is fed back into v: keep averaging v, and the maximum apart from it."
    ),
    "no_sign": ("少了符号函数：每个坐标每步都走η。｜The sign is missing: every coordinate moves by η in every step."),
    "keeps_c": ("记住的是c：c用β₁，m要用β₂另算。｜What is kept is c: c takes β₁, and m is computed apart, with β₂."),
    "late_c": (
        "方向用了新的m：应当用c，由旧的m和β₁算出。｜The direction comes from the new m: take c, from the old m and β₁."
    ),
    "keeps_sign": ("记住的是符号：m平均的是梯度。｜What is kept is a sign: m averages gradients."),
    "sign_of_gradient": (
        "方向只看当前的梯度：m没有存进状态，或者没有用上。｜"
        "The direction follows the present gradient alone: m is not kept in the state, or not used."
    ),
}

# By the name of the exception; a second entry where its message says which of several causes it is.
TROUBLE = {
    "ZeroDivisionError": (
        "除以了0。分母若是1 − βᵗ，t要先加1再用；若是平方根，要用更新过的状态，再加上ε。｜"
        "A division by 0. If by 1 − βᵗ, increase t before you use it; if by a root, take the state that is up to date, "
        "and add ε."
    ),
    "KeyError": (
        "状态里没有这个名字：init要给出它，update返回的新状态里也要有它。｜"
        "The state has no such name: init must give it, and so must the new state that update returns."
    ),
    "AttributeError": (
        '点前面的东西没有这个名字：超参数写在类的开头，读作self.lr；旧的状态是字典，读作state["m"]；'
        "梯度和θ在这里各是一个数，没有shape。｜"
        "What stands before the dot has no such name: hyperparameters stand at the beginning of the class and are read "
        'as self.lr; the old state is a dictionary, read as state["m"]; gradient and θ are single numbers here, '
        "without a shape."
    ),
    "NameError": (
        '这个名字没有定义：超参数写self.lr，旧的状态写state["m"]，sqrt这样的函数要先导入。｜'
        'This name is not defined: hyperparameters are self.lr, the old state is state["m"], and functions such as '
        "sqrt have to be imported."
    ),
    "ImportError": (
        "这里只能导入math、dataclasses、optimlib，以及numpy里对一个数也有意义的函数。｜"
        "Only math, dataclasses, optimlib, and those functions of numpy that make sense for one number can be "
        "imported."
    ),
    "SyntaxError": (
        "这一行或它上面的一行写得不完整：看看括号、冒号、引号和缩进；标点要用英文的。｜"
        "This line or one above it is not complete: look at brackets, colons, quotes, and the indentation."
    ),
    "IndentationError": (
        "缩进不齐：类里的方法缩进4格，方法里的语句缩进8格。｜"
        "The indentation is uneven: methods are indented by 4 spaces, what is inside them by 8."
    ),
    "RuntimeError": ("函数一直在调用自己。｜A function keeps calling itself."),
    "MemoryError": ("内存用完了：是不是有个列表一直在变长？｜Out of memory: does a list keep growing?"),
    "OverflowError": ("数太大了：步子是不是一步比一步长？｜A number is too large: do the steps keep growing?"),
    "ValueError": (
        "负数不能开平方：积累的是不是梯度的平方？｜"
        "A negative number has no root: is it the square of the gradient that is accumulated?"
    ),
    "FrozenInstanceError": (
        "规则自己不变：要记住的放进update返回的状态里。｜"
        "The rule itself does not change: what is to be remembered goes into the state that update returns."
    ),
}
TROUBLE["RecursionError"] = TROUBLE["RuntimeError"]
TROUBLE["UnboundLocalError"] = TROUBLE["NameError"]
TROUBLE["ModuleNotFoundError"] = TROUBLE["ImportError"]

# Of a TypeError.
ARGUMENTS = (
    "参数不对：写def init(self, theta)和def update(self, grad, state)。"
    '要读θ的规则另写reads = ("theta",)，并在state后面加上*, theta。｜'
    "The arguments are not what is handed over: write def init(self, theta) and def update(self, grad, state). A rule "
    'that reads θ says reads = ("theta",) and has *, theta after state.'
)
POWER = "乘方写**，例如grad**2；^是另一种运算。｜A power is written **, as in grad**2; ^ is something else."

NO_METHOD = (
    "def init和def update都要写在类里，缩进4格。｜"
    "Both def init and def update belong in the class, indented by 4 spaces."
)
NO_PAIR = (
    "update要以return step, 新状态结尾：先是步子，再是状态。｜"
    "update ends with return step, new state: first the step, then the state."
)
NO_STATE = (
    '状态要写成字典，例如{"m": 0.0}；没有状态就写{}。｜'
    'The state is a dictionary such as {"m": 0.0}, or {} for a rule without state.'
)
NOT_ONE = "步子要是一个数。｜The step has to be one number."
NO_NUMBER = (
    "步子要是一个有限的数。除以了0，或者给负数开了平方？｜"
    "The step has to be a finite number. Was there a division by 0, or the root of a negative number?"
)
CHANGED = (
    "update改动了传进来的状态：只读它，返回一个新的字典。｜"
    "update changes the state that it gets: only read it, and return a new dictionary."
)
NO_TUPLE = (
    'reads要写成元组，逗号不能少：reads = ("theta",)。｜reads has to be a tuple, with its comma: reads = ("theta",).'
)
NO_DEFAULT = (
    "超参数写在类的开头，要有默认值，例如lr: float = 0.01；不写在__init__里。｜"
    "Hyperparameters stand at the beginning of the class, with a default, lr: float = 0.01, and not in __init__."
)
SHARED = (
    "单看一个坐标是对的，两个坐标却混在一起了：要记住的放进update返回的状态里，不放在self或类里。｜"
    "Each coordinate alone would be right, but two get mixed up: what is to be remembered goes into the state that "
    "update returns, not into self or the class."
)


def told(*hints: str) -> list:
    """The hints as lines."""
    halves = [hint.split("｜") for hint in hints]
    return [f"提示：{zh}｜Hint: {en}" for zh, en in halves]
