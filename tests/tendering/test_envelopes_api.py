"""Sealed bids as they are uploaded: the server checks what it can without reading, and keeps nothing it could read."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.sealing import sealed_bid
from services.tendering.bids.store import MOST_ENVELOPES
from services.tendering.settings import tendering_settings
from shared.sealing.envelope import LARGEST, OpeningDocument, open_envelope, read, seal
from shared.sealing.shares import Act, OpeningKey, combine, give_share, receive_share
from shared.sealing.suites import CURRENT
from tests.support.world import Reply, World
from tests.tendering.examples import Purchase, a_noticed_procurement, close_by_clock
from tests.tendering.rounds import SIGNING_KEY, Provider, a_bid, a_provider


def refused_part(answer: Reply) -> str:
    return str(answer.problem(422, "field")["errors"][0]["code"])


async def test_a_bid_is_kept_as_its_bidder_sealed_it(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    sealed = await provider.seals(purchase, a_bid())

    envelope = (await provider.uploads(purchase, sealed)).ok()

    header = read(sealed).header
    assert (envelope["suite"], envelope["commitment"]) == (header.suite, header.commitment)
    assert (envelope["sealed_by"], envelope["hash"]) == ("bidder", f"sha256:{hashlib.sha256(sealed).hexdigest()}")


async def changed(purchase: Purchase, provider: Provider, **bound: Any) -> bytes:
    """A bid sealed and signed properly, for something else."""
    document = await purchase.sealing(provider.person)
    tender = replace(OpeningDocument.model_validate(document).tender(), **bound)
    return seal(b"{}", {}, tender, provider.id, SIGNING_KEY.private("sign"))


@pytest.mark.parametrize(
    ("bound", "part"),
    [
        ({"procurement_id": UUID(int=1)}, "procurement_id"),
        ({"lot": 2}, "lot"),
        ({"file_version": 7}, "file_version"),
        ({"file_hash": "sha256:" + "cd" * 32}, "file_hash"),
        ({"public_key": CURRENT.public_key(CURRENT.new_key())}, "opening_key"),
    ],
)
async def test_a_bid_sealed_for_something_else_is_not_taken(world: World, bound: dict[str, Any], part: str) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await provider.uploads(purchase, await changed(purchase, provider, **bound))

    assert refused_part(answer) == f"envelope_{part}"


async def test_a_bid_sealed_for_another_procurement_is_not_taken(world: World) -> None:
    purchase, other = await a_noticed_procurement(world), await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await provider.uploads(other, await provider.seals(purchase, a_bid()))

    assert refused_part(answer) == "envelope_procurement_id"


async def test_a_bid_of_another_bidder_is_not_taken(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider, rival = await a_provider(world), await a_provider(world)

    answer = await rival.uploads(purchase, await provider.seals(purchase, a_bid()))

    assert answer.problem(403, "not_allowed")["duty"] == "submit_bid"


async def test_an_altered_bid_is_not_taken(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    sealed = await provider.seals(purchase, a_bid())
    in_header = sealed.index(b'"lot":1') + 6
    in_signature = sealed.index(b"ed25519:", sealed.index(b'"suite"')) + 20

    answers = {
        "envelope_lot": sealed[:in_header] + b"2" + sealed[in_header + 1 :],
        "envelope_ciphertext": sealed[:-1] + bytes([sealed[-1] ^ 1]),
        "envelope_length": sealed + b"\0",
        "envelope_signature": sealed[:in_signature] + b"AAAA" + sealed[in_signature + 4 :],
        "envelope_format": sealed[:300],
    }

    assert {name: refused_part(await provider.uploads(purchase, content)) for name, content in answers.items()} == {
        name: name for name in answers
    }
    assert await world.rows("SELECT 1 FROM tendering.envelopes WHERE provider_id = $1", provider.id) == []


@pytest.mark.parametrize("content", [b"", b"GOUFUBID", b'{"price": "1.00"}', b"GOUFUBID" + b"\xff" * 4000])
async def test_what_is_no_sealed_bid_is_not_taken(world: World, content: bytes) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await provider.uploads(purchase, content)

    assert refused_part(answer) == "envelope_format"
    assert b"price" not in answer.body


async def test_a_bid_with_large_annexes_is_taken_and_one_larger_than_the_limit_is_not(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    document = await purchase.sealing(provider.person)
    large = sealed_bid(document, provider.id, a_bid(), {"plan.pdf": bytes(3 << 20)}, SIGNING_KEY)

    taken = await provider.uploads(purchase, large)
    too_large = await provider.uploads(purchase, bytes(LARGEST + 1))

    assert len(large) > 4 << 20
    taken.ok()
    too_large.problem(413, "too_large")


async def test_other_routes_take_no_more_than_before(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    headers = {"idempotency-key": uuid4().hex, "content-type": "application/json"}
    answer = await provider.person.send(
        "tendering", "POST", f"{purchase.path}/bids", content=b" " * (2 << 20), headers=headers
    )

    answer.problem(413, "too_large")


async def test_nothing_is_taken_after_the_closing(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    sealed = await provider.seals(purchase, a_bid())
    await close_by_clock(world, purchase)

    (await provider.uploads(purchase, sealed)).problem(409, "wrong_state")


async def test_no_more_are_kept_of_one_bidder_than_anybody_needs(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider, rival = await a_provider(world), await a_provider(world)
    sealed = await provider.seals(purchase, a_bid())
    for _ in range(MOST_ENVELOPES):
        (await provider.uploads(purchase, sealed)).ok()

    (await provider.uploads(purchase, sealed)).problem(409, "wrong_state")
    (await rival.uploads(purchase, await rival.seals(purchase, a_bid()))).ok()


# --- sealed by the server


@pytest.fixture
def seals_for_providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The city turned it on."""
    monkeypatch.setenv("GOUFU_TENDERING_SEAL_FOR_PROVIDERS", "1")
    tendering_settings.cache_clear()
    yield
    monkeypatch.undo()
    tendering_settings.cache_clear()


