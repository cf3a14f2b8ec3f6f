"""Commands on awards, and what the registry's answers do to them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.tendering.awards import store
from services.tendering.awards.announcement import announce
from services.tendering.awards.rules import (
    Confirmation,
    Proposal,
    acknowledge,
    confirm_award,
    propose_award,
)
from services.tendering.awards.views import award_view
from services.tendering.bids import store as bids
from services.tendering.files import store as files
from services.tendering.files.contents import share_price
from services.tendering.panels.interests import apart
from services.tendering.procurements import store as procurements
from services.tendering.procurements.handlers import must_be
from services.tendering.rulebook import AwardSection
from services.tendering.tables import FOUND, REASONED
from shared.bus.records import together
from shared.errands.notices import notify
from shared.events.catalog import CommitmentDecided, FundingSource
from shared.events.registry import AwardBlocked, AwardCleared
from shared.events.tendering import AwardAnswered, AwardConfirmed, AwardProposed, AwardReasonsGiven
from shared.fields.calendar import default_calendar
from shared.law.decision import Clause
from shared.law.rulebook import rulebooks
from shared.road.consumer import Waits
from shared.work.database import Answer, Call, Row, Transaction, WrongState
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
        procurement = await procurements.lock(tx, command.procurement_id)
        person = tx.require("approve_award", procurement["organisation"], procurement["jurisdiction"])
        await apart(tx, procurement)
        tx.expect(procurement["version"])
        must_be(procurement, "scored")
        award = await next_round(tx, procurement, person, command.reasons)
        return tx.answer(201, award_view(award), version=award["version"], location=f"/v1/awards/{award['id']}")


async def next_round(tx: Transaction, procurement: Row, person: UUID, reasons: dict[str, str]) -> Row:
    """Asks the registry for the next candidate's standing now, and the catalog whether the budget holds the price; the
    round tells their answers from any other's."""
    candidate = await store.candidate(tx, procurement["id"])
    if candidate is None:
        raise WrongState("out_of_candidates", "candidate_left")
    await decide_candidate(tx, procurement, candidate, reasons)
    award = await store.insert(tx, procurement, candidate, person, reasons)
    await procurements.update(tx, procurement, state="proposed")
    tx.emit(_proposed(procurement, award))
    return award


def _proposed(procurement: Row, award: Row) -> AwardProposed:
    return AwardProposed(
        **about(procurement, award),
        **{name: award[name] for name in ("provider_id", "amount")},
        rulebook=procurement["rulebook"],
        acknowledged=sorted(award["reasons"]),
        budget_year=procurement["budget_year"],
        facts=REASONED(award),
    )


async def ask_again(call: Call, command: AskAgain) -> Answer:
    async with call.transaction() as tx:
        award, procurement, _ = await begin(tx, command.award_id)
        must_be(procurement, "proposed")
        waits = award["state"] == "blocked" or award["cover"] == "asked"
        if award["state"] == "withdrawn" or award["choice_confirmed_by"] is not None or not waits:
            raise WrongState(award["state"], "budget_unanswered_or_blocked")
        unchosen = CHOICE.taken_back(award) if award["choice"] else {}
        award = await store.update(tx, award, state="proposed", cover="asked", findings=[], **unchosen)
        tx.under(rulebooks().get(procurement["rulebook"]))
        tx.emit(_proposed(procurement, award))
        return tx.answer(200, award_view(award), version=award["version"])


async def decide_candidate(tx: Transaction, procurement: Row, candidate: Row, reasons: dict[str, str]) -> None:
    """What speaks against the candidate is for the registry to answer, which blocks the round with its clauses: only
    then is there a next in rank. A bar known here would refuse the same round for ever."""
    standings = await bids.standings_of(tx, candidate["provider_id"], procurement["jurisdiction"])
    proposal = Proposal(procurement["method"], candidate["tied"], standings, reasons)
    tx.decided(propose_award(proposal, section_of(tx, procurement), tx.today))


_OPEN = ("proposed", "cleared", "announced")


async def on_award_cleared(tx: Transaction, event: AwardCleared) -> Waits | None:
    """A clearance announces the award, unless the registry found a reference that nobody has answered yet, or the
    budget has not answered."""
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award["provider_id"] != event.provider_id or award["state"] != "proposed":
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    tx.under(rulebooks().get(procurement["rulebook"]))
    award = await _answered(tx, procurement, award, state="cleared", findings=_findings(event))
    await _announce_if_complete(tx, procurement, award)
    return None


async def on_commitment_decided(tx: Transaction, event: CommitmentDecided) -> None:
    """Without money the award is blocked: the budget is adjusted and asked again, or two persons give the award up."""
    if event.procurement_id is None:
        return
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award["cover"] != "asked" or award["state"] == "withdrawn":
        return
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    tx.under(rulebooks().get(procurement["rulebook"]))
    if event.granted:
        award = await _answered(tx, procurement, award, cover="committed")
        if award["state"] == "cleared":
            await _announce_if_complete(tx, procurement, award)
    else:
        await _answered(tx, procurement, award, cover="refused", state="blocked", findings=_findings(event))


