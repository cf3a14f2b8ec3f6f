"""Queries about the end of a contract."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.tables import contracts, payment_lines
from shared.database import Row, Transaction

OPEN = ["planned", "requested", "approved", "returned"]
_CANCEL = (
    sa.update(payment_lines)
    .where(
        payment_lines.c.contract_id == sa.bindparam("of_contract", type_=sa.Uuid),
        payment_lines.c.state == sa.any_(sa.literal(OPEN, ARRAY(sa.Text))),
    )
    .values(state="cancelled", version=payment_lines.c.version + 1)
)


async def set_completed(tx: Transaction, contract: Row) -> None:
    await tx.update(contracts, contract["id"], state="completed", ended_on=tx.today)


async def set_proposed(tx: Transaction, contract: Row, ground: str, person: UUID) -> None:
    await tx.update(contracts, contract["id"], ending_ground=ground, ending_proposed_by=person)


async def set_terminated(tx: Transaction, contract: Row, person: UUID) -> None:
    """Ends the contract; lines for which no order went out are cancelled."""
    await tx.update(contracts, contract["id"], state="terminated", ending_confirmed_by=person, ended_on=tx.today)
    await tx.run(_CANCEL, of_contract=contract["id"])
