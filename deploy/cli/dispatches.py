"""`goufu dispatches`: errands, such as payment orders, that their receiver has not taken."""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

import typer

from deploy.cli.common import Addresses, BearerToken, Port, answered, apis, bearer, client, known, of_each, plainly

app = typer.Typer(no_args_is_help=True, help="See errands that wait to be sent, have them sent now, or cancel them.")

Key = Annotated[str, typer.Argument(help="its id or business key, as `goufu dispatches list` prints it")]
Service = Annotated[str, typer.Argument(help="where it waits")]
Reason = Annotated[str, typer.Option(help="why; it stays in the record, so name no person")]


@app.command(name="list")
def list_dispatches(
    service: Annotated[str, typer.Option(help="only this service")] = "",
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Print every errand that was not taken: which, its state, how often it was tried and why it failed."""
    with plainly():
        rows = asyncio.run(of_each(apis(api, port), service, "/v1/dispatches", bearer(token, "operator")))
    for name, row in rows:
        unsure = " perhaps taken 对方可能已受理" if row["unsure"] else ""
        asked = f" {row['asked']} asked: {row['asked_because']}" if row["asked"] else ""
        typer.echo(
            f"{name:<12}{row['id']} {row['state']:<9} {row['business_key']} since {row['since']}"
            f" tried {row['attempts']} next {row['next_at']}: {row['reason'] or 'not tried yet'}{unsure}{asked}"
        )
    if not rows:
        typer.echo("nothing waits 没有待发送的指令")


@app.command()
def retry(
    service: Service,
    key: Key,
    reason: Reason,
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Have an errand sent now, a cancelled one too. One person asks, another gives the same command to confirm."""
    _act("retry", service, key, reason, api, port, token)


@app.command()
def cancel(
    service: Service,
    key: Key,
    reason: Reason,
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Cancel an errand, so that what it orders can be done by hand. One person asks, another confirms likewise."""
    _act("cancel", service, key, reason, api, port, token)


SAID = {
    "waiting": "it is sent within seconds 数秒内发送",
    "cancelled": "it is sent no more 不再发送",
}
ASKED = "another operator gives the same command to confirm 须由另一名运维人员以相同命令确认"


def _act(act: str, service: str, key: str, reason: str, api: list[str], port: int, token: str) -> None:
    with plainly():
        address = apis(api, port)[known(service)]
        answer = asyncio.run(_post(address, act, key, reason, bearer(token, "operator")))
    typer.echo(f"{answer['business_key']} {answer['state']}: {SAID.get(answer['state'], ASKED)}")


async def _post(address: str, act: str, key: str, reason: str, token: str) -> dict[str, Any]:
    async with client(token) as asking:
        rows = answered(await asking.get(f"{address}/v1/dispatches"))
        found = next((row["id"] for row in rows if key in (row["id"], row["business_key"])), key)
        path = f"{address}/v1/dispatches/{found}/{act}"
        reply = await asking.post(path, json={"reason": reason}, headers={"idempotency-key": uuid4().hex})
        return dict(answered(reply, "no errand of that id or key waits there 该服务没有此待发送的指令"))