async def in_the_clear(provider: Provider, purchase: Purchase, **changed: Any) -> Reply:
    body = {"provider_id": str(provider.id), "content": a_bid(**changed)}
    return await provider.person.post("tendering", f"{purchase.path}/seal", body)


async def test_unless_the_city_turns_it_on_the_server_seals_nothing(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await in_the_clear(provider, purchase)

    assert "goufu bid seal" in answer.problem(409, "wrong_state")["detail"]
    assert await world.rows("SELECT 1 FROM tendering.envelopes WHERE provider_id = $1", provider.id) == []


async def test_what_the_server_sealed_says_so_and_opens_with_the_opening_key(
    world: World, seals_for_providers: None
) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    await purchase.sealing(provider.person)
    envelope = (await in_the_clear(provider, purchase)).ok()
    receipt = (await provider.hands_in(purchase, envelope["id"])).ok()

    assert envelope["sealed_by"] == receipt["sealed_by"] == "server"
    [kept] = await world.rows("SELECT envelope FROM tendering.envelopes WHERE provider_id = $1", provider.id)
    opened = open_envelope(read(kept["envelope"]), brought_together(purchase))
    assert json.loads(opened.content)["price"] == "200000.00"


def brought_together(purchase: Purchase) -> bytes:
    """The private half of the opening key, as two openers could make it among themselves."""
    opening = OpeningKey.model_validate(purchase.opening_document["opening_key"])
    private = CURRENT.new_key()
    act = Act(act_id=uuid4(), public_key=CURRENT.public_key(private), opening_key=opening)
    openers = purchase.openers[:2]
    return combine(opening, [receive_share(give_share(act, key), p.id, opening, private) for p, key in openers])


async def test_the_server_keeps_nothing_of_what_it_sealed(world: World, seals_for_providers: None) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    content: dict[str, Any] = {"provider_id": str(provider.id), "content": a_bid()}
    content["content"]["answers"][0]["statement"] = canary = f"canary {uuid4().hex}"

    sent = {"idempotency-key": uuid4().hex, "if-match": "*", "content-type": "application/json"}
    body = json.dumps(content).encode()
    path = f"{purchase.path}/seal"
    (await provider.person.send("tendering", "POST", path, content=body, headers=sent)).ok()

    assert await found_in(world, canary) == []
    kept = {row["request"] for row in await world.rows("SELECT request FROM tendering.idempotency")}
    request = "\n".join(("POST", path, "", "*")).encode() + b"\n" + body
    assert not {hashlib.sha256(request).digest(), hashlib.sha256(body).digest()} & kept


async def found_in(world: World, canary: str) -> list[str]:
    """The tables of tendering that hold the text, plainly or as bytes."""
    tables = await world.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'tendering'")
    return [
        table["name"]
        for table in tables
        for row in await world.rows(f"SELECT t::text AS row FROM tendering.{table['name']} t")
        if canary in row["row"] or canary.encode().hex() in row["row"]
    ]


async def test_the_server_seals_no_annexes(world: World, seals_for_providers: None) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await in_the_clear(provider, purchase, annexes=[{"name": "plan.pdf", "sha256": "cd" * 32}])

    answer.problem(422, "field")


async def test_the_server_seals_for_no_provider_but_the_callers(world: World, seals_for_providers: None) -> None:
    purchase = await a_noticed_procurement(world)
    provider, rival = await a_provider(world), await a_provider(world)
    body = {"provider_id": str(provider.id), "content": a_bid()}

    answer = await rival.person.post("tendering", f"{purchase.path}/seal", body)

    answer.problem(403, "not_allowed")


async def test_an_unknown_provider_bids_for_nothing(world: World) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)
    nobody = Provider(uuid4(), "nobody", provider.person)

    (await nobody.uploads(purchase, await nobody.seals(purchase, a_bid()))).problem(404, "not_found")


async def test_the_server_seals_no_answer_to_what_the_file_does_not_ask(
    world: World, seals_for_providers: None
) -> None:
    purchase = await a_noticed_procurement(world)
    provider = await a_provider(world)

    answer = await in_the_clear(provider, purchase, offers=[{"factor": "respons_hours", "value": "20"}])

    [error] = answer.problem(422, "field")["errors"]
    assert (error["field"], error["code"]) == ("body.content", "unknown")
    assert b"respons_hours" not in answer.body
    assert await world.rows("SELECT 1 FROM tendering.envelopes WHERE provider_id = $1", provider.id) == []
