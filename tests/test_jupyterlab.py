"""DescentExplorer in a real JupyterLab: the kernel computes, with a reader's own rule in the race."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import optimlib as ol

CELL = """\
from dataclasses import dataclass
import numpy as np, optimlib as ol

@dataclass(frozen=True)
class SignDescent:
    lr: float = 0.02
    def init(self, theta): return {}
    def update(self, grad, state):
        if self.lr > 5: raise RuntimeError("too hasty")
        return -self.lr * np.sign(grad), state

explorer = ol.DescentExplorer(ol.Saddle(), [ol.SGD(lr=0.05), SignDescent()], steps=100, lang="en")
explorer"""
PROBE = 'print("start", list(explorer.start), "y", float(explorer.trajectories[1].theta[3, 1]))'
MARKDOWN = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "below"}


def code(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": name, "metadata": {}, "outputs": [], "execution_count": None, "source": source}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab that has its own home, and of a notebook in it."""
    notebook = {
        "cells": [code("a", CELL), code("b", PROBE), MARKDOWN],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    root = tmp_path / "root"
    root.mkdir()
    (root / "race.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR",
             "JUPYTERLAB_WORKSPACES_DIR")  # fmt: skip
    environment = {**os.environ, **{name: str(tmp_path / name.lower()) for name in homes}}
    settings = [
        "ServerApp.ip=127.0.0.1",
        "ServerApp.port=0",
        "IdentityProvider.token=",
        f"ServerApp.root_dir={root}",
        "LabApp.news_url=None",
        "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    options = ["--no-browser", "--allow-root", *(f"--{setting}" for setting in settings)]
    command = [sys.executable, "-m", "jupyterlab", *options]
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=log, start_new_session=True)
    try:
        yield wait_for(server, tmp_path / "jupyter_runtime_dir", tmp_path / "log")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def wait_for(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """The server writes where it listens once it has found a free port."""
    for _ in range(300):
        for info in runtime.glob("jpserver-*.json"):
            try:
                url = json.loads(info.read_text())["url"].replace("localhost", "127.0.0.1")
                with urllib.request.urlopen(f"{url}api", timeout=2):
                    return f"{url}lab/tree/race.ipynb"
            except (OSError, ValueError):
                continue
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


def test_the_kernel_computes_what_the_reader_sets(lab: str, new_page: Any) -> None:
    page = new_page(1400, 1000)
    page.goto(lab)
    run_cell(page, 0)
    explorer = page.locator(".ole")
    page.wait_for_selector(".ole, .jp-CodeCell .jp-RenderedText", timeout=40_000)
    assert explorer.is_visible(), page.locator(".jp-CodeCell .jp-OutputArea").first.inner_text()
    row = explorer.locator(".ole-row").nth(2)
    assert "SignDescent" in row.inner_text()
    theta = row.locator(".ole-theta")
    page.wait_for_function("(e) => e.textContent.startsWith('(')", arg=theta.element_handle())

    # The reader's rule has a slider; the kernel runs it anew, the picture and the numbers move.
    picture = explorer.locator(".ole-map canvas").nth(1)
    old_picture, old_theta = picture.evaluate("(c) => c.toDataURL()"), theta.inner_text()
    rate = explorer.get_by_label("η learning rate")
    rate.focus()
    selected = page.locator(".jp-Cell.jp-mod-selected").count(), active_cell(page)
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    page.wait_for_function("([e, old]) => e.textContent !== old", arg=[theta.element_handle(), old_theta])
    assert picture.evaluate("(c) => c.toDataURL()") != old_picture
    assert (
        page.locator(".jp-Cell.jp-mod-selected").count(),
        active_cell(page),
    ) == selected  # Lab didn't hear the arrows
    assert rate.evaluate("(e) => document.activeElement === e")

    # The start moves by keyboard; Python has the same start and the same run.
    handle = explorer.locator(".ole-handle")
    handle.focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowLeft")
    start_text = explorer.locator(".ole-start")
    page.wait_for_function("(e) => !e.textContent.includes('(−1.600')", arg=start_text.element_handle())
    eta = float(rate.get_attribute("aria-valuetext"))
    page.wait_for_timeout(300)
    explorer.get_by_label("Step t").fill("3")
    seen_y = shown_y(page, theta)
    run_cell(page, 1)
    output = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    output.wait_for(timeout=20_000)
    numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", output.inner_text())]
    x, y, python_y = numbers
    assert [f"{value:.3f}".replace("-", "−") for value in (x, y)] == re.findall(
        r"−?\d+\.\d{3}", start_text.inner_text()
    )
    assert seen_y == f"{python_y:.3f}".replace("-", "−")
    run = ol.descend(ol.SGD(lr=0.05), ol.Saddle(), [x, y], 100)
    assert (
        explorer.locator(".ole-row")
        .nth(1)
        .locator(".ole-theta")
        .inner_text()
        .startswith(f"({run.theta[3, 0]:.3f}".replace("-", "−"))
    )
    assert eta > 0.02

    # What the reader's rule raises is said in the figure, and the explorer lives on.
    rate.fill(str(rate.get_attribute("max")))
    trouble = explorer.locator(".ole-trouble")
    trouble.wait_for(timeout=10_000)
    assert trouble.inner_text() == "SignDescent: RuntimeError: too hasty"
    rate.fill("0")
    trouble.wait_for(state="hidden", timeout=10_000)
    page.wait_for_function("(e) => e.textContent.startsWith('(')", arg=theta.element_handle())


def run_cell(page: Any, index: int) -> None:
    """Lab drops a Shift+Enter that comes while it still builds the notebook: press until the cell has a number."""
    cell = page.locator(".jp-CodeCell").nth(index)
    cell.locator(".cm-content").wait_for(timeout=60_000)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=60_000)
    for _ in range(12):
        for accept in page.locator(
            ".jp-Dialog .jp-mod-accept"
        ).all():  # such as the choice of a kernel, where Lab is slow
            accept.click()
        cell.locator(".cm-content").click(timeout=5_000)
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(5_000 if index == 0 else 1_000)
        if re.search(r"[\d*]", cell.locator(".jp-InputPrompt").inner_text()):
            return
    raise AssertionError(f"cell {index} does not run: {page.locator('body').inner_text()[:2000]}")


def active_cell(page: Any) -> int:
    return page.evaluate("[...document.querySelectorAll('.jp-Cell')].findIndex((c) => c.matches('.jp-mod-active'))")


def shown_y(page: Any, theta: Any) -> str:
    page.wait_for_timeout(200)
    return re.findall(r"−?\d+\.\d{3}", theta.inner_text())[1]
