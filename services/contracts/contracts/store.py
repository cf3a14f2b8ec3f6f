"""Queries about contracts: drafting, writing, reading."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from services.contracts.contracts.rules import Payment, Terms
from services.contracts.tables import (
    contracts,
    departures,
    metadata,
    payment_lines,
    private_reasons,
    private_texts,
    reference_numbers,
)
from shared.events.tendering import ContractTerms, PaymentTerm
from shared.fields.ids import new_id
from shared.fields.places import city_of
from shared.fields.strict_json import canonical
from shared.reading.visibility import seen_by
from shared.web.paging import keyset_condition
from shared.work.database import NotFound, Reader, Row, Transaction
from shared.work.identity import Scope

CITY_LETTERS = {"2201": "CC", "3100": "SH", "4404": "ZH", "4419": "DG", "5101": "CD"}
"""How a reference begins; a city without letters of its own begins with its code."""

_deadlines = metadata.tables["deadlines"]
_LEFT = sa.select(departures.c.left_on).where(departures.c.provider_id == sa.bindparam("provider_id", type_=sa.Uuid))
_BY_ID = sa.select(contracts).where(contracts.c.id == sa.bindparam("id", type_=sa.Uuid))
_LINES = (
    sa.select(payment_lines)
    .where(payment_lines.c.contract_id == sa.bindparam("contract_id", type_=sa.Uuid))
    .order_by(payment_lines.c.number)
)
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


async def insert_draft(tx: Transaction, payments: Iterable[PaymentTerm], **fields: Any) -> None:
    """A drafted contract with its payment lines; `fields` are the columns that come from award or renewal."""
    await tx.insert(
        contracts,
        version=1,
        paid=0,
        contents=[],
        term_conditions=[],
        state="drafted",
        signing_round=0,
        standing_findings=[],
        **fields,
    )
    await tx.insert_many(payment_lines, [_line(fields["id"], fields["key"], term) for term in payments])


def _line(contract_id: UUID, key: UUID, term: PaymentTerm) -> dict[str, Any]:
    return {
        "id": new_id(),
        "key": key,
        "version": 1,
        "contract_id": contract_id,
        "number": term.number,
        "kind": term.kind,
        "planned": term.amount,
        "gate": term.gate,
        "period": term.period,
        "due_days": term.due_days,
        "bands": [[str(score), str(share)] for score, share in term.bands],
        "state": "planned",
        "paid": 0,
    }


def awarded_payments(row: Row) -> list[PaymentTerm]:
    """The payment terms of the award, in order."""
    return sorted(ContractTerms.model_validate(row["terms"]).payments, key=lambda term: term.number)


def awarded_terms(row: Row) -> Terms:
    """The terms of the award, as a contract is compared with them."""
    terms = ContractTerms.model_validate(row["terms"])
    payments = tuple(
        Payment(p.number, p.kind, p.amount, p.gate, p.period, p.due_days, tuple(p.bands)) for p in terms.payments
    )
    contents = frozenset(terms.contents)
    return Terms(row["price"], terms.starts_on, terms.ends_on, contents, payments, terms.objection_window_working_days)


async def set_written(
    tx: Transaction,
    row: Row,
    written: Terms,
    contents: Mapping[str, str],
    conditions: Iterable[str],
    beside: Mapping[str, Any],
    person: UUID,
    keep_until: date,
) -> bytes:
    """Keeps the contract as written; returns the hash that the parties sign: SHA-256 over salt, contents, and what is
    signed `beside` them: the account, and what the provider told of its size."""
    salt = os.urandom(16)
    text_hash = hashlib.sha256(salt + canonical([dict(contents), dict(beside)])).digest()
    await tx.run(
        _KEEP_TEXTS, of_contract=row["id"], given_contents=dict(contents), given_salt=salt, given_until=keep_until
    )
    await tx.update(
        contracts,
        row["id"],
        contents=sorted(written.contents),
        term_conditions=sorted(conditions),
        small_or_medium=beside["small_or_medium"],
        objection_window_working_days=written.objection_window,
        written_by=person,
        written_on=tx.today,
        text_hash=text_hash,
    )
    due_days = {payment.number: payment.due_days for payment in written.payments}
    for line in await read_lines(tx, row["id"]):
        if line["due_days"] != due_days[line["number"]]:
            await tx.update(payment_lines, line["id"], due_days=due_days[line["number"]])
    return text_hash


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
    reason_id = new_id()
    await tx.insert(
        private_reasons,
        id=reason_id,
        about=about,
        contract_id=contract_id,
        clause=clause,
        reason=reason,
        given_by=person,
        given_at=tx.now,
        keep_until=keep_until,
    )
    return reason_id


async def reasoned_clauses(tx: Transaction, contract_id: UUID) -> list[str]:
    """The clauses to which a reason was recorded for this contract."""
    return [row["clause"] for row in await tx.all(_REASONED, contract_id=contract_id)]


async def read_contract(reader: Reader, contract_id: UUID, scope: Scope) -> Row:
    """A contract its reader may see; raises NotFound for another's."""
    row = await reader.one(_BY_ID, id=contract_id)
    if row is None or not scope.sees((row["organisation"],), row["jurisdiction"], row["provider_id"]):
        raise NotFound
    return row


async def read_departure(reader: Reader, provider_id: UUID) -> date | None:
    """Since when the provider's registration is withdrawn; None while it is registered."""
    day: date | None = await reader.value(_LEFT, provider_id=provider_id)
    return day


async def read_lines(reader: Reader, contract_id: UUID) -> list[Row]:
    return await reader.all(_LINES, contract_id=contract_id)


async def read_deadlines(reader: Reader, contract_id: UUID) -> list[Row]:
    """What is due for the contract and not yet done, the soonest first."""
    return await reader.all(_DEADLINES, subject=contract_id)


async def read_contents(reader: Reader, contract_id: UUID, scope: Scope) -> dict[str, str]:
    """The written contents by field; none before they are written."""
    await read_contract(reader, contract_id, scope)
    contents: dict[str, str] | None = await reader.value(_TEXTS, contract_id=contract_id)
    return contents or {}


async def list_contracts(
    reader: Reader, scope: Scope, filters: Mapping[str, object], after: tuple[object, ...] | None, limit: int
) -> list[Row]:
    """Contracts the reader may see, in the order in which they were drafted; one more than `limit` when there are."""
    narrowed = [_NARROWING[name](wanted) for name, wanted in filters.items()]
    statement = sa.select(contracts).where(visible(scope), *narrowed)
    if after is not None:
        statement = statement.where(keyset_condition([contracts.c.id], after, descending=False))
    return await reader.all(statement.order_by(contracts.c.id).limit(limit + 1))


def visible(scope: Scope) -> sa.ColumnElement[bool]:
    """The contracts of the reader's organisations, on either side, and those of jurisdictions they oversee."""
    return seen_by(scope, contracts.c.jurisdiction, contracts.c.organisation, provider=contracts.c.provider_id)
