"""What was in the envelopes: rubbish keeps no other bid closed, and what was committed to can be proven."""

import hashlib
import json
from uuid import UUID

import pytest

from shared.fields.strict_json import canonical
from shared.sealing.envelope import OpeningDocument, read, seal
from shared.sealing.suites import CURRENT
from tests.support.world import World
from tests.tendering.examples import (
    CHENGDU,
    Purchase,
    a_noticed_procurement,
    close_by_clock,
)
from tests.tendering.rounds import (
    SIGNING_KEY,
    Provider,
    a_bid,
    a_formed_panel,
    a_provider,
    an_opened_procurement,
    open_all,
)


def sealed_rubbish(purchase: Purchase, provider: Provider, content: bytes, annexes: dict[str, bytes]) -> bytes:
    """Anything, sealed properly for this procurement."""
    tender = OpeningDocument.model_validate(purchase.opening_document).tender()
    return seal(content, annexes, tender, provider.id, SIGNING_KEY.private("sign"))


def not_decrypting(purchase: Purchase, provider: Provider) -> bytes:
    """An envelope that is signed and hashed properly around bytes that decrypt to nothing."""
    whole = sealed_rubbish(purchase, provider, b"{}", {})
    envelope = read(whole)
    junk = bytes(len(envelope.ciphertext))
    header = envelope.header.model_copy(update={"ciphertext": CURRENT.hash(junk)})
    text = canonical(header.model_dump())
    signature = CURRENT.sign(SIGNING_KEY.private("sign"), text).encode()
    return b"GOUFUBID" + b"".join(len(part).to_bytes(4) + part for part in (text, signature)) + junk


def listed(**annexes: bytes) -> list[dict[str, str]]:
    return [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in annexes.items()]


RUBBISH: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "content: not JSON": (b"rubbish", {}),
    "content: a price below zero": (json.dumps(a_bid("-1.00")).encode(), {}),
    "content: a key twice": (b'{"price":"1.00","price":"2.00"}', {}),
    "content: deep": (b"[" * 5000, {}),
    "content: NUL": (json.dumps({"price": "1.00", "answers": [{"condition": "a", "statement": "a\0b"}]}).encode(), {}),
    "annexes: missing": (json.dumps(a_bid(annexes=listed(plan=b"a"))).encode(), {}),
    "annexes: another": (json.dumps(a_bid(annexes=listed(plan=b"a"))).encode(), {"plan": b"b"}),
    "annexes: not listed": (json.dumps(a_bid()).encode(), {"plan\0": b"a"}),
}


@pytest.mark.clause("D87-63.1", "accepts")
async def test_rubbish_keeps_no_other_bid_closed_and_is_minuted_with_its_reason(world: World) -> None:
    purchase = await a_noticed_procurement(world, city=CHENGDU)
    reasons: dict[str, str] = {}
    for name, (content, annexes) in RUBBISH.items():
        provider = await a_provider(world, name)
        await purchase.sealing(provider.person)
        envelope = (await provider.uploads(purchase, sealed_rubbish(purchase, provider, content, annexes))).ok()
        reasons[(await provider.hands_in(purchase, envelope["id"])).ok()["id"]] = name.partition(":")[0]
    closed_up = await a_provider(world)
    envelope = (await closed_up.uploads(purchase, not_decrypting(purchase, closed_up))).ok()
    reasons[(await closed_up.hands_in(purchase, envelope["id"])).ok()["id"]] = "undecryptable"
    good = (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    await close_by_clock(world, purchase)

    await open_all(purchase)

    minutes = (await purchase.officer.get("tendering", f"{purchase.path}/opening")).ok()
    found = {bid["bid_id"]: (bid["unreadable"], bid["price"], bid["clause"]) for bid in minutes["bids"]}
    expected = {bid: (reason, None, "D87-63.1") for bid, reason in reasons.items()}
    assert found == {**expected, good["id"]: (None, "200000.00", None)}
    [event] = await purchase.events("bids_opened")
    assert (event["bids"], event["unreadable"]) == (len(found), len(reasons))


@pytest.mark.clause("C214-16.1", "accepts")
async def test_an_unreadable_bid_is_not_qualified_and_the_others_go_on(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    for _ in range(3):
        (await (await a_provider(world)).submits(purchase, a_bid())).ok()
    provider = await a_provider(world)
    envelope = (await provider.uploads(purchase, sealed_rubbish(purchase, provider, b"rubbish", {}))).ok()
    rubbish = (await provider.hands_in(purchase, envelope["id"])).ok()
    await close_by_clock(world, purchase)
    await open_all(purchase)

    reviewed = (await purchase.officer.post("tendering", f"{purchase.path}/qualification", {"found": []})).ok()

    assert reviewed["state"] == "reviewed"
    assert rubbish["id"] not in reviewed["qualified"]
    assert len(reviewed["qualified"]) == 3
    results = {(r["bid_id"], r["condition"]): (r["met"], r["basis"], r["clause"]) for r in reviewed["results"]}
    assert results[rubbish["id"], "readable"] == (False, "opening", "C214-16.1")
    dossier = (await purchase.officer.get("tendering", f"{purchase.path}/dossier")).ok()
    assert rubbish["id"] not in {offer["bid_id"] for offer in dossier["offers"]}


async def test_a_bidder_proves_its_bid_by_the_commitment(world: World) -> None:
    """What was committed to before the closing is the hash of salt, bid and annexes, whoever opened it."""
    opened = await an_opened_procurement(world)
    minutes = (await opened.purchase.officer.get("tendering", f"{opened.purchase.path}/opening")).ok()

    [kept] = await world.rows(
        "SELECT e.envelope, o.salt FROM tendering.envelopes e JOIN tendering.bids b ON b.envelope_id = e.id"
        " JOIN tendering.private_offers o ON o.bid_id = b.id WHERE b.id = $1",
        UUID(opened.bid_of(0)),
    )

    assert minutes["bids"][0]["commitment"] == read(kept["envelope"]).header.commitment
    assert len(kept["salt"]) == 32


async def test_annexes_are_read_by_those_who_read_the_dossier(world: World) -> None:
    opened = await an_opened_procurement(world)
    path = f"{opened.purchase.path}/dossier/{opened.bid_of(0)}/annexes"
    (await opened.purchase.officer.post("tendering", f"{opened.purchase.path}/qualification", {"found": []})).ok()
    member = (await a_formed_panel(world, opened.purchase))[0]

    for reader in (opened.purchase.officer, member):
        annex = await reader.get("tendering", f"{path}/1")
        assert annex.body == "%PDF-1.7 每周三次上门，分周安排".encode() + opened.providers[0].id.bytes
        assert annex.headers["content-type"] == "application/octet-stream"
    (await opened.purchase.officer.get("tendering", f"{path}/2")).problem(404, "not_found")
    (await opened.providers[1].person.get("tendering", f"{path}/1")).problem(404, "not_found")
