"""Which version of an organisation's facts held on a day."""

from datetime import date

from services.registry.changes.rules import in_force

DAY = date(2022, 3, 1)


def test_a_version_holds_from_its_first_day_on_and_a_later_entry_prevails() -> None:
    begins = [(1, None), (2, DAY), (3, date(2022, 3, 2))]

    assert in_force(begins, date(2022, 2, 28)) == 1
    assert in_force(begins, DAY) == 2
    assert in_force(begins, date(2022, 3, 2)) == 3
    assert in_force([(1, DAY)], date(2022, 2, 28)) is None
