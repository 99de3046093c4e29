"""A server or socket that is bound to one certain port.

Another process may hold that port: a second run of the suite, a worker beside this one, the developer's own server, or
this test a moment ago, whose socket the system still keeps. The test fails with "Address already in use", and nothing
is wrong with the code; or it talks to the wrong server, and passes.

Bind port 0 and ask the socket which one it got (`server.server_address[1]`), or let a fixture find a free one. Ports as
data (URLs that are parsed, settings, clients) and ports of services that a marker requires are left alone.

Luo et al., "An Empirical Analysis of Flaky Tests" (2014), count ports among the resources that make tests flaky.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.rules.interface import Code, Hit, Rule, Settings, Sighting, qualified
from testaudit.source.comparisons import value_before
from testaudit.source.index import Function, Statement, terminal
from testaudit.source.seen_places import by_place, ids_of
from testaudit.source.vocabulary import mark_names
from testaudit.source.wording import word_set, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from testaudit.model import Run
    from testaudit.source.interface import SourceFile, Sources

_ADDRESS_FIRST = word_set(
    """
    bind HTTPServer ThreadingHTTPServer TCPServer ThreadingTCPServer UDPServer ThreadingUDPServer SimpleXMLRPCServer
    DocXMLRPCServer WSGIServer SMTPServer
    """
)
"""Their first argument is (host, port)."""
_AT: dict[str, int] = {
    "wsgiref.simple_server.make_server": 1,
    "werkzeug.serving.make_server": 1,
    "werkzeug.serving.run_simple": 1,
    "asyncio.start_server": 2,
    "asyncio.start_unix_server": 9,
    "websockets.serve": 2,
    "websockets.server.serve": 2,
    "aiohttp.web.TCPSite": 2,
    "prometheus_client.start_http_server": 0,
    "twisted.internet.reactor.listenTCP": 0,
    "twisted.internet.reactor.listenUDP": 0,
    "uvicorn.run": 9,
    "uvicorn.Config": 9,
    "aiohttp.web.run_app": 9,
    "hypercorn.run": 9,
    "waitress.serve": 9,
}
"""What listens, and where its port stands among the arguments; 9: it is named."""
_CALLED = (*sorted(_ADDRESS_FIRST), *sorted({name.rpartition(".")[2] for name in _AT}), "create_server")
_NAMED = re.compile(r"\bport\s*=\s*(?:[1-9]\d{1,4}\b|[A-Z_]{3,})")
_BLOCKS = word_set("raises assertRaises assertRaisesRegex patch object")
_SERVERS = word_set("server serve serving listen listener listening run start")
_REQUIRED = re.compile(r"requir|needs|network|service|docker|integration|external")


def find(file: SourceFile, sources: Sources, _settings: Settings) -> Iterator[Hit]:
    """Literal ports of what listens, straight or through a helper of the project."""
    text = file.text
    if "bind" not in text and "erve" not in text and "listen" not in text and "port" not in text:
        return
    said: set[ast.AST] = set()
    for call, statement in file.calls(*_CALLED):
        port = _port(call, statement, file)
        if port and call not in said:
            said.add(call)
            yield from _hit(call, statement, port, sources)
    if ("port=" not in text and "port =" not in text) or not _NAMED.search(text):
        return
    for function in (file.module, *file.functions):
        for call, statement in function.calls:
            port = _named_port(call, statement)
            if port and call not in said and _binds_what_it_is_given(call, function, sources):
                yield from _hit(call, statement, port, sources)


def observe(run: Run, sources: Sources, _settings: Settings) -> Iterator[Sighting]:
    """Ports that were bound in the run and stand in the suite's source as numbers."""
    seen = by_place(run, sources, lambda attempt: attempt.binds, lambda bind: bind.at)
    for place, found in seen.items():
        fixed = [
            (bind, test)
            for bind, test in found
            if _stands_in(bind.port, (place.path, test.path), sources)
            and not any(_REQUIRED.search(marker.name) for marker in test.markers)
        ]
        if fixed:
            port = fixed[0][0].port
            yield Sighting(
                place.path,
                place.line,
                "",
                f"Listens on port {port}: fails where something else does, also a second run of this suite.",
                (f"bound {fixed[0][0].host or '*'}:{port} in this run, and the number stands in the source",),
                ids_of(fixed),
            )


def _stands_in(port: int, paths: Iterable[str], sources: Sources) -> bool:
    """A port that a fixture found free stands nowhere; only a number in the source is a fixed one."""
    number = re.compile(rf"(?<![\w.]){port}(?![\w.])")
    files = (sources.file(path) for path in dict.fromkeys(paths))
    return any(file is not None and number.search(file.text) for file in files)


def _hit(call: ast.Call, statement: Statement, port: int, sources: Sources) -> Iterator[Hit]:
    function = statement.function
    if _is_not_meant_to_bind(statement) or any(_REQUIRED.search(mark) for mark in mark_names(function, sources)):
        return
    yield Hit(
        call.lineno,
        call.end_lineno or call.lineno,
        qualified(function, sources),
        f"Listens on port {port}: fails where something else does, also a second run of this suite.",
        (f"{terminal(call)}() with the literal port {port}",),
    )


