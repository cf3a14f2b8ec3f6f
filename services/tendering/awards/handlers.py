"""Commands on awards, and what the registry's answers do to them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.tendering.awards import store
from services.tendering.awards.announcement import announce
from services.tendering.awards.events import AwardAnswered, AwardReasonsGiven
from services.tendering.awards.records import UNCONFIRMED, Award, AwardState
from services.tendering.awards.rules import (
    Confirmation,
    Proposal,
    acknowledge,
    confirm_award,
    propose_award,
)
from services.tendering.awards.views import AwardView
from services.tendering.bids import store as bids
from services.tendering.consents.handlers import givers_apart
from services.tendering.files import store as files
from services.tendering.files.contents import share_price
from services.tendering.panels.interests import apart
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rulebook import AwardSection
from services.tendering.scores.records import TitledPlace
from services.tendering.tables import FOUND, GIVERS, REASONED
from shared.bus.records import together
from shared.errands.notices import notify
from shared.events.catalog import CommitmentDecided, FundingSource
from shared.events.registry import AwardBlocked, AwardCleared
from shared.events.tendering import AwardConfirmed, AwardProposed
from shared.fields.calendar import default_calendar
from shared.law.decision import Clause
from shared.law.rulebook import rulebooks
from shared.road.consumer import Waits
from shared.work.database import Answer, Call, Transaction, WrongState, must_be
from shared.work.proposals import Pending

CHOICE = Pending("choice_proposed", by="chosen_by", also={"choice": None, "choice_reasons": {}})


@dataclass(frozen=True, slots=True)
class ProposeAward:
    """The first in rank is proposed, with reasons for what is known against it, by clause."""

    procurement_id: UUID
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class GiveReasons:
    """The references that the registry found are answered."""

    award_id: UUID
    reasons: dict[str, str]


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Registry and budget are asked once more about an award that either of them blocked."""

    award_id: UUID


@dataclass(frozen=True, slots=True)
class ConfirmAward:
    """Another person confirms the announced award."""

    award_id: UUID


async def propose(call: Call, command: ProposeAward) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "approve_award")
        await apart(tx, procurement)
        must_be(procurement, (ProcurementState.SCORED,))
        await givers_apart(tx, procurement, await bids.bidders(tx, procurement.id))
        rounds = await store.of_procurement(tx, procurement.id)
        candidate = await store.candidate(tx, procurement.id, rounds)
        if candidate is not None:
            await decide_candidate(tx, procurement, candidate, command.reasons)
        award = await begin_round(tx, procurement, len(rounds) + 1, candidate, person, command.reasons)
        view, location = AwardView.model_validate(award), f"/v1/awards/{award.id}"
        return tx.answer(201, view, version=award.version, location=location)


async def decide_candidate(
    tx: Transaction, procurement: Procurement, candidate: TitledPlace, reasons: dict[str, str]
) -> None:
    """What speaks against the candidate is for the registry to answer, which blocks the round with its clauses: only
    then is there a next in rank. A bar known here would refuse the same round for ever."""
    standings = await bids.standings_of(tx, candidate.provider_id, procurement.jurisdiction)
    proposal = Proposal(candidate.tied, standings, reasons)
    tx.decided(propose_award(proposal, tx.law(procurement, AwardSection), tx.today))


async def begin_round(
    tx: Transaction,
    procurement: Procurement,
    number: int,
    candidate: TitledPlace | None,
    person: UUID,
    reasons: dict[str, str],
) -> Award:
    """Asks the registry for the next candidate's standing now, and the catalog whether the budget holds the price; the
    round tells their answers from any other's."""
    if candidate is None:
        raise WrongState("out_of_candidates", "candidate_left")
    award = await store.add(tx, procurement, number, candidate, person, reasons)
    await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.PROPOSED))
    tx.emit(_proposed(procurement, award))
    return award


def _proposed(procurement: Procurement, award: Award) -> AwardProposed:
    return AwardProposed(
        **about(procurement, award),
        provider_id=award.provider_id,
        amount=award.amount,
        rulebook=procurement.rulebook,
        acknowledged=sorted(award.reasons),
        budget_year=procurement.budget_year,
        facts=REASONED(award),
        award_id=award.id,
        givers=GIVERS(award),
    )


async def ask_again(call: Call, command: AskAgain) -> Answer:
    async with call.transaction() as tx:
        before, procurement, _ = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        must_be(procurement, (ProcurementState.PROPOSED,))
        waits = before.state is AwardState.BLOCKED or before.cover == "asked"
        if before.state is AwardState.WITHDRAWN or before.choice_confirmed_by is not None or not waits:
            raise WrongState(before.state, "budget_unanswered_or_blocked")
        unchosen = CHOICE.taken_back(before) if before.choice else {}
        asked = replace(before, state=AwardState.PROPOSED, cover="asked", findings=[], **unchosen)
        award = await tx.save(before, asked)
        tx.under(rulebooks().get(procurement.rulebook))
        tx.emit(_proposed(procurement, award))
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


async def on_award_cleared(tx: Transaction, event: AwardCleared) -> Waits | None:
    """A clearance announces the award, unless the registry found a reference that nobody has answered yet, or the
    budget has not answered."""
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award.provider_id != event.provider_id or award.state is not AwardState.PROPOSED:
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    tx.under(rulebooks().get(procurement.rulebook))
    cleared = replace(award, state=AwardState.CLEARED, findings=_findings(event))
    tx.emit(_answered(procurement, cleared))
    await _announce_if_complete(tx, procurement, award, cleared)
    return None


