"""The core thread as tests use it: lines asked for and approved over HTTP, and what was paid for them."""

from functools import partial
from typing import Any
from uuid import UUID

from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.journey import Journey, persistent


async def an_approved_line(journey: Journey) -> tuple[dict[str, Any], UUID]:
    """A line that waits for nothing but its evaluation; requests are repeated until they are answered."""
    contract = await a_signed_contract(journey)
    line = await a_payment_line(journey, contract)
    asks = await journey.person("asks", duties={"request_payment"})
    approves = await journey.person("approves", duties={"approve_payment"})
    for person, act in ((asks, "request"), (approves, "approve")):
        path, key = f"/v1/payment-lines/{line}/{act}", f"{line}-{act}"
        (await persistent(partial(person.post, "contracts", path, {}, key=key))).ok()
    return contract, line


async def payments_of(journey: Journey, line: UUID) -> list[str]:
    rows = await journey.rows("SELECT amount FROM contracts.payments WHERE line_id = $1", line)
    return [str(row["amount"]) for row in rows]


async def state_of(journey: Journey, line: UUID) -> str:
    [row] = await journey.rows("SELECT state FROM contracts.payment_lines WHERE id = $1", line)
    return str(row["state"])
