"""What evaluation does with the events of others."""

from services.evaluation.plans.handlers import on_contract_signed, on_contract_terminated
from services.evaluation.plans.store import contract_row
from services.evaluation.tables import contracts, metadata
from shared.events.contracts import ContractSigned, ContractTerminated
from shared.people.copies import people_copies
from shared.road.consumer import Copy, Reaction

COPIES = (
    *people_copies(metadata),
    Copy(ContractSigned, contracts, contract_row),
)

REACTIONS = (
    Reaction(ContractSigned, on_contract_signed),
    Reaction(ContractTerminated, on_contract_terminated),
)
