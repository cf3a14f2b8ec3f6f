"""A declared interest is a record of the person: every service holds it, and only another person ends it (GPR-9.1)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.examples import HASH, a_provider, an_authority
from tests.registry.test_persons_api import a_person, an_administrator
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, Reply, World
from tests.tendering.rounds import a_formed_panel, a_reviewed_procurement, a_sheet


def over(interest: dict[str, Any], days: int = 0) -> dict[str, str]:
    last_day = date.fromisoformat(interest["declared_on"]) + timedelta(days=days)
    return {"last_day": last_day.isoformat(), "reason": "tie_ended", "document_hash": HASH}


async def declared(person: Person, provider: UUID, **more: Any) -> Reply:
    return await person.post("registry", "/v1/interests", {"provider_id": str(provider), "ground": "kinship", **more})


async def supervisor(world: World) -> Person:
    return await world.person("supervisor", duties={"supervise"}, organisation=uuid4(), jurisdiction="4404")


async def takes_off(person: Person, provider: UUID) -> Reply:
    return await person.post("registry", f"/v1/providers/{provider}/withdraw")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_who_declares_an_interest_decides_nothing_more_about_that_provider_anywhere(world: World) -> None:
    authority = await an_authority(world)
    provider, other = await a_provider(world, authority), await a_provider(world, authority)
    kin = authority.enters

    kept = (await declared(kin, provider)).ok()
    await world.pump()

    (await takes_off(kin, provider)).refused("GPR-9.1", "person_interested")
    (await takes_off(kin, other)).ok()
    for schema in ("catalog", "tendering", "contracts", "evaluation"):
        [row] = await world.rows(f"SELECT * FROM {schema}.interests WHERE person_id = $1", kin.id)
        assert (str(row["id"]), row["organisation_id"], row["until"]) == (kept["id"], provider, None)


async def test_a_kin_pays_nothing_to_the_provider(world: World) -> None:
    kin = await world.person("kin", duties={"request_payment"})
    provider = await a_provider(world)
    contract = await a_signed_contract(world)
    line = await a_payment_line(world, contract)
    await world.rows("UPDATE contracts.contracts SET provider_id = $1 WHERE id = $2", provider, contract["id"])
    (await declared(kin, provider)).ok()
    await world.pump()

    answer = await kin.post("contracts", f"/v1/payment-lines/{line}/request", {})

    answer.refused("GPR-9.1", "person_interested")


async def test_a_member_cannot_take_back_an_interest_and_score(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    kin, *_ = await a_formed_panel(world, reviewed.purchase, declared=False)
    path = f"{reviewed.purchase.path}/panel/declaration"
    interest = {"provider_id": str(reviewed.providers[0].id), "ground": "kinship"}
    (await kin.post("tendering", path, {"interests": [interest]})).ok()

    (await kin.post("tendering", path, {"interests": []})).ok()

    sheet = a_sheet(reviewed, ("40", "20"), ("25", "20"), ("25", "12"))
    answer = await kin.post("tendering", f"{reviewed.purchase.path}/scores", sheet)
    answer.refused("GPR-9.1", "member_interested")


async def test_a_panel_formed_anew_does_not_forget_what_a_member_declared(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    kin, *_ = await a_formed_panel(world, reviewed.purchase, declared=False)
    bidder = reviewed.providers[0].id
    interest = {"provider_id": str(bidder), "ground": "kinship"}
    (await kin.post("tendering", f"{reviewed.purchase.path}/panel/declaration", {"interests": [interest]})).ok()

    await world.rows("DELETE FROM tendering.panel_members WHERE person_id = $1", kin.id)

    await world.post_for(kin, {"publish_notice"}, reviewed.purchase.organisation, reviewed.purchase.jurisdiction)
    ground = {"ground": "task_cancelled", "reason": "flood"}
    answer = await kin.post("tendering", f"{reviewed.purchase.path}/cancellation", ground)
    assert "person_interested" in {finding["code"] for finding in answer.json.get("findings", [])}, answer.body
    await world.pump()
    [row] = await world.rows("SELECT ground, state FROM registry.declarations WHERE person_id = $1", kin.id)
    assert row == {"ground": "panel", "state": "standing"}
    [known] = await world.rows("SELECT organisation_id FROM contracts.interests WHERE person_id = $1", kin.id)
    assert known["organisation_id"] == bidder


async def test_an_interest_is_ended_by_somebody_else_with_a_reason_and_counts_three_years_more(world: World) -> None:
    authority = await an_authority(world)
    provider, kin = await a_provider(world, authority), authority.enters
    interest = (await declared(kin, provider)).ok()
    path = f"/v1/interests/{interest['id']}/end"
    await world.post_for(kin, {"supervise"}, uuid4(), "4404")
    another = await supervisor(world)

    (await kin.post("registry", path, over(interest))).refused("GPR-9.1", "person_interested")
    assert (await another.post("registry", path, over(interest, -1))).status == 422
    assert (await another.post("registry", path, over(interest, 1))).status == 422
    ended = (await another.post("registry", path, over(interest))).ok()
    assert (ended["state"], ended["last_day"]) == ("ended", interest["declared_on"])
    (await another.post("registry", path, over(interest))).problem(409, "wrong_state")

    last = date.fromisoformat(interest["declared_on"])
    await world.today_is(last.replace(year=last.year + 3))
    (await takes_off(kin, provider)).refused("GPR-9.1", "person_interested")
    await world.today_is(last.replace(year=last.year + 3) + timedelta(days=1))
    (await takes_off(kin, provider)).ok()


async def test_another_persons_interest_is_declared_by_a_supervisor_with_evidence(world: World) -> None:
    known = await a_person(await an_administrator(world))
    provider, another = await a_provider(world), await supervisor(world)
    about = {"person_id": known["id"]}
    stranger = await world.person("stranger", duties={"approve_award"})

    (await declared(stranger, provider, **about, document_hash=HASH)).problem(403, "not_allowed")
    assert (await declared(another, provider, **about)).problem(422, "field")["errors"][0]["code"] == "evidence"
    interest = (await declared(another, provider, **about, document_hash=HASH)).ok()

    assert (interest["person_id"], interest["declared_by"]) == (known["id"], str(another.id))
    path = f"/v1/interests/{interest['id']}"
    (await another.post("registry", f"{path}/end", over(interest))).refused("GPR-9.1", "ended_by_another")
    (await (await supervisor(world)).post("registry", f"{path}/end", over(interest))).ok()
    (await stranger.get("registry", path)).problem(404)
    assert (await another.get("registry", path)).ok()["ground"] == "kinship"


async def test_the_same_interest_declared_again_is_one_record_and_stands_again(world: World) -> None:
    kin, provider, another = (
        await world.person("kin", duties={"audit"}),
        await a_provider(world),
        await supervisor(world),
    )
    first = (await declared(kin, provider)).ok()

    assert (await declared(kin, provider)).ok()["id"] == first["id"]
    (await another.post("registry", f"/v1/interests/{first['id']}/end", over(first))).ok()
    again = (await declared(kin, provider)).ok()

    assert (again["id"], again["state"], again["last_day"]) == (first["id"], "standing", None)
    assert (await declared(kin, uuid4())).status == 404
