"""What the benchmarks share: pinned threads, facts about the machine, interleaved rounds, tables, goals.

All cases of a table are measured in turn, round after round, so that a busy machine disturbs them alike. A sample is a
few calls after one that is not counted, which brings a case's own data into the cache. The table has the median of the
CPU time, which leaves out what other programs take, and the least wall time; ratios are within one table. Absolute
times differ between machines, and even ratios between one hour and the next: run it again before believing a digit.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Case(NamedTuple):
    """One row.  run: what is timed.  share: how many units of work a call does; times are for one unit.

    result: what a comparison of the answers needs, read after some calls of run.
    """

    name: str
    run: Callable[[], Any]
    share: float = 1.0
    result: Callable[[], Any] | None = None


class Timing(NamedTuple):
    """Seconds for one unit of work: median CPU time and least wall time."""

    cpu: float
    wall: float


class Goal(NamedTuple):
    """What was aimed for; value <= limit (or >=, where more is better) is met."""

    what: str
    value: float
    limit: float
    more_is_better: bool = False

    def __str__(self) -> str:
        met = self.value >= self.limit if self.more_is_better else self.value <= self.limit
        sign = ">=" if self.more_is_better else "<="
        return f"{'met    ' if met else 'NOT met'}  {self.what}: {self.value:,.4g}, goal {sign} {self.limit:,.4g}"


def pin(threads: int) -> None:
    """So many threads for every library: by their environment variables, and by the CPUs the process may use."""
    for name in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
        os.environ[f"{name}_THREADS"] = str(threads)
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads={threads}"
    os.environ |= {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    if hasattr(os, "sched_setaffinity"):  # Linux; elsewhere the variables have to do
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def machine(threads: int) -> str:
    """Processor, versions, and how busy the machine is."""
    lines = [f"{_processor()}, {os.cpu_count()} CPUs; every library has {threads} thread(s)"]
    versions = [f"{name} {v}" if (v := version(name)) else f"{name} absent" for name in PACKAGES]
    lines += [f"Python {platform.python_version()}, {', '.join(versions)}"]
    if hasattr(os, "getloadavg"):
        lines += [f"load of the last minute: {os.getloadavg()[0]:.1f}"]
    return "\n".join(lines)


PACKAGES = ("numpy", "numba", "torch", "jax", "optax", "keras")


def version(name: str) -> str | None:
    """The installed version of a package, None where it is absent."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@functools.cache  # so that it says so once
def have(*names: str) -> bool:
    """Whether all of these packages are installed; says so where not."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        print(f"  absent, and left out: {', '.join(missing)}")
    return not missing


def measure(cases: Sequence[Case], rounds: int, least: float = 2e-3) -> dict[str, Timing]:
    """Time the cases in interleaved rounds.  least: seconds that a sample lasts at least."""
    calls = {}
    for case in cases:
        case.run()  # compiles, allocates
        began = time.perf_counter()
        case.run()
        calls[case.name] = max(1, round(least / (time.perf_counter() - began)))
    samples: dict[str, list[tuple[float, float]]] = {case.name: [] for case in cases}
    gc.disable()
    for i in range(rounds):
        for case in [*cases[i % len(cases) :], *cases[: i % len(cases)]]:  # nobody always follows the same neighbor
            case.run()
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(calls[case.name]):
                case.run()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            units = calls[case.name] * case.share
            samples[case.name].append((cpu / units, wall / units))
    gc.enable()
    return {name: summary(taken) for name, taken in samples.items()}


def summary(samples: Sequence[tuple[float, float]]) -> Timing:
    """From (CPU, wall) of each sample."""
    cpu, wall = zip(*samples, strict=True)
    return Timing(statistics.median(cpu), min(wall))


def show(
    title: str, unit: str, scale: float, timings: dict[str, Timing], reference: str, per_second: str | None = None
) -> None:
    """Print a table.  scale: from seconds to `unit`.  Ratios are to the reference.  per_second: name of that column."""
    base = timings[reference]
    head = ["", f"CPU, {unit}", f"wall, {unit}", "CPU ratio", "wall ratio", *([per_second] if per_second else [])]
    rows = [
        [
            name,
            f"{t.cpu * scale:,.4g}",
            f"{t.wall * scale:,.4g}",
            f"{t.cpu / base.cpu:.3g}",
            f"{t.wall / base.wall:.3g}",
            *([f"{1 / t.cpu:,.0f}"] if per_second else []),
        ]
        for name, t in timings.items()
    ]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for first, *rest in [head, *rows]:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        print(f"  {'  '.join([first.ljust(widths[0]), *cells])}")
    sys.stdout.flush()


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
