"""Who may buy.

ZH21-2.1  only a town government or a street office
CD17-2.1  administrative organs and institutions with administrative functions, for every service they buy
CD17-2.2  a Party organ may opt in; a group organisation only with administrative staffing and fiscal funding
CC14-3    only the listed kinds, an institution under the civil-servant law and with administrative functions
D102-5.1  where no city speaks: state organs and those treated like them
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.registry.rulebook import PurchaserSection
from shared.law.decision import Decision, Finding, decide, finding
from shared.law.rulebook import Items

KINDS: dict[str, tuple[str, ...]] = {
    "administrative_organ": ("state_organ",),
    "city_government": ("administrative_organ", "state_organ"),
    "town_government": ("administrative_organ", "state_organ"),
    "street_office": ("administrative_organ", "state_organ"),
    "state_organ": (),
    "party_organ": (),
    "cppcc_organ": (),
    "democratic_party_organ": (),
    "institution_with_admin_functions": (),
    "institution_managed_as_administrative": (),
    "public_institution": (),
    "group_organisation": (),
    "social_organisation": (),
    "enterprise": (),
}
"""Kinds of body that may ask to be registered, each with the wider words by which a text may mean it."""

ATTRIBUTES = ("admin_staffing", "fiscal_funding", "civil_servant_law_managed", "admin_functions")


@dataclass(frozen=True, slots=True)
class Applicant:
    """A body that asks to buy: its kind, the attributes it has shown, whether it opts in."""

    kind: str
    attributes: frozenset[str] = frozenset()
    opts_in: bool = False


def may_purchase(applicant: Applicant, section: PurchaserSection) -> Decision[Applicant]:
    """May this body buy under the text?"""
    return decide(list(_findings(applicant, section)), applicant)


def _findings(applicant: Applicant, section: PurchaserSection) -> Iterator[Finding]:
    kind = applicant.kind
    must, may = named(kind, section.purchaser_kinds), named(kind, section.optin_purchaser_kinds)
    if must is None and may is not None:
        clause = section.optin_purchaser_kinds.clause(may)
        yield finding("purchaser_kind_not_listed", clause, True, kind=kind)
        yield finding("opt_in_not_declared", clause, applicant.opts_in, kind=kind)
    else:
        listed = section.purchaser_kinds
        clause = listed.clause(must or kind)
        yield finding("purchaser_kind_not_listed", clause, must is not None, kind=kind, listed=list(listed))
    for attribute, clause in _required(kind, section).members.items():
        shown = attribute in applicant.attributes
        yield finding("purchaser_attribute_missing", clause, shown, kind=kind, attribute=attribute)


def named(kind: str, listed: Items) -> str | None:
    """The word of the list that means this kind: its own, else a wider one."""
    return next((word for word in (kind, *KINDS[kind]) if word in listed), None)


def _required(kind: str, section: PurchaserSection) -> Items:
    match kind:
        case "group_organisation":
            return section.group_organisation_requires
        case "institution_with_admin_functions":
            return section.purchasing_institution_requires
        case _:
            return Items({})
