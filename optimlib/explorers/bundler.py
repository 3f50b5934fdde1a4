"""Joins the ES modules of `js/` into one file without Node: an ES module for anywidget, a classic script for pages.

The modules keep to a few forms, which is checked: `import { a, b } from "./file.js";`, and `export` before a
function, class, or const, or `export default { … };` as a line of its own. All of them then share one scope.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from optimlib import validate

JS = Path(__file__).parent / "js"

# What each explorer's view is called, by the Python class's name.
VIEWS = {"DescentExplorer": "descent_explorer.js"}

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:function|class|const) )", re.M)
_DEFAULT = re.compile(r"^export default (\{.*\});\n", re.M)
_TOP_LEVEL = re.compile(r"^(?:function|class|const|let) (\w+|\{[^}]*\}|\[[^\]]*\])", re.M)
# Comments cost readers bytes; `//` behind code stays, since it could be part of a string.
_COMMENTS = re.compile(r"^[ \t]*//.*\n|[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/", re.M)
_BLANK = re.compile(r"^\s*\n", re.M)


@cache
def bundle(name: str = "site") -> str:
    """The JavaScript of one explorer as an ES module, or of all as a classic script that upgrades a page.

    name: "site", or the name of an explorer's class.  Raises ValueError for anything else, and for modules that
    import each other in a circle, import what isn't exported, or use a top-level name twice.
    """
    validate.one_of("name", name, ["site", *VIEWS])
    if name == "site":
        body, _ = join("static.js")
        return f'// optimlib explorers\n(() => {{\n"use strict";\n{body}upgradePage();\n}})();\n'
    body, default = join(VIEWS[name])
    return f"// optimlib {name}\n{body}export default {default};\n"


@cache
def css() -> str:
    """The style of all explorers."""
    return (JS / "explorer.css").read_text(encoding="utf-8")


def join(entry: str, folder: Path = JS) -> tuple[str, str]:
    """The text of `entry` and all that it imports, imported modules first, and the entry's default export."""
    bodies: dict[str, str] = {}
    exports: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    default = ""

    def visit(file: str, trail: tuple[str, ...]) -> None:
        nonlocal default
        if file in trail:
            raise ValueError(f"modules must not import each other in a circle, got {' → '.join((*trail, file))}")
        if file in bodies:
            return
        text = (folder / file).read_text(encoding="utf-8")
        for match in _IMPORT.finditer(text):
            names, other = {part.strip() for part in match[1].split(",")}, match[2]
            visit(other, (*trail, file))
            if missing := names - exports[other]:
                raise ValueError(f"{file} imports {', '.join(sorted(missing))}, which {other} does not export")
        found = _DEFAULT.search(text)
        body = _DEFAULT.sub("", _IMPORT.sub("", text))
        exports[file] = {m[1] for m in re.finditer(r"^export (?:function|class|const) (\w+)", body, re.M)}
        body = _BLANK.sub("", _COMMENTS.sub("", _EXPORT.sub("", body)))
        if left := re.search(r"^(?:import|export)\b.*", body, re.M):
            raise ValueError(f"{file} has a form that the bundler does not know: {left[0]}")
        for match in _TOP_LEVEL.finditer(body):
            for declared in re.findall(r"\w+", match[1]):
                if declared in owners:
                    raise ValueError(f"{declared} is declared in {owners[declared]} and in {file}")
                owners[declared] = file
        bodies[file] = body
        default = found[1] if found else ""

    visit(entry, ())
    return "".join(bodies.values()), default
