"""What cases may ask of this service's rules, by name (see shared/law/cases.py)."""

from datetime import date

from services.registry.bars.rules import may_bar
from services.registry.changes.rules import may_come_back
from services.registry.erasures.rules import may_erase
from services.registry.posts.rules import may_hold
from services.registry.providers.rules import Candidate, condition_findings, eligible, register_findings
from services.registry.purchasers.rules import may_purchase
from services.registry.rulebook import ProviderSection, StandingSection
from services.registry.standing.rules import Record, standing_findings
from services.registry.successions.rules import may_leave, may_succeed
from shared.law.cases import Rule
from shared.law.decision import Decision, decide


def record(
    record: Record, acted_in: str, section: StandingSection, on: date, acknowledged: frozenset[str] | None = None
) -> Decision[Record]:
    """May a provider with this record be awarded something in `acted_in`?"""
    return decide(standing_findings(record, section, acted_in, on, acknowledged), record)


def on_register(candidate: Candidate, section: ProviderSection, on: date) -> Decision[Candidate]:
    """May a provider be awarded something by what the register itself holds?"""
    findings = [*register_findings(candidate, section), *condition_findings(candidate, section, on, of_record=True)]
    return decide(findings, candidate)


QUESTIONS: dict[str, Rule] = {
    "purchaser": may_purchase,
    "provider": on_register,
    "provider-with-papers": eligible,
    "record": record,
    "bar": may_bar,
    "post": may_hold,
    "erasure": may_erase,
    "departure": may_leave,
    "succession": may_succeed,
    "return": may_come_back,
}
