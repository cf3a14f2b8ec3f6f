"""When what identifies a person may be erased.

GPL-42.1  the file of a purchase is kept for years from its end, and says who acted in it; so whoever acted in a matter,
          or is named in one, stays known until those years are over since the last that was recorded of it.
GPR-9.1   who was with a supplier keeps away from its purchases for years; nobody could tell that of a person who has
          been erased.
"""

from dataclasses import dataclass
from datetime import date

from services.registry.rulebook import FileSection, TieSection
from shared.fields.days import years_later
from shared.law.decision import Decision, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Known:
    """The last day of which any service's record tells of a matter of the person, and the last day of a post with a
    supplier; None: there was none."""

    recorded: date | None
    with_supplier: date | None


def may_erase(known: Known, files: FileSection, interest: TieSection, today: date) -> Decision[Known]:
    """May what identifies this person be erased today?"""
    years, ties = files.file_retention_years, interest.recusal_lookback_years.value
    over = _is_over(known.recorded, years.value, today)
    apart = _is_over(known.with_supplier, ties, today)
    return decide(
        [
            finding("record_kept", years.clause, over, last_recorded_on=known.recorded or "never", years=years.value),
            of_person(
                "tie_counts",
                interest.recusal_grounds.clause("employment"),
                apart,
                last_day=known.with_supplier or "never",
            ),
        ],
        known,
    )


def _is_over(last: date | None, years: int, today: date) -> bool:
    """Whether so many years have passed since the end of that day."""
    return last is None or years_later(last, years) < today


def latest(days: list[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
