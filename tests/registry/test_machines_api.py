"""Programs that act for themselves: what they may do, and that they are told from persons everywhere."""

from uuid import UUID, uuid4

import pytest

from shared.web.issuer import ISSUER
from shared.work.identity import MACHINE_DUTIES, MACHINES
from shared.work.weight import LIGHT
from tests.registry.examples import HASH, a_provider, an_authority
from tests.support.world import Person, World


async def a_registered_one(world: World, duties: list[str], *, machine: bool) -> tuple[Person, Person, UUID]:
    """A registration authority's program or person, as it is registered, with a post; its administrator."""
    authority = await world.organisation("registration_authority", "4404")
    admin = await world.person("admin", duties={"administer_posts"}, organisation=authority, jurisdiction="4404")
    account, about = f"system-{uuid4().hex[:8]}", {"organisation": str(authority), "jurisdiction": "4404"}
    body = {**about, "issuer": ISSUER, "account": account, "machine": machine}
    registered = (await admin.post("registry", "/v1/persons", body)).ok()
    assert registered["machine"] is machine
    posted = await admin.post("registry", f"/v1/persons/{registered['id']}/posts", {**about, "duties": duties})
    second = await world.person("second", duties={"administer_posts"}, organisation=authority, jurisdiction="4404")
    for proposed in posted.ok()["proposed"]:
        (await second.post("registry", f"/v1/posts/{proposed['id']}/confirm")).ok()
    await world.pump()
    token = world.issuer.token(account, audience=world.settings.audience, client=machine)
    return Person(world, UUID(registered["id"]), authority, token, account), admin, authority


def a_result(organisation: UUID) -> dict[str, str]:
    about = {"organisation": str(organisation), "jurisdiction": "4404", "grade": "good", "score": "91.50"}
    return {**about, "concluded_on": "2021-11-30", "rulebook": "zhuhai-2021", "evidence_hash": HASH}


async def test_a_program_enters_what_its_system_knows_a_person_confirms_it_and_the_record_tells_them_apart(
    world: World,
) -> None:
    program, _, authority = await a_registered_one(world, ["import_result"], machine=True)
    person = await world.person("confirms", duties={"import_result"}, organisation=authority, jurisdiction="4404")
    provider = await a_provider(world, await an_authority(world))

    entered = await program.post("registry", f"/v1/providers/{provider}/imported-results", a_result(authority))
    path = f"/v1/imported-results/{entered.ok()['id']}/confirm"

    assert (await program.post("registry", path)).problem(403, "not_allowed")["duty"] == "end_user"
    (await person.post("registry", path)).ok()
    rows = await world.rows(
        "SELECT entry::jsonb ->> 'actor' AS actor, entry::jsonb -> 'machine' AS machine FROM registry.journal"
        " WHERE kind = 'event' AND actor = ANY($1) ORDER BY recorded_at, version",
        [program.id, person.id],
    )
    assert {(row["actor"], row["machine"]) for row in rows} == {(str(program.id), True), (str(person.id), None)}


@pytest.mark.parametrize("machine", [True, False])
async def test_an_account_is_used_by_the_kind_of_token_it_was_linked_for(world: World, machine: bool) -> None:
    registered, _, authority = await a_registered_one(world, ["import_result"], machine=machine)
    provider = await a_provider(world, await an_authority(world))
    path, audience = f"/v1/providers/{provider}/imported-results", world.settings.audience
    other = Person(world, registered.id, authority, "", registered.account)
    other.token = world.issuer.token(registered.account, audience=audience, client=not machine)

    assert (await other.get("registry", "/v1/me")).ok()["person_id"] is None
    (await other.post("registry", path, a_result(authority))).problem(403, "not_allowed")
    assert (await registered.get("registry", "/v1/me")).ok()["person_id"] == str(registered.id)
    (await registered.post("registry", path, a_result(authority))).ok()


async def test_a_program_is_given_no_duty_that_decides_and_a_person_is(world: World) -> None:
    program, admin, authority = await a_registered_one(world, ["import_result"], machine=True)
    person, *_ = await a_registered_one(world, ["import_result", "verify_provider"], machine=False)
    body = {"organisation": str(authority), "jurisdiction": "4404", "duties": ["verify_provider"]}

    refused = await admin.post("registry", f"/v1/persons/{program.id}/posts", body)

    [error] = refused.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.duties", "not_for_a_machine")
    assert person.id != program.id


async def test_duties_that_are_no_programs_count_for_nothing_even_when_they_stand_in_the_table(world: World) -> None:
    program = await world.person("broken", duties={"approve_payment", "record_receipt"}, machine=True)

    [post] = (await program.get("registry", "/v1/me")).ok()["posts"]

    assert post["duties"] == ["record_receipt"]


def test_no_command_of_programs_decides() -> None:
    deciding = ("sign", "approve", "open", "score", "award", "bar", "confirm", "conclude", "review", "administer")

    assert [name for name in (*MACHINES, *MACHINE_DUTIES) if name.startswith(deciding)] == []
    assert MACHINES.keys().isdisjoint(LIGHT)
