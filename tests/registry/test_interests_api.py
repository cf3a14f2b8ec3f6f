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


NEVER = {"reason": "entered_wrongly", "document_hash": HASH}


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
    [row] = await world.rows(
        "SELECT ground, state FROM registry.declarations d"
        " JOIN registry.private_interest_acts a ON a.interest_id = d.id WHERE d.person_id = $1",
        kin.id,
    )
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


@pytest.mark.clause("GPR-9.1", "accepts")
@pytest.mark.parametrize(("wrongly", "kept_away"), [(True, False), (False, True)], ids=["annulled", "ended"])
async def test_only_what_was_declared_wrongly_keeps_nobody_away(world: World, wrongly: bool, kept_away: bool) -> None:
    authority = await an_authority(world)
    provider, officer, first = await a_provider(world, authority), authority.enters, await supervisor(world)
    known = {"id": officer.id, "key": officer.id, "version": 1, "jurisdiction": "4404", "organisation": officer.id}
    await world.insert("registry", "persons", {**known, "state": "registered"})
    interest = (await declared(first, provider, person_id=str(officer.id), document_hash=HASH)).ok()
    await world.pump()
    (await takes_off(officer, provider)).refused("GPR-9.1", "person_interested")
    path, another = f"/v1/interests/{interest['id']}", await supervisor(world)

    (await first.post("registry", f"{path}/end", NEVER)).refused("GPR-9.1", "ended_by_another")
    assert (await another.post("registry", f"{path}/end", {**over(interest), **NEVER})).status == 422
    assert (await another.post("registry", f"{path}/end", {**NEVER, "reason": "tie_ended"})).status == 422
    said = NEVER if wrongly else over(interest)
    over_now = (await another.post("registry", f"{path}/end", said)).ok()
    await world.pump()

    assert [act["act"] for act in over_now["acts"]] == ["declared", "annulled" if wrongly else "ended"]
    assert [act["acted_by"] for act in over_now["acts"]] == [str(first.id), str(another.id)]
    assert (await officer.get("registry", path)).ok()["acts"][0] == interest["acts"][0], (
        "the declaration stays readable"
    )
    for schema in ("registry", "catalog", "tendering", "contracts", "evaluation"):
        [row] = await world.rows(f"SELECT annulled, until FROM {schema}.interests WHERE person_id = $1", officer.id)
        assert (row["annulled"], row["until"] is None) == (wrongly, wrongly)
    answer = await takes_off(officer, provider)
    assert (answer.status == 422) == kept_away, answer.body


async def test_what_was_annulled_may_be_declared_again_and_every_act_stays_readable(world: World) -> None:
    kin, another = await world.person("kin", duties={"audit"}), await supervisor(world)
    provider = await a_provider(world)
    first = (await declared(kin, provider)).ok()
    path = f"/v1/interests/{first['id']}"

    (await another.post("registry", f"{path}/end", NEVER)).ok()
    (await another.post("registry", f"{path}/end", NEVER)).problem(409, "wrong_state")
    again = (await declared(kin, provider)).ok()

    assert (again["state"], again["ended_by"]) == ("standing", None)
    assert [act["act"] for act in again["acts"]] == ["declared", "annulled", "declared"]


async def test_an_end_has_a_last_day_until_which_it_is_kept_what_stands_has_none(world: World) -> None:
    kin, another, days = await world.person("kin", duties={"audit"}), await supervisor(world), []
    interest = (await declared(kin, await a_provider(world))).ok()
    kept = "SELECT keep_until FROM registry.private_interest_acts WHERE interest_id = $1"

    days += [row["keep_until"] for row in await world.rows(kept, UUID(interest["id"]))]
    (await another.post("registry", f"/v1/interests/{interest['id']}/end", over(interest))).ok()
    days += [row["keep_until"] for row in await world.rows(kept, UUID(interest["id"]))]

    last = date.fromisoformat(interest["declared_on"])
    assert days == [None, *[last.replace(year=last.year + 15)] * 2]
