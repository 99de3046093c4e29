"""Settings come from the environment; what has a default says so here."""

import os
import platform
import sys

DEFAULTS = {"SEEDLIBRARY_CURRENCY": "EUR", "SEEDLIBRARY_SHELVES": "12", "SEEDLIBRARY_LOAN_DAYS": "180"}


class SettingsError(Exception):
    pass


def required(name):
    value = os.environ.get(name)
    if not value:
        raise SettingsError("{} is not set; see docs/settings.md".format(name))
    return value


def vault_key():
    return os.environ["SEEDLIBRARY_VAULT_KEY"]


def region_token():
    return os.environ["SEEDLIBRARY_REGION_TOKEN"]


def currency():
    return os.environ.get("SEEDLIBRARY_CURRENCY", DEFAULTS["SEEDLIBRARY_CURRENCY"])


def number(name):
    """A numeric setting among the defaults."""
    return int(DEFAULTS[name])


def home():
    return os.path.join(os.path.expanduser("~"), "seeds")


def about():
    return {
        "python": "{}.{}".format(*sys.version_info[:2]),
        "node": platform.node(),
        "system": platform.system(),
    }
