"""`goufu held`: events that rest at a service because they wait, failed, or stand behind such a one."""

import asyncio
from typing import Annotated
from uuid import UUID, uuid4

import typer

from deploy.cli.common import Addresses, BearerToken, Port, answered, apis, bearer, client, known, of_each, plainly

app = typer.Typer(no_args_is_help=True, help="See events that rest, and try them again.")


@app.command(name="list")
def list_held(
    service: Annotated[str, typer.Option(help="only this service")] = "",
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Print every resting event: where, which, its state and why."""
    with plainly():
        rows = asyncio.run(of_each(apis(api, port), service, "/v1/held-events", bearer(token, "operator")))
    for name, row in rows:
        awaits = f" awaits {row['awaits']}" if row["awaits"] else ""
        typer.echo(
            f"{name:<12}{row['event']} {row['state']:<7} {row['type']} v{row['version']} of {row['key']}"
            f" since {row['held_at']}{awaits}: {row['reason']}"
        )
    if not rows:
        typer.echo("nothing rests 没有搁置的事件")


@app.command()
def replay(
    service: Annotated[str, typer.Argument(help="where it rests")],
    event: Annotated[UUID, typer.Argument(help="its id, as `goufu held list` prints it")],
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Try an event again that is parked or waits; what stands behind it follows in order."""
    with plainly():
        address = apis(api, port)[known(service)]
        state = asyncio.run(_replay(address, event, bearer(token, "operator")))
    typer.echo(f"{event} {state}: it is tried again within seconds 数秒内重试")


async def _replay(address: str, event: UUID, token: str) -> str:
    async with client(token) as asking:
        headers = {"idempotency-key": uuid4().hex}
        reply = await asking.post(f"{address}/v1/held-events/{event}/replay", headers=headers)
        answer = answered(reply, "no event of that id rests there, or it stands behind one 该服务没有此停放的事件")
    return str(answer["state"])
