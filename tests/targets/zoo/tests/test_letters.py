"""Letters to members; sending is asynchronous since release 1.3."""

import asyncio
import json
import sqlite3
from unittest import mock

import pytest

from seedlibrary import letters, settings
from seedlibrary.letters import Letter, Outbox


def run(coroutine):
    return asyncio.run(coroutine)


@pytest.fixture
def outbox():
    return Outbox()


def test_send(outbox):
    assert run(outbox.send("rosa", "Hello")) == "sent"


def test_send_says_so(outbox):
    assert outbox.send("rosa", "Hello") == "sent"


def test_send_says_so_to_all(outbox):
    answers = [outbox.send(name, "Hello") for name in ("rosa", "emil")]
    assert answers == ["sent", "sent"]


def test_latest(outbox):
    outbox.letters.append(Letter("rosa", "Hello"))
    assert outbox.latest().to == "rosa"


def test_latest_in_the_loop(outbox):
    outbox.letters.append(Letter("rosa", "Hello"))
    assert run(outbox.latest()).to == "rosa"


def test_statistics(outbox):
    assert outbox.statistics()["letters"] == 0


def test_statistics_in_the_loop(outbox):
    assert run(outbox.statistics()) == {"letters": 0, "to": []}


def test_addresses(outbox):
    outbox.letters.append(Letter("rosa", "Hello"))
    assert sorted(outbox.addresses()) == ["rosa"]


def test_statistics_as_json(outbox):
    assert json.loads(json.dumps({"today": outbox.statistics()}))["today"]["letters"] == 0


def test_archive_empties_the_box(outbox):
    outbox.letters.append(Letter("rosa", "Hello"))

    outbox.archive()

    assert outbox.letters == []


def test_statistics_in_the_archive(outbox):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE day (sent)")
    db.execute("INSERT INTO day VALUES (?)", (outbox.send("rosa", "Hello"),))
    assert db.execute("SELECT sent FROM day").fetchone()[0] == "sent"


async def test_remind_one(outbox):
    assert await letters.remind(outbox, ["rosa"]) == 1


@pytest.mark.parametrize("names", [[], ["rosa"], ["rosa", "emil"]])
def test_remind(outbox, names):
    assert run(letters.remind(outbox, names)) == len(names)


def test_fewer_than_two_reminders(outbox):
    assert letters.remind(outbox, ["rosa"]) < 2


@pytest.mark.parametrize("name", ["rosa", "emil"])
def test_greeting(name):
    members = {"rosa": "rosa linde", "emil": "emil ulme"}
    assert run(letters.greeting(members, name)).startswith("Dear ")


def test_carrier_is_awaited():
    carrier = mock.AsyncMock()
    assert run(letters.deliver(carrier, Letter("rosa", "Hello"))) is not None
    carrier.carry_express.assert_awaited_once()


def test_carrier_gives_a_receipt():
    carrier = mock.AsyncMock()
    carrier.carry.return_value = "receipt 7"
    assert run(letters.deliver(carrier, Letter("rosa", "Hello"))) == "receipt 7"


def test_carrier_on_foot():
    carrier = mock.MagicMock()
    assert run(letters.deliver(carrier, Letter("rosa", "Hello"))) is not None


def test_postage():
    assert run(letters.postage({"CH": 1.1}, "CH")) == 1.1


def test_newsletter_to_one():
    carrier = mock.Mock()
    letters.newsletter([{"mail": "rosa@seedlibrary.example", "newsletter": True}], carrier)
    carrier.carry.assert_called_once_with("rosa@seedlibrary.example", "Sowing time")


def test_newsletter_is_one_letter():
    carrier = mock.Mock()
    letters.newsletter([{"mail": "emil@seedlibrary.example", "newsletter": True}], carrier)
    carrier.carry.assert_called_once()


def test_newsletter_to_nobody():
    carrier = mock.Mock()
    letters.newsletter([{"mail": "emil@seedlibrary.example"}], carrier)
    carrier.carry_bulk.assert_not_called()


@pytest.mark.parametrize("width, lines", [(5, 4), (10, 2), (72, 1)])
def test_fold(width, lines):
    assert letters.fold("The beans are here.", width).count("\n") == lines - 1


def test_fold_between_words():
    assert letters.fold("The beans are here.", 10) == "The beans\nare here."


def test_as_json():
    carrier = mock.MagicMock()
    assert "rosa" in letters.as_json(Letter("rosa", "Hello"), carrier)


def test_as_json_with_a_stamp():
    carrier = mock.Mock(stamp=lambda: "wendelstein")
    assert json.loads(letters.as_json(Letter("rosa", "Hello"), carrier))["stamp"] == "wendelstein"


def test_mail():
    assert letters.carry_by_mail(Letter("rosa@seedlibrary.example", "Hello")) is None


def test_sender():
    assert "@" in letters.sender()


def test_sender_is_ours():
    assert letters.sender().endswith("seedlibrary.example")


def test_draft_ends_with_a_line(outbox):
    outbox.archive()
    assert letters.fold("abcabc", 3).split("\n") == ["abc", "abc", ""]


def test_sender_has_a_default():
    assert settings.DEFAULTS.get("sender") is None
