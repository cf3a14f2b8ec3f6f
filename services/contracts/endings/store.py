"""Queries about the end of a contract."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.contracts.contracts.records import IN_FORCE, Contract, ContractState
from services.contracts.payments.records import NOT_ORDERED, LineState
from services.contracts.payments.store import lines_of, set_state
from services.contracts.tables import contracts
from shared.work.database import Transaction

_BESIDE = sa.select(
    sa.exists().where(
        contracts.c.procurement_id == sa.bindparam("of_procurement", type_=sa.Uuid),
        contracts.c.id != sa.bindparam("but", type_=sa.Uuid),
        sa.or_(
            contracts.c.state == sa.any_(sa.literal([ContractState.DRAFTED, *IN_FORCE], ARRAY(sa.Text))),
            sa.and_(
                contracts.c.state == ContractState.COMPLETED, contracts.c.id == sa.bindparam("renewed", type_=sa.Uuid)
            ),
        ),
    )
)


async def stands_beside(tx: Transaction, contract: Contract) -> bool:
    """Whether another contract of its procurement stands, as a draft or in force; beside a draft also the one that it
    was to renew, if that one was completed."""
    renewed = contract.renews if contract.state == ContractState.DRAFTED else None
    return bool(await tx.value(_BESIDE, of_procurement=contract.procurement_id, but=contract.id, renewed=renewed))


async def end(
    tx: Transaction, contract: Contract, state: ContractState, person: UUID, *, owed: Collection[UUID] = ()
) -> tuple[Contract, list[UUID]]:
    """Ends the contract; lines for which no order is out are cancelled, but for those of which something is owed or was
    paid. Returns it and the ids of the lines that were cancelled."""
    ended = await tx.save(contract, replace(contract, state=state, ending_confirmed_by=person, ended_on=tx.today))
    lines = await lines_of(tx, contract.id)
    unpaid = [line for line in lines if line.state in NOT_ORDERED and line.paid == 0 and line.id not in owed]
    for line in unpaid:
        await set_state(tx, line, LineState.CANCELLED)
    return ended, sorted(line.id for line in unpaid)
