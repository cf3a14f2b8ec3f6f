"""Cities that are nothing but data buy a service, from the need to the last payment: one without a text of its own, one
whose text has four grades, and one whose text gets a second version while a purchase runs."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import agreements, needs, service, tenders
from deploy.demo.cast import Cast, gather
from deploy.demo.providers import Provider, register_provider
from deploy.demo.purchases import HOME_CARE, Purchase, line
from deploy.demo.tenders import Offer
from shared.law.rulebook import rulebooks
from tests.endings.house import House, Theatre
from tests.support.servers import SECRET, clone, drop

BIDDERS = ("first", "second", "third")
CARE = replace(HOME_CARE, consultation_until=None)


@pytest.fixture(scope="module", autouse=True)
def cities() -> Iterator[None]:
    """The rulebooks that are shipped, and those of the invented cities."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GOUFU_RULEBOOKS", str(Path(__file__).parents[1] / "support" / "cities"))
        rulebooks.cache_clear()
        yield
    rulebooks.cache_clear()


@pytest.fixture
async def house(database_url: str, template: str, tmp_path: Path) -> AsyncIterator[House]:
    name = f"c_{tmp_path.name[-8:].replace('-', '_')}"
    house = House(await clone(database_url, template, name), template, SECRET, tmp_path)
    await house.open()
    yield house
    await house.close()
    await drop(database_url, name)


async def nothing(service: str, path: str) -> None:
    """Nothing is done before a command."""


async def a_cast(house: House, place: str) -> Cast:
    stage = Theatre(house, nothing)
    cast = await gather(stage, places={"cd": place})
    for number, name in enumerate(BIDDERS, start=1):
        await register_provider(cast, Provider(name, f"示例第{number}服务中心", "cd", place, number))
    await stage.settled()
    await needs.publish_directories(cast)
    return cast


def with_lines(*lines: dict[str, Any]) -> Purchase:
    return replace(CARE, file=CARE.file | {"terms": CARE.file["terms"] | {"payments": list(lines)}})


async def opened(cast: Cast, purchase: Purchase, day: date) -> str:
    """The need is settled and a procurement is open; returns its path."""
    project = await needs.propose(cast, purchase)
    requirement = await needs.write_requirement(cast, purchase, project)
    await cast.stage.day(day)
    await needs.review_requirement(cast, purchase, requirement)
    return await tenders.open_procurement(cast, purchase, needs.project_of(project))


async def signed(cast: Cast, purchase: Purchase, tender: str) -> dict[str, Any]:
    """From the file to the signed contract with the cheapest of three."""
    offers = [Offer(one, f"4{5 + n}0000.00", "24", "33.10", "18.00") for n, one in enumerate(BIDDERS)]
    await tenders.draft_and_check(cast, purchase, tender)
    await tenders.publish(cast, purchase, tender, "2022-04-07T09:30:00+08:00")
    await cast.stage.day(date(2022, 4, 6))
    await tenders.submit(cast, purchase, tender, offers)
    await cast.stage.day(date(2022, 4, 7), hour=10)
    await tenders.evaluate(cast, purchase, tender, offers)
    award = await tenders.propose_award(cast, purchase, tender)
    await cast.stage.day(date(2022, 4, 12))
    await tenders.confirm_award(cast, purchase, award)
    contract = await agreements.contract_of(cast, purchase, BIDDERS[0])
    await agreements.write(cast, purchase, contract)
    await agreements.sign(cast, purchase, contract, BIDDERS[0])
    return contract


async def accepted(cast: Cast, purchase: Purchase, contract: dict[str, Any], number: int, day: date) -> None:
    """The service of the line is accepted, the line is paid."""
    due = contract["lines"][number - 1]
    await cast.stage.day(day)
    acceptance = await service.open_acceptance(cast, purchase, contract["id"], due["id"])
    await cast[f"{purchase.city}.acceptor"].do("evaluation", f"{acceptance}/conclusion", {"passed": True})
    await cast.stage.settled()
    await agreements.pay(cast, purchase, due, papers=acceptance.rsplit("/", 1)[-1])
    await agreements.settle(cast, purchase, due, f"GK-{number}")


