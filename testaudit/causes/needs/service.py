"""A service that refuses connections: by address, or by the path of its socket.

Spoken where the operating system refused (its error number), or a driver says so in its own words. Silent where a
double or a `raise` of the project made the exception, where the port can hold no service (0, 1, 9), and where it is a
local ephemeral one that nothing in the source names: a server that the test starts itself.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.needs.network import no_ipv6
from testaudit.causes.reading import Spoken, compares, spoken, words_of
from testaudit.model import Evidence, Trouble

_REFUSED = re.compile(
    r"\[(?:Errno (?:111|61|146)|WinError 10061)\]|\bECONNREFUSED\b|\((?:111|61|10061)\b|Connect call failed"
    r"|Error (?:111|61|10061) connecting to|[Cc]onnection (?:to server )?at .{1,200}? failed"
    r"|could not connect to server|Is the server running (?:locally|on (?:host|that host))"
    r"|Can't connect to (?:local |server on )?(?:MySQL|MariaDB)|Can't connect to server on"
    r"|connect: connection refused|Connection refused(?: \(Connection refused\))?(?:[:.(!]|$| connecting)"
    r"|actively refused|All connection attempts failed|Cannot connect to host|NoBrokersAvailable|No servers? "
    r"(?:found|available)"
    r"|Failed to establish a new connection|failed to connect to all addresses|Cannot connect to the Docker daemon"
    r"|Error while fetching server API version|SQLSTATE\[HY000\] \[2002\]|NoHostAvailable"
    r"|Unable to connect to any servers",
    re.MULTILINE,
)
_KINDS = re.compile(
    r"Connect|Operational|Interface|ServerSelection|AutoReconnect|NoBrokers|NoHost|URLError|Socket|MaxRetry|Transport"
    r"|Network|Unavailable|Rpc|AMQP|Kombu|Docker|Driver|DBAPI|Database|WebDriver|^OSError$|ExceptionGroup|IOError"
    r"|ECONNREFUSED"
)
"""Types of exceptions that speak of connections. Other types must give the error number."""
_NUMBERED = re.compile(
    r"\[(?:Errno (?:111|61|146)|WinError 10061)\]|\bECONNREFUSED\b|Connect call failed|connect: connection refused"
    r"|Error (?:111|61|10061) connecting to|:\d{2,5}\b[^\n]{0,40}[Cc]onnection refused|failed: Connection refused"
)
_ENDPOINT = re.compile(
    r"(?:host=['\"]?(?P<h1>[\w.-]+)['\"]?,? ?port=(?P<p1>\d+))"
    r"|(?:(?:server at|on) ['\"](?P<h2>[\w.:-]+)['\"].{0,60}?port:? (?P<p2>\d+))"
    r"|(?:connecting to (?P<h3>[\w.-]+):(?P<p3>\d+))"
    r"|(?:\(['\"](?P<h4>[\w.:-]+)['\"], ?(?P<p4>\d{1,5})\b)"
    r"|(?:Cannot connect to host (?P<h5>\[?[\w.:-]+?\]?):(?P<p5>\d{1,5})\b)"
    r"|(?:\[(?P<h6>[0-9a-fA-F]*:[0-9a-fA-F:]*)\]:(?P<p6>\d{1,5})\b)"
    r"|(?:(?P<h7>::1|(?:\d+\.){3}\d+|localhost):(?P<p7>\d{1,5})\b)"
    r"|(?:(?:\w+://|@|tcp |ipv4:|host )(?:[^\s/@:'\"]*(?::[^\s/@'\"]*)?@)?(?P<h8>[A-Za-z][\w.-]*):(?P<p8>\d{2,5})\b)"
    r"|(?:(?:server on|MySQL server on|Can't connect to server on) "
    r"['\"](?P<h9>[\w.-]+)['\"](?:.{0,40}?:(?P<p9>\d{2,5}))?)"
    r"|(?:(?<![\w./-])(?P<h10>[a-z][\w-]*(?:\.[\w-]+)*):(?P<p10>\d{4,5})\b)",
    re.DOTALL,
)
_SOCKET = re.compile(
    r"(?:unix://|socket ['\"]?|['\"]|\s|^)(?P<path>/[\w./@-]+(?:\.sock\b|\.s\.PGSQL\.\d+|/docker\.sock))"
)
_NO_FILE = re.compile(r"\[Errno 2\]|\(2, 'No such file|No such file or directory")
_SERVICES = {
    "5432": "PostgreSQL", "3306": "MySQL", "6379": "Redis", "27017": "MongoDB", "5672": "RabbitMQ", "9092": "Kafka",
    "9200": "Elasticsearch", "11211": "memcached", "1433": "SQL Server", "1521": "Oracle", "9042": "Cassandra",
    "8123": "ClickHouse", "2181": "ZooKeeper", "4222": "NATS", "1883": "MQTT", "389": "LDAP", "25": "SMTP",
    "1025": "SMTP", "4566": "LocalStack", "9000": "MinIO", "8086": "InfluxDB", "7687": "Neo4j", "2379": "etcd",
    "8500": "Consul", "8200": "Vault", "4444": "Selenium",
}  # fmt: skip
_DRIVERS = (
    (re.compile(r"psycopg|asyncpg|PGSQL|postgres", re.IGNORECASE), "PostgreSQL"),
    (re.compile(r"MySQL|MariaDB|SQLSTATE\[HY000\] \[2002\]", re.IGNORECASE), "MySQL"),
    (re.compile(r"\bredis\b", re.IGNORECASE), "Redis"),
    (re.compile(r"pymongo|ServerSelection|mongo", re.IGNORECASE), "MongoDB"),
    (re.compile(r"NoBrokersAvailable|kafka", re.IGNORECASE), "Kafka"),
    (re.compile(r"\bpika\b|amqp|AMQP"), "RabbitMQ"),
    (re.compile(r"elastic", re.IGNORECASE), "Elasticsearch"),
    (re.compile(r"docker", re.IGNORECASE), "Docker"),
    (re.compile(r"cassandra", re.IGNORECASE), "Cassandra"),
)
_SOURCE_FILE = re.compile(r"\.(?:pyx?|pxd|js|ts|java|go|rb|rs|kt|c|cs|php)$")
_PORT_LIKE = re.compile(r"(?:[:=,]|\bport) ?['\"]?\d{2,5}\b")
_SEARCHED = 4_000
"""Characters at either end of a long text that are searched for an address."""
_OPENS = frozenset({"FileNotFoundError", "ConnectionError", "DockerException", "OperationalError", "Error"})
_OF_THE_TEST = re.compile(r".*/pytest-of-|/tmp/(?:tmp|pytest)")
_NONE_THERE = frozenset({"0", "1", "9", "65535"})
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"})  # noqa: S104 - an address to compare with
_IPV6 = re.compile(r"\bAF_INET6\b|['\"]::1['\"]")
_LOCALHOST = re.compile(r"['\"]localhost['\"]")
_EPHEMERAL = 32_768


def explain(group: Group) -> Explanation | None:
    """Proven by the system's refusal, or a driver's words for it."""
    for one in reversed(spoken(group)):
        socket = _socket(one, group)
        if socket is not None:
            return socket
        if not _is_refused(one, group):
            continue
        host, port = _endpoint(one, group)
        if port in _NONE_THERE:
            return None
        own = _is_own_server(group, host, port)
        if (not host or (own and host == "127.0.0.1")) and _listens_on_ipv6(group):
            return no_ipv6(one)
        if own:
            return None
        name = _SERVICES.get(port) or _driver(one, group)
        at = f" at {host}:{port}" if host and port else f" at {host}" if host else ""
        return Explanation(
            "environment",
            (Evidence("runtime", words_of(one)),),
            f"Start {name}{at}, or point the tests to one that runs.",
            None,
            f"{name}{at}",
        )
    return None


def _is_refused(one: Spoken, group: Group) -> bool:
    if not one.type:
        return bool(_NUMBERED.search(f"{one.message}\n{_plain_lines(group.trouble.text)}"))
    said = f"{one.type}: {one.message}"
    if "by Responses" in said or not _REFUSED.search(said):
        return False
    return bool(_NUMBERED.search(said) or _KINDS.search(one.name))


def _plain_lines(text: str) -> str:
    """The lines of a foreign runner's text that make no comparison."""
    return "\n".join(line for line in text[-8_000:].splitlines() if not compares(line))


