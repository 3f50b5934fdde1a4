"""Python in the page: what an editor and its interpreter consist of, in one folder that is named by its contents.

Pages with a cell to write in, or with the explorer that takes the reader's own rule, load a small script; the folder's
files come when the reader asks. Their modules name each other by relative addresses, which carry no version; so the
folder does.
"""

import hashlib
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from book.bilingual import language_of
from book.node import ensure_packages
from optimlib.explorers.bundler import load
from optimlib.explorers.minify import minify

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "book" / "python"
STARTER = "write.js"
CELL = "tag_write-it"
MARKS = (CELL, 'data-explorer="DescentExplorer"')
WRITE = {"zh": "在页面里写", "en": "Write it here"}
# What an interpreter runs before a reader's code, and the part of the library that it finds.
FIRST = OWN / "page.py"
LIBRARY = ROOT / "optimlib" / "exercises"
# The twin of optimlib.descend: the worker races the reader's rule with the loop that races the others.
TWIN = ("descend.js", "noise.js", "surfaces.js")
EDITOR = (
    "index.js",
    "extensions/commands/index.js",
    "languages/python.js",
    "utils/index.js",
    "prism/languages/python.js",
)
_IMPORT = re.compile(r'^(?:import|export)\b[^"\n]*"(\.[^"]+)";', re.M)


def editor_modules(package: Path) -> dict[str, str]:
    """The editor's modules and all that they import, by their place in the package's folder `dist`."""
    folder = (package / "dist").resolve()
    found: dict[str, str] = {}

    def visit(path: Path) -> None:
        place = path.relative_to(folder).as_posix()
        if place in found:
            return
        # Source maps are not shipped; a browser's tools would ask for them.
        found[place] = re.sub(r"^//# sourceMappingURL=.*\n?", "", path.read_text(encoding="utf-8"), flags=re.M)
        for address in _IMPORT.findall(found[place]):
            visit((path.parent / address).resolve())

    for entry in EDITOR:
        visit(folder / entry)
    return found


def sources_module() -> str:
    """What the interpreter runs and what it can import, as texts."""
    # The library itself is empty: readers see of it what page.py shows them.
    files = {"optimlib/__init__.py": ""}
    for path in sorted(LIBRARY.glob("*.py")):
        files[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
    first = FIRST.read_text(encoding="utf-8")
    return f"export const FILES = {json.dumps(files)};\nexport const FIRST = {json.dumps(first)};\n"


def descent_module() -> str:
    """The explorers' loop, surfaces, and noise as one module."""
    modules = {name: module for entry in TWIN for name, module in load(entry).items()}
    body = "".join(module.body for module in modules.values())
    return minify(f"{body}export {{ descend, gradientNoise, makeSurface }};\n")


@cache
def assets() -> dict[str, bytes]:
    """The files of the folder by their place in it."""
    packages = ensure_packages()
    interpreter = packages / "@micropython" / "micropython-webassembly-pyscript"
    editor = editor_modules(packages / "prism-code-editor")
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(OWN.glob("*.js"))}
    texts |= {f"editor/{place}": text for place, text in editor.items()}
    # Asked for beside the first module, so that a browser learns of all of them at once, and not of one by another.
    texts["parts.js"] = "".join(f'import "./editor/{place}";\n' for place in sorted(editor))
    texts["descent.js"] = descent_module()
    texts["sources.js"] = sources_module()
    texts["python.css"] = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (packages / "prism-code-editor" / "dist" / "layout.css", *sorted(OWN.glob("*.css")))
    )
    texts["licenses.txt"] = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (OWN / "micropython-license.txt", packages / "prism-code-editor" / "LICENSE")
    )
    # Some hosts don't know .mjs, and a browser takes a module only as JavaScript.
    texts["micropython.js"] = (interpreter / "micropython.mjs").read_text(encoding="utf-8")
    files = {name: text.encode() for name, text in texts.items()}
    files["micropython.wasm"] = (interpreter / "micropython.wasm").read_bytes()
    return dict(sorted(files.items()))


@cache
def folder_name() -> str:
    """The folder's name: other contents, another name."""
    digest = hashlib.sha256()
    for name, data in assets().items():
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return f"python-{digest.hexdigest()[:8]}"


def add_buttons(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a button below each cell to write in. A script that made it would move the page under its reader."""
    if app.builder.format != "html":
        return
    words = WRITE[language_of(app.config.language)]
    button = f'<button type="button" class="write-it js-only">{words}</button>'
    for cell in doctree.findall(lambda node: isinstance(node, nodes.container) and CELL in node["classes"]):
        (code,) = (part for part in cell if "cell_input" in part["classes"])
        cell.insert(cell.index(code) + 1, nodes.raw("", button, format="html"))


def link_starter(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Name the starter in the head of a page that needs it, and tell it the folder."""
    if any(mark in context.get("body", "") for mark in MARKS):
        address = context["pathto"](f"_static/{STARTER}", 1)
        link = f'<script defer src="{address}" data-folder="{folder_name()}/"></script>'
        context["metatags"] = f"{context.get('metatags', '')}\n{link}"


def write_assets(app: Sphinx, exception: Exception | None) -> None:
    """Write the folder after Jupyter Book has looked for scripts: it would add them to every page."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for former in static.glob("python-*"):
        shutil.rmtree(former)
    for name, data in assets().items():
        path = static / folder_name() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-resolved", add_buttons)
    app.connect("html-page-context", link_starter)
    app.connect("build-finished", write_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
