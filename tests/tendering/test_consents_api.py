from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.support.tasks import named
from tests.support.world import Person, Reply, World
from tests.tendering.examples import (
    CAPABILITY,
    CHENGDU,
    PLAN,
    RESPONSE,
    Purchase,
    a_cleared_project,
    a_drafted_file,
    an_open_procurement,
)
from tests.tendering.rounds import a_panel, a_scored_procurement, an_opened_procurement, panel_people
from tests.tendering.test_procurements_api import opened

CONSULTATION = "competitive_consultation"
DIRECT = {"purpose": "direct_choice", "method": "direct_choice"}


@dataclass
class Authorities:
    """Who consents to what this purchaser does: its own second person, the unit above it, finance of the city."""

    second_person: Person
    supervising_unit: Person
    city_finance: Person


async def authorities(purchase: Purchase) -> Authorities:
    world, place, city = purchase.world, purchase.jurisdiction, purchase.jurisdiction.split("/")[0]
    unit = await world.organisation("supervising_unit", place)
    bureau = await world.organisation("finance_bureau", city)
    return Authorities(
        await world.person(
            "second", duties={"consent_as_second"}, organisation=purchase.organisation, jurisdiction=place
        ),
        await world.person("superior", duties={"consent_as_supervisor"}, organisation=unit, jurisdiction=place),
        await world.person("finance", duties={"approve_exception"}, organisation=bureau, jurisdiction=city),
    )


async def asked(purchase: Purchase, authority: str, **changed: Any) -> Reply:
    given = {"purpose": "other_method", "method": CONSULTATION, "authority": authority, "reason": "需求难以事先确定"}
    path = f"/v1/projects/{purchase.project_id}/consents"
    return await purchase.officer.post("tendering", path, {**given, **changed})


async def answered(person: Person, consent: dict[str, Any], given: bool = True) -> Reply:
    path = f"/v1/consents/{consent['id']}/answer"
    return await person.post("tendering", path, {"given": given, "reason": "情况属实"})


async def consented(purchase: Purchase, by: Authorities, authority: str, **changed: Any) -> dict[str, Any]:
    person: Person = getattr(by, authority)
    given: dict[str, Any] = (await answered(person, (await asked(purchase, authority, **changed)).ok())).ok()
    return given


async def both(purchase: Purchase) -> Authorities:
    """The supervising unit and finance consent to a consultation."""
    by = await authorities(purchase)
    for authority in ("supervising_unit", "city_finance"):
        await consented(purchase, by, authority)
    return by


async def listed(purchase: Purchase, person: Person) -> list[dict[str, Any]]:
    found: Any = (await person.get("tendering", f"/v1/projects/{purchase.project_id}/consents")).json
    return list(found)


async def a_large_project(world: World) -> Purchase:
    return await a_cleared_project(world, city=CHENGDU, budget="4000000.00")


@pytest.mark.clause("GPL-27.1", "accepts")
@pytest.mark.clause("C214-4.1", "accepts")
async def test_with_both_consents_a_consultation_above_the_amount_opens_and_uses_them(world: World) -> None:
    purchase = await a_large_project(world)
    await both(purchase)

    procurement = (await opened(purchase, method=CONSULTATION)).ok()

    shown = await listed(purchase, purchase.officer)
    assert {(each["authority"], each["state"], each["used_for"]) for each in shown} == {
        ("supervising_unit", "used", procurement["id"]),
        ("city_finance", "used", procurement["id"]),
    }
    assert {"GPL-27.1", "C214-4.1"} <= {each["clause"] for each in procurement["explain"]}


@pytest.mark.clause("C214-4.1", "refuses")
async def test_finance_is_not_asked_before_the_supervising_unit_has_consented(world: World) -> None:
    purchase = await a_large_project(world)
    by = await authorities(purchase)
    waiting = (await asked(purchase, "supervising_unit")).ok()

    (await asked(purchase, "city_finance")).refused("C214-4.1", "consent_before_missing")
    (await answered(by.supervising_unit, waiting)).ok()
    (await asked(purchase, "city_finance")).ok()