def _endpoint(one: Spoken, group: Group) -> tuple[str, str]:
    """Host and port that the exception names, or else the address that stands in the lines of its traceback."""
    texts = [one.message, *(spoken.message for spoken in spoken(group)), *_ends(group.trouble.text)]
    return next((found for text in texts if (found := _address(text))[0]), ("", ""))


def _ends(text: str) -> tuple[str, ...]:
    """The lines with something like a port: of the beginning, where the project's own code stands, and of the end."""
    parts = (text,) if len(text) <= 2 * _SEARCHED else (text[:_SEARCHED], text[-_SEARCHED:])
    return tuple("\n".join(line for line in part.splitlines() if _PORT_LIKE.search(line)) for part in parts)


def _address(text: str) -> tuple[str, str]:
    for found in _ENDPOINT.finditer(text):
        values = found.groupdict()
        host = next((values[f"h{n}"] for n in range(1, 11) if values[f"h{n}"]), "")
        port = next((values[f"p{n}"] for n in range(1, 11) if values[f"p{n}"]), "")
        if host and host != "line" and not _SOURCE_FILE.search(host):
            return host.strip("[]"), port
    return "", ""


def address_of(trouble: Trouble) -> str:
    """What a refused connection was made to, where its message does not say it: two services are two failures."""
    said = f"{trouble.message[:500]} {trouble.root[:500]}"
    if "refused" not in said and "111" not in said:
        return ""
    if _address(said)[0]:
        return ""
    return next((":".join(found) for text in _ends(trouble.text) if (found := _address(text))[0]), "")


