"""`testaudit demo`: scan a small sick suite that ships with the program."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from testaudit.cli.options import OutputOption, QuietOption, VerboseOption

CONTEXT: dict[str, object] = {}


def command(
    output: OutputOption = None,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> int:
    """Scan a small sick suite and show what testaudit finds. Ends with 1: the suite is sick."""
    from testaudit.cli.outputs import read_outputs
    from testaudit.cli.scan import audit_and_report, detail_of, make_options
    from testaudit.config import load
    from testaudit.templates_folder import templates_folder

    outputs = read_outputs(output or [])
    with tempfile.TemporaryDirectory(prefix="testaudit-demo-") as folder:
        root = Path(folder).resolve() / "demo"
        shutil.copytree(
            templates_folder() / "demo", root, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache")
        )
        # Its failures fail alike each time, and the demo is to take under ten seconds (contract).
        options = make_options(root, load(root), root, python=sys.executable, reruns=0)
        return audit_and_report(options, outputs, detail_of(quiet=quiet, verbose=verbose), stays="nothing")
