"""With which arguments a further run stays in one process and leaves the user's own files alone.

The user's report, coverage and cache files are written by the main run only, exactly as `pytest` would. The probe says
which of the options below this pytest knows and which the user has set; the engine names the run's folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testaudit.engine.log import Record

_ALWAYS = {
    "numprocesses": "-n0",
    "no_cov": "--no-cov",
    "reruns": "--reruns=0",
    "maxfail": "--maxfail=0",
}
"""Option of pytest or of a plugin -> what is passed where it is known."""
_REDIRECTED = {
    "xmlpath": "--junit-xml={folder}/further.xml",
    "htmlpath": "--html={folder}/further.html",
    "report_log": "--report-log={folder}/further.jsonl",
    "json_report_file": "--json-report-file={folder}/further.json",
    "allure_report_dir": "--alluredir={folder}/allure",
    "md_report_output": "--md-report-output={folder}/further.md",
    "csv_path": "--csv={folder}/further.csv",
}
"""Option -> where it writes to, where the user has set it."""


def further_args(session: Record) -> tuple[str, ...]:
    """The arguments, `{folder}` for the further run's own folder.

    Args:
        session: the probe's record of what pytest decided.

    """
    known, written = session.get("known", ()), session.get("written", ())
    args = [arg for name, arg in _ALWAYS.items() if name in known]
    args.extend(arg for name, arg in _REDIRECTED.items() if name in written)
    if session.get("seed", "").isdecimal():
        args.append(f"--randomly-seed={session['seed']}")  # the same one: a further run varies one thing
    return tuple(args)
