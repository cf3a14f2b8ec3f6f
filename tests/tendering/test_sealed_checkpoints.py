"""Nobody makes a sealed bid vanish: every signed checkpoint commits to what is under seal, and tells nothing of it."""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import sqrt
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from shared.road import checkpoints, sealed
from shared.road.audit import Report, _counting
from shared.road.checkpoints import Checkpoint, Checkpoints, read, signing_key
from tests.shared.test_audit import as_superuser, audited
from tests.support.world import World
from tests.tendering.examples import Purchase, a_noticed_procurement, close_by_clock, sweep
from tests.tendering.rounds import Provider, a_bid, a_provider


async def line(world: World, service: str = "tendering") -> bytes:
    """What the worker signs next, when it is time for a line."""
    state = world.services[service]
    said = await Checkpoints(state.database, world.settings).due(state.writer)
    assert said is not None
    return said


async def signed(world: World, service: str = "tendering") -> Checkpoint:
    key = signing_key(world.settings)
    assert key is not None
    return read(await line(world, service), key.public_key())


async def three_bidders(world: World) -> tuple[Purchase, list[Provider], list[dict[str, Any]]]:
    purchase = await a_noticed_procurement(world)
    providers = [await a_provider(world) for _ in range(3)]
    receipts = [(await provider.submits(purchase, a_bid())).ok() for provider in providers]
    await world.pump()
    return purchase, providers, receipts


# Nothing is left of a bid: its row, its sealed bid, the answer that is kept, its entries with queue and versions, and
# its number, with all that came after it made anew.
_GONE = """
DO $$ DECLARE
  at bytea := decode(repeat('00', 32), 'hex'); n bigint := 0; r record; bid uuid := '{bid}';
BEGIN
  DELETE FROM idempotency WHERE position(convert_to(bid::text, 'UTF8') in body) > 0;
  DELETE FROM envelopes WHERE id = (SELECT envelope_id FROM bids WHERE id = bid);
  DELETE FROM bids WHERE id = bid;
  DELETE FROM sealed_queue WHERE entry IN (SELECT id FROM journal WHERE key = bid);
  DELETE FROM sealed_ledger WHERE entry IN (SELECT id FROM journal WHERE key = bid);
  DELETE FROM journal WHERE key = bid;
  DELETE FROM keys WHERE key = bid;
  CREATE TEMPORARY TABLE kept ON COMMIT DROP AS
    SELECT s.number, s.entry AS id, j.entry FROM sealed_ledger s JOIN journal j ON j.id = s.entry;
  DELETE FROM sealed_ledger;
  FOR r IN SELECT * FROM kept ORDER BY number LOOP
    n := n + 1;
    at := sha256(at || int8send(n) || sha256(convert_to(r.entry, 'UTF8')));
    INSERT INTO sealed_ledger VALUES (n, r.id, at);
  END LOOP;
  DROP TABLE kept;
END $$
"""


async def found(world: World, kept: Sequence[Checkpoint], *statements: str) -> list[str]:
    """What the audit finds after these statements and not before them."""
    async with as_superuser(world, "tendering") as connection:
        before = (await audited(connection, "tendering")).findings
        for statement in statements:
            await connection.execute(statement)
        return [each for each in (await audited(connection, "tendering", [*kept])).findings if each not in before]


async def test_a_bid_deleted_with_all_its_traces_before_the_closing_is_found(world: World) -> None:
    await three_bidders(world)
    earlier = await signed(world)
    _, _, receipts = await three_bidders(world)
    kept = await signed(world)
    gone = _GONE.format(bid=receipts[1]["id"])

    assert await found(world, [], gone) == []
    assert await found(world, [earlier, kept]) == []
    [finding] = await found(world, [earlier, kept], gone)
    assert finding.startswith(f"position {kept.position}: the checkpoint of {kept.at}: what was under seal then is not")


async def test_a_bid_of_which_no_checkpoint_was_signed_can_vanish_and_another_cannot(world: World) -> None:
    """The bound: what came since the last line that lies elsewhere."""
    purchase, providers, receipts = await three_bidders(world)
    kept = await signed(world)
    late = (await providers[0].submits(purchase, a_bid("190000.00"))).ok()["id"]
    unreplaced = f"UPDATE bids SET state = 'submitted' WHERE id = '{receipts[0]['id']}'"

    assert await found(world, [kept], _GONE.format(bid=late), unreplaced) == []
    assert len(await found(world, [kept], _GONE.format(bid=receipts[2]["id"]))) == 1


