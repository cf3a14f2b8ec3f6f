"""When a payment line may be asked for, and what its result does to it.

CD17-28.1  the assessment or acceptance result decides how much is paid, as the contract provides
CD17-28.2  a payment is asked for on the papers of its acceptance or assessment
CC14-9.2.1d  and on the provider's documents, which the request names
ZH21-23.1  whatever is paid before anything is delivered or found stays within 40 % of the contract price
ZH21-23.2  an advance is paid only after signing
ZH21-23.3  the rest is paid in sequence: no line before the earlier ones are asked for
ZH21-23.4  every payment that is due has a last day (in Chengdu CD17-29.1)
SME46-P9.1 what a small or medium enterprise is paid has a last day in every city
ZH21-27.5  the evaluation result decides whether the line that waits for it is paid
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from services.contracts.rulebook import PaymentSection
from shared.fields.money import of
from shared.fields.payment_terms import PaymentTerms
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, note, of_person

NOTHING = Decimal("0.00")
PAPERS = "assessment_acceptance_papers"
DOCUMENTS = "provider_documents"


@dataclass(frozen=True, slots=True)
class Request:
    """A payment asked for: the line, and of its contract what the advance cap needs (CNY). `papers`: the request names
    an acceptance or assessment of this line, `documents`: it names some; `earlier_unasked`: numbers of the lines before
    it not yet asked for; `service_over`: the contract's last day has passed, so that nothing is paid in advance."""

    line: PaymentTerms
    price: Decimal
    advances_before: Decimal
    signed: bool
    papers: bool = False
    documents: bool = False
    earlier_unasked: tuple[int, ...] = ()
    service_over: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What evaluation said of the line: passed (acceptance), points (assessment), grade (evaluation)."""

    id: UUID
    version: int
    passed: bool | None = None
    score: Decimal | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a line: `release` it, `withhold` it, or `hold` it until it is assessed anew. `amount` is what
    the result entitles to (CNY), `clause` why."""

    verdict: Literal["release", "withhold", "hold"]
    amount: Decimal
    clause: Clause | None = None


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day to pay, and the clause by which it is watched; where no text names one, the contract's alone."""

    day: date
    clause: Clause | None = None


def may_request(request: Request, section: PaymentSection) -> Decision[Request]:
    """May this line be asked for? The advance cap counts all advances of the contract together."""
    findings = [
        *_paper_findings(request, section),
        *_advance_findings(request, section),
        *_order_findings(request, section),
    ]
    return decide(findings, request)


def _paper_findings(request: Request, section: PaymentSection) -> Iterator[Finding]:
    if PAPERS in section.payment_requires and request.line.gate in ("acceptance", "assessment"):
        clause = section.payment_requires.clause(PAPERS)
        yield finding("papers_missing", clause, request.papers, gate=request.line.gate)
    if DOCUMENTS in section.payment_requires:
        yield finding("documents_missing", section.payment_requires.clause(DOCUMENTS), request.documents)


def _advance_findings(request: Request, section: PaymentSection) -> Iterator[Finding]:
    if not request.line.is_advance:
        return
    cap = section.advance_max_ratio
    if cap is not None and not request.service_over:
        most, asked = request.price * cap.value, request.advances_before + request.line.amount
        yield finding("advance_over_cap", cap.clause, asked <= most, cap=most, asked=asked, ratio=cap.value)
    if section.advance_after_signing is not None:
        yield finding("advance_before_signing", section.advance_after_signing.clause, request.signed)


def _order_findings(request: Request, section: PaymentSection) -> Iterator[Finding]:
    rule = section.rest_paid_by_progress
    if rule is not None:
        earlier = request.earlier_unasked
        yield finding("out_of_order", rule.clause, not earlier, earlier=earlier)


def may_approve(requested_by: UUID | None, approver: UUID, section: PaymentSection) -> Decision[UUID]:
    """Another person approves than the one who asked, whatever posts either holds."""
    rule = section.separate_payment_approval
    return decide([of_person("approver_is_requester", rule.clause, approver != requested_by)], approver)


