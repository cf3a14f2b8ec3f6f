"""Commands on acceptances: to open one, to notify observers, to record opinions, to conclude."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.evaluation.acceptance import rules, store
from services.evaluation.acceptance.records import CONCLUDED, Acceptance, AcceptanceState
from services.evaluation.acceptance.rules import Outcome, Service
from services.evaluation.acceptance.views import AcceptanceView
from services.evaluation.assessments.events import ResultCorrected
from services.evaluation.conduct.handlers import must_have_started, record_notices
from services.evaluation.conduct.store import Notified, conductor_of, occasion_of
from services.evaluation.mandates.store import must_organise
from services.evaluation.opinions.handlers import record_opinion
from services.evaluation.opinions.rules import Opinion
from services.evaluation.opinions.store import sides_heard
from services.evaluation.plans.records import Contract, DutyState
from services.evaluation.plans.store import about, law_apart, line_of, move_duty, owner
from services.evaluation.rulebook import AcceptanceSection
from services.evaluation.statements.store import keep_statement
from services.evaluation.surveys.handlers import rested_on
from services.evaluation.tables import ACCEPTED
from shared.errands.notices import notify
from shared.events.evaluation import AcceptanceConcluded, AcceptanceOpened
from shared.fields.ids import new_id
from shared.work.database import Answer, Call, Transaction, WrongState, must_be

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
        contract, person = await tx.open(Contract, command.contract_id, DUTY, by=None, fresh=False)
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        conductor = await conductor_of(tx, contract, person, DUTY)
        service = Service(contract.nature, contract.service_class)
        tx.decided(rules.open_acceptance(conductor, service, section))
        attempt = await _next_attempt(tx, contract, command.line_id)
        await move_duty(tx, contract.id, "acceptance", command.line_id, DutyState.UNDER_WAY)
        acceptance = await tx.add(
            Acceptance(
                id=new_id(),
                **owner(contract),
                line_id=command.line_id,
                attempt=attempt,
                purchaser_is_user=command.purchaser_is_user,
                organiser=conductor.organiser,
                kept_apart=contract.signed_by if section.separate_signing_and_acceptance else None,
                opened_by=person,
            )
        )
        told = about(acceptance, ACCEPTED)
        tx.emit(AcceptanceOpened(**told, acceptance_id=acceptance.id, line_id=acceptance.line_id))
        return _answer(tx, acceptance, 201, located=True)


async def notify_observers(call: Call, command: NotifyObservers) -> Answer:
    async with call.transaction() as tx:
        acceptance, contract, person = await _open(tx, command.acceptance_id)
        await record_notices(tx, contract, acceptance, command.told, person)
        return _answer(tx, await tx.save(acceptance, acceptance))


async def give_opinion(call: Call, command: GiveOpinion) -> Answer:
    async with call.transaction() as tx:
        acceptance, contract, person = await _open(tx, command.acceptance_id)
        await record_opinion(tx, contract, acceptance, command.opinion, person)
        return _answer(tx, await tx.save(acceptance, acceptance))


async def conclude_acceptance(call: Call, command: ConcludeAcceptance) -> Answer:
    async with call.transaction() as tx:
        acceptance, contract, person = await tx.open_part(Acceptance, command.acceptance_id, Contract, DUTY, by=None)
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        must_be(acceptance, (AcceptanceState.OPEN,))
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, acceptance, command.held_at)
        satisfaction = await rested_on(tx, contract, command.survey_id)
        outcome = Outcome(command.passed, await sides_heard(tx, acceptance.id), satisfaction)
        passed = tx.decided(rules.conclude_acceptance(conductor, occasion, outcome, section))
        await move_duty(tx, contract.id, "acceptance", acceptance.line_id, DutyState.CONCLUDED)
        result = replace(
            acceptance,
            state=AcceptanceState.PASSED if passed else AcceptanceState.FAILED,
            concluded_by=person,
            concluded_on=tx.today,
            held_at=occasion.held_at,
            survey_id=command.survey_id,
            satisfaction=satisfaction,
        )
        concluded = await tx.save(acceptance, result)
        await _tell_result(tx, concluded)
        return _answer(tx, concluded, 201)


async def correct_acceptance(call: Call, command: CorrectAcceptance) -> Answer:
    """The same occasion with another result, as the next attempt. The one before stays as it was given."""
    async with call.transaction() as tx:
        before, contract, person = await tx.open_part(Acceptance, command.acceptance_id, Contract, DUTY, by=None)
        section = law_apart(tx, contract, DUTY).section(AcceptanceSection)
        given_by = await _must_stand(tx, before, command.passed)
        conductor = await conductor_of(tx, contract, person, DUTY)
        occasion = await occasion_of(tx, contract, before, before.held_at)
        survey_id = command.survey_id or before.survey_id
        satisfaction = await rested_on(tx, contract, survey_id)
        outcome = Outcome(command.passed, await sides_heard(tx, before.occasion_id), satisfaction)
        passed = tx.decided(rules.correct_acceptance(conductor, occasion, outcome, given_by, section))
        corrected_id = new_id()
        corrected = await tx.add(
            replace(
                before,
                id=corrected_id,
                version=1,
                attempt=before.attempt + 1,
                state=AcceptanceState.PASSED if passed else AcceptanceState.FAILED,
                concluded_by=person,
                concluded_on=tx.today,
                survey_id=survey_id,
                satisfaction=satisfaction,
                corrects=before.occasion_id,
                corrected_from=given_by,
                reason_hash=await keep_statement(tx, contract, corrected_id, "correction", command.reason),
            )
        )
        tx.emit(ResultCorrected(**about(corrected), record=corrected.id, corrects=before.id))
        await _tell_result(tx, corrected)
        return _answer(tx, corrected, 201, located=True)


async def _must_stand(tx: Transaction, acceptance: Acceptance, passed: bool) -> UUID:
    """Only the latest result of its line is corrected, and only to another one. Returns who gave it."""
    must_be(acceptance, CONCLUDED)
    last = await store.last_attempt(tx, acceptance.contract_id, acceptance.line_id)
    if last is None or last.id != acceptance.id:
        raise WrongState(acceptance.state, "latest_of_its_line")
    if passed == (acceptance.state == AcceptanceState.PASSED):
        raise WrongState(acceptance.state, "another_result")
    assert acceptance.concluded_by is not None
    return acceptance.concluded_by


async def _tell_result(tx: Transaction, acceptance: Acceptance) -> None:
    tx.emit(
        AcceptanceConcluded(
            **about(acceptance, ACCEPTED),
            acceptance_id=acceptance.id,
            line_id=acceptance.line_id,
            passed=acceptance.state == AcceptanceState.PASSED,
            result_version=acceptance.attempt,
            concluded_on=tx.today,
        )
    )
    facts = {"result": acceptance.state, "result_version": str(acceptance.attempt)}
    await notify(tx, acceptance.provider_id, "acceptance_concluded", acceptance.id, facts)


async def _next_attempt(tx: Transaction, contract: Contract, line_id: UUID | None) -> int:
    """What failed may be accepted again; what is open or passed may not, and another gate is no acceptance."""
    must_have_started(contract, tx.today)
    if line_id is not None and line_of(contract, line_id).gate != "acceptance":
        raise WrongState(line_of(contract, line_id).gate, "gated_by_acceptance")
    last = await store.last_attempt(tx, contract.id, line_id)
    if last is None:
        return 1
    must_be(last, (AcceptanceState.FAILED,))
    return last.attempt + 1


async def _open(tx: Transaction, acceptance_id: UUID) -> tuple[Acceptance, Contract, UUID]:
    """The open acceptance, its contract, and the person who acts for its organiser."""
    acceptance, contract, person = await tx.open_part(Acceptance, acceptance_id, Contract, DUTY, by=None, fresh=False)
    await must_organise(tx, contract, DUTY)
    tx.expect(acceptance.version)
    law_apart(tx, contract, DUTY)
    must_be(acceptance, (AcceptanceState.OPEN,))
    return acceptance, contract, person


def _answer(tx: Transaction, acceptance: Acceptance, status: int = 200, *, located: bool = False) -> Answer:
    location = f"/v1/acceptances/{acceptance.id}" if located else None
    view = AcceptanceView.model_validate(acceptance)
    return tx.answer(status, view, version=acceptance.version, location=location)
