"""Commands on corrections: one person proposes, another approves, and the result is decided again."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.evaluation.conclusions import rules
from services.evaluation.conclusions.handlers import (
    DUTY,
    evidence_of,
    published_event,
    satisfaction,
    tell_result,
)
from services.evaluation.conclusions.store import find_evaluation, latest_parts, save_result
from services.evaluation.corrections import store
from services.evaluation.corrections.rules import approve_correction as may_approve
from services.evaluation.corrections.views import correction_view
from services.evaluation.plans.store import about, law_apart, read_contract
from services.evaluation.rulebook import ConclusionSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.surveys.store import survey_of
from services.evaluation.tables import corrections, evaluations
from shared.events.evaluation import CorrectionProposed
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Row, Transaction, WrongState


@dataclass(frozen=True, slots=True)
class ProposeCorrection:
    """Other points for a party, another survey, or other values of indicators, with the reason."""

    evaluation_id: UUID
    purchaser_score: Decimal | None
    third_party_score: Decimal | None
    survey_id: UUID | None
    attained: Mapping[str, Decimal] | None
    reason: str


@dataclass(frozen=True, slots=True)
class ApproveCorrection:
    """The second person."""

    correction_id: UUID


@dataclass(frozen=True, slots=True)
class WithdrawCorrection:
    """The proposal is taken back by who made it, or refused by another person."""

    correction_id: UUID


async def propose_correction(call: Call, command: ProposeCorrection) -> Answer:
    async with call.transaction() as tx:
        evaluation = await tx.lock_row(evaluations, command.evaluation_id)
        person = tx.require(DUTY, evaluation["organisation"], evaluation["jurisdiction"])
        contract = await read_contract(tx, evaluation["contract_id"])
        law_apart(tx, contract, DUTY)
        tx.expect(evaluation["version"])
        if evaluation["state"] == "open":
            raise WrongState("open", "concluded", "published")
        await survey_of(tx, contract["id"], command.survey_id)
        correction_id = new_id()
        digest = await keep_statement(tx, contract, correction_id, "correction", command.reason)
        given: dict[str, Any] = {
            "id": correction_id,
            "purchaser_score": command.purchaser_score,
            "third_party_score": command.third_party_score,
            "survey_id": command.survey_id,
            **_values(command, evaluation),
            "reason_hash": digest,
            "proposed_by": person,
        }
        row = await store.add_correction(tx, contract, evaluation, given)
        tx.emit(_proposed(row))
        return tx.answer(201, correction_view(row), version=1)


async def approve_correction(call: Call, command: ApproveCorrection) -> Answer:
    async with call.transaction() as tx:
        correction = await tx.lock_row(corrections, command.correction_id)
        person = tx.require(DUTY, correction["organisation"], correction["jurisdiction"])
        contract = await read_contract(tx, correction["contract_id"])
        section = law_apart(tx, contract, DUTY).section(ConclusionSection)
        tx.expect(correction["version"])
        evaluation = await find_evaluation(tx, correction["evaluation_id"])
        if correction["state"] != "proposed" or correction["corrects"] != evaluation["result_version"]:
            raise WrongState("overtaken" if correction["state"] == "proposed" else correction["state"], "proposed")
        tx.decided(may_approve(correction["proposed_by"], person, section))
        parts = {**await latest_parts(tx, evaluation["id"]), **await _corrected(tx, contract, correction)}
        judged, attained = frozenset(evaluation["judgements"]), evaluation["attained"] | (correction["attained"] or {})
        evidence = await evidence_of(tx, contract, evaluation, person, parts, judged, frozenset(attained))
        conclusion = tx.decided(rules.conclude(evidence, section, tx.today))
        approved = await store.set_approved(tx, correction, person)
        survey = {"survey_id": correction["survey_id"]} if correction["survey_id"] else {}
        changed: dict[str, Any] = {"correction_id": correction["id"], "attained": attained, **survey}
        corrected = await save_result(tx, evaluation, conclusion, person, **changed)
        await tell_result(tx, contract, corrected, conclusion.line_id)
        if corrected["state"] == "published":
            tx.emit(published_event(corrected))
        return tx.answer(200, correction_view(approved), version=approved["version"])


async def withdraw_correction(call: Call, command: WithdrawCorrection) -> Answer:
    async with call.transaction() as tx:
        correction = await tx.lock_row(corrections, command.correction_id)
        tx.require(DUTY, correction["organisation"], correction["jurisdiction"])
        law_apart(tx, await read_contract(tx, correction["contract_id"]), DUTY)
        tx.expect(correction["version"])
        if correction["state"] != "proposed":
            raise WrongState(correction["state"], "proposed")
        withdrawn = await store.set_withdrawn(tx, correction)
        tx.emit(_proposed(correction, withdrawn=True))
        return tx.answer(200, correction_view(withdrawn), version=withdrawn["version"])


def _values(command: ProposeCorrection, evaluation: Row) -> dict[str, Any]:
    """What indicators attained, beside what is said of the same ones now."""
    if command.attained is None:
        return {}
    given = {name: str(value) for name, value in command.attained.items()}
    return {"attained": given, "was_attained": {name: evaluation["attained"].get(name) for name in given}}


def _proposed(correction: Row, *, withdrawn: bool = False) -> CorrectionProposed:
    shown = {"correction_id": correction["id"], "corrects": correction["corrects"], "withdrawn": withdrawn}
    return CorrectionProposed(**about(correction), evaluation_id=correction["evaluation_id"], **shown)


async def _corrected(tx: Transaction, contract: Row, correction: Row) -> dict[str, Decimal]:
    given = {"purchaser": correction["purchaser_score"], "third_party": correction["third_party_score"]}
    survey = await satisfaction(tx, contract, correction["survey_id"])
    return {name: points for name, points in {**given, **survey}.items() if points is not None}
