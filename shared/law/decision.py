"""What every rule returns: an outcome and all findings, each with the clause it rests on.

Finding ── code, clause, satisfied, effect, facts
Decision ─ findings + outcome (absent when refused)
Refused ── the one exception a refusal becomes; only a handler raises it, through `Decision.or_refuse`
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Effect(StrEnum):
    """What an unsatisfied finding does: `bar` and `qualification` refuse, `reference` asks for a reason."""

    BAR = "bar"
    QUALIFICATION = "qualification"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement of one text, as a person cites it; `zh` and `en` say it in one line in our own words. `gap`: the
    text that spoke is not carried, or none did; what rests on it is a note."""

    id: str
    article: str
    rulebook: str
    zh: str
    en: str
    gap: bool = False

    def text(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Finding:
    """One question a rule asked, with its answer. `facts` hold the figures compared, as text, never personal data.
    `of_person`: the question was who acts, not what is asked for; the journal keeps such a refusal whatever else
    floods it. `is_note`: nothing was asked, see `note`."""

    code: str
    clause: Clause
    satisfied: bool
    effect: Effect = Effect.BAR
    facts: dict[str, str] = field(default_factory=dict)
    of_person: bool = False
    is_note: bool = False

    @property
    def refuses(self) -> bool:
        return not self.satisfied and self.effect is not Effect.REFERENCE


def finding(code: str, clause: Clause, satisfied: bool, *, effect: Effect = Effect.BAR, **facts: object) -> Finding:
    """A finding whose facts are written as text: money and ratios plainly, lists joined by commas."""
    weight = Effect.REFERENCE if clause.gap else effect
    return Finding(code, clause, satisfied, weight, {name: _plain(value) for name, value in facts.items()})


def note(code: str, clause: Clause, **facts: object) -> Finding:
    """What a decision says beside its findings, as which clause it did what by: it refuses nobody, cannot be false and
    proves nothing. Readers are shown the effect `note`."""
    return replace(finding(code, clause, True, effect=Effect.REFERENCE, **facts), is_note=True)


def of_person(code: str, clause: Clause, satisfied: bool, **facts: object) -> Finding:
    """A finding that asks who acts: two duties that lie with two persons, an interest, a share of another opener."""
    asked = finding(code, clause, satisfied)
    return replace(asked, facts={name: _plain(value) for name, value in facts.items()}, of_person=True)


def _plain(value: object) -> str:
    match value:
        case Decimal():
            return format(value, "f")
        case bool():
            return "true" if value else "false"
        case list() | tuple() | set() | frozenset():
            return ", ".join(sorted(map(_plain, value)) if isinstance(value, set | frozenset) else map(_plain, value))
        case _:
            return str(value)


class Refused(Exception):
    """A command refused by rule. The transaction that sees it records the refusal and its answer, and nothing else."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(", ".join(f"{f.code} [{f.clause.id}]" for f in self.failed))

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.refuses)

    @property
    def of_person(self) -> bool:
        """Whether it was refused, among others, for who asked."""
        return any(f.of_person for f in self.failed)


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """All findings of a rule in the order of the clauses; `outcome` is present exactly when none of them refuses."""

    findings: tuple[Finding, ...]
    outcome: T | None = None

    @property
    def refused(self) -> bool:
        return any(f.refuses for f in self.findings)

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f.clause.id for f in self.findings))

    def or_refuse(self) -> T:
        """The outcome; raises Refused with all findings otherwise."""
        if self.refused or self.outcome is None:
            raise Refused(self.findings)
        return self.outcome


def decide(findings: Iterable[Finding], outcome: T) -> Decision[T]:
    """A decision that has `outcome` unless a finding refuses it."""
    kept = tuple(findings)
    return Decision(kept, None if any(f.refuses for f in kept) else outcome)


def explain(findings: Iterable[Finding], language: str = "zh") -> list[dict[str, Any]]:
    """Findings as the API shows them, in a refusal, an explanation and a check alike."""
    return [
        {
            "code": f.code,
            "clause": f.clause.id,
            "article": f.clause.article,
            "rulebook": f.clause.rulebook,
            "effect": "note" if f.is_note else f.effect.value,
            "satisfied": f.satisfied,
            "message": f.clause.text(language),
            "facts": f.facts,
        }
        for f in findings
    ]
