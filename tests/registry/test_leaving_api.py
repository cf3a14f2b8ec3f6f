"""A provider leaves the register by itself, or is taken off by two persons of the authority (IC12-12.1)."""

from uuid import UUID

import pytest

from tests.registry.examples import Authority, a_provider, an_authority, published
from tests.registry.test_tasks_api import of_provider
from tests.support.world import World


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


@pytest.mark.clause("IC12-12.1", "refuses")
@pytest.mark.clause("IC12-12.1", "accepts")
async def test_nobody_takes_a_provider_off_the_register_alone(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}/withdraw"

    proposed = (await authority.enters.post("registry", path)).ok()
    alone = await authority.enters.post("registry", f"{path}/confirm")
    twice = await authority.verifies.post("registry", path)

    assert proposed["state"] == "registered"
    alone.refused("IC12-12.1", "confirmer_is_proposer")
    twice.problem(409, "wrong_state")
    assert await published(world, "provider_left", about=provider) == []
    assert (await authority.verifies.post("registry", f"{path}/confirm")).ok()["state"] == "left"
    assert len(await published(world, "provider_left", about=provider)) == 1


async def test_a_provider_ends_its_own_registration_without_the_authority(world: World, authority: Authority) -> None:
    provider, other = await a_provider(world, authority), await a_provider(world, authority)
    own = await of_provider(world, provider)
    path = f"/v1/providers/{provider}/withdraw"
    (await authority.enters.post("registry", path)).ok()

    (await own.post("registry", f"/v1/providers/{other}/withdraw")).problem(403, "not_allowed")

    assert (await own.post("registry", path)).ok()["state"] == "left"
    (await authority.verifies.post("registry", f"{path}/confirm")).problem(409, "wrong_state")
    [row] = await world.rows("SELECT leaving_proposed_by FROM registry.providers WHERE id = $1", UUID(str(provider)))
    assert row == {"leaving_proposed_by": None}


async def test_what_was_proposed_is_taken_back_and_proposed_again(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    path = f"/v1/providers/{provider}/withdraw"
    (await authority.enters.post("registry", path)).ok()

    (await authority.enters.post("registry", f"{path}/revoke")).ok()

    (await authority.verifies.post("registry", f"{path}/confirm")).problem(409, "wrong_state")
    (await authority.verifies.post("registry", f"{path}/revoke")).problem(409, "wrong_state")
    (await authority.verifies.post("registry", path)).ok()
    assert (await authority.enters.post("registry", f"{path}/confirm")).ok()["state"] == "left"


async def test_the_tables_hold_that_two_persons_take_a_provider_off(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    for by in ("leaving_proposed_by = id, leaving_confirmed_by = id", "leaving_confirmed_by = id"):
        with pytest.raises(Exception, match="taken_off"):
            await world.rows(f"UPDATE registry.providers SET state = 'left', {by} WHERE id = $1", provider)
