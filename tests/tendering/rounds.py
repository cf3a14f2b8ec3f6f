"""Named examples from the bids on: providers, bids, opening, panel, scores, awards, and the registry's answers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from deploy.sealing import sealed_bid
from shared.events.catalog import CommitmentDecided
from shared.events.registry import AwardBlocked, AwardCleared, CitedClause, ProviderRegistered, ProviderVerified
from shared.sealing.keys import KeyPair
from tests.support.world import Person, Reply, World
from tests.tendering.examples import (
    CONDITIONS,
    ZHUHAI,
    Purchase,
    a_noticed_procurement,
    close_by_clock,
    shares_are_given,
    sweep,
    tell,
)

SIGNING_KEY = KeyPair.new("sign")
"""On the bidders' machines."""

ANNEXES = {"服务方案.pdf": "%PDF-1.7 每周三次上门，分周安排".encode()}


@dataclass
class Provider:
    """A registered provider and the person who bids for it."""

    id: UUID
    title: str
    person: Person

    async def submits(self, purchase: Purchase, content: dict[str, Any]) -> Reply:
        """Seals on the bidder's machine, uploads and submits; the answer to the submission."""
        envelope = (await self.uploads(purchase, await self.seals(purchase, content))).ok()
        return await self.hands_in(purchase, envelope["id"])

    async def seals(self, purchase: Purchase, content: dict[str, Any]) -> bytes:
        """What this bidder's machine makes of a bid."""
        annexes = {name: text + self.id.bytes for name, text in ANNEXES.items()}
        return sealed_bid(await purchase.sealing(self.person), self.id, content, annexes, SIGNING_KEY)

    async def uploads(self, purchase: Purchase, sealed: bytes) -> Reply:
        """Sends a sealed bid, which does not count yet."""
        headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
        path = f"{purchase.path}/envelopes"
        return await self.person.send("tendering", "POST", path, content=sealed, headers=headers)

    async def hands_in(self, purchase: Purchase, envelope_id: str) -> Reply:
        """Submits a sealed bid that was uploaded."""
        sent = {"provider_id": str(self.id), "envelope_id": envelope_id}
        return await self.person.post("tendering", f"{purchase.path}/bids", sent)


STATUTORY = (
    "independent_liability",
    "good_record",
    "financial_system",
    "facilities",
    "professional_ability",
    "tax_paid",
    "social_security_paid",
    "no_major_violation",
)
"""What GPL-22.1 asks of every supplier."""


async def a_provider(
    world: World,
    title: str = "春晖社会工作服务中心",
    *,
    conditions: tuple[str, ...] = STATUTORY,
    grade: str | None = None,
) -> Provider:
    """A provider that the registry has verified, with one person who may bid."""
    provider_id = uuid4()
    about: dict[str, Any] = {"jurisdiction": "4404", "organisation": provider_id, "provider_id": provider_id}
    registered = ProviderRegistered(
        **about, title=title, kind="social_organisation", credit_code="0" * 18, founded_on=date(2010, 1, 1)
    )
    await tell(world, "registry", registered)
    await tell(world, "registry", ProviderVerified(**about, conditions=list(conditions), assessment_grade=grade))
    person = await world.person("bidder", duties={"submit_bid"}, organisation=provider_id, jurisdiction="4404")
    return Provider(provider_id, title, person)


async def stands(
    world: World, provider: Provider, kind: type[Any], *, jurisdiction: str = "4404", **changed: Any
) -> None:
    """The registry says something for or against the provider."""
    fields: dict[str, Any] = {
        "jurisdiction": jurisdiction,
        "organisation": provider.id,
        "provider_id": provider.id,
        "rulebook": "zhuhai-2021",
        "clause": "ZH21-27.6",
        "effect": "reference",
        "cause": uuid4(),
        "from_day": date(2022, 1, 1),
    }
    await tell(world, "registry", kind(**{**fields, **changed}))


