"""What a client plays: purchases of one city from the need to the payment, with the demonstration's own acts.

Every client has street offices of its own; registry, finance, experts, openers and providers are shared, these among
clients whose purchases end alike, so that what one finds depends on no other. Where money moves two act at once.
"""

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any

from deploy.demo import agreements, needs, refusals, service, tenders
from deploy.demo.cast import JURISDICTIONS, Cast, register_purchaser
from deploy.demo.providers import Provider, register_provider
from deploy.demo.purchases import COUNSELLING, HOME_CARE, Purchase
from deploy.demo.stage import Player, Reply
from deploy.demo.story import CARE_OFFERS, TALK_OFFERS, must
from tests.faults.run.history import History, Over, TakenBack
from tests.faults.run.stages import ClientStage

YEARS = (2022, 2023)
"""In these both cities' texts are in force."""

MOST_AT_ONCE = 4
"""Purchases that a client has under way at a time, of streets of their own."""

NAMES = {"cd": ("jinxin", "heyi", "chunhui"), "zh": ("anning", "qinglang", "tongxing")}
FINAL = ("released", "reduced", "settled", "withheld")


class Company(Cast):
    """The people one purchase needs: those who are shared, and its own, whose accounts bear its name."""

    def __init__(self, shared: Cast, stage: ClientStage, tag: str) -> None:
        self.stage = stage
        first, second = self._as_of_now(shared.administrator), self._as_of_now(shared.second)
        super().__init__(stage, first, second, dict(shared.organisations), dict(shared.players), shared.keys)
        self.players = {desk: self._as_of_now(player) for desk, player in shared.players.items()}
        self.tag = tag

    def _as_of_now(self, player: Player) -> Player:
        """On this stage, and logged in just now, as the acts over money ask for."""
        return replace(player, stage=self.stage, token=self.stage.token(player.account))

    async def join(self, desk: str, *given: Any, **more: Any) -> Player:
        player = await super().join(f"{self.tag}.{desk}", *given, **more)
        self.players[desk] = player
        return player


@dataclass
class Plot:
    """One purchase as far as it has come."""

    cast: Company
    purchase: Purchase
    offers: list[tenders.Offer]
    poor: bool
    refused: bool
    history: History
    project: str = ""
    requirement: str = ""
    tender: str = ""
    award: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)
    assessment: str = ""
    objection: dict[str, Any] = field(default_factory=dict)

    @property
    def winner(self) -> str:
        return self.offers[0].provider

    @property
    def lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.contract["lines"]
        return lines

    def person(self, desk: str) -> Player:
        return self.cast[f"{self.purchase.city}.{desk}"]


# --- the acts, by their day


async def need(plot: Plot) -> None:
    plot.project = await needs.propose(plot.cast, plot.purchase)
    plot.requirement = await needs.write_requirement(plot.cast, plot.purchase, plot.project)


async def notice(plot: Plot) -> None:
    cast, purchase = plot.cast, plot.purchase
    await needs.review_requirement(cast, purchase, plot.requirement)
    plot.tender = await tenders.open_procurement(cast, purchase, needs.project_of(plot.project))
    if plot.refused and purchase.city == "zh":
        await refusals.rating_as_condition(cast, purchase, plot.tender)
    await tenders.draft_and_check(cast, purchase, plot.tender)
    await tenders.publish(cast, purchase, plot.tender, f"{purchase.year}-04-07T09:30:00+08:00")


async def bids(plot: Plot) -> None:
    await tenders.submit(plot.cast, plot.purchase, plot.tender, plot.offers)


async def opening(plot: Plot) -> None:
    await until(plot, "tendering", plot.tender, "closed")
    await tenders.evaluate(plot.cast, plot.purchase, plot.tender, plot.offers)
    plot.award = await tenders.propose_award(plot.cast, plot.purchase, plot.tender)


async def contract(plot: Plot) -> None:
    cast, purchase = plot.cast, plot.purchase
    await tenders.confirm_award(cast, purchase, plot.award)
    plot.contract = await agreements.contract_of(cast, purchase, plot.winner)
    if plot.refused and purchase.city == "zh":
        await refusals.advance_over_cap(cast, purchase, plot.contract)
    await agreements.write(cast, purchase, plot.contract)
    await agreements.sign(cast, purchase, plot.contract, plot.winner)
    if purchase.city == "zh":
        await service.set_targets(cast, purchase, plot.contract["id"])
        await asked_and_approved(plot, plot.lines[0])
        await paid(plot, plot.lines[0])


async def acceptance(plot: Plot) -> None:
    """The mid-term: accepted, and the second line is paid."""
    cast, line = plot.cast, plot.lines[1]
    path = await service.open_acceptance(cast, plot.purchase, plot.contract["id"], line["id"])
    survey = await service.survey(cast, plot.purchase, plot.contract["id"], satisfied=82)
    body = {"passed": True, "survey_id": survey}
    await one_wins(
        plot,
        plot.person("acceptor").ask("evaluation", f"{path}/conclusion", body),
        plot.person("acceptor").ask("evaluation", f"{path}/conclusion", body),
    )
    await asked_and_approved(plot, line, papers=path.rsplit("/", 1)[-1])
    await paid(plot, line)


