"""The probe's records of coverage per test -> what each test reached. Asked for by `--deep` alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from testaudit.engine.log import read_records
from testaudit.model import Deep, Reached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from testaudit.engine.interface import RunFiles
    from testaudit.engine.log import Record
    from testaudit.model import Run
    from testaudit.paths import Paths


def with_reach(run: Run, files: RunFiles, paths: Paths) -> Run:
    """The run with the lines that each test reached; with the reason, where they were not measured.

    Args:
        run: what was read from the same log.
        files: what the run left behind.
        paths: how this project writes paths.

    """
    paths = paths.with_rootdir(run.rootdir) if run.rootdir else paths
    with files.log.open("rb") as lines:
        found = [record for record in read_records(lines) if record.get("t") in {"deep", "deepfile", "reach"}]
    answers = [Deep(record["means"], record["why"]) for record in found if record["t"] == "deep"]
    refused = next((answer.why for answer in answers if answer.why), "" if answers else "no test was collected")
    if refused:
        return replace(
            run, deep=Deep(why=refused), notes=(*run.notes, f"coverage per test was not measured: {refused}")
        )
    reached = _reached(found, paths)
    tests = tuple(replace(test, reached=reached.get(test.node_id)) for test in run.tests)
    return replace(run, tests=tests, deep=answers[0])


def _reached(found: Iterable[Record], paths: Paths) -> dict[str, tuple[Reached, ...]]:
    """Node id -> what it reached, in all its attempts together."""
    named: dict[tuple[str, int], str] = {}
    lines: dict[str, dict[str, set[int]]] = {}
    for record in found:
        if record["t"] == "deepfile":
            # A worker that starts again counts its files anew.
            named[record["w"], record["k"]] = paths.relative(record["path"])
        elif record["t"] == "reach":
            test = lines.setdefault(paths.node_id(record["node"]), defaultdict(set))
            for number, spans in record["f"]:
                test[named[record["w"], number]].update(_lines(spans))
    return {
        node_id: tuple(Reached(path, tuple(sorted(here))) for path, here in sorted(test.items()))
        for node_id, test in lines.items()
    }


def _lines(spans: str) -> Iterable[int]:
    """`1-3,7` -> 1, 2, 3, 7."""
    for span in filter(None, spans.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
