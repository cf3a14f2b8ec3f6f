"""Commands on mandates: to entrust a third party, and to withdraw."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.evaluation.mandates import store
from services.evaluation.mandates.rules import Entrustment, entrust
from services.evaluation.mandates.views import mandate_view
from services.evaluation.plans.store import about, law_apart, lock_contract, read_contract
from services.evaluation.rulebook import MandateSection
from services.evaluation.tables import mandates
from shared.events.evaluation import MandateEnded, MandateGiven
from shared.work.database import Answer, Call, Row, WrongState


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
        contract = await lock_contract(tx, command.contract_id)
        person = tx.require("plan_evaluation", contract["organisation"], contract["jurisdiction"])
        section = law_apart(tx, contract, "plan_evaluation").section(MandateSection)
        asked = Entrustment(
            command.third_party,
            await store.parties(tx, contract),
            command.valid_from,
            command.valid_until,
            command.independent,
        )
        mandate = await store.add_mandate(tx, contract, tx.decided(entrust(asked, section, tx.today)), person)
        tx.emit(MandateGiven(**_event(mandate)))
        return tx.answer(201, mandate_view(mandate), version=1, location=f"/v1/contracts/{contract['id']}/mandates")


async def end_mandate(call: Call, command: EndMandate) -> Answer:
    async with call.transaction() as tx:
        mandate = await tx.lock_row(mandates, command.mandate_id)
        tx.require("plan_evaluation", mandate["organisation"], mandate["jurisdiction"])
        law_apart(tx, await read_contract(tx, mandate["contract_id"]), "plan_evaluation")
        tx.expect(mandate["version"])
        if mandate["state"] != "live":
            raise WrongState(mandate["state"], "live")
        ended = await store.end_mandate(tx, mandate)
        tx.emit(MandateEnded(**_event(ended)))
        return tx.answer(200, mandate_view(ended), version=ended["version"])


def _event(mandate: Row) -> dict[str, Any]:
    shown = {name: mandate[name] for name in ("third_party", "valid_from", "valid_until")}
    return {**about(mandate), "mandate_id": mandate["id"], **shown}
