"""`goufu opening`: the opening key of a procurement, made on the purchaser's machine, and its openers on theirs."""

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.common import Addresses, BearerToken, Port
from deploy.cli.machine import Tendering, make_key, mended_by_hand, read_json, read_key, write_new
from deploy.sealing import given_share, opening_key
from shared.sealing.keys import PublicKey

app = typer.Typer(no_args_is_help=True, help="Make an opening key, and open bids with k of n openers.")


@app.command()
def keygen(
    key: Annotated[Path, typer.Option(help="where the private key is to be")] = Path("opener.key.json"),
) -> None:
    """An opener makes a key pair on their own machine, once for all procurements; only the public half leaves it."""
    make_key(key, "open")


@app.command()
def init(
    procurement: Annotated[UUID, typer.Option(help="id of the procurement")],
    opener: Annotated[list[str], typer.Option(help="PERSON=FILE: an opener's person id and public key; once for each")],
    threshold: Annotated[int, typer.Option(min=2, help="how many of them open the bids")],
    out: Annotated[Path, typer.Option(help="the document to register")] = Path("opening-key.json"),
) -> None:
    """On the purchaser's machine: make a procurement's opening key and split it among its openers.

    Writes the document that `goufu opening register` hands in before the notice. Nothing is kept of the private half:
    with fewer than the threshold of openers the bids stay sealed for ever.
    """
    with mended_by_hand():
        document = opening_key(procurement, [_opener(one) for one in opener], threshold)
        write_new(out, _text(document))
    typer.echo(f"{out}: any {threshold} of {len(opener)} openers open; register it before the notice 请在公告前登记")


def _opener(text: str) -> tuple[UUID, str]:
    person, _, file = text.partition("=")
    key = PublicKey.model_validate(read_json(Path(file)))
    if key.use != "open":
        raise ValueError(f"{file} is no opener's key: make one with `goufu opening keygen`")
    return UUID(person), key.public_key


@app.command()
def register(
    document: Annotated[Path, typer.Argument(help="what `goufu opening init` wrote")] = Path("opening-key.json"),
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Register the opening key for its procurement, before the notice. Duty: draft_file."""
    with mended_by_hand():
        body = read_json(document)
    tendering = Tendering(api, port, token)
    registered = tendering.post(f"/v1/procurements/{body['procurement_id']}/opening-key", body)
    typer.echo(f"registered 已登记 {registered['fingerprint']}")


@app.command()
def share(
    key: Annotated[Path, typer.Option(help="the opener's private key")] = Path("opener.key.json"),
    act: Annotated[Path | None, typer.Option(help="the opening act as the API shows it; prints the share")] = None,
    procurement: Annotated[UUID | None, typer.Option(help="fetch the act of this procurement, and send it")] = None,
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """On an opener's machine: encrypt the own share anew, to the one-time key of the opening act.

    With --act it is printed, to be sent from elsewhere; with --procurement it is fetched and sent. Duty: open_bids.
    """
    if (act is None) == (procurement is None):
        raise typer.BadParameter("give either --act or --procurement")
    if act is not None:
        with mended_by_hand():
            typer.echo(_text(given_share(read_json(act), read_key(key))).decode())
        return
    tendering, path = Tendering(api, port, token), f"/v1/procurements/{procurement}/opening"
    document = tendering.get(f"{path}/act")
    with mended_by_hand():
        given = given_share(document, read_key(key))
    state = tendering.post(f"{path}/shares", given)
    needed = state["act"]["opening_key"]["threshold"]
    typer.echo(f"given 已交出: {len(state['given'])} of {needed} that are needed")


def _text(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
