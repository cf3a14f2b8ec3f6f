"""What follows from a bidder's declaration letter (中小企业声明函), which is a part of its bid.

SME46-2.1   who is favoured: of a size within the standard, not linked to a large enterprise, with staff of its own; so
            are several where each of them is
SME46-11.1  without the letter nobody is, and nothing else proves it
SME46-9.1   small and micro enterprises get the deduction of the file, and others the one for shares where unlinked
            small and micro partners carry at least 30 % of the contract; what is paid is the price that was offered
SME46-12.1  where a share is reserved, small and medium partners carry it

Reading: what the letter says decides, until it is found false; then it is a ground of a ban, as false material is.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import Decimal

from services.tendering.bids.contents import Declaration, Partner
from services.tendering.files.contents import SmallEnterprises
from services.tendering.rulebook import PreferenceSection
from shared.law.decision import Clause, Decision, decide, note

NONE = Decimal("0")
ALL = Decimal("1")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a bid declares, None where its bidder gave no letter, and what the file says."""

    declaration: Declaration | None
    file: SmallEnterprises


def deduction(declared: Declared, section: PreferenceSection) -> Decision[Decimal]:
    """The share of the price that is deducted for the evaluation."""
    rate = _rate(declared, section)
    paid = section.small_deduction_changes_price_paid
    return decide([note("price_deducted", paid.clause, rate=rate)] if rate and paid is not None else [], rate)


def _rate(declared: Declared, section: PreferenceSection) -> Decimal:
    letter, file, least = declared.declaration, declared.file, section.small_share_min_ratio
    if letter is None or file.reserved_by is not None:
        return NONE
    sizes = section.small_deduction_sizes
    if _is_favoured(letter, sizes, section):
        return file.deduction or NONE
    enough = least is not None and _share(letter, sizes, section) >= least.value
    return (file.share_deduction or NONE) if enough else NONE


def admitted(declared: Declared, section: PreferenceSection) -> Clause | None:
    """The clause by which a bid is not admitted to what the file reserves; None: it is, or nothing is reserved."""
    letter, file = declared.declaration, declared.file
    sizes = section.favoured_enterprises
    if file.reserved_by is None or not sizes or sizes.opening.gap:  # what stands in for a gap keeps nobody out
        return None
    if letter is None:
        return section.small_enterprise_proof.opening
    if _is_favoured(letter, sizes, section):
        return None
    if file.reserved_by == "project":
        return sizes.opening
    role = "member" if file.reserved_by == "consortium_share" else "subcontractor"
    enough = file.reserved_share is not None and _share(letter, sizes, section, role) >= file.reserved_share
    return None if enough else section.small_enterprise_file_states.clause("shares")


def _is_favoured(letter: Declaration, sizes: Container[str], section: PreferenceSection) -> bool:
    """Whether the bidder and each of its partners is."""
    apart = not any(partner.linked for partner in letter.partners) or section.small_share_linked is None
    return apart and _is_bidder(letter, sizes, section) and all(partner.size in sizes for partner in letter.partners)


def _is_bidder(letter: Declaration, sizes: Container[str], section: PreferenceSection) -> bool:
    linked = [way for way in letter.linked_to_large_by if way in section.favoured_not_linked_to_large_by]
    staffed = letter.own_staff or section.favoured_service_staff is None
    return letter.size in sizes and not linked and staffed


def _share(letter: Declaration, sizes: Container[str], section: PreferenceSection, role: str | None = None) -> Decimal:
    """The part of the contract that unlinked partners of these sizes carry, in this role or any; and in a consortium
    the bidder's own, where it is one of them."""
    of_role = [partner for partner in letter.partners if role in (None, partner.role)]
    own = ALL - sum((partner.share for partner in letter.partners), NONE)
    leads = role != "subcontractor" and any(partner.role == "member" for partner in letter.partners)
    apart = not any(partner.linked for partner in letter.partners)
    carried = sum((partner.share for partner in _unlinked(of_role, section) if partner.size in sizes), NONE)
    return carried + (own if leads and apart and _is_bidder(letter, sizes, section) else NONE)


def _unlinked(partners: list[Partner], section: PreferenceSection) -> Iterator[Partner]:
    return (partner for partner in partners if not partner.linked or section.small_share_linked is None)
