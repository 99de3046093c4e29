"""Which sleeps are followed by a look at what they waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import sources_of
from testaudit.source.sleeps import fixed_sleeps, looks_right_after


def looks(body: str) -> bool:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    sources = sources_of({"test_a.py": f"import time\ndef test_a(job):\n{lines}"}, Config(), root=Path("/nowhere"))
    file = sources.file("test_a.py")
    assert file is not None
    (sleep,) = fixed_sleeps(file, sources)
    return looks_right_after(sleep)


@pytest.mark.parametrize(
    "body",
    [
        "job.start()\ntime.sleep(1)\nassert job.done",
        "job.start()\ntime.sleep(1)\nstate = job.state()\nassert state == 'done'",
        "with job:\n    time.sleep(1)\n    assert job.done",
    ],
)
def test_it_looks_at_once(body: str) -> None:
    assert looks(body)


@pytest.mark.parametrize(
    "body",
    [
        "first = job.page()\ntime.sleep(1)\nsecond = job.page()\nassert first == second",
        "job.touch()\ntime.sleep(1)\njob.touch()\nassert job.touched == 2",
        "time.sleep(1)\ndone = True\nassert done",
        "time.sleep(1)\nother = Job()\nassert other.done",
        "time.sleep(1)\nassert 1",
        "time.sleep(1)",
        "with job:\n    time.sleep(1)\nassert job.done",
        "state = "
        + "+".join(["job"] * 1500)
        + "\ntime.sleep(1)\nstate = "
        + "+".join(["job"] * 1500)
        + "\nassert state",
    ],
)
def test_it_only_pauses(body: str) -> None:
    assert not looks(body)