def _is_own_server(group: Group, host: str, port: str) -> bool:
    """Whether nothing in the source names this local ephemeral port: the test chose it when it ran."""
    if not port or int(port) < _EPHEMERAL or host not in _LOCAL:
        return False
    facts = group.facts
    if facts.sources is None:
        return False
    near = {group.tests[0].path, *(conftest for conftest in facts.sources.conftests)}
    if group.trouble.frame is not None:
        near.add(group.trouble.frame.path)
    return not any((file := facts.file(path)) is not None and port in file.text for path in sorted(near))


def _listens_on_ipv6(group: Group) -> bool:
    """Whether the test listens on IPv6 and connects to `localhost`, which has an IPv4 address alone."""
    text = group.test_text
    return bool(_IPV6.search(text) and _LOCALHOST.search(text))


def _socket(one: Spoken, group: Group) -> Explanation | None:
    """A service behind a socket's path."""
    refused = _is_refused(one, group)
    lacking = one.name in _OPENS and bool(_NO_FILE.search(one.message))
    if not refused and not lacking:
        return None
    found = _SOCKET.search(one.message)
    if found is None and (refused or one.message.rstrip().endswith("No such file or directory")):
        # The system names no path then; the call that connects may.
        shown = [group.facts.source_of(group.trouble.frame), *group.trouble.text[-4_000:].splitlines()]
        found = next((seen for line in shown if "connect" in line and (seen := _SOCKET.search(line))), None)
    if found is None or _OF_THE_TEST.match(found["path"]):
        return None
    path = found["path"]
    said = f"{path} {one.type} {one.message}"
    name = next((name for pattern, name in _DRIVERS if pattern.search(said)), "a service")
    return Explanation(
        "environment",
        (Evidence("runtime", words_of(one)),),
        f"Start {name} so that it listens on {path}, or point the tests to one that runs.",
        None,
        f"{name} at {path}",
    )


def _driver(one: Spoken, group: Group) -> str:
    said = f"{one.type} {one.message} {group.trouble.type} {one.raised.path if one.raised else ''}"
    return next((name for pattern, name in _DRIVERS if pattern.search(said)), "a service")


