"""Plays the story on private servers, prints what happened, and compares the end with what was expected."""

import os
import sys
import time
from pathlib import Path

from rich.console import Console

from deploy.demo.stage import Stage, StoryError, Trouble
from deploy.demo.story import Outcome, tell
from deploy.deployment import Deployment, DeploymentError
from deploy.local.account import LocalServerUnavailable
from deploy.local.kafka import PrivateKafka
from deploy.local.stack import Stack

OVERLAYS = Path(__file__).parent / "rulebooks"
EXPECTED = Outcome(purchases=3, paid=2, withheld=1, flagged=1, refused=4)


async def play() -> int:
    """The whole demonstration; returns the exit status."""
    console = Console(highlight=False)
    began = time.monotonic()
    try:
        async with Stack() as stack:
            given = os.environ.get("KAFKA_BOOTSTRAP")
            deployment = Deployment(stack, OVERLAYS, topic_prefix=None if given else "goufu")
            outcome, events = await perform(deployment, console, broker=stack.kafka)
    except (StoryError, DeploymentError, LocalServerUnavailable) as error:
        console.print(f"[bold red]the demonstration did not go as written:[/bold red] {error}", soft_wrap=True)
        return 1
    console.print(outcome.line(events, time.monotonic() - began), markup=False)
    return 0 if outcome == EXPECTED else complain(outcome)


async def perform(
    deployment: Deployment, console: Console, *, trouble: Trouble | None = None, broker: PrivateKafka | None = None
) -> tuple[Outcome, int]:
    """Starts the deployment and tells the story on it; returns the outcome read back, and the number of events."""
    os.environ["GOUFU_RULEBOOKS"] = str(OVERLAYS)
    console.print("Starting five services, each an API and a worker …")
    async with deployment, Stage(deployment, console, trouble or Trouble(), broker) as stage:
        return await tell(stage)


def complain(outcome: Outcome) -> int:
    print(f"expected {EXPECTED}, found {outcome}", file=sys.stderr)
    return 1
