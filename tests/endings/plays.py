"""The purchases whose states are searched, and what may happen between any two steps of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from deploy.demo import agreements, needs, service, tenders
from deploy.demo.cast import Cast
from deploy.demo.purchases import COUNSELLING, HOME_CARE, Purchase
from deploy.demo.stage import Player
from deploy.demo.tenders import Offer
from tests.endings.house import House

CLOSES = "2022-04-07T09:30:00+08:00"


@dataclass(frozen=True, slots=True)
class Play:
    """A purchase under a city's text, told from the proposal of its project on."""

    text: str
    purchase: Purchase
    offers: tuple[Offer, ...]

    @property
    def name(self) -> str:
        return f"{self.text}/{len(self.offers)} bids"

    async def tell(self, cast: Cast) -> None:
        stage, purchase, offers = cast.stage, self.purchase, list(self.offers)
        project = await needs.propose(cast, purchase)
        requirement = await needs.write_requirement(cast, purchase, project)
        await stage.day(date(2022, 3, 9))
        await needs.review_requirement(cast, purchase, requirement)
        tender = await tenders.open_procurement(cast, purchase, needs.project_of(project))
        await tenders.draft_and_check(cast, purchase, tender)
        await tenders.publish(cast, purchase, tender, CLOSES)
        await stage.day(date(2022, 4, 6))
        if offers:
            await tenders.submit(cast, purchase, tender, offers)
        await stage.day(date(2022, 4, 7), hour=10)
        if len(offers) < 3:
            return
        await tenders.evaluate(cast, purchase, tender, offers)
        award = await tenders.propose_award(cast, purchase, tender)
        await stage.day(date(2022, 4, 12))
        await tenders.confirm_award(cast, purchase, award)
        contract = await agreements.contract_of(cast, purchase, offers[0].provider)
        await agreements.write(cast, purchase, contract)
        await agreements.sign(cast, purchase, contract, offers[0].provider)
        await self._perform(cast, contract)

    async def _perform(self, cast: Cast, contract: dict[str, Any]) -> None:
        """The first lines: an advance or an assessment with an objection, an acceptance, an evaluation."""
        purchase, stage, lines = self.purchase, cast.stage, contract["lines"]
        if purchase.city == "cd":
            await stage.day(date(2022, 9, 19))
            assessment = await service.open_assessment(cast, purchase, contract["id"], lines[0]["id"])
            await service.give_score(cast, purchase, assessment, "84.00")
            await agreements.pay(cast, purchase, lines[0], papers=assessment.rsplit("/", 1)[-1])
            objection = await service.object_to(cast, self.offers[0].provider, assessment)
            await service.uphold(cast, purchase, objection, "91.00")
            await agreements.settle(cast, purchase, lines[0], "GK-CD-0001")
            return
        await service.set_targets(cast, purchase, contract["id"])
        await agreements.pay(cast, purchase, lines[0])
        await agreements.settle(cast, purchase, lines[0], "GK-ZH-0001")
        await stage.day(date(2022, 9, 19))
        acceptance = await service.open_acceptance(cast, purchase, contract["id"], lines[1]["id"])
        body = {"checks": {}, "passed": True}
        await cast["zh.acceptor"].ask("evaluation", f"{acceptance}/conclusion", body)
        await stage.settled()


CARE_OFFERS = (
    Offer("jinxin", "456000.00", "12", "33.10", "18.00"),
    Offer("heyi", "470000.00", "20", "30.00", "15.00"),
    Offer("chunhui", "465000.00", "30", "30.00", "15.00"),
)
TALK_OFFERS = (
    Offer("anning", "200000.00", "12", "33.10", "18.00"),
    Offer("qinglang", "205000.00", "20", "30.00", "15.00"),
    Offer("tongxing", "215000.00", "30", "24.00", "10.00"),
)
PLAYS = (
    Play("zhuhai-2021", COUNSELLING, TALK_OFFERS),
    Play("chengdu-2017", HOME_CARE, CARE_OFFERS),
    Play("zhuhai-2021", COUNSELLING, TALK_OFFERS[:1]),
    Play("chengdu-2017", replace(HOME_CARE, title="居家养老服务（无人投标）"), ()),
)
"""One a text, and what too few bids come to. Another text joins with a play of its own."""


# --- what may happen between two steps


Event = Callable[[House, Cast, Play], Awaitable[None]]


async def nothing(house: House, cast: Cast, play: Play) -> None:
    """Everybody simply stops."""


async def _bar(house: House, cast: Cast, play: Play, names: list[str]) -> None:
    place = "4404" if play.purchase.city == "zh" else "5101"
    authority = uuid4()
    one, two = [
        await house.person("bars", duties={"bar_provider"}, organisation=authority, jurisdiction=place)
        for _ in range(2)
    ]
    desk = Player(cast.stage, "bars", one.account, one.id, authority, one.token)
    body = {
        "organisation": str(authority),
        "jurisdiction": place,
        "ground": "false_material",
        "months": 24,
        "reason": "提交虚假材料",
        "document_hash": await desk.upload("registry", "处理决定书"),
    }
    for name in names:
        proposed = (await one.post("registry", f"/v1/providers/{cast.organisations[name]}/bars", body)).ok()
        (await two.post("registry", f"/v1/bars/{proposed['id']}/confirm")).ok()
    await house.pump()


def bidders(play: Play) -> list[str]:
    return [offer.provider for offer in (CARE_OFFERS if play.purchase.city == "cd" else TALK_OFFERS)]


async def the_first_is_barred(house: House, cast: Cast, play: Play) -> None:
    await _bar(house, cast, play, bidders(play)[:1])


async def all_are_barred(house: House, cast: Cast, play: Play) -> None:
    await _bar(house, cast, play, bidders(play))


async def the_first_leaves(house: House, cast: Cast, play: Play) -> None:
    register = cast[f"{play.purchase.city}.authority.register"]
    await register.ask("registry", f"/v1/providers/{cast.organisations[bidders(play)[0]]}/withdraw")
    await house.pump()


def days_pass(days: int) -> Event:
    """Long enough to slip past a closing, a first day of service, a year, the last day of a text."""

    async def pass_by(house: House, cast: Cast, play: Play) -> None:
        [row] = await house.rows("SELECT clock.now() AS now")
        await house.today_is(row["now"].date() + timedelta(days=days))
        await house.pump()

    pass_by.__name__ = f"{days}_days_pass"
    return pass_by


EVENTS: tuple[Event, ...] = (
    nothing,
    the_first_is_barred,
    the_first_leaves,
    all_are_barred,
    days_pass(45),
    days_pass(800),
)
LEAVES_A_FIT_ONE = {nothing, the_first_is_barred, the_first_leaves}
"""After these a bidder is left with whom a contract can be signed."""

Found = dict[str, dict[UUID, str]]