@pytest.mark.clause("GPL-27.1", "refuses")
async def test_without_the_word_of_finance_it_does_not_open(world: World) -> None:
    purchase = await a_large_project(world)
    by = await authorities(purchase)
    await consented(purchase, by, "supervising_unit")
    pending = (await asked(purchase, "city_finance")).ok()

    (await opened(purchase, method=CONSULTATION)).refused("GPL-27.1", "open_tender_needed")
    (await answered(by.city_finance, pending, given=False)).ok()
    (await opened(purchase, method=CONSULTATION)).refused("GPL-27.1", "open_tender_needed")


async def test_what_was_consented_to_reaches_up_to_its_amount(world: World) -> None:
    """The catalog clears the project anew with a fen more: the word of both was about less."""
    purchase = await a_large_project(world)
    await both(purchase)
    await world.rows("UPDATE tendering.projects SET budget = 4000000.01 WHERE id = $1", purchase.project_id)

    (await opened(purchase, method=CONSULTATION)).refused("GPL-27.1", "open_tender_needed")


@pytest.mark.parametrize("way", ["the purchaser", "finance"])
async def test_before_it_is_used_a_consent_is_taken_back_by_either_side(world: World, way: str) -> None:
    purchase = await a_large_project(world)
    by = await both(purchase)
    [consent] = await listed(purchase, by.city_finance)

    if way == "finance":
        (await answered(by.city_finance, consent, given=False)).ok()
    else:
        (await purchase.officer.post("tendering", f"/v1/consents/{consent['id']}/withdraw")).ok()

    (await opened(purchase, method=CONSULTATION)).refused("GPL-27.1", "open_tender_needed")


async def test_what_a_procurement_rests_on_is_not_taken_back(world: World) -> None:
    purchase = await a_large_project(world)
    by = await both(purchase)
    (await opened(purchase, method=CONSULTATION)).ok()
    [consent] = await listed(purchase, by.city_finance)

    (await answered(by.city_finance, consent, given=False)).problem(409, "wrong_state")
    (await purchase.officer.post("tendering", f"/v1/consents/{consent['id']}/withdraw")).problem(409, "wrong_state")


async def test_who_asked_does_not_answer_whatever_posts_they_hold(world: World) -> None:
    purchase = await a_cleared_project(world, city=CHENGDU, budget="399999.99")
    await world.post_for(purchase.officer, {"consent_as_second"}, purchase.organisation, CHENGDU)
    consent = (await asked(purchase, "second_person", **DIRECT)).ok()

    (await answered(purchase.officer, consent)).refused("CD17-18.2", "consenter_asked")
    assert [each["state"] for each in await listed(purchase, purchase.officer)] == ["asked"]


@pytest.mark.parametrize(
    ("kind", "duty", "place"),
    [
        ("finance_bureau", "approve_exception", CHENGDU),
        ("finance_bureau", "approve_exception", "5103"),
        ("supervising_unit", "consent_as_supervisor", "5101"),
    ],
)
async def test_neither_the_district_nor_another_city_nor_the_unit_above_approves_for_finance(
    world: World, kind: str, duty: str, place: str
) -> None:
    purchase = await a_large_project(world)
    by = await authorities(purchase)
    await consented(purchase, by, "supervising_unit")
    consent = (await asked(purchase, "city_finance")).ok()
    body = await world.organisation(kind, place)
    other = await world.person("other", duties={duty}, organisation=body, jurisdiction=place)

    assert (await answered(other, consent)).status == 403
    (await answered(by.city_finance, consent)).ok()


async def test_a_consent_waits_for_its_authority_alone_until_it_answers(world: World) -> None:
    purchase = await a_large_project(world)
    by = await authorities(purchase)
    consent = (await asked(purchase, "supervising_unit")).ok()
    project = str(purchase.project_id)

    people = (by.second_person, by.supervising_unit, by.city_finance)
    waiting = [[task for task, *_ in await named(person, "tendering", project)] for person in people]
    assert waiting == [[], ["answer_consent"], []]
    (await answered(by.supervising_unit, consent)).ok()
    assert await named(by.supervising_unit, "tendering", project) == []


