"""Queries about signing: what stands against it, signatures, filing."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from services.contracts.accounts import store as accounts
from services.contracts.contracts.records import Contract, ContractState
from services.contracts.contracts.store import read_departure
from services.contracts.signing.records import BarTold
from services.contracts.signing.rules import Bar, Signing
from services.contracts.tables import bars, contracts, metadata
from services.contracts.terms.rules import last_day_before
from services.contracts.terms.store import cover_of, renewal_before_signing
from shared.events.registry import CitedClause
from shared.fields.places import within
from shared.law.decision import Clause, Effect, Finding
from shared.law.rulebook import rulebooks
from shared.work.database import Transaction

_deadlines = metadata.tables["deadlines"]
_DUE = sa.select(_deadlines.c.due_at).where(
    _deadlines.c.kind == sa.bindparam("of_kind", type_=sa.Text),
    _deadlines.c.subject == sa.bindparam("subject", type_=sa.Uuid),
    ~_deadlines.c.provisional,
)
_BARS = sa.select(bars).where(
    bars.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid),
    bars.c.from_day <= sa.bindparam("on_day", type_=sa.Date),
    sa.or_(bars.c.until_day.is_(None), bars.c.until_day >= sa.bindparam("on_day", type_=sa.Date)),
)
_BY_ROUND = sa.select(contracts).where(
    contracts.c.id == sa.bindparam("id", type_=sa.Uuid),
    contracts.c.signing_round == sa.bindparam("of_round", type_=sa.Integer),
    contracts.c.state == ContractState.DRAFTED,
)


async def signing_of(tx: Transaction, contract: Contract, reason_clause: str | None) -> Signing:
    """What stands when the contract is put to signature."""
    renewal = await renewal_before_signing(tx, contract, reason_clause)
    year, price = contract.starts_on.year, contract.price
    own = price if contract.cover == "committed" else 0
    cover = await cover_of(tx, contract.key, year, price, own) if renewal else None
    sign_by = await due_on(tx, "contract_signing", contract.id) or tx.today
    blocked = blocking_findings(contract) if contract.standing == "blocked" else ()
    left_on = await read_departure(tx, contract.provider_id)
    waiting = accounts.waiting(await accounts.accounts(tx, contract.id))
    account = await accounts.named(tx, contract, accounts.account_of(waiting)) if waiting else None
    return Signing(
        noticed_on=contract.noticed_on,
        sign_by=sign_by,
        bars=await _bars(tx, contract),
        blocked=blocked,
        renewal=renewal,
        cover=cover,
        left_on=left_on,
        account=account,
        written_by=contract.written_by,
    )


async def _bars(tx: Transaction, contract: Contract) -> tuple[Bar, ...]:
    """A bar by a text under which others buy there bars nobody from this contract."""
    told = await tx.all(_BARS, BarTold, provider_id=contract.provider_id, on_day=tx.today)
    beside = rulebooks().beside(rulebooks().get(contract.rulebook), contract.jurisdiction, tx.today)
    return tuple(
        Bar(clause_of(bar.rulebook, bar.clause, bar.clause), bar.until_day)
        for bar in told
        if within(contract.jurisdiction, bar.jurisdiction) and rulebooks().of_place(bar.rulebook) not in beside
    )


async def unfit(tx: Transaction, contract: Contract) -> bool:
    """Whether nothing may be signed with the provider: barred, blocked by the registry, or no longer registered."""
    left_on = await read_departure(tx, contract.provider_id)
    return contract.standing == "blocked" or left_on is not None or bool(await _bars(tx, contract))


def blocking_findings(contract: Contract) -> tuple[Finding, ...]:
    """The registry's findings, as it sent them; texts come from the rulebook where we have it."""
    return tuple(
        Finding(
            found.code,
            clause_of(found.rulebook, found.clause, found.article),
            satisfied=False,
            effect=Effect(found.effect),
        )
        for found in map(CitedClause.model_validate, contract.standing_findings)
    )


def clause_of(rulebook: str, clause_id: str, article: str) -> Clause:
    """A clause another service cited; without its text when our rulebooks do not hold it."""
    try:
        return rulebooks().get(rulebook).clause(clause_id)
    except (KeyError, ValueError):
        return Clause(clause_id, article, rulebook, article, article)


async def due_on(tx: Transaction, kind: str, contract_id: UUID) -> date | None:
    """The last day of a deadline of the contract; None when there is none, or only a provisional one."""
    due_at: datetime | None = await tx.value(_DUE, of_kind=kind, subject=contract_id)
    return last_day_before(due_at) if due_at else None


async def drafted_in_round(tx: Transaction, contract_id: UUID, signing_round: int) -> Contract | None:
    """The contract when it still waits for the answer to this round, or holds one; None for any other round. Its key
    must be locked."""
    return await tx.one(_BY_ROUND, Contract, id=contract_id, of_round=signing_round)
