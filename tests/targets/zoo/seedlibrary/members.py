"""Members of the library."""

import argparse

LEVELS = ("seedling", "gardener", "keeper")


class Members:
    """A register in memory; numbers are given in turn."""

    def __init__(self, first=1000):
        self._next = first
        self.by_number = {}

    def join(self, name, level="seedling"):
        number = self._next
        self._next += 1
        self.by_number[number] = {"name": name, "level": LEVELS.index(level)}
        return number

    def leave(self, number):
        del self.by_number[number]

    def promote(self, number):
        member = self.by_number[number]
        member["level"] = min(member["level"] + 1, len(LEVELS) - 1)
        return LEVELS[member["level"]]

    def __len__(self):
        return len(self.by_number)


def initials(name):
    return "".join(part[0].upper() for part in name.split())


def is_valid_mail(text):
    return "@" in text


def parse(arguments):
    parser = argparse.ArgumentParser(prog="seedlibrary", add_help=False)
    parser.add_argument("--member", type=int, required=True)
    parser.add_argument("--level", choices=LEVELS, default="seedling")
    return parser.parse_args(arguments)


def decode_card(raw):
    """The name on an old member card."""
    return raw.decode("utf-8")
