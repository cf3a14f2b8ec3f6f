"""Named examples of this folder: an award as tendering confirms it, a contract written, cleared and signed from it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from shared.events.catalog import CommitmentDecided, FundingSource
from shared.events.registry import CitedClause, SigningBlocked, SigningCleared
from shared.events.tendering import AwardConfirmed, ContractTerms, PaymentTerm
from tests.support.world import Person, Reply, World

ZHUHAI_FIELDS = (
    "object",
    "period",
    "quantity",
    "quality",
    "price",
    "payment_method",
    "rights_and_duties",
    "breach_liability",
)
CHENGDU_FIELDS = (
    "scope",
    "object",
    "quantity",
    "quality",
    "price",
    "period",
    "payment_method",
    "assessment_method",
    "rights_and_duties",
    "breach_liability",
    "dispute_resolution",
)
BANDS = (
    (Decimal("90.00"), Decimal("1")),
    (Decimal("80.00"), Decimal("0.95")),
    (Decimal("70.00"), Decimal("0.90")),
)


ACCOUNT = {
    "title": "云澳社区服务中心",
    "bank": "中国银行珠海横琴支行",
    "number": "640001234567",
    "bank_code": "104585000123",
}
"""The account under the name that the provider of these awards bears."""


def zhuhai_payments(advance: str = "80000.00") -> list[PaymentTerm]:
    """Advance, mid-term by acceptance, the rest by evaluation: 200,000.00 in all."""
    rest = Decimal("140000.00") - Decimal(advance)
    return [
        PaymentTerm(number=1, kind="advance", amount=Decimal(advance), gate="contract"),
        PaymentTerm(number=2, kind="instalment", amount=rest, gate="acceptance"),
        PaymentTerm(number=3, kind="final", amount=Decimal("60000.00"), gate="evaluation"),
    ]


def chengdu_payments(gate: Any = "assessment") -> list[PaymentTerm]:
    """Three instalments of 152,000.00 by assessment."""
    return [
        PaymentTerm(number=n, kind="instalment", amount=Decimal("152000.00"), gate=gate, period=n, bands=BANDS)
        for n in (1, 2, 3)
    ]


def zhuhai_award(world: World, **changes: Any) -> AwardConfirmed:
    """云澳街道: 200,000.00 for a year of counselling, from fiscal and charity money."""
    return _award(
        world.street,
        world.provider,
        jurisdiction="4404/440402",
        rulebook="zhuhai-2021@1",
        amount="200000.00",
        sources=[("fiscal", "200000.00"), ("charity", "20000.00")],
        **{"payments": zhuhai_payments(), "contents": ZHUHAI_FIELDS, "nature": "deliverable", **changes},
    )


def chengdu_award(world: World, **changes: Any) -> AwardConfirmed:
    """锦溪街道: 456,000.00 for a year of care at home, in three instalments by assessment."""
    given = {"payments": chengdu_payments(), "service_class": 3, "window": 5, "contents": CHENGDU_FIELDS, **changes}
    return _award(
        world.office,
        world.provider,
        jurisdiction="5101/510104",
        rulebook="chengdu-2017@1",
        amount="456000.00",
        sources=[("fiscal", "480000.00")],
        nature="continuous",
        **given,
    )


def _award(
    organisation: UUID,
    provider: UUID,
    *,
    jurisdiction: str,
    rulebook: str,
    amount: str,
    sources: list[tuple[str, str]],
    payments: list[PaymentTerm],
    contents: tuple[str, ...],
    nature: Any,
    starts_on: date = date(2022, 4, 1),
    ends_on: date = date(2023, 3, 31),
    service_class: int | None = None,
    service_years: int = 1,
    window: int | None = None,
    noticed_on: date = date(2022, 3, 1),
) -> AwardConfirmed:
    terms = ContractTerms(
        starts_on=starts_on,
        ends_on=ends_on,
        contents=list(contents),
        payments=payments,
        service_years=service_years,
        objection_window_working_days=window,
    )
    return AwardConfirmed(
        jurisdiction=jurisdiction,
        organisation=organisation,
        project_id=uuid4(),
        procurement_id=uuid4(),
        lot=1,
        round=1,
        provider_id=provider,
        provider_title="云澳社区服务中心",
        amount=Decimal(amount),
        rulebook=rulebook,
        noticed_on=noticed_on,
        service_class=service_class,
        nature=nature,
        procurement_project=rulebook.startswith("chengdu"),
        requirement_id=uuid4(),
        requirement_version=1,
        sources=[FundingSource(kind=kind, amount=Decimal(value)) for kind, value in sources],
        terms=terms,
    )


def written_as(award: AwardConfirmed, *, without: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    """The body with which the purchaser writes the contract exactly as awarded, but for what a test changes."""
    terms = award.terms
    body = {
        "price": str(award.amount),
        "starts_on": str(terms.starts_on),
        "ends_on": str(terms.ends_on),
        "contents": {field: f"关于 {field} 的约定" for field in terms.contents if field not in without},
        "payments": [payment.model_dump(mode="json") for payment in terms.payments],
        "objection_window_working_days": terms.objection_window_working_days,
        "account": ACCOUNT,
    }
    return {**body, **changes}


STEADY = ("fixed_need", "continuing", "stable_funding", "small_price_change")
"""Every trait that one of the texts asks of a term beyond the ordinary."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The people of one purchase: each holds one duty, the signer for either party is another person."""

    drafts: Person
    signs: Person
    countersigns: Person
    files: Person
    asks: Person
    approves: Person
    receives: Person


