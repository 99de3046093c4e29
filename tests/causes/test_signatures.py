"""Signatures group what belongs together and nothing else, under every Python, whatever stands in a message."""

from __future__ import annotations

import doctest
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from testaudit.causes import signature as module
from testaudit.causes.signature import normalise, shape, signature
from testaudit.model import Frame, Trouble

HERE = Frame("src/app.py", 12, "serve")
WORD = st.from_regex(r"[a-z]{4,9}(?:_[a-z]{4,9})?", fullmatch=True)


def sign(message: str, kind: str = "ValueError", statement: str = "", frame: Frame = HERE, text: str = "") -> str:
    return signature(Trouble("call", kind, message, frame, text), statement)


def test_the_examples_in_its_own_docs_hold():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "template",
    [
        "no row {} in the table",
        "'{}' is not an order",
        "order={}, gone",
        "unexpected {}: retry",
        "<Order id={}>",
        "({}) rejected",
    ],
)
@given(data=st.data())
def test_ids_and_times_are_no_part_of_it(template, data):
    kinds = (
        st.uuids().map(str),
        st.integers(0, 2**63).map(hex),
        st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda one: one.isoformat()),
        st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(repr),
        st.dates(date(1000, 1, 1)).map(str),
        st.integers(0, 10**12).map(str),
        st.floats(0.001, 10**6).map(lambda one: f"{one:.3f}"),
        st.floats(0.001, 10**6).map(lambda one: f"{one:.2f}s"),
        st.integers(1, 10**4).map(lambda one: f"{one} ms"),
        st.integers(1, 10**4).map(lambda one: f"{one} MB"),
        st.times(time(10, 0)).map(str),
        st.timedeltas(timedelta(hours=10), timedelta(hours=20)).map(str),
    )
    kind = data.draw(st.sampled_from(kinds))
    one, two = data.draw(kind), data.draw(kind)

    assert sign(template.format(one)) == sign(template.format(two))


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("'{}'", "KeyError"),
        ("No module named '{}'", "ModuleNotFoundError"),
        ("fixture '{}' not found", ""),
        ("'Order' object has no attribute '{}'", "AttributeError"),
        ("[Errno 2] No such file or directory: '/etc/{}.yml'", "FileNotFoundError"),
        ("[Errno 2] No such file or directory: '/tmp/pytest-of-me/pytest-1/test_a0/{}.csv'", "FileNotFoundError"),
        ("cannot import name '{}' from 'app'", "ImportError"),
        ("name '{}' is not defined", "NameError"),
        ("Failed to resolve '{}.example.com'", "ConnectionError"),
        ("serve() got an unexpected keyword argument '{}'", "TypeError"),
        ("environment variable {} is not set", "RuntimeError"),
    ],
)
@given(one=WORD, two=WORD)
def test_names_tell_failures_apart(template, kind, one, two):
    same = sign(template.format(one), kind) == sign(template.format(two), kind)

    assert same == (one == two)


@given(st.integers(1024, 32_767), st.integers(1024, 32_767), st.integers(32_768, 65_535), st.integers(32_768, 65_535))
def test_the_port_of_a_service_tells_and_an_ephemeral_one_does_not(one, two, high, higher):
    for template in ("Error 111 connecting to localhost:{}. refused", "('127.0.0.1', {})", "host='api', port={}"):
        assert (sign(template.format(one)) == sign(template.format(two))) == (one == two)
        assert sign(template.format(high)) == sign(template.format(higher))


@given(st.permutations(["a", "b c", "d", "e"]))
def test_the_order_of_a_set_is_no_part_of_it(names):
    listed = ", ".join(repr(name) for name in names)

    assert sign(f"extra: {{{listed}}}") == sign("extra: {'a', 'b c', 'd', 'e'}")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("<app.Order object at 0x7f3a>", "<app.Order object at 0x55d0>"),
        ("<Mock name='api' id='1399'>", "<Mock name='api' id='7'>"),
        ("no file /tmp/tmpab12cd_e/a.txt", "no file /tmp/tmpzz99yy_x/a.txt"),
        (
            "no file C:\\Users\\me\\AppData\\Local\\Temp\\x1\\a.txt",
            "no file C:\\Users\\you\\AppData\\Local\\Temp\\y2\\a.txt",
        ),
        ("no file /home/me/work/shop/a.txt", "no file /home/ci/build/shop/a.txt"),
        ("in /usr/lib/python3.8/json/decoder.py:355", "in /opt/python3.13/json/decoder.py:338"),
        ("bad tests/test_a.py::test_x[case-1]", "bad tests/test_a.py::test_x[other case]"),
        ("queue job-7f3k2j9a is gone", "queue job-1a2b3c4d is gone"),
        ("Mon, 02 Jan 2024 10:00:00 GMT", "Tue, 03 Feb 2026 23:59:59 GMT"),
        ("on Jan 2, 2024", "on Dec 31, 2025"),
        ("at 10:30 PM", "at 9:15 AM"),
        ("pid 4242 holds it", "pid 17 holds it"),
        ("line 3 column 14 (char 159)", "line 30 column 1 (char 2)"),
        ("invalid literal for int() with base 10: 'abc'", "invalid literal for int() with base 10: ''"),
        ("1,234 rows", "56 rows"),
        ("git clone https://github.com/a/b.git failed", "git clone https://github.com/c.git?depth=1 failed"),
        ("no route for GET /orders/open?page=2", "no route for GET /"),
        ("503 for url: http://localhost:8080/a/b?x=1", "503 for url: http://localhost:8080/c"),
        (
            "HTTPConnectionPool(host='api', port=80): with url: /a?b=c (Caused by)",
            "HTTPConnectionPool(host='api', port=80): with url: / (Caused by)",
        ),
    ],
)
def test_what_varies_is_left_out(one, two):
    assert sign(one) == sign(two)


