"""`goufu administrator`: the first persons who give posts in a deployment."""

import asyncio
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from deploy.cli.common import AdminUrl, fail, plainly
from deploy.cli.common import administrators as url_of
from shared.fields.places import NATION, Place
from shared.work.database import Database, WrongState

app = typer.Typer(no_args_is_help=True, help="The first persons who give posts in a deployment.")


@app.command()
def add(
    account: Annotated[list[str], typer.Argument(help="`sub` of their tokens, once a person")],
    issuer: Annotated[str, typer.Option(envvar="GOUFU_ISSUER", help="`iss` of their tokens")],
    database_url: AdminUrl = "",
    place: Annotated[str, typer.Option(help="where they give posts, and below")] = NATION,
    title: Annotated[str, typer.Option(help="of the body that runs the platform")] = "平台运行机构",
) -> None:
    """Make the first two administrators of posts, on record.

    Two, because what one proposes another confirms. Given again while fewer than two can log in, it makes up for those
    who are lost; with two it refuses: they give posts to others through the API."""
    try:
        TypeAdapter(Place).validate_python(place)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint="--place") from None
    with plainly():
        try:
            made = asyncio.run(_make(url_of(database_url), issuer, account, place, title))
        except WrongState as error:
            fail(f"{_WHY.get(error.state, error)}; nothing was made 未作改动")
    for one in made:
        typer.echo(f"{one.account} person 人员 {one.person_id} organisation 机构 {one.organisation}")


_WHY = {
    "administered": "two administrators can log in there: they give posts to others 已有两名管理员，由其授予岗位",
    "one_administrator": "one alone can give nobody a post of weight: name two accounts 须同时指定两个账号",
}


async def _make(url: str, issuer: str, accounts: list[str], place: str, title: str) -> list[Any]:
    from services.registry.posts.bootstrap import bootstrap_administrators

    database = Database("registry", url, size=1)
    await database.open()
    try:
        return await bootstrap_administrators(database, issuer, accounts, place, title)
    finally:
        await database.close()