async def a_desk(world: World, award: AwardConfirmed) -> Desk:
    async def person(duty: str, organisation: UUID) -> Person:
        place = award.jurisdiction
        return await world.person(duty, duties={duty}, organisation=organisation, jurisdiction=place)

    street, finance = award.organisation, world.finance_zh
    return Desk(
        drafts=await person("draft_contract", street),
        signs=await person("sign_contract", street),
        countersigns=await person("sign_for_provider", award.provider_id),
        files=await person("file_contract", finance),
        asks=await person("request_payment", street),
        approves=await person("approve_payment", street),
        receives=await person("record_receipt", finance),
    )


async def a_draft(world: World, award: AwardConfirmed) -> UUID:
    """The contract that follows from the award."""
    await world.emit("tendering", award)
    await world.pump()
    [row] = await world.rows("SELECT id FROM contracts.contracts WHERE procurement_id = $1", award.procurement_id)
    contract: UUID = row["id"]
    return contract


async def a_written_contract(world: World, desk: Desk, award: AwardConfirmed) -> UUID:
    contract = await a_draft(world, award)
    body = written_as(award, term_conditions=list(STEADY))
    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()
    return contract


async def a_cleared_contract(world: World, desk: Desk, award: AwardConfirmed) -> UUID:
    """Written, put to signature, and cleared by the registry."""
    contract = await a_written_contract(world, desk, award)
    await put_to_signature(world, desk, contract, award)
    return contract


async def put_to_signature(world: World, desk: Desk, contract: UUID, award: AwardConfirmed) -> None:
    asked = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).ok()
    await world.emit("registry", cleared(award, contract, asked["signing_round"]))
    if asked["renews"] is not None:
        await world.emit("catalog", covered(award, contract, asked["signing_round"]))
    await world.pump()


def cleared(award: AwardConfirmed, contract: UUID, signing_round: int) -> SigningCleared:
    return SigningCleared(**_asked(award, contract, signing_round))


def covered(award: AwardConfirmed, contract: UUID, signing_round: int, *, granted: bool = True) -> CommitmentDecided:
    """The answer of the budget of 2023, which is exactly the price: it holds it now, or another contract does."""
    money: dict[str, Any] = dict.fromkeys(("budget", "committed", "needed"), award.amount)
    return CommitmentDecided(**_asked(award, contract, signing_round), year=2023, granted=granted, **money)


