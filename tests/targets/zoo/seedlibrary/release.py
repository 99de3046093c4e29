"""Which release this is: the packager writes it into `release.txt`."""

import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "release.txt")) as _file:
    RELEASE = _file.read().strip()


def at_least(wanted):
    return tuple(map(int, RELEASE.split("."))) >= tuple(map(int, wanted.split(".")))


def parse_version(text):
    """`1.4.2` -> (1, 4, 2)."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
