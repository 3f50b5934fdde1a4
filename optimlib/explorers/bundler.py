"""Joins the ES modules of `js/` without Node: one ES module per explorer for anywidget, classic scripts for pages.

The modules keep to a few forms, which is checked: `import { a, b } from "./file.js";`, `export` before a function,
class, or const, and `export default …;`, a name or an object, as a line of its own. Joined, they share one scope.

A view's default export is `{ render, decode, twin }`: `render` is anywidget's, `decode(text, spec)` reads a link, and
`twin(model)` computes in place of the kernel on a page, where the view does not. To add a view, add it to VIEWS.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from optimlib import validate
from optimlib.explorers.minify import minify, minify_css
from optimlib.explorers.shorten import shorten

JS = Path(__file__).parent / "js"

# What each explorer's view is called, by the Python class's name.
VIEWS = {
    "DescentExplorer": "descent_explorer.js",
    "ConditioningExplorer": "conditioning_explorer.js",
    "LearningRateExplorer": "learning_rate_explorer.js",
    "StalenessExplorer": "staleness_explorer.js",
    "MomentumExplorer": "momentum_explorer.js",
    "BasinExplorer": "basin_explorer.js",
    "AveragingExplorer": "averaging_explorer.js",
    "SaddleExplorer": "saddle_explorer.js",
    "SecondMomentExplorer": "second_moment_explorer.js",
    "ScheduleExplorer": "schedule_explorer.js",
    "BatchExplorer": "batch_explorer.js",
    "SensitivityExplorer": "sensitivity_explorer.js",
}

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:function|class|const) )", re.M)
_DEFAULT = re.compile(r"^export default (\{.*\}|\w+);\n", re.M)
_TOP_LEVEL = re.compile(r"^(?:function|class|const|let) (\w+|\{[^}]*\}|\[[^\]]*\])", re.M)
# Comments cost readers bytes; `//` behind code stays, since it could be part of a string.
_COMMENTS = re.compile(r"^[ \t]*//.*\n|[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/", re.M)
_BLANK = re.compile(r"^\s*\n", re.M)


@dataclass(frozen=True)
class Module:
    """One file: its text without module syntax, whose names it imports (file -> names), and what it declares."""

    file: str
    body: str
    imports: dict[str, set[str]]
    exports: set[str]
    declared: list[str]
    default: str


@cache
def bundle(name: str) -> str:
    """The JavaScript of one explorer, by the name of its class, as an ES module.

    Raises ValueError for an unknown name, and for modules that import each other in a circle, import what isn't
    exported, or use a top-level name twice.
    """
    body, default = join(VIEWS[validate.one_of("name", name, VIEWS)])
    return f"// optimlib {name}\n{body}export default {default};\n"


@cache
def site_scripts() -> dict[str, str]:
    """Classic scripts for pages, by file name: explorers.js, and one for each explorer, which it loads when needed.

    explorers.js holds what two or more views use; the others take from it what they import, by number.
    """
    views = {name: load(file) for name, file in VIEWS.items()}
    start = load("static.js")
    uses = Counter(file for modules in views.values() for file in modules)
    shared = {
        file: module for modules in (start, *views.values()) for file, module in modules.items()
        if file in start or uses[file] > 1
    }  # fmt: skip
    wanted = {
        name: sorted(
            {
                imported
                for file, module in modules.items()
                if file not in shared
                for other, imports in module.imports.items()
                if other in shared
                for imported in imports
            }
        )
        for name, modules in views.items()
    }
    exports = sorted({name for names in wanted.values() for name in names})
    names = ", ".join(f'"{name}"' for name in VIEWS)
    scripts = {
        "explorers.js": f'// optimlib explorers\n(() => {{\n"use strict";\n{_joined(shared.values())}'
        f"startPage([{names}], [{', '.join(exports)}]);\n}})();\n"
    }
    for name, modules in views.items():
        body = _joined(module for file, module in modules.items() if file not in shared)
        default = modules[VIEWS[name]].default
        taken = ", ".join(f"{exports.index(export)}: {export}" for export in wanted[name])
        scripts[f"{name}.js"] = (
            f'// optimlib {name}\noptimlibExplorers.define("{name}", (shared) => {{\n"use strict";\n'
            f"const {{ {taken} }} = shared;\n{body}return {default};\n}});\n"
        )
    return {name: minify(shorten(text)) for name, text in scripts.items()}


@cache
def css() -> str:
    """The style of all explorers."""
    return minify_css((JS / "explorer.css").read_text(encoding="utf-8"))


def join(entry: str, folder: Path = JS) -> tuple[str, str]:
    """The text of `entry` and all that it imports, imported modules first, and the entry's default export."""
    modules = load(entry, folder)
    return _joined(modules.values()), modules[entry].default


def load(entry: str, folder: Path = JS) -> dict[str, Module]:
    """`entry` and all that it imports, by file name, imported modules first."""
    modules: dict[str, Module] = {}

    def visit(file: str, trail: tuple[str, ...]) -> None:
        if file in trail:
            raise ValueError(f"modules must not import each other in a circle, got {' → '.join((*trail, file))}")
        if file in modules:
            return
        module = _read(folder / file)
        for other, names in module.imports.items():
            visit(other, (*trail, file))
            if missing := names - modules[other].exports:
                raise ValueError(f"{file} imports {', '.join(sorted(missing))}, which {other} does not export")
        modules[file] = module

    visit(entry, ())
    return modules


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    imports = {match[2]: {part.strip() for part in match[1].split(",")} for match in _IMPORT.finditer(text)}
    default = _DEFAULT.search(text)
    body = _DEFAULT.sub("", _IMPORT.sub("", text))
    exports = {match[1] for match in re.finditer(r"^export (?:function|class|const) (\w+)", body, re.M)}
    body = _BLANK.sub("", _COMMENTS.sub("", _EXPORT.sub("", body)))
    if left := re.search(r"^(?:import|export)\b.*", body, re.M):
        raise ValueError(f"{path.name} has a form that the bundler does not know: {left[0]}")
    declared = [name for match in _TOP_LEVEL.finditer(body) for name in re.findall(r"\w+", match[1])]
    return Module(path.name, body, imports, exports, declared, default[1] if default else "")


def _joined(modules: Iterable[Module]) -> str:
    """Their texts in one scope; ValueError for a top-level name that two of them use."""
    owners: dict[str, str] = {}
    bodies = []
    for module in modules:
        for name in module.declared:
            if name in owners:
                raise ValueError(f"{name} is declared in {owners[name]} and in {module.file}")
            owners[name] = module.file
        bodies.append(module.body)
    return "".join(bodies)