def a_bid(price: str = "200000.00", **changed: Any) -> dict[str, Any]:
    """A bid that answers the conditions and offers a response within 20 hours."""
    return {
        "price": price,
        "answers": [{"condition": c["code"], "statement": "见附件", "evidence": ["ab" * 32]} for c in CONDITIONS],
        "offers": [
            {"factor": "response_hours", "value": "20"},
            {"factor": "plan", "statement": "方案见附件"},
            {"factor": "capability", "statement": "三项措施"},
        ],
        **changed,
    }


async def open_all(purchase: Purchase) -> None:
    """Proposed by the officer, two of three openers give their shares, confirmed by the supervisor."""
    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()
    await shares_are_given(purchase)
    (await purchase.supervisor.post("tendering", f"{purchase.path}/opening/confirm")).ok()


@dataclass
class Round:
    """A procurement with its bidders, in the order of their submissions, and their receipts."""

    purchase: Purchase
    providers: list[Provider]
    receipts: list[dict[str, Any]]

    def bid_of(self, number: int) -> str:
        return str(self.receipts[number]["id"])


PRICES = ("200000.00", "205000.00", "210000.00")


async def a_closed_procurement(
    world: World,
    *,
    city: str = ZHUHAI,
    bids: tuple[dict[str, Any], ...] | None = None,
    providers: list[Provider] | None = None,
    **changed: Any,
) -> Round:
    """A procurement past its closing with three bids, or those given."""
    purchase = await a_noticed_procurement(world, city=city, **changed)
    contents = bids if bids is not None else tuple(a_bid(price) for price in PRICES)
    bidders = providers or [await a_provider(world, f"第{n + 1}家社会工作服务中心") for n in range(len(contents))]
    receipts = [(await p.submits(purchase, content)).ok() for p, content in zip(bidders, contents, strict=True)]
    await close_by_clock(world, purchase)
    await sweep(world)
    return Round(purchase, bidders, receipts)


async def an_opened_procurement(world: World, **given: Any) -> Round:
    """The same, opened by two persons."""
    closed = await a_closed_procurement(world, **given)
    await open_all(closed.purchase)
    return closed


async def panel_people(world: World, purchase: Purchase, experts: int | None = None) -> dict[str, list[Person]]:
    """One representative of the purchaser, and two external experts (four in Chengdu), or as many as given."""
    city = purchase.jurisdiction
    usual = 2 if city == ZHUHAI else 4
    own = await world.person(
        "representative", duties={"score_bids"}, organisation=purchase.organisation, jurisdiction=city
    )
    outside = [
        await world.person("expert", duties={"score_bids"}, organisation=uuid4(), jurisdiction=city.split("/")[0])
        for _ in range(usual if experts is None else experts)
    ]
    return {"purchaser": [own], "expert": outside}


def a_panel(people: dict[str, list[Person]], draw_reference: str | None = "抽取单 2022-0317") -> dict[str, Any]:
    members = [{"person_id": str(person.id), "role": role} for role, persons in people.items() for person in persons]
    return {"members": members, "draw_reference": draw_reference}


async def a_formed_panel(world: World, purchase: Purchase, *, declared: bool = True) -> list[Person]:
    """The members of a lawful panel, who declared that they have no interest."""
    people = await panel_people(world, purchase)
    (await purchase.officer.post("tendering", f"{purchase.path}/panel", a_panel(people))).ok()
    members = [*people["purchaser"], *people["expert"]]
    for member in members if declared else ():
        (await member.post("tendering", f"{purchase.path}/panel/declaration", {"interests": []})).ok()
    return members


async def a_reviewed_procurement(world: World, *, found: list[dict[str, Any]] | None = None, **given: Any) -> Round:
    """An opened procurement whose bids were held against the conditions."""
    opened = await an_opened_procurement(world, **given)
    path = f"{opened.purchase.path}/qualification"
    (await opened.purchase.officer.post("tendering", path, {"found": found or []})).ok()
    return opened


