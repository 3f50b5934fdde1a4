"""The language of labels: strings hold both halves, `损失｜loss`; a setting picks one or shows both."""

from __future__ import annotations

from optimlib import validate

BAR = "｜"  # U+FF5C, fullwidth vertical line: Chinese before it, English after it

# Labels that many figures share, by a short English key.
LABELS = {
    "loss": "损失｜loss",
    "step": "步 t｜step t",
    "epoch": "轮｜epoch",
    "lr": "学习率 η｜learning rate η",
    "gradient": "梯度 g｜gradient g",
    "accuracy": "准确率｜accuracy",
    "train_loss": "训练损失｜training loss",
    "validation_loss": "验证损失｜validation loss",
    "validation_accuracy": "验证准确率｜validation accuracy",
    "diverged": "发散｜diverged",
    "start": "起点｜start",
    "minimum": "最小值｜minimum",
}

_language = "both"


def set_language(language: str) -> None:
    """Language of labels in figures from now on: "zh", "en", or "both" (the default)."""
    global _language
    _language = validate.one_of("language", language, ("zh", "en", "both"))


def get_language() -> str:
    """The current setting: "zh", "en", or "both"."""
    return _language


def label(text: str) -> str:
    """A catalogue key or a bilingual string in the current language; other strings pass unchanged.

    A bilingual string has its Chinese half first and the English one after a fullwidth bar, U+FF5C.
    """
    text = LABELS.get(text, text)
    if _language == "both" or BAR not in text:
        return text
    zh, en = text.split(BAR, 1)
    return zh if _language == "zh" else en
