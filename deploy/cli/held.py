"""`goufu held`: events that rest at a service because they wait, failed, or stand behind such a one."""

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import typer

from deploy.cli.common import Addresses, BearerToken, Port, apis, bearer, fail, known, plainly

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
        addresses = apis(api, port)
        names = [known(service)] if service else list(addresses)
        rows = asyncio.run(_list({name: addresses[name] for name in names}, bearer(token, "operator")))
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
    """Try a parked event again; what stands behind it follows in order."""
    with plainly():
        address = apis(api, port)[known(service)]
        state = asyncio.run(_replay(address, event, bearer(token, "operator")))
    typer.echo(f"{event} {state}: it is tried again within seconds 数秒内重试")


async def _list(addresses: dict[str, str], token: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    async with _client(token) as client:
        for name, address in addresses.items():
            found += [(name, row) for row in _answer(await client.get(f"{address}/v1/held-events"))]
    return found


async def _replay(address: str, event: UUID, token: str) -> str:
    async with _client(token) as client:
        headers = {"idempotency-key": uuid4().hex}
        answer = _answer(await client.post(f"{address}/v1/held-events/{event}/replay", headers=headers))
    return str(answer["state"])


def _client(token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=30, headers={"authorization": f"Bearer {token}"})


def _answer(reply: httpx.Response) -> Any:
    match reply.status_code:
        case 200:
            return reply.json()
        case 401 | 403:
            fail("the token's person needs the duty `operate` for the nation (000000) 需要系统运行岗位")
        case 404 if reply.request.method == "POST":
            fail("no parked event of that id rests there 该服务没有此停放的事件")
        case _:
            fail(f"{reply.request.url}: {reply.status_code} {reply.text[:200]}")
    return None
