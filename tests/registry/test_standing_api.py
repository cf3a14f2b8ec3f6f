"""What results and misconduct do to standing: events in, events and reads out."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contracts import ContractTerminated
from shared.events.evaluation import MisconductFound
from tests.registry.examples import (
    CHENGDU,
    ZHUHAI,
    a_provider,
    a_signed_contract,
    an_award,
    an_evaluation,
    happens,
    published,
)
from tests.support.world import World

STANDING = ("provider_watched", "provider_preferred", "provider_barred")


async def standing_of(world: World, provider: UUID) -> dict[str, Any]:
    reader = await world.person(duties=set())
    return dict((await reader.get("registry", f"/v1/providers/{provider}/standing")).ok())


async def moved(world: World, provider: UUID) -> list[tuple[str, str | None]]:
    return [(event["name"], event["ended"]) for event in await published(world, *STANDING, about=provider)]


def a_termination(provider: UUID, *, jurisdiction: str = ZHUHAI, by_fault: bool = True) -> ContractTerminated:
    return ContractTerminated(
        jurisdiction=jurisdiction,
        organisation=uuid4(),
        project_id=uuid4(),
        contract_id=uuid4(),
        provider_id=provider,
        reason="unreachable",
        by_fault_of_provider=by_fault,
    )


async def test_a_poor_result_in_zhuhai_is_watched_in_the_whole_city(world: World) -> None:
    provider = await a_provider(world)
    evaluation = an_evaluation(provider, "poor")

    await happens(world, evaluation)

    [event] = await published(world, *STANDING, about=provider)
    assert (event["name"], event["clause"], event["effect"]) == ("provider_watched", "ZH21-27.6", "reference")
    assert (event["jurisdiction"], event["grade"], event["score"]) == ("4404", "poor", "54.00")
    assert (event["cause"], event["concluded_on"]) == (str(evaluation.evaluation_id), "2022-02-01")
    assert event["clauses"] == ["ZH21-5.2", "ZH21-27.6"]
    shown = await standing_of(world, provider)
    assert [(f["code"], f["clause"]) for f in shown["explain"]] == [
        ("result_moves_standing", "ZH21-5.2"),
        ("result_gives_standing", "ZH21-27.6"),
    ]


@pytest.mark.clause("ZH21-5.2", "shows", clause="ZH21-5.2", grade="good")
async def test_a_good_result_moves_the_other_way(world: World) -> None:
    provider = await a_provider(world)

    await happens(world, an_evaluation(provider, "good", score="92.00"))

    [event] = await published(world, *STANDING, about=provider)
    assert (event["name"], event["clause"], event["until_day"]) == ("provider_preferred", "ZH21-5.2", None)
    shown = await standing_of(world, provider)
    assert {(f["code"], f["clause"]) for f in shown["explain"]} == {
        ("result_moves_standing", "ZH21-5.2"),
        ("result_gives_standing", "ZH21-5.2"),
    }


async def test_a_poor_result_under_dongguan_bars_until_a_later_qualified_one(world: World) -> None:
    provider = await a_provider(world)
    there: dict[str, Any] = {"rulebook": "dongguan-2011@1", "jurisdiction": "4419"}

    await happens(world, an_evaluation(provider, "poor", day=date(2012, 1, 10), **there))
    await happens(world, an_evaluation(provider, "fair", day=date(2012, 6, 10), **there))

    assert await moved(world, provider) == [("provider_barred", None), ("provider_barred", "replaced")]
    [first, last] = await published(world, "provider_barred", about=provider)
    assert (first["effect"], first["clause"], first["until_day"]) == ("qualification", "DG11-7.4d", None)
    assert last["until_day"] == "2022-02-28"
    shown = await standing_of(world, provider)
    assert (shown["standings"], shown["explain"]) == ([], [])


async def test_a_result_in_the_middle_of_a_term_moves_nothing(world: World) -> None:
    provider = await a_provider(world)

    await happens(world, an_evaluation(provider, "poor", kind="mid"))

    assert await moved(world, provider) == []


async def test_the_same_event_again_moves_nothing_again(world: World) -> None:
    provider = await a_provider(world)
    evaluation = an_evaluation(provider, "poor")

    await happens(world, evaluation)
    await happens(world, evaluation)

    assert await moved(world, provider) == [("provider_watched", None)]


@pytest.mark.parametrize("another", ["provider", "project"])
async def test_a_correction_of_another_providers_or_purchases_result_moves_nothing(world: World, another: str) -> None:
    provider, other = await a_provider(world), await a_provider(world)
    case: dict[str, Any] = {"evaluation": uuid4(), "project": uuid4()}
    await happens(world, an_evaluation(provider, "poor", **case))
    changed = {**case, "project": uuid4()} if another == "project" else case

    await happens(world, an_evaluation(other if another == "provider" else provider, "good", version=2, **changed))

    assert await moved(world, provider) == [("provider_watched", None)]
    assert await moved(world, other) == []
    assert [held["state"] for held in await world.parked() if held["service"] == "registry"] == ["parked"]
    await world.rows("DELETE FROM registry.held")


@pytest.mark.parametrize("another", ["nothing", "provider", "project"])
async def test_a_result_is_held_against_the_provider_of_its_contract_alone(world: World, another: str) -> None:
    provider, other = await a_provider(world), await a_provider(world)
    award = an_award(provider)
    signed = a_signed_contract(award)
    await happens(world, signed)
    about = {
        "contract_id": signed.contract_id,
        "project_id": uuid4() if another == "project" else award.project_id,
        "provider_id": other if another == "provider" else provider,
    }

    await happens(world, an_evaluation(provider, "poor").model_copy(update=about))

    mine = [("provider_watched", None)] if another == "nothing" else []
    assert (await moved(world, provider), await moved(world, other)) == (mine, [])
    held = [held["state"] for held in await world.parked() if held["service"] == "registry"]
    assert held == ([] if another == "nothing" else ["parked"])
    await world.rows("DELETE FROM registry.held")


async def test_a_corrected_result_takes_the_place_of_the_first(world: World) -> None:
    provider, evaluation, street = await a_provider(world), uuid4(), uuid4()
    case: dict[str, Any] = {"evaluation": evaluation, "organisation": street, "project": uuid4()}
    await happens(world, an_evaluation(provider, "poor", **case))

    await happens(world, an_evaluation(provider, "good", version=2, score="90.00", **case))
    await happens(world, an_evaluation(provider, "poor", version=1, **case))

    assert await moved(world, provider) == [
        ("provider_watched", None),
        ("provider_watched", "replaced"),
        ("provider_preferred", None),
    ]
    shown = await standing_of(world, provider)
    assert [(s["kind"], s["score"]) for s in shown["standings"]] == [("preferred", "90.00")]
    assert [(s["kind"], s["state"]) for s in shown["history"]] == [("watched", "ended"), ("preferred", "standing")]


async def test_a_later_result_of_the_same_street_lifts_the_watch(world: World) -> None:
    provider, street = await a_provider(world), uuid4()
    await happens(world, an_evaluation(provider, "poor", organisation=street))

    await happens(world, an_evaluation(provider, "fair", organisation=street, day=date(2022, 2, 20)))

    assert await moved(world, provider) == [("provider_watched", None), ("provider_watched", "replaced")]


async def test_a_result_that_comes_late_does_not_replace_a_later_one(world: World) -> None:
    provider, street = await a_provider(world), uuid4()
    await happens(world, an_evaluation(provider, "poor", organisation=street))

    await happens(world, an_evaluation(provider, "good", organisation=street, day=date(2021, 1, 1)))

    assert await moved(world, provider) == [("provider_watched", None)]


async def test_the_watch_reaches_the_copies_of_tendering(world: World) -> None:
    provider, street = await a_provider(world), uuid4()
    await happens(world, an_evaluation(provider, "poor", organisation=street))
    await happens(world, an_evaluation(provider, "good", organisation=street, day=date(2022, 2, 20)))

    rows = await world.rows("SELECT kind, until_day FROM tendering.standings WHERE provider_id = $1", provider)

    assert {(row["kind"], row["until_day"]) for row in rows} == {("watched", date(2022, 2, 28)), ("preferred", None)}


async def test_the_provider_is_told_of_its_standing(world: World) -> None:
    provider = await a_provider(world)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider)

    await happens(world, an_evaluation(provider, "poor"))

    [notice] = (await owner.get("registry", "/v1/notices")).ok()
    assert notice["kind"] == "provider_watched"
    assert notice["facts"]["clause"] == "ZH21-27.6"


async def test_misconduct_is_watched_for_three_years_by_its_clause(world: World) -> None:
    provider = await a_provider(world)
    found = MisconductFound(
        jurisdiction=ZHUHAI,
        organisation=uuid4(),
        project_id=uuid4(),
        contract_id=uuid4(),
        provider_id=provider,
        finding_id=uuid4(),
        ground="transfer",
        decided_on=date(2022, 2, 28),
    )

    await happens(world, found)

    [event] = await published(world, *STANDING, about=provider)
    assert (event["name"], event["clause"], event["until_day"]) == ("provider_watched", "GPR-72.1", "2025-02-28")


async def test_in_chengdu_a_termination_by_fault_is_kept_on_the_record(world: World) -> None:
    provider = await a_provider(world)

    await happens(world, a_termination(provider, jurisdiction=CHENGDU))

    shown = await standing_of(world, provider)
    assert [(s["kind"], s["clause"], s["until_day"]) for s in shown["standings"]] == [
        ("watched", "CD17-38.2", "2025-02-28")
    ]
    assert [(f["code"], f["clause"]) for f in shown["explain"]] == [("standing_entered", "CD17-38.2")]


@pytest.mark.parametrize(("by_fault", "standings"), [(True, [("provider_watched", None)]), (False, [])])
async def test_a_termination_is_watched_only_when_the_provider_is_at_fault(
    world: World, by_fault: bool, standings: list[tuple[str, None]]
) -> None:
    provider = await a_provider(world)

    await happens(world, a_termination(provider, by_fault=by_fault))

    assert await moved(world, provider) == standings


async def test_nobody_has_standing_who_is_not_registered(world: World) -> None:
    reader = await world.person(duties=set())

    (await reader.get("registry", f"/v1/providers/{uuid4()}/standing")).problem(404, "not_found")
