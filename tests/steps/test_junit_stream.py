"""The reader of JUnit files holds its limits, never raises, and says how a file ended."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.errors import ImpossibleError
from testaudit.junit import Case, Reading, read_junit, run_from_junit, stream
from testaudit.junit import cases as terms

DATA = Path(__file__).parents[1] / "data" / "junit"
HEAD = b'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="s">'
TAIL = b"</testsuite></testsuites>"
ONE = b'<testcase classname="a" name="b"/>'


def read(path: Path, data: bytes) -> tuple[list[Case], Reading]:
    path.write_bytes(data)
    reading = read_junit(path)
    return list(reading), reading


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"   \n", "it is not XML"),
        (b"hello", "it is not XML"),
        (b"\x89PNG\r\n\x1a\n", "its encoding is not the one that it declares"),
        (b'{"tests": []}', "it is not XML"),
        (b"<html><body/></html>", "it is no JUnit file: its root is <html>"),
        (b"<testcase name='x'/>", "it is no JUnit file: its root is <testcase>"),
        (HEAD, "it is truncated: it ends before its first case"),
        (HEAD + ONE, "it is truncated: it ends after 1 case"),
        (HEAD + ONE + b"<testca", "it is truncated: it ends after 1 case"),
        (HEAD + ONE + b"</testsuites>", "it is not well-formed: mismatched tag"),
        (HEAD + ONE + b"<testcase name='\xff'/>" + TAIL, "its encoding is not the one that it declares"),
        (HEAD + ONE + b"<testcase name='&nbsp;'/>" + TAIL, "it is not well-formed: undefined entity"),
        (
            HEAD + ONE + b"<testcase name='&#xFFFF;'/>" + TAIL,
            "it is not well-formed: reference to invalid character number",
        ),
        (HEAD.replace(b"utf-8", b"klingon") + TAIL, "its encoding is not one that XML can have here"),
        (HEAD.replace(b"utf-8", b"shift_jis") + TAIL, "its encoding is not one that XML can have here"),
        (HEAD.replace(b"utf-8", b"utf-16") + TAIL, "its encoding is not the one that it declares"),
        (HEAD + b"<a>" * 500, "elements in it are nested over 200 deep"),
        (HEAD + b"<testcase>" + b"<a>" * 500, "elements in it are nested over 200 deep"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, said: str) -> None:
    cases, reading = read(tmp_path / "r.xml", data)

    assert reading.problem.startswith(said)
    assert len(cases) == reading.cases == data.count(ONE)


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 30))


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE testsuites [<!ENTITY l0 "ha">' + LAUGHS + b"]>",
        b'<!DOCTYPE testsuites [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE testsuites SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE testsuites [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        b"<!DOCTYPE testsuites>",
    ],
)
def test_a_document_type_is_refused_unread(tmp_path: Path, doctype: bytes) -> None:
    cases, reading = read(tmp_path / "r.xml", doctype + b'<testsuite><testcase name="&x;&l29;"/></testsuite>')

    assert cases == []
    assert reading.problem.startswith("it has a document type")


def test_a_huge_attribute_is_refused_and_the_cases_before_it_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "TAG_BYTES", 1 << 20)
    cases, reading = read(tmp_path / "r.xml", HEAD + ONE + b'<testcase name="' + b"x" * (4 << 20) + b'"/>' + TAIL)

    assert len(cases) == 1
    assert reading.problem == "one tag in it is longer than 1 MB (after 1 case)"


def test_the_rest_of_a_huge_attribute_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.xml"
    with path.open("wb") as file:
        file.write(HEAD + b'<testcase name="' + b"x" * (20 << 20))
        file.truncate(1 << 33)  # eight gigabytes, most of them a hole

    reading = read_junit(path)

    assert list(reading) == []
    assert reading.problem == "one tag in it is longer than 8 MB (before its first case)"


def test_long_text_is_cut_in_its_middle_while_it_streams(tmp_path: Path) -> None:
    text = b"first line\n" + b"0123456789 " * 500_000 + b"\nlast line"
    failure = b'<failure message="' + b"m" * 100_000 + b'">' + text + b"</failure>"
    output = b"<system-out>" + text + b"</system-out><system-err>" + text + b"</system-err>"
    (case,), reading = read(tmp_path / "r.xml", HEAD + b"<testcase>" + failure + output + b"</testcase>" + TAIL)

    (result,) = case.results
    assert not reading.problem
    assert result.text.startswith("first line\n")
    assert result.text.endswith("\nlast line")
    assert "characters left out" in result.text
    assert len(result.text) + len(result.message) <= 20_200
    assert len(case.output) <= 64_100


def test_a_run_keeps_no_more_than_the_contract_says(tmp_path: Path) -> None:
    text = "ü€🎉 ".encode() * 100_000
    failure = b"<failure>" + text + b"</failure><system-out>" + text + b"</system-out>"
    (tmp_path / "r.xml").write_bytes(HEAD + b"<testcase name='x'>" + failure + b"</testcase>" + TAIL)

    (trouble,) = run_from_junit([tmp_path / "r.xml"]).tests[0].attempts[0].troubles

    assert len((trouble.text + trouble.message).encode()) <= 20_000
    assert len(trouble.output.encode()) <= 64_000


def test_many_results_of_one_case_are_bounded(tmp_path: Path) -> None:
    (case,), _ = read(tmp_path / "r.xml", HEAD + b"<testcase>" + b"<failure/>" * 1000 + b"</testcase>" + TAIL)

    assert len(case.results) == terms.RESULTS


def test_raw_control_characters_are_replaced_and_counted(tmp_path: Path) -> None:
    (case,), reading = read(tmp_path / "r.xml", HEAD + b"<testcase name='a\x00\x07\t\x1fb'/>" + TAIL)

    assert (case.name, reading.repaired, reading.problem) == ("a#x00#x07 #x1Fb", 3, "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_that_xml_knows(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><testsuite><testcase name="größe"/></testsuite>'
    (case,), reading = read(tmp_path / "r.xml", text.encode(encoding))

    assert (case.name, reading.problem) == ("größe", "")


def test_folders_and_missing_files(tmp_path: Path) -> None:
    folder, missing, null = (read_junit(path) for path in (tmp_path, tmp_path / "gone.xml", Path("a\0b")))

    assert [list(folder), list(missing), list(null)] == [[], [], []]
    assert folder.problem
    assert missing.problem == "it cannot be read: No such file or directory"
    assert null.problem.startswith("it cannot be read")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = read_junit(tmp_path / "pipe")

    assert (list(reading), reading.problem) == ([], "it is not a file")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.xml"
    path.write_bytes(HEAD + TAIL)
    path.chmod(0)
    reading = read_junit(path)

    assert (list(reading), reading.problem) == ([], "it cannot be read: Permission denied")


def test_unknown_elements_around_and_inside_are_passed_over(tmp_path: Path) -> None:
    data = HEAD + b"<properties><property name='p' value='v'/></properties><testcase name='x'><properties>"
    data += b"<property name='q'>text</property></properties><custom><failure/></custom></testcase>" + TAIL
    (case,), reading = read(tmp_path / "r.xml", data)

    assert (case.name, case.suite.names[-1], case.results, reading.problem) == ("x", "s", (), "")


# ---------------------------------------------------------------- any file

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20
)
CHILDREN = st.lists(
    st.tuples(st.sampled_from(["failure", "error", "skipped", "system-out", "properties"]), NAMES), max_size=3
)
CASES = st.lists(st.tuples(NAMES, NAMES, CHILDREN), max_size=8)
SUITES = st.lists(CASES, min_size=1, max_size=3)


def document(suites: list[list[tuple[str, str, list[tuple[str, str]]]]], *, nested: bool) -> bytes:
    root = above = ET.Element("testsuites")
    for cases in suites:
        suite = ET.SubElement(above, "testsuite", name="s")
        for classname, name, children in cases:
            case = ET.SubElement(suite, "testcase", classname=classname, name=name)
            for tag, text in children:
                ET.SubElement(case, tag, message=text).text = text
        above = suite if nested else root
    return bytes(ET.tostring(root, encoding="utf-8"))


@given(SUITES, st.booleans(), st.integers(1, 200))
def test_what_a_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    suites: list[list[tuple[str, str, list[tuple[str, str]]]]],
    nested: bool,
    chunk: int,
) -> None:
    path = tmp_path_factory.mktemp("any") / "r.xml"
    expected = sorted(
        (classname, name, tuple((tag, text, text) for tag, text in children if tag in terms.FINAL))
        for cases in suites
        for classname, name, children in cases
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "CHUNK_BYTES", chunk)
        cases, reading = read(path, document(suites, nested=nested))

    found = [(case.classname, case.name, tuple((r.tag, r.message, r.text) for r in case.results)) for case in cases]
    assert (sorted(found), reading.problem) == (expected, "")


WHOLE = (DATA / "pytest-xunit1.xml").read_bytes()


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_at_any_byte_keeps_its_cases_and_is_said_to_be_cut(
    tmp_path_factory: pytest.TempPathFactory, at: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    cases, reading = read(folder / "cut.xml", WHOLE[:at])
    whole, _ = read(folder / "whole.xml", WHOLE)

    assert reading.problem
    assert cases == whole[: len(cases)]
    if not cases:
        with pytest.raises(ImpossibleError):
            run_from_junit([folder / "cut.xml"])
    else:
        assert [gap.what for gap in run_from_junit([folder / "cut.xml"]).gaps] == ["junit"]


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)))
def test_any_bytes_inside_a_file_are_read_or_said(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("noise") / "r.xml"
    path.write_bytes(WHOLE[:at] + noise + WHOLE[at:])

    try:
        run = run_from_junit([path])
    except ImpossibleError as error:
        assert str(path.name) in error.message
    else:
        assert run.tests or run.gaps


def test_what_is_no_report_is_not_searched_for_one_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.write(b"no report at all")
        file.truncate(1 << 40)  # a terabyte, most of it a hole

    reading = read_junit(path)

    assert list(reading) == []
    assert reading.problem.startswith("it is not XML")
