"""The comment: what a reviewer reads first, that it fits whatever the size, and that text of the suite stays text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from testaudit.model import Comparison, Finding, NodeId, StillFailing
from testaudit.report import markdown
from testaudit.report.markdown_text import code, line_of, prose

BITS = ["`", "``", "|", "<b>", "<!--", "-->", "@octocat", "[x](http://e.example)", "![x](y)", "*", "_", "\\", "#1", "&lt;",
        "https://e.example", "www.e.example", "\n", "\n\n# h", "- ", "1. ", "~~", "***", "\u202e", "\x00", "</details>", " "]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(BITS) | st.text(max_size=4), min_size=1, max_size=14).map("".join)
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Rendered(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, source):
        super().__init__()
        self.tags = []
        self.words = ""
        self.comments = []
        self.feed(RENDERER.render(source))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words += data

    def handle_comment(self, data):
        self.comments.append(data)


def plain(text):
    """What can be compared: white space, backticks and invisible breaks away."""
    return re.sub(r"[\s`\u200b]", "", text)


@given(HOSTILE)
def test_prose_shows_the_text_and_is_no_markup(text):
    page = Rendered(prose(text))

    assert set(page.tags) <= {"p", "code"}
    assert page.comments == []
    assert plain(page.words) == plain(line_of(text, 400))


@given(HOSTILE)
def test_code_shows_the_text_and_is_no_markup(text):
    page = Rendered(f"- {code(text)}")

    assert set(page.tags) <= {"ul", "li", "code"}
    assert page.comments == []
    assert plain(page.words) == plain(line_of(text, 200).replace("##[", "# #["))


@given(HOSTILE)
def test_prose_in_a_table_stays_in_its_cell(text):
    page = Rendered(f"| a | b |\n|---|---|\n| {prose(text.replace('`', ''))} | end |\n")

    assert page.tags.count("td") == 2
    assert page.words.rstrip().endswith("end")


@pytest.mark.parametrize("call", ["@octocat", "#12", "GH-12", "https://e.example", "www.e.example", "org/repo#3"])
def test_nobody_is_called_and_nothing_linked_in_the_finished_page(call):
    shown = Rendered(prose(f"see {call} now")).words

    assert call not in shown
    assert call in shown.replace("\u200b", "")


def test_the_verdict_comes_first_behind_the_mark_for_the_bot(compared):
    lines = markdown.dump(compared).splitlines()

    assert lines[0] == "<!-- testaudit -->"
    assert lines[1] == "## ❌ Gate failed: shop"
    assert lines[3] == "Do not trust this suite yet: 1 test fails that did not."


def test_checks_say_why_and_what_to_do_and_warnings_are_no_failures(compared):
    text = markdown.dump(compared)

    assert "- ❌ **new-failures**: 1 test fails that did not<br>→ Mend it." in text
    assert "- ⚠️ **loosened**: 1 test checks less<br>→ Say why." in text


def test_figures_have_a_trend_against_the_baseline(compared):
    text = markdown.dump(compared)

    assert "| Pass rate | 80.5 % | 83.3 % | ↓ 2.8 points |" in text
    assert "| Tests | 37 | 36 | ↑ 1 |" in text
    assert "| Duration | 3.4 s | 3.0 s | ↑ 14 % |" in text


def test_new_stands_open_and_good_news_are_folded(compared):
    text = markdown.dump(compared)

    assert "### Since the baseline of 2026-11-01 (2 files changed since origin/main)" in text
    assert (
        "**1 new failure**\n\n- `tests/test_delivery.py::test_parcel_arrives[by bike]`: @&#8203;shop/delivery" in text
    )
    assert "- `tests/test_old.py::test_till`: 3 cases then, 1 now" in text
    assert "- `tests/test_cart.py::test_sum`: == became in: `assert total == 12` → `assert total in (12, 13)`" in text
    assert "<details><summary>1 known failure fixed</summary>" in text
    assert "<details><summary>1 quarantined test to release</summary>" in text
    assert "`tests/test_a.py::test_x` → `tests/test_b.py::test_x`" in text
    assert "<details><summary>5 known failures</summary>" in text


def test_failures_by_cause_name_owners_and_new_ones_come_first(compared):
    text = markdown.dump(compared)

    new, known = text.index("AssertionError: assert 'under way'"), text.index("sqlite3.OperationalError: no such table")
    assert new < known
    assert "**new** · unknown · owners `@shop/delivery` · last changed by Ada in abc1234, 2026-11-20" in text
    assert "known, does not block · environment · at `shop/orders.py:41` · owners `@shop/orders`" in text


def test_old_findings_are_one_line(compared):
    text = markdown.dump(compared)

    assert "### 2 new findings" in text
    assert "4 older findings, known at the baseline." in text
    assert "3 findings are gone since then." in text
    assert "TA701" not in text


@pytest.mark.parametrize("limit", [65_000, 20_000])
def test_it_fits_whatever_the_size_and_counts_what_is_cut(crowd, limit):
    text = markdown.render(crowd, limit)

    assert len(text.encode()) <= limit
    assert text.startswith("<!-- testaudit -->\n## ❌")
    assert re.search(r"- … \d,\d{3} more\n", text)
    assert re.search(r"❌ \d+ (more )?failed checks", text)
    assert re.search(r"… \d,\d{3} more causes", text)


def test_a_crowd_of_hostile_words_is_no_markup(crowd):
    page = Rendered(markdown.dump(crowd))

    ours = {"h2", "h3", "p", "ul", "ol", "li", "code", "strong", "br", "details", "summary", "sub"}
    assert set(page.tags) <= ours | {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.comments == [" testaudit "]


@pytest.mark.parametrize("kind", ["sick", "healthy", "not_run", "incomplete", "empty", "huge", "compared"])
def test_every_fold_is_closed_and_no_line_is_a_command(request, kind):
    text = markdown.dump(request.getfixturevalue(kind))

    assert text.count("<details>") == text.count("</details>")
    assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)
    assert "\n\n\n\n" not in text


def test_an_unknown_environment_and_a_missing_baseline_are_said(sick):
    other = replace(
        sick, comparison=Comparison(baseline="b.json", known_failures=(StillFailing(NodeId("a"), untracked=True),))
    )
    since = replace(sick, comparison=Comparison(since="main", changed=("x",), new_skips=(NodeId("a"),)))

    assert "### Since the baseline (it does not know the environment without a name)" in markdown.dump(other)
    assert "**1 known failure past its day, or untracked**" in markdown.dump(other)
    assert "### Since main (1 file changed)" in markdown.dump(since)


def test_no_secret_of_a_test_id_or_message_is_told(sick):
    token = "ghp_" + "a1B2" * 9
    failure = replace(
        sick.failures[0], node_ids=(NodeId(f"t.py::test[{token}]"),), message=f"got {token}", advice=token
    )
    found: tuple[Finding, ...] = (replace(sick.findings[0], message=f"uses {token}"),)
    audit = replace(sick, failures=(failure,), findings=found, notes=(token,), repairs=())

    text = markdown.dump(audit)

    assert token not in text
    assert "t.py::test[***]" in text
