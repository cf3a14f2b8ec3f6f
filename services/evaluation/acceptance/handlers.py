"""Commands on acceptances: to open one, to notify observers, to record opinions, to conclude."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.evaluation.acceptance import rules, store
from services.evaluation.acceptance.rules import Outcome, Service
from services.evaluation.acceptance.views import acceptance_view
from services.evaluation.conduct.handlers import must_have_started, record_notices
from services.evaluation.conduct.store import Notified, conductor_of, occasion_of
from services.evaluation.mandates.store import require_organiser
from services.evaluation.opinions.handlers import record_opinion
from services.evaluation.opinions.rules import Opinion
from services.evaluation.opinions.store import sides_heard
from services.evaluation.plans.store import about, law_apart, line_of, lock_contract, move_duty, read_contract
from services.evaluation.rulebook import AcceptanceSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.surveys.handlers import rested_on
from services.evaluation.tables import acceptances
from shared.errands.notices import notify
from shared.events.evaluation import AcceptanceConcluded, AcceptanceOpened, ResultCorrected
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Row, Transaction, WrongState

DUTY = "accept_service"


@dataclass(frozen=True, slots=True)
class OpenAcceptance:
    """Begins the acceptance of a line, or (without one) of a delivery that gates no payment."""

    contract_id: UUID
    line_id: UUID | None
    purchaser_is_user: bool


@dataclass(frozen=True, slots=True)
class NotifyObservers:
    """Service users told beforehand."""

    acceptance_id: UUID
    told: tuple[Notified, ...]


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """What one side thinks of what was delivered."""

    acceptance_id: UUID
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class ConcludeAcceptance:
    """Passed or failed; `held_at` tells when it took place (now, when not given)."""

    acceptance_id: UUID
    passed: bool
    held_at: datetime | None
    survey_id: UUID | None


@dataclass(frozen=True, slots=True)
class CorrectAcceptance:
    """Another person enters what the acceptance found in truth."""

    acceptance_id: UUID
    passed: bool
    survey_id: UUID | None
    reason: str


async def open_acceptance(call: Call, command: OpenAcceptance) -> Answer:
    async with call.transaction() as tx:
        contract = await lock_contract(tx, command.contract_id)
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        conductor = await conductor_of(tx, contract, person, DUTY)
        service = Service(contract["nature"], contract["service_class"])
        tx.decided(rules.open_acceptance(conductor, service, section))
        given: dict[str, Any] = {
            "line_id": command.line_id,
            "attempt": await _next_attempt(tx, contract, command.line_id),
            "purchaser_is_user": command.purchaser_is_user,
            "organiser": conductor.organiser,
            "kept_apart": contract["signed_by"] if section.separate_signing_and_acceptance else None,
            "opened_by": person,
        }
        row = await store.add_acceptance(tx, contract, given)
        await move_duty(tx, contract["id"], "acceptance", command.line_id, "under_way")
        tx.emit(AcceptanceOpened(**about(row), acceptance_id=row["id"], line_id=row["line_id"]))
        return tx.answer(201, acceptance_view(row), version=1, location=f"/v1/acceptances/{row['id']}")


async def notify_observers(call: Call, command: NotifyObservers) -> Answer:
    async with call.transaction() as tx:
        acceptance, contract, person = await _lock_open(tx, command.acceptance_id)
        await record_notices(tx, contract, acceptance, command.told, person)
        return await _answer(tx, acceptance)


async def give_opinion(call: Call, command: GiveOpinion) -> Answer:
    async with call.transaction() as tx:
        acceptance, contract, person = await _lock_open(tx, command.acceptance_id)
        await record_opinion(tx, contract, acceptance, command.opinion, person)
        return await _answer(tx, acceptance)


async def conclude_acceptance(call: Call, command: ConcludeAcceptance) -> Answer:
    async with call.transaction() as tx:
        acceptance = await tx.lock_row(acceptances, command.acceptance_id)
        contract = await read_contract(tx, acceptance["contract_id"])
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        tx.expect(acceptance["version"])
        _must_be_open(acceptance)
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, acceptance, command.held_at)
        satisfaction = await rested_on(tx, contract, command.survey_id)
        outcome = Outcome(command.passed, await sides_heard(tx, acceptance["id"]), satisfaction)
        passed = tx.decided(rules.conclude_acceptance(conductor, occasion, outcome, section))
        concluded = await store.set_concluded(
            tx,
            acceptance,
            person,
            passed=passed,
            held_at=occasion.held_at,
            survey_id=command.survey_id,
            satisfaction=satisfaction,
        )
        await move_duty(tx, contract["id"], "acceptance", acceptance["line_id"], "concluded")
        await _tell_result(tx, concluded, passed)
        return tx.answer(201, acceptance_view(concluded), version=concluded["version"])


async def correct_acceptance(call: Call, command: CorrectAcceptance) -> Answer:
    async with call.transaction() as tx:
        acceptance = await tx.lock_row(acceptances, command.acceptance_id)
        contract = await read_contract(tx, acceptance["contract_id"])
        person = tx.require(DUTY, None, contract["jurisdiction"])
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        tx.expect(acceptance["version"])
        await _must_stand(tx, acceptance, command.passed)
        held = {**acceptance, "id": acceptance["corrects"] or acceptance["id"]}
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, held, acceptance["held_at"])
        survey_id = command.survey_id or acceptance["survey_id"]
        satisfaction = await rested_on(tx, contract, survey_id)
        outcome = Outcome(command.passed, await sides_heard(tx, held["id"]), satisfaction)
        passed = tx.decided(rules.correct_acceptance(conductor, occasion, outcome, acceptance["concluded_by"], section))
        corrected_id = new_id()
        given: dict[str, Any] = {
            "state": "passed" if passed else "failed",
            "concluded_by": person,
            "survey_id": survey_id,
            "satisfaction": satisfaction,
            "reason_hash": await keep_statement(tx, contract, corrected_id, "correction", command.reason),
        }
        corrected = await store.add_corrected(tx, acceptance, corrected_id, given)
        tx.emit(ResultCorrected(**about(corrected), record=corrected_id, corrects=acceptance["id"]))
        await _tell_result(tx, corrected, passed)
        location = f"/v1/acceptances/{corrected_id}"
        return tx.answer(201, acceptance_view(corrected), version=1, location=location)


async def _must_stand(tx: Transaction, acceptance: Row, passed: bool) -> None:
    """Only the latest result of its line is corrected, and only to another one."""
    if acceptance["state"] not in ("passed", "failed"):
        raise WrongState(acceptance["state"], "passed", "failed")
    last = await store.last_attempt(tx, acceptance["contract_id"], acceptance["line_id"])
    if last is None or last["id"] != acceptance["id"]:
        raise WrongState(acceptance["state"], "latest_of_its_line")
    if passed == (acceptance["state"] == "passed"):
        raise WrongState(acceptance["state"], "another_result")


async def _tell_result(tx: Transaction, acceptance: Row, passed: bool) -> None:
    tx.emit(
        AcceptanceConcluded(
            **about(acceptance),
            acceptance_id=acceptance["id"],
            line_id=acceptance["line_id"],
            passed=passed,
            result_version=acceptance["attempt"],
            concluded_on=tx.today,
        )
    )
    facts = {"result": acceptance["state"], "result_version": str(acceptance["attempt"])}
    await notify(tx, acceptance["provider_id"], "acceptance_concluded", acceptance["id"], facts)


async def _next_attempt(tx: Transaction, contract: Row, line_id: UUID | None) -> int:
    """What failed may be accepted again; what is open or passed may not, and another gate is no acceptance."""
    must_have_started(contract, tx.today)
    if line_id is not None and line_of(contract, line_id).gate != "acceptance":
        raise WrongState(line_of(contract, line_id).gate, "gated_by_acceptance")
    last = await store.last_attempt(tx, contract["id"], line_id)
    if last is not None and last["state"] != "failed":
        raise WrongState(last["state"], "failed")
    return last["attempt"] + 1 if last is not None else 1


async def _lock_open(tx: Transaction, acceptance_id: UUID) -> tuple[Row, Row, UUID]:
    """The open acceptance, its contract, and the person who acts for its organiser."""
    acceptance = await tx.lock_row(acceptances, acceptance_id)
    contract = await read_contract(tx, acceptance["contract_id"])
    person = await require_organiser(tx, contract, DUTY)
    law_apart(tx, contract, DUTY)
    tx.expect(acceptance["version"])
    _must_be_open(acceptance)
    return acceptance, contract, person


def _must_be_open(acceptance: Row) -> None:
    if acceptance["state"] != "open":
        raise WrongState(acceptance["state"], "open")


async def _answer(tx: Transaction, acceptance: Row) -> Answer:
    await tx.update(acceptances, acceptance["id"])
    row = await store.find_acceptance(tx, acceptance["id"])
    return tx.answer(200, acceptance_view(row), version=row["version"])
