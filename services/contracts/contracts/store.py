"""Queries about contracts: drafting, writing, reading."""

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from services.contracts.contracts.records import Contract, Reason
from services.contracts.contracts.rules import Terms
from services.contracts.payments.records import PaymentLine
from services.contracts.tables import (
    contracts,
    departures,
    metadata,
    private_reasons,
    private_texts,
    reference_numbers,
)
from shared.errands.deadlines import Deadline
from shared.events.tendering import ContractTerms, PaymentTerm
from shared.fields.ids import new_id
from shared.fields.payment_terms import PaymentTerms
from shared.fields.places import city_of
from shared.fields.strict_json import canonical
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Transaction
from shared.work.identity import Scope

CITY_LETTERS = {"2201": "CC", "3100": "SH", "4404": "ZH", "4419": "DG", "5101": "CD"}
"""How a reference begins; a city without letters of its own begins with its code."""

_deadlines = metadata.tables["deadlines"]
_LEFT = sa.select(departures.c.left_on).where(departures.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid))
_BY_ID = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
_DEADLINES = (
    sa.select(_deadlines)
    .where(_deadlines.c.subject == sa.bindparam("subject", type_=sa.Uuid), _deadlines.c.state != "met")
    .order_by(_deadlines.c.due_at)
)
_TEXTS = sa.select(private_texts.c.contents).where(
    private_texts.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid)
)
_REASONED = (
    sa.select(private_reasons.c.clause)
    .where(private_reasons.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .distinct()
    .order_by(private_reasons.c.clause)
)
_COUNTED = pg_insert(reference_numbers).values(
    city=sa.bindparam("of_city", type_=sa.Text), year=sa.bindparam("of_year", type_=sa.Integer), last=1
)
_NEXT_NUMBER = _COUNTED.on_conflict_do_update(
    index_elements=["city", "year"], set_={"last": reference_numbers.c.last + 1}
).returning(reference_numbers.c.last)
_GIVEN = pg_insert(private_texts)
_KEEP_TEXTS = _GIVEN.values(
    contract_id=sa.bindparam("of_contract", type_=sa.Uuid),
    contents=sa.bindparam("given_contents", type_=private_texts.c.contents.type),
    salt=sa.bindparam("given_salt", type_=sa.LargeBinary),
    keep_until=sa.bindparam("given_until", type_=sa.Date),
).on_conflict_do_update(
    index_elements=["contract_id"],
    set_={name: _GIVEN.excluded[name] for name in ("contents", "salt", "keep_until")},
)


_NARROWING: dict[str, Callable[[Any], sa.ColumnElement[bool]]] = {
    "state": lambda wanted: contracts.c.state == wanted,
    "provider_id": lambda wanted: contracts.c.provider_id == wanted,
    "organisation": lambda wanted: contracts.c.organisation == wanted,
    "signed_from": lambda wanted: contracts.c.signed_on >= wanted,
    "signed_until": lambda wanted: contracts.c.signed_on <= wanted,
}


async def next_reference(tx: Transaction, jurisdiction: str) -> str:
    """The next number of the city and year, such as `CD-2022-000123`; taken for good when the command commits."""
    city = city_of(jurisdiction)
    number = await tx.value(_NEXT_NUMBER, of_city=city, of_year=tx.today.year)
    return f"{CITY_LETTERS.get(city, city)}-{tx.today.year}-{number:06d}"


def line_by(term: PaymentTerm, contract: Contract) -> PaymentLine:
    """The payment line of a term of the award, as it is drafted."""
    return PaymentLine(
        id=new_id(),
        key=contract.key,
        version=1,
        contract_id=contract.id,
        number=term.number,
        kind=term.kind,
        planned=term.amount,
        gate=term.gate,
        period=term.period,
        due_days=term.due_days,
        bands=[[str(score), str(share)] for score, share in term.bands],
    )


def awarded_payments(contract: Contract) -> list[PaymentTerm]:
    """The payment terms of the award, in order."""
    return sorted(ContractTerms.model_validate(contract.terms).payments, key=lambda term: term.number)


def awarded_terms(contract: Contract) -> Terms:
    """The terms of the award, as a contract is compared with them."""
    terms = kept_terms(contract)
    payments = tuple(PaymentTerms.of(term) for term in terms.payments)
    contents = frozenset(terms.contents)
    window = terms.objection_window_working_days
    return Terms(contract.price, terms.starts_on, terms.ends_on, contents, payments, window)


def kept_terms(contract: Contract) -> ContractTerms:
    """The terms with which it was drafted. Which of them were drafted before it was told by what rules their file was
    checked say nothing of it, and count as older."""
    return ContractTerms.model_validate({"older": True, **contract.terms})


async def keep_text(
    tx: Transaction, contract_id: UUID, contents: Mapping[str, str], beside: Mapping[str, Any], keep_until: date
) -> bytes:
    """Keeps what the contract says; returns the hash that the parties sign: SHA-256 over salt, contents, and what is
    signed `beside` them: the account, and what the provider told of its size."""
    salt = os.urandom(16)
    await tx.run(
        _KEEP_TEXTS, of_contract=contract_id, given_contents=dict(contents), given_salt=salt, given_until=keep_until
    )
    return hash_of(salt, contents, beside)


def hash_of(salt: bytes, contents: Mapping[str, str], beside: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(salt + canonical([dict(contents), dict(beside)])).digest()


async def keep_reason(
    tx: Transaction,
    contract_id: UUID,
    clause: str,
    reason: str,
    person: UUID,
    keep_until: date,
    *,
    about: UUID | None = None,
) -> UUID:
    """Keeps why a clause that asks for a reason was answered so, or why a payment was refused or a receipt corrected:
    then `about` is the payment line."""
    kept = await tx.add(
        Reason(
            id=new_id(),
            about=about,
            contract_id=contract_id,
            clause=clause,
            reason=reason,
            given_by=person,
            given_at=tx.now,
            keep_until=keep_until,
        )
    )
    return kept.id


async def reasoned_clauses(tx: Transaction, contract_id: UUID) -> list[str]:
    """The clauses to which a reason was recorded for this contract."""
    return [clause for (clause,) in await tx.all(_REASONED, contract_id=contract_id)]


async def read_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Contract:
    """A contract its reader may see; raises NotFound for another's."""
    contract = await find_contract(reader, contract_id)
    if not scope.sees((contract.organisation,), contract.jurisdiction, contract.provider_id):
        raise NotFound
    return contract


async def find_contract(reader: Reader, contract_id: UUID) -> Contract:
    """The contract as it was last committed, unlocked; raises NotFound."""
    contract = await reader.one(_BY_ID, Contract, id=contract_id)
    if contract is None:
        raise NotFound
    return contract


async def read_departure(reader: Reader, provider_id: UUID) -> date | None:
    """Since when the provider's registration is withdrawn; None while it is registered."""
    day: date | None = await reader.value(_LEFT, provider_id=provider_id)
    return day


async def read_deadlines(reader: Reader, contract_id: UUID) -> list[Deadline]:
    """What is due for the contract and not yet done, the soonest first."""
    return await reader.all(_DEADLINES, Deadline, subject=contract_id)


async def read_contents(reader: Reader, contract_id: UUID, scope: Scope) -> dict[str, str]:
    """The written contents by field; none before they are written."""
    await read_contract(reader, contract_id, scope)
    contents: dict[str, str] | None = await reader.value(_TEXTS, contract_id=contract_id)
    return contents or {}


async def list_contracts(
    reader: Reader, scope: Scope, filters: Mapping[str, object], after: tuple[object, ...] | None, limit: int
) -> list[Contract]:
    """Contracts the reader may see, in the order in which they were drafted; one more than `limit` when there are."""
    narrowed = [_NARROWING[name](wanted) for name, wanted in filters.items()]
    statement = sa.select(contracts).where(visible(scope), *narrowed)
    if after is not None:
        statement = statement.where(keyset_condition([contracts.c.id], after, descending=False))
    return await reader.all(statement.order_by(contracts.c.id).limit(limit + 1), Contract)


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """The contracts of the reader's organisations, on either side, and those of jurisdictions they oversee."""
    return seen_by(scope, contracts.c.jurisdiction, contracts.c.organisation, provider=contracts.c.provider_id)
