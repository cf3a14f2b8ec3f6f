"""A consumer of contracts with one reaction: an evaluation withholds its line.

`python -m tests.bench.reactions <prefix>`.
The effect is what every reaction has: a row changed, an entry with its place in the queue, an inbox row.
"""

import asyncio
import sys
from decimal import Decimal
from typing import Any

import uvloop

from deploy.serve import leave_alone_what_stays
from services.contracts.tables import payment_lines
from shared import bus
from shared.events.contracts import PaymentWithheld
from shared.events.evaluation import EvaluationConcluded
from shared.process.settings import settings
from shared.process.telemetry import configure_logs
from shared.road.consumer import Consumer, Reaction
from shared.work.database import Database, Transaction


async def on_evaluation_concluded(tx: Transaction, event: Any) -> None:
    """Withholds the line that waits for it."""
    await tx.update(payment_lines, event.line_id, state="withheld", result_id=event.evaluation_id)
    tx.emit(
        PaymentWithheld(
            jurisdiction=event.jurisdiction,
            organisation=event.organisation,
            project_id=event.project_id,
            contract_id=event.contract_id,
            line_id=event.line_id,
            number=3,
            provider_id=event.provider_id,
            planned=Decimal("60000.00"),
            amount=Decimal("60000.00"),
            clause="ZH21-27.5",
            gate="evaluation",
            result_id=event.evaluation_id,
            result_version=event.result_version,
        )
    )


async def main(prefix: str) -> None:
    configure_logs(settings().log_level)
    database = Database("contracts", settings().url("contracts"), size=1)
    await database.open()
    reactions = (Reaction(EvaluationConcluded, on_evaluation_concluded),)
    leave_alone_what_stays()  # as a worker does when it starts
    print("ready", flush=True)
    await Consumer(database, bus.connect(settings().bus), (), reactions, settings().tags, prefix).run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
