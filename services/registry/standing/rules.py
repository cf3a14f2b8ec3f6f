"""What a result does to a provider's standing, and what its record does in a later award.

ZH21-5.2    results move standing, up and down
ZH21-27.6   a poor result asks for a reason before the same provider is used again; it bars nobody
CD17-33.3   results are a reference, shown to the panel
CC14-8.5    an important reference; SH15-2.4.17 likewise, SH15-2.4.18 prefers one with the best grade
DG11-7.4d   the latest result must be at least qualified; a later qualified one readmits
SH15-2.5.10, GPL-77.1  who is blacklisted or banned takes no part until the last day

A later result of the same purchaser takes the place of its earlier one; where a text looks at the latest result alone,
the latest of all purchasers counts. Results stand together when they came about in one place and under one text: there
each is judged by that text as it read for its own purchase. What happened where another text holds, or in the same
place under a text by which others buy, is shown, and binds only where the text at hand recognises that place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.registry.rulebook import StandingSection
from shared.fields.days import last_day
from shared.fields.places import within
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, note

Kind = Literal["watched", "preferred", "barred"]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a finished purchase, of which purchaser, in which place it counts, and under which rulebook.
    `parts`: for which of the providers that were merged into this one it speaks; of one that took nobody's place it is
    empty."""

    id: UUID
    place: str
    organisation: UUID
    grade: str
    concluded_on: date
    score: Decimal | None = None
    project_id: UUID | None = None
    parts: frozenset[UUID] = frozenset()
    rulebook: str = ""

    @property
    def text(self) -> str:
        """The text under which it came about, whatever its version and day."""
        return text_of(self.rulebook)


@dataclass(frozen=True, slots=True)
class Mark:
    """A standing that rests on no result: a bar, or a watch for misconduct. `until_day` is its last day; `text` says by
    which text of a place it stands, where it is not national law."""

    kind: Kind
    cause: UUID
    clause: Clause
    effect: Effect
    place: str
    from_day: date
    until_day: date | None = None
    text: str = ""

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


def text_of(rulebook: str) -> str:
    """The text by whose name a record is bound: its id."""
    return rulebook.partition("@")[0]


def standings_due(
    results: Sequence[Result], section: StandingSection, own: Mapping[str, StandingSection] | None = None
) -> Decision[tuple[Due, ...]]:
    """Which standings the results of one place under one text deserve together; the text that is silent moves none.
    Which of them count, `section` says; what each deserves, its `own` rulebook, where it is given."""
    kept = counted(results, section)
    due = tuple(due for result in kept for due in _deserved(result, (own or {}).get(result.rulebook, section)))
    moved = section.result_moves_standing
    findings = [note("result_moves_standing", moved.clause)] if moved is not None and due else []
    return decide([*findings, *(_moved(each) for each in due)], due)


def _deserved(result: Result, section: StandingSection) -> Iterator[Due]:
    text = section.evaluation_effect
    if text is None:
        return
    effect = Effect(text.value)
    if result.grade == "poor":
        kind: Kind = "watched" if effect is Effect.REFERENCE else "barred"
        yield Due(kind, text.clause, effect, result)
    elif effect is Effect.REFERENCE and _preferred(result):
        yield Due("preferred", _preference(section, text.clause), Effect.REFERENCE, result)


def _preferred(result: Result) -> bool:
    """A good grade speaks for the provider, and a better one where the text has it."""
    return result.grade in ("good", "excellent")


def _preference(section: StandingSection, otherwise: Clause) -> Clause:
    rule = section.good_result_preferred or section.result_moves_standing
    return rule.clause if rule is not None else otherwise


def _moved(due: Due) -> Finding:
    facts = {"grade": due.result.grade, "concluded_on": due.result.concluded_on, "standing": due.kind}
    return note("result_gives_standing", due.clause, **facts)


