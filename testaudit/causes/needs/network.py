"""A name that does not resolve, a network that is not reached, a server outside that does not answer in time.

Silent on names that are reserved for being wrong (`.invalid`, `.test`, `.example`) or say so themselves.
"""

from __future__ import annotations

import re

from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.reading import Spoken, function_around, is_meant, spoken, words_of
from testaudit.causes.signature import is_assertion, shown_statement
from testaudit.model import Evidence, Trouble

_UNRESOLVED = re.compile(
    r"\[Errno (?:-2|-3|-5|8|11001|11002|11004)\] (?:Name|Temporary|No address|nodename|getaddrinfo)"
    r"|Name or service not known|Temporary failure in name resolution|nodename nor servname|getaddrinfo failed"
    r"|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|NameResolutionError|UnknownHostException"
    r"|lookup [\w.-]+[^\n]{0,60}: no such host"
    r"|could not translate host name|No address associated with hostname|Could not resolve host"
    r"|\bNXDOMAIN\b|The DNS query name does not exist|All nameservers failed to answer|The resolution lifetime expired"
)
_UNREACHABLE = re.compile(
    r"\[(?:Errno (?:101|113|51|65)|WinError 10051|WinError 10065)\]|\b(?:ENETUNREACH|EHOSTUNREACH)\b|Network is "
    r"unreachable"
    r"|No route to host|Connection to [\w.-]+ timed out|ConnectTimeoutError|\[Errno 110\]"
)
_KINDS = re.compile(r"gaierror|Error|Exception|Timeout|Unreachable|Failure|NXDOMAIN|NoNameservers")
_HOST = re.compile(
    r"host=['\"](?P<h1>[\w.-]+)['\"]|Failed to resolve ['\"](?P<h2>[\w.-]+)['\"]|host name ['\"](?P<h3>[\w.-]+)['\"]"
    r"|(?:ENOTFOUND|EAI_AGAIN|UnknownHostException:?|lookup|to host|resolve host:|resolve hostname|Connection to) "
    r"(?P<h4>[\w-]+(?:\.[\w-]+)*)"
    r"|\w+://(?:[^\s/@]*@)?(?P<h5>[\w-]+(?:\.[\w-]+)*)|\(['\"](?P<h6>[\w-]+(?:\.[\w-]+)+)['\"], ?\d+"
    r"|server on ['\"](?P<h7>[\w.-]+)['\"]"
    r"|(?:does not exist:|answer the query) (?:_[\w-]+\.)*(?P<h9>[\w-]+(?:\.[\w-]+)+)"
)
_RESERVED = re.compile(
    r"\.(?:invalid|test|example|localdomain)$|^(?:invalid|example|test|nohost|badhost)$|^192\.0\.2\.|^203\.0\.113\."
    r"|^198\.51\.100\."
)


_PROGRAM = re.compile(
    r"Could not resolve host(?:name)?|Temporary failure in name resolution|Name or service not known"
    r"|Network is unreachable"
)
_STATUS = re.compile(r"\b(?:returncode|return_code|exit_?code|exit_?status|retcode|ret)\b")
_WELL = re.compile(r"\b0\b|\bnot\b|assertFalse|\bOK\b|EX_OK")
_QUOTED_HOST = re.compile(r"['\"](?:\w+://)?(?P<host>localhost|[^\s'\"/:]+\.[^\W\d_]{2,})(?::\d+)?['\"/]")
_LOOKS_UP = re.compile(r"getaddrinfo|gethostby|connect|resolve|look_?up|\.bind\(")
_FAMILY = re.compile(r"famil|AF_INET6|ipv6|::1", re.IGNORECASE)
_IPV6 = "an IPv6 address of localhost"


def explain(group: Group) -> Explanation | None:
    """Proven by the resolver's or the system's own words, or by those of a program that failed."""
    if is_assertion(group.trouble.type):
        checked = group.facts.source_of(group.trouble.frame) or shown_statement(group.trouble.text)
        return _said_by_program(group) if _STATUS.search(checked) and _WELL.search(checked) else None
    for one in reversed(spoken(group)):
        said = f"{one.type}: {one.message}"
        if one.type and not _KINDS.search(one.name):
            continue
        unresolved = _UNRESOLVED.search(said)
        if not unresolved and not _UNREACHABLE.search(said):
            continue
        text = group.trouble.text[-8_000:]
        host = _host(one.message) or _host(group.trouble.message) or _host(text) or _looked_up(text) or _local(group)
        if host == "localhost" and unresolved:
            return no_ipv6(one)
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
    return _said_by_program(group) if group.trouble.type.endswith("CalledProcessError") else None