async def test_what_no_text_lets_be_consented_to_is_told_so(world: World) -> None:
    purchase = await a_cleared_project(world)

    told = (await asked(purchase, "second_person", **DIRECT)).problem(422, "field")

    assert told["errors"][0]["code"] == "consent_not_foreseen"


async def test_a_page_is_cut_from_what_the_reader_sees(world: World) -> None:
    """The supervising unit was asked first, and finance, which sees its own consent alone, has a whole first page."""
    purchase = await a_large_project(world)
    by = await both(purchase)
    path = f"/v1/projects/{purchase.project_id}/consents?limit=1"

    page = await by.city_finance.get("tendering", path)
    first = await purchase.officer.get("tendering", path)

    assert [each["authority"] for each in page.ok()] == ["city_finance"]
    assert [each["authority"] for each in first.ok()] == ["supervising_unit"]


@pytest.mark.clause("CD17-18.2", "refuses")
@pytest.mark.clause("CD17-18.2", "accepts")
async def test_a_second_person_lets_another_purchase_choose_directly(world: World) -> None:
    """The rule lets it pass then; how it is made no text at hand says, and that is told."""
    purchase = await a_cleared_project(world, city=CHENGDU, budget="399999.99")
    by = await authorities(purchase)
    (await opened(purchase, method="direct_choice")).refused("CD17-18.2", "choice_not_competitive")

    given = await consented(purchase, by, "second_person", **DIRECT)

    assert "CD17-18.2" in {each["clause"] for each in given["explain"]}
    told = (await opened(purchase, method="direct_choice")).problem(422, "field")
    assert told["errors"][0]["code"] == "method_not_carried"
    [unused] = await listed(purchase, by.second_person)
    assert unused["state"] == "given"


async def test_the_word_of_a_person_with_an_interest_in_a_bidder_carries_no_award(world: World) -> None:
    """Who bids was unknown when it was given; another of the same authority may consent, and the purchase goes on."""
    scored = await a_scored_procurement(world)
    purchase = scored.purchase
    by = await authorities(purchase)
    [now] = await world.rows("SELECT clock.now() AS now")
    given = {
        **{"id": uuid4(), "key": purchase.project_id, "version": 2, "jurisdiction": purchase.jurisdiction},
        **{"organisation": purchase.organisation, "purpose": "other_method", "method": CONSULTATION},
        **{"authority": "city_finance", "place": "4404", "amount": 220000, "rulebook": "zhuhai-2021@1"},
        **{"clause": "GPL-27.1", "reason": "x", "asked_by": purchase.officer.id, "asked_at": now["now"]},
        **{"state": "used", "decided_by": by.city_finance.id, "decided_at": now["now"], "answer": "x"},
        "used_for": UUID(purchase.procurement_id),
    }
    await world.insert("tendering", "consents", given)
    await world.post_for(by.city_finance, {"submit_bid"}, scored.providers[1].id, "4404")
    path = f"{purchase.path}/awards"
    body: dict[str, Any] = {"acknowledged": []}

    (await purchase.officer.post("tendering", path, body)).refused("GPR-9.1", "consenter_interested")
    other = {**given, "id": uuid4(), "decided_by": uuid4(), "state": "given", "used_for": None}
    await world.insert("tendering", "consents", {**other, "id": uuid4(), "method": "open_tender"})
    (await purchase.officer.post("tendering", path, body)).refused("GPR-9.1", "consenter_interested")
    await world.insert("tendering", "consents", other)
    (await purchase.officer.post("tendering", path, body)).ok()
    [now_used] = await world.rows("SELECT state FROM tendering.consents WHERE id = $1", other["id"])
    assert now_used["state"] == "used", "what the award rests on can be taken back"


OWN_EXPERTS = {"purpose": "own_experts", "ground": "draw_failed"}


