"""Commands on rescorings: scores are opened again, the members say whether there is a fault, or it is given up."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.files import store as files
from services.tendering.panels import store as panels
from services.tendering.panels.interests import apart
from services.tendering.procurements import store as procurements
from services.tendering.procurements.records import Procurement, ProcurementState
from services.tendering.rescorings import store
from services.tendering.rescorings.events import RescoringEnded, RescoringJudged, ScoresReopened
from services.tendering.rescorings.records import LIVE, Rescoring, RescoringState
from services.tendering.rescorings.rules import Fault, Reopening, found, may_reopen, out_of_reach
from services.tendering.rescorings.views import rescoring_view
from services.tendering.rulebook import RescoringSection
from services.tendering.scores import store as scores
from services.tendering.scores.handlers import active_of, lawful, scored_by
from services.tendering.tables import REOPENED
from shared.law.scope import Case
from shared.work.database import Answer, Call, NotFound, Transaction, WrongState, must_be


@dataclass(frozen=True, slots=True)
class ReopenScores:
    """The purchaser's side found a fault in what was scored: on which ground, whose points, and why."""

    procurement_id: UUID
    ground: str
    faults: frozenset[Fault]
    reason: str


@dataclass(frozen=True, slots=True)
class JudgeRescoring:
    """A member of the panel says whether there is that fault."""

    rescoring_id: UUID
    found: bool


@dataclass(frozen=True, slots=True)
class RevokeRescoring:
    """The scores stand as they are: before anybody gave another sheet, by who opened them or by another; and while no
    interest keeps away whose points are at fault, for that sheet made the ranking and counts no more."""

    rescoring_id: UUID


async def reopen_scores(call: Call, command: ReopenScores) -> Answer:
    async with call.transaction() as tx:
        procurement, person = await tx.open(Procurement, command.procurement_id, "form_panel")
        section = (await apart(tx, procurement)).section(RescoringSection, Case.of(procurement))
        must_be(procurement, (ProcurementState.SCORED,))
        panel = await panels.of_procurement(tx, procurement.id)
        if panel is None:
            raise NotFound
        ranking = await scores.ranking(tx, procurement.id)
        active = active_of(await panels.members(tx, panel.id))
        anew = {one.id: one.total for one in await scored_by(tx, procurement, active, ranking)}
        asked = Reopening(
            command.ground,
            command.faults,
            person,
            await scores.sheets(tx, procurement.id),
            tuple(files.contents_of(await files.published(tx, procurement)).factors),
            anew != {place.bid_id: place.total for place in ranking},
        )
        clause = tx.decided(may_reopen(asked, section, tx.today))
        named = (command.ground, clause, command.faults)
        rescoring = await store.add(tx, procurement, *named, ranking, command.reason, person)
        await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.RESCORING))
        about, number, facts = procurements.about(procurement), rescoring.number, REOPENED(rescoring)
        tx.emit(ScoresReopened(**about, number=number, ground=command.ground, clause=clause.id, facts=facts))
        return _answer(tx, rescoring, [], status=201)


async def judge_rescoring(call: Call, command: JudgeRescoring) -> Answer:
    """Once the panel has found the fault, the members whose points are at fault score again; once it cannot find it any
    more, the scores stand as they are."""
    async with call.transaction() as tx:
        before, procurement, person = await tx.open_part(
            Rescoring, command.rescoring_id, Procurement, "score_bids", by=None
        )
        section = (await apart(tx, procurement)).section(RescoringSection, Case.of(procurement))
        panel, members, seat = await panels.membership(tx, procurement.id, person)
        must_be(procurement, (ProcurementState.RESCORING,))
        must_be(before, (RescoringState.ASKED,))
        tx.decided(lawful(procurement, panel, active_of(members)))
        voices = await store.voices(tx, before.id)
        if person in voices or seat.interested:
            raise WrongState("rescoring_judged", "rescoring_not_judged_by_you")
        await store.say(tx, before, person, command.found)
        voices[person] = command.found
        active = {one.person_id for one in active_of(members)}
        said = [given for who, given in voices.items() if who in active]
        opened = found(said, len(active), before.ground, section)
        if opened:
            for one in members:
                if one.person_id in before.scorers:
                    members = panels.with_seat(members, await panels.set_unscored(tx, one))
        state = RescoringState.OPEN if opened else RescoringState.ASKED
        rescoring = await tx.save(before, replace(before, state=state))
        about, digest = procurements.about(procurement), panels.sealed(panel, members)
        shown = {"found": command.found, "opened": opened}
        tx.emit(RescoringJudged(**about, number=rescoring.number, **shown, panel=digest))
        if not opened and out_of_reach(said, len(active), before.ground, section):
            rescoring = await _drop(tx, procurement, rescoring, digest)
        return _answer(tx, rescoring, voices.values())


async def revoke_rescoring(call: Call, command: RevokeRescoring) -> Answer:
    async with call.transaction() as tx:
        before, procurement, _ = await tx.open_part(Rescoring, command.rescoring_id, Procurement, "form_panel")
        await apart(tx, procurement)
        must_be(procurement, (ProcurementState.RESCORING,))
        must_be(before, LIVE)
        if await store.sheets_since(tx, before):
            raise WrongState("scored_again", "not_yet_scored")
        panel = await panels.of_procurement(tx, procurement.id)
        if panel is None:
            raise NotFound
        members = await panels.members(tx, panel.id)
        if not before.scorers <= {one.person_id for one in active_of(members)}:
            raise WrongState("scorer_left", "scorers_on_the_panel")
        for one in members:
            if not one.scored and one.person_id in before.scorers:
                members = panels.with_seat(members, await panels.set_scored(tx, one))
        rescoring = await _drop(tx, procurement, before, panels.sealed(panel, members))
        return _answer(tx, rescoring, (await store.voices(tx, rescoring.id)).values())


async def _drop(tx: Transaction, procurement: Procurement, before: Rescoring, panel: str) -> Rescoring:
    """The ranking stands as it was; `panel`: the digest of who sits on it and has scored."""
    rescoring = await store.end(tx, before, RescoringState.DROPPED)
    await procurements.save(tx, procurement, replace(procurement, state=ProcurementState.SCORED))
    tx.emit(RescoringEnded(**procurements.about(procurement), number=rescoring.number, panel=panel))
    return rescoring


def _answer(tx: Transaction, rescoring: Rescoring, voices: Collection[bool], status: int = 200) -> Answer:
    location = f"/v1/rescorings/{rescoring.id}" if status == 201 else None
    return tx.answer(status, rescoring_view(rescoring, voices), version=rescoring.version, location=location)
