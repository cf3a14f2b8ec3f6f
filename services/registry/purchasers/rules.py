"""Who may buy.

ZH21-2.1  a town government or a street office, by the measures that are theirs
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

KINDS = (
    *("administrative_organ", "city_government", "town_government", "street_office", "state_organ", "party_organ"),
    *("cppcc_organ", "democratic_party_organ", "institution_with_admin_functions"),
    *("institution_managed_as_administrative", "public_institution", "group_organisation"),
    *("social_organisation", "enterprise"),
)
"""Kinds of body that may ask to be registered; the law's vocabulary has the wider words by which a text means one."""

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
    must, may = section.purchaser_kinds.named(kind), section.optin_purchaser_kinds.named(kind)
    chooses, word = must is None and may is not None, must or may
    listed = section.optin_purchaser_kinds if chooses else section.purchaser_kinds
    clause = listed.clause(word or kind)
    yield finding("purchaser_kind_not_listed", clause, word is not None, kind=kind, listed=list(listed))
    if chooses:
        yield finding("opt_in_not_declared", clause, applicant.opts_in, kind=kind)
    for attribute, clause in _required(kind, section).members.items():
        shown = attribute in applicant.attributes
        yield finding("purchaser_attribute_missing", clause, shown, kind=kind, attribute=attribute)


def _required(kind: str, section: PurchaserSection) -> Items:
    match kind:
        case "group_organisation":
            return section.group_organisation_requires
        case "institution_with_admin_functions":
            return section.purchasing_institution_requires
        case _:
            return Items({})
