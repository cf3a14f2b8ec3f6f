"""What catalog does with the events of others."""

from typing import Any

from services.catalog.commitments.handlers import on_award_proposed, on_contract_cost_moved, on_signing_proposed
from services.catalog.consultations.handlers import on_person_erased
from services.catalog.projects.handlers import (
    on_contract_completed,
    on_contract_ended,
    on_contract_signed,
    on_procurement_failed,
    on_procurement_opened,
)
from services.catalog.tables import evaluations, metadata, purchasers
from shared.events.catalog import ErasureAnswered, FeedbackReceived
from shared.events.contracts import (
    ContractCompleted,
    ContractCostMoved,
    ContractSigned,
    ContractTerminated,
    ContractWithdrawn,
    SigningProposed,
)
from shared.events.evaluation import EvaluationConcluded
from shared.events.registry import ErasureProposed, PersonErased, PurchaserRegistered
from shared.events.tendering import AwardProposed, ProcurementFailed, ProcurementOpened
from shared.people.copies import people_copies
from shared.people.erasing import answering
from shared.road.consumer import Copy, Reaction


def _purchaser(event: PurchaserRegistered) -> dict[str, Any]:
    return {
        "id": event.organisation,
        "jurisdiction": event.jurisdiction,
        "title": event.title,
        "kind": event.kind,
    }


def _evaluation(event: EvaluationConcluded) -> dict[str, Any]:
    same = ("project_id", "contract_id", "provider_id", "kind", "score", "grade", "concluded_on")
    return {"id": event.evaluation_id, **{name: getattr(event, name) for name in same}}


COPIES = (
    *people_copies(metadata),
    Copy(PurchaserRegistered, purchasers, _purchaser),
    Copy(EvaluationConcluded, evaluations, _evaluation),
)

REACTIONS = (
    Reaction(ErasureProposed, answering(ErasureAnswered, unnamed=(FeedbackReceived.type_name(),))),
    Reaction(PersonErased, on_person_erased),
    Reaction(ProcurementOpened, on_procurement_opened),
    Reaction(ProcurementFailed, on_procurement_failed),
    Reaction(AwardProposed, on_award_proposed),
    Reaction(SigningProposed, on_signing_proposed),
    Reaction(ContractSigned, on_contract_signed),
    Reaction(ContractCompleted, on_contract_completed),
    Reaction(ContractTerminated, on_contract_ended),
    Reaction(ContractWithdrawn, on_contract_ended),
    Reaction(ContractCostMoved, on_contract_cost_moved),
)
