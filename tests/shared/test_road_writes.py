"""Writes that wait, and rows that are not read twice: what a transaction sees is what the database holds."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.contracts.contracts.records import ContractMoney
from services.contracts.payments import store
from services.contracts.payments.records import LineState, PaymentLine
from services.contracts.tables import payment_lines
from shared.work.database import NotFound, Transaction, VersionMismatch, WrongState
from shared.work.identity import Actor, NotAllowed, Post
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import World


@pytest.fixture
async def line(world: World) -> UUID:
    return await a_payment_line(world, await a_signed_contract(world))


@pytest.fixture
async def tx(world: World) -> AsyncIterator[Transaction]:
    database = world.services["contracts"].database
    async with database.connection() as connection, database.system_transaction(connection) as tx:
        yield tx


async def test_a_write_is_seen_by_whatever_is_read_after_it(tx: Transaction, line: UUID) -> None:
    before = await tx.lock_record(PaymentLine, line)

    await tx.update(payment_lines, line, state="requested")

    [read] = await store.lines_of(tx, before.contract_id)
    assert read.state == LineState.REQUESTED


async def test_writes_to_one_row_keep_their_order(tx: Transaction, line: UUID) -> None:
    for state in ("requested", "approved", "withheld", "planned", "requested"):
        await tx.update(payment_lines, line, state=state)

    assert (await tx.lock_record(PaymentLine, line)).state == "requested"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "requested", "requested_by": uuid4()},
        {"result_id": uuid4(), "result_version": 2, "result": {"passed": None, "score": "84.50", "grade": "good"}},
        {"paid": Decimal("1000")},
        {"state": "approved", "approved_by": None},
    ],
    ids=["plain", "document", "figure", "nothing"],
)
async def test_a_record_that_is_not_read_again_is_as_the_database_holds_it(
    tx: Transaction, line: UUID, values: dict[str, Any]
) -> None:
    before = await tx.lock_record(PaymentLine, line)

    saved = await tx.save(before, replace(before, **values))

    assert shown(saved) == shown(await tx.lock_record(PaymentLine, line))


def shown(line: PaymentLine) -> dict[str, object]:
    """Figures with their places: 1000 is not 1000.00."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in line.columns().items()}


async def test_a_part_and_its_whole_are_read_as_what_waits_leaves_them(tx: Transaction, line: UUID) -> None:
    _, contract = await tx.lock_part(PaymentLine, line, ContractMoney)

    await tx.save(contract, replace(contract, paid=Decimal("12.00")))
    unchanged, contract = await tx.lock_part(PaymentLine, line, ContractMoney)
    await tx.save(unchanged, replace(unchanged, state=LineState.REQUESTED))
    changed, _ = await tx.lock_part(PaymentLine, line, ContractMoney)

    assert contract.paid == Decimal("12.00")
    assert (changed.state, changed.contract_id) == (LineState.REQUESTED, contract.id)


async def test_an_update_that_finds_no_row_fails_where_it_is_sent(tx: Transaction) -> None:
    await tx.update(payment_lines, uuid4(), state="requested")

    with pytest.raises(NotFound):
        await tx.flush()


async def test_what_was_rolled_back_is_forgotten(tx: Transaction, line: UUID) -> None:
    await tx.update(payment_lines, line, state="withheld")

    tx.forget()

    assert (await tx.lock_record(PaymentLine, line)).state == "planned"


async def test_updates_of_one_row_go_out_as_one_that_counts_them_all(tx: Transaction, line: UUID) -> None:
    before = await tx.lock_record(PaymentLine, line)

    await tx.update(payment_lines, line, state="requested", due_days=9)
    await tx.update(payment_lines, line, state="approved")
    await tx.update(payment_lines, line, paid=Decimal("5.00"))

    assert len(tx._writes.take_few()) == 1
    tx.forget()
    for values in ({"state": "requested", "due_days": 9}, {"state": "approved"}, {"paid": Decimal("5.00")}):
        await tx.update(payment_lines, line, **values)
    after = await tx.lock_record(PaymentLine, line)
    assert (after.state, after.due_days, str(after.paid)) == ("approved", 9, "5.00")
    assert after.version == before.version + 3


async def test_an_update_does_not_join_one_before_another_row_of_its_table(
    world: World, tx: Transaction, line: UUID
) -> None:
    other = await a_payment_line(world, await a_signed_contract(world))
    for row, state in ((line, "requested"), (other, "requested"), (line, "approved"), (other, "withheld")):
        await tx.update(payment_lines, row, state=state)

    states = [(await tx.lock_record(PaymentLine, row)).state for row in (line, other)]
    assert states == ["approved", "withheld"]


async def two_lines(world: World) -> tuple[UUID, UUID]:
    contract = await a_signed_contract(world)
    return await a_payment_line(world, contract, number=1), await a_payment_line(world, contract, number=2)


async def held(tx: Transaction, *lines: UUID) -> list[tuple[str, int]]:
    rows = [await tx.connection.fetchrow("SELECT state, version FROM payment_lines WHERE id = $1", id) for id in lines]
    return [(row["state"], row["version"]) for row in rows]


async def test_equal_updates_of_many_rows_go_out_together(world: World, tx: Transaction) -> None:
    one, two = await two_lines(world)
    [(_, before), _] = await held(tx, one, two)

    await tx.update(payment_lines, one, state="requested", due_on=None)
    await tx.update(payment_lines, two, state="approved", due_on=date(2022, 3, 1))
    await tx.flush()

    assert await held(tx, one, two) == [("requested", before + 1), ("approved", before + 1)]
    assert await tx.connection.fetchval("SELECT due_on FROM payment_lines WHERE id = $1", two) == date(2022, 3, 1)


async def test_one_of_many_rows_that_is_not_there_is_missed(world: World, tx: Transaction) -> None:
    one, _ = await two_lines(world)

    await tx.update(payment_lines, one, state="requested")
    await tx.update(payment_lines, uuid4(), state="requested")

    with pytest.raises(NotFound):
        await tx.flush()


async def test_a_row_updated_again_after_another_is_as_it_was_left(world: World, tx: Transaction) -> None:
    one, two = await two_lines(world)
    [(_, before), _] = await held(tx, one, two)

    for line, state in ((one, "requested"), (two, "requested"), (one, "approved")):
        await tx.update(payment_lines, line, state=state)
    await tx.flush()

    assert await held(tx, one, two) == [("approved", before + 2), ("requested", before + 1)]


@pytest.mark.parametrize(
    ("duty", "if_match", "refusal"),
    [
        ("request_payment", '"9"', NotAllowed),
        ("approve_payment", '"9"', VersionMismatch),
        ("approve_payment", "*", WrongState),
    ],
)
async def test_a_part_is_opened_by_a_post_of_its_whole_then_by_its_own_version_and_state(
    tx: Transaction, line: UUID, duty: str, if_match: str, refusal: type[Exception]
) -> None:
    _, contract = await tx.lock_part(PaymentLine, line, ContractMoney)
    post = Post(uuid4(), contract.organisation, contract.jurisdiction, frozenset({duty}))
    tx.actor, tx.if_match = Actor(uuid4(), (post,)), if_match

    with pytest.raises(refusal):
        await tx.open_part(PaymentLine, line, ContractMoney, "approve_payment", states=(LineState.SETTLED,))
