"""Bidders, purchaser and openers at their own machines: the whole way of a bid by `goufu bid` and `goufu opening`."""

import asyncio
import json
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.local.ports import free_ports
from deploy.serve import api
from tests.support.world import Person, World
from tests.tendering.examples import (
    Purchase,
    a_drafted_file,
    a_noticed_procurement,
    an_open_procurement,
    close_by_clock,
    closing_in,
)
from tests.tendering.rounds import Provider, a_bid, a_closed_procurement, a_provider


@pytest.fixture(scope="module")
async def address(world: World) -> AsyncIterator[str]:
    """Tendering of this world, listening."""
    [port] = free_ports(1)
    server = api("tendering", world.settings, "127.0.0.1", port)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    with capture_logs():  # the server's lines are not the command's
        yield f"tendering=http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def goufu(*arguments: object, token: str = "", api: str = "") -> Any:
    """The command, in a thread because it waits for the server that runs here."""
    given = {"GOUFU_TOKEN": token, "GOUFU_API": api}
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, [str(one) for one in arguments], env=given))


async def done(*arguments: object, **given: str) -> str:
    result = await goufu(*arguments, **given)
    assert result.exit_code == 0, result.output + result.stderr
    return str(result.output)


async def refused(*arguments: object, **given: str) -> str:
    result = await goufu(*arguments, **given)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.stderr
    return str(result.stderr)


async def keys_of(machines: Path, purchase: Purchase) -> dict[UUID, Path]:
    """Each opener makes a key on a machine of their own; the public halves are given away."""
    found: list[tuple[Person, Path]] = []
    for number, (person, _) in enumerate(purchase.openers):
        folder = machines / f"opener{number}"
        folder.mkdir()
        await done("opening", "keygen", "--key", folder / "opener.key.json")
        found.append((person, folder / "opener.key.json"))
    return {person.id: key for person, key in found}


async def test_a_bid_goes_all_the_way_by_commands(world: World, address: str, tmp_path: Path) -> None:
    purchase = await an_open_procurement(world)
    keys = await keys_of(tmp_path, purchase)
    openers = [f"{person}={key.with_suffix('.pub.json')}" for person, key in keys.items()]
    split = [part for opener in openers for part in ("--opener", opener)]
    document = tmp_path / "opening-key.json"
    await done("opening", "init", "--procurement", purchase.procurement_id, *split, "--threshold", 2, "--out", document)
    await done("opening", "register", document, token=purchase.officer.token, api=address)
    await notice(world, purchase)
    receipts = [await a_bid_by_commands(world, purchase, address, tmp_path, price) for price in ("200000.00",) * 3]
    await close_by_clock(world, purchase)

    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()
    own, supervisors = keys[purchase.officer.id], keys[purchase.supervisor.id]
    first = await done(
        "opening", "share", "--key", own, "--procurement", purchase.procurement_id,
        token=purchase.officer.token, api=address,
    )  # fmt: skip
    act = tmp_path / "act.json"
    act.write_text(json.dumps((await purchase.supervisor.get("tendering", f"{purchase.path}/opening/act")).ok()))
    share = json.loads(await done("opening", "share", "--key", supervisors, "--act", act))
    (await purchase.supervisor.post("tendering", f"{purchase.path}/opening/shares", share)).ok()
    opened = (await purchase.supervisor.post("tendering", f"{purchase.path}/opening/confirm")).ok()

    assert "1 of 2 that are needed" in first
    assert opened["state"] == "opened"
    minutes = (await purchase.officer.get("tendering", f"{purchase.path}/opening")).ok()
    assert [bid["hash"] for bid in minutes["bids"]] == receipts
    assert [bid["price"] for bid in minutes["bids"]] == ["200000.00"] * 3


async def notice(world: World, purchase: Purchase) -> None:
    file_id = await a_drafted_file(purchase)
    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).ok()
    body = {"closes_at": await closing_in(world, 25)}
    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).ok()


async def a_bid_by_commands(world: World, purchase: Purchase, address: str, machines: Path, price: str) -> str:
    """A bidder's machine, from the key to the receipt; returns the receipt's hash, which the sealing already showed."""
    provider = await a_provider(world)
    folder = machines / provider.id.hex
    folder.mkdir()
    files = await files_of(purchase, provider, folder, price)
    shown = await done("bid", "seal", *files, "--out", folder / "bid.sealed")
    receipt = await done("bid", "submit", folder / "bid.sealed", token=provider.person.token, api=address)
    of_file: str
    of_receipt: str
    [of_file, of_receipt] = [re.findall(r"sha256:[0-9a-f]{64}", text)[0] for text in (shown, receipt)]
    assert of_file == of_receipt
    assert receipt.split()[-1] == "bidder"
    return of_receipt


