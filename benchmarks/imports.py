"""The time of an import, in fresh processes that find compiled modules, as they do from the second start on."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.runner import Goal, have, show, summary

OURS = {
    "import numpy": "import numpy",
    "import optimlib": "import optimlib",
    "import optimlib, and a first run": "import optimlib as ol; ol.descend(ol.Adam(), ol.Rosenbrock(), [0.0, 0.0], 10)",
}
FRAMEWORKS = {"torch": "import torch", "optax": "import optax", "keras": "import keras"}


def main(quick: bool, threads: int) -> list[Goal]:
    codes = OURS | {code: code for name, code in FRAMEWORKS.items() if not quick and have(name)}
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in codes}
    with tempfile.TemporaryDirectory() as compiled:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for code in codes.values():
            _start(code, environment)
        for i in range(15 if quick else 31):
            for name, code in codes.items():
                if name in OURS or i < 3:  # the frameworks take seconds
                    samples[name].append(_start(code, environment))
    timings = {name: summary(taken) for name, taken in samples.items()}
    show("Fresh processes, with the start of Python", "ms", 1e3, timings, "import numpy")
    ratio = timings["import optimlib"].cpu / timings["import numpy"].cpu
    return [Goal("import optimlib, × import numpy", ratio, 1.3)]


def _start(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """CPU and wall seconds of a fresh Python that runs the code."""
    before, began = _cpu_of_children(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    wall = time.perf_counter() - began
    return _cpu_of_children() - before or wall, wall


def _cpu_of_children() -> float:
    """CPU seconds of the processes that have ended; always 0 on Windows, which does not tell."""
    try:
        import resource
    except ModuleNotFoundError:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