@pytest.mark.clause("C214-14.1", "refuses")
@pytest.mark.clause("C214-14.1", "accepts")
async def test_the_purchaser_chooses_the_experts_with_the_consent_of_its_supervising_unit(world: World) -> None:
    purchase = (await an_opened_procurement(world)).purchase
    by = await authorities(purchase)
    body = a_panel(await panel_people(world, purchase), draw_reference=None)
    (await purchase.officer.post("tendering", f"{purchase.path}/panel", body)).refused("C214-14.1", "experts_not_drawn")

    await consented(purchase, by, "supervising_unit", **OWN_EXPERTS)
    formed = (await purchase.officer.post("tendering", f"{purchase.path}/panel", body)).ok()

    assert "C214-14.1" in {each["clause"] for each in formed["explain"]}
    [consent] = await listed(purchase, purchase.officer)
    assert (consent["state"], consent["used_for"]) == ("used", purchase.procurement_id)


@pytest.mark.clause("GPR-39.1", "refuses")
async def test_on_no_other_ground_than_those_of_the_text_does_it_ask(world: World) -> None:
    purchase = (await an_opened_procurement(world)).purchase

    ground = {**OWN_EXPERTS, "ground": "in_a_hurry"}
    (await asked(purchase, "supervising_unit", **ground)).refused("GPR-39.1", "ground_not_lawful")


@pytest.mark.clause("GPR-9.1", "refuses")
async def test_who_has_an_interest_in_a_bidder_lets_nobody_choose_the_experts(world: World) -> None:
    opened_round = await an_opened_procurement(world)
    purchase = opened_round.purchase
    by = await authorities(purchase)
    consent = (await asked(purchase, "supervising_unit", **OWN_EXPERTS)).ok()
    await world.post_for(by.supervising_unit, {"submit_bid"}, opened_round.providers[0].id, "4404")

    (await answered(by.supervising_unit, consent)).refused("GPR-9.1", "person_interested")


WITHOUT_PRICE = [
    {**PLAN, "weight": "60", "levels": [{**PLAN["levels"][0], "points": "60"}, *PLAN["levels"][1:]]},
    RESPONSE,
    CAPABILITY,
]


async def checked(purchase: Purchase, **changed: Any) -> Reply:
    file_id = await a_drafted_file(purchase, factors=WITHOUT_PRICE, **changed)
    return await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")


@pytest.mark.clause("C214-24.1", "refuses")
@pytest.mark.clause("C214-24.1", "accepts")
async def test_finance_lets_the_price_weigh_less_than_the_text_says(world: World) -> None:
    purchase = await an_open_procurement(world)
    bureau = await world.organisation("finance_bureau", purchase.jurisdiction)
    district = await world.person(
        "district", duties={"approve_exception"}, organisation=bureau, jurisdiction=purchase.jurisdiction
    )
    (await checked(purchase)).refused("C214-24.1", "price_weight_low")

    consent = (await asked(purchase, "finance", purpose="price_weight")).ok()
    (await answered(district, consent)).ok()

    assert "C214-24.1" in {each["clause"] for each in (await checked(purchase)).ok()["explain"]}
    [used] = await listed(purchase, district)
    assert used["used_for"] == purchase.procurement_id


async def test_the_database_takes_no_consent_that_one_person_asked_for_and_gave(world: World) -> None:
    purchase = await a_large_project(world)
    consent = (await asked(purchase, "supervising_unit")).ok()
    gives = (
        "UPDATE tendering.consents SET state = 'given', decided_by = $2, decided_at = now(), answer = 'x' WHERE id = $1"
    )

    with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
        await world.rows(gives, UUID(consent["id"]), purchase.officer.id)
    with pytest.raises(asyncpg.CheckViolationError, match="given_by_somebody"):
        await world.rows("UPDATE tendering.consents SET state = 'given' WHERE id = $1", UUID(consent["id"]))


async def test_what_a_failed_procurement_rested_on_carries_no_second_one(world: World) -> None:
    purchase = await a_large_project(world)
    await both(purchase)
    purchase.procurement_id = (await opened(purchase, method=CONSULTATION)).ok()["id"]
    reason = {"ground": "task_cancelled", "reason": "任务取消"}
    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", reason)).ok()
    (await purchase.colleague.post("tendering", f"{purchase.path}/cancellation/confirm")).ok()

    (await opened(purchase, method=CONSULTATION)).refused("GPL-27.1", "open_tender_needed")
