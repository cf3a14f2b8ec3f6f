"""A contract is before the public when both have signed, without the persons who did."""

from tests.contracts.examples import a_desk, a_draft, put_to_signature, sign_and_file, written_as, zhuhai_award
from tests.support.stranger import a_stranger
from tests.support.world import World


async def test_a_contract_before_its_signatures_is_nowhere_and_afterwards_names_nobody(world: World) -> None:
    stranger, award = await a_stranger(world), zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)
    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", written_as(award))).ok()
    await put_to_signature(world, desk, contract, award)
    hidden = await stranger.reads(("contracts", f"/v1/contracts/{contract}"))

    await sign_and_file(desk, contract)
    shown = [entry for entry in await stranger.entries() if str(contract) in entry]

    assert str(contract) not in hidden
    assert [entry for entry in shown if "contract_published" in entry]
    people = {str(row["person_id"]) for row in await world.rows("SELECT person_id FROM contracts.accounts")}
    assert [entry for entry in shown if any(person in entry for person in people)] == []
