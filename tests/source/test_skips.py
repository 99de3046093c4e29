"""Is a skip conditional, and does it name an issue?"""

from __future__ import annotations

from pathlib import Path

import pytest

from testaudit.config import Config
from testaudit.source.interface import Sources, sources_of

HEAD = "import sys\nimport unittest\nfrom contextlib import suppress\nimport pytest\n\n"


def suite(text: str, config: Config | None = None) -> tuple[Sources, int]:
    """The sources of a text, and the line that ends with `# here`."""
    whole = HEAD + text
    line = next(number for number, found in enumerate(whole.split("\n"), 1) if found.rstrip().endswith("# here"))
    sources = sources_of({"test_a.py": whole}, config or Config(), root=Path("/nowhere"))
    return sources, line


def unconditional(text: str) -> bool | None:
    sources, line = suite(text)
    return sources.is_unconditional("test_a.py", line)


@pytest.mark.parametrize(
    "text",
    [
        "def test_one():\n    pytest.skip('no')  # here\n",
        "def test_one():\n    value = 1\n    raise unittest.SkipTest('no')  # here\n",
        "class TestIt(unittest.TestCase):\n    def test_one(self):\n        self.skipTest('no')  # here\n",
        "@pytest.mark.skip(reason='no')  # here\ndef test_one():\n    pass\n",
        "@pytest.mark.skip(reason='no')\ndef test_one():  # here\n    pass\n",
        "@unittest.skip('no')\nclass TestIt:  # here\n    def test_one(self):\n        pass\n",
        "@pytest.mark.xfail\ndef test_one():  # here\n    pass\n",
        "@pytest.mark.xfail(True, reason='no')\ndef test_one():  # here\n    pass\n",
        "@unittest.expectedFailure\ndef test_one(self):  # here\n    pass\n",
        "def test_one(tmp_path):\n    with open(tmp_path):\n        pytest.xfail('no')  # here\n",
    ],
)
def test_nothing_guards_it(text: str) -> None:
    assert unconditional(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "def test_one():\n    if sys.platform == 'win32':\n        pytest.skip('no')  # here\n",
        "def test_one():\n    try:\n        import x\n    except ImportError:\n        pytest.skip('no')  # here\n",
        "def test_one(kind):\n    for _ in kind:\n        pytest.skip('no')  # here\n",
        "def test_one(kind):\n    match kind:\n        case 1:\n            pytest.skip('no')  # here\n",
        "def test_one(kind):\n    with suppress(ValueError):\n        pytest.skip('no')  # here\n",
        "def test_one(kind):\n    if kind:\n        return\n    pytest.skip('no')  # here\n",
        "def test_one(kind):\n    kind or pytest.skip('no')  # here\n",
        "@pytest.mark.skipif(sys.platform == 'win32', reason='no')\ndef test_one():  # here\n    pass\n",
        "@unittest.skipUnless(sys.platform == 'win32', 'no')\ndef test_one():  # here\n    pass\n",
        "@pytest.mark.xfail(sys.platform == 'win32', reason='no')\ndef test_one():  # here\n    pass\n",
    ],
)
def test_something_guards_it(text: str) -> None:
    assert unconditional(text) is False


def test_where_no_mark_stands_nothing_can_be_told() -> None:
    assert unconditional("@other\ndef test_one():  # here\n    pass\n") is None


def test_a_file_that_is_not_there_cannot_be_told() -> None:
    sources, _ = suite("pass  # here\n")

    assert sources.is_unconditional("gone.py", 3) is None
    assert sources.issue_reference_near("gone.py", 3, "broken") is False
    assert sources.function_at("gone.py", 3) is None


@pytest.mark.parametrize(
    "reason",
    ["#123", "see GH-12", "GH 4711: rounding", "ABC-77", "https://example.org/x/1", "issue 9", "Bug 17", "bpo-38086"],
)
def test_a_reason_names_an_issue(reason: str) -> None:
    sources, line = suite("def test_one():\n    pytest.skip('no')  # here\n")

    assert sources.issue_reference_near("test_a.py", line, reason)


@pytest.mark.parametrize(
    "reason", ["", "broken", "needs PYTHON-312", "UTF-8 names", "needs ISO-8859", "RFC-2616", "&#39;", "only 3 left"]
)
def test_a_reason_names_no_issue(reason: str) -> None:
    sources, line = suite("def test_one():\n    pytest.skip('no')  # here\n")

    assert not sources.issue_reference_near("test_a.py", line, reason)


@pytest.mark.parametrize(
    "text",
    [
        "# Rounding, see #12.\n@pytest.mark.skip\ndef test_one():  # here\n    pass\n",
        "@pytest.mark.skip  # GH-12\ndef test_one():  # here\n    pass\n",
        "def test_one():\n    # issue 12\n    pytest.skip('no')  # here\n",
        "@pytest.mark.skip\ndef test_one():  # here\n    '''See https://example.org/12.'''\n",
    ],
)
def test_a_comment_beside_it_names_the_issue(text: str) -> None:
    sources, line = suite(text)

    assert sources.issue_reference_near("test_a.py", line, "broken")


def test_the_configuration_says_what_an_issue_looks_like() -> None:
    sources, line = suite("def test_one():\n    pytest.skip('no')  # here\n", Config(issue_pattern=r"T\d+"))

    assert sources.issue_reference_near("test_a.py", line, "see T12")
    assert not sources.issue_reference_near("test_a.py", line, "see #12")
