"""What the probe saw a test leave behind and reach for -> values, masked and cut to what people read."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from testaudit.masking.interface import clean, mask
from testaudit.model import LEAK_KINDS, Bind, Connection, Double, Frame, Leak, LeakKind, NodeId, OpenedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from testaudit.engine.log import Record
    from testaudit.model import Attempt, AuditedTest
    from testaudit.paths import Paths

_MOST = 200
"""Characters of a value."""
_LOCAL = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


Late = dict[NodeId, list[list[Any]]]
"""What turned out to be a leak only when other tests had run."""


def traced(attempts: Sequence[Attempt], record: Record, paths: Paths) -> tuple[Attempt, ...]:
    """The attempts of a test with the evidence in its record."""
    told = record.get("e")
    if not told:
        return tuple(attempts)
    leaks = leaks_of(told.get("l", ()), paths)
    connections = tuple(_connection(row, paths) for row in told.get("n", ()))
    binds = tuple(Bind(mask(row[0]), row[1], _place(row, 2, paths)) for row in told.get("b", ()))
    opened = tuple(OpenedFile(mask(row[0]), bool(row[1]), _place(row, 2, paths)) for row in told.get("o", ()))
    doubles = tuple(_double(row, paths) for row in told.get("p", ()))
    return tuple(
        replace(attempt, leaks=leaks, connections=connections, binds=binds, opened=opened, doubles=doubles)
        for attempt in attempts
    )


def add_late(late: Late, record: Record, paths: Paths) -> None:
    """Remember one of them."""
    late.setdefault(paths.node_id(record["node"]), []).extend(record["l"])


def with_late(test: AuditedTest, late: Late, paths: Paths) -> AuditedTest:
    """The test with the leaks that were told after its end."""
    if test.node_id not in late:
        return test
    leaks = leaks_of(late[test.node_id], paths)
    return replace(test, attempts=tuple(replace(attempt, leaks=(*attempt.leaks, *leaks)) for attempt in test.attempts))


def leaks_of(rows: Iterable[list[Any]], paths: Paths) -> tuple[Leak, ...]:
    """Leaks, those of one kind and name as one; of files those that are there when the run has ended."""
    found: dict[tuple[str, str], Leak] = {}
    for kind, what, before, after, *place in rows:
        if kind not in LEAK_KINDS or (kind == "file" and not os.path.lexists(what)):
            continue
        at = _frame(place[0], paths) if place else None
        name = paths.relative(what) if kind in {"file", "descriptor"} else what
        told = _variable if kind == "environ" else _text
        leak = Leak(kind, _text(name), told(before, what), told(after, what), at)
        same = found.get((leak.kind, leak.what))
        if same is not None:
            leak = Leak(
                kind, leak.what, _both(same.before, leak.before), _both(same.after, leak.after), same.at or leak.at
            )
        found[leak.kind, leak.what] = leak
    return tuple(found.values())


def kinds_of(record: Record) -> frozenset[LeakKind]:
    """The kinds of leaks that a process looked for."""
    return frozenset(kind for kind in LEAK_KINDS if kind in record["kinds"])


def _connection(row: list[Any], paths: Paths) -> Connection:
    host, port, name, calls = row[:4]
    return Connection(
        host=mask(host),
        port=port,
        name="" if _is_address(name) or name == host else mask(name),
        loopback=_is_loopback(host or name),
        calls=calls,
        at=_place(row, 4, paths),
    )


def _double(row: list[Any], paths: Paths) -> Double:
    target, owner, by, double, calls, active, wider = row[:7]
    return Double(mask(target), owner, by, double, calls, active, wider, _place(row, 7, paths))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    """Whether a connection to it stays on this machine; the unspecified address leads to it as well."""
    if not _is_address(host):
        return host.lower().rstrip(".") in _LOCAL or host.lower().endswith(".localhost")
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = address if mapped is None else mapped
    return address.is_loopback or address.is_unspecified


def _variable(value: str, name: str) -> str:
    """A variable's value: what its name gives away as a secret is masked as if it were written beside it."""
    return _text(mask(f"{name}={value}")[len(name) + 1 :] if mask(name) == name and value else value)


def _text(value: str, name: str = "") -> str:
    del name
    return _cut(clean(mask(value)))


def _both(first: str, second: str) -> str:
    return first if first == second or not second else _cut(f"{first}, {second}") if first else second


def _cut(value: str) -> str:
    return value if len(value) <= _MOST else value[: _MOST - 3] + "..."


def _place(row: list[Any], at: int, paths: Paths) -> Frame | None:
    return _frame(row[at], paths) if len(row) > at else None


def _frame(place: list[Any], paths: Paths) -> Frame:
    path, line, function = place
    return Frame(paths.relative(path), line, function)
