"""Re-run notebooks and store their outputs in one normal form; a notebook that fails keeps its former file."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from book.bilingual import Notebook, joined
from book.notebooks import dump, find_notebooks, load, write_atomically

LIMIT = 60.0  # seconds for one notebook
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}
_WIDGET = "application/vnd.jupyter.widget-view+json"
_CELL_KEYS = ("tags", "counterpart", "mystnb", "slideshow", "editable", "deletable")
_ANSI = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


class ExecutionError(RuntimeError):
    """A notebook could not be run; the message names notebook, cell, its first line and the reason."""


def normalize_outputs(outputs: Sequence[dict[str, Any]], count: int | None) -> list[dict[str, Any]]:
    """Return outputs without what differs from run to run or repeats what a better form says.

    text/plain stays even beside an SVG, because nbval compares it.
    """
    result: list[dict[str, Any]] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            text = joined(output["text"])
            if result and result[-1].get("name") == output["name"]:
                result[-1]["text"] += text
            else:
                result.append({"output_type": kind, "name": output["name"], "text": text})
            continue
        if kind == "error":
            result.append(dict(output))
            continue
        data = {mime: value for mime, value in output["data"].items() if mime != _WIDGET}
        if "image/svg+xml" in data:
            data.pop("image/png", None)
        if data:
            entry = {"output_type": kind, "data": data, "metadata": {}}
            if kind == "execute_result":
                entry["execution_count"] = count
            result.append(entry)
    for output in result:
        if output["output_type"] == "stream":
            output["text"] = _settle(output["text"])
    return result


def _settle(text: str) -> str:
    """What a terminal shows in the end: text before a carriage return is overwritten, line ends are LF."""
    text = text.replace("\r\n", "\n")
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n"))


def normalize(notebook: Notebook) -> Notebook:
    """Return the notebook as it is stored: counted cells, clean metadata, ids kept."""
    cells = []
    count = 0
    for number, cell in enumerate(notebook["cells"]):
        metadata = {key: cell["metadata"][key] for key in _CELL_KEYS if cell["metadata"].get(key)}
        clean = {
            "cell_type": cell["cell_type"],
            "id": cell.get("id") or f"cell-{number}",
            "metadata": metadata,
            "source": joined(cell["source"]),
        }
        if cell["cell_type"] == "code":
            ran = bool(clean["source"].strip())
            count += ran
            clean["execution_count"] = count if ran else None
            clean["outputs"] = normalize_outputs(cell.get("outputs", []), count)
        if "attachments" in cell:
            clean["attachments"] = cell["attachments"]
        cells.append(clean)
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def run_notebook(path: Path, limit: float = LIMIT) -> Notebook:
    """Run a notebook from its first cell in a new kernel, in its own folder, and return its normal form.

    Raises ExecutionError when a cell raises, writes to stderr, or the notebook takes longer than `limit` seconds.
    """
    source = load(path)
    for cell in source["cells"]:
        cell["source"] = joined(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    source["nbformat_minor"] = 5
    for number, cell in enumerate(source["cells"]):
        cell.setdefault("id", f"cell-{number}")
    notebook = nbformat.from_dict(source)
    deadline = time.monotonic() + limit
    running = {"number": 1}
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
        store_widget_state=False,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: running.update(number=cell_index + 1),
    )

    def where() -> str:
        number = running["number"]
        return _place(path, number, notebook.cells[number - 1])

    try:
        # What a cell writes to stderr comes as an output; this is the kernel's own, which warns of its transport.
        client.execute(stderr=subprocess.DEVNULL)
    except CellTimeoutError as error:
        raise ExecutionError(f"{where()}: the notebook took longer than {limit:g} s") from error
    except CellExecutionError as error:
        reason = _ANSI.sub("", f"{error.ename}: {error.evalue}".strip()).splitlines()[-1]
        raise ExecutionError(f"{where()}: {reason}") from error
    except DeadKernelError as error:
        raise ExecutionError(f"{where()}: the kernel died") from error
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                lines = _ANSI.sub("", output.text.strip()).splitlines() or [""]
                # A warning's last line is only the code that it came from.
                told = next((line for line in lines if "Warning: " in line), lines[-1])
                raise ExecutionError(f"{_place(path, number, cell)} wrote to stderr: {told}")
    return normalize(notebook)


def _place(path: Path, number: int, cell: Any) -> str:
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"{path}, cell {number} ({first.strip()[:60]})"


def execute_all(root: Path, paths: Sequence[str]) -> int:
    """Run notebooks one after the other and store those that changed; return 1 when any failed."""
    try:
        notebooks = find_notebooks(root, paths)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    failures = 0
    for path in notebooks:
        name = path.resolve().relative_to(root) if path.resolve().is_relative_to(root) else path
        started = time.perf_counter()
        try:
            text = dump(run_notebook(path.resolve()))
        except (ExecutionError, ValueError) as error:
            failures += 1
            print(
                f"{str(error).replace(str(path.resolve()), str(name))}\n  {name} was left as it was.", file=sys.stderr
            )
            continue
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            write_atomically(path, text)
        print(f"{name}: {'stored' if changed else 'unchanged'} ({time.perf_counter() - started:.1f} s)", flush=True)
    return 1 if failures else 0
