"""What registry does with the events of others. It owns accounts, posts and organisations; it copies what purchasers
and providers have open."""

from typing import Any
from uuid import UUID

from services.registry.clearances.handlers import (
    on_award_proposed,
    on_contract_signed,
    on_contract_withdrawn,
    on_procurement_failed,
    on_signing_proposed,
)
from services.registry.erasures.handlers import on_erasure_answered
from services.registry.interests.handlers import on_panel_interest
from services.registry.standing.handlers import (
    on_contract_terminated,
    on_evaluation_concluded,
    on_misconduct_found,
)
from services.registry.tables import contracts, projects
from shared.events.catalog import ErasureAnswered as CatalogAnswered
from shared.events.catalog import ProjectDeclined, ProjectProposed, ProjectStepCorrected
from shared.events.contracts import (
    ContractCompleted,
    ContractDrafted,
    ContractSigned,
    ContractTerminated,
    ContractWithdrawn,
    SigningProposed,
)
from shared.events.contracts import ErasureAnswered as ContractsAnswered
from shared.events.evaluation import ErasureAnswered as EvaluationAnswered
from shared.events.evaluation import EvaluationConcluded, MisconductFound
from shared.events.tendering import AwardProposed, PanelInterestDeclared, ProcurementFailed
from shared.events.tendering import ErasureAnswered as TenderingAnswered
from shared.road.consumer import Copy, Reaction


def _purchase_and_provider(event: Any) -> tuple[UUID, UUID]:
    """Answers are published on the purchase, standing on the provider: both are locked."""
    return event.project_id, event.provider_id


def _project(event: ProjectProposed | ProjectDeclined | ProjectStepCorrected) -> dict[str, Any]:
    """A lost vote that is corrected brings a project back."""
    state = {ProjectProposed: "proposed", ProjectDeclined: "declined"}.get(type(event), getattr(event, "state", ""))
    return {"id": event.project_id, "organisation": event.organisation, "declined": state == "declined"}


def _contract(
    event: ContractDrafted | ContractSigned | ContractCompleted | ContractTerminated | ContractWithdrawn,
) -> dict[str, Any]:
    completed = isinstance(event, ContractCompleted)
    names = ("project_id", "organisation", "provider_id")
    return {
        "id": event.contract_id,
        **{name: getattr(event, name) for name in names},
        "open": isinstance(event, ContractDrafted | ContractSigned),
        "completed": completed,
        **({"rulebook": event.rulebook} if isinstance(event, ContractSigned) else {}),
    }


def _person(event: PanelInterestDeclared) -> tuple[UUID]:
    """What is declared is a record of the person."""
    return (event.person_id,)


COPIES = (
    Copy(ProjectProposed, projects, _project),
    Copy(ProjectDeclined, projects, _project),
    Copy(ProjectStepCorrected, projects, _project),
    Copy(ContractDrafted, contracts, _contract),
    Copy(ContractSigned, contracts, _contract),
    Copy(ContractCompleted, contracts, _contract),
    Copy(ContractTerminated, contracts, _contract),
    Copy(ContractWithdrawn, contracts, _contract),
)

REACTIONS = (
    Reaction(AwardProposed, on_award_proposed, _purchase_and_provider),
    Reaction(SigningProposed, on_signing_proposed, _purchase_and_provider),
    Reaction(ContractSigned, on_contract_signed),
    Reaction(ContractWithdrawn, on_contract_withdrawn),
    Reaction(ProcurementFailed, on_procurement_failed),
    Reaction(EvaluationConcluded, on_evaluation_concluded, _purchase_and_provider),
    Reaction(MisconductFound, on_misconduct_found, _purchase_and_provider),
    Reaction(ContractTerminated, on_contract_terminated, _purchase_and_provider),
    Reaction(PanelInterestDeclared, on_panel_interest, _person),
    Reaction(CatalogAnswered, on_erasure_answered),
    Reaction(TenderingAnswered, on_erasure_answered),
    Reaction(ContractsAnswered, on_erasure_answered),
    Reaction(EvaluationAnswered, on_erasure_answered),
)
