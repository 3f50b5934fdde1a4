"""A small bilingual book with one of everything, for tests that must not wait for the real one."""

import io
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

from book.bilingual import source_hash
from book.notebooks import dump

PROJECT = Path(__file__).resolve().parents[1]
PAGE = "chapters/03-algorithms/05-adam"
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.11.0"},
}


def pair(chinese: str, english: str) -> list[dict[str, Any]]:
    """Return a zh cell and its en counterpart, both fresh."""
    texts = {"zh": (chinese, english), "en": (english, chinese)}
    return [
        {
            "cell_type": "markdown",
            "metadata": {"tags": [language], "counterpart": source_hash(other)},
            "source": own,
        }
        for language, (own, other) in texts.items()
    ]


def shared(source: str) -> list[dict[str, Any]]:
    """Return a markdown cell of both editions."""
    return [{"cell_type": "markdown", "metadata": {}, "source": source}]


def code(source: str, *outputs: dict[str, Any], **metadata: Any) -> list[dict[str, Any]]:
    """Return a code cell with stored outputs."""
    return [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": metadata,
            "outputs": list(outputs),
            "source": source,
        }
    ]


def shown(mime: str, data: str) -> dict[str, Any]:
    """Return a displayed output."""
    return {"output_type": "display_data", "metadata": {}, "data": {mime: data}}


def printed(text: str) -> dict[str, Any]:
    """Return what a cell printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def notebook(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a notebook of groups of cells."""
    cells = [cell for group in groups for cell in group]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}


