"""A drafted contract that cannot or need not be signed is given up; the module's clock only goes forward."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import ProviderBarred
from tests.contracts.examples import (
    Desk,
    a_cleared_contract,
    a_desk,
    a_written_contract,
    line_state,
    lines_of,
    zhuhai_award,
)
from tests.support.world import Person, World


async def a_draft(world: World, **changes: Any) -> tuple[Desk, UUID, Person]:
    """A contract written in full, and a second person who may sign for the purchaser."""
    award = zhuhai_award(world, **changes)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    return desk, contract, await world.person("other", duties={"sign_contract"})


async def proposed(desk: Desk, contract: UUID, ground: str) -> Any:
    body = {"ground": ground, "reason": "双方未能签约，情况见附件"}
    return await desk.signs.post("contracts", f"/v1/contracts/{contract}/withdrawals", body)


async def confirmed(person: Person, contract: UUID) -> Any:
    return await person.post("contracts", f"/v1/contracts/{contract}/withdrawals/confirm")


async def told(world: World, contract: UUID) -> dict[str, Any]:
    [row] = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal WHERE subject = $1 AND type = $2",
        contract,
        "goufu.contracts.contract_withdrawn.v1",
    )
    event: dict[str, Any] = row["event"]
    return event


async def test_a_provider_that_refuses_says_so_and_its_draft_is_given_up(world: World) -> None:
    desk, contract, _ = await a_draft(world)
    (await proposed(desk, contract, "refusal")).ok()

    ended = (await confirmed(desk.countersigns, contract)).ok()

    assert (ended["state"], ended["signed_on"]) == ("withdrawn", None)
    event = await told(world, contract)
    assert (event["ground"], event["clause"], event["procurement_id"]) == (
        "refusal",
        "GPR-49.1",
        ended["procurement_id"],
    )
    assert [(await line_state(world, line))[0] for line in await lines_of(world, contract)] == ["cancelled"] * 3
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).problem(409, "wrong_state")


@pytest.mark.clause("GPR-49.1", "refuses")
async def test_that_it_refuses_is_not_the_purchasers_word_alone(world: World) -> None:
    desk, contract, other = await a_draft(world)
    (await proposed(desk, contract, "refusal")).ok()

    (await confirmed(other, contract)).refused("GPR-49.1", "refusal_not_shown")


@pytest.mark.clause("GPL-50.1", "refuses")
async def test_one_person_alone_gives_no_draft_up(world: World) -> None:
    desk, contract, other = await a_draft(world)
    (await proposed(desk, contract, "public_interest_harm")).ok()

    (await confirmed(desk.signs, contract)).refused("GPL-50.1", "ended_alone")
    assert (await confirmed(other, contract)).ok()["state"] == "withdrawn"


async def test_a_provider_that_may_be_contracted_with_is_not_unfit_and_a_barred_one_is(world: World) -> None:
    provider = uuid4()
    world.provider, before = provider, world.provider
    desk, contract, other = await a_draft(world)
    world.provider = before

    (await proposed(desk, contract, "unfit_provider")).refused("GPL-22.1", "provider_fit")
    bar: dict[str, Any] = {
        "rulebook": "national-procurement",
        "clause": "GPL-77.1",
        "effect": "bar",
        "jurisdiction": "000000",
    }
    about: dict[str, Any] = {
        "organisation": provider,
        "provider_id": provider,
        "cause": uuid4(),
        "from_day": date(2022, 3, 1),
    }
    await world.emit("registry", ProviderBarred(**bar, **about))
    await world.pump()
    (await proposed(desk, contract, "unfit_provider")).ok()

    assert (await confirmed(other, contract)).ok()["state"] == "withdrawn"
    assert (await told(world, contract))["clause"] == "GPL-22.1"


async def test_a_renewal_and_only_a_renewal_may_be_left_unsigned(world: World) -> None:
    desk, contract, _ = await a_draft(world)

    (await proposed(desk, contract, "not_renewed")).refused("D102-24.1", "not_a_renewal")


@pytest.mark.clause("GPL-46.1", "refuses")
async def test_before_its_first_day_a_contract_can_still_be_signed(world: World) -> None:
    desk, contract, _ = await a_draft(world)

    (await proposed(desk, contract, "term_begun")).refused("GPL-46.1", "term_not_begun")


async def test_nothing_is_confirmed_that_nobody_proposed(world: World) -> None:
    _, contract, other = await a_draft(world)

    (await confirmed(other, contract)).problem(409, "wrong_state")


async def test_a_signed_contract_is_not_withdrawn(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    (await proposed(desk, contract, "public_interest_harm")).problem(409, "wrong_state")


@pytest.mark.clause("GPL-46.1", "accepts")
async def test_on_the_first_day_of_its_service_an_unsigned_draft_may_be_given_up(world: World) -> None:
    _, contract, _ = await a_draft(world)
    await world.today_is(date(2022, 4, 1))
    later = [await world.person("later", duties={"sign_contract"}) for _ in range(2)]
    body = {"ground": "term_begun", "reason": "服务起始日已过，尚未签约"}

    (await later[0].post("contracts", f"/v1/contracts/{contract}/withdrawals", body)).ok()
    assert (await confirmed(later[1], contract)).ok()["state"] == "withdrawn"


@pytest.mark.parametrize("signed", [True, False])
async def test_after_the_days_to_sign_silence_is_refusal_if_the_purchaser_has_signed(
    world: World, signed: bool
) -> None:
    award = zhuhai_award(world, starts_on=date(2023, 4, 1), ends_on=date(2024, 3, 31))
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    if signed:
        (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    [row] = await world.rows(
        "SELECT due_at FROM contracts.deadlines WHERE kind = 'contract_signing' AND subject = $1", contract
    )
    last = row["due_at"].date()
    for day, status in ((last, 422), (last + timedelta(days=1), 200 if signed else 422)):
        await world.today_is(day)
        later = [await world.person("later", duties={"sign_contract"}) for _ in range(2)]
        body = {"ground": "refusal", "reason": "到期未签"}
        (await later[0].post("contracts", f"/v1/contracts/{contract}/withdrawals", body)).ok()
        assert (await confirmed(later[1], contract)).status == status
