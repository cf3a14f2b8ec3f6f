"""Periods in months and years, as the Civil Code counts them (art. 200-202): to the corresponding day, and to the last
day of a month that has none."""

import calendar
from datetime import date, timedelta


def months_later(day: date, months: int) -> date:
    """The corresponding day so many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    return months_later(day, 12 * years)


def last_day(first: date, months: int) -> date:
    """The last day of a period that begins with `first`: the day before the corresponding day, or the end of a month
    that has no such day."""
    corresponding = months_later(first, months)
    return corresponding - timedelta(days=1) if corresponding.day == first.day else corresponding