async def test_a_salt_that_is_gone_is_named_by_its_checkpoint(world: World) -> None:
    await three_bidders(world)
    before = await signed(world)
    _, _, receipts = await three_bidders(world)
    kept = [await signed(world), await signed(world)]
    salts = f"DELETE FROM sealed_salts WHERE at >= '{kept[0].at}'"

    [finding] = await found(world, [before, *kept], _GONE.format(bid=receipts[0]["id"]), salts)

    assert finding.startswith(f"position {kept[0].position}: the checkpoint of {kept[0].at}: its salt is missing")
    assert finding.endswith(f"so it is with 1 more, the last of {kept[1].at}")


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("DELETE FROM journal WHERE key = '{}'", "it was under seal, and the journal has no such entry"),
        ("UPDATE journal SET entry = entry || ' ' WHERE key = '{}'", "does not have the hash it was given then"),
        (
            "DELETE FROM sealed_ledger WHERE entry = (SELECT id FROM journal WHERE key = '{}')",
            "an entry that was numbered under seal is missing from its chain",
        ),
    ],
    ids=["deleted", "altered", "not numbered"],
)
async def test_what_is_wrong_with_what_is_sealed_is_named_without_its_number(
    world: World, statement: str, finding: str
) -> None:
    _, _, receipts = await three_bidders(world)
    kept = await signed(world)

    findings = await found(world, [kept], statement.format(receipts[1]["id"]))

    assert any(finding in each for each in findings)
    assert any("what was under seal then is not what is here" in each for each in findings)


async def test_an_untouched_city_verifies_before_the_closing_after_it_and_for_ever(world: World) -> None:
    """Two purchases under seal at once, closed apart, with bids replaced and withdrawn."""
    first, providers, receipts = await three_bidders(world)
    kept = [await signed(world)]
    second = await a_noticed_procurement(world, days=40)
    (await providers[0].submits(second, a_bid())).ok()
    (await providers[0].submits(second, a_bid("180000.00"))).ok()
    (await providers[2].person.post("tendering", f"/v1/bids/{receipts[2]['id']}/withdraw")).ok()
    kept.append(await signed(world))
    await close_by_clock(world, first)
    await sweep(world)
    kept.append(await signed(world))
    await world.pump()
    (await providers[1].submits(second, a_bid())).ok()
    kept.append(await signed(world))
    await close_by_clock(world, second)
    await sweep(world)
    await world.pump()
    kept.append(await signed(world))

    assert await found(world, kept) == []
    assert await found(world, kept, _GONE.format(bid=receipts[2]["id"])) != []


async def test_a_commitment_is_computed_again_by_hand(world: World) -> None:
    await three_bidders(world)
    kept = await signed(world)

    entries = await world.rows(
        "SELECT j.entry FROM tendering.sealed_ledger s JOIN tendering.journal j ON j.id = s.entry ORDER BY s.number"
    )
    [row] = await world.rows("SELECT * FROM tendering.sealed_salts WHERE commitment = $1", bytes.fromhex(kept.sealed))
    digest = bytes(32)
    for number, each in enumerate(entries, start=1):
        entry = hashlib.sha256(each["entry"].encode()).digest()
        digest = hashlib.sha256(digest + number.to_bytes(8, "big") + entry).digest()

    assert row["number"] == len(entries) >= 3
    assert kept.sealed == hashlib.sha256(row["salt"] + digest).hexdigest()


async def test_a_line_goes_out_every_minute_while_a_seal_stands_and_else_when_something_was_recorded(
    world: World,
) -> None:
    """When it goes out depends on nothing that bidders do."""
    for service, stands in (("tendering", True), ("contracts", False)):
        await three_bidders(world)
        await world.pump()
        state = world.services[service]
        loop = Checkpoints(state.database, world.settings)
        if await loop.due(state.writer) is None:  # nothing was ever recorded there
            assert service == "contracts"
            continue
        assert await loop.due(state.writer) is None

        loop._at -= checkpoints.EVERY_SECONDS

        assert (await loop.due(state.writer) is not None) is stands


async def test_a_service_with_nothing_under_seal_says_as_much_as_one_with_bids(world: World) -> None:
    await three_bidders(world)

    for service in ("tendering", "catalog", "registry"):
        kept = await signed(world, service)
        assert len(kept.sealed) == 64
        async with as_superuser(world, service) as connection:
            report = await audited(connection, service, [kept])
        assert [each for each in report.findings if "seal" in each or "salt" in each] == []


async def test_two_workers_that_sign_at_once_number_each_entry_once(world: World) -> None:
    await three_bidders(world)
    state = world.services["tendering"]
    connections = [await state.database.connect() for _ in range(4)]
    try:
        loops = [Checkpoints(state.database, world.settings) for _ in connections]
        lines = await asyncio.gather(*(loop.due(one) for loop, one in zip(loops, connections, strict=True)))
    finally:
        for connection in connections:
            await connection.close()
    key = signing_key(world.settings)
    assert key is not None

    kept = [read(each, key.public_key()) for each in lines if each]

    assert len({each.sealed for each in kept}) == 4
    assert await found(world, kept) == []


