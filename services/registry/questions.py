"""Questions without effect: what would hold for a provider under a rulebook, on a day.

Not hypothetical, the rulebook must be in force that day, and what had not happened by then does not count.
Hypothetical, any text answers for the record of today as if its results had been given where that text holds; the
answer says so.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.registry.fields import WrongField
from shared.fields.text import PlainDate
from shared.law.decision import Effect, Finding, explain
from shared.law.rulebook import NAME, Rulebook, rulebooks
from shared.web.http import FindingView


class Question(BaseModel):
    """Under which rulebook, as of which day (today when none is given)."""

    model_config = ConfigDict(extra="forbid")

    rulebook: Annotated[str, Field(pattern=rf"^([a-z0-9-]{{1,60}}|{NAME})$", examples=["dongguan-2011"])]
    as_of: PlainDate | None = None
    hypothetical: bool = False


class CheckView(BaseModel):
    """What the rule finds, without effect, told as a refusal tells it: `findings` are what would refuse or asks for a
    reason, `explain` is the rest. `reasons_needed` are the clauses that ask for a recorded reason."""

    rulebook: str
    as_of: date
    hypothetical: bool
    allowed: bool
    reasons_needed: list[str]
    findings: list[FindingView]
    explain: list[FindingView]


def book_of(question: Question, today: date) -> tuple[Rulebook, date]:
    """The rulebook and the day. Raises WrongField for a rulebook nobody knows, or one not in force that day."""
    day = question.as_of or today
    try:
        book = rulebooks().get(question.rulebook, day)
    except KeyError:
        raise WrongField(
            "rulebook", "unknown_rulebook", "give a rulebook that GET /v1/rulebooks lists", place="query"
        ) from None
    if not question.hypothetical and not book.in_force(day):
        raise WrongField(
            "rulebook", "not_in_force", "it is not in force that day: ask with hypothetical=true", place="query"
        )
    return book, day


def check_view(book: Rulebook, day: date, question: Question, findings: Iterable[Finding], language: str) -> CheckView:
    """The answer, from the very findings a decision would rest on."""
    kept = [*findings, *book.notes()]
    open_ones = [f for f in kept if not f.satisfied]
    references = [f.clause.id for f in open_ones if f.effect is Effect.REFERENCE]
    return CheckView(
        rulebook=book.name,
        as_of=day,
        hypothetical=question.hypothetical,
        allowed=not any(f.refuses for f in kept),
        reasons_needed=list(dict.fromkeys(references)),
        findings=[FindingView(**found) for found in explain(open_ones, language)],
        explain=[FindingView(**found) for found in explain((f for f in kept if f.satisfied), language)],
    )
