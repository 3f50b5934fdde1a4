"""The command: python -m benchmarks [steps trajectories epochs imports] [--quick] [--threads N]."""

import argparse
import importlib
import time

from benchmarks import runner

ALL = ("steps", "trajectories", "epochs", "imports")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"out of {', '.join(ALL)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller sizes, under a minute")
    parser.add_argument("--threads", type=int, default=1, help="for every library alike; 1 by default")
    options = parser.parse_args()
    for name in options.names:
        if name not in ALL:
            parser.error(f"name must be out of {', '.join(ALL)}, got {name!r}")
    if options.threads < 1:
        parser.error(f"threads must be >= 1, got {options.threads}")
    began = time.perf_counter()
    runner.pin(options.threads)  # before anything imports NumPy
    print(runner.machine(options.threads))
    goals = []
    for name in options.names or ALL:
        goals += importlib.import_module(f"benchmarks.{name}").main(options.quick, options.threads)
    if options.threads == 1:  # CPU time adds up over threads: look at the wall ratios
        print("\nGoals, by CPU time")
        for goal in goals:
            print(f"  {goal}")
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
