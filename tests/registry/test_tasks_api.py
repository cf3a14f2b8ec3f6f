"""Each desk of the registry sees what waits for it, until when and by which clause."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from tests.registry.examples import CHENGDU, a_paper, a_provider, an_authority, verified
from tests.registry.test_bars_api import a_bar, two_of_finance
from tests.registry.test_imports_api import entered
from tests.support.tasks import named, tasks_about
from tests.support.world import Person, World


async def waits(person: Person, provider: UUID) -> list[tuple[str, str | None, str | None]]:
    return await named(person, "registry", provider)


async def do(person: Person, path: str, body: Any = None) -> Any:
    return (await person.post("registry", path, body)).ok()


async def of_provider(world: World, provider: UUID) -> Person:
    """Somebody who keeps the provider's record."""
    return await world.person("own", duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")


async def test_papers_wait_for_the_provider_then_for_who_verifies(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    own, rival = await of_provider(world, provider), await of_provider(world, uuid4())
    assert await waits(own, provider) == [("enter_evidence", None, "GPL-22.1")]
    assert await waits(rival, provider) == []
    assert await waits(authority.verifies, provider) == []

    paper = a_paper("credit_report")
    evidence = await do(own, f"/v1/providers/{provider}/evidence", {"papers": [paper]})
    assert await waits(own, provider) == []
    [task] = await tasks_about(authority.verifies, "registry", provider)
    assert (task["task"], task["path"], task["clause"]) == (
        "verify_provider",
        f"/v1/providers/{provider}",
        "IC12-12.1",
    )

    await do(authority.verifies, f"/v1/providers/{provider}/verify", {"accepted": [evidence["evidence"][0]["id"]]})
    assert await waits(authority.verifies, provider) == []


async def test_who_entered_a_paper_is_not_shown_its_verification(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)

    await do(authority.enters, f"/v1/providers/{provider}/evidence", {"papers": [a_paper("credit_report")]})

    assert await waits(authority.enters, provider) == []
    assert [task for task, _, _ in await waits(authority.verifies, provider)] == ["verify_provider"]


async def test_the_authority_of_another_city_verifies_nothing_here(world: World) -> None:
    authority, elsewhere = await an_authority(world), await an_authority(world, CHENGDU)
    provider = await a_provider(world, authority)

    await do(authority.enters, f"/v1/providers/{provider}/evidence", {"papers": [a_paper("credit_report")]})

    assert await waits(elsewhere.verifies, provider) == []


async def test_a_bar_waits_for_another_person_of_the_same_office(world: World) -> None:
    proposes, confirms = await two_of_finance(world)
    _, of_another_office = await two_of_finance(world)
    provider = await a_provider(world)

    bar = await do(proposes, f"/v1/providers/{provider}/bars", a_bar(proposes))

    assert await waits(confirms, provider) == [("confirm_bar", None, "IC12-12.1")]
    assert await waits(proposes, provider) == await waits(of_another_office, provider) == []
    await do(confirms, f"/v1/bars/{bar['id']}/confirm")
    assert await waits(confirms, provider) == []


async def test_an_imported_result_waits_for_another_person_than_who_entered_it(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)

    imported = (await entered(authority.enters, provider)).ok()

    [task] = await tasks_about(authority.verifies, "registry", provider)
    assert (task["task"], task["subject"], task["clause"]) == ("confirm_import", imported["id"], "IC12-12.1")
    assert await waits(authority.enters, provider) == []
    await do(authority.verifies, f"/v1/imported-results/{imported['id']}/confirm")
    assert await waits(authority.verifies, provider) == []


async def test_a_reversal_waits_for_another_person_of_the_office_that_barred(world: World) -> None:
    proposes, confirms = await two_of_finance(world)
    provider = await a_provider(world)
    bar = await do(proposes, f"/v1/providers/{provider}/bars", a_bar(proposes))
    await do(confirms, f"/v1/bars/{bar['id']}/confirm")

    why = {"ground": "revoked", "reason": "复议撤销", "document_hash": "ab" * 32}
    reversal = await do(proposes, f"/v1/bars/{bar['id']}/reversals", why)

    assert await waits(confirms, provider) == [("confirm_reversal", None, "IC12-12.1")]
    assert await waits(proposes, provider) == []
    await do(confirms, f"/v1/reversals/{reversal['id']}/confirm")
    assert await waits(confirms, provider) == []


async def test_a_paper_that_expires_waits_for_its_successor(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    own = await of_provider(world, provider)
    await verified(authority, provider, [a_paper("credit_report", valid_until="2022-03-31")])
    await verified(authority, provider, [a_paper("tax", valid_until="2022-04-30")])
    assert await waits(own, provider) == [("renew_evidence", "2022-03-31", "GPL-22.1")]

    await world.today_is(date(2022, 4, 1), hour=0)
    await world.pump()
    first, second = await tasks_about(own, "registry", provider)
    assert (first["last_day"], first["overdue"]) == ("2022-03-31", True)
    assert (second["last_day"], second["overdue"]) == ("2022-04-30", False)

    papers = [a_paper("credit_report", valid_until="2023-03-31")]
    await do(own, f"/v1/providers/{provider}/evidence", {"papers": papers})
    assert await waits(own, provider) == [("renew_evidence", "2022-04-30", "GPL-22.1")]
