"""What contracts does with the events of others."""

from typing import Any
from uuid import UUID

from services.contracts.contracts.handlers import on_award_confirmed
from services.contracts.payments.handlers import (
    on_acceptance_concluded,
    on_assessment_confirmed,
    on_assessment_notified,
    on_evaluation_concluded,
)
from services.contracts.signing.handlers import on_commitment_decided, on_signing_blocked, on_signing_cleared
from services.contracts.tables import bars, budgets, departures, metadata, parties, results
from shared.events.catalog import BudgetApproved, CommitmentDecided, CommitmentFreed
from shared.events.contracts import ErasureAnswered
from shared.events.evaluation import AcceptanceConcluded, AssessmentConfirmed, AssessmentNotified, EvaluationConcluded
from shared.events.registry import (
    ErasureProposed,
    ProviderBarred,
    ProviderLeft,
    ProviderRegistered,
    ProviderReturned,
    PurchaserRegistered,
    SigningBlocked,
    SigningCleared,
)
from shared.events.tendering import AwardConfirmed
from shared.people.copies import people_copies
from shared.people.erasing import answering
from shared.road.consumer import Copy, Reaction


def _acceptance(event: AcceptanceConcluded) -> dict[str, Any]:
    found = {"passed": event.passed, "concluded_on": event.concluded_on}
    return _result(event, event.acceptance_id, "acceptance", confirmed=True, **found)


def _assessment_notified(event: AssessmentNotified) -> dict[str, Any]:
    return _result(event, event.assessment_id, "assessment", score=event.score)


def _assessment(event: AssessmentConfirmed) -> dict[str, Any]:
    found = {"score": event.score, "concluded_on": event.concluded_on}
    return _result(event, event.assessment_id, "assessment", confirmed=True, **found)


def _evaluation(event: EvaluationConcluded) -> dict[str, Any]:
    found = {"score": event.score, "grade": event.grade, "concluded_on": event.concluded_on}
    return _result(event, event.evaluation_id, "evaluation", confirmed=True, **found)


def _result(event: Any, result_id: UUID, kind: str, **found: Any) -> dict[str, Any]:
    return {"id": result_id, "contract_id": event.contract_id, "line_id": event.line_id, "kind": kind, **found}


def _budget(event: BudgetApproved) -> dict[str, Any]:
    return {
        "project_id": event.project_id,
        "year": event.year,
        "amount": event.amount,
        "committed": event.committed,
    }


def _commitment(event: CommitmentDecided | CommitmentFreed) -> dict[str, Any]:
    """A project without any budget is told of with the year 0 and nothing in it."""
    return {
        "project_id": event.project_id,
        "year": event.year or 0,
        "amount": event.budget,
        "committed": event.committed,
    }


def _bar(event: ProviderBarred) -> dict[str, Any]:
    names = ("provider_id", "cause", "jurisdiction", "rulebook", "clause", "from_day", "until_day")
    return {name: getattr(event, name) for name in names}


def _departure(event: ProviderLeft) -> dict[str, Any]:
    return {"provider_id": event.provider_id, "left_on": event.left_on}


def _return(event: ProviderReturned) -> dict[str, Any]:
    return {"provider_id": event.provider_id, "left_on": None}


def _provider(event: ProviderRegistered) -> dict[str, Any]:
    """A filed community organisation has no code."""
    return {"id": event.provider_id, "title": event.title, "credit_code": event.credit_code or None}


def _purchaser(event: PurchaserRegistered) -> dict[str, Any]:
    return {"id": event.organisation, "title": event.title, "credit_code": None}


COPIES = (
    *people_copies(metadata),
    Copy(AcceptanceConcluded, results, _acceptance),
    Copy(AssessmentNotified, results, _assessment_notified),
    Copy(AssessmentConfirmed, results, _assessment),
    Copy(EvaluationConcluded, results, _evaluation),
    Copy(BudgetApproved, budgets, _budget),
    Copy(CommitmentDecided, budgets, _commitment),
    Copy(CommitmentFreed, budgets, _commitment),
    Copy(ProviderBarred, bars, _bar),
    Copy(ProviderLeft, departures, _departure),
    Copy(ProviderReturned, departures, _return),
    Copy(ProviderRegistered, parties, _provider),
    Copy(PurchaserRegistered, parties, _purchaser),
)

REACTIONS = (
    Reaction(ErasureProposed, answering(ErasureAnswered)),
    Reaction(AwardConfirmed, on_award_confirmed),
    Reaction(SigningCleared, on_signing_cleared),
    Reaction(SigningBlocked, on_signing_blocked),
    Reaction(CommitmentDecided, on_commitment_decided),
    Reaction(AcceptanceConcluded, on_acceptance_concluded),
    Reaction(AssessmentNotified, on_assessment_notified),
    Reaction(AssessmentConfirmed, on_assessment_confirmed),
    Reaction(EvaluationConcluded, on_evaluation_concluded),
)