def no_ipv6(one: Spoken) -> Explanation:
    """`localhost` always has an IPv4 address: another kind was asked for."""
    advice = (
        "Give `localhost` an address of the kind that the tests ask for (IPv6: `::1 localhost` in the hosts file), "
        "or skip them where it has none."
    )
    return Explanation("environment", (Evidence("runtime", words_of(one)),), advice, None, _IPV6)


def address_of(trouble: Trouble) -> str:
    """The host that was asked for, where the message of a failed look-up does not say it: they are failures apart."""
    said = f"{trouble.message[:500]} {trouble.root[:500]}"
    return "" if not _UNRESOLVED.search(said) or _host(said) else _looked_up(trouble.text[-8_000:])


def _looked_up(text: str) -> str:
    """The host in the lines of a traceback that look one up, where they name one alone."""
    hosts = {
        found["host"] for line in text.splitlines() if _LOOKS_UP.search(line) for found in _QUOTED_HOST.finditer(line)
    }
    return hosts.pop() if len(hosts) == 1 else ""


def _local(group: Group) -> str:
    """`localhost`, where the code nearest to the failure asks for a family and names this host and no other."""
    trouble = group.trouble
    if not _FAMILY.search(f"{group.tests[0].node_id} {trouble.text} {group.test_text}"):
        return ""
    for text in (function_around(group, trouble.raised), function_around(group, trouble.frame), group.test_text):
        hosts = {found["host"] for found in _QUOTED_HOST.finditer(text)}
        if hosts:
            return "localhost" if hosts == {"localhost"} else ""
    return ""


def _said_by_program(group: Group) -> Explanation | None:
    """What a program that the test started (git, pip, curl) printed before it failed."""
    lines = f"{group.trouble.output}\n{group.trouble.message}".splitlines()
    found = next((line for line in lines if _PROGRAM.search(line)), "")
    if not found or _PROGRAM.search(group.test_text):
        return None
    said = " ".join(found.split())[:300]
    host = _host(said[said.rfind("resolve host") :]) if "resolve host" in said else _host(said)
    if host and (_RESERVED.search(host) or is_meant(host)):
        return None
    evidence = (Evidence("runtime", f"a program that the test started said: {said}"),)
    what = f"`{host}` is not reached from here" if host else "the tests have no network"
    return Explanation(
        "environment",
        evidence,
        f"Give the tests a network, or a local server in its place: {what}.",
        None,
        f"network to {host}" if host else "network",
    )


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
    Example(
        "dnspython, in the words of the code that asked",
        "pymongo.errors.ConfigurationError",
        "The DNS query name does not exist: _mongodb._tcp.test1.acme.cc.",
        root="dns.resolver.NXDOMAIN: The DNS query name does not exist: _mongodb._tcp.test1.acme.cc.",
        says="network to test1.acme.cc",
    ),
    Example(
        "a library of an environment inside the project raised it",
        "socket.gaierror",
        "[Errno -2] Name or service not known",
        raised=".venv/lib/python3.11/site-packages/resolver.py:look_up",
        beside=(
            (
                ".venv/lib/python3.11/site-packages/resolver.py",
                "\n" * 9 + "raise gaierror(-2, 'Name or service not known')\n",
            ),
        ),
        says="no network",
    ),
    Example(
        "a program that the test started",
        "subprocess.CalledProcessError",
        "Command '['git', 'clone', 'https://github.com/acme/shop.git']' returned non-zero exit status 128.",
        output="fatal: unable to access 'https://github.com/acme/shop.git/': Could not resolve host: github.com",
        says="network to github.com",
    ),
    Example(
        "an assertion on how a program ended",
        message="assert 128 == 0",
        code="def test_example():\n    done = run('git', 'fetch')\n    assert done.returncode == 0  # <-\n",
        output="ssh: Could not resolve hostname github.com: Temporary failure in name resolution",
        says="network to github.com",
    ),
    Example(
        "localhost has no address of that kind",
        "socket.gaierror",
        "[Errno -2] Name or service not known",
        code="import socket\n\ndef test_example(family):\n    socket.socket(family).bind(('localhost', 0))  # <-\n",
        says="IPv6",
    ),
    Example(
        "the host stands in the line that looks it up",
        "socket.gaierror",
        "[Errno -2] Name or service not known",
        text='    await getaddrinfo("faß.de", 0, family=family)',
        says="network to faß.de",
    ),
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
    Example(
        "an assertion on something else while a program had no network",
        message="assert 3 == 4",
        code="def test_example():\n    assert total(fetch()) == 4  # <-\n",
        output="Could not resolve host: github.com",
    ),
    Example(
        "the test says what the program prints",
        "subprocess.CalledProcessError",
        "Command 'git fetch' returned non-zero exit status 128.",
        code="def test_example(fake):\n    fake(stderr='Could not resolve host: github.com')\n    fetch()  # <-\n",
        output="Could not resolve host: github.com",
    ),
    Example("the application's own words", "LookupError", "no such host: web1"),
)
