"""A name that does not resolve, a network that is not reached, a server outside that does not answer in time.

Silent on names that are reserved for being wrong (`.invalid`, `.test`, `.example`) or say so themselves.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import is_meant, spoken, words_of
from testaudit.model import Evidence

_UNRESOLVED = re.compile(
    r"\[Errno (?:-2|-3|-5|8|11001|11002|11004)\] (?:Name|Temporary|No address|nodename|getaddrinfo)"
    r"|Name or service not known|Temporary failure in name resolution|nodename nor servname|getaddrinfo failed"
    r"|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|NameResolutionError|UnknownHostException"
    r"|lookup [\w.-]+[^\n]{0,60}: no such host"
    r"|could not translate host name|No address associated with hostname|Could not resolve host"
)
_UNREACHABLE = re.compile(
    r"\[(?:Errno (?:101|113|51|65)|WinError 10051|WinError 10065)\]|\b(?:ENETUNREACH|EHOSTUNREACH)\b|Network is "
    r"unreachable"
    r"|No route to host|Connection to [\w.-]+ timed out|ConnectTimeoutError|\[Errno 110\]"
)
_KINDS = re.compile(r"gaierror|Error|Exception|Timeout|Unreachable|Failure")
_HOST = re.compile(
    r"host=['\"](?P<h1>[\w.-]+)['\"]|Failed to resolve ['\"](?P<h2>[\w.-]+)['\"]|host name ['\"](?P<h3>[\w.-]+)['\"]"
    r"|(?:ENOTFOUND|EAI_AGAIN|UnknownHostException:?|lookup|to host|resolve host:|Connection to) "
    r"(?P<h4>[\w-]+(?:\.[\w-]+)*)"
    r"|\w+://(?:[^\s/@]*@)?(?P<h5>[\w-]+(?:\.[\w-]+)*)|\(['\"](?P<h6>[\w-]+(?:\.[\w-]+)+)['\"], ?\d+"
    r"|server on ['\"](?P<h7>[\w.-]+)['\"]"
)
_RESERVED = re.compile(
    r"\.(?:invalid|test|example|localdomain)$|^(?:invalid|example|test|nohost|badhost)$|^192\.0\.2\.|^203\.0\.113\."
    r"|^198\.51\.100\."
)


def explain(group: Group) -> Explanation | None:
    """Proven by the resolver's or the system's own words."""
    for one in reversed(spoken(group)):
        said = f"{one.type}: {one.message}"
        if one.type and not _KINDS.search(one.name):
            continue
        unresolved = _UNRESOLVED.search(said)
        if not unresolved and not _UNREACHABLE.search(said):
            continue
        host = _host(one.message) or _host(group.trouble.message) or _host(group.trouble.text[-8_000:])
        if host and (_RESERVED.search(host) or is_meant(host)):
            return None
        if not host and is_meant(group.tests[0].node_id):
            return None
        what = (
            f"`{host}` is not {'resolved' if unresolved else 'reached'} from here"
            if host
            else "the tests have no network"
        )
        return Explanation(
            "environment",
            (Evidence("runtime", words_of(one)),),
            f"Give the tests a network, or a local server in its place: {what}.",
            None,
            f"network to {host}" if host else "network",
        )
    return None


def _host(text: str) -> str:
    found = _HOST.search(text)
    return next((value for value in found.groups() if value), "") if found else ""


PROVEN = (
    Example("the resolver", "socket.gaierror", "[Errno -2] Name or service not known", says="no network"),
    Example(
        "requests",
        "requests.exceptions.ConnectionError",
        "HTTPSConnectionPool(host='api.github.com', port=443): Max retries exceeded with url: / (Caused by "
        "NameResolutionError(\"<urllib3 object at 0x7f>: Failed to resolve 'api.github.com' ([Errno -3] Temporary "
        'failure in name resolution)"))',
        says="api.github.com",
    ),
    Example(
        "the host stands in the traceback's lines",
        "urllib.error.URLError",
        "<urlopen error [Errno -3] Temporary failure in name resolution>",
        text='>       urlopen("https://pypi.org/simple")',
        says="network to pypi.org",
    ),
    Example("no route", "OSError", "[Errno 101] Network is unreachable", says="network"),
    Example("node", "Error", "getaddrinfo ENOTFOUND registry.npmjs.org", says="registry.npmjs.org"),
    Example("Java", "java.net.UnknownHostException", "db.internal: Name or service not known", says="network"),
)
SILENT = (
    Example(
        "a name that is reserved for being wrong",
        "urllib.error.URLError",
        "<urlopen error [Errno -2] Name or service not known>",
        text='>       fetch("http://shop.invalid/")',
    ),
    Example(
        "a name that says it is wrong",
        "requests.exceptions.ConnectionError",
        "HTTPConnectionPool(host='no-such-host.acme.com', port=80): [Errno -2] Name or service not known",
    ),
    Example("an assertion about it", message="assert 'Name or service not known' == ''"),
    Example(
        "a double",
        "socket.gaierror",
        "[Errno -2] Name or service not known",
        raised="/usr/lib/python3.11/unittest/mock.py:_execute_mock_call",
    ),
    Example("the application's own words", "LookupError", "no such host: web1"),
)
