"""On which grounds a drafted contract need not be signed.

GPR-49.1   the provider refuses: it says so itself, or the days to sign are over and its signature alone is missing; who
           waits for the purchaser has refused nothing
GPL-22.1   the provider may not be contracted with any more: it is barred, or its registration is withdrawn
GPL-46.1   its first day of service has come, and it may not depart from the award
GPL-50.1   performing it would harm the public interest; and nobody ends it alone
D102-24.1  a renewal is not signed
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.contracts.rulebook import EndingSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A draft to be given up, and what stands: whether it renews a contract, whether the provider is unfit, who has
    signed, its first day, the last day to sign. `by_provider`: it is the provider's person who confirms."""

    ground: str
    proposed_by: UUID
    confirmed_by: UUID | None
    by_provider: bool
    renewal: bool
    unfit: bool
    purchaser_signed: bool
    provider_signed: bool
    starts_on: date
    sign_by: date


def may_withdraw(withdrawal: Withdrawal, section: EndingSection, today: date) -> Decision[Clause]:
    """May the draft be given up? The outcome is the clause of its ground."""
    grounds = section.unsigned_award_grounds
    return decide(list(_findings(withdrawal, section, today)), grounds.clause(withdrawal.ground))


def _findings(withdrawal: Withdrawal, section: EndingSection, today: date) -> Iterator[Finding]:
    grounds, ground = section.unsigned_award_grounds, withdrawal.ground
    clause = grounds.clause(ground)
    yield finding("ground_not_listed", clause, ground in grounds, ground=ground, listed=list(grounds))
    match ground:
        case "refusal" if withdrawal.confirmed_by is not None:
            waits = withdrawal.purchaser_signed and not withdrawal.provider_signed
            shown = withdrawal.by_provider or (waits and today > withdrawal.sign_by)
            signed, last = withdrawal.purchaser_signed, withdrawal.sign_by
            yield finding("refusal_not_shown", clause, shown, last_day=last, purchaser_signed=signed)
        case "unfit_provider":
            yield finding("provider_fit", clause, withdrawal.unfit)
        case "term_begun":
            begun = today >= withdrawal.starts_on
            yield finding("term_not_begun", clause, begun, starts_on=withdrawal.starts_on)
        case "not_renewed":
            yield finding("not_a_renewal", clause, withdrawal.renewal)
    if withdrawal.confirmed_by is not None:
        alone = section.unilateral_change_allowed.clause
        yield of_person("ended_alone", alone, withdrawal.confirmed_by != withdrawal.proposed_by)
