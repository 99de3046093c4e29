"""A test that talks to the network outside this machine.

It fails when the line is down, when the other side is slow, changes its answer or limits its callers, and in every
place that has no way out: a train, a sandbox, many a build server. What fails then is not the code.

Answer the call yourself: a local server, a mock transport (`respx`, `responses`, `httpx.MockTransport`), a recorded
answer. A test that must talk to the real thing says so with a marker (`network`, `online`, `external`), so that it can
be left out; those are left alone, and so are this machine's own addresses and those of a private network.

Luo et al., "An Empirical Analysis of Flaky Tests" (2014), name the network among the ten causes.
"""

from __future__ import annotations

import ast
import ipaddress
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Rule, Settings, Sighting
from testaudit.source.index import terminal
from testaudit.source.seen_places import by_place, ids_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testaudit.model import AuditedTest, Connection, Run
    from testaudit.source.interface import Sources

_SAYS_SO = re.compile(
    r"network|internet|online|external|remote|live|requires|needs|connect|docker|service|vcr|cassette|enable_socket",
    re.IGNORECASE,
)
_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_NO_NAME = re.compile(r"(?:^|\.)(?:test|invalid|example|local|localhost|internal|lan|home\.arpa)\.?$", re.IGNORECASE)
"""Names that nobody answers for, or only the own network does."""
_DOCUMENTED = tuple(ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""They lead nowhere, and how fast they do so differs from network to network."""


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Connections to the outside world, by the line that made them."""
    seen = by_place(run, sources, lambda attempt: attempt.connections, lambda connection: connection.at)
    for place, found in seen.items():
        outside = [(connection, test) for connection, test in found if _leads_out(connection) and not _is_meant(test)]
        if _must_fail(place.path, place.line, sources):
            # A name that nobody is to answer for: cut off from the network, the test passes as well.
            outside = [(connection, test) for connection, test in outside if connection.host]
        if not outside:
            continue
        hosts = list(dict.fromkeys(_shown(connection) for connection, _ in outside))
        more = f" and {len(hosts) - 1} more" if len(hosts) > 1 else ""
        calls = sum(connection.calls for connection, _ in outside)
        yield Sighting(
            place.path,
            place.line,
            "",
            f"Talks to {hosts[0]}{more} outside this machine: fails where that is slow, changed or cut off.",
            (f"{calls} connection{'s' if calls > 1 else ''} in this run: {', '.join(hosts)[:160]}",),
            ids_of(outside),
        )


def _leads_out(connection: Connection) -> bool:
    if connection.loopback:
        return False
    if not connection.host:
        name = connection.name
        return "." in name.strip(".") and not _NO_NAME.search(name) and not _is_address(name)
    try:
        address = ipaddress.ip_address(connection.host.partition("%")[0])
    except ValueError:
        return False
    return address.is_global or any(address in net for net in _DOCUMENTED if net.version == address.version)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_meant(test: AuditedTest) -> bool:
    """It says that it needs the network, in a marker or a fixture's name."""
    names = (*(marker.name for marker in test.markers), *(fixture.name for fixture in test.fixtures))
    return any(_SAYS_SO.search(name) for name in names)


def _must_fail(path: str, line: int, sources: Sources) -> bool:
    file = sources.file(path)
    statement = file.statement_at(line) if file is not None else None
    return statement is not None and any(
        isinstance(one.node, ast.With | ast.AsyncWith)
        and any(terminal(item.context_expr) in _RAISES for item in one.node.items)
        for one in statement.ancestors()
    )


def _shown(connection: Connection) -> str:
    host = connection.name or connection.host
    return f"{host}:{connection.port}" if connection.port else host


RULE = Rule(
    code="TA306",
    slug="live-network",
    antipattern="flaky",
    severity="warning",
    confidence=(("runtime", "medium"),),
    remedy="Answer the call yourself, or mark the test as one that needs the network.",
    observe=observe,
    bad=(
        Code("""
import socket

def test_own_address():
    with socket.socket() as probe:
        probe.setblocking(False)
        probe.connect_ex(("192.0.2.1", 80))  # <-
        assert probe.getsockname()
"""),
        Code(
            """
import pytest

@pytest.fixture
def reached():
    import socket
    with socket.socket() as probe:
        probe.setblocking(False)
        return probe.connect_ex(("198.51.100.7", 443))  # <-

def test_reached(reached):
    assert reached is not None
"""
        ),
    ),
    good=(
        Code("""
import socket

def test_local_server():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client:
            assert client.getpeername() == server.getsockname()
"""),
        Code(
            """
import socket
import pytest

@pytest.mark.network
def test_reached():
    with socket.socket() as probe:
        probe.setblocking(False)
        assert probe.connect_ex(("192.0.2.1", 80)) is not None
""",
            beside=(("pytest.ini", "[pytest]\nmarkers = network: needs a way out\n"),),
        ),
        Code("""
import socket
import pytest

def test_a_name_that_nobody_answers_for():
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("no-such-shop.example.org", 443)
"""),
        Code("""
class Transport:
    def send(self, host, data):
        return f"{host}: {data}"

def test_mock_transport():
    assert Transport().send("192.0.2.1", "x") == "192.0.2.1: x"
"""),
    ),
)
