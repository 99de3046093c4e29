"""`environment`: what the suite needs from its surroundings is not there: a service, a package, a permission, space.

Spoken only where the exception itself says so; a missing file alone may as well be the code's own mistake.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Explanation, Group
from testaudit.model import Evidence

_REFUSED = re.compile(
    r"connection refused|ConnectionRefusedError|could not connect to server|connection to server at .* failed"
    r"|Can't connect to (?:local )?(?:MySQL|server)|Error \d+ connecting to"
    r"|ServerSelectionTimeoutError|NoBrokersAvailable|actively refused",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"Name or service not known|Temporary failure in name resolution|nodename nor servname|getaddrinfo failed"
    r"|Network is unreachable|NameResolutionError",
    re.IGNORECASE,
)
_ENDPOINT = re.compile(
    r"(?:host=['\"]?(?P<h1>[\w.-]+)['\"]?,? ?port=(?P<p1>\d+))"
    r"|(?:server at ['\"](?P<h2>[\w.:-]+)['\"].{0,40}?port (?P<p2>\d+))"
    r"|(?:connecting to (?P<h3>[\w.-]+):(?P<p3>\d+))"
    r"|(?:\(['\"](?P<h4>[\w.:-]+)['\"], ?(?P<p4>\d{2,5})\))"
    r"|(?:\b(?P<h5>localhost|\d+\.\d+\.\d+\.\d+):(?P<p5>\d{2,5})\b)",
    re.IGNORECASE | re.DOTALL,
)
_PACKAGE = re.compile(r"No module named ['\"]?(?P<name>[\w.]+)")
_SERVICES = {
    "5432": "PostgreSQL",
    "3306": "MySQL",
    "6379": "Redis",
    "27017": "MongoDB",
    "5672": "RabbitMQ",
    "9092": "Kafka",
    "9200": "Elasticsearch",
    "11211": "memcached",
}


def explain(group: Group) -> Explanation | None:
    """Proven by the exception's own words, or those of its innermost cause."""
    trouble = group.trouble
    said = f"{trouble.type}: {trouble.message}\n{trouble.root}"
    if _REFUSED.search(said):
        return _service(said, trouble.text)
    if _NETWORK.search(said):
        return Explanation(
            "environment",
            (Evidence("runtime", _line(said, _NETWORK)),),
            "Give the tests a network, or a local server in its place.",
            None,
            "network",
        )
    package = _PACKAGE.search(said)
    if package and "ModuleNotFoundError" in said:
        name = package["name"]
        return Explanation(
            "environment",
            (Evidence("runtime", f"no module named {name}"),),
            f"Install `{name}` in the tests' environment, or guard the test with `pytest.importorskip({name!r})`.",
            None,
            f"package {name}",
        )
    if trouble.type in {"PermissionError", "OSError"} and re.search(r"\[Errno (13|28|30)\]", trouble.message):
        return Explanation(
            "environment",
            (Evidence("runtime", trouble.message[:200]),),
            "Give the tests a disk that they may write to, with space on it.",
            None,
            "disk",
        )
    return None


def _service(said: str, text: str) -> Explanation:
    """The service that the exception names, or else the address that stands in the lines of its traceback."""
    found = _ENDPOINT.search(said) or _ENDPOINT.search(text[-8_000:])
    host, port = "", ""
    if found:
        values = found.groupdict()
        host = next((values[f"h{n}"] for n in range(1, 6) if values[f"h{n}"]), "")
        port = next((values[f"p{n}"] for n in range(1, 6) if values[f"p{n}"]), "")
    name = _SERVICES.get(port, "a service")
    at = f" at {host}:{port}" if host and port else ""
    return Explanation(
        "environment",
        (Evidence("runtime", _line(said, _REFUSED)),),
        f"Start {name}{at}, or point the tests to one that runs.",
        None,
        f"{name}{at}",
    )


def _line(said: str, pattern: re.Pattern[str]) -> str:
    """The line that says it."""
    return next((line.strip()[:300] for line in said.splitlines() if pattern.search(line)), said.strip()[:300])
