"""`[tool.testaudit]` in `pyproject.toml`, or `testaudit.toml` -> one frozen Config."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class GateConfig(BaseModel):
    """`[tool.testaudit.gate]`: checks and limits (the checks of a baseline come with it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Config(BaseModel):
    """What the project decided. Field names are the configuration's keys with `_` for `-`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    python: str | None = None
    testpaths: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    pytest_args: tuple[str, ...] = ()
    launch: Literal["module", "pytest"] = "module"
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    severity: dict[str, Literal["error", "warning", "info"]] = Field(default_factory=dict)
    confidence: Literal["high", "medium"] = "high"
    first_party: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    assert_helpers: tuple[str, ...] = ()
    issue_pattern: str | None = None
    levels: dict[str, Literal["unit", "integration", "e2e"]] = Field(default_factory=dict)
    fail_under: float | None = None
    """Percent; None: 95, and the check `failures` stays on."""
    pass_rate: Literal["expected", "executed"] = "expected"
    baseline: str | None = None
    history: str | None = None
    reruns: int = 2
    timeout: float = 300.0
    """Seconds a test."""
    gate: GateConfig = GateConfig()
    rules: dict[str, dict[str, object]] = Field(default_factory=dict)
    """A rule's own limits, by slug."""