async def test_the_services_role_changes_nothing_of_it(world: World) -> None:
    await three_bidders(world)
    await signed(world)

    async with world.services["tendering"].database.connection() as connection:
        for table in ("sealed_ledger", "sealed_salts"):
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET number = 7", f"TRUNCATE {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)


# --- restores


@pytest.mark.parametrize("knows", ["what was under seal then", "what was under seal before it"])
async def test_a_salt_is_lost_by_a_restore_that_declares_it_and_missing_without_one(world: World, knows: str) -> None:
    """The timeline that ended says until when its backup knew what was under seal."""
    await three_bidders(world)
    kept = await signed(world)
    old = Checkpoint("tendering", str(uuid4()), kept.position, kept.hash, kept.at, kept.sealed)
    at = datetime.fromisoformat(kept.at)
    until = at if knows == "what was under seal then" else at - timedelta(microseconds=1)
    restored = (
        f"INSERT INTO timelines VALUES ('tendering', '{old.timeline}', 77, {old.position})",
        "UPDATE journal SET type = 'goufu.tendering.timeline_began.v1', entry = json_build_object('event',"
        f" json_build_object('timeline', t.id, 'after', '{old.timeline}', 'position', {old.position},"
        f" 'sealed_until', '{until.isoformat()}')) FROM timelines t WHERE t.source = 'tendering' AND t.last IS NULL"
        " AND journal.id = (SELECT entry FROM ledger ORDER BY position DESC LIMIT 1)",
        f"DELETE FROM sealed_salts WHERE at = '{kept.at}'",
    )

    async with as_superuser(world, "tendering") as connection:
        for statement in restored:
            await connection.execute(statement)
        said, lost = await _of_the_seal(connection, old)

    assert [len(said), len(lost)] == ([1, 0] if knows == "what was under seal then" else [0, 1])


async def _of_the_seal(connection: Any, kept: Checkpoint) -> tuple[list[str], list[str]]:
    """Findings and notes of the seal alone: the entry that was made one of a restore breaks the chain."""
    counting, unsealed = await _counting(connection, [kept], Report())
    assert counting == [kept]
    return await sealed.check(connection, counting, unsealed)


# --- whoever watches


def guesses(seen: Sequence[tuple[tuple[Any, ...], bool]]) -> int:
    """How many of the second half are right by what was seen in the first: by whichever figure tells most."""
    taught, asked = seen[: len(seen) // 2], seen[len(seen) // 2 :]
    best = 0
    for place in range(len(taught[0][0])):
        meant: dict[Any, list[bool]] = {}
        for figures, truth in taught:
            meant.setdefault(figures[place], []).append(truth)
        told = {value: sum(truths) * 2 >= len(truths) for value, truths in meant.items()}
        best = max(best, sum(told.get(figures[place], True) == truth for figures, truth in asked))
    return best


async def watched(world: World, rounds: int = 60) -> list[tuple[tuple[Any, ...], bool]]:
    """In half of the minutes something comes under seal; of each line everything but what is random in it is seen."""
    purchase = await a_noticed_procurement(world)
    provider, chance = await a_provider(world), random.Random(20220301)
    await world.pump()
    before, seen = await line(world), []
    for _ in range(rounds):
        came = chance.random() < 0.5
        if came:
            (await provider.submits(purchase, a_bid())).ok()
        after = await line(world)
        key = signing_key(world.settings)
        assert key is not None
        one, other = (read(each, key.public_key()) for each in (before, after))
        figures = (len(after), len(other.sealed), one.sealed == other.sealed, one.position == other.position)
        seen.append(((*figures, one.hash == other.hash, len(other.at)), came))
        before = after
    return seen


def bound(seen: Sequence[tuple[Any, bool]]) -> float:
    """As often right as who always says what is more frequent, and three standard deviations more."""
    asked = [came for _, came in seen[len(seen) // 2 :]]
    usual = max(asked.count(True), asked.count(False))
    return usual + 3 * sqrt(usual * (1 - usual / len(asked)))


async def test_whoever_watches_every_line_cannot_tell_whether_anything_came_under_seal(world: World) -> None:
    seen = await watched(world)

    assert guesses(seen) < bound(seen)
    assert len({figures for figures, _ in seen}) == 1


async def test_the_same_watcher_tells_it_of_commitments_without_a_new_salt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.road.sealed.secrets.token_bytes", bytes)
    monkeypatch.setattr(sealed, "_KEEP", f"{sealed._KEEP} ON CONFLICT DO NOTHING")

    seen = await watched(world)

    assert guesses(seen) == len(seen) // 2 > bound(seen)
