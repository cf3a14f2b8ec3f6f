"""What registry does with the events of others. It owns accounts and posts, so it copies nothing."""

from typing import Any
from uuid import UUID

from services.registry.clearances.handlers import (
    on_award_proposed,
    on_contract_signed,
    on_contract_withdrawn,
    on_procurement_failed,
    on_signing_proposed,
)
from services.registry.standing.handlers import (
    on_contract_terminated,
    on_evaluation_concluded,
    on_misconduct_found,
)
from shared.events.contracts import ContractSigned, ContractTerminated, ContractWithdrawn, SigningProposed
from shared.events.evaluation import EvaluationConcluded, MisconductFound
from shared.events.tendering import AwardProposed, ProcurementFailed
from shared.road.consumer import Copy, Reaction


def _purchase_and_provider(event: Any) -> tuple[UUID, UUID]:
    """Answers are published on the purchase, standing on the provider: both are locked."""
    return event.project_id, event.provider_id


COPIES: tuple[Copy, ...] = ()

REACTIONS = (
    Reaction(AwardProposed, on_award_proposed, _purchase_and_provider),
    Reaction(SigningProposed, on_signing_proposed, _purchase_and_provider),
    Reaction(ContractSigned, on_contract_signed),
    Reaction(ContractWithdrawn, on_contract_withdrawn),
    Reaction(ProcurementFailed, on_procurement_failed),
    Reaction(EvaluationConcluded, on_evaluation_concluded, _purchase_and_provider),
    Reaction(MisconductFound, on_misconduct_found, _purchase_and_provider),
    Reaction(ContractTerminated, on_contract_terminated, _purchase_and_provider),
)
