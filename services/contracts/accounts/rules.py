"""Which account a contract is paid to.

D102-23.1  the written contract says how it is settled: it names the provider's own account, which both parties sign,
           and which they change together
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.contracts.rulebook import AccountSection
from shared.fields.text import folded
from shared.law.decision import Decision, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account as its bank knows it: the name it is held under, the bank's branch, the number in digits, and the
    branch's number in interbank payments (联行号) where it is given."""

    title: str
    bank: str
    number: str
    bank_code: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """An account that is named for a contract, and the names that the provider bears: in the contract, and today in the
    register."""

    account: Account
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change: by whom it was named for the provider, who agrees for the purchaser, and how many orders to
    the account in force have no receipt."""

    named: Named
    proposed_by: UUID
    confirmed_by: UUID
    orders_out: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a contract as the register knows it today."""

    id: UUID
    title: str
    credit_code: str | None = None


def payee_of(provider: Party, carrying_on: Sequence[Party], account: Account | None) -> tuple[Party, Account | None]:
    """Who is paid, to which account: the provider, or whoever carries on for one that left. Of several that share its
    rights (a division) the one that holds the agreed account; an account of who is no more is none."""
    if not carrying_on or provider.id in {party.id for party in carrying_on}:
        return provider, account
    holders = [party for party in carrying_on if account is not None and _same(party.title) == _same(account.title)]
    if holders:
        return holders[0], account
    return (carrying_on[0], None) if len(carrying_on) == 1 else (provider, None)


def may_name(named: Named, section: AccountSection, today: date) -> Decision[Account]:
    """May this account stand in the contract?"""
    return decide(list(_own(named, section)), named.account)


def may_change(change: Change, section: AccountSection, today: date) -> Decision[Account]:
    """May the account of a contract in force be changed to this one? Not by one person, and not while an order to the
    former account is out: what becomes of that order is known first."""
    clause = section.settlement_account_agreed.clause
    findings = [
        *_own(change.named, section),
        of_person("account_changed_by_one", clause, change.proposed_by != change.confirmed_by),
        finding("order_to_former_account", clause, change.orders_out == 0, orders=change.orders_out),
    ]
    return decide(findings, change.named.account)


def signature_findings(account: Named | None, section: AccountSection) -> Iterator[Finding]:
    """What the signatures need: an account, and the provider's own."""
    yield finding("account_missing", section.settlement_account_agreed.clause, account is not None)
    if account is not None:
        yield from _own(account, section)


def agreed_by_two(written_by: UUID, countersigner: UUID, section: AccountSection) -> Finding:
    """Another person signs for the provider than the one who wrote its account down."""
    return of_person("account_agreed_by_one", section.settlement_account_agreed.clause, written_by != countersigner)


def _own(named: Named, section: AccountSection) -> Iterator[Finding]:
    own = _same(named.account.title) in {_same(name) for name in named.names}
    yield finding("account_of_another", section.settlement_account_agreed.clause, own)


def _same(title: str) -> str:
    """A title without what banks and registers write differently: case, width of letters and brackets, spaces."""
    return folded(title).replace(" ", "")
