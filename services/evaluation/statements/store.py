"""Queries about free text. The record keeps a hash of salt and text; text and salt go together when they are erased."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from services.evaluation.plans.records import Contract
from services.evaluation.rulebook import RetentionSection
from services.evaluation.statements.records import Statement
from services.evaluation.tables import private_statements
from shared.errands import documents
from shared.fields.ids import new_id
from shared.law.rulebook import rulebooks
from shared.work.database import Reader, Transaction

_STATEMENT = sa.select(private_statements.c.statement).where(
    private_statements.c.subject == sa.bindparam("subject", type_=sa.Uuid),
    private_statements.c.kind == sa.bindparam("kind", type_=sa.Text),
)


def keep_until(contract: Contract) -> date:
    """Last day on which names and statements of a contract are kept: the files' years after its end (GPL-42.1)."""
    years = rulebooks().get(contract.rulebook).section(RetentionSection).file_retention_years.value
    end = contract.ends_on
    return end.replace(year=end.year + years, day=28 if (end.month, end.day) == (2, 29) else end.day)


async def keep_papers(
    tx: Transaction, contract: Contract, digests: Sequence[str], kind: str, record: UUID, duty: str
) -> None:
    """Ties the documents with these hashes to the record, for as long as the contract's other files are kept."""
    clause = rulebooks().get(contract.rulebook).section(RetentionSection).file_retention_years.clause
    last, duties = keep_until(contract), frozenset({duty})
    await documents.take(tx, digests, kind=kind, record=record, duties=duties, clause=clause, keep_until=last)


async def keep_statement(tx: Transaction, contract: Contract, subject: UUID, kind: str, statement: str) -> bytes:
    """Keeps the text and returns the hash for the record: SHA-256 of 16 bytes of salt and the text in UTF-8."""
    salt = secrets.token_bytes(16)
    await tx.add(
        Statement(
            id=new_id(),
            subject=subject,
            kind=kind,
            statement=statement,
            salt=salt,
            purpose=f"evaluation/{kind}",
            keep_until=keep_until(contract),
        )
    )
    return hashlib.sha256(salt + statement.encode()).digest()


async def read_statement(reader: Reader, subject: UUID, kind: str) -> str | None:
    """The text, or None when there is none or it has been erased. Only for those who may see the record."""
    text: str | None = await reader.value(_STATEMENT, subject=subject, kind=kind)
    return text
