"""What tendering does with the events of others."""

from typing import Any

from services.tendering.awards.endings import on_contract_terminated, on_contract_withdrawn
from services.tendering.awards.handlers import on_award_blocked, on_award_cleared, on_commitment_decided
from services.tendering.cancellations.handlers import on_project_declined
from services.tendering.tables import (
    controls,
    departures,
    evaluations,
    metadata,
    projects,
    providers,
    standings,
    verifications,
    withdrawn_projects,
)
from shared.events.catalog import CommitmentDecided, ProjectCleared, ProjectDeclined
from shared.events.contracts import ContractTerminated, ContractWithdrawn
from shared.events.evaluation import EvaluationConcluded
from shared.events.registry import (
    AwardBlocked,
    AwardCleared,
    ErasureProposed,
    ProviderBarred,
    ProviderControlTold,
    ProviderLeft,
    ProviderPreferred,
    ProviderRegistered,
    ProviderReturned,
    ProviderVerified,
    ProviderWatched,
)
from shared.events.tendering import ErasureAnswered
from shared.people.copies import people_copies
from shared.people.erasing import answering
from shared.road.consumer import Copy, Reaction

NAMED = (
    "SELECT p.key FROM panel_members m JOIN panels p ON p.id = m.panel_id WHERE m.person_id = $1"
    " UNION SELECT p.key FROM opening_keys k JOIN procurements p ON p.id = k.procurement_id"
    " WHERE position($1::text IN k.document::text) > 0"
)
"""The purchases in whose panel a person sits, or whose bids they were to open."""

_PROJECT = (
    *("jurisdiction", "organisation", "reference", "title", "rulebook", "item", "service_class", "nature", "budget"),
    *("budget_year", "in_central_directory", "requirement_id", "requirement_version", "requirement_hash"),
)
_STANDING = (
    *("provider_id", "cause", "jurisdiction", "rulebook", "clause", "effect", "grade", "score", "concluded_on"),
    *("from_day", "until_day"),
)
_EVALUATION = ("provider_id", "jurisdiction", "rulebook", "kind", "score", "grade", "concluded_on")


def _fields(event: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}


def _project(event: ProjectCleared) -> dict[str, Any]:
    sources = [source.model_dump(mode="json") for source in event.sources]
    return {"id": event.project_id, **_fields(event, _PROJECT), "sources": sources}


def _withdrawn(event: ProjectDeclined) -> dict[str, Any]:
    return {"project_id": event.project_id, "ground": event.ground}


def _provider(event: ProviderRegistered) -> dict[str, Any]:
    return {"id": event.provider_id, "title": event.title, "kind": event.kind}


def _verification(event: ProviderVerified) -> dict[str, Any]:
    return _fields(event, ("provider_id", "conditions", "assessment_grade"))


def _control(event: ProviderControlTold) -> dict[str, Any]:
    return _fields(event, ("provider_id", "head", "held_by", "managed_by"))


def _departure(event: ProviderLeft) -> dict[str, Any]:
    return _fields(event, ("provider_id", "left_on"))


def _return(event: ProviderReturned) -> dict[str, Any]:
    return {"provider_id": event.provider_id, "left_on": None}


def _standing(event: ProviderBarred | ProviderWatched | ProviderPreferred) -> dict[str, Any]:
    return {"kind": event.name.removeprefix("provider_"), **_fields(event, _STANDING)}


def _evaluation(event: EvaluationConcluded) -> dict[str, Any]:
    return {"id": event.evaluation_id, **_fields(event, _EVALUATION)}


COPIES = (
    *people_copies(metadata),
    Copy(ProjectCleared, projects, _project),
    Copy(ProjectDeclined, withdrawn_projects, _withdrawn),
    Copy(ProviderRegistered, providers, _provider),
    Copy(ProviderVerified, verifications, _verification),
    Copy(ProviderControlTold, controls, _control),
    Copy(ProviderLeft, departures, _departure),
    Copy(ProviderReturned, departures, _return),
    Copy(ProviderBarred, standings, _standing),
    Copy(ProviderWatched, standings, _standing),
    Copy(ProviderPreferred, standings, _standing),
    Copy(EvaluationConcluded, evaluations, _evaluation),
)

REACTIONS = (
    Reaction(ErasureProposed, answering(ErasureAnswered, NAMED)),
    Reaction(AwardCleared, on_award_cleared),
    Reaction(AwardBlocked, on_award_blocked),
    Reaction(CommitmentDecided, on_commitment_decided),
    Reaction(ContractWithdrawn, on_contract_withdrawn),
    Reaction(ProjectDeclined, on_project_declined),
    Reaction(ContractTerminated, on_contract_terminated),
)
