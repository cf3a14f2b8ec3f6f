"""Queries about signing: what stands against it, signatures, filing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from services.contracts.accounts import store as accounts
from services.contracts.contracts.store import read_departure
from services.contracts.signing.rules import Bar, Signing
from services.contracts.tables import bars, contracts, metadata
from services.contracts.terms.rules import last_day_before
from services.contracts.terms.store import cover_of, renewal_before_signing
from shared.fields.places import within
from shared.law.decision import Clause, Effect, Finding
from shared.law.rulebook import rulebooks
from shared.work.database import Row, Transaction

Party = Literal["purchaser", "provider"]
SIGNED_BY = {"purchaser": "signed_by", "provider": "provider_signed_by"}

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
_BY_ROUND = sa.select(contracts.c.id, contracts.c.standing, contracts.c.key, contracts.c.provider_id).where(
    contracts.c.id == sa.bindparam("id", type_=sa.Uuid),
    contracts.c.signing_round == sa.bindparam("of_round", type_=sa.Integer),
    contracts.c.state == "drafted",
)


async def signing_of(tx: Transaction, contract: Row, reason_clause: str | None) -> Signing:
    """What stands when the contract is put to signature."""
    renewal = await renewal_before_signing(tx, contract, reason_clause)
    year, price = contract["starts_on"].year, contract["price"]
    own = price if contract["cover"] == "committed" else 0
    cover = await cover_of(tx, contract["key"], year, price, own) if renewal else None
    sign_by = await due_on(tx, "contract_signing", contract["id"]) or tx.today
    blocked = blocking_findings(contract) if contract["standing"] == "blocked" else ()
    left_on = await read_departure(tx, contract["provider_id"])
    waiting = accounts.waiting(await accounts.accounts(tx, contract["id"]))
    account = await accounts.named(tx, contract, accounts.account_of(waiting)) if waiting else None
    return Signing(
        noticed_on=contract["noticed_on"],
        sign_by=sign_by,
        bars=await _bars(tx, contract),
        blocked=blocked,
        renewal=renewal,
        cover=cover,
        left_on=left_on,
        account=account,
        written_by=contract["written_by"],
    )


async def _bars(tx: Transaction, contract: Row) -> tuple[Bar, ...]:
    rows = await tx.all(_BARS, provider_id=contract["provider_id"], on_day=tx.today)
    return tuple(
        Bar(clause_of(row["rulebook"], row["clause"], row["clause"]), row["until_day"])
        for row in rows
        if within(contract["jurisdiction"], row["jurisdiction"])
    )


async def unfit(tx: Transaction, contract: Row) -> bool:
    """Whether nothing may be signed with the provider: barred, blocked by the registry, or no longer registered."""
    left_on = await read_departure(tx, contract["provider_id"])
    return contract["standing"] == "blocked" or left_on is not None or bool(await _bars(tx, contract))


def blocking_findings(contract: Row) -> tuple[Finding, ...]:
    """The registry's findings, as it sent them; texts come from the rulebook where we have it."""
    return tuple(
        Finding(
            found["code"],
            clause_of(found["rulebook"], found["clause"], found["article"]),
            satisfied=False,
            effect=Effect(found["effect"]),
        )
        for found in contract["standing_findings"]
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


async def drafted_in_round(tx: Transaction, contract_id: UUID, signing_round: int) -> Row | None:
    """The contract when it still waits for the answer to this round, or holds one; None for any other round."""
    return await tx.one(_BY_ROUND, id=contract_id, of_round=signing_round)


async def set_asked(tx: Transaction, contract: Row) -> int:
    """A new round of asking the registry, and for a renewal the budget; returns its number."""
    signing_round: int = contract["signing_round"] + 1
    cover = "asked" if contract["renews"] is not None else None
    asked = {"signing_round": signing_round, "standing": "asked", "standing_findings": [], "cover": cover}
    await tx.update(contracts, contract["id"], **asked)
    return signing_round


async def set_standing(tx: Transaction, contract_id: UUID, standing: str, findings: Sequence[dict[str, Any]]) -> None:
    await tx.update(contracts, contract_id, standing=standing, standing_findings=list(findings))


async def set_cover(tx: Transaction, contract_id: UUID, cover: str) -> None:
    await tx.update(contracts, contract_id, cover=cover)


async def set_signature(tx: Transaction, contract: Row, party: Party, person: UUID) -> None:
    await tx.update(contracts, contract["id"], **{SIGNED_BY[party]: person})


async def set_signed(tx: Transaction, contract: Row) -> None:
    await tx.update(contracts, contract["id"], state="signed", signed_on=tx.today)


async def set_filed(tx: Transaction, contract: Row, state: str) -> None:
    await tx.update(contracts, contract["id"], state=state, filed_on=tx.today)


async def set_running(tx: Transaction, contract: Row) -> None:
    await tx.update(contracts, contract["id"], state="running")
