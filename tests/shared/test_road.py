from uuid import uuid4

from tests.support.world import World


async def test_a_world_opens(world: World) -> None:
    person = await world.person("a", duties={"request_payment"})

    answer = await person.get("contracts", f"/v1/payment-lines/{uuid4()}")

    answer.problem(404, "not_found")
