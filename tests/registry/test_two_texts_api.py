"""One place, two texts: Zhuhai's streets buy by the street measures, its bureaus by measures of their own or by
national law. What is found of a purchase is judged by the text under which was bought, and binds who buys by it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.contracts import ContractTerminated
from shared.events.evaluation import MisconductFound
from shared.law.rulebook import rulebooks
from tests.registry.examples import (
    a_provider,
    a_signed_contract,
    an_authority,
    an_award,
    an_evaluation,
    happens,
    published,
)
from tests.registry.test_imports_api import entered
from tests.support.world import World

CITY = "4404"
STREET, BUREAU, NATIONAL = (
    "zhuhai-2021@1:2021-04-01",
    "zhuhai-bureaus@1:2021-04-01",
    "national-procurement@1:2022-02-01",
)
STANDING = ("provider_watched", "provider_preferred", "provider_barred")


@pytest.fixture(scope="module", autouse=True)
def bureaus() -> Iterator[None]:
    """The rulebooks that are shipped, and the bureaus' text."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GOUFU_RULEBOOKS", str(Path(__file__).parents[1] / "support" / "bureaus"))
        rulebooks.cache_clear()
        yield
    rulebooks.cache_clear()


async def stands(world: World, provider: UUID) -> list[tuple[str, str]]:
    reader = await world.person(duties=set())
    shown = (await reader.get("registry", f"/v1/providers/{provider}/standing")).ok()
    return sorted((each["kind"], each["clause"]) for each in shown["standings"])


async def answer(world: World, provider: UUID, rulebook: str) -> tuple[str, list[str]]:
    """What an award under the rulebook is answered, and the findings that did not hold."""
    award = an_award(provider, rulebook=rulebook, jurisdiction=CITY)
    await happens(world, award)
    [told] = await published(world, "award_cleared", "award_blocked", about=award.project_id)
    return told["name"], [found["code"] for found in told["findings"]]


def poor(provider: UUID, rulebook: str, day: date = date(2022, 2, 1), **changes: Any) -> Any:
    return an_evaluation(provider, "poor", rulebook=rulebook, jurisdiction=CITY, day=day, **changes)


@pytest.mark.parametrize("order", [(STREET, BUREAU), (BUREAU, STREET)])
async def test_each_result_is_judged_by_the_text_of_its_purchase_whichever_comes_last(
    world: World, order: tuple[str, str]
) -> None:
    provider = await a_provider(world)

    for rulebook in order:
        await happens(world, poor(provider, rulebook))

    assert await stands(world, provider) == [("barred", "ZB-9.1"), ("watched", "ZH21-27.6")]
    assert {event["ended"] for event in await published(world, *STANDING, about=provider)} == {None}


async def test_a_bureaus_result_under_national_law_leaves_what_stands_under_the_street_measures(world: World) -> None:
    provider, organisation = await a_provider(world), uuid4()
    await happens(world, poor(provider, STREET, organisation=organisation))

    later = an_evaluation(provider, "fair", rulebook=NATIONAL, jurisdiction=CITY, organisation=organisation)
    await happens(world, later)

    assert await stands(world, provider) == [("watched", "ZH21-27.6")]


async def test_a_later_result_under_the_same_text_takes_the_place_of_the_earlier(world: World) -> None:
    provider, organisation = await a_provider(world), uuid4()
    await happens(world, poor(provider, BUREAU, organisation=organisation, day=date(2022, 1, 1)))

    later = an_evaluation(provider, "fair", rulebook=BUREAU, jurisdiction=CITY, organisation=organisation)
    await happens(world, later)

    assert await stands(world, provider) == []


@pytest.mark.parametrize(
    ("rulebook", "expected"),
    [
        (BUREAU, ("award_blocked", ["poor_result"])),
        (STREET, ("award_cleared", [])),
    ],
)
async def test_what_bars_by_the_bureaus_text_bars_from_no_purchase_of_a_street(
    world: World, rulebook: str, expected: tuple[str, list[str]]
) -> None:
    provider = await a_provider(world)
    await happens(world, poor(provider, BUREAU))

    assert await answer(world, provider, rulebook) == expected


