"""What an edition may contain, and who may publish it.

ZH21-8.0 to ZH21-8.5     five main classes, the fields named in each; a further one passes with a recorded reason
CC14-5.0.1 to CC14-5.6   six classes; the sixth takes what the others do not name, each entry with its reason
ZH21-11.0, D102-10.0     the negative list is declared when an entry is made and confirmed by another person
SH15-2.3.6, DG11-6.1     six classes without fields; twelve fields without classes, and a further one with its reason
CD17-3.5 to CD17-3.8     three classes that a project states itself; they are no levels of a directory

A class has its number as code (`2`), a field its place within the class behind the point (`2.04`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.catalog.negative_lists.rules import confirmation_findings, declaration_findings
from services.catalog.rulebook import DirectorySection, NegativeSection
from shared.law.decision import Clause, Decision, Finding, decide, finding
from shared.law.rulebook import Items


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of an edition: `number_in_class` is its place there, None for classes and for what lies deeper."""

    code: str
    level: int
    class_code: str
    reasoned: bool

    @property
    def number_in_class(self) -> int | None:
        tail = self.code.rpartition(".")[2]
        return int(tail) if self.level == 2 and tail.isdecimal() else None


def draft_edition(
    entries: Sequence[Entry], answers: Mapping[str, bool], section: DirectorySection, negative: NegativeSection
) -> Decision[int]:
    """May this edition be drafted? The outcome is how many items it has."""
    findings = [*_class_findings(entries, section), *declaration_findings(answers, negative)]
    return decide(findings, len(entries))


def publish_edition(drafted_by: UUID, publisher: UUID, negative: NegativeSection) -> Decision[UUID]:
    """Another person publishes, and confirms with it that no entry falls under the negative list."""
    return decide(list(confirmation_findings("list_entry", drafted_by, publisher, negative)), publisher)


def _class_findings(entries: Sequence[Entry], section: DirectorySection) -> Iterator[Finding]:
    if section.exactly_one_service_class is not None:
        return
    if not section.service_classes:
        yield from _top_findings([entry for entry in entries if entry.level == 1], section)
        return
    for code in dict.fromkeys(entry.class_code for entry in entries):
        name = class_of(code, section.service_classes)
        clause = section.service_classes.clause(name or "")
        reasoned = any(entry.reasoned for entry in entries if entry.code == code)
        known = name is not None or (is_further(code, section.service_classes) and reasoned)
        yield finding("class_unknown", clause, known, class_code=code)
        if name is not None:
            inside = [entry for entry in entries if entry.class_code == code and entry.level == 2]
            yield from _field_findings(name, inside, section)


def class_of(code: str, classes: Items) -> str | None:
    """The class that has this number in the rulebook's list; None when there is none."""
    return list(classes)[int(code) - 1] if code.isdecimal() and 1 <= int(code) <= len(classes) else None


def is_further(code: str, classes: Items) -> bool:
    """Whether it is the number of a class beyond those that the text names, where it names the main ones alone."""
    return classes.open and code.isdecimal() and int(code) > len(classes)


def named_fields(name: str, fields: Items) -> list[Clause]:
    """The clause of each field that the text names in this class, in its order."""
    return [fields.clause(field) for field in fields if field.startswith(f"{name}/")]


def _field_findings(name: str, inside: Sequence[Entry], section: DirectorySection) -> Iterator[Finding]:
    named = named_fields(name, section.directory_fields)
    if name in section.classes_needing_reason:
        bare = [entry.code for entry in inside if not entry.reasoned]
        yield finding("entry_without_reason", section.classes_needing_reason.clause(name), not bare, entries=bare)
    elif named:
        further = [entry for entry in inside if not 1 <= (entry.number_in_class or 0) <= len(named)]
        yield _further(named, further, section)


def _top_findings(entries: Sequence[Entry], section: DirectorySection) -> Iterator[Finding]:
    """Where a text names fields and no classes, the entries of the first level are the fields."""
    named = [section.directory_fields.clause(field) for field in section.directory_fields]
    if named:
        further = [each for each in entries if not (each.code.isdecimal() and 1 <= int(each.code) <= len(named))]
        yield _further(named, further, section)


def _further(named: Sequence[Clause], further: Iterable[Entry], section: DirectorySection) -> Finding:
    bare = [entry.code for entry in further if not (section.directory_fields.open and entry.reasoned)]
    return finding("field_without_reason", named[0], not bare, named=len(named), entries=bare)
