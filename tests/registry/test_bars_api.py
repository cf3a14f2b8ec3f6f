"""Bars by two persons, over HTTP."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.registry.examples import CHENGDU, HASH, ZHUHAI, a_provider, an_award, happens, published
from tests.support.world import Person, World


async def two_of_finance(world: World, jurisdiction: str = "4404") -> tuple[Person, Person]:
    office = uuid4()
    one = await world.person("proposes", duties={"bar_provider"}, organisation=office, jurisdiction=jurisdiction)
    other = await world.person("confirms", duties={"bar_provider"}, organisation=office, jurisdiction=jurisdiction)
    return one, other


def a_bar(person: Person, **changes: Any) -> dict[str, Any]:
    body = {
        "organisation": str(person.organisation),
        "jurisdiction": "4404",
        "ground": "false_material",
        "months": 24,
        "document_hash": HASH,
        "reason": "投标时提交虚假业绩证明。",
    }
    return {**body, **changes}


async def proposed(person: Person, provider: UUID, **changes: Any) -> dict[str, Any]:
    return dict((await person.post("registry", f"/v1/providers/{provider}/bars", a_bar(person, **changes))).ok())


async def barred(world: World, provider: UUID, **changes: Any) -> dict[str, Any]:
    one, other = await two_of_finance(world)
    bar = await proposed(one, provider, **changes)
    return dict((await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok())


async def answered(world: World, provider: UUID, **where: Any) -> str:
    award = an_award(provider, **where)
    await happens(world, award)
    [answer] = await published(world, "award_cleared", "award_blocked", about=award.project_id)
    return str(answer["name"])


@pytest.mark.clause("GPL-77.1", "accepts")
async def test_two_persons_bar_a_provider_from_every_purchase(world: World) -> None:
    provider = await a_provider(world)

    bar = await barred(world, provider)

    assert (bar["from_day"], bar["until_day"]) == ("2022-03-01", "2024-02-29")
    [event] = await published(world, "provider_barred", about=provider)
    assert (event["jurisdiction"], event["effect"], event["clause"]) == ("000000", "bar", "GPL-77.1")
    assert await answered(world, provider) == "award_blocked"
    assert await answered(world, provider, jurisdiction=CHENGDU, rulebook="chengdu-2017@1") == "award_blocked"


async def test_a_proposal_alone_bars_nobody(world: World) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world)

    await proposed(one, provider)

    assert await published(world, "provider_barred", about=provider) == []
    assert await answered(world, provider) == "award_cleared"


async def test_who_proposed_a_bar_does_not_confirm_it(world: World) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world)
    bar = await proposed(one, provider)

    (await one.post("registry", f"/v1/bars/{bar['id']}/confirm")).refused(code="confirmer_is_proposer")

    assert await answered(world, provider) == "award_cleared"


async def test_a_bar_is_confirmed_once_and_by_the_same_authority(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world)
    stranger, _ = await two_of_finance(world)
    bar = await proposed(one, provider)

    (await stranger.post("registry", f"/v1/bars/{bar['id']}/confirm")).problem(403, "not_allowed")
    (await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok()
    (await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).problem(409, "wrong_state")


async def test_a_bar_asks_for_a_fresh_login(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world)
    bar = await proposed(one, provider)
    tired = await world.person(
        duties={"bar_provider"},
        organisation=other.organisation,
        jurisdiction="4404",
        auth_age=timedelta(minutes=16),
    )

    (await tired.post("registry", f"/v1/bars/{bar['id']}/confirm")).problem(401, "step_up")


@pytest.mark.clause("GPL-77.1", "accepts")
@pytest.mark.clause("GPR-72.1", "accepts")
@pytest.mark.clause("GPR-73.1", "accepts")
@pytest.mark.clause("SME46-11.1", "accepts")
async def test_each_ground_of_the_law_and_of_its_regulation_bars_from_one_to_three_years(world: World) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world)
    grounds = {
        "GPL-77.1": (
            "false_material",
            "smearing",
            "collusion",
            "bribery",
            "negotiating_in_tender",
            "refusing_supervision",
        ),
        "GPR-72.1": (
            "panel_bribery",
            "refusal_to_sign",
            "other_terms",
            "transfer",
            "counterfeit",
            "unilateral_change",
        ),
        "GPR-73.1": ("false_complaint",),
        "SME46-11.1": ("false_declaration",),
    }

    for clause, named in grounds.items():
        for ground, months in zip(named, (12, 36, 24, 24, 24, 24), strict=False):
            bar = await proposed(one, provider, ground=ground, months=months)

            cited = {found["clause"] for found in bar["explain"] if found["code"] == "bar_ground_not_listed"}
            assert (ground, cited) == (ground, {clause})


@pytest.mark.clause("GPL-77.1", "refuses")
@pytest.mark.parametrize(("months", "code"), [(11, "bar_too_short"), (37, "bar_too_long")])
async def test_a_bar_lasts_one_to_three_years(world: World, months: int, code: str) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world)

    answer = await one.post("registry", f"/v1/providers/{provider}/bars", a_bar(one, months=months))

    answer.refused("GPL-77.1", code)


@pytest.mark.parametrize(
    ("place", "clause"),
    [
        pytest.param("5101", "CD17-38.2", marks=pytest.mark.clause("CD17-38.2", "refuses")),
        pytest.param("4404", "GPL-77.1", marks=pytest.mark.clause("GPL-77.1", "refuses")),
    ],
)
async def test_every_place_bars_on_a_decision_document_only(world: World, place: str, clause: str) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world, place)
    path = f"/v1/providers/{provider}/bars"

    answer = await one.post("registry", path, a_bar(one, jurisdiction=place, document_hash=None))

    answer.refused(clause, "penalty_document_missing")


@pytest.mark.clause("CD17-38.2", "accepts")
async def test_with_the_document_the_bar_stands_on_the_record(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world, "5101")
    bar = await proposed(one, provider, jurisdiction="5101", document_hash=HASH)

    (await other.post("registry", f"/v1/bars/{bar['id']}/confirm")).ok()

    assert "CD17-38.2" in [found["clause"] for found in bar["explain"]]
    standing = (await one.get("registry", f"/v1/providers/{provider}/standing")).ok()
    assert [s["kind"] for s in standing["standings"]] == ["barred"]


async def test_the_reason_is_kept_from_the_public_and_from_events(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world)
    reader = await world.person(duties=set())
    bar = await proposed(one, provider)

    assert (await other.get("registry", f"/v1/bars/{bar['id']}")).ok()["reason"] == "投标时提交虚假业绩证明。"
    (await reader.get("registry", f"/v1/bars/{bar['id']}")).problem(404, "not_found")
    entries = await world.rows("SELECT entry FROM registry.journal WHERE key = $1", provider)
    assert all("虚假业绩" not in row["entry"] for row in entries)
    [kept] = await world.rows("SELECT keep_until FROM registry.private_bar_reasons WHERE bar_id = $1", UUID(bar["id"]))
    assert kept["keep_until"] == date(2037, 3, 1)


async def test_a_bar_blocks_an_open_clearance_in_the_same_transaction(world: World) -> None:
    provider = await a_provider(world)
    award = an_award(provider)
    await happens(world, award)

    await barred(world, provider)

    answers = await published(world, "award_cleared", "award_blocked", about=award.project_id)
    assert [answer["name"] for answer in answers] == ["award_cleared", "award_blocked"]
    assert answers[1]["findings"][0]["code"] == "provider_barred"
    assert (answers[1]["procurement_id"], answers[1]["round"]) == (str(award.procurement_id), 1)


async def test_another_persons_request_with_the_same_proposal_is_another_bar(world: World) -> None:
    provider = await a_provider(world)
    one, other = await two_of_finance(world)

    first, second = await proposed(one, provider), await proposed(other, provider)

    assert first["id"] != second["id"]


async def test_a_bar_ends_after_its_last_day(world: World) -> None:
    provider = await a_provider(world)
    await barred(world, provider, months=12)

    await world.today_is(date(2023, 2, 28), 23, 59, 59)
    assert await answered(world, provider) == "award_blocked"
    await world.today_is(date(2023, 3, 1), 0, 0, 1)
    assert await answered(world, provider) == "award_cleared"

    *_, last = await published(world, "provider_barred", about=provider)
    assert (last["ended"], last["until_day"]) == ("expired", "2023-02-28")
    owner = await world.person(duties={"maintain_provider"}, organisation=provider, jurisdiction=ZHUHAI)
    notices = (await owner.get("registry", "/v1/notices")).ok()
    assert {notice["kind"] for notice in notices} == {"provider_barred", "standing_ended"}


async def test_a_bar_stands_until_its_own_last_day_whatever_the_row_says_that_is_to_end_it(world: World) -> None:
    """Who may write to the table of deadlines ends no bar: the act asks the record, and fails in sight."""
    provider = await a_provider(world)
    await barred(world, provider, months=12)
    subject = "SELECT id FROM registry.standings WHERE provider_id = $1"

    await world.rows(
        f"UPDATE registry.deadlines SET due_at = clock.now() WHERE subject = ({subject}) RETURNING id", provider
    )
    await world.pump()

    [row] = await world.rows(f"SELECT state, attempts FROM registry.deadlines WHERE subject = ({subject})", provider)
    assert (row["state"], row["attempts"]) == ("open", 1)
    assert await answered(world, provider) == "award_blocked"


async def test_a_bar_and_an_award_at_once_never_leave_an_open_clearance(world: World) -> None:
    """Whichever comes first: the award is blocked at once, or cleared and then blocked."""
    for _ in range(6):
        provider = await a_provider(world)
        one, other = await two_of_finance(world)
        bar = await proposed(one, provider)
        award = an_award(provider)
        await world.emit("tendering", award)

        confirmed, _ = await asyncio.gather(other.post("registry", f"/v1/bars/{bar['id']}/confirm"), world.pump())

        confirmed.ok()
        answers = await published(world, "award_cleared", "award_blocked", about=award.project_id)
        assert answers[-1]["name"] == "award_blocked"
        rows = await world.rows("SELECT state FROM registry.clearances WHERE provider_id = $1", provider)
        assert "open" not in [row["state"] for row in rows]


async def test_the_database_itself_takes_no_bar_by_one_person(world: World) -> None:
    provider = await a_provider(world)
    one, _ = await two_of_finance(world)
    bar = await proposed(one, provider)
    by_itself = (
        "UPDATE registry.bars SET state = 'confirmed', confirmed_by = proposed_by, from_day = proposed_on,"
        " until_day = proposed_on WHERE id = $1"
    )

    with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
        await world.rows(by_itself, UUID(bar["id"]))
