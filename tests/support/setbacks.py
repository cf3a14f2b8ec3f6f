"""A second story, of what goes wrong: it takes the reactions that the demonstration has no occasion for.

Two purchases of a street in Zhuhai, played with the demonstration's own building blocks through the APIs. The first
fails for want of bids and is opened again; its winner is barred after the announcement, the next in rank before the
signing: its draft is withdrawn, and the purchase ends without an award. The contract of the second is terminated by
the provider's breach, and the advance that was ordered before comes back. Somebody who never took up a post is erased.
No service finds misconduct by itself yet: that one event is entered through the journal of the service that would
publish it.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from deploy.demo import agreements, ending, needs, tenders
from deploy.demo.cast import ZHUHAI, Cast, gather
from deploy.demo.providers import register_providers
from deploy.demo.purchases import COUNSELLING, COUNSELLING_AGAIN, Purchase
from deploy.demo.stage import Stage
from deploy.demo.tenders import Offer
from shared.events.evaluation import MisconductFound
from shared.web.issuer import ISSUER
from tests.support.journey import emit

COUNSEL = COUNSELLING
TUTOR = replace(COUNSELLING_AGAIN, title="社区课后辅导", file=COUNSELLING.file)
"""Its money is of the next year, because a budget line of the street is one a year."""

COUNSEL_OFFERS = [
    Offer("anning", "200000.00", "12", "33.10", "18.00"),
    Offer("qinglang", "205000.00", "20", "30.00", "15.00"),
    Offer("tongxing", "215000.00", "30", "24.00", "10.00"),
]
TUTOR_OFFERS = [
    Offer("tongxing", "200000.00", "12", "33.10", "18.00"),
    Offer("qinglang", "205000.00", "20", "30.00", "15.00"),
    Offer("anning", "215000.00", "30", "24.00", "10.00"),
]
UNFIT = {"ground": "unfit_provider", "reason": "中标人已被列入不良行为记录。"}
BREACH = {"ground": "provider_breach", "reason": "三个月未提供服务"}


@dataclass(frozen=True, slots=True)
class Setbacks:
    """How it ended, by the state of each thing; rounds and contracts by provider, standings by what stands."""

    projects: tuple[str, str]
    procurements: tuple[str, str, str]
    rounds: dict[str, str]
    contracts: dict[str, tuple[str, str]]
    standings: dict[str, list[str]]
    clerk: str


EXPECTED = Setbacks(
    projects=("declined", "cleared"),
    procurements=("failed", "failed", "failed"),
    rounds={"anning": "blocked", "qinglang": "withdrawn"},
    contracts={"qinglang": ("withdrawn", "blocked"), "tongxing": ("terminated", "cleared")},
    standings={"anning": ["barred"], "qinglang": ["barred"], "tongxing": ["watched", "watched"]},
    clerk="erased",
)


@dataclass
class Plot:
    """What the acts hand on to each other: paths of what there is."""

    cast: Cast
    projects: tuple[str, str]
    clerk: str = ""
    failed: str = ""
    counsel: str = ""
    tutor: str = ""


async def suffer(stage: Stage) -> tuple[Setbacks, int]:
    """Plays every act; returns the outcome as read back through the APIs, and the number of events on the topics."""
    await stage.day(date(2022, 3, 1))
    cast = await gather(stage)
    await register_providers(cast)
    await more_desks(cast)
    await needs.publish_directories(cast)
    plot = Plot(cast, (await cleared(cast, COUNSEL), await cleared(cast, TUTOR)))
    await too_few_bids(plot)
    await barred_after_the_announcement(plot)
    await barred_before_the_signing(plot)
    await erased(plot)
    await no_award(plot)
    return await read_back(plot), await ending.events(cast)


async def more_desks(cast: Cast) -> None:
    """Two persons who bar, and a second one who may end what the street has signed."""
    await cast.body("zh.bars", "珠海市财政局监督处", "4404", "finance_bureau")
    await cast.office("zh.bars", "珠海市财政局监督处", "4404", dict.fromkeys(("one", "two"), ("bar_provider",)))
    street = cast.organisations["zh"]
    await cast.join("zh.deputy", "副主任", ("sign_contract",), organisation=street, jurisdiction=ZHUHAI)
    finance: dict[str, Any] = {"organisation": cast.organisations["zh.finance"], "jurisdiction": ZHUHAI}
    await cast.join("zh.finance.second", "国库复核", ("record_receipt",), **finance)
    await cast.join("zh.second", "审核员", ("review_project",), organisation=street, jurisdiction=ZHUHAI)
    await cast.stage.settled()


async def cleared(cast: Cast, purchase: Purchase) -> str:
    """A project that may be procured; returns its path."""
    project = await needs.propose(cast, purchase)
    requirement = await needs.write_requirement(cast, purchase, project)
    await needs.review_requirement(cast, purchase, requirement)
    return project


async def noticed(cast: Cast, purchase: Purchase, project: str, closes_at: str, offers: list[Offer]) -> str:
    """A procurement of the project with its bids; returns its path."""
    tender = await tenders.open_procurement(cast, purchase, needs.project_of(project))
    await tenders.draft_and_check(cast, purchase, tender)
    await tenders.publish(cast, purchase, tender, closes_at)
    await tenders.submit(cast, purchase, tender, offers)
    return tender


async def too_few_bids(plot: Plot) -> None:
    """One bid alone ends the procurement; the project may be procured again, and is."""
    cast, (counsel, tutor) = plot.cast, plot.projects
    plot.failed = await noticed(cast, COUNSEL, counsel, "2022-03-14T09:30:00+08:00", COUNSEL_OFFERS[:1])
    await cast.stage.day(date(2022, 3, 14), hour=10)
    await cast.stage.until(lambda: state_of(cast, "catalog", counsel), "cleared")
    again = "2022-03-28T09:30:00+08:00"
    plot.counsel = await noticed(cast, COUNSEL, counsel, again, COUNSEL_OFFERS)
    plot.tutor = await noticed(cast, TUTOR, tutor, again, TUTOR_OFFERS)


async def barred_after_the_announcement(plot: Plot) -> None:
    """The bar blocks the announced award; two persons choose the next in rank, who is cleared."""
    cast, stage = plot.cast, plot.cast.stage
    await stage.day(date(2022, 3, 28), hour=10)
    await tenders.evaluate(cast, COUNSEL, plot.counsel, COUNSEL_OFFERS, withdraws="pool.expert3")
    await tenders.evaluate(cast, TUTOR, plot.tutor, TUTOR_OFFERS)
    award = await tenders.propose_award(cast, COUNSEL, plot.counsel)
    other = await tenders.propose_award(cast, TUTOR, plot.tutor)
    await bar(cast, "anning")
    await stage.settled()
    reviewer, signer = cast["zh.reviewer"], cast["zh.signer"]
    await reviewer.do("tendering", f"/v1/awards/{award['id']}/choice", {"choice": "next"})
    following = await signer.do("tendering", f"/v1/awards/{award['id']}/choice/confirm")
    await stage.until(lambda: state_of(cast, "tendering", f"/v1/awards/{following['id']}"), "announced")
    await tenders.confirm_award(cast, COUNSEL, following)
    await tenders.confirm_award(cast, TUTOR, other)


async def barred_before_the_signing(plot: Plot) -> None:
    """The bar stops a signing already cleared; the other contract is signed, broken and ended; misconduct is found."""
    cast, stage = plot.cast, plot.cast.stage
    stopped = await agreements.contract_of(cast, COUNSEL, "qinglang")
    signed = await agreements.contract_of(cast, TUTOR, "tongxing")
    await agreements.write(cast, COUNSEL, stopped)
    await agreements.write(cast, TUTOR, signed)
    signer = cast["zh.signer"]
    await signer.do("contracts", f"/v1/contracts/{stopped['id']}/signing", {})
    await agreements.sign(cast, TUTOR, signed, "tongxing")
    advance = signed["lines"][0]
    await agreements.pay(cast, TUTOR, advance)
    await bar(cast, "qinglang")
    await signer.do("contracts", f"/v1/contracts/{signed['id']}/terminations", BREACH)
    await cast["zh.deputy"].do("contracts", f"/v1/contracts/{signed['id']}/terminations/confirm")
    unpaid = {"settled": False, "treasury_reference": "GK-ZH-9001"}
    for officer in ("zh.finance.treasury", "zh.finance.second"):
        await cast[officer].do("contracts", f"/v1/payment-lines/{advance['id']}/receipts", unpaid)
    await emit(stage.deployment, "evaluation", misconduct(signed))
    await stage.settled()
    await signer.refused("contracts", f"/v1/contracts/{stopped['id']}/sign", clause="GPL-77.1")
    await signer.do("contracts", f"/v1/contracts/{stopped['id']}/withdrawals", UNFIT)
    await cast["zh.deputy"].do("contracts", f"/v1/contracts/{stopped['id']}/withdrawals/confirm")
    await stage.settled()


async def no_award(plot: Plot) -> None:
    """Of the last award that stood no contract comes; two persons end the procurement, and take its project out."""
    cast = plot.cast
    rounds = await cast["zh.planner"].get("tendering", f"{plot.counsel}/awards")
    last = f"/v1/awards/{rounds[-1]['id']}/choice"
    await cast["zh.reviewer"].do("tendering", last, {"choice": "fail"})
    await cast["zh.signer"].do("tendering", f"{last}/confirm")
    await cast.stage.settled()
    withdrawal = f"{plot.projects[0]}/withdrawal"
    await cast["zh.reviewer"].do("catalog", withdrawal, {"reason": "资金另有安排"})
    await cast["zh.second"].do("catalog", f"{withdrawal}/confirm")
    await cast.stage.settled()


async def erased(plot: Plot) -> None:
    """Two administrators erase a clerk whom no record names."""
    cast = plot.cast
    about = {"organisation": str(cast.organisations["zh"]), "jurisdiction": ZHUHAI, "issuer": ISSUER}
    name = {"text": "未到岗者", "keep_until": "2032-12-31"}
    clerk = {**about, "account": "zh.clerk", "display_name": name}
    person = await cast.administrator.do("registry", "/v1/persons", clerk)
    plot.clerk = f"/v1/persons/{person['id']}"
    await cast.administrator.do("registry", f"{plot.clerk}/erasure", {"reason": "未到岗，信息不再需要"})
    await cast.stage.settled()
    await cast.second.do("registry", f"{plot.clerk}/erasure/confirm")
    await cast.stage.settled()


async def bar(cast: Cast, provider: str) -> None:
    """Two persons bar a provider from every purchase (GPL-77.1)."""
    one, two = cast["zh.bars.one"], cast["zh.bars.two"]
    body = {
        "organisation": str(one.organisation),
        "jurisdiction": "4404",
        "ground": "false_material",
        "months": 24,
        "reason": "投标时提交虚假业绩证明。",
        "document_hash": await one.upload("registry", "处理决定书"),
    }
    proposed = await one.do("registry", f"/v1/providers/{cast.organisations[provider]}/bars", body)
    await two.do("registry", f"/v1/bars/{proposed['id']}/confirm")


def misconduct(contract: dict[str, Any]) -> MisconductFound:
    return MisconductFound(
        jurisdiction=contract["jurisdiction"],
        organisation=UUID(contract["organisation"]),
        project_id=UUID(contract["project_id"]),
        contract_id=UUID(contract["id"]),
        provider_id=UUID(contract["provider_id"]),
        finding_id=uuid4(),
        ground="false_material",
        decided_on=date(2022, 3, 28),
    )


async def state_of(cast: Cast, service: str, path: str) -> str:
    return str((await cast["zh.planner"].get(service, path))["state"])


async def read_back(plot: Plot) -> Setbacks:
    """The end, as the street and the auditor see it."""
    cast, planner, auditor = plot.cast, plot.cast["zh.planner"], plot.cast["zh.audit.auditor"]
    names = {str(organisation): name for name, organisation in cast.organisations.items()}
    counsel, tutor = plot.projects
    rounds = await planner.get("tendering", f"{plot.counsel}/awards")
    contracts = (await planner.get("contracts", "/v1/contracts"))["items"]
    standings = {}
    for provider in ("anning", "qinglang", "tongxing"):
        found = await auditor.get("registry", f"/v1/providers/{cast.organisations[provider]}/standing")
        standings[provider] = [one["kind"] for one in found["standings"]]
    return Setbacks(
        projects=(await state_of(cast, "catalog", counsel), await state_of(cast, "catalog", tutor)),
        procurements=(
            await state_of(cast, "tendering", plot.failed),
            await state_of(cast, "tendering", plot.counsel),
            await state_of(cast, "tendering", plot.tutor),
        ),
        rounds={names[one["provider_id"]]: one["state"] for one in rounds},
        contracts={names[one["provider_id"]]: (one["state"], one["standing"]) for one in contracts},
        standings=standings,
        clerk=str((await cast.administrator.get("registry", plot.clerk))["state"]),
    )
