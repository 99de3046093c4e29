"""With which arguments a further process of pytest leaves the user's own files alone, and stays one process.

The user's report, coverage and cache files are written by the first process of the main run only, exactly as `pytest`
would. The probe says which of the options below this pytest knows and which the user has set; the engine names the
folder of its own run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNMEASURED = {"no_cov": "--no-cov"}
"""What keeps coverage of a part of the suite from taking the place of the whole; a further run measures as the main
run did, for code that is traced may behave otherwise, but the probe sends its data to the run's own folder."""
_UNWRITTEN = {"cacheclear": "-ocache_dir={folder}/cache", "no-testmon": "--no-testmon"}
"""Option that pytest or a plugin knows -> what turns its files away."""
_REDIRECTED = {
    "log_file": "--log-file={folder}/further.log",
    "debug": "--debug={folder}/debug.log",
    "basetemp": "--basetemp={folder}/tmp",
    "store_durations": "--durations-path={folder}/durations",
    "inline_snapshot": "--inline-snapshot=disable",
    "nunit_xmlpath": "--nunit-xml={folder}/nunit.xml",
    "xmlpath": "--junit-xml={folder}/further.xml",
    "htmlpath": "--html={folder}/further.html",
    "report_log": "--report-log={folder}/further.jsonl",
    "json_report_file": "--json-report-file={folder}/further.json",
    "allure_report_dir": "--alluredir={folder}/allure",
    "md_report_output": "--md-report-output={folder}/further.md",
    "csv_path": "--csv={folder}/further.csv",
}
"""Option that the user has set -> where it writes to instead."""
_FURTHER = {
    "numprocesses": "-n0",
    "reruns": "--reruns=0",
    "cumulative_timing": "--retries=0",
    "maxfail": "--maxfail=0",
    "basetemp": "--basetemp={folder}/tmp",
}
"""Option that is known -> what lets every chosen test run once, in one process. pytest keeps the temporary folders of
its last three runs: without one of its own a further run would take away those of the failing tests."""


def quiet_args(session: Mapping[str, Any]) -> tuple[str, ...]:
    """The arguments that turn the user's files away; `{folder}` stands for the run's own folder.

    Args:
        session: the probe's record of what pytest decided.

    """
    known = session.get("known", ())
    return (*(arg for name, arg in _UNMEASURED.items() if name in known), *_elsewhere(session))


def _elsewhere(session: Mapping[str, Any]) -> tuple[str, ...]:
    known, written = session.get("known", ()), session.get("written", ())
    return (
        *(arg for name, arg in _UNWRITTEN.items() if name in known),
        *(arg for name, arg in _REDIRECTED.items() if name in written),
    )


def further_args(session: Mapping[str, Any]) -> tuple[str, ...]:
    """The arguments of a further run: files elsewhere, one process, every test once, in the main run's random state."""
    known, seed = session.get("known", ()), str(session.get("seed", ""))
    # One thing is varied at a time: pytest-randomly keeps the seed of the main run.
    seeded = (f"--randomly-seed={seed}",) if seed.isdecimal() else ()
    return (*_elsewhere(session), *(arg for name, arg in _FURTHER.items() if name in known), *seeded)
