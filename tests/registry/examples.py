"""Named examples of the registry's tests: an authority with two persons, providers in every state, events of others."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from services.registry.providers.vocabulary import EVIDENCE
from shared.events import Event
from shared.events.contracts import ContractSigned, SigningProposed
from shared.events.evaluation import EvaluationConcluded
from shared.events.tendering import AwardProposed
from shared.fields.credit_code import with_check_digit
from tests.support.world import Person, World

HASH = "ab" * 32
LICENSED = "91350200612017727A"
"""A code whose first 17 characters ask for another check character."""
ZHUHAI, CHENGDU = "4404/440402", "5101/510104"
_numbers = count(1)


def a_credit_code() -> str:
    return with_check_digit(f"52440400{next(_numbers):09d}")


@dataclass(frozen=True, slots=True)
class Authority:
    """A registration authority: one person enters, another verifies."""

    enters: Person
    verifies: Person


async def an_authority(world: World, jurisdiction: str = "4404") -> Authority:
    organisation = uuid4()
    duties = {"register_provider", "verify_provider", "import_result"}
    enters = await world.person("enters", duties=duties, organisation=organisation, jurisdiction=jurisdiction)
    verifies = await world.person("verifies", duties=duties, organisation=organisation, jurisdiction=jurisdiction)
    return Authority(enters, verifies)


def a_provider_body(jurisdiction: str = "4404", **changes: Any) -> dict[str, Any]:
    body = {
        "title": f"珠海晴朗社工服务中心{next(_numbers)}",
        "jurisdiction": jurisdiction,
        "kind": "social_organisation",
        "form": "private_non_enterprise",
        "credit_code": a_credit_code(),
        "registered_with": "city_civil_affairs",
        "registration_number": f"ZH-{next(_numbers)}",
        "founded_on": "2016-05-01",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


async def taken_off(authority: Authority, provider: UUID | str) -> None:
    """The authority takes the provider off the register, by two persons."""
    (await authority.enters.post("registry", f"/v1/providers/{provider}/withdraw")).ok()
    (await authority.verifies.post("registry", f"/v1/providers/{provider}/withdraw/confirm")).ok()


async def a_provider(world: World, authority: Authority | None = None, **changes: Any) -> UUID:
    """A registered provider without papers."""
    authority = authority or await an_authority(world)
    answer = await authority.enters.post("registry", "/v1/providers", a_provider_body(**changes))
    return UUID(answer.ok()["id"])


def a_paper(kind: str, **changes: Any) -> dict[str, Any]:
    paper = {"kind": kind, "issuer": "珠海市民政局", "issued_on": "2021-06-01", "document_hash": HASH}
    return {**paper, **changes}


def every_paper() -> list[dict[str, Any]]:
    return [a_paper(kind) for kind, proven in EVIDENCE.items() if proven]


async def verified(authority: Authority, provider: UUID, papers: list[dict[str, Any]]) -> dict[str, Any]:
    """Enters papers by one person and has another accept them; returns the answer."""
    entered = (await authority.enters.post("registry", f"/v1/providers/{provider}/evidence", {"papers": papers})).ok()
    waiting = [paper["id"] for paper in entered["evidence"] if paper["state"] == "entered"]
    seen = await authority.verifies.post("registry", f"/v1/providers/{provider}/verify", {"accepted": waiting})
    return dict(seen.ok())


def an_evaluation(
    provider: UUID,
    grade: str,
    *,
    rulebook: str = "zhuhai-2021@1",
    jurisdiction: str = ZHUHAI,
    organisation: UUID | None = None,
    evaluation: UUID | None = None,
    project: UUID | None = None,
    version: int = 1,
    score: str = "54.00",
    kind: str = "final",
    day: date = date(2022, 2, 1),
) -> EvaluationConcluded:
    return EvaluationConcluded(
        jurisdiction=jurisdiction,
        organisation=organisation or uuid4(),
        project_id=project or uuid4(),
        contract_id=uuid4(),
        provider_id=provider,
        evaluation_id=evaluation or uuid4(),
        rulebook=rulebook,
        kind=kind,  # type: ignore[arg-type]
        score=Decimal(score),
        grade=grade,  # type: ignore[arg-type]
        result_version=version,
        concluded_on=day,
    )


def an_award(
    provider: UUID,
    *,
    project: UUID | None = None,
    procurement: UUID | None = None,
    lot: int = 1,
    round_: int = 1,
    rulebook: str = "zhuhai-2021@1",
    jurisdiction: str = ZHUHAI,
    acknowledged: list[str] | None = None,
) -> AwardProposed:
    return AwardProposed(
        jurisdiction=jurisdiction,
        organisation=uuid4(),
        project_id=project or uuid4(),
        procurement_id=procurement or uuid4(),
        lot=lot,
        round=round_,
        provider_id=provider,
        rulebook=rulebook,
        acknowledged=acknowledged or [],
    )


def a_signing(provider: UUID, *, project: UUID | None = None, acknowledged: list[str] | None = None) -> SigningProposed:
    return SigningProposed(
        jurisdiction=ZHUHAI,
        organisation=uuid4(),
        project_id=project or uuid4(),
        contract_id=uuid4(),
        round=1,
        provider_id=provider,
        rulebook="zhuhai-2021@1",
        acknowledged=acknowledged or [],
    )


def a_signed_contract(award: AwardProposed) -> ContractSigned:
    return ContractSigned(
        jurisdiction=award.jurisdiction,
        organisation=award.organisation,
        project_id=award.project_id,
        contract_id=uuid4(),
        reference="HT-1",
        provider_id=award.provider_id,
        procurement_id=award.procurement_id,
        price=Decimal("200000.00"),
        rulebook=award.rulebook,
        starts_on=date(2022, 4, 1),
        ends_on=date(2023, 3, 31),
        service_class=None,
        nature="deliverable",
        procurement_project=False,
        signed_by=uuid4(),
        lines=[],
    )


async def happens(world: World, event: Event) -> None:
    """The event, as its service publishes it, and everything that follows."""
    await world.emit(event.service, event)
    await world.pump()


async def published(world: World, *names: str, about: UUID) -> list[dict[str, Any]]:
    """The registry's events of these names about a provider or a purchase, in their order, with the entry's clauses."""
    types = [f"goufu.registry.{name}.v1" for name in names]
    rows = await world.rows(
        "SELECT type, entry::jsonb AS entry FROM registry.journal WHERE key = $1 AND type = ANY($2) ORDER BY version",
        about,
        types,
    )
    return [
        {"name": row["type"].split(".")[2], **row["entry"]["event"], "clauses": row["entry"]["clauses"]} for row in rows
    ]
