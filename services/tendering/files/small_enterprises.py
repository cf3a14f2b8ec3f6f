"""What a tender file says of small and medium enterprises.

SME46-7.1   a purchase up to the amount is reserved for them as a whole
SME46-6.1   but on one of the listed grounds, with the reason
SME46-10.1  and but where it was reserved before, and too few of them were qualified
SME46-9.1   what is not reserved deducts from their prices for the evaluation, at a rate within the bounds
SME46-9.2   which are higher for what is noticed from a day on
SME46-12.1  the file states the industry, the share, the rate, and that nobody subcontracts upwards
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from services.tendering.files.contents import Contents, SmallEnterprises
from services.tendering.rulebook import FileSection
from shared.law.decision import Finding, finding

NOTHING_SAID = SmallEnterprises()
WHOLE = "project"
"""Reserved as a whole, not by a share in a consortium or of subcontracts."""


def small_enterprise_findings(
    contents: Contents, section: FileSection, budget: Decimal | None, reserved_before: bool, asked: bool
) -> Iterator[Finding]:
    """`asked`: of a procurement project alone; `reserved_before`: it failed so, for want of qualified enterprises."""
    said = contents.small_enterprises or NOTHING_SAID
    if asked:
        yield from _reserved(said, section, budget, reserved_before)
        yield from _stated(said, contents, section)
    yield from rate_findings(contents, section)


def _reserved(
    said: SmallEnterprises, section: FileSection, budget: Decimal | None, reserved_before: bool
) -> Iterator[Finding]:
    grounds, most = section.unreserved_grounds, section.fully_reserved_max_amount
    if said.unreserved is not None and grounds:
        ground = said.unreserved.ground
        clause, listed = grounds.clause(ground), ground in grounds and said.reserved_by is None
        yield finding("unreserved_ground_not_listed", clause, listed, ground=ground, listed=list(grounds))
    if most is not None and budget is not None and budget <= most.value:
        rerun = reserved_before and section.reserved_else is not None
        kept = said.reserved_by == WHOLE or said.unreserved is not None or rerun
        yield finding("not_reserved", most.clause, kept, budget=budget, most=most.value)


def _stated(said: SmallEnterprises, contents: Contents, section: FileSection) -> Iterator[Finding]:
    deducts = said.reserved_by is None and any(factor.kind == "price" for factor in contents.factors)
    rate = section.small_deduction_stated_in_file
    if rate is not None and deducts:
        yield finding("deduction_missing", rate.clause, said.deduction is not None)
    fields = section.small_enterprise_file_states
    stated = {
        "industry": said.industry is not None,
        "no_upward_subcontract": said.no_upward_subcontract,
        "shares": said.reserved_by in (None, WHOLE) or bool(said.reserved_share),
        "deduction_rates": not deducts or said.deduction is not None,
    }
    for name in fields:
        if name in stated:
            yield finding("file_field_missing", fields.clause(name), stated[name], field=name)


def rate_findings(contents: Contents, section: FileSection) -> Iterator[Finding]:
    """Whether the rates lie within the bounds of the section; asked again on the day of the notice."""
    said = contents.small_enterprises or NOTHING_SAID
    for name, rate in (("deduction", said.deduction), ("share_deduction", said.share_deduction)):
        least, most = section.bounds(name)
        if rate is not None and least is not None and most is not None:
            facts: dict[str, Any] = {"rate": name, "stated": rate}
            yield finding("deduction_low", least.clause, rate >= least.value, least=least.value, **facts)
            yield finding("deduction_high", most.clause, rate <= most.value, most=most.value, **facts)
            unreserved = said.reserved_by is None
            yield finding("deduction_of_reserved", least.clause, unreserved, **facts)
