"""For whose part a result speaks."""

from datetime import date
from uuid import uuid4

from services.registry.successions.rules import speaks_for


def test_a_result_speaks_for_those_whose_place_was_taken_by_its_day() -> None:
    provider, before, earlier = uuid4(), uuid4(), uuid4()
    places = [(provider, before, date(2022, 3, 1)), (before, earlier, date(2021, 1, 1))]

    assert speaks_for(provider, date(2022, 2, 28), places) == {provider}
    assert speaks_for(provider, date(2022, 3, 1), places) == {provider, before, earlier}
