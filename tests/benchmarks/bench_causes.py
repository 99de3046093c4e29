"""Failures of public projects, judged by hand, against the causes that a scan tells: right, honestly unknown, wrong.

    python tests/benchmarks/bench_causes.py [--keep FOLDER] [PROJECT...]

`real_failures.json` names each project's version, what it was installed with (Python 3.11), and the cause of each failing
test as its traceback and source show it; a second cause after `|` is acceptable too. The judgements were made before the
causes were read. Most of these tests fail on a machine without a network, some with newer dependencies, some as root:
only those that fail here are counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

TRUTH = Path(__file__).with_name("real_failures.json")


def run(*command: str | Path, cwd: Path | None = None) -> None:
    subprocess.run([str(word) for word in command], cwd=cwd, check=True, stdout=subprocess.DEVNULL, timeout=1800)


def fetched(name: str, entry: dict[str, Any], place: Path) -> Path:
    """The project's source distribution, with an environment of its own."""
    folder = place / f"{name}-{entry['version']}"
    python = folder / ".venv" / "bin" / "python"
    if python.exists():
        return folder
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "download", "--no-deps", "--no-binary", name, "-d", place, f"{name}=={entry['version']}")
    (archive,) = place.glob(f"{name.replace('-', '[-_]')}-{entry['version']}.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
        found = place / packed.getnames()[0].split("/")[0]
    found.rename(folder)
    run(sys.executable, "-m", "venv", folder / ".venv")
    run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", folder, *entry["requires"].split())
    return folder


def told(folder: Path, entry: dict[str, Any]) -> dict[str, str]:
    """Failing node id -> the cause that a scan tells."""
    audit = folder / "audit.json"
    command = [sys.executable, "-m", "testaudit", "scan", "--quiet", "--python", ".venv/bin/python"]
    command += [*entry.get("scan", ()), "--output", f"json={audit}", "--", *entry.get("args", ())]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, timeout=1800, check=False)
    failures = json.loads(audit.read_text(encoding="utf-8"))["failures"]
    return {node_id: failure["cause"] for failure in failures for node_id in failure["node_ids"]}


def judged(name: str, entry: dict[str, Any], causes: dict[str, str]) -> Counter[str]:
    """How many causes are right, honestly unknown, unknown where one could be proven, and wrong."""
    counts: Counter[str] = Counter()
    for cause, node_ids in entry["failures"].items():
        for node_id in node_ids:
            found = causes.get(node_id)
            if found is None:
                counts["passes here"] += 1
            elif found == cause.split("|")[0]:
                counts["right"] += 1
            elif found in cause.split("|"):
                counts["acceptable"] += 1
            elif found == "unknown":
                counts["open"] += 1
            else:
                counts["wrong"] += 1
                print(f"  {name}: {node_id} is {found}, judged {cause}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="folder for the projects, used again by the next run")
    parser.add_argument("projects", nargs="*", help="names from real_failures.json (default: all)")
    options = parser.parse_args()
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    whole: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        place = (options.keep or Path(scratch)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        for name in options.projects or truth:
            counts = judged(name, truth[name], told(fetched(name, truth[name], place), truth[name]))
            print(f"{name} {truth[name]['version']}: {dict(counts)}", flush=True)
            whole += counts
    seen = whole["right"] + whole["acceptable"] + whole["open"] + whole["wrong"]
    print(f"{seen} failures: {dict(whole)}; wrong {whole['wrong'] / max(seen, 1):.1%}")


if __name__ == "__main__":
    main()