async def _answered(tx: Transaction, procurement: Row, award: Row, **values: Any) -> Row:
    """Keeps what the answer says of the award, and tells it."""
    award = await store.update(tx, award, **values)
    stands = {**{name: award[name] for name in ("state", "cover")}, "findings": FOUND(award)}
    tx.emit(AwardAnswered.model_validate({**about(procurement, award), **stands}))
    return award


async def _announce_if_complete(tx: Transaction, procurement: Row, award: Row) -> None:
    owed = acknowledge(_references(award), award["reasons"], tx.today)
    if award["cover"] in (None, "committed") and not owed.refused:
        tx.decided(owed)
        await announce(tx, procurement, award)


async def on_award_blocked(tx: Transaction, event: AwardBlocked) -> Waits | None:
    """A block stops the award, even after a clearance, until it is confirmed; then signing asks again."""
    award = await store.of_round(tx, event.procurement_id, event.lot, event.round)
    if award is None or award["provider_id"] != event.provider_id or award["state"] not in _OPEN:
        return None
    procurement = await procurements.lock(tx, event.procurement_id)
    together(event, procurement, project_id="key", organisation="organisation")
    await _answered(tx, procurement, award, state="blocked", findings=_findings(event))
    await procurements.update(tx, procurement, state="proposed")
    return None


def _findings(event: AwardCleared | AwardBlocked | CommitmentDecided) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in event.findings]


def _references(award: Row) -> list[Clause]:
    found = [one for one in store.cited(award) if one.effect == "reference"]
    return [rulebooks().get(one.rulebook).clause(one.clause) for one in found]


async def give_reasons(call: Call, command: GiveReasons) -> Answer:
    async with call.transaction() as tx:
        award, procurement, _ = await begin(tx, command.award_id)
        tx.under(rulebooks().get(procurement["rulebook"]))
        award_must_be(award, "cleared")
        reasons = {**award["reasons"], **command.reasons}
        tx.decided(acknowledge(_references(award), reasons, tx.today))
        award = await store.update(tx, award, reasons=reasons)
        given = {"acknowledged": sorted(reasons), "facts": REASONED(award)}
        tx.emit(AwardReasonsGiven.model_validate({**about(procurement, award), **given}))
        if award["cover"] in (None, "committed"):
            award = await announce(tx, procurement, award)
        return tx.answer(200, award_view(award), version=award["version"])


async def confirm(call: Call, command: ConfirmAward) -> Answer:
    async with call.transaction() as tx:
        award, procurement, person = await begin(tx, command.award_id)
        award_must_be(award, "announced")
        confirmation = Confirmation(
            proposed_by=award["proposed_by"],
            confirmed_by=person,
            announced_on=award["announced_on"],
            procurement_project=procurement["procurement_project"],
            calendar=default_calendar(),
        )
        tx.decided(confirm_award(confirmation, section_of(tx, procurement), tx.now))
        award = await store.update(tx, award, state="confirmed", confirmed_by=person)
        procurement = await procurements.update(tx, procurement, state="confirmed")
        tx.emit(await _confirmed(tx, procurement, award))
        await notify(tx, award["provider_id"], "award_confirmed", procurement["id"], {"amount": str(award["amount"])})
        return tx.answer(200, award_view(award), version=award["version"])


_AS_BOUGHT = ("rulebook", "noticed_on", "service_class", "nature", "procurement_project")


async def _confirmed(tx: Transaction, procurement: Row, award: Row) -> AwardConfirmed:
    file = await files.get(tx, procurement["file_id"])
    terms = files.contents_of(file).terms
    if terms is None:
        raise WrongState("without_draft_contract", "draft_contract_published")
    amounts = share_price(award["amount"], terms.payments)
    need = file["document"]["service_need"]
    return AwardConfirmed(
        **about(procurement, award),
        provider_id=award["provider_id"],
        provider_title=(await bids.provider(tx, award["provider_id"]))["title"],
        amount=award["amount"],
        **{name: procurement[name] for name in _AS_BOUGHT},
        requirement_id=UUID(need["id"]),
        requirement_version=need["version"],
        sources=[FundingSource.model_validate(source) for source in procurement["sources"]],
        terms=terms.for_award(amounts),
    )


async def begin(tx: Transaction, award_id: UUID) -> tuple[Row, Row, UUID]:
    """The award and its procurement, locked, and the person who acts on it."""
    award = await store.lock(tx, award_id)
    procurement = await procurements.lock(tx, award["procurement_id"])
    person = tx.require("approve_award", award["organisation"], award["jurisdiction"])
    await apart(tx, procurement)
    tx.expect(award["version"])
    return award, procurement, person


def award_must_be(award: Row, *states: str) -> None:
    if award["state"] not in states:
        raise WrongState(award["state"], *states)


def about(procurement: Row, award: Row) -> dict[str, Any]:
    return {**procurements.about(procurement), "lot": award["lot"], "round": award["round"]}


def section_of(tx: Transaction, procurement: Row) -> AwardSection:
    return tx.under(rulebooks().get(procurement["rulebook"])).section(AwardSection)
