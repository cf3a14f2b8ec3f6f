"""What a notice to observers does, for acceptance and assessment alike."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.evaluation.conduct.store import Notified, add_observers
from services.evaluation.plans.store import about
from shared.events.evaluation import ObserversNotified
from shared.work.database import Row, Transaction, WrongState


async def record_notices(tx: Transaction, contract: Row, record: Row, told: Sequence[Notified], person: UUID) -> None:
    """Enters who was told beforehand; the event says how many, never who."""
    await add_observers(tx, contract, record["id"], told, person)
    tx.emit(ObserversNotified(**about(record), observed_id=record["id"], notified=len(told)))


def must_have_started(contract: Row, today: date) -> None:
    """Before its first day there is nothing to accept or to assess."""
    if today < contract["starts_on"]:
        raise WrongState("not_started", "service_started")
