"""What a change of the project's own configuration takes from the gate: as much a way round as an edited baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testaudit.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.config import CheckConfig, Config

_STRENGTH = {"off": 0, "warn": 1, "block": 2}


def loosened_settings(then: Config, now: Config) -> tuple[str, ...]:
    """In words, what the gate asked for at the merge base and does not any more."""
    return tuple(_settings(then, now))


def _settings(then: Config, now: Config) -> Iterator[str]:
    if now.fail_under is not None and (then.fail_under is None or now.fail_under < then.fail_under):
        before = "the baseline's rate" if then.fail_under is None else f"{then.fail_under:g}"
        yield f"fail-under falls from {before} to {now.fail_under:g}"
    if then.pass_rate != now.pass_rate and now.pass_rate == "executed":
        yield "pass-rate is counted over the executed tests"
    if then.baseline != now.baseline:
        yield f"the baseline is another file: {now.baseline or 'the default one'}"
    for name in GateConfig.model_fields:
        check = name.replace("_", "-")
        yield from _check(check, then.gate.of(check), now.gate.of(check))


def _check(name: str, then: CheckConfig, now: CheckConfig) -> Iterator[str]:
    if _STRENGTH[now.level] < _STRENGTH[then.level]:
        yield f"{name} is {now.level}, not {then.level}"
    for limit, before in then.model_dump().items():
        after = getattr(now, limit)
        if limit in {"level", "severity"} or before == after:
            continue
        # A limit of what is counted allows more when it grows; one of a share when it falls.
        share = limit != "limit" or name == "pyramid"
        if after is None or before is None:
            looser = (after is None) == share
        else:
            looser = after < before if share else after > before
        if looser:
            yield f"{name}: {limit} is {'not set' if after is None else f'{after:g}'}"
    if getattr(then, "severity", "") != getattr(now, "severity", "") and getattr(now, "severity", "") == "error":
        yield f"{name}: only severity error counts"