def decide_payment(line: PaymentTerms, result: Result | None, section: PaymentSection) -> Decision[Outcome]:
    """What the result does to the line that waits for it; a line gated by the contract alone waits for none."""
    if line.is_advance:
        return Decision((), Outcome("release", line.amount))
    if result is None:
        return Decision((), Outcome("hold", NOTHING))
    clause = _gate_clause(line.gate, section)
    outcome = _outcome(line, result, clause)
    if clause is None:
        return Decision((), outcome)
    code = {"release": "result_releases", "withhold": "result_withholds", "hold": "result_below_bands"}[outcome.verdict]
    released, effect = outcome.verdict == "release", Effect.REFERENCE
    facts = {"score": result.score, "grade": result.grade, "amount": outcome.amount, "planned": line.amount}
    given: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    return decide([finding(code, clause, released, effect=effect, gate=line.gate, **given)], outcome)


def still_owed(line: PaymentTerms, paid: Decimal, result: Result | None, section: PaymentSection) -> Decimal:
    """What its result says is still to be paid of a line, in CNY: the end of the contract takes none of it away. Of
    what waits for no result that is the whole line."""
    outcome = decide_payment(line, result, section).outcome
    return max(outcome.amount - paid, NOTHING) if outcome is not None else NOTHING


def _gate_clause(gate: str, section: PaymentSection) -> Clause | None:
    """The clause that ties money to this gate; None where no text does, and the contract alone ties it."""
    if section.result_tied_to_payment is not None:
        return section.result_tied_to_payment.clause
    return section.payment_gates.members.get(gate)


def _outcome(line: PaymentTerms, result: Result, clause: Clause | None) -> Outcome:
    if line.gate == "assessment":
        share = next((share for from_score, share in line.bands if (result.score or 0) >= from_score), None)
        if share is None:
            return Outcome("hold", NOTHING, clause)
        return Outcome("release", of(line.amount, share), clause)
    good = result.passed if line.gate == "acceptance" else result.grade != "poor"
    return Outcome("release", line.amount, clause) if good else Outcome("withhold", NOTHING, clause)


def why_it_stands(
    line: PaymentTerms,
    result: Result | None,
    last: date | None,
    unpaid: bool,
    section: PaymentSection,
    today: date,
    *,
    small: bool = False,
) -> Iterator[Finding]:
    """What a decided line rests on: its result, which speaks against it where it holds the money back, and its last
    day (`last`), which speaks against it once it has passed while the order is `unpaid`."""
    yield from decide_payment(line, result, section).findings
    yield from why_it_is_due(last, unpaid, section, today, small=small)


def why_it_is_due(
    last: date | None, unpaid: bool, section: PaymentSection, today: date, *, small: bool = False
) -> Iterator[Finding]:
    """The last day to pay, which speaks against the line once it has passed while it is unpaid."""
    if last is not None:
        for clause in _watched_by(section, small):
            yield finding("payment_overdue", clause, not unpaid or today <= last, last_day=last)


def last_day_to_pay(due_days: int, section: PaymentSection, since: date, *, small: bool = False) -> Decision[LastDay]:
    """When a payment is to be made at the latest: so many days, as agreed, from the result that it waits for; one that
    waits for none counts from the approval, an advance at the latest from the signing, the rest from the last day of
    service. `small`: it goes to a small or medium enterprise."""
    day = since + timedelta(days=due_days)
    watched = _watched_by(section, small)
    set_by = [note("last_day_set", clause, last_day=day) for clause in watched]
    return decide(set_by, LastDay(day, watched[0] if watched else None))


def _watched_by(section: PaymentSection, small: bool) -> list[Clause]:
    """The clauses that watch the last day: the city's, and the one on small and medium enterprises."""
    rule = section.overdue_payment_reported or section.pay_per_contract
    of_city = [rule.clause] if rule is not None else []
    return [*of_city, section.small_enterprise_agreed_max_days.clause] if small else of_city


def replaces(known: Result | None, paid: Decimal, found: Result) -> bool:
    """Does a result take the place of the one known? A correction by its higher version; a new acceptance or
    assessment of the same line while nothing has been paid for it."""
    if known is None or found.version > known.version:
        return True
    return found.id != known.id and paid == NOTHING