def judged_together(results: Iterable[Result]) -> dict[tuple[str, str], list[Result]]:
    """By place and text, the results that are judged together, the latest last."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in sorted(results, key=lambda each: (each.concluded_on, each.id)):
        found.setdefault((result.place, result.text), []).append(result)
    return found


def rests_on(record: Record, own: Mapping[str, StandingSection], on: date) -> list[Finding]:
    """Why the provider stands that day as it does: by which clauses its results moved it, then its bars and watches.
    `own` gives for each rulebook of a result what it says."""
    moved = [
        found
        for results in judged_together(record.results).values()
        for found in standings_due(results, own[results[-1].rulebook], own).findings
    ]
    return moved + [_stands(mark) for mark in record.marks if mark.in_force(on)]


def _stands(mark: Mark) -> Finding:
    return note("standing_entered", mark.clause, standing=mark.kind, **_days(mark))


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
    return decide([note("conduct_is_watched", clause, **facts)], watch)


def _conduct_clause(ground: str | None, section: StandingSection) -> Clause:
    """The clause that names the ground, else the one by which conduct is recorded or moves standing; where the city
    has none, the good record that national law asks for."""
    for grounds in (section.ban_grounds, section.blacklist_grounds):
        if ground is not None and ground in grounds:
            return grounds.clause(ground)
    rules = (section.procurement_breach_recorded, section.result_moves_standing, section.evaluation_effect)
    return next((rule.clause for rule in rules if rule is not None), section.no_major_violation_years.clause)


def standing_findings(
    record: Record,
    section: StandingSection,
    place: str,
    on: date,
    acknowledged: frozenset[str] | None,
    beside: frozenset[str] = frozenset(),
) -> Iterator[Finding]:
    """What the record says about an award in `place` that day. `acknowledged` are the clauses answered by a reason;
    None where no reason is asked for yet, as for a bid. `beside` are the texts by which others buy there."""
    marks = [mark for mark in record.marks if mark.in_force(on)]
    here = [result for result in record.results if binds(result, place, section, beside)]
    yield from _result_findings(counted(here, section), section, acknowledged)
    yield from _preference_findings(counted(here, section), section)
    yield from _mark_findings([mark for mark in marks if binds(mark, place, section, beside)], section, acknowledged)
    results = [result for result in record.results if not binds(result, place, section, beside)]
    yield from _elsewhere(results, [mark for mark in marks if not binds(mark, place, section, beside)], section)


def binds(told: Result | Mark, place: str, section: StandingSection, beside: frozenset[str]) -> bool:
    """A standing binds where it was given and below, everywhere when national, but none who buy by another text there;
    and where the text recognises it."""
    return (within(place, told.place) and told.text not in beside) or told.place in section.recognised_standings


def as_if_here(record: Record, place: str) -> Record:
    """The same results as if they had been given in `place` under the text that is asked about; a bar stays where an
    authority put it."""
    return Record(tuple(replace(result, place=place, rulebook="") for result in record.results), record.marks)


def known_by(record: Record, day: date) -> Record:
    """The record as far as it had come about by the end of that day."""
    return Record(tuple(r for r in record.results if r.concluded_on <= day), record.marks)


def _result_findings(
    results: Sequence[Result], section: StandingSection, acknowledged: frozenset[str] | None
) -> Iterator[Finding]:
    text = section.evaluation_effect
    if text is None:
        return
    effect = Effect(text.value)
    for result in results:
        facts = {"grade": result.grade, "concluded_on": result.concluded_on}
        yield finding("poor_result", text.clause, result.grade != "poor", effect=effect, **facts)
    if results and section.result_shown_to_panel is not None:
        yield note("result_shown_to_panel", section.result_shown_to_panel.clause, results=len(results))
    rule = section.poor_result_needs_reason
    if effect is Effect.REFERENCE and rule is not None and any(r.grade == "poor" for r in results):
        yield from _reason(rule.clause, acknowledged)


def _reason(clause: Clause, acknowledged: frozenset[str] | None) -> Iterator[Finding]:
    if acknowledged is not None:
        yield finding("reason_missing", clause, clause.id in acknowledged)


def _preference_findings(results: Sequence[Result], section: StandingSection) -> Iterator[Finding]:
    rule = section.good_result_preferred
    if rule is not None:
        yield note("preference", rule.clause, preferred=any(map(_preferred, results)))


def _mark_findings(
    marks: Sequence[Mark], section: StandingSection, acknowledged: frozenset[str] | None
) -> Iterator[Finding]:
    for mark in marks:
        if mark.kind == "barred":
            continue
        yield finding("provider_watched", mark.clause, False, effect=mark.effect, **_days(mark))
        if mark.effect is Effect.REFERENCE:
            yield from _reason(mark.clause, acknowledged)
    yield from _bar_findings([mark for mark in marks if mark.kind == "barred"], section)


def _bar_findings(bars: Sequence[Mark], section: StandingSection) -> Iterator[Finding]:
    """By the clause of each bar that stands, else by the one that bars: whether none stands."""
    asked = [(bar.clause, bar.effect, _days(bar)) for bar in bars]
    clause = _bar_clause(section)
    if not bars and clause is not None:
        asked.append((clause, Effect.BAR, {}))
    for clause, effect, days in asked:
        yield finding("provider_barred", clause, not bars, effect=effect, **days)


def _days(mark: Mark) -> dict[str, object]:
    return {"from": mark.from_day, "until": mark.until_day or "open"}


def _bar_clause(section: StandingSection) -> Clause | None:
    if section.blacklist_years is not None:
        return section.blacklist_years.clause
    return next(iter(section.ban_grounds.members.values()), None)


def _elsewhere(results: Iterable[Result], marks: Iterable[Mark], section: StandingSection) -> Iterator[Finding]:
    """Shown, and nothing more: results and marks of places, or of purchases under another text, that this text does
    not recognise."""
    text = section.evaluation_effect
    for result in results:
        if text is not None and result.grade == "poor":
            facts = {"grade": result.grade, "place": result.place, "concluded_on": result.concluded_on}
            yield note("result_elsewhere", text.clause, **facts)
    for mark in marks:
        facts = {"standing": mark.kind, "place": mark.place, "until": mark.until_day or "open"}
        yield note("standing_elsewhere", mark.clause, **facts)
