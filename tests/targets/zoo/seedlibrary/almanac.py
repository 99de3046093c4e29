"""When to sow, and which season it is."""

import calendar
import datetime
import locale


def season_year(today=None):
    """The season begins in November."""
    today = today or datetime.date.today()
    return today.year + 1 if today.month >= 11 else today.year


def sow_by(frost, days):
    """The last day to sow so that `days` lie between it and the first frost."""
    return frost - datetime.timedelta(days=days - 1)


def germination(sown, days):
    return sown + datetime.timedelta(days=days)


def month_name(month, language=None):
    if language is None:
        return calendar.month_name[month]
    locale.setlocale(locale.LC_TIME, language)
    return datetime.date(2000, month, 1).strftime("%B")


def vault_time(moment):
    """The vault in Longyearbyen keeps its own time; its zone file is installed with its software."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Vault/Longyear"))


def moon(day):
    """0 is new, 4 is full: in eighths of the month."""
    return ((day - datetime.date(2000, 1, 6)).days % 29.53) // (29.53 / 8)


def is_sowing_time(month):
    return 3 <= month <= 5
