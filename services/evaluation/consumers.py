"""What evaluation does with the events of others."""

from services.evaluation.plans.handlers import on_contract_completed, on_contract_signed, on_contract_terminated
from services.evaluation.plans.store import contract_row
from services.evaluation.tables import contracts, metadata
from shared.events.contracts import ContractCompleted, ContractSigned, ContractTerminated
from shared.events.evaluation import ErasureAnswered
from shared.events.registry import ErasureProposed
from shared.people.copies import people_copies
from shared.people.erasing import answering
from shared.road.consumer import Copy, Reaction

NAMED = (
    "SELECT r.key FROM observers o JOIN acceptances r ON r.id = o.subject WHERE o.person_id = $1"
    " UNION SELECT r.key FROM observers o JOIN assessments r ON r.id = o.subject WHERE o.person_id = $1"
)
"""The contracts whose acceptance or assessment a person was told of."""

COPIES = (
    *people_copies(metadata),
    Copy(ContractSigned, contracts, contract_row),
)

REACTIONS = (
    Reaction(ErasureProposed, answering(ErasureAnswered, NAMED)),
    Reaction(ContractSigned, on_contract_signed),
    Reaction(ContractTerminated, on_contract_terminated),
    Reaction(ContractCompleted, on_contract_completed),
)
