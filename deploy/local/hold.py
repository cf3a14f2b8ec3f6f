"""Holds the stack in the background until it is told to end: `python -m deploy.local.hold`."""

import asyncio
import signal
from dataclasses import asdict

from deploy.local.background import Background
from deploy.local.stack import Stack

STACK = "stack"


async def hold() -> None:
    """Run the stack and publish where it is; returns on SIGTERM or SIGINT."""
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    background = Background(STACK)
    with background.held():
        async with Stack() as stack:
            background.publish(
                {
                    "database_url": stack.database_url,
                    "kafka_bootstrap": stack.kafka_bootstrap,
                    "bus_login": asdict(stack.bus_login),
                }
            )
            await ending.wait()


if __name__ == "__main__":
    asyncio.run(hold())
