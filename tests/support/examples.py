"""Named examples that many tests begin with."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, EvaluationConcluded
from tests.support.journey import Journey
from tests.support.world import World


async def a_signed_contract(
    world: World | Journey,
    *,
    price: str = "200000.00",
    rulebook: str = "zhuhai-2021@1",
    jurisdiction: str = "4404/440402",
    organisation: UUID | None = None,
    signed: bool = True,
    sources: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A contract signed by both, without payment lines."""
    project = uuid4()
    contract: dict[str, Any] = {
        "id": uuid4(),
        "key": project,
        "version": 1,
        "jurisdiction": jurisdiction,
        "organisation": organisation or world.street,
        "provider_id": world.provider,
        "provider_title": "云澳社区服务中心",
        "procurement_id": uuid4(),
        "lot": 1,
        "reference": f"HT-{project.hex[:8]}",
        "rulebook": rulebook,
        "noticed_on": date(2022, 3, 1),
        "price": Decimal(price),
        "paid": Decimal("0.00"),
        "sources": [{"kind": k, "amount": v} for k, v in (sources or {"fiscal": price}).items()],
        "starts_on": date(2022, 3, 1),
        "ends_on": date(2023, 2, 28),
        "terms": {"starts_on": "2022-03-01", "ends_on": "2023-02-28", "contents": [], "payments": []},
        "service_years": 1,
        "service_year": 1,
        "service_from": date(2022, 3, 1),
        "nature": "deliverable",
        "procurement_project": False,
        "contents": [],
        "term_conditions": [],
        "state": "running" if signed else "drafted",
        "signing_round": 1,
        "standing": "cleared",
        "standing_findings": [],
        "signed_by": uuid4() if signed else None,
        "provider_signed_by": uuid4() if signed else None,
        "signed_on": date(2022, 3, 1) if signed else None,
    }
    await world.insert("contracts", "contracts", contract)
    await world.insert("contracts", "keys", {"key": project, "version": 1})
    return contract


async def a_payment_line(
    world: World | Journey,
    contract: dict[str, Any],
    *,
    number: int = 1,
    kind: str = "final",
    planned: str = "60000.00",
    gate: str = "evaluation",
    bands: list[tuple[str, str]] | None = None,
) -> UUID:
    """A planned line of the contract."""
    line_id = uuid4()
    row = {
        "id": line_id,
        "key": contract["key"],
        "version": 1,
        "contract_id": contract["id"],
        "number": number,
        "kind": kind,
        "planned": Decimal(planned),
        "gate": gate,
        "due_days": 30,
        "bands": bands or [],
        "state": "planned",
        "paid": Decimal("0.00"),
    }
    await world.insert("contracts", "payment_lines", row)
    return line_id


def _about(contract: dict[str, Any]) -> dict[str, Any]:
    return {
        "jurisdiction": contract["jurisdiction"],
        "organisation": contract["organisation"],
        "project_id": contract["key"],
        "contract_id": contract["id"],
        "provider_id": contract["provider_id"],
    }


def an_evaluation(
    contract: dict[str, Any],
    line_id: UUID | None,
    *,
    score: str,
    grade: str,
    version: int = 1,
    evaluation_id: UUID | None = None,
) -> EvaluationConcluded:
    """The final evaluation of a contract, as evaluation publishes it."""
    return EvaluationConcluded(
        **_about(contract),
        evaluation_id=evaluation_id or uuid4(),
        rulebook=contract["rulebook"],
        kind="final",
        score=Decimal(score),
        grade=grade,  # type: ignore[arg-type]
        result_version=version,
        concluded_on=date(2022, 12, 1),
        line_id=line_id,
    )


def an_acceptance(
    contract: dict[str, Any], line_id: UUID | None, *, passed: bool, acceptance_id: UUID | None = None, version: int = 1
) -> AcceptanceConcluded:
    return AcceptanceConcluded(
        **_about(contract),
        acceptance_id=acceptance_id or uuid4(),
        line_id=line_id,
        passed=passed,
        result_version=version,
    )


def an_assessment(
    contract: dict[str, Any], line_id: UUID | None, *, score: str, version: int = 1, assessment_id: UUID | None = None
) -> AssessmentConfirmed:
    return AssessmentConfirmed(
        **_about(contract),
        assessment_id=assessment_id or uuid4(),
        line_id=line_id,
        period=1,
        score=Decimal(score),
        result_version=version,
    )
