"""Loans: who has what, until when, and what that costs."""

import datetime
import uuid

from seedlibrary import release

FEE = 0.5
"""Euros for each packet."""
_RULES = {}


class Overdue(TimeoutError):
    """A loan ran out."""


class Loan:
    def __init__(self, member, seed, due, packets=1):
        self.id = str(uuid.uuid4())
        self.member = member
        self.seed = seed
        self.due = due
        self.packets = packets

    def is_overdue(self, today=None):
        return (today or datetime.date.today()) > self.due

    def renew(self, days, today):
        if (today - self.due).days > 14:
            raise Overdue("timed out: {} kept {} {} days too long".format(self.member, self.seed, (today - self.due).days))
        self.due += datetime.timedelta(days=days)
        return self.due


def fee(packets):
    return packets * FEE


def price(packets, discount=0.0):
    """In cents, rounded to the customer's favour."""
    cents = packets * FEE * 100 * (1 - discount)
    if release.at_least("1.5"):
        return int(cents / 10 + 1) * 10
    return int(cents)


def register_rule(name, rule):
    if name in _RULES:
        raise ValueError("rule {!r} is already registered".format(name))
    _RULES[name] = rule


def rules():
    return sorted(_RULES)


def borrow(member, seed, level):
    """Rare seeds are for members of a higher level."""
    if level >= member["level"]:
        raise PermissionError("{} may not borrow {} (level {})".format(member["name"], seed, level))
    return Loan(member["name"], seed, datetime.date.today() + datetime.timedelta(days=180))


def receipt(loan):
    return "{} lent to {} on {}".format(loan.seed, loan.member, datetime.date.today().isoformat())


def returns(packets):
    """Two packets come back for each that was lent, and one for the house from ten on."""
    return packets * 2 + (1 if packets > 10 else 0)


def statement(loans):
    return sum(price(loan.packets) for loan in loans)
