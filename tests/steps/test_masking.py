"""What is masked, capped and cleaned, from outside; and that hostile text costs linear work."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testaudit.masking.interface import MASK, cap, clean, mask, mask_id, mask_together, visible_json
from testaudit.masking.known_secrets import known_secrets

SECRET = "hunter2hunter2"

NAMED = [
    "password=hunter2hunter2",
    "DB_PASSWORD: hunter2hunter2",
    "PGPASSWORD='hunter2hunter2'",
    "passwd = 'hunter2hunter2'",
    "MY_API_KEY=hunter2hunter2",
    "apikey: hunter2hunter2",
    "token='hunter2hunter2'",
    "API_TOKEN = b'hunter2hunter2'",
    "accessToken=hunter2hunter2",
    "client_secret=hunter2hunter2&scope=all",
    "AWS_SECRET_ACCESS_KEY=hunter2hunter2",
    "private_key := hunter2hunter2",
    "credentials: hunter2hunter2",
    "{'password': 'hunter2hunter2', 'user': 'ada'}",
    '{"api_key": "hunter2hunter2"}',
    r'"{\"token\": \"hunter2hunter2\"}"',
    "os.environ['API_TOKEN'] = 'hunter2hunter2'",
    "def login(user, password='hunter2hunter2'):",
    "password: str = 'hunter2hunter2'",
    "password    = 'hunter2hunter2'",
    "password = '''hunter2hunter2'''",
    "password='hunter2hunter2",
    "token == 'hunter2hunter2'",
    "password = make('hunter2hunter2')",
    "Authorization: hunter2hunter2",
    "authorization: Bearer hunter2hunter2",
    "'Authorization': 'Basic hunter2hunter2'",
    "Cookie: session=hunter2hunter2; theme=dark",
    "curl -H 'X-Api-Key: hunter2hunter2' http://localhost",
    "Bearer hunter2hunter2",
    "postgresql://ada:hunter2hunter2@db.example/shop",
    "redis://:hunter2hunter2@cache:6379/0",
    "amqp://ada:hunter2@hunter2hunter2@queue",
    "mysql --password hunter2hunter2",
    "auth=('ada', 'hunter2hunter2')",
]

SHAPES = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ASIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "gho_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 9,
    "glpat-" + "a1B2" * 5,
    "xoxb-" + "1234567890-abc",
    "sk_live_" + "a1B2" * 6,
    "AIza" + "a1B2c" * 7,
    "sk-" + "a1B2" * 10,
    "sk-proj-" + "a1B2" * 10,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0." + "abc_DEF",
    "npm_" + "a1B2" * 9,
    "pypi-" + "a1B2" * 9,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabcd\n-----END RSA PRIVATE KEY-----",
]

HARMLESS = [
    "AssertionError: assert 1 == 2",
    "ValueError: unexpected token: foo",
    "KeyError: 'name'",
    "invalid token 'abc'",
    "def login(user: str, password: str) -> None:",
    "password=None",
    "password_file=/run/secrets/db",
    "max_tokens=4096",
    "Basic usage of a bearer token",
    "ssh://git@example.org/repo",
    "http://example.org:8080/@ada",
    "assert token == expected",
    "passed: 12, failed: 1",
    "tests/test_auth.py::test_password",
    "a task-with-a-rather-long-name-and-dashes",
    "tests/test_a.py::test_b[learn-sk-learn-pipeline-of-2-steps]",
    "see 3fa85f64-5717-4562-b3fc-2c963f66afa6 and 9151454ad0c1e6b8f7d2a4c3b5e697887f6d5c4b",
    "access-control-allow-credentials: true",
    "waiting for sk-learn... then",
    "http://localhost:8000... is not there",
    "npm_install... failed",
]

SHORTENED = [
    "ghp_a1B2a1B2a...1B2a1B2a1B2a",
    "ghp_abc...xyz",
    "sk-live-abc...def",
    "AKIAIOSF...MPLE",
    "xoxb-1234...jKl",
    "eyJhbGciOiJIU...Xw_Ty",
    "npm_aB3dE…3hJ5",
]


@pytest.mark.parametrize("text", NAMED)
def test_values_of_variables_named_like_secrets_disappear(text: str) -> None:
    masked = mask(text)

    assert SECRET not in masked
    assert MASK in masked


@pytest.mark.parametrize("token", SHAPES)
def test_tokens_of_known_shape_disappear(token: str) -> None:
    masked = mask(f"got {token} from the server")

    assert token not in masked
    assert masked.startswith("got ***")
    assert masked.endswith("from the server")


@pytest.mark.parametrize("token", SHORTENED)
def test_tokens_that_were_shortened_disappear(token: str) -> None:
    assert mask(f"assert '{token}' == 'abc'") == "assert '***' == 'abc'"


def test_a_shortened_url_keeps_no_password() -> None:
    assert mask("'postgres://ada:hunter2hunt...example/shop'") == "'postgres://ada:***...example/shop'"


def test_a_token_behind_a_dash_disappears() -> None:
    assert mask("[openai-sk-proj-T3BlbkFJ0123456789abcdef]") == "[openai-***]"
    assert mask("[jwt-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF]") == "[jwt-***]"


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    assert mask("{'password': 'abc', 'user': 'ada'}") == "{'password': '***', 'user': 'ada'}"
    assert mask("postgresql://ada:abc@db.example/shop") == "postgresql://ada:***@db.example/shop"
    assert mask("token=abc&page=2") == "token=***&page=2"


COMPARISONS = {
    "what the statement compares": (
        ">       assert user.password == expected\nE       AssertionError: assert 'lion in a box' == 'lion in a bag'\n"
        "E         \nE         - lion in a bag\nE         + lion in a box"
    ),
    "what it compares in parentheses": (
        ">       assert (\n            user.password\n            == 'lion in a bag'\n        )\n"
        "E       AssertionError: assert 'lion in a box' == 'lion in a bag'"
    ),
    "an assertion of unittest": (
        ">       self.assertEqual(user.password, 'lion in a bag')\n"
        "E       AssertionError: 'lion in a box' != 'lion in a bag'\nE       - lion in a bag\nE       + lion in a box"
    ),
    "where it came from": (
        "assert 'lion in a box' == 'abc'\n  - abc\n  + lion in a box\n  +  where 'lion in a box' = <User ada>.password"
    ),
    "an item": "assert 'lion in a box' == 'abc'\n  + lion in a box\n +  where 'lion in a box' = config['api_key']",
    "an argument": "assert login(password='lion in a box') == 'x'\n  + lion in a box\n  - x",
}


@pytest.mark.parametrize("text", COMPARISONS.values(), ids=list(COMPARISONS))
def test_a_secret_that_stands_alone_in_a_comparison_disappears(text: str) -> None:
    masked = mask(text)

    assert "lion" not in masked
    assert "***" in masked


@pytest.mark.parametrize(
    "text",
    [
        ">       assert user.name == 'password'\nE       AssertionError: assert 'some name' == 'password'",
        ">       assert 'the password field' in page.text\nE       AssertionError: assert 'the password field' in 'other'",
        ">       assert path('etc/passwd') == 'etc_passwd'\nE       AssertionError: assert 'some path' == 'etc_passwd'",
    ],
)
def test_a_comparison_that_only_mentions_a_password_stays(text: str) -> None:
    assert mask(text) == text


def test_what_one_text_names_stands_in_none_beside_it() -> None:
    text = ">       assert user.password == 'lion in a bag'\nE       AssertionError: assert 'box' == 'lion in a bag'"

    message, shown, output = mask_together("assert 'box' == 'lion in a bag'", text, "got 'lion in a bag'")

    assert (message, output) == ("assert 'box' == '***'", "got '***'")
    assert "lion" not in shown


# ---------------------------------------------------------------- node ids


def test_a_node_id_loses_the_secret_of_its_parameters_alone() -> None:
    assert mask_id("tests/test_a.py::test_b[ghp_" + "a1B2" * 9 + "-x]") == "tests/test_a.py::test_b[***-x]"
    assert mask_id("tests.test_a::test_b[password=hunter2]") == "tests.test_a::test_b[password=***]"
    assert mask_id("tests/password=hunter2.py::test_b[1]") == "tests/password=hunter2.py::test_b[1]"
    assert mask_id("tests/test_a.py::test_password") == "tests/test_a.py::test_password"
    assert mask_id("test_a.py::test_b[a[0]-token=(x)]") == "test_a.py::test_b[a[0]-token=***]"


# ---------------------------------------------------------------- secrets known by their value

NAMES = re.compile("TOKEN$|PASSWORD$")
VALUE = "correct-horse-4711-battery-staple"


@pytest.mark.parametrize(
    "text",
    [VALUE, f"x{VALUE}y", "'correct-horse...ry-staple'", "'correct-ho…aple'", "corr...aple", "see correct-horse..."],
)
def test_a_value_of_the_environment_disappears_also_where_it_was_shortened(text: str) -> None:
    known = known_secrets({"DEPLOY_TOKEN": VALUE}, NAMES)

    assert known is not None
    assert not re.search("orse|aple", known.hide(text, MASK))


@pytest.mark.parametrize(
    "text", ["see cor... then", "'corr...ect'", "correct horse", "a correct... staple", "..." * 99]
)
def test_what_only_resembles_a_value_of_the_environment_stays(text: str) -> None:
    known = known_secrets({"DEPLOY_TOKEN": VALUE}, NAMES)

    assert known is not None
    assert known.hide(text, MASK) == text


@pytest.mark.parametrize(
    "value", ["postgres", "changeme", "test_user", "true", "", "aaaaaaaaaaaa", "/usr/bin/env", "~/x"]
)
def test_a_word_or_a_place_is_no_secret_whatever_its_variable_is_called(value: str) -> None:
    assert known_secrets({"DB_PASSWORD": value}, NAMES) is None


@pytest.mark.parametrize(
    "value", ["hunter2-hunter2", "Zq9!kk2L", "abcdEFGHijkl", "thequickbrownfoxjumps", "/a1B2+c3D4/e5"]
)
def test_what_is_no_word_is_a_secret(value: str) -> None:
    known = known_secrets({"DB_PASSWORD": value, "HOME": "/srv/with-4711"}, NAMES)

    assert known is not None
    assert known.hide(f"got '{value}' of /srv/with-4711", MASK) == "got '***' of /srv/with-4711"


def test_a_value_disappears_as_json_repr_and_urls_write_it() -> None:
    value = "a1'b\n\"c2&d3é4"
    known = known_secrets({"DB_PASSWORD": value}, NAMES)

    assert known is not None
    assert known.hide("a1%27b%0A%22c2%26d3%C3%A94", MASK) == MASK
    assert known.hide(repr(value), MASK) == "'***'"
    assert known.hide(value, MASK) == MASK


FRAGMENTS = st.sampled_from(
    [
        *NAMED,
        *SHAPES,
        *HARMLESS,
        *SHORTENED,
        *COMPARISONS.values(),
        ">       assert ",
        "where 'abcd' = ",
        "...",
        "password",
        "=",
        ":",
        "'",
        '"',
        "\\",
        "\n",
        " ",
        "://",
        "@",
        "Bearer ",
        "token",
        "***",
        "(",
        "]",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=12).map("".join))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)

    assert mask(once) == once


@pytest.mark.parametrize(
    "unit",
    ["a", "_", "password", "password=", "password='", "password='''", "password='\\", "password=(", "://", "://a@", "://:", "eyJ", "eyJaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "token_", "Bearer ", "Basic aaaa ", "sk-a", 'cookie:"', 'cookie: a="', '\\"', "--token ", "auth=(", ">assert token == ", "> assert (\n", "where 'aaaa' = a.password x ", "ghp_aa...", "://a:b...", "-eyJaaaaaaaa", "...", "password: a", "password" + " " * 30, "\x1b[", "\n"],
)  # fmt: skip
def test_a_long_text_of_anything_is_no_trouble(unit: str) -> None:
    # Backtracking that goes wrong takes hours here, not seconds: the test would not end.
    text = unit * (300_000 // len(unit)) + "password://@ bearer token cookie"

    assert mask(text) is not None
    assert clean(text) is not None
    assert len(cap(text, 20_000).encode()) <= 20_000


# ---------------------------------------------------------------- cap


def test_short_text_is_not_cut() -> None:
    assert cap("one\ntwo", 20_000) == "one\ntwo"


def test_long_text_loses_its_middle_and_says_how_much() -> None:
    text = "first line\n" + "x" * 50_000 + "\nlast line"

    kept = cap(text, 20_000)

    assert kept.startswith("first line\n")
    assert kept.endswith("\nlast line")
    said = re.search(r"\[\.\.\. ([\d,]+) bytes left out \.\.\.\]", kept)
    assert said is not None
    assert int(said[1].replace(",", "")) == len(text) - (len(kept) - len(said[0]) - 2)


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=400), st.integers(0, 300))
def test_what_is_capped_fits_and_is_text(text: str, limit: int) -> None:
    kept = cap(text, limit)

    assert len(kept.encode("utf-8", "surrogatepass")) <= limit
    assert cap(kept, limit) == kept


# ---------------------------------------------------------------- clean


def test_escapes_and_control_characters_become_visible() -> None:
    assert clean("\x1b[31mred\x1b[0m") == "red"
    assert clean("\x1b]0;title\x07") == "\\x1b]0;title\\x07"
    assert clean("a\rb\x00c\x9bd") == "a\\x0db\\x00c\\x9bd"
    assert clean("a\r\nb\tc") == "a\nb\tc"
    assert clean("\u202edlrow\udc80") == "\\u202edlrow\\udc80"
    assert clean("naïve 😀 ütf") == "naïve 😀 ütf"


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_cleaned_text_can_be_printed_anywhere_and_stays_so(text: str) -> None:
    cleaned = clean(text)

    assert not any(ord(character) < 32 and character not in "\n\t" for character in cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean(cleaned) == cleaned


@given(st.dictionaries(st.text(max_size=8), st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30)))
def test_json_that_hides_nothing_says_the_same(value: dict[str, str]) -> None:
    text = visible_json(json.dumps(value, ensure_ascii=False))

    assert json.loads(text) == value
    assert clean(text) == text