def blocked(award: AwardConfirmed, contract: UUID, signing_round: int) -> SigningBlocked:
    """The registry's answer for a provider that was barred meanwhile."""
    article = "政府采购法 第七十七条"
    bar = {"code": "barred", "clause": "GPL-77.1", "article": article, "effect": "bar"}
    finding = CitedClause(**bar, rulebook="national-procurement@1")  # type: ignore[arg-type]
    return SigningBlocked(**_asked(award, contract, signing_round), findings=[finding])


def _asked(award: AwardConfirmed, contract: UUID, signing_round: int) -> dict[str, Any]:
    return {
        "jurisdiction": award.jurisdiction,
        "organisation": award.organisation,
        "project_id": award.project_id,
        "contract_id": contract,
        "round": signing_round,
        "provider_id": award.provider_id,
    }


async def a_contract_in_force(world: World, desk: Desk, award: AwardConfirmed) -> UUID:
    """Signed by both parties and filed."""
    contract = await a_cleared_contract(world, desk, award)
    await sign_and_file(desk, contract)
    await world.pump()
    return contract


async def sign_and_file(desk: Desk, contract: UUID) -> None:
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
    (await desk.files.post("contracts", f"/v1/contracts/{contract}/file")).ok()


async def lines_of(world: World, contract: UUID) -> list[UUID]:
    """The ids of the payment lines, in order."""
    rows = await world.rows("SELECT id FROM contracts.payment_lines WHERE contract_id = $1 ORDER BY number", contract)
    return [row["id"] for row in rows]


async def row_of(world: World, contract: UUID) -> dict[str, Any]:
    """The contract as it stands, for the events of evaluation about it."""
    [row] = await world.rows("SELECT * FROM contracts.contracts WHERE id = $1", contract)
    return row


async def ask_and_approve(desk: Desk, line: UUID, papers: UUID | None = None) -> dict[str, Any]:
    """Asked for by one person on these papers, approved by another."""
    body = {"papers": str(papers)} if papers else {}
    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", body)).ok()
    return dict((await desk.approves.post("contracts", f"/v1/payment-lines/{line}/approve")).ok())


_references = count(1)


async def receipt(desk: Desk, line: UUID, *, settled: bool = True, reference: str | None = "", **more: Any) -> Reply:
    """The treasury's receipt, under a reference of its own unless one is given."""
    named = f"GK-2022-{next(_references):04d}" if reference == "" else reference
    body = {"settled": settled, "treasury_reference": named, **more}
    return await desk.receives.post("contracts", f"/v1/payment-lines/{line}/receipts", body)


async def line_state(world: World, line: UUID) -> tuple[str, str]:
    """State of a line and what was paid for it."""
    [row] = await world.rows("SELECT state, paid FROM contracts.payment_lines WHERE id = $1", line)
    return row["state"], str(row["paid"])


async def movements(world: World, line: UUID) -> list[tuple[str, str]]:
    """Every movement of money for a line, in order."""
    rows = await world.rows("SELECT kind, amount FROM contracts.payments WHERE line_id = $1 ORDER BY number", line)
    return [(row["kind"], str(row["amount"])) for row in rows]


async def returned(world: World, desk: Desk, line: UUID, **more: Any) -> dict[str, Any]:
    """The order came back unpaid: one person says it, another confirms."""
    (await receipt(desk, line, settled=False, **more)).ok()
    return dict((await (await a_second(world, desk, line)).post(*came_back(line, **more))).ok())


async def a_second(world: World, desk: Desk, line: UUID) -> Person:
    """Another person who enters receipts there."""
    statement = (
        "SELECT c.jurisdiction FROM contracts.contracts c JOIN contracts.payment_lines l ON l.contract_id = c.id"
    )
    [row] = await world.rows(f"{statement} WHERE l.id = $1", line)
    place = {"organisation": desk.receives.organisation, "jurisdiction": row["jurisdiction"]}
    return await world.person("second", duties={"record_receipt"}, **place)


def came_back(line: UUID, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return "contracts", f"/v1/payment-lines/{line}/receipts", {"settled": False, **more}