async def evaluation(plot: Plot) -> None:
    """The end: good and paid, or poor, withheld and flagged."""
    cast, line = plot.cast, plot.lines[2]
    await service.entrust(cast, plot.purchase, plot.contract["id"], plot.purchase.year)
    await asked_and_approved(plot, line)
    points = {"purchaser": "51.00", "third_party": "51.00"} if plot.poor else {"purchaser": "92", "third_party": "94"}
    await service.conclude(
        cast,
        plot.purchase,
        plot.contract["id"],
        line["id"],
        points=points,
        satisfied=61 if plot.poor else 95,
        attained="318" if plot.poor else "640",
        agrees=not plot.poor,
    )
    if plot.poor:
        await until(plot, "contracts", f"/v1/payment-lines/{line['id']}", "withheld")
        provider = cast.organisations[plot.winner]
        found = await cast["zh.audit.auditor"].get("registry", f"/v1/providers/{provider}/standing")
        must(any(one["kind"] == "watched" for one in found["standings"]), f"{plot.winner} is not flagged: {found}")
    else:
        await paid(plot, line)


async def assess(plot: Plot) -> None:
    cast, line = plot.cast, plot.lines[0]
    if plot.refused:
        await refusals.signer_as_acceptor(cast, plot.purchase, plot.contract["id"], line["id"])
    plot.assessment = await service.open_assessment(cast, plot.purchase, plot.contract["id"], line["id"])


async def score(plot: Plot) -> None:
    await service.give_score(plot.cast, plot.purchase, plot.assessment, "84.00")
    await asked_and_approved(plot, plot.lines[0], papers=plot.assessment.rsplit("/", 1)[-1])


async def objection(plot: Plot) -> None:
    plot.objection = await service.object_to(plot.cast, plot.winner, plot.assessment)


async def upheld(plot: Plot) -> None:
    await service.uphold(plot.cast, plot.purchase, plot.objection, "91.00")
    await paid(plot, plot.lines[0], "152000.00")


Act = Callable[[Plot], Awaitable[None]]
Days = tuple[tuple[int, int, int, Act], ...]

FIRST: Days = ((3, 1, 9, need), (3, 9, 9, notice), (4, 6, 9, bids), (4, 7, 10, opening), (4, 12, 9, contract))
ACTS: dict[str, Days] = {
    "zh": (*FIRST, (10, 20, 9, acceptance), (12, 20, 9, evaluation)),
    "cd": (*FIRST, (9, 19, 9, assess), (9, 21, 9, score), (9, 28, 9, objection), (10, 8, 9, upheld)),
}
"""Month, day and hour of each act. A client waits at each for the others."""


# --- money: two at once, one winner


async def asked_and_approved(plot: Plot, line: dict[str, Any], papers: str | None = None) -> None:
    """Asked for twice and approved by two persons at once: each happens once."""
    path, body = f"/v1/payment-lines/{line['id']}", {"papers": papers} if papers else {}
    asks = plot.person("planner")
    await one_wins(plot, *(asks.ask("contracts", f"{path}/request", body) for _ in range(2)))
    approving = (plot.person("reviewer"), plot.person("deputy"))
    await one_wins(plot, *(one.ask("contracts", f"{path}/approve") for one in approving))
    await plot.cast.stage.settled()


async def paid(plot: Plot, line: dict[str, Any], amount: str | None = None) -> None:
    """Released once; the treasury's two receipts at once are one."""
    path = f"/v1/payment-lines/{line['id']}"
    await until(plot, "contracts", path, *FINAL[:2])
    found = await agreements.line_now(plot.cast, plot.purchase, line)
    entries = await plot.person("planner").get("contracts", f"{path}/payments")
    must(len(entries) == 1, f"line {line['id']} was paid {len(entries)} times")
    must(amount in (None, found["paid"]), f"line {line['id']} was paid {found['paid']}, not {amount}")
    treasury = plot.person("finance.treasury")
    receipt = {"settled": True, "treasury_reference": f"GK-{line['id'][-8:]}"}
    await one_wins(plot, *(treasury.ask("contracts", f"{path}/receipts", receipt) for _ in range(2)))


async def one_wins(plot: Plot, *asked: Awaitable[Reply]) -> None:
    """Sent at once with keys of their own: exactly one is accepted, the others are told why not."""
    replies = await asyncio.gather(*asked)
    statuses = sorted(reply.status for reply in replies)
    if sum(200 <= status < 300 for status in statuses) != 1 or statuses[-1] >= 500:
        told = [reply.json.get("code") for reply in replies]
        plot.history.wrong.append(f"{plot.cast.tag}: of {len(replies)} at once one was to win: {statuses} {told}")


