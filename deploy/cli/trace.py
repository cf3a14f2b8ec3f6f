"""`goufu trace`: what followed a request, in every service, in the order of time."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from deploy.cli.common import Addresses, BearerToken, Port, apis, bearer, client, fail, plainly
from deploy.local.progress import say, told
from shared.work.database import SHANGHAI


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command()(trace)


def trace(
    correlation: Annotated[UUID, typer.Argument(help="the Goufu-Correlation of an answer")],
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
    wait: Annotated[int, typer.Option(min=0, max=20, help="seconds to wait for something to follow")] = 0,
) -> None:
    """Show what a request caused, across all services; each shows what the token's person may see."""
    with plainly():
        asyncio.run(_trace(apis(api, port), bearer(token, "auditor"), f"/v1/trace/{correlation}?wait={wait}"))


async def _trace(addresses: dict[str, str], token: str, path: str) -> None:
    async with client(token) as asking:
        with told("Asking every service"):
            answers = await asyncio.gather(*(asking.get(f"{address}{path}") for address in addresses.values()))
    refused = {name: reply for name, reply in zip(addresses, answers, strict=True) if reply.status_code != 200}
    steps = [step for reply in answers if reply.status_code == 200 for step in reply.json()]
    for step in sorted(steps, key=lambda step: (datetime.fromisoformat(step["recorded_at"]), step["id"])):
        typer.echo(_line(step))
    for name, reply in refused.items():
        say(f"{name}: {reply.status_code} {reply.text[:200]}")
    if refused:
        fail("not every service answered: what is shown is not all 并非所有服务都已答复，以上不是全部")
    if not steps:
        fail("nothing is recorded under this correlation that the token may see 无可见记录")


def _line(step: dict[str, Any]) -> str:
    moment = datetime.fromisoformat(step["recorded_at"]).astimezone(SHANGHAI)
    name = step["type"].removeprefix(f"goufu.{step['service']}.")
    clauses = " ".join(step["clauses"])
    return f"{moment:%Y-%m-%d %H:%M:%S.%f} {step['service']:<12}{name:<32} {step['subject'] or '-'} {clauses}".rstrip()