async def files_of(purchase: Purchase, provider: Provider, folder: Path, price: str = "200000.00") -> list[object]:
    """What a bidder has on their machine before sealing, as options of the command."""
    (folder / "procurement.json").write_text(json.dumps(await purchase.sealing(provider.person)))
    published = (await provider.person.get("tendering", f"{purchase.path}/files")).ok()
    (folder / "files.json").write_text(json.dumps(published, ensure_ascii=False))
    (folder / "bid.json").write_text(json.dumps(a_bid(price), ensure_ascii=False))
    (folder / "方案.pdf").write_bytes(b"%PDF-1.7 plan")
    await done("bid", "keygen", "--key", folder / "bidder.key.json")
    return [
        *("--procurement", folder / "procurement.json", "--file", folder / "files.json", "--bid", folder / "bid.json"),
        *("--annex", folder / "方案.pdf", "--provider", provider.id, "--key", folder / "bidder.key.json"),
    ]


async def test_a_private_key_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    key = tmp_path / "opener.key.json"
    shown = await done("opening", "keygen", "--key", key)
    before = key.read_bytes()

    again = await refused("opening", "keygen", "--key", key)

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() == before
    assert "File exists" in again
    private = json.loads(before)["private_key"]
    assert private not in shown + key.with_suffix(".pub.json").read_text()


async def test_what_is_wrong_is_said_in_a_sentence(world: World, tmp_path: Path) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    files = await files_of(purchase, provider, tmp_path)
    await done("opening", "keygen", "--key", tmp_path / "opener.key.json")
    out = ("--out", tmp_path / "bid.sealed")
    (tmp_path / "wrong.json").write_text(json.dumps(a_bid("-1.00")))
    (tmp_path / "broken.json").write_text("{")

    no_price = await refused("bid", "seal", *files, "--bid", tmp_path / "wrong.json", *out)
    broken = await refused("bid", "seal", *files, "--bid", tmp_path / "broken.json", *out)
    missing = await refused("bid", "seal", *files, "--bid", tmp_path / "nowhere.json", *out)
    opener = await refused("bid", "seal", *files, "--key", tmp_path / "opener.key.json", *out)
    twice = await refused("bid", "seal", *files, "--annex", tmp_path / "方案.pdf", *out)

    assert "price" in no_price
    assert "-1.00" not in no_price
    assert "not valid JSON" in broken
    assert "No such file" in missing
    assert "made to open, not to sign" in opener
    assert "the same name" in twice
    assert not (tmp_path / "bid.sealed").exists()


async def test_fewer_than_two_openers_and_keys_of_bidders_make_no_opening_key(tmp_path: Path) -> None:
    await done("opening", "keygen", "--key", tmp_path / "opener.key.json")
    await done("bid", "keygen", "--key", tmp_path / "bidder.key.json")
    given = ("opening", "init", "--procurement", uuid4(), "--threshold", 2, "--out", tmp_path / "x.json")
    opener = ("--opener", f"{uuid4()}={tmp_path / 'opener.key.pub.json'}")
    bidder = ("--opener", f"{uuid4()}={tmp_path / 'bidder.key.pub.json'}")

    alone = await refused(*given, *opener)
    other = await refused(*given, *opener, *bidder)

    assert "at least 2" in alone
    assert "no opener's key" in other
    assert not (tmp_path / "x.json").exists()


async def test_a_refusal_by_rule_reaches_the_opener_as_its_clause(world: World, address: str, tmp_path: Path) -> None:
    closed = await a_closed_procurement(world)
    purchase = closed.purchase
    (await purchase.officer.post("tendering", f"{purchase.path}/opening")).ok()
    other = await world.person("other", duties={"open_bids"}, organisation=purchase.organisation, jurisdiction="4404")
    key = tmp_path / "opener.key.json"
    key.write_text(purchase.openers[0][1].model_dump_json())
    given = ("opening", "share", "--key", key, "--procurement", UUID(purchase.procurement_id))

    said = await refused(*given, token=other.token, api=address)

    assert "[IC12-33.2]" in said


async def test_a_share_is_made_for_a_file_or_for_a_procurement(tmp_path: Path) -> None:
    result = await goufu("opening", "share")

    assert result.exit_code == 2
    assert "either --act or --procurement" in re.sub(r"\s+", " ", result.stderr)
