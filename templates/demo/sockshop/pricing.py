"""What a sock costs: the colder, the dearer."""

import os


def price_cents(base_cents, celsius):
    """Half as much again below zero, a third less above thirty."""
    if celsius < 0:
        return base_cents * 3 // 2
    return base_cents * 2 // 3 if celsius > 30 else base_cents


def label(cents):
    """The price as it hangs on the sock, in the currency of the house."""
    currency = os.environ.get("SOCKSHOP_CURRENCY", "EUR")
    return "{:.2f} {}".format(cents / 100, currency)


def parse_label(text):
    """The cents behind a label."""
    amount, _, currency = text.partition(" ")
    if not currency:
        raise ValueError("a price needs a currency: {!r}".format(text))
    return round(float(amount) * 100)
