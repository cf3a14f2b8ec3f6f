"""Results of before Goufu, entered by one person and confirmed by another."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import HASH, Authority, a_provider, an_authority, published
from tests.support.world import Person, Reply, World


@pytest.fixture(scope="module")
async def authority(world: World) -> Authority:
    return await an_authority(world)


def a_result(person: Person) -> dict[str, Any]:
    return {
        "organisation": str(person.organisation),
        "jurisdiction": "4404",
        "rulebook": "zhuhai-2021",
        "grade": "good",
        "score": "91.50",
        "concluded_on": "2021-11-30",
        "evidence_hash": HASH,
    }


async def entered(person: Person, provider: UUID, **changes: Any) -> Reply:
    return await person.post("registry", f"/v1/providers/{provider}/imported-results", {**a_result(person), **changes})


async def test_an_imported_result_counts_once_another_person_confirms_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    imported = (await entered(authority.enters, provider)).ok()
    assert await published(world, "provider_preferred", about=provider) == []

    confirmed = await authority.verifies.post("registry", f"/v1/imported-results/{imported['id']}/confirm")

    assert (confirmed.ok()["state"], confirmed.json["score"]) == ("counted", "91.50")
    [event] = await published(world, "provider_preferred", about=provider)
    assert (event["cause"], event["grade"], event["concluded_on"]) == (imported["id"], "good", "2021-11-30")


async def test_who_entered_a_result_does_not_confirm_it(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    imported = (await entered(authority.enters, provider, grade="poor")).ok()

    answer = await authority.enters.post("registry", f"/v1/imported-results/{imported['id']}/confirm")

    answer.refused(code="confirmer_is_proposer")
    assert await published(world, "provider_watched", about=provider) == []


async def test_a_result_is_confirmed_once(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    imported = (await entered(authority.enters, provider)).ok()
    path = f"/v1/imported-results/{imported['id']}/confirm"
    (await authority.verifies.post("registry", path)).ok()

    (await authority.verifies.post("registry", path)).problem(409, "wrong_state")


async def test_a_result_of_tomorrow_is_a_wrong_field(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)

    (await entered(authority.enters, provider, concluded_on="2022-03-01")).ok()
    answer = await entered(authority.enters, provider, concluded_on="2022-03-02")

    assert answer.problem(422, "field")["errors"][0]["code"] == "in_the_future"


@pytest.mark.parametrize("score", ["100.01", "-1", "1e2", "９１", "91.555", 91.5])
async def test_a_score_that_is_none_is_a_wrong_field(world: World, authority: Authority, score: object) -> None:
    provider = await a_provider(world, authority)

    (await entered(authority.enters, provider, score=score)).problem(422, "field")


async def test_only_an_authority_of_the_jurisdiction_imports(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    elsewhere = await an_authority(world, "5101")

    (await entered(elsewhere.enters, provider)).problem(403, "not_allowed")


async def test_an_import_is_shown_to_those_whom_it_concerns(world: World, authority: Authority) -> None:
    provider = await a_provider(world, authority)
    imported = (await entered(authority.enters, provider)).ok()
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction="4404")
    stranger = await world.person(duties={"maintain_provider"}, organisation=uuid4(), jurisdiction="4404")
    path = f"/v1/imported-results/{imported['id']}"

    assert (await owner.get("registry", path)).ok()["state"] == "proposed"
    assert (await authority.verifies.get("registry", path)).headers["etag"] == '"1"'
    (await stranger.get("registry", path)).problem(404, "not_found")
