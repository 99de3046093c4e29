"""Every cause's own examples, run: what it must explain, and the look-alikes that it must leave alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from testaudit.causes import environment, unknown
from testaudit.causes.environment import NEEDS
from testaudit.causes.interface import Example, Group
from testaudit.causes.registry import CAUSES
from testaudit.config import Config
from testaudit.model import ANTIPATTERNS
from testaudit.source.interface import sources_of

TODAY = date(2026, 11, 21)
FAMILY = (*CAUSES, *NEEDS)


def name_of(module: ModuleType) -> str:
    return module.__name__.removeprefix("testaudit.causes.")


def group_of(example: Example) -> Group:
    sources = sources_of(example.files, Config(), root=Path("/checkout"), first_party=frozenset({"shop"}))
    return example.group(sources, TODAY)


def examples(kind: str) -> list[object]:
    return [
        pytest.param(module, example, id=f"{name_of(module)}-{example.why}")
        for module in FAMILY
        for example in getattr(module, kind)
    ]


@pytest.mark.parametrize(("module", "example"), examples("PROVEN"))
def test_a_proven_example_is_explained(module, example):
    found = module.explain(group_of(example))

    assert found is not None
    said = "\n".join([*(item.text for item in found.evidence), found.advice, found.subject])
    assert example.says in said
    assert found.antipattern is None or found.antipattern in ANTIPATTERNS
    assert module is unknown or (found.evidence and found.advice)


@pytest.mark.parametrize(("module", "example"), examples("SILENT"))
def test_a_look_alike_is_left_alone(module, example):
    assert module.explain(group_of(example)) is None


@pytest.mark.parametrize(("module", "example"), examples("PROVEN"))
def test_no_earlier_cause_takes_an_example(module, example):
    group = group_of(example)
    cause = environment if module in NEEDS else module

    first = next(one for one in CAUSES if one.explain(group) is not None)

    assert first is cause


@pytest.mark.parametrize("module", FAMILY, ids=name_of)
def test_every_cause_has_a_docstring_and_examples_of_both_kinds(module):
    assert len((module.__doc__ or "").strip()) > 60
    assert len(module.PROVEN) >= 3
    assert len(module.SILENT) >= 3 or module is unknown
    names = [example.why for example in (*module.PROVEN, *module.SILENT)]
    assert len(set(names)) == len(names)


def test_every_cause_and_every_need_is_asked():
    folder = Path(environment.__file__).parent
    helpers = {"__init__", "interface", "registry", "signature", "reading", "again", "differences", "literals"}

    assert {path.stem for path in folder.glob("*.py")} - helpers == {name_of(cause) for cause in CAUSES}
    assert {path.stem for path in (folder / "needs").glob("*.py")} - {"__init__"} == {
        name_of(need).removeprefix("needs.") for need in NEEDS
    }


def test_the_causes_stand_in_the_contracts_order():
    assert [name_of(cause) for cause in CAUSES] == [
        "collection",
        "crash",
        "timeout",
        "environment",
        "fixture",
        "order_dependent",
        "flaky",
        "missing_await",
        "over_mocked",
        "hard_coded_data",
        "unexpected_pass",
        "regression",
        "unknown",
    ]
