"""Exercises: titles as each language sets them, a box to tick, whose state stays in the reader's browser, and a button
that unfolds a solution. Were they made by a script, the page would move when it comes."""

import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import is_exercise_node, is_extension_node, is_solution_node

from book.bilingual import language_of

SCRIPT = "exercise-counts.js"
DONE = {"zh": "做完了", "en": "Done"}
SHOW = {"zh": "展开", "en": "Show"}
_TITLE = re.compile(r'(<div class="exercise admonition" id="([^"]+)">\s*<p class="admonition-title">)(.*?)(</p>)', re.S)
_SOLUTION = re.compile(
    r'(<div class="solution dropdown admonition" id="([^"]+)">\s*<p class="admonition-title">.*?)(</p>)', re.S
)


def number_exercises(app: Sphinx, config: Config) -> None:
    """Say 练习1, without the space that sphinx_exercise puts before a number."""
    if language_of(config.language) == "zh":
        config.numfig_format = {"exercise": "练习%s", **config.numfig_format}


class SetTitles(SphinxPostTransform):
    """In Chinese: fullwidth parentheses, no spaces. In both languages: no link that begins with a space."""

    default_priority = 30  # after sphinx_exercise has put its titles together (20 to 22)

    def run(self, **kwargs: Any) -> None:
        chinese = language_of(self.config.language) == "zh"
        for node in self.document.findall(is_extension_node):
            title = node[0]
            for text in list(title.findall(nodes.Text)):
                words = text.astext()
                if chinese:
                    words = re.sub(r"^ \($", "（", re.sub(r"^\)$", "）", words))
                    words = re.sub(r"^ 练习 (?=[\d.]+$)", "练习", words)
                link = text.parent
                if words.startswith(" ") and isinstance(link, nodes.reference) and text is link[0]:
                    title.insert(title.index(link), nodes.Text(" "))
                    words = words.lstrip()
                if words != text.astext():
                    text.parent.replace(text, nodes.Text(words))
            if chinese and is_solution_node(node) and isinstance(title[-1], nodes.reference):
                title[0] = nodes.Text("解答：")


def add_controls(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give each exercise a box to tick, each solution a button, and templates the number of exercises."""
    if doctree is None or app.builder.name != "html":
        return
    language = language_of(app.config.language)
    done, between = DONE[language], "：" if language == "zh" else ": "

    def boxed(match: re.Match[str]) -> str:
        opening, place, title, closing = match.groups()
        title = title.replace(" </span>（", "</span>（").replace(" </span> ", "</span> ")
        visible = re.sub(r'<span class="katex-mathml">.*?</math></span>', "", title, flags=re.S)
        name = " ".join(html.unescape(re.sub(r"<[^>]+>", "", visible)).split())
        return (
            f'{opening}{title} <label class="done js-only"><input type="checkbox" autocomplete="off" '
            f'data-exercise="{place}" aria-label="{html.escape(f"{done}{between}{name}")}">{done}</label>{closing}'
        )

    button = '<button type="button" class="toggle-button js-only" aria-expanded="false"'
    body = _SOLUTION.sub(rf'\1{button} aria-controls="\2">{SHOW[language]}</button>\3', context["body"])
    context["body"], context["exercises"] = _TITLE.subn(boxed, body)


def write_counts(app: Sphinx, exception: Exception | None) -> None:
    """Write how many exercises each page has: the home page adds them up."""
    if exception or app.builder.name != "html":
        return
    registry = getattr(app.env, "sphinx_exercise_registry", {})
    counts = Counter(entry["docname"] for entry in registry.values() if is_exercise_node(entry["node"]))
    text = json.dumps(dict(sorted(counts.items())), separators=(",", ":"))
    (Path(app.outdir) / "_static" / SCRIPT).write_text(f"BookExercises.counts({text});\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", number_exercises, priority=400)  # before sphinx_exercise sets its own (500)
    app.add_post_transform(SetTitles)
    app.connect("html-page-context", add_controls, priority=950)
    app.connect("build-finished", write_counts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
