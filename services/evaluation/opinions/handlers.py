"""What an opinion does, wherever it is given: it is kept and told."""

from uuid import UUID

from services.evaluation.opinions.rules import Opinion
from services.evaluation.opinions.store import add_opinion, read_opinions
from services.evaluation.plans.records import Contract, OfContract
from services.evaluation.plans.store import about
from shared.events.evaluation import OpinionRecorded
from shared.work.bounds import must_have_room
from shared.work.database import Transaction


async def record_opinion(
    tx: Transaction, contract: Contract, record: OfContract, opinion: Opinion, person: UUID
) -> None:
    """Keeps an opinion on an acceptance or evaluation, recorded by this person."""
    must_have_room(len(await read_opinions(tx, record.id)))
    kept = await add_opinion(tx, contract, record.id, opinion, person)
    tx.emit(
        OpinionRecorded(
            **about(record),
            concerns_id=record.id,
            side=opinion.side,
            agrees=opinion.agrees,
            members=opinion.members,
            statement_hash=kept.statement_hash.hex(),
        )
    )