@pytest.mark.parametrize(
    ("rulebook", "expected"),
    [
        (STREET, ("award_blocked", ["poor_result", "reason_missing"])),
        (BUREAU, ("award_cleared", [])),
    ],
)
async def test_what_asks_a_street_for_a_reason_asks_no_bureau(
    world: World, rulebook: str, expected: tuple[str, list[str]]
) -> None:
    provider = await a_provider(world)
    await happens(world, poor(provider, STREET))

    assert await answer(world, provider, rulebook) == expected


@pytest.mark.parametrize(("bought", "clause"), [(BUREAU, "ZB-9.2"), (STREET, "ZH21-5.2")])
@pytest.mark.parametrize("told", ["by the event", "by the signing"])
async def test_a_termination_is_watched_by_the_text_under_which_was_bought(
    world: World, bought: str, clause: str, told: str
) -> None:
    provider = await a_provider(world)
    signed = a_signed_contract(an_award(provider, rulebook=bought, jurisdiction=CITY))
    if told == "by the signing":
        await happens(world, signed)
    ended = ContractTerminated(
        **signed.model_dump(include={"jurisdiction", "organisation", "project_id", "contract_id", "provider_id"}),
        reason="provider_breach",
        by_fault_of_provider=True,
        rulebook=bought if told == "by the event" else None,
    )

    await happens(world, ended)

    assert await stands(world, provider) == [("watched", clause)]
    others = STREET if bought == BUREAU else BUREAU
    assert await answer(world, provider, others) == ("award_cleared", [])
    assert (await answer(world, provider, bought))[1][0] == "provider_watched"


@pytest.mark.parametrize("wrong", ["another text of the place", "a text of another place"])
async def test_a_rulebook_that_is_not_that_of_the_purchase_is_not_believed(world: World, wrong: str) -> None:
    provider = await a_provider(world)
    signed = a_signed_contract(an_award(provider, rulebook=STREET, jurisdiction=CITY))
    if wrong == "another text of the place":
        await happens(world, signed)
    found = MisconductFound(
        **signed.model_dump(include={"jurisdiction", "organisation", "project_id", "contract_id", "provider_id"}),
        finding_id=uuid4(),
        ground="collusion",
        decided_on=date(2022, 2, 28),
        rulebook=BUREAU if wrong == "another text of the place" else "dongguan-2011@1:2011-03-01",
    )

    await happens(world, found)

    assert await stands(world, provider) == []
    assert [held["state"] for held in await world.parked() if held["service"] == "registry"] == ["parked"]
    await world.rows("DELETE FROM registry.held")


async def test_an_imported_result_says_by_which_text_was_bought_where_several_hold(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)

    (await entered(authority.enters, provider, grade="poor", rulebook=None)).problem(422, "field")
    (await entered(authority.enters, provider, grade="poor", rulebook="chengdu-2017")).problem(422, "field")
    for text in ("zhuhai-bureaus", "zhuhai-2021"):
        imported = (await entered(authority.enters, provider, grade="poor", rulebook=text)).ok()
        assert imported["rulebook"].startswith(f"{text}@1")
        (await authority.verifies.post("registry", f"/v1/imported-results/{imported['id']}/confirm")).ok()

    assert await stands(world, provider) == [("barred", "ZB-9.1"), ("watched", "ZH21-27.6")]


async def test_the_kind_of_a_registered_purchaser_says_by_which_text_it_bought(world: World) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    registrar = await world.person(duties={"register_purchaser"}, organisation=uuid4(), jurisdiction=CITY)
    body = {"title": "某市某局", "jurisdiction": CITY, "kind": "administrative_organ"}
    bureau = (await registrar.post("registry", "/v1/purchasers", body)).ok()["id"]

    imported = (await entered(authority.enters, provider, purchaser=bureau, rulebook=None)).ok()

    assert imported["rulebook"].startswith("zhuhai-bureaus@1")
    other = await entered(authority.enters, provider, purchaser=bureau, rulebook="zhuhai-2021")
    other.problem(422, "field")