@pytest.mark.parametrize(
    ("kind", "older", "newer"),
    [
        (
            "TypeError",
            "f() missing 1 required positional argument: 'x'",
            "A.f() missing 1 required positional argument: 'x'",
        ),
        ("TypeError", "expected string or bytes-like object", "expected string or bytes-like object, got 'int'"),
        ("AttributeError", "can't set attribute", "property 'x' of 'A' object has no setter"),
        ("AttributeError", "'A' object has no attribute 'x'", "'A' object has no attribute 'x'. Did you mean: 'y'?"),
        (
            "UnboundLocalError",
            "local variable 'x' referenced before assignment",
            "cannot access local variable 'x' where it is not associated with a value",
        ),
        ("ImportError", "cannot import name 'x' from 'a' (/usr/a.py)", "cannot import name 'x' from 'a' (/opt/a.py)"),
    ],
)
def test_what_pythons_versions_word_differently_is_left_out(kind, older, newer):
    assert sign(older, kind) == sign(newer, kind)


def test_two_cases_of_one_assertion_are_one_failure_and_two_assertions_of_one_helper_are_two():
    first = sign("assert 3 == 4", "AssertionError", "assert total(x) == 4")
    other_case = sign("assert None == 4\n +  where None = total([])", "AssertionError", "assert total(x) == 4")
    second = sign("assert 3 == 4", "AssertionError", "assert count(x) == 4")

    assert first == other_case
    assert first != second


def test_the_words_that_an_assertion_is_given_stay():
    one = sign("order 3 is open\nassert False", "AssertionError", "assert done, f'order {n} is open'")
    two = sign("order 4 is open\nassert False", "AssertionError", "assert done, f'order {n} is open'")
    other = sign("order 4 is lost\nassert False", "AssertionError", "assert done, f'order {n} is open'")

    assert one == two != other


def test_the_statement_may_come_from_the_traceback():
    text = "    def serve():\n>       assert total(x) == 4\nE       assert 3 == 4\n\nsrc/app.py:12: AssertionError"

    assert sign("assert 3 == 4", "AssertionError", text=text) == sign(
        "assert 3 == 4", "AssertionError", "assert total(x) == 4"
    )


@example(None, float("-inf"))
@given(
    st.one_of(st.integers(), st.text(st.characters(codec="ascii"), max_size=20), st.booleans(), st.none()),
    st.one_of(st.lists(st.integers(), max_size=4), st.dictionaries(WORD, st.integers(), max_size=3), st.floats()),
)
def test_without_a_statement_the_values_of_an_assertion_stand_by_their_shape(left, right):
    assert shape(f"assert {left!r} == {right!r}") == "assert <value> == <value>"


def test_the_telling_part_of_an_explanation_stays():
    assert shape("assert is_open(3) is True") != shape("assert is_paid(3) is True")


def test_installed_code_is_named_alike_on_every_machine():
    one = sign("x", frame=Frame("/opt/venv/lib/python3.8/site-packages/requests/api.py", 3, "get"))
    two = sign("x", frame=Frame("/home/me/.venv/lib/python3.13/site-packages/requests/api.py", 9, "get"))

    assert one == two


@given(st.text(max_size=2_000))
def test_any_text_has_a_short_signature_of_one_line(message):
    made = normalise(message)

    assert len(made) <= 300
    assert len(made.splitlines()) <= 1


@given(st.text(st.sampled_from("0123456789-:./\\'\"[](){}<>=, aAxXzZ_@#\n"), max_size=300))
def test_hostile_text_is_normalised_all_the_same(message):
    assert normalise(message) == normalise(" ".join(message.split()))
    assert len(shape(message).splitlines()) <= 1


@pytest.mark.parametrize("other", ["http://a.com/x", "https://b.com/x", "https://a.com:8443/x"])
def test_scheme_host_and_port_of_a_url_tell_failures_apart(other):
    assert sign("no answer from https://a.com/x") != sign(f"no answer from {other}")
