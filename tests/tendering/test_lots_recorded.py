"""What the journal says of the order that was drawn last, where two groups of equals are drawn and confirmed."""

from typing import Any

import pytest

from services.tendering.recorded import LOTS, RECORDED
from services.tendering.scores.events import LotsDrawn

FIRST, LAST = ["a", "b"], ["c", "d"]


def told(*events: dict[str, Any]) -> tuple[object, object]:
    """By whom it is confirmed, and how it stands."""
    [said] = [each for each in RECORDED if each.event is LotsDrawn and each.rows is LOTS]
    row: dict[str, Any] = {}
    for event in events:
        values = {name: value for name, value in said.columns.items() if callable(value)}
        row.update({name: value(event, dict(row)) for name, value in values.items()})
    return row["confirmed_by"], row["state"]


def drawn(order: list[str]) -> dict[str, Any]:
    return {"actor": "draws", "confirmed": False, "order": order}


def confirmed(order: list[str], by: str) -> dict[str, Any]:
    return {"actor": by, "confirmed": True, "order": order}


@pytest.mark.parametrize(
    ("confirmations", "expected"),
    [
        ([confirmed(LAST, "one"), confirmed(FIRST, "two")], ("one", "confirmed")),
        ([confirmed(FIRST, "two"), confirmed(LAST, "one")], ("one", "confirmed")),
        ([confirmed(FIRST, "two")], (None, "drawn")),
    ],
)
def test_who_confirms_the_order_of_another_group_does_not_confirm_this_one(
    confirmations: list[dict[str, Any]], expected: tuple[object, object]
) -> None:
    assert told(drawn(FIRST), drawn(LAST), *confirmations) == expected