async def on_commitment_decided(tx: Transaction, event: CommitmentDecided) -> None:
    """Without money the award is blocked: the budget is adjusted and asked again, or two persons give the award up."""
    if event.procurement_id is None:
        return
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award.cover != "asked" or award.state is AwardState.WITHDRAWN:
        return
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    tx.under(rulebooks().get(procurement.rulebook))
    if event.granted:
        covered = replace(award, cover="committed")
        tx.emit(_answered(procurement, covered))
        await _announce_if_complete(tx, procurement, award, covered)
    else:
        refused = replace(award, cover="refused", state=AwardState.BLOCKED, findings=_findings(event))
        tx.emit(_answered(procurement, await tx.save(award, refused)))


def _answered(procurement: Procurement, award: Award) -> AwardAnswered:
    """What the answer says of the award."""
    return AwardAnswered(**about(procurement, award), state=award.state, cover=award.cover, findings=FOUND(award))


async def _announce_if_complete(tx: Transaction, procurement: Procurement, before: Award, award: Award) -> None:
    """Keeps the award as it is answered, and announces one that is cleared, covered and owes no reason."""
    if award.state is AwardState.CLEARED and _is_covered(award):
        owed = acknowledge(_references(award), award.reasons, tx.today)
        if not owed.refused:
            tx.decided(owed)
            await announce(tx, procurement, before, award)
            return
    await tx.save(before, award)


def _is_covered(award: Award) -> bool:
    return award.cover in (None, "committed")


async def on_award_blocked(tx: Transaction, event: AwardBlocked) -> Waits | None:
    """A block stops the award, even after a clearance, until it is confirmed; then signing asks again."""
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award.provider_id != event.provider_id or award.state not in UNCONFIRMED:
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    blocked = await tx.save(award, replace(award, state=AwardState.BLOCKED, findings=_findings(event)))
    tx.emit(_answered(procurement, blocked))
    await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.PROPOSED))
    return None


def _findings(event: AwardCleared | AwardBlocked | CommitmentDecided) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in event.findings]


def _references(award: Award) -> list[Clause]:
    found = [one for one in store.cited(award) if one.effect == "reference"]
    return [rulebooks().get(one.rulebook).clause(one.clause) for one in found]


async def give_reasons(call: Call, command: GiveReasons) -> Answer:
    async with call.transaction() as tx:
        before, procurement, person = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        must_be(before, (AwardState.CLEARED,))
        if any(before.reasons.get(clause, said) != said for clause, said in command.reasons.items()):
            raise WrongState("reason_given", "corrected_by_another")
        tx.under(rulebooks().get(procurement.rulebook))
        given_by = before.given_by(person, command.reasons)
        award = replace(before, reasons={**before.reasons, **command.reasons}, reasons_by=given_by)
        tx.decided(acknowledge(_references(award), award.reasons, tx.today))
        given = sorted(award.reasons)
        digests = {"facts": REASONED(award), "givers": GIVERS(award)}
        tx.emit(AwardReasonsGiven(**about(procurement, award), acknowledged=given, **digests))
        if _is_covered(award):
            award = await announce(tx, procurement, before, award)
        else:
            award = await tx.save(before, award)
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


async def confirm(call: Call, command: ConfirmAward) -> Answer:
    async with call.transaction() as tx:
        before, announced, person = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, announced)
        must_be(before, (AwardState.ANNOUNCED,))
        assert before.announced_on is not None
        confirmation = Confirmation(
            proposed_by=before.proposed_by,
            confirmed_by=person,
            announced_on=before.announced_on,
            procurement_project=announced.procurement_project,
            calendar=default_calendar(),
        )
        tx.decided(confirm_award(confirmation, tx.law(announced, AwardSection), tx.now))
        confirmed = await _confirmed(tx, announced, before)
        award = await tx.save(before, replace(before, state=AwardState.CONFIRMED, confirmed_by=person))
        procurement = replace(announced, state=ProcurementState.CONFIRMED)
        await procurements.save(tx, announced, procurement)
        tx.emit(confirmed)
        await notify(tx, award.provider_id, "award_confirmed", procurement.id, {"amount": str(award.amount)})
        return tx.answer(200, AwardView.model_validate(award), version=award.version)


async def _confirmed(tx: Transaction, procurement: Procurement, award: Award) -> AwardConfirmed:
    file = await files.published(tx, procurement)
    terms = files.contents_of(file).terms
    if terms is None or procurement.noticed_on is None:
        raise WrongState("without_draft_contract", "draft_contract_published")
    procurements.keep_bids_until(tx, procurement, max(terms.ends_on, tx.today))
    amounts = share_price(award.amount, terms.payments)
    need = file.document["service_need"]
    return AwardConfirmed(
        **about(procurement, award),
        provider_id=award.provider_id,
        provider_title=(await bids.provider(tx, award.provider_id)).title,
        amount=award.amount,
        rulebook=procurement.rulebook,
        noticed_on=procurement.noticed_on,
        service_class=procurement.service_class,
        nature=procurement.nature,
        procurement_project=procurement.procurement_project,
        requirement_id=UUID(need["id"]),
        requirement_version=need["version"],
        sources=[FundingSource.model_validate(source) for source in procurement.sources],
        terms=terms.for_award(amounts, older=file.older),
    )


class About(procurements.About):
    lot: int
    round: int


def about(procurement: Procurement, award: Award) -> About:
    """What every event of an award begins with."""
    return {**procurements.about(procurement), "lot": award.lot, "round": award.round}