def figure() -> str:
    """Return a Matplotlib figure as SVG with bilingual labels."""
    import matplotlib
    from matplotlib.figure import Figure

    style = {"svg.fonttype": "none", "svg.hashsalt": "book", "text.color": "#1f2328", "axes.labelcolor": "#1f2328"}
    style |= {
        "axes.edgecolor": "#6b7280",
        "xtick.color": "#6b7280",
        "ytick.color": "#6b7280",
        "figure.autolayout": True,
    }
    with matplotlib.rc_context(style):
        canvas = Figure(figsize=(6, 3))
        axes = canvas.subplots()
        axes.plot([0, 1, 2, 3], [3, 2, 1.2, 1], label="动量｜momentum")
        axes.set(xlabel="步数｜step", ylabel="损失｜loss", title="<收敛>｜<Convergence>")
        axes.grid(color="#e3e5e8")
        axes.legend()
        target = io.StringIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Matplotlib measures with a font that lacks Chinese
            canvas.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def chapter() -> dict[str, Any]:
    """Return a chapter with prose, formulas, a figure, a table, printed text, an exercise and a citation."""
    table = (
        "<table><thead><tr><th>优化器｜optimizer</th><th>步数｜steps</th></tr></thead>"
        '<tbody><tr><td title="动量｜momentum">Adam</td><td>120</td></tr></tbody></table>'
    )
    return notebook(
        pair(
            "(sample-adam)=\n# Adam 是怎样走路的\n\n"
            "动量（momentum）与自适应步长合在一起，就是 Adam {cite}`kingma2015adam`。",
            "(sample-adam)=\n# How Adam walks\n\n"
            "Momentum (动量) and adaptive steps together make Adam {cite}`kingma2015adam`.",
        ),
        pair(
            "(sample-moments)=\n## 一阶矩与二阶矩\n\n式 {eq}`eq-sample-m` 是梯度 $g_t$ 的滑动平均。"
            + "很长的一段话，" * 60,
            "(sample-moments)=\n## First and second moments\n\n"
            "Equation {eq}`eq-sample-m` averages the gradients $g_t$. " + "A long paragraph follows. " * 40,
        ),
        shared("$$\nm_t = \\beta_1 m_{t-1} + (1 - \\beta_1)\\, g_t\n$$ (eq-sample-m)"),
        shared(
            "$$\n\\theta_{t} = \\theta_{t-1} - \\eta \\frac{\\hat{m}_t}{\\sqrt{\\hat{v}_t} + \\epsilon}, \\qquad"
            " \\hat{m}_t = \\frac{m_t}{1-\\beta_1^t}, \\qquad \\hat{v}_t = \\frac{v_t}{1-\\beta_2^t}, \\qquad"
            " v_t = \\beta_2 v_{t-1} + (1 - \\beta_2)\\, g_t \\odot g_t\n$$ (eq-sample-step)"
        ),
        shared("$$\na &= b \\\\\nc &= d\n$$ (eq-sample-aligned)"),
        pair(
            "(sample-run)=\n## 跑一遍\n\n下面的表格 `plot` 画出损失。",
            "(sample-run)=\n## A run\n\nThe figure shows the loss.",
        ),
        code(
            "import numpy as np\n\nlosses = np.array([3.0, 2.0, 1.2, 1.0])  # 形状 (T+1,)｜shape (T+1,)\n"
            'print(f"最终损失｜final loss  {losses[-1]:.2f}")\nprint("优化器｜optimizer   步数｜steps")',
            printed("最终损失｜final loss  1.00\n优化器｜optimizer   步数｜steps\n"),
        ),
        code(
            'plot(losses, label="动量｜momentum")',
            shown("image/svg+xml", figure()),
            tags=["hide-input"],
            mystnb={
                "image": {"alt": "损失随步数下降｜The loss falls with the steps"},
                "figure": {"name": "fig-sample-loss", "caption": "损失一路下降｜The loss falls all the way"},
            },
        ),
        code("table", shown("text/html", table)),
        pair(
            "{numref}`fig-sample-loss` 说明了一切，见 {ref}`sample-moments`。\n\n```{note}\n注意 ε 的位置。\n```",
            "{numref}`fig-sample-loss` says it all, see {ref}`sample-moments`.\n\n```{note}\nMind where ε is.\n```",
        ),
        pair(
            "(sample-exercises)=\n## 练习\n\n```{exercise} 第一步\n:label: ex-sample\n\n第一步有多长？\n```\n\n"
            "```{solution} ex-sample\n:class: dropdown\n\n长 $\\eta$。\n```",
            "(sample-exercises)=\n## Exercises\n\n"
            "```{exercise} The first step\n:label: ex-sample\n\nHow long is it?\n```\n\n"
            "```{solution} ex-sample\n:class: dropdown\n\nIt is $\\eta$ long.\n```",
        ),
        pair(
            "(sample-sources)=\n## 文献\n\n```{bibliography}\n:filter: docname in docnames\n```",
            "(sample-sources)=\n## Sources\n\n```{bibliography}\n:filter: docname in docnames\n```",
        ),
    )


def home() -> dict[str, Any]:
    """Return a home page."""
    return notebook(
        pair("# 深度学习优化算法\n\n欢迎。", "# Optimization for deep learning\n\nWelcome."),
        code('print("你好｜hello")', printed("你好｜hello\n")),
    )


def write(path: Path, content: dict[str, Any]) -> Path:
    """Store a notebook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(content), encoding="utf-8", newline="\n")
    return path


def make_book(root: Path, whole: bool = False) -> Path:
    """Make the small book in `root`; `whole=True` copies the machinery too, so that `root` stands alone."""
    ignored = shutil.ignore_patterns("__pycache__", "*.ipynb", *([] if whole else ["node_modules", "*.py", "*.mjs"]))
    shutil.copytree(PROJECT / "book", root / "book", ignore=ignored)
    shutil.copy2(PROJECT / "_config.yml", root / "_config.yml")
    toc = json.dumps(
        {
            "format": "jb-book",
            "root": "book/home",
            "parts": [{"caption": "第三部分 核心算法｜Part 3 Algorithms", "chapters": [{"file": PAGE}]}],
        }
    )
    (root / "_toc.yml").write_text(toc, encoding="utf-8")
    write(root / "book" / "home.ipynb", home())
    write(root / f"{PAGE}.ipynb", chapter())
    return root
