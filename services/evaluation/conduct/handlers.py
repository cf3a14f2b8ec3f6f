"""What a notice to observers does, for acceptance and assessment alike."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.evaluation.conduct.records import Occurrence
from services.evaluation.conduct.store import Notified, add_observers, read_observers
from services.evaluation.plans.records import Contract
from services.evaluation.plans.store import about
from services.evaluation.tables import TOLD
from shared.events.evaluation import ObserversNotified, ObserverTold
from shared.work.bounds import must_have_room
from shared.work.database import Transaction, WrongState


async def record_notices(
    tx: Transaction, contract: Contract, record: Occurrence, told: Sequence[Notified], person: UUID
) -> None:
    """Enters who was told beforehand; the event says how many, never who."""
    must_have_room(len(await read_observers(tx, record.occasion_id)), len(told))
    notices = await add_observers(tx, contract, record.id, told, person)
    of_each = [ObserverTold(observer_id=notice.id, facts=TOLD(notice)) for notice in notices]
    tx.emit(ObserversNotified(**about(record), observed_id=record.id, notified=len(told), observers=of_each))


def must_have_started(contract: Contract, today: date) -> None:
    """Before its first day there is nothing to accept or to assess."""
    if today < contract.starts_on:
        raise WrongState("not_started", "service_started")