async def evaluated(cast: Cast, purchase: Purchase, contract: dict[str, Any], number: int, points: str) -> Any:
    """What comes of the evaluation that the line waits for, all parties giving so many points."""
    due = contract["lines"][number - 1]
    await agreements.pay(cast, purchase, due)
    parts = {"purchaser": points, "third_party": points}
    satisfied = int(float(points))
    return await service.conclude(
        cast, purchase, contract["id"], due["id"], points=parts, satisfied=satisfied, attained="600", agrees=True
    )


async def test_a_city_without_a_text_of_its_own_buys_under_national_law(house: House) -> None:
    purchase = with_lines(*(line(n, "instalment", "160000.00", "acceptance", period=n) for n in (1, 2, 3)))
    cast = await a_cast(house, "4402/440203")

    contract = await signed(cast, purchase, await opened(cast, purchase, date(2022, 3, 9)))
    for number, day in enumerate((date(2022, 9, 20), date(2023, 1, 20), date(2023, 5, 20)), start=1):
        await accepted(cast, purchase, contract, number, day)

    ended = await agreements.contract_of(cast, purchase, BIDDERS[0])
    assert (ended["state"], ended["paid"]) == ("completed", "450000.00")
    assert ended["rulebook"] == "national-procurement@1+thresholds-without-text@1:2022-03-01"


@pytest.mark.parametrize(
    ("points", "grade", "state"), [("90.00", "excellent", "released"), ("59.00", "poor", "withheld")]
)
async def test_a_city_of_four_grades_is_a_file(house: House, points: str, grade: str, state: str) -> None:
    advance = [line(1, "advance", "144000.00", "contract"), line(2, "final", "336000.00", "evaluation")]
    purchase, cast = with_lines(*advance), await a_cast(house, "4401/440106")

    contract = await signed(cast, purchase, await opened(cast, purchase, date(2022, 3, 9)))
    await service.set_targets(cast, purchase, contract["id"])
    await agreements.pay(cast, purchase, contract["lines"][0])
    await agreements.settle(cast, purchase, contract["lines"][0], "GK-1")
    await cast.stage.day(date(2023, 5, 16))
    await service.entrust(cast, purchase, contract["id"], 2023)
    concluded = await evaluated(cast, purchase, contract, 2, points)

    last = await agreements.line_now(cast, purchase, contract["lines"][1])
    assert (concluded["grade"], last["state"]) == (grade, state)
    assert contract["rulebook"] == "example-city@1:2022-03-01"


async def test_a_second_version_changes_nothing_of_a_purchase_that_runs(house: House) -> None:
    advance = [line(1, "advance", "144000.00", "contract"), line(2, "final", "336000.00", "evaluation")]
    purchase, cast = with_lines(*advance), await a_cast(house, "4401/440106")
    contract = await signed(cast, purchase, await opened(cast, purchase, date(2022, 3, 9)))
    await service.set_targets(cast, purchase, contract["id"])
    await cast.stage.day(date(2022, 6, 2))

    await agreements.pay(cast, purchase, contract["lines"][0])
    paid = await agreements.line_now(cast, purchase, contract["lines"][0])
    later = await opened(cast, replace(purchase, title="第二次购买", year=2023), date(2022, 6, 10))
    drafted = await cast["cd.planner"].do("tendering", f"{later}/files", purchase.file)
    refused = await cast["cd.reviewer"].refused("tendering", f"/v1/files/{drafted['id']}/check", clause="EC-2")

    assert paid["state"] == "released"
    assert (refused["code"], refused["rulebook"]) == ("advance_over_cap", "example-city@2")
