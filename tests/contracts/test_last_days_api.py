"""A payment is due from its result on, whether or not anybody has asked for it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest

from shared.events.tendering import PaymentTerm
from tests.contracts.examples import (
    Desk,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    lines_of,
    row_of,
    zhuhai_award,
)
from tests.support.examples import an_acceptance
from tests.support.world import Person, World


@dataclass
class Due:
    """A contract in which the line after the advance waits for its acceptance."""

    world: World
    desk: Desk
    contract: UUID
    advance: UUID
    line: UUID
    overseer: Person

    async def accepted(self, *, passed: bool = True) -> None:
        event = an_acceptance(await row_of(self.world, self.contract), self.line, passed=passed)
        await self.world.emit("evaluation", event)
        await self.world.pump()

    async def seen(self) -> dict[str, Any]:
        return dict((await self.desk.asks.get("contracts", f"/v1/payment-lines/{self.line}")).ok())

    async def tasks(self, person: Person) -> list[tuple[str, str | None, bool]]:
        found = (await person.get("contracts", "/v1/tasks")).ok()
        return [(t["task"], t["last_day"], t["overdue"]) for t in found if t["subject"] == str(self.line)]


@pytest.fixture
async def due(world: World) -> Due:
    award = zhuhai_award(world).model_copy(update={"organisation": uuid4(), "provider_id": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    advance, line, _ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    overseer = await world.person("overseer", duties={"supervise"}, organisation=uuid4())
    return Due(world, desk, contract, advance, line, overseer)


async def test_the_last_day_counts_from_the_acceptance_when_nobody_has_asked(due: Due) -> None:
    assert (await due.seen())["due_on"] is None

    await due.accepted()

    shown = await due.seen()
    assert (shown["state"], shown["due_on"]) == ("planned", "2022-03-31")
    assert [(f["code"], f["clause"]) for f in shown["explain"]] == [("payment_overdue", "ZH21-23.4")]
    assert await due.tasks(due.desk.asks) == [("request_payment", "2022-03-31", False)]


async def test_what_was_not_accepted_is_not_due(due: Due) -> None:
    await due.accepted(passed=False)

    assert (await due.seen())["due_on"] is None
    assert await due.tasks(due.desk.asks) == [("request_payment", None, False)]


async def test_both_parties_are_told_the_last_day(due: Due) -> None:
    await due.accepted()

    told = await due.world.rows("SELECT * FROM contracts.notices WHERE subject = $1", due.line)
    row = await row_of(due.world, due.contract)
    assert {(n["kind"], n["facts"]["last_day"]) for n in told} == {("payment_due", "2022-03-31")}
    assert {n["recipient_organisation"] for n in told} == {row["organisation"], row["provider_id"]}


async def test_asking_late_moves_no_last_day_and_what_nobody_asked_for_becomes_overdue(due: Due) -> None:
    await due.accepted()
    await due.world.today_is(date(2022, 3, 21))
    body = {"papers": None}
    (await due.desk.asks.post("contracts", f"/v1/payment-lines/{due.line}/request", body)).ok()

    assert (await due.seen())["due_on"] == "2022-03-31"
    assert await due.tasks(due.desk.approves) == [("approve_payment", "2022-03-31", False)]

    await due.world.today_is(date(2022, 4, 1))
    await due.world.pump()
    late = ("watch_overdue_payment", "2022-03-31", True)
    assert await due.tasks(due.desk.approves) == [("approve_payment", "2022-03-31", True)]
    for watches in (due.desk.receives, due.desk.countersigns, due.overseer):
        assert await due.tasks(watches) == [late]
    assert [f["code"] for f in (await due.seen())["findings"]] == ["payment_overdue"]
    told = await due.world.rows("SELECT kind FROM contracts.notices WHERE subject = $1", due.line)
    assert [n["kind"] for n in told].count("payment_overdue") == 2

    released = (await due.desk.approves.post("contracts", f"/v1/payment-lines/{due.line}/approve")).ok()
    assert (released["state"], released["due_on"]) == ("released", "2022-03-31")


async def test_an_advance_that_nobody_asks_for_is_due_from_the_signing_on(world: World) -> None:
    award = zhuhai_award(world).model_copy(update={"organisation": uuid4(), "provider_id": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    advance, by_result, _ = await lines_of(world, contract)

    async def seen(line: UUID) -> dict[str, Any]:
        return dict((await desk.asks.get("contracts", f"/v1/payment-lines/{line}")).ok())

    last = (await row_of(world, contract))["signed_on"] + timedelta(days=30)
    assert [(await seen(line))["due_on"] for line in (advance, by_result)] == [str(last), None]
    await world.today_is(last)
    await world.pump()
    assert (await seen(advance))["findings"] == []
    await world.today_is(last + timedelta(days=1))
    await world.pump()
    assert [f["code"] for f in (await seen(advance))["findings"]] == ["payment_overdue"]
    told = await world.rows("SELECT kind FROM contracts.notices WHERE subject = $1", advance)
    assert [n["kind"] for n in told] == ["payment_overdue"] * 2
    tasks = (await desk.countersigns.get("contracts", "/v1/tasks")).ok()
    assert [t["last_day"] for t in tasks if t["task"] == "watch_overdue_payment"] == [str(last)]
    assert (await ask_and_approve(desk, advance))["due_on"] == str(last)


@pytest.mark.parametrize(("kind", "counted_from"), [("advance", "signing"), ("instalment", "end"), ("final", "end")])
async def test_what_waits_for_no_result_is_due_from_signing_or_end_and_no_later_than_from_its_approval(
    world: World, kind: Literal["advance", "instalment", "final"], counted_from: str
) -> None:
    lines = [
        PaymentTerm(number=1, kind=kind, amount=Decimal("80000.00"), gate="contract", due_days=10),
        PaymentTerm(number=2, kind="final", amount=Decimal("120000.00"), gate="acceptance"),
    ]
    award = zhuhai_award(world, payments=lines).model_copy(update={"organisation": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    line, _ = await lines_of(world, contract)
    [before] = await world.rows("SELECT due_on FROM contracts.payment_lines WHERE id = $1", line)

    approved = await ask_and_approve(desk, line)

    today = (await row_of(world, contract))["signed_on"]
    since = today if counted_from == "signing" else award.terms.ends_on
    assert before["due_on"] == since + timedelta(days=10)
    assert approved["due_on"] == str(min(before["due_on"], today + timedelta(days=10)))
