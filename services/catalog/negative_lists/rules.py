"""What may never be bought, and how that is checked: by declaration of one person and confirmation of another.

CD17-3.2, CD17-3.3       what government must provide itself, and what suits no outside provider
ZH21-11.1 to ZH21-11.6   investments, debts, roads, staff costs, another body's task, what is unsuited
D102-10.1 to D102-10.5   the national list, checked together with the city's own
ZH21-11.0, D102-10.0     checked when a list entry is made, when a project is submitted and before procurement
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from services.catalog.rulebook import NegativeSection
from shared.law.decision import Clause, Finding, finding, of_person


def items_to_declare(section: NegativeSection) -> dict[str, Clause]:
    """Every item of the city's list, then of the national one, with the clause that names it."""
    own, national = section.negative_items, section.national_negative_items
    return {**{name: own.clause(name) for name in own}, **{n: national.clause(n) for n in national if n not in own}}


def declaration_findings(answers: Mapping[str, bool], section: NegativeSection) -> Iterator[Finding]:
    """Is every item declared, and none of them met? `answers` say for each item whether it applies."""
    listed = items_to_declare(section)
    for name, clause in listed.items():
        if name in answers:
            yield finding("negative_item_applies", clause, not answers[name], item=name)
        else:
            yield finding("negative_item_undeclared", clause, False, item=name)
    for name in answers.keys() - listed.keys():
        yield finding("negative_item_applies", next(iter(listed.values())), not answers[name], item="not_listed")


def confirmation_findings(
    point: str, declared_by: UUID, confirmed_by: UUID, section: NegativeSection
) -> Iterator[Finding]:
    """A check is one only when somebody else than the declarer made it."""
    if point in section.negative_check_points:
        clause = section.negative_check_points.clause(point)
        yield of_person("confirmed_by_declarer", clause, confirmed_by != declared_by, point=point)
