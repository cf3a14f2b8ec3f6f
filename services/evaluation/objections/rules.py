"""When an objection is received, and what answers it.

CD17-27.3  in writing, with evidence, within the agreed window
CD17-27.4  verified and answered within five working days of receipt; a late answer is overdue, the result stands
CD17-27.5  if the verification shows an error, the result is corrected; a slip in the answer is one
IC12-12.1  incompatible posts are separated: who assessed does not verify the assessment, and another person than who
           answered sets the answer right

Reading: whoever may object may take the objection back until it is answered; no text forbids it. The window is as it
was notified, so that another may follow while it is open, and the result stands when it is over (CD17-27.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.evaluation.rulebook import ObjectionSection
from shared.law.decision import Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Objection:
    """What the provider files: whether in writing, and how many pieces of evidence."""

    written: bool
    evidence: int


@dataclass(frozen=True, slots=True)
class Notice:
    """The last day for objections; a provisional one closes nothing."""

    objections_until: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What the purchaser answers: upheld or not, whether verified, and the corrected points."""

    upheld: bool
    verified: bool
    corrected_score: Decimal | None


def file_objection(objection: Objection, notice: Notice, section: ObjectionSection, today: date) -> Decision[int]:
    """May it be received? The outcome is how many working days the purchaser has to answer."""
    return decide(list(_filing_findings(objection, notice, section, today)), section.objection_reply_working_days.value)


def window_open(notice: Notice, today: date) -> bool:
    """Whether an objection is in time, the first or one after another was taken back."""
    return notice.provisional or today <= notice.objections_until


def _filing_findings(objection: Objection, notice: Notice, section: ObjectionSection, today: date) -> Iterator[Finding]:
    fields = section.objection_fields
    given = {"written_statement": objection.written, "evidence": objection.evidence > 0}
    for member in fields:
        yield finding("objection_incomplete", fields.clause(member), given.get(member, True), field=member)
    in_time = window_open(notice, today)
    clause = fields.clause("written_statement")
    yield finding("objection_late", clause, in_time, objections_until=notice.objections_until, today=today)


def answer_objection(
    reply: Reply, score: Decimal, assessor: UUID, person: UUID, section: ObjectionSection
) -> Decision[Decimal]:
    """May it be answered so? The outcome is the score that stands: the corrected one, or that which was notified."""
    verify, correct = section.objection_reply_working_days.clause, section.objection_correction_required.clause
    apart = section.incompatible_posts_separated.clause
    findings = [
        of_person("assessor_answers", apart, person != assessor),
        finding("verification_missing", verify, reply.verified),
    ]
    if reply.upheld:
        corrected = reply.corrected_score is not None and reply.corrected_score != score
        findings.append(finding("correction_missing", correct, corrected, score=score))
    else:
        findings.append(finding("correction_without_error", correct, reply.corrected_score is None))
    return decide(findings, score if reply.corrected_score is None else reply.corrected_score)


def correct_answer(
    reply: Reply, score: Decimal, assessor: UUID, given_by: UUID, person: UUID, section: ObjectionSection
) -> Decision[Decimal]:
    """May what one person answered be answered so by another? The outcome is the score that stands then."""
    answered = answer_objection(reply, score, assessor, person, section)
    clause = section.incompatible_posts_separated.clause
    another = of_person("giver_corrects", clause, person != given_by)
    return decide([*answered.findings, another], score if reply.corrected_score is None else reply.corrected_score)
