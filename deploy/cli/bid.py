"""`goufu bid`: a bid sealed on the bidder's own machine, and handed in."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.common import Addresses, BearerToken, Port, fail
from deploy.cli.machine import Tendering, make_key, mended_by_hand, read_json, read_key, write_new
from deploy.sealing import sealed_bid, slips_of
from shared.sealing.envelope import read
from shared.sealing.suites import suite_of

_SLIPS = {
    "unknown": "the file does not ask this, so it would count for nothing: compare the code 采购文件中没有此代码",
    "unanswered": "the file asks this, and the bid does not answer it; --leave-open if you mean it 未响应",
    "outside_range": "the value lies outside the range of the file 超出采购文件的取值范围",
    "over_budget": "the price is above the budget, which makes a bid invalid 报价超过预算",
}

app = typer.Typer(no_args_is_help=True, help="Seal a bid on your own machine, and hand it in.")


@app.command()
def keygen(
    key: Annotated[Path, typer.Option(help="where the private key is to be")] = Path("bidder.key.json"),
) -> None:
    """A bidder makes a key pair to sign bids with, once."""
    make_key(key, "sign")


@app.command()
def seal(
    procurement: Annotated[Path, typer.Option(help="what GET /v1/procurements/{id}/opening-key answered")],
    bid: Annotated[Path, typer.Option(help="the bid: price, answers, offers")],
    provider: Annotated[UUID, typer.Option(help="the bidder's id in the registry")],
    key: Annotated[Path, typer.Option(help="the bidder's private key")] = Path("bidder.key.json"),
    annex: Annotated[list[Path], typer.Option(help="a document that belongs to the bid; may be given again")] = [],  # noqa: B006
    out: Annotated[Path, typer.Option(help="the sealed bid")] = Path("bid.sealed"),
    file: Annotated[
        Path | None, typer.Option(help="what GET /v1/procurements/{id}/files answered; fetched when not given")
    ] = None,
    leave_open: Annotated[
        bool, typer.Option("--leave-open", help="seal although conditions or factors are unanswered")
    ] = False,
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Seal a bid with its annexes so that only the procurement's openers together can open it, after the closing.

    It is bound to this procurement, the version of its file and this bidder, and opens for nothing else. The service
    takes it with `goufu bid submit`. Nobody can see before the opening what a slip leaves out, so the bid is compared
    with the published file here: what the file does not ask is refused, and what it asks and the bid does not answer
    unless you say that you mean it.
    """
    with mended_by_hand():
        document, content = read_json(procurement), read_json(bid)
        if file is None:
            published = Tendering(api, port, token).get(f"/v1/procurements/{UUID(document['procurement_id'])}/files")
        else:
            published = read_json(file)
        found = slips_of(document, published, content)
        for slip in found:
            typer.echo(f"{slip.field}: {slip.code}: {_SLIPS[slip.kind]}", err=True)
        if any(slip.kind != "unanswered" for slip in found) or (found and not leave_open):
            fail("the bid does not fit the published file, nothing was sealed 与采购文件不符，未密封")
        annexes = {path.name: path.read_bytes() for path in annex}
        if len(annexes) != len(annex):
            raise ValueError("two annexes have the same name: rename one")
        sealed = sealed_bid(document, provider, content, annexes, read_key(key))
        write_new(out, sealed)
    header = read(sealed).header
    typer.echo(f"{out}: {len(sealed)} bytes, {suite_of(header.suite).hash(sealed)}")
    typer.echo(f"commitment 承诺值 {header.commitment}")


@app.command()
def submit(
    sealed: Annotated[Path, typer.Argument(help="what `goufu bid seal` wrote")] = Path("bid.sealed"),
    api: Addresses = [],  # noqa: B006
    port: Port = 0,
    token: BearerToken = "",
) -> None:
    """Upload a sealed bid and submit it; prints the receipt. Duty: submit_bid of the provider."""
    with mended_by_hand():
        content = sealed.read_bytes()
        header = read(content).header
    path = f"/v1/procurements/{header.procurement_id}"
    tendering = Tendering(api, port, token)
    envelope = tendering.post(f"{path}/envelopes", content)
    body = {"provider_id": str(header.provider_id), "envelope_id": envelope["id"]}
    receipt = tendering.post(f"{path}/bids", body)
    typer.echo(f"receipt 回执 {receipt['id']} {receipt['submitted_at']} {receipt['hash']} {receipt['sealed_by']}")
