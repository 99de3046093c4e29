"""`hard-coded-data`: expected and actual differ in an id, time or path, and the expected one is literal in the test.

The literal stands in the assertion, in a name that only assertions use, or in a parameter of the test. What the test
also puts in is no such literal: then the code answers wrongly. An id counts where its form (UUID, ULID) or its key says
that it is one, and no name-based UUID; a time where what came is the day of the run; a path where it is one machine's.
Plain numbers that differ are a wrong answer, and not this.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from testaudit.causes.differences import Difference, differences
from testaudit.causes.interface import Example, Explanation, Group
from testaudit.causes.literals import Literal, literal_of, other_dates
from testaudit.causes.signature import is_assertion
from testaudit.model import Evidence
from testaudit.source.index import Statement, terminal
from testaudit.source.literals import dates_in
from testaudit.source.vocabulary import is_check

if TYPE_CHECKING:
    from testaudit.source.interface import SourceFile

_ID_WORDS = re.compile(r"(?:^|[_\W]|(?<=[a-z]))(?:id|ID|Id|ids|pk|uuid|UUID|guid|ulid|oid|rowid)$")
_ID_KEY = re.compile(r"['\"]?(?P<key>[A-Za-z_]\w*)['\"]?\s*[:=]\s*(?:['\"][\w-]*|\w+\(['\"]?)?$")
_IN_URL = re.compile(r"/(?P<noun>[a-z][a-z_-]{2,})/$")
_NO_ID = frozenset({"page", "pages", "offset", "limit", "version", "step", "level", "year", "month", "day", "size"})
_MACHINE = re.compile(r"^/(?:home|Users|root|tmp|private|var/folders|builds|workspace|mnt)/|^[A-Z]:\\", re.IGNORECASE)
_YEAR_WORDS = re.compile(r"year|©|\(c\)|copyright", re.IGNORECASE)
_NEAR_DAYS, _FAR_DAYS = 2, 370
_KINDS = {"uuid": "id", "ulid": "id", "hex": "id", "number": "id", "time": "time", "path": "path"}
_ADVICE = {
    "id": "compare with the id that the code handed out, or with what identifies the thing",
    "time": "compute it from the clock that the code uses, or give the code a fixed clock",
    "path": "build it from `tmp_path` or the project's own folder",
}


def explain(group: Group) -> Explanation | None:
    """Proven by the difference and by the literal in the source."""
    trouble = group.trouble
    frame = trouble.frame
    if not is_assertion(trouble.type) or trouble.type.endswith("Failed") or trouble.phase != "call" or frame is None:
        return None
    statement = group.facts.statement(frame)
    file = group.facts.file(frame.path)
    if statement is None or file is None or not (is_check(statement.node) or isinstance(statement.node, ast.Expr)):
        return None
    found = differences(trouble.message, trouble.text) or _contained(group, trouble.message)
    proven = []
    for difference in found:
        answer = _judge(difference, group, file, statement)
        if answer is None:
            return None
        proven.append(answer)
    if not proven:
        return None
    kind, literal, came = proven[0]
    at = f"{literal.path}:{literal.line}"
    return Explanation(
        "hard-coded-data",
        (
            Evidence("static", f"literal {kind} `{literal.text[:100]}` at {at}"),
            Evidence("runtime", f"`{came[:200]}` came instead, and nothing else differs"),
        ),
        f"The {kind} `{literal.text[:60]}` at {at} is only true once: {_ADVICE[kind]}.",
        "hard-coded-data",
    )


def _judge(
    difference: Difference, group: Group, file: SourceFile, statement: Statement
) -> tuple[str, Literal, str] | None:
    """(kind, literal, what came) of a difference that is explained by a literal; None where it is not."""
    for expected, came in ((difference.right, difference.left), (difference.left, difference.right)):
        literal = literal_of(expected, group, file, statement)
        if literal is None:
            continue
        today = group.facts.today
        kind = _KINDS[difference.kind]
        if difference.kind == "time":
            days = [abs((day - today).days) for day in dates_in(came)]
            meant = [abs((day - today).days) for day in dates_in(expected)]
            near = min(days, default=_FAR_DAYS + 1)
            if near > _FAR_DAYS or (
                near > _NEAR_DAYS and (other_dates(group, literal) or min(meant, default=0) < near)
            ):
                return None
        elif difference.kind == "path":
            if not (_MACHINE.match(expected) and re.split(r"[/\\]", expected)[-1] == re.split(r"[/\\]", came)[-1]):
                return None
        elif difference.kind == "uuid":
            if came.replace("-", "")[12] not in "1467":
                return None
        elif difference.kind in {"number", "hex"}:
            is_year = _is_year(difference, expected, came, today.year, statement)
            if is_year:
                kind = "time"
            elif not _is_id(difference, statement):
                return None
        return kind, literal, came
    return None


def _contained(group: Group, message: str) -> tuple[Difference, ...]:
    """`assert '2024-01-02' in text`, where the text holds today instead."""
    first = message.strip().split("\n", 1)[0]
    match = re.match(r"assert ['\"](?P<part>[^'\"]*)['\"] in ['\"](?P<whole>.*)['\"]", first)
    if match is None:
        return ()
    meant = dates_in(match["part"])
    if not meant:
        return ()
    for found in re.finditer(r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d\d/\d\d", match["whole"]):
        if any(abs((day - group.facts.today).days) <= _NEAR_DAYS for day in dates_in(found[0])):
            return (Difference("time", found[0], match["part"], ""),)
    return ()


def _is_year(difference: Difference, expected: str, came: str, year: int, statement: Statement) -> bool:
    """Whether it is a year, and this one came."""
    if not (
        expected.isdigit() and came.isdigit() and len(expected) == 4 and int(came) == year and int(expected) > 1990
    ):
        return False
    said = f"{difference.before} {ast.unparse(statement.node)}"
    return bool(_YEAR_WORDS.search(said)) or bool(re.search(r"[A-Za-z][-_ ]$", difference.before))


def _is_id(difference: Difference, statement: Statement) -> bool:
    """Whether the key, the compared expression or the place in a URL says that it is an id."""
    key = _ID_KEY.search(difference.before)
    if key is not None:
        return bool(_ID_WORDS.search(key["key"]))
    url = _IN_URL.search(difference.before)
    if url is not None:
        return url["noun"] not in _NO_ID and url["noun"].endswith("s")
    if difference.before.strip("'\"").strip() and not re.search(r"['\"\s=][A-Za-z]*[-_]$", " " + difference.before):
        return False
    return any(_ID_WORDS.search(name) for name in _compared_names(statement.node))


def _compared_names(node: ast.AST) -> list[str]:
    """The last names of what the assertion compares: `.id`, `["id"]`, `order_id`."""
    sides: list[ast.expr] = []
    if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
        sides = [node.test.left, *node.test.comparators]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        sides = list(node.value.args)
    names = []
    for side in sides:
        inner = side.value if isinstance(side, ast.Await) else side
        if isinstance(inner, ast.Call) and terminal(inner) in {"str", "int", "UUID"} and inner.args:
            inner = inner.args[0]
        if isinstance(inner, ast.ListComp):
            inner = inner.elt
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            names.append(str(inner.slice.value))
        else:
            names.append(terminal(inner))
    return [name for name in names if name]


_UUID, _OTHER = "2f1d7f0e-6a8b-4c3d-9e2f-1a2b3c4d5e6f", "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def _test(*lines: str, head: str = "") -> str:
    return f"{head}def test_example():\n" + "".join(f"    {line}\n" for line in lines)


PROVEN = (
    Example(
        "a UUID",
        message=f"assert '{_OTHER}' == '{_UUID}'",
        code=_test("order = create()", f'assert order.id == "{_UUID}"  # <-'),
        says=f"`{_UUID}`",
    ),
    Example(
        "a row's id",
        message="assert 58 == 57\n +  where 58 = Order(total=3).id",
        code=_test("order = create()", "assert order.id == 57  # <-"),
        says="`57` at tests/test_example.py:3",
    ),
    Example(
        "an id in a dictionary",
        message="assert {'id': 58, 'name': 'a'} == {'id': 57, 'name': 'a'}",
        code=_test('assert create("a") == {"id": 57, "name": "a"}  # <-'),
        says="`57`",
    ),
    Example(
        "an id in a URL",
        message="assert '/orders/58' == '/orders/57'",
        code=_test('assert create().headers["Location"] == "/orders/57"  # <-'),
        says="`57`",
    ),
    Example(
        "the day of writing",
        message="assert '2026-11-21' == '2024-03-02'",
        code=_test('assert report().day == "2024-03-02"  # <-'),
        says="`2024-03-02`",
    ),
    Example(
        "a date as a value",
        message="assert datetime.date(2026, 11, 21) == datetime.date(2024, 3, 2)",
        code=_test("assert report().day == date(2024, 3, 2)  # <-", head="from datetime import date\n\n"),
        says="2024",
    ),
    Example(
        "the year",
        message="assert '© 2026 Acme' == '© 2024 Acme'",
        code=_test('assert footer() == "© 2024 Acme"  # <-'),
        says="`2024`",
    ),
    Example(
        "a date inside a text",
        message="assert '2024-03-02' in 'report of 2026-11-21'",
        code=_test('assert "2024-03-02" in report()  # <-'),
        says="`2024-03-02`",
    ),
    Example(
        "one machine's path",
        message="assert '/srv/ci/out/report.txt' == '/home/alice/shop/out/report.txt'",
        code=_test('assert report() == "/home/alice/shop/out/report.txt"  # <-'),
        says="/home/alice",
    ),
    Example(
        "a constant of the module",
        message=f"'{_OTHER}' != '{_UUID}'",
        code=_test("self.assertEqual(create().id, EXPECTED)  # <-", head=f'EXPECTED = "{_UUID}"\n\n'),
        says="tests/test_example.py:1",
    ),
    Example(
        "a parameter",
        message=f"assert '{_OTHER}' == '{_UUID}'",
        code='import pytest\n\n@pytest.mark.parametrize(("name", "expected"), [("a", "'
        + _UUID
        + '")])\ndef test_example(name, expected):\n    assert create(name).id == expected  # <-\n',
        says="tests/test_example.py:3",
    ),
)
SILENT = (
    Example("plain numbers", message="assert 58 == 57", code=_test("assert total() == 57  # <-")),
    Example(
        "an id that the test puts in",
        message="assert 58 == 57",
        code=_test("order = load(57)", "assert order.id == 57  # <-"),
    ),
    Example(
        "a date that is computed",
        message="assert datetime.date(2024, 3, 2) == datetime.date(2024, 2, 29)",
        code=_test("assert add_month(date(2024, 1, 31)) == date(2024, 2, 29)  # <-"),
    ),
    Example(
        "a UUID made of a name",
        message=f"assert '2f1d7f0e-6a8b-5c3d-9e2f-1a2b3c4d5e6f' == '{_UUID}'",
        code=_test(f'assert make_id("a").id == "{_UUID}"  # <-'),
    ),
    Example(
        "more than the id differs",
        message="assert {'id': 58, 'name': 'b'} == {'id': 57, 'name': 'a'}",
        code=_test('assert create("a") == {"id": 57, "name": "a"}  # <-'),
    ),
    Example(
        "a path that the code computes",
        message="assert '/a/c/b.txt' == '/a/b.txt'",
        code=_test('assert normal("/a/c/../b.txt") == "/a/b.txt"  # <-'),
    ),
    Example("a width is no id", message="assert 58 == 57", code=_test("assert box.width == 57  # <-")),
    Example(
        "a page of a URL",
        message="assert '/page/3' == '/page/2'",
        code=_test('assert following() == "/page/2"  # <-'),
    ),
    Example("no literal in sight", message=f"assert '{_OTHER}' == '{_UUID}'", code=_test("assert a.id == b.id  # <-")),
    Example("no source", message=f"assert '{_OTHER}' == '{_UUID}'"),
    Example("a status", message="assert 404 == 200", code=_test("assert get().status_code == 200  # <-")),
)
