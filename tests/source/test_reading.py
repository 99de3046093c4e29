"""Whatever a file holds, it is examined or named with a reason."""

from __future__ import annotations

import ast
import gc
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.config import Config
from testaudit.source.expressions import unparsed
from testaudit.source.interface import discover, read_sources
from testaudit.source.reading import Unreadable, decode, parse
from testaudit.source.vocabulary import number


def why(root: Path, data: bytes) -> str:
    """Why the one test module of a project cannot be examined; empty when it can."""
    (root / "test_one.py").write_bytes(data)
    sources = read_sources(discover(root, Config()), Config())
    return dict(sources.broken).get("test_one.py", "")


@pytest.mark.parametrize(
    "data",
    [
        b"def test_one():\n    assert True\n",
        b"\xef\xbb\xbfdef test_one():\n    assert True\n",
        "# coding: latin-1\nNAME = 'Grün'\n".encode("latin-1"),
        "# -*- coding: cp1252 -*-\nNAME = '€'\n".encode("cp1252"),
        b"# -*- coding: utf-8-unix -*-\nNAME = '\xc3\xbc'\n",
        "# vim: set fileencoding=Latin_1-dos :\nNAME = 'Grün'\n".encode("latin-1"),
        b"\xef\xbb\xbf# coding: utf-8\nNAME = '\xc3\xbc'\n",
        b"'Not a comment, so what follows declares nothing.'\n# coding: no-such-code\n",
        b"# a comment\r# coding: latin-1\rNAME = '\xfc'\r",
        "NAME = '雪'\n".encode(),
        b"a = 1\r\nb = 2\r\n",
        b"a = 1\rb = 2\r",
        b"",
        b"# only a comment",
        b"import re\nre.compile('\\d')\n",
        b"\n" * 50_000 + b"def test_one():\n    assert True\n",
    ],
)
def test_what_python_reads_is_read(tmp_path: Path, data: bytes) -> None:
    assert why(tmp_path, data) == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def test_one(:\n", "syntax error in line 1"),
        (b"x = 1\nif x\n", "syntax error in line 2"),
        (b"name = '\xff\xfe'\n", "is not utf-8: line 1"),
        (b"# coding: no-such-code\n", "unknown encoding"),
        (b"# coding: " + b"x" * 5_000 + b"\n", "unknown encoding"),
        (b"#!/usr/bin/python\n# coding: hex\n", "unknown encoding"),
        (b"# coding: punycode\nx = 1\n", "is not punycode"),
        (b"# coding: undefined\nx = 1\n", "is not undefined"),
        (b"# coding: unicode_escape\nx = '\\ud800'\n", "is not unicode_escape"),
        (b"# coding: utf-7\nx = '+2AA-'\n", "is not utf-7"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "declares iso-8859-1, and begins as UTF-8"),
        (b"a = 1\0\n", "null bytes"),
        (b"x = " + b"(" * 5_000 + b")" * 5_000, ""),
        (b"x = " + b"-" * 20_000 + b"1", ""),
        (b"#" * 9_000_000, "too large"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    assert reason in why(tmp_path, data)


def test_deep_expressions_are_no_crash(tmp_path: Path) -> None:
    deep = "x = " + " + ".join(["1"] * 5_000)

    assert why(tmp_path, deep.encode()) in {"", "nested too deep to parse"}


def test_lambdas_in_lambdas_are_no_crash(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(f"x = {'lambda: ' * 900} check(1)\n", encoding="utf-8")
    sources = read_sources(discover(tmp_path, Config()), Config())

    file = sources.file("test_one.py")

    assert file is not None
    assert [site[1].block for site in file.calls("check")] == ["lambda"]
    sources.trim(0)


def test_what_is_nested_too_deep_to_be_shown_is_left_out() -> None:
    deep = ast.parse("f" + "()" * 900, mode="eval").body

    assert (unparsed(deep), unparsed(ast.parse("f(1)", mode="eval").body)) == ("…", "f(1)")


def test_numbers_of_any_length_can_be_told_and_compared(tmp_path: Path) -> None:
    numbers = ("0x" + "f" * 50_000, "0x" + "e" * 50_000, "9" * 4_000)
    (tmp_path / "test_one.py").write_text(f"x = [{', '.join(numbers)}, 7]\n", encoding="utf-8")
    file = read_sources(discover(tmp_path, Config()), Config()).file("test_one.py")
    assert file is not None
    assigned = file.module.statements[0].node
    assert isinstance(assigned, ast.Assign)
    assert isinstance(assigned.value, ast.List)

    found = [number(element) for element in assigned.value.elts]

    assert found[3] == 7.0
    assert all(value is not None and value >= 1e300 for value in found[:3])
    assert len({ast.unparse(element) for element in assigned.value.elts}) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="rights are different there")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", refuse)

    (tmp_path / "test_one.py").write_text("", encoding="utf-8")
    sources = read_sources(discover(tmp_path, Config()), Config())
    assert sources.broken == (("test_one.py", "permission denied"),)


def test_helpers_that_do_not_parse_are_not_the_suites_gaps(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("import data\n", encoding="utf-8")
    (tmp_path / "data.py").write_text("not python at all", encoding="utf-8")

    assert read_sources(discover(tmp_path, Config()), Config()).broken == ()


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_reason(data: bytes) -> None:
    text = decode(data, "test_one.py")

    if isinstance(text, str):
        parse(text, "test_one.py")
    else:
        assert isinstance(text, Unreadable)
        assert text.why


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    parse("x = 1", "test_one.py")
    assert gc.isenabled()
