"""Holds a whole Goufu in the background until it is told to end: `python -m deploy.open`, what `make up` starts.

The demonstration's people are in their posts and nothing has been bought yet: the sandbox stands on its first day.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.cli.common import OPEN
from deploy.demo.cast import Cast, gather
from deploy.demo.providers import register_providers
from deploy.demo.stage import Stage, StoryError
from deploy.deployment import Deployment, DeploymentError
from deploy.local.account import LocalServerUnavailable
from deploy.local.background import Background
from deploy.local.progress import say, told
from deploy.local.stack import Stack
from shared.events import SERVICES
from shared.fields.places import NATION

OVERLAYS = Path(__file__).parent / "demo" / "rulebooks"
FIRST_DAY = date(2022, 3, 1)
TOKEN_HOURS = 24

_DEPLOYMENT_DESKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "operator": ("operator", ("operate",)),
    "auditor": ("audit_body", ("audit", "supervise")),
}
"""Posts for the whole deployment: the commands of `goufu held` and `goufu trace` use them."""


async def hold() -> None:
    """Open the deployment and publish where it is; returns on SIGTERM or SIGINT."""
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    background = Background(OPEN)
    with background.held():
        async with Stack() as stack:
            prefix = None if os.environ.get("KAFKA_BOOTSTRAP") else "goufu"
            async with Deployment(stack, OVERLAYS, topic_prefix=prefix) as deployment:
                async with Stage(deployment, Console(quiet=True)) as stage:
                    with told("Registering people, purchasers and providers"):
                        cast = await people(stage)
                background.publish(state_of(deployment, cast))
                await ending.wait()


async def people(stage: Stage) -> Cast:
    """Sets the sandbox to its first day and brings everyone into their posts, through the registry's API."""
    await stage.day(FIRST_DAY)
    cast = await gather(stage)
    await register_providers(cast)
    for desk, (kind, duties) in _DEPLOYMENT_DESKS.items():
        body = await cast.body(desk, f"运行·{desk}", NATION, kind)
        await cast.join(desk, f"运行·{desk}", duties, organisation=body, jurisdiction=NATION)
    await stage.settled()
    return cast


def state_of(deployment: Deployment, cast: Cast) -> dict[str, Any]:
    """Where everything is, for the other commands, and in `lines` for a reader."""
    players = {one.account: one for one in (cast.administrator, cast.second)} | cast.players
    lifetime, audience = timedelta(hours=TOKEN_HOURS), deployment.settings.audience
    tokens = {name: deployment.issuer.token(name, audience=audience, lifetime=lifetime) for name in players}
    state = {
        "apis": {service: deployment.url(service) for service in SERVICES},
        "tokens": tokens,
        "database_url": deployment.admin_url,
        "bus": deployment.settings.bus,
        "bus_login": asdict(deployment.bus_login),
        "topic_prefix": deployment.settings.topic_prefix,
        "road_secret": deployment.settings.road_secret.get_secret_value(),
        "issuer": str(deployment.issuer.jwks_path.parent),
        "audience": audience,
    }
    titles = {name: player.title for name, player in players.items()}
    return {**state, "lines": list(lines(state, titles, str(cast.organisations["zh"])))}


def lines(state: dict[str, Any], titles: dict[str, str], organisation: str) -> Iterator[str]:
    """What `make up` prints: addresses, people with their tokens, what to try, how to end."""
    apis, tokens = state["apis"], state["tokens"]
    program = Path(sys.executable).parent / "goufu"
    road = state["bus"] if state["bus"] != "postgres" else "PostgreSQL"
    yield f"Goufu 购服 is open 已开启 · sandbox day 沙盒日期 {FIRST_DAY} · events go over 事件经由 {road}"
    yield ""
    yield f"People 人员 (account 账号, desk 岗位, token 令牌 valid for {TOKEN_HOURS} h)"
    yield from (f"  {name:<24}{titles[name]}\n    {token}" for name, token in tokens.items())
    yield ""
    yield "APIs 接口 (each describes itself under /v1/openapi.json 各自的说明)"
    yield from (f"  {service:<12}{url}   {url}/v1/openapi.json" for service, url in apis.items())
    yield ""
    yield "Try 试试"
    yield f"  TOKEN=$({program} token zh.planner)   # fresh, as awards and releases ask for 决标、放款需新近登录"
    yield f'  curl -s -H "Authorization: Bearer $TOKEN" {apis["registry"]}/v1/me'
    yield f'  curl -s -H "Authorization: Bearer $TOKEN" "{apis["catalog"]}/v1/rulebooks?on={FIRST_DAY}"'
    yield f'  curl -s -X POST -H "Authorization: Bearer $({program} token administrator)" \\'
    yield "    -H 'Content-Type: application/json' -H \"Idempotency-Key: $(date +%s)\" \\"
    yield f"    -d '{EXAMPLE % organisation}' {apis['registry']}/v1/persons"
    yield f"  {program} clock advance --to 2022-04-01   # the sandbox's day 拨动沙盒日期"
    yield f"  {program} audit verify                    # the hash chains 核验哈希链"
    yield ""
    yield "End it with 结束: make down"


EXAMPLE = (
    '{"organisation": "%s", "jurisdiction": "4404/440402",'
    ' "issuer": "https://issuer.goufu.example", "account": "somebody"}'
)


def main() -> None:
    """Runs `hold`; what went wrong is one sentence in the log that `make up` shows."""
    try:
        asyncio.run(hold())
    except (DeploymentError, StoryError, LocalServerUnavailable) as error:
        say(str(error))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