def a_sheet(round_: Round, *points: tuple[str, str]) -> dict[str, Any]:
    """A sheet with points for plan and capability, bid by bid."""
    scores = []
    for receipt, (plan, capability) in zip(round_.receipts, points, strict=True):
        scores.append({"bid_id": receipt["id"], "factor": "plan", "points": plan})
        scores.append({"bid_id": receipt["id"], "factor": "capability", "points": capability})
    return {"scores": scores}


EQUAL = (("40", "20"), ("40", "20"), ("40", "20"))


async def a_scored_procurement(
    world: World, *, points: tuple[tuple[str, str], ...] = (("40", "20"), ("25", "20"), ("25", "12")), **given: Any
) -> Round:
    """A procurement that a whole panel has scored alike; the first bid leads unless other points are given."""
    reviewed = await a_reviewed_procurement(world, **given)
    for member in await a_formed_panel(world, reviewed.purchase):
        sheet = a_sheet(reviewed, *points)
        (await member.post("tendering", f"{reviewed.purchase.path}/scores", sheet)).ok()
    return reviewed


@dataclass
class Award:
    """A round of a procurement, proposed by the officer."""

    round: Round
    id: str
    number: int

    @property
    def path(self) -> str:
        return f"/v1/awards/{self.id}"

    def about(self, provider: int = 0) -> dict[str, Any]:
        """What the registry's answer to this round repeats."""
        purchase = self.round.purchase
        return {
            "jurisdiction": purchase.jurisdiction,
            "organisation": purchase.organisation,
            "project_id": purchase.project_id,
            "procurement_id": UUID(purchase.procurement_id),
            "lot": 1,
            "round": self.number,
            "provider_id": self.round.providers[provider].id,
        }

    async def state(self) -> str:
        [row] = await self.round.purchase.world.rows("SELECT state FROM tendering.awards WHERE id = $1", UUID(self.id))
        return str(row["state"])


async def a_proposed_award(world: World, scored: Round | None = None, *, reasons: Any = (), **given: Any) -> Award:
    """The first in rank is proposed; the registry has not answered yet."""
    scored = scored or await a_scored_procurement(world, **given)
    body = {"acknowledged": list(reasons)}
    award = (await scored.purchase.officer.post("tendering", f"{scored.purchase.path}/awards", body)).ok()
    return Award(scored, award["id"], award["round"])


def a_finding(effect: str = "reference", clause: str = "ZH21-27.6", rulebook: str = "zhuhai-2021") -> CitedClause:
    return CitedClause(
        code="provider_watched",
        clause=clause,
        article="……",
        rulebook=rulebook,
        effect=effect,  # type: ignore[arg-type]
    )


async def covered(world: World, award: Award, *, granted: bool = True, **changed: Any) -> None:
    """The budget holds the award's money, or not."""
    found = [] if granted else [a_finding("bar", "D102-14.1", "national-procurement")]
    money = {"budget": Decimal("220000.00"), "committed": Decimal("200000.00"), "needed": Decimal("200000.00")}
    answer = {**award.about(), "year": 2022, **money, "granted": granted, "findings": found, **changed}
    await tell(world, "catalog", CommitmentDecided(**answer))


async def cleared(
    world: World, award: Award, *findings: CitedClause, provider: int = 0, budget: bool = True, **changed: Any
) -> None:
    """The registry clears the award, after the budget holds its money unless it has not answered."""
    if budget:
        await covered(world, award)
    await tell(world, "registry", AwardCleared(**{**award.about(provider), "findings": list(findings), **changed}))


async def blocked(world: World, award: Award, *, provider: int = 0, **changed: Any) -> None:
    """The registry blocks the award, by national law."""
    found = a_finding("bar", "GPL-77.1", "national-procurement")
    await tell(world, "registry", AwardBlocked(**{**award.about(provider), "findings": [found], **changed}))


async def an_announced_award(world: World, **given: Any) -> Award:
    award = await a_proposed_award(world, **given)
    await cleared(world, award)
    return award