def _port(call: ast.Call, statement: Statement, file: SourceFile) -> int:
    """The literal port that a call listens on; 0 where there is none, or where any will do."""
    name = terminal(call)
    dotted = file.dotted(call.func, statement.function)
    if name == "bind" and not _is_socket(call, statement, file):
        return 0
    if name in _ADDRESS_FIRST or dotted == "socket.create_server":
        address = call.args[0] if call.args else _word(call, "server_address")
        if isinstance(address, ast.Tuple) and len(address.elts) in {2, 4}:
            return _number(address.elts[1], statement)
        return 0
    if dotted in _AT:
        at = _AT[dotted]
        return _number(call.args[at], statement) if at < len(call.args) else _named_port(call, statement)
    if name == "create_server" and len(call.args) >= 3 and isinstance(call.func, ast.Attribute):
        return _number(call.args[2], statement)
    return _named_port(call, statement) if name == "create_server" else 0


def _is_socket(call: ast.Call, statement: Statement, file: SourceFile) -> bool:
    """Whether what is bound was made by `socket.socket()`, as far as the function shows it."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    bound = value_before(owner.id, statement) if isinstance(owner, ast.Name) else None
    made = bound[0] if bound is not None else owner
    if isinstance(made, ast.Call) and terminal(made) == "closing" and made.args:
        made = made.args[0]
    if isinstance(made, ast.Call):
        return file.dotted(made.func, statement.function).startswith("socket.")
    return bound is None and not isinstance(owner, ast.Name) and "socket" in file.imports


def _named_port(call: ast.Call, statement: Statement) -> int:
    value = _word(call, "port")
    return _number(value, statement) if value is not None else 0


def _word(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _number(node: ast.expr, statement: Statement) -> int:
    """A literal port, a name of one in the function or the module followed."""
    if isinstance(node, ast.Name):
        bound = value_before(node.id, statement)
        at: Function = statement.function
        while bound is None and at.outer is not None and node.id not in at.local_names:
            at = at.outer
            values = at.assignments.get(node.id, ())
            bound = values[0] if len(values) == 1 else None
        node = bound[0] if bound is not None else node
    found = node.value if isinstance(node, ast.Constant) else 0
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 65536 else 0


def _binds_what_it_is_given(call: ast.Call, function: Function, sources: Sources) -> bool:
    """Whether a helper of the suite is a server, and listens on the port that it is handed."""
    helper = sources.called(call, function)
    if helper is None or "port" not in helper.parameters or not sources.is_suite_file(helper.path):
        return False
    file = sources.file(helper.path)
    if file is None or not words(helper.name) & _SERVERS:
        return False
    return any(
        isinstance(node, ast.Name) and node.id == "port" for made, _ in file.calls(*_CALLED) for node in _places(made)
    )


def _places(call: ast.Call) -> list[ast.expr]:
    """Where a listening call takes its port."""
    found = [*call.args, *(word.value for word in call.keywords)]
    return found + [element for value in found if isinstance(value, ast.Tuple) for element in value.elts]


def _is_not_meant_to_bind(statement: Statement) -> bool:
    """It is to fail, or what listens is replaced by a double."""
    return any(
        isinstance(around.node, ast.With | ast.AsyncWith)
        and any(terminal(item.context_expr) in _BLOCKS for item in around.node.items)
        for around in statement.ancestors()
    ) or any(terminal(decorator) in _BLOCKS for decorator in statement.function.decorators)


RULE = Rule(
    code="TA307",
    slug="fixed-port",
    antipattern="flaky",
    severity="warning",
    confidence=(("static", "medium"), ("runtime", "medium")),
    remedy="Bind port 0 and ask which one it became.",
    find=find,
    observe=observe,
    bad=(
        Code("""
import socket
from contextlib import closing
from http.server import HTTPServer

def test_listens(handler):
    server = HTTPServer(("localhost", 8080), handler)  # <-
    assert server.fileno() > 0

def test_bind():
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 5555))  # <-
        assert ping(5555)
"""),
        Code("""
import asyncio
import pytest

PORT = 8888

@pytest.fixture
async def server():
    async with await asyncio.start_server(answer, "127.0.0.1", PORT) as server:  # <-
        yield server
"""),
        Code(
            """
from tests.helpers import running_server

def test_download(handler):
    with running_server(handler, port=7777):  # <-
        assert download("http://localhost:7777/x") == b"x"
""",
            beside=(
                (
                    "tests/helpers.py",
                    """
from contextlib import contextmanager
from http.server import HTTPServer

@contextmanager
def running_server(handler, port=0):
    with HTTPServer(("localhost", port), handler) as server:
        yield server
""",
                ),
            ),
        ),
    ),
    good=(
        Code("""
from http.server import HTTPServer

def test_listens(handler, free_port):
    server = HTTPServer(("localhost", 0), handler)
    assert server.server_address[1] > 0
    assert HTTPServer(("localhost", free_port), handler).fileno() > 0
"""),
        Code("""
def test_settings():
    settings = Settings(host="localhost", port=5432)
    assert settings.url == "postgresql://localhost:5432"

def test_client(connect):
    client = Client(host="localhost", port=6379)
    assert client.port == 6379
"""),
        Code("""
import socket
import pytest

def test_fake():
    fake = FakeSocket()
    fake.bind(("127.0.0.1", 300))
    assert fake.address == ("127.0.0.1", 300)

@pytest.mark.requires_redis
def test_port_in_use():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 6379))

def test_refused():
    with pytest.raises(OSError):
        socket.socket().bind(("127.0.0.1", 80))
"""),
    ),
)