async def until(plot: Plot, of: str, path: str, *states: str) -> None:
    async def there() -> bool:
        return (await plot.person("planner").get(of, path))["state"] in states

    await plot.cast.stage.until(there, True)


# --- a client's life


def in_year(purchase: Purchase, year: int) -> Purchase:
    """The purchase of 2022, planned for another year."""
    moved = json.dumps(purchase.file).replace("2023-", f"{year + 1}-").replace("2022-", f"{year}-")
    until_day = purchase.consultation_until
    return replace(
        purchase,
        year=year,
        file=json.loads(moved),
        consultation_until=until_day and until_day.replace("2022-", f"{year}-"),
    )


@dataclass
class Client:
    """One of sixteen. Its number says what it plays: every fourth buys in Chengdu, the others in Zhuhai; every fourth
    ends poorly. `shared` has the providers of its kind."""

    number: int
    shared: Cast
    stage: ClientStage
    history: History
    left: Callable[[], float]
    concluded: int = 0
    streets: list[Company] = field(default_factory=list)
    founded: int = 0

    @property
    def city(self) -> str:
        return "cd" if self.number % 4 == 3 else "zh"

    @property
    def poor(self) -> bool:
        return self.number % 4 == 1

    async def live(self) -> None:
        """Plays one purchase in the first year, and in the next as many as there is time for; then it plans on, so
        that somebody always writes. What a restore takes back is given up, with its streets. Raises Over."""
        at_once = 1
        for year in YEARS:
            began = self.left()
            with self._given_up_when_taken_back():
                await self._play(year, at_once)
                at_once = max(1, min(MOST_AT_ONCE, int(0.8 * self.left() / (began - self.left()))))
        for number in count(MOST_AT_ONCE):
            with self._given_up_when_taken_back():
                plot = await self._plot(YEARS[-1], number)
                # After a restore it may plan at any time of the year, when the story's day for the public is long past.
                if plot.purchase.consultation_until is not None:
                    plot.purchase = replace(plot.purchase, consultation_until=self.stage.in_a_week().isoformat())
                await need(plot)

    @contextmanager
    def _given_up_when_taken_back(self) -> Iterator[None]:
        try:
            yield
        except TakenBack:
            self.streets.clear()
            self.stage.street = None
            self.history.begin_anew()

    async def _play(self, year: int, at_once: int) -> None:
        await self.stage.day(date(year, 3, 1))
        plots = [await self._plot(year, number) for number in range(at_once)]
        for month, day, hour, act in ACTS[self.city]:
            await self.stage.day(date(year, month, day), hour)
            for plot in plots:
                self.stage.street = plot.cast.organisations[self.city]
                await act(plot)
        self.concluded += at_once

    async def _plot(self, year: int, number: int) -> Plot:
        """A street with its people, and what it is going to buy. After a poor year another provider wins."""
        if number >= len(self.streets):
            self.streets.append(await self._street())
            number = len(self.streets) - 1
        company = Company(self.streets[number], self.stage, self.streets[number].tag)
        names = turned(NAMES[self.city], year - YEARS[0])
        offers = CARE_OFFERS if self.city == "cd" else TALK_OFFERS
        return Plot(
            cast=company,
            purchase=in_year(HOME_CARE if self.city == "cd" else COUNSELLING, year),
            offers=[replace(offer, provider=name) for offer, name in zip(offers, names, strict=True)],
            poor=self.poor,
            refused=self.number % 2 == 0 or self.city == "cd",
            history=self.history,
        )

    async def _street(self) -> Company:
        """A street office of its own, with a second person who approves payments."""
        company = Company(self.shared, self.stage, f"c{self.number}.{self.founded}")
        self.founded += 1
        place = JURISDICTIONS[self.city]
        await register_purchaser(company, self.city, place, f"示例街道办事处 {company.tag}")
        self.stage.street = street = company.organisations[self.city]
        await company.join(
            f"{self.city}.deputy", "副主任", ("approve_payment",), organisation=street, jurisdiction=place
        )
        await self.stage.settled()
        return company


def turned(names: tuple[str, ...], by: int) -> tuple[str, ...]:
    return names[by % len(names) :] + names[: by % len(names)]


async def with_providers(shared: Cast, stage: ClientStage, city: str, kind: str, first: int) -> Company:
    """The shared cast with three providers of that city; clients of one kind bid through the same ones."""
    company = Company(shared, stage, kind)
    for place, name in enumerate(NAMES[city]):
        one = Provider(name, f"{name} {kind}", city, JURISDICTIONS[city], first + place)
        await register_provider(company, one)
    return company


async def played(client: Client) -> None:
    """The client's life, to its end by time; what did not go as written is a violation."""
    try:
        await client.live()
    except Over:
        pass
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        client.history.wrong.append(f"client {client.number}: {type(error).__name__}: {error} ({where})")
    finally:
        assert client.stage.calendar is not None
        await client.stage.calendar.leave()
