"""Reasons of an award that another person sets right; what they were stays readable."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tendering.awards import store
from services.tendering.awards.events import AwardReasonsCorrected
from services.tendering.awards.handlers import about
from services.tendering.awards.records import Award, AwardState
from services.tendering.awards.rules import Rewritten, correct_reasons
from services.tendering.awards.views import AwardView
from services.tendering.panels.interests import apart
from services.tendering.procurements.records import Procurement
from services.tendering.rulebook import AwardSection
from services.tendering.tables import CORRECTED, GIVERS, REASONED
from shared.work.database import Answer, Call, WrongState, must_be

STANDING = (AwardState.PROPOSED, AwardState.CLEARED, AwardState.BLOCKED, AwardState.ANNOUNCED)
"""States of an award that nobody confirmed yet; whoever confirms it reads its reasons."""


@dataclass(frozen=True, slots=True)
class CorrectReasons:
    """The reasons that were meant, by clauses that are answered already, and why they take the place of others."""

    award_id: UUID
    reasons: dict[str, str]
    why: str


async def correct_award_reasons(call: Call, command: CorrectReasons) -> Answer:
    async with call.transaction() as tx:
        before, procurement, person = await tx.open_part(Award, command.award_id, Procurement, "approve_award")
        await apart(tx, procurement)
        must_be(before, STANDING)
        if not command.reasons.keys() <= before.reasons.keys():
            raise WrongState("clause_unanswered", "clause_answered")
        reasons = {**before.reasons, **command.reasons}
        if reasons == before.reasons:
            raise WrongState("reasons_the_same", "reasons_that_differ")
        section = tx.law(procurement, AwardSection)
        changed = [clause for clause, said in command.reasons.items() if before.reasons[clause] != said]
        givers = frozenset(UUID(before.reasons_by[clause]) for clause in changed)
        tx.decided(correct_reasons(Rewritten(givers, person), section, tx.today))
        kept = await store.keep_correction(tx, before, reasons, command.why, givers, person)
        award = await tx.save(before, replace(before, reasons=reasons, reasons_by=before.given_by(person, reasons)))
        digests = {"facts": REASONED(award), "givers": GIVERS(award), "correction": CORRECTED(kept)}
        tx.emit(AwardReasonsCorrected(**about(procurement, award), number=kept.number, **digests))
        return tx.answer(200, AwardView.model_validate(award), version=award.version)
