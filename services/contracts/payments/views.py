"""How payment lines and the movements of their money look from outside."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.contracts.payments.records import PaymentLine
from shared.fields.money import Money
from shared.law.decision import Finding, explain
from shared.web.http import FindingView, Shown, View


class LineView(View):
    """A payment line: planned and paid in CNY, what it waits for, how far it has come, the last day to pay it.
    `bands` are pairs of a score from which on, and the share then paid. Of a line that is decided, `explain` says what
    that rests on, `findings` what speaks against it: a result that holds it back, a last day that has passed.
    `return_waits`: the payment of which one person says that it came back unpaid; another person confirms."""

    id: UUID
    contract_id: UUID
    version: int
    number: int
    kind: str
    planned: Money
    paid: Money
    gate: str
    period: int | None
    due_days: int
    bands: list[list[str]]
    state: str
    papers: UUID | None
    result_id: UUID | None
    result_version: int | None
    due_on: date | None
    return_waits: UUID | None
    findings: list[FindingView] = Field(default=[])


class PaymentView(Shown):
    """One movement of money for a line, in CNY by funding source. `release` and `supplement` go to the provider;
    `refund` comes back from it; `return` reverses an order that the treasury returned unpaid, `reinstate` a return that
    was a slip, or a refund that is not owed because its money never moved."""

    id: UUID
    number: int
    kind: str
    amount: Money
    parts: dict[str, Money]
    result_id: UUID | None
    result_version: int | None
    reverses: UUID | None
    released_at: datetime
    settled: bool | None
    treasury_reference: str | None


class ReasonView(Shown):
    """Why somebody decided so of a payment line: refused it, or corrected a receipt; by which clause it takes two."""

    clause: str
    reason: str
    given_by: UUID
    given_at: datetime


def decided_view(line: PaymentLine, why: Iterable[Finding], language: str) -> LineView:
    """The line together with what it rests on."""
    kept = list(why)
    for_it, against = [f for f in kept if f.satisfied], [f for f in kept if not f.satisfied]
    said = {"explain": explain(for_it, language), "findings": explain(against, language)}
    return LineView.model_validate({**vars(line), **said})
