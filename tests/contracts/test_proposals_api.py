"""That a contract ends, or its draft is not signed, is taken back by who proposed it, or refused by who may confirm."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.contracts.examples import (
    Desk,
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    a_written_contract,
    zhuhai_award,
)
from tests.support.world import Person, World


async def a_contract(world: World, *, signed: bool) -> tuple[Desk, UUID, Person]:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await (a_contract_in_force if signed else a_written_contract)(world, desk, award)
    return desk, contract, await world.person("other", duties={"sign_contract"})


def path_of(contract: UUID, signed: bool) -> str:
    return f"/v1/contracts/{contract}/{'terminations' if signed else 'withdrawals'}"


async def proposed(desk: Desk, path: str, ground: str) -> Any:
    return (await desk.signs.post("contracts", path, {"ground": ground, "reason": "情况见附件"})).ok()


async def told(world: World, contract: UUID, name: str) -> list[bool]:
    rows = await world.rows(
        "SELECT entry::jsonb -> 'event' -> 'withdrawn' AS withdrawn FROM contracts.journal"
        " WHERE subject = $1 AND type = $2 ORDER BY version",
        *(contract, f"goufu.contracts.{name}.v1"),
    )
    return [row["withdrawn"] for row in rows]


@pytest.mark.parametrize("signed", [True, False], ids=["a contract", "a draft"])
@pytest.mark.parametrize("by_proposer", [True, False], ids=["taken back", "refused"])
async def test_what_is_taken_back_is_not_confirmed_and_what_is_proposed_anew_is(
    world: World, by_proposer: bool, signed: bool
) -> None:
    desk, contract, other = await a_contract(world, signed=signed)
    path = path_of(contract, signed)
    (await other.post("contracts", f"{path}/revoke")).problem(409, "wrong_state")
    await proposed(desk, path, "public_interest_harm")

    (await (desk.signs if by_proposer else other).post("contracts", f"{path}/revoke")).ok()

    (await other.post("contracts", f"{path}/confirm")).problem(409, "wrong_state")
    assert await told(world, contract, f"{'termination' if signed else 'withdrawal'}_proposed") == [False, True]
    await proposed(desk, path, "public_interest_harm")
    ended = (await other.post("contracts", f"{path}/confirm")).ok()
    assert ended["state"] == ("terminated" if signed else "withdrawn")


@pytest.mark.parametrize(
    ("signed", "ground", "status"),
    [(True, "agreement", 200), (True, "public_interest_harm", 403), (False, "refusal", 200)],
)
async def test_the_provider_refuses_what_it_may_confirm_and_nothing_else(
    world: World, signed: bool, ground: str, status: int
) -> None:
    desk, contract, _ = await a_contract(world, signed=signed)
    path = path_of(contract, signed)
    await proposed(desk, path, ground)

    assert (await desk.countersigns.post("contracts", f"{path}/revoke")).status == status


async def test_who_has_no_part_in_the_contract_refuses_nothing(world: World) -> None:
    desk, contract, _ = await a_contract(world, signed=True)
    await proposed(desk, path_of(contract, True), "agreement")
    stranger = await world.person("stranger", duties={"sign_contract", "sign_for_provider"}, organisation=uuid4())

    (await stranger.post("contracts", f"{path_of(contract, True)}/revoke")).problem(403, "not_allowed")


async def test_a_draft_that_is_signed_after_all_leaves_no_proposal_by_which_another_ends_it(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    other = await world.person("other", duties={"sign_contract"})
    await proposed(desk, path_of(contract, False), "public_interest_harm")

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    (await other.post("contracts", f"{path_of(contract, True)}/confirm")).problem(409, "wrong_state")
    assert await told(world, contract, "withdrawal_proposed") == [False, True]
    with pytest.raises(asyncpg.CheckViolationError, match="ending_of_what_is_signed"):
        await world.rows(
            "UPDATE contracts.contracts SET ending_ground = 'refusal', ending_proposed_by = $2 WHERE id = $1",
            *(contract, uuid4()),
        )
