"""What a result does to a provider's standing, and what its record does in a later award.

ZH21-5.2    results move standing, up and down
ZH21-27.6   a poor result asks for a reason before the same provider is used again; it bars nobody
CD17-33.3   results are a reference, shown to the panel
CC14-8.5    an important reference; SH15-2.4.17 likewise, SH15-2.4.18 prefers only an excellent one
DG11-7.4d   the latest result must be at least qualified; a later qualified one readmits
SH15-2.5.10, GPL-77.1  who is blacklisted or banned takes no part until the last day

A later result of the same purchaser takes the place of its earlier one; where a text looks at the latest result alone,
the latest of all purchasers counts. What happened where another text holds is shown, and binds only where the text at
hand recognises that place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.registry.days import last_day
from services.registry.rulebook import StandingSection
from shared.fields.places import within
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding

Kind = Literal["watched", "preferred", "barred"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a finished purchase, of which purchaser, and in which place it counts. `parts`: for which of the
    providers that were merged into this one it speaks; of one that took nobody's place it is empty."""

    id: UUID
    place: str
    organisation: UUID
    grade: str
    concluded_on: date
    score: Decimal | None = None
    project_id: UUID | None = None
    parts: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Mark:
    """A standing that rests on no result: a bar, or a watch for misconduct. `until_day` is its last day."""

    kind: Kind
    cause: UUID
    clause: Clause
    effect: Effect
    place: str
    from_day: date
    until_day: date | None = None

    def in_force(self, on: date) -> bool:
        return self.from_day <= on and (self.until_day is None or on <= self.until_day)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that stands for or against a provider."""

    results: tuple[Result, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A standing that a result deserves under a text."""

    kind: Kind
    clause: Clause
    effect: Effect
    result: Result


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch for misconduct, with its last day."""

    clause: Clause
    until_day: date


def standings_due(results: Sequence[Result], section: StandingSection) -> Decision[tuple[Due, ...]]:
    """Which standings the results of one place deserve together; the text that is silent moves none."""
    due = tuple(_deserved(counted(results, section), section))
    moved = section.result_moves_standing
    findings = [finding("result_moves_standing", moved.clause, True)] if moved is not None and due else []
    return decide([*findings, *(_moved(each) for each in due)], due)


def _deserved(results: Iterable[Result], section: StandingSection) -> Iterator[Due]:
    text = section.evaluation_effect
    if text is None:
        return
    effect = Effect(text.value)
    for result in results:
        if result.grade == "poor":
            kind: Kind = "watched" if effect is Effect.REFERENCE else "barred"
            yield Due(kind, text.clause, effect, result)
        elif effect is Effect.REFERENCE and _preferred(result, section):
            yield Due("preferred", _preference(section, text.clause), Effect.REFERENCE, result)


def _preferred(result: Result, section: StandingSection) -> bool:
    """A good result speaks for the provider, unless the text prefers none but a better one."""
    return result.grade == (section.preferred_result.value if section.preferred_result is not None else "good")


def _preference(section: StandingSection, otherwise: Clause) -> Clause:
    rule = section.good_result_preferred or section.result_moves_standing
    return rule.clause if rule is not None else otherwise


def _moved(due: Due) -> Finding:
    facts = {"grade": due.result.grade, "concluded_on": due.result.concluded_on, "standing": due.kind}
    return finding("result_gives_standing", due.clause, True, effect=due.effect, **facts)


def rests_on(record: Record, judged: Mapping[str, StandingSection], on: date) -> list[Finding]:
    """Why the provider stands that day as it does: by which clauses its results moved it, then its bars and watches.
    `judged` gives for each place the text under which its results were judged."""
    moved = [
        found
        for place, section in judged.items()
        for found in standings_due([r for r in record.results if r.place == place], section).findings
    ]
    return moved + [_stands(mark) for mark in record.marks if mark.in_force(on)]


def _stands(mark: Mark) -> Finding:
    facts = {"standing": mark.kind, "from": mark.from_day, "until": mark.until_day or "open"}
    return finding("standing_entered", mark.clause, True, effect=mark.effect, **facts)


def counted(results: Iterable[Result], section: StandingSection) -> list[Result]:
    """The results that still count, latest last. What stands against one part of a merged provider gives way to a later
    result of that part or of the merged provider, never to one of another part."""
    ordered = sorted(results, key=lambda result: (result.concluded_on, result.id))
    parts = {part for result in ordered for part in result.parts}
    pools = [[r for r in ordered if part in r.parts] for part in parts] or [ordered]
    kept = {result.id for pool in pools for result in _latest(pool, section)}
    return [result for result in ordered if result.id in kept]


def _latest(ordered: Sequence[Result], section: StandingSection) -> Sequence[Result]:
    if section.last_result_min is not None:
        return ordered[-1:]
    latest = {result.organisation: result for result in ordered}
    return [result for result in ordered if latest[result.organisation] is result]


def watch_for_conduct(ground: str | None, section: StandingSection, today: date) -> Decision[Watch]:
    """Misconduct, or a termination by fault (no `ground`), is watched as long as a major violation counts; only two
    persons bar."""
    clause = _conduct_clause(ground, section)
    watch = Watch(clause, last_day(today, 12 * section.no_major_violation_years.value))
    facts = {"ground": ground or "termination_by_fault", "until": watch.until_day}
    return decide([finding("conduct_is_watched", clause, True, effect=Effect.REFERENCE, **facts)], watch)


def _conduct_clause(ground: str | None, section: StandingSection) -> Clause:
    """The clause that names the ground, else the one by which conduct is recorded or moves standing; where the city
    has none, the good record that national law asks for."""
    for grounds in (section.ban_grounds, section.blacklist_grounds):
        if ground is not None and ground in grounds:
            return grounds.clause(ground)
    rules = (section.procurement_breach_recorded, section.result_moves_standing, section.evaluation_effect)
    return next((rule.clause for rule in rules if rule is not None), section.no_major_violation_years.clause)


def standing_findings(
    record: Record, section: StandingSection, place: str, on: date, acknowledged: frozenset[str] | None
) -> Iterator[Finding]:
    """What the record says about an award in `place` that day. `acknowledged` are the clauses answered by a reason;
    None where no reason is asked for yet, as for a bid."""
    here = [r for r in record.results if binds(r.place, place, section)]
    yield from _result_findings(counted(here, section), section, acknowledged)
    yield from _preference_findings(counted(here, section), section)
    yield from _mark_findings(record.marks, section, place, on, acknowledged)
    yield from _elsewhere(record, section, place, on)


def binds(origin: str, place: str, section: StandingSection) -> bool:
    """A standing binds where it was given and below, everywhere when national, and where the text recognises it."""
    return within(place, origin) or origin in section.recognised_standings


def as_if_here(record: Record, place: str) -> Record:
    """The same results as if they had been given in `place`; a bar stays where an authority put it."""
    return Record(tuple(replace(result, place=place) for result in record.results), record.marks)


def known_by(record: Record, day: date) -> Record:
    """The record as far as it had come about by the end of that day."""
    return Record(tuple(r for r in record.results if r.concluded_on <= day), record.marks)


def _result_findings(
    results: Sequence[Result], section: StandingSection, acknowledged: frozenset[str] | None
) -> Iterator[Finding]:
    text = section.evaluation_effect
    if text is None:
        return
    effect, shown = Effect(text.value), section.result_shown_to_panel is not None
    for result in results:
        facts = {"grade": result.grade, "concluded_on": result.concluded_on, "shown_to_panel": shown}
        yield finding("poor_result", text.clause, result.grade != "poor", effect=effect, **facts)
    rule = section.poor_result_needs_reason
    if effect is Effect.REFERENCE and rule is not None and any(r.grade == "poor" for r in results):
        yield from _reason(rule.clause, acknowledged)


def _reason(clause: Clause, acknowledged: frozenset[str] | None) -> Iterator[Finding]:
    if acknowledged is not None:
        yield finding("reason_missing", clause, clause.id in acknowledged)


def _preference_findings(results: Sequence[Result], section: StandingSection) -> Iterator[Finding]:
    rule = section.good_result_preferred
    if rule is not None:
        preferred = any(_preferred(result, section) for result in results)
        yield finding("preference", rule.clause, True, effect=Effect.REFERENCE, preferred=preferred)


def _mark_findings(
    marks: Sequence[Mark], section: StandingSection, place: str, on: date, acknowledged: frozenset[str] | None
) -> Iterator[Finding]:
    here = [mark for mark in marks if mark.in_force(on) and binds(mark.place, place, section)]
    for mark in here:
        code = "provider_barred" if mark.kind == "barred" else "provider_watched"
        facts = {"from": mark.from_day, "until": mark.until_day or "open"}
        yield finding(code, mark.clause, False, effect=mark.effect, **facts)
        if mark.effect is Effect.REFERENCE:
            yield from _reason(mark.clause, acknowledged)
    clause = _bar_clause(section)
    if clause is not None and not any(mark.kind == "barred" for mark in here):
        yield finding("provider_barred", clause, True)


def _bar_clause(section: StandingSection) -> Clause | None:
    if section.blacklist_years is not None:
        return section.blacklist_years.clause
    return next(iter(section.ban_grounds.members.values()), None)


def _elsewhere(record: Record, section: StandingSection, place: str, on: date) -> Iterator[Finding]:
    """Shown, and nothing more: results and marks of places that this text does not recognise."""
    text = section.evaluation_effect
    for result in record.results:
        if text is not None and result.grade == "poor" and not binds(result.place, place, section):
            facts = {"grade": result.grade, "place": result.place, "concluded_on": result.concluded_on}
            yield finding("result_elsewhere", text.clause, True, effect=Effect.REFERENCE, **facts)
    for mark in record.marks:
        if mark.in_force(on) and not binds(mark.place, place, section):
            facts = {"standing": mark.kind, "place": mark.place, "until": mark.until_day or "open"}
            yield finding("standing_elsewhere", mark.clause, True, effect=mark.effect, **facts)
