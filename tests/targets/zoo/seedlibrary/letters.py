"""Letters to members: written here, sent by whoever carries them. Sending is asynchronous."""

import asyncio
import json
import smtplib

from seedlibrary import settings


class Letter:
    def __init__(self, to, text):
        self.to = to
        self.text = text


class Outbox:
    def __init__(self):
        self.letters = []

    async def send(self, to, text):
        await asyncio.sleep(0)
        self.letters.append(Letter(to, text))
        return "sent"

    async def latest(self):
        await asyncio.sleep(0)
        return self.letters[-1]

    async def addresses(self):
        return [letter.to for letter in self.letters]

    async def archive(self):
        await asyncio.sleep(0)
        self.letters.clear()

    async def statistics(self):
        return {"letters": len(self.letters), "to": sorted({letter.to for letter in self.letters})}


async def address_of(members, name):
    await asyncio.sleep(0)
    return members[name]


async def greeting(members, name):
    """The letter's first line, for the envelope's window."""
    address = address_of(members, name)
    return "Dear " + address.title()


async def remind(outbox, names):
    for name in names:
        await outbox.send(name, "Please bring your seeds back.")
    return len(names)


async def deliver(carrier, letter):
    """Hand a letter to a carrier, and wait for its receipt."""
    return await carrier.carry(letter)


async def postage(table, country):
    return await table[country]


def carry_by_mail(letter):
    with smtplib.SMTP("127.0.0.1", 10025, timeout=1) as server:
        server.sendmail(settings.DEFAULTS.get("sender", "library@seedlibrary.example"), letter.to, letter.text)


def sender():
    return settings.required("SEEDLIBRARY_MAIL_SENDER")


def newsletter(members, carrier):
    """Send the newsletter to all that want it."""
    for member in members:
        if member.get("newsletter"):
            carrier.carry_bulk(member["mail"], subject="Sowing time", body=fold("The beans are here."))


def fold(text, width=72):
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def as_json(letter, carrier):
    return json.dumps({"to": letter.to, "text": letter.text, "stamp": carrier.stamp()})
