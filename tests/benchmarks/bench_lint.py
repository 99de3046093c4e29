"""`lint`, cold, beside parsing alone: lines of test source a CPU second, on folders that you name.

    python tests/benchmarks/bench_lint.py PROJECT...

The limit is 100,000 lines a CPU second with all rules of this version; parsing alone does some three times that.
"""

from __future__ import annotations

import argparse
import ast
import gc
import time
import warnings
from pathlib import Path

from testaudit.audit import lint
from testaudit.collect import Options, read_suite
from testaudit.config import Config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="+", type=Path)
    options = parser.parse_args()
    lines = parsing = linting = 0.0
    for project in options.projects:
        asked = Options(root=project.resolve(), config=Config(), run=False)
        sources = read_suite(asked)
        texts = [(asked.root / path).read_bytes() for path in (*sources.tests, *sources.conftests)]
        lines += sum(text.count(b"\n") for text in texts)
        parsing += _parse(texts)
        begin = time.process_time()
        audit = lint(asked)
        linting += time.process_time() - begin
        print(f"{project.name}: {len(texts)} files, {len(audit.findings)} findings", flush=True)
    print(f"{lines:,.0f} lines; parsing alone {lines / parsing:,.0f} lines a CPU second; lint {lines / linting:,.0f}")
    print(f"lint takes {linting / parsing:.2f} times what parsing alone takes (the collector off)")


def _parse(texts: list[bytes]) -> float:
    """CPU seconds of parsing alone, the collector off."""
    gc.disable()
    begin = time.process_time()
    for text in texts:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ast.parse(text)
            except (SyntaxError, ValueError, RecursionError):
                continue
    taken = time.process_time() - begin
    gc.enable()
    return taken


if __name__ == "__main__":
    main()
