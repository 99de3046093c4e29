"""`testaudit scan` beside bare `pytest --junit-xml`, whole processes in turn, on projects that you name.

    python tests/benchmarks/bench_scan.py [-n 5] PROJECT...

Each project is a folder with its own `.venv`. The limit is 1.05 times the bare run plus half a second; the probe's own
account (a lower bound of what it costs) is at most 3 % of the suite's time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


def seconds(command: list[str], cwd: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1200, check=False)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=5, help="pairs of runs, after one that is not counted")
    parser.add_argument("projects", nargs="+", type=Path)
    options = parser.parse_args()
    for project in options.projects:
        folder = project.resolve()
        python = folder / ".venv" / "bin" / "python"
        with tempfile.TemporaryDirectory() as scratch:
            report, audit = Path(scratch) / "junit.xml", Path(scratch) / "audit.json"
            bare_command = [str(python), "-m", "pytest", f"--junit-xml={report}"]
            scan_command = [sys.executable, "-m", "testaudit", "scan", "--python", str(python)]
            scan_command += ["--quiet", "--output", f"json={audit}"]
            bare, scan, shares = [], [], []
            for number in range(options.n + 1):
                pair = (seconds(bare_command, folder), seconds(scan_command, folder))
                if number:
                    bare.append(pair[0])
                    scan.append(pair[1])
                    told = json.loads(audit.read_text(encoding="utf-8"))
                    shares.append(told["probe_s"] / told["summary"]["duration_s"])
        limit = 1.05 * median(bare) + 0.5
        print(
            f"{folder.name}: bare {median(bare):.2f} s, scan {median(scan):.2f} s, ratio {median(scan) / median(bare):.3f},"
            f" limit {limit:.2f} s ({'within' if median(scan) <= limit else 'OVER'});"
            f" probe's own account {median(shares):.2%}; all runs {min(scan):.2f} to {max(scan):.2f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
