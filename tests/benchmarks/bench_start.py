"""`testaudit --version` and `--help` beside a bare interpreter and the library imports they could have cost.

    python tests/benchmarks/bench_start.py [-n 20]

The limit is 150 ms each; imports are lazy.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from statistics import median

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import typer": ["-c", "import typer"],
    "import typer, rich.console, pydantic, git": ["-c", "import typer, rich.console, pydantic, git"],
    "testaudit --version": ["-m", "testaudit", "--version"],
    "testaudit --help": ["-m", "testaudit", "--help"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=20, help="runs of each, in turn")
    options = parser.parse_args()
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.n + 1):
        for name, words in COMMANDS.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, timeout=60, check=True)
            taken[name].append(time.perf_counter() - begin)
    bare = median(taken["python -c pass"][1:])
    for name, times in taken.items():
        middle = median(times[1:])
        print(f"{name:45} {middle * 1000:6.0f} ms   {middle / bare:5.1f} times a bare interpreter")


if __name__ == "__main__":
    main()
