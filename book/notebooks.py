"""Notebook files: the one form in which they are stored, and writing that never leaves half a file."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from book.bilingual import Notebook, joined


def load(path: Path) -> Notebook:
    """Read a notebook as a dict; raise ValueError naming the file when it isn't one."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if notebook["nbformat"] != 4 or not isinstance(notebook["cells"], list):
            raise ValueError("expected nbformat 4 with a list of cells")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a notebook: {error}") from error
    return notebook


def dump(notebook: Notebook) -> str:
    """Return the stored text: sorted keys, one space of indentation, a newline at the end, sources as lines."""
    return json.dumps(_as_lines(notebook), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _as_lines(notebook: Notebook) -> Notebook:
    result = json.loads(json.dumps(notebook))
    for cell in result["cells"]:
        cell["source"] = joined(cell["source"]).splitlines(keepends=True)
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = joined(output["text"]).splitlines(keepends=True)
            for mime, data in output.get("data", {}).items():
                if isinstance(data, str) and not mime.endswith("json"):
                    output["data"][mime] = data.splitlines(keepends=True)
    return result


def write_atomically(path: Path, text: str) -> None:
    """Write a file through a neighbor that replaces it, so an interruption leaves the old file whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def find_notebooks(root: Path, paths: Iterable[str | Path] = ()) -> list[Path]:
    """Return the notebooks named by `paths` (files or folders), or all of the book: the home page and chapters/."""
    chosen = [Path(path) for path in paths] or [root / "book" / "home.ipynb", root / "chapters"]
    found: list[Path] = []
    for path in chosen:
        if path.is_dir():
            found += sorted(item for item in path.rglob("*.ipynb") if ".ipynb_checkpoints" not in item.parts)
        elif path.suffix == ".ipynb" and path.exists():
            found.append(path)
        elif paths:
            raise ValueError(f"{path}: there is no such notebook or folder")
    return found