_REFUSAL = "[Errno 111] Connection refused"
_CONNECTS = 'import socket\n\ndef test_example():\n    socket.create_connection(("localhost", 5432))  # <-\n'
PROVEN = (
    Example(
        "the address stands in the traceback's lines",
        "ConnectionRefusedError",
        _REFUSAL,
        text='>       socket.create_connection(("localhost", 5432), timeout=2)',
        code=_CONNECTS,
        raised="/usr/lib/python3.11/socket.py:create_connection",
        says="PostgreSQL at localhost:5432",
    ),
    Example(
        "requests",
        "requests.exceptions.ConnectionError",
        "HTTPConnectionPool(host='api', port=8080): Max retries exceeded with url: / (Caused by NewConnectionError("
        "'<urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] "
        "Connection refused'))",
        raised="/venv/requests/adapters.py:send",
        says="a service at api:8080",
    ),
    Example(
        "urllib",
        "urllib.error.URLError",
        f"<urlopen error {_REFUSAL}>",
        text='>       urlopen("http://localhost:8123/ping")',
        says="ClickHouse at localhost:8123",
    ),
    Example(
        "psycopg",
        "psycopg.OperationalError",
        'connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        says="PostgreSQL at 127.0.0.1:5432",
    ),
    Example(
        "redis",
        "redis.exceptions.ConnectionError",
        "Error 111 connecting to localhost:6379. Connection refused.",
        says="Redis at localhost:6379",
    ),
    Example(
        "asyncio",
        "ConnectionRefusedError",
        "[Errno 111] Connect call failed ('::1', 6379, 0, 0)",
        raised="/usr/lib/python3.11/asyncio/selector_events.py:_sock_connect_cb",
        says="Redis at ::1:6379",
    ),
    Example(
        "asyncio, several addresses",
        "OSError",
        "Multiple exceptions: [Errno 111] Connect call failed ('127.0.0.1', 5432), [Errno 111] Connect call failed "
        "('::1', 5432, 0, 0)",
        says="PostgreSQL at 127.0.0.1:5432",
    ),
    Example(
        "httpx",
        "httpx.ConnectError",
        "All connection attempts failed",
        text='>       httpx.get("http://localhost:9200/")',
        says="Elasticsearch",
    ),
    Example(
        "aiohttp",
        "aiohttp.client_exceptions.ClientConnectorError",
        "Cannot connect to host localhost:8080 ssl:default [Connect call failed ('127.0.0.1', 8080)]",
        says="a service at localhost:8080",
    ),
    Example(
        "mysql",
        "pymysql.err.OperationalError",
        "(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
        says="MySQL at db",
    ),
    Example(
        "anyio, whose cause is the refusal",
        "OSError",
        "All connection attempts failed",
        raised="/venv/site-packages/anyio/_core/_sockets.py:connect_tcp",
        root="ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6379)",
        says="Redis at 127.0.0.1:6379",
    ),
    Example(
        "anyio, whose cause is a group of refusals",
        "OSError",
        "All connection attempts failed",
        raised="/venv/site-packages/anyio/_core/_sockets.py:connect_tcp",
        text="  | ConnectionRefusedError: [Errno 111] Connect call failed ('::1', 6379, 0, 0)\n"
        "  | ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6379)",
        root="ExceptionGroup: multiple connection attempts failed (2 sub-exceptions)",
        says="Redis at ::1:6379",
    ),
    Example(
        "a server of the test's own that listens on IPv6, and localhost that has none",
        "ConnectionRefusedError",
        "[Errno 111] Connect call failed ('127.0.0.1', 41877)",
        code="def test_example():\n    with server(('::1', 0)) as port:\n        connect('localhost', port)  # <-\n",
        raised="/usr/lib/python3.11/asyncio/selector_events.py:_sock_connect_cb",
        says="IPv6",
    ),
    Example(
        "a line of the traceback is no address",
        "OSError",
        "All connection attempts failed",
        text='/venv/_asyncio.py:2939: in connect\nloop.pyx:2071: in create_connection\n>   connect("db:5433")',
        root=f"ConnectionRefusedError: {_REFUSAL}",
        says="a service at db:5433",
    ),
    Example("kafka", "kafka.errors.NoBrokersAvailable", "NoBrokersAvailable", says="Kafka"),
    Example(
        "a unix socket",
        "FileNotFoundError",
        "[Errno 2] No such file or directory: '/var/run/docker.sock'",
        says="Docker at /var/run/docker.sock",
    ),
    Example(
        "the project's own words for it, made of the refusal",
        "shop.StorageError",
        "storage is down",
        raised="shop/storage.py:connect",
        root=f"ConnectionRefusedError: {_REFUSAL}",
        root_raised="/usr/lib/python3.11/socket.py:create_connection",
        says="a service",
    ),
    Example("node", "Error", "connect ECONNREFUSED 127.0.0.1:5432", says="PostgreSQL at 127.0.0.1:5432"),
    Example(
        "Go",
        "",
        "Failed",
        text="    db_test.go:12: dial tcp 127.0.0.1:5432: connect: connection refused",
        says="127.0.0.1:5432",
    ),
    Example("Java", "java.net.ConnectException", "Connection refused (Connection refused)", says="a service"),
)
SILENT = (
    Example(
        "a double's side effect",
        "ConnectionRefusedError",
        _REFUSAL,
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
    ),
    Example(
        "a stub raises it",
        "ConnectionRefusedError",
        _REFUSAL,
        code=f'class Stub:\n    def send(self):\n        raise ConnectionRefusedError("{_REFUSAL}")  # <-\n\ndef '
        f"test_example():\n    Stub().send()\n",
    ),
    Example("the application's own connection", "ConnectionError", "payment declined"),
    Example("an assertion about it", message=f"assert '{_REFUSAL}' in ''"),
    Example("it was expected and did not come", "Failed", "DID NOT RAISE <class 'ConnectionRefusedError'>"),
    Example(
        "responses has no answer",
        "requests.exceptions.ConnectionError",
        "Connection refused by Responses - the call doesn't match any registered mock.",
    ),
    Example(
        "a port that holds no service", "ConnectionRefusedError", "[Errno 111] Connect call failed ('127.0.0.1', 1)"
    ),
    Example(
        "a server of the test's own",
        "ConnectionRefusedError",
        "[Errno 111] Connect call failed ('127.0.0.1', 41877)",
        code="def test_example(server):\n    server.get()  # <-\n",
        raised="/usr/lib/python3.11/asyncio/selector_events.py:_sock_connect_cb",
    ),
    Example(
        "a mistake in the code that goes on after a refusal",
        "TypeError",
        "'NoneType' object is not callable",
        root=f"ConnectionRefusedError: {_REFUSAL}",
        wrapped=False,
    ),
    Example("a text about refusing", "ValueError", "Connection refused: quota of the tenant is used up"),
)
