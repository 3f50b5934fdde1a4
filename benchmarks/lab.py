"""A JupyterLab of its own, with a home of its own: for tests and measurements in a real notebook."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_HOMES = (
    *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
)


def notebook(*sources: str) -> str:
    """A notebook of code cells, and a cell of text behind them."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for k, source in enumerate(sources)
    ]
    cells.append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "below"})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


@contextmanager
def jupyterlab(home: Path, notebooks: dict[str, str]) -> Iterator[Callable[[str], str]]:
    """Serve these notebooks, name -> text; gives what tells the address of each, in a workspace of its own."""
    root = home / "root"
    root.mkdir()
    for name, text in notebooks.items():
        (root / f"{name}.ipynb").write_text(text, encoding="utf-8")
    environment = {**os.environ, **{name: str(home / name.lower()) for name in _HOMES}}
    settings = [
        "ServerApp.ip=127.0.0.1",
        "ServerApp.port=0",
        "IdentityProvider.token=",
        f"ServerApp.root_dir={root}",
        "LabApp.news_url=None",
        "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    options = ["--no-browser", "--allow-root", *(f"--{setting}" for setting in settings)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=environment, cwd=root, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            url = _wait_for(server, home)
            yield lambda name: f"{url}lab/workspaces/{name}/tree/{name}.ipynb"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _wait_for(server: subprocess.Popen[bytes], home: Path) -> str:
    """The server writes where it listens once it has found a free port."""
    for _ in range(600):
        for info in (home / "jupyter_runtime_dir").glob("jpserver-*.json"):
            try:
                url = json.loads(info.read_text())["url"].replace("localhost", "127.0.0.1")
                with urllib.request.urlopen(f"{url}api", timeout=2):
                    return str(url)
            except (OSError, ValueError):
                continue
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{(home / 'log').read_text()[-2000:]}")


def run_cell(page: Any, index: int) -> Any:
    """Run a code cell and return it.

    Lab drops a Shift+Enter that comes while it builds the notebook, and asks for a kernel where the machine is slow:
    press until the cell has a number, or a star.
    """
    from playwright.sync_api import TimeoutError as TimedOut

    cell = page.locator(".jp-CodeCell").nth(index)
    cell.locator(".cm-content").wait_for(timeout=60_000)
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=60_000)
    for _ in range(12):
        if page.locator(".jp-Dialog").count():
            page.locator(".jp-Dialog select").select_option(label="Python 3 (ipykernel)")
            page.locator(".jp-Dialog .jp-mod-accept").click()
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        with suppress(TimedOut):
            prompt = cell.locator(".jp-InputPrompt").element_handle()
            page.wait_for_function("(prompt) => /[\\d*]/.test(prompt.textContent)", arg=prompt, timeout=5_000)
            return cell
    raise RuntimeError(f"cell {index} does not run: {page.locator('body').inner_text()[:2000]}")


# Moves a slider, and waits until the text of another element has changed: what the kernel computed has come. Infinity
# if it hasn't in ten seconds.
ANSWER = """([input, told]) => new Promise((done) => {
  const began = performance.now();
  const observer = new MutationObserver(() => { observer.disconnect(); done(performance.now() - began); });
  setTimeout(() => { observer.disconnect(); done(Infinity); }, 10_000);
  observer.observe(told, { childList: true, characterData: true, subtree: true });
  input.value = String(Number(input.value) - 1);
  input.dispatchEvent(new Event("input", { bubbles: true }));
})"""

STUDENTS_RULE = """\
from dataclasses import dataclass
import numpy as np, optimlib as ol

@dataclass(frozen=True)
class SignDescent:
    lr: float = 0.02
    def init(self, theta): return {}
    def update(self, grad, state):
        if self.lr > 5: raise RuntimeError("too hasty")
        return -self.lr * np.sign(grad), state

"""
