"""Queries about the end of a contract."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.tables import IN_FORCE, contracts, payment_lines
from shared.work.database import Row, Transaction

OPEN = ["planned", "requested", "approved", "returned"]
"""States of a line whose order is not out."""
_CANCEL = (
    sa.update(payment_lines)
    .where(
        payment_lines.c.contract_id == sa.bindparam("of_contract", type_=sa.Uuid),
        payment_lines.c.state == sa.any_(sa.literal(OPEN, ARRAY(sa.Text))),
        payment_lines.c.id != sa.all_(sa.bindparam("owed", type_=ARRAY(sa.Uuid))),
    )
    .values(state="cancelled", version=payment_lines.c.version + 1)
)

_BESIDE = sa.select(
    sa.exists().where(
        contracts.c.procurement_id == sa.bindparam("of_procurement", type_=sa.Uuid),
        contracts.c.id != sa.bindparam("but", type_=sa.Uuid),
        sa.or_(
            contracts.c.state == sa.any_(sa.literal(["drafted", *IN_FORCE], ARRAY(sa.Text))),
            sa.and_(contracts.c.state == "completed", contracts.c.id == sa.bindparam("renewed", type_=sa.Uuid)),
        ),
    )
)


async def set_completed(tx: Transaction, contract: Row) -> None:
    await tx.update(contracts, contract["id"], state="completed", ended_on=tx.today)


async def set_proposed(tx: Transaction, contract: Row, ground: str, person: UUID) -> None:
    await tx.update(contracts, contract["id"], ending_ground=ground, ending_proposed_by=person)


async def stands_beside(tx: Transaction, contract: Row) -> bool:
    """Whether another contract of its procurement stands, as a draft or in force; beside a draft also the one that it
    was to renew, if that one was completed."""
    renewed = contract["renews"] if contract["state"] == "drafted" else None
    return bool(await tx.value(_BESIDE, of_procurement=contract["procurement_id"], but=contract["id"], renewed=renewed))


async def set_ended(tx: Transaction, contract: Row, state: str, person: UUID, *, owed: Collection[UUID] = ()) -> None:
    """Ends the contract; lines for which no order is out are cancelled, but for those of which something is owed."""
    await tx.update(contracts, contract["id"], state=state, ending_confirmed_by=person, ended_on=tx.today)
    await tx.run(_CANCEL, of_contract=contract["id"], owed=list(owed))
