"""Commands on mandates: to entrust a third party, and to withdraw."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.evaluation.fields import WrongField
from services.evaluation.mandates import store
from services.evaluation.mandates.records import Mandate, MandateState
from services.evaluation.mandates.rules import Entrustment, entrust
from services.evaluation.mandates.views import MandateView
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import About, about, law_apart, owner
from services.evaluation.rulebook import MandateSection
from services.evaluation.tables import ENTRUSTED
from shared.events.evaluation import MandateEnded, MandateGiven
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, must_be


@dataclass(frozen=True, slots=True)
class GiveMandate:
    """Entrusts a third party with a contract's acceptance, assessment and evaluation."""

    contract_id: UUID
    third_party: UUID
    valid_from: date
    valid_until: date
    independent: bool


@dataclass(frozen=True, slots=True)
class EndMandate:
    """Withdraws a mandate."""

    mandate_id: UUID


async def give_mandate(call: Call, command: GiveMandate) -> Answer:
    async with call.transaction() as tx:
        contract, person = await tx.open(Contract, command.contract_id, "plan_evaluation", fresh=False)
        section = law_apart(tx, contract, "plan_evaluation").section(MandateSection)
        term = (command.valid_from, command.valid_until, command.independent)
        asked = Entrustment(command.third_party, await store.parties(tx, contract), *term)
        if command.valid_until < max(command.valid_from, tx.today):  # no text: a mandate of no day entrusts nobody
            raise WrongField("valid_until", "no_day_left", "give a last day that is neither past nor before the first")
        given = tx.decided(entrust(asked, section))
        mandate = await tx.add(
            Mandate(
                id=new_id(),
                **owner(contract),
                third_party=given.third_party,
                valid_from=given.valid_from,
                valid_until=given.valid_until,
                independent=given.independent,
                given_by=person,
            )
        )
        tx.emit(MandateGiven(**_event(mandate)))
        location = f"/v1/contracts/{contract.id}/mandates"
        return tx.answer(201, MandateView.model_validate(mandate), version=mandate.version, location=location)


async def end_mandate(call: Call, command: EndMandate) -> Answer:
    """Ends at once; its last day does not move behind the day of withdrawal."""
    async with call.transaction() as tx:
        mandate, contract, _ = await tx.open_part(Mandate, command.mandate_id, Contract, "plan_evaluation")
        law_apart(tx, contract, "plan_evaluation")
        must_be(mandate, (MandateState.LIVE,))
        last = max(mandate.valid_from, min(mandate.valid_until, tx.today))
        ended = await tx.save(mandate, replace(mandate, state=MandateState.ENDED, valid_until=last))
        tx.emit(MandateEnded(**_event(ended)))
        return tx.answer(200, MandateView.model_validate(ended), version=ended.version)


class _Event(About):
    mandate_id: UUID
    third_party: UUID
    valid_from: date
    valid_until: date


def _event(mandate: Mandate) -> _Event:
    return {
        **about(mandate, ENTRUSTED),
        "mandate_id": mandate.id,
        "third_party": mandate.third_party,
        "valid_from": mandate.valid_from,
        "valid_until": mandate.valid_until,
    }
