"""The public topic shows what is genuine: from a signed checkpoint the chain leads back to the first entry."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.bus import BusUnavailable, Message, Record
from shared.bus.postgres import PostgresBus
from shared.bus.records import HASH, Sender
from shared.events import checkpoints_of, topic_of
from shared.road.checkpoints import Checkpoint, read_topics
from shared.road.followed import Followed, follow
from shared.work.journal import GENESIS, chain
from tests.support.probe import TAGS, received
from tests.support.servers import lay_on_postgres
from tests.support.world import World

TOPIC = topic_of("public")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\7")
SENDER = Sender("evaluation", uuid4(), TAGS)


def a_row(number: int) -> dict[str, Any]:
    """Every third entry is public."""
    about = {"id": uuid4(), "key": uuid4(), "version": 1, "type": "goufu.evaluation.acceptance_concluded.v1"}
    times = {"recorded_at": datetime.now(UTC), "correlation": uuid4(), "cause": None, "traceparent": None}
    return {**about, **times, "audience": "services" if number % 3 else "public", "entry": f'{{"id":"{about["id"]}"}}'}


def sent(count: int, sender: Sender = SENDER) -> list[Record]:
    """The first entries of a source, as its relay sends them."""
    records, digest = [], GENESIS
    for position in range(1, count + 1):
        row = a_row(position)
        digest = chain(digest, position, row["entry"])
        send = sender.whole if row["audience"] == "public" else sender.sealed
        records.append(received(send(TOPIC, position, row, digest)))
    return records


def signed(record: Record) -> Checkpoint:
    headers = {name: value.decode() for name, value in record.headers}
    return Checkpoint(headers["ce_source"][1:], "", int(headers["ce_position"]), headers[HASH], "then")


def evaluation(records: list[Record], *checkpoints: Checkpoint) -> Followed:
    return follow(records, checkpoints)["evaluation"]


def test_what_lies_before_a_checkpoint_is_proven_and_what_lies_behind_is_not_yet() -> None:
    records = sent(9)

    assert evaluation(records, signed(records[6]), signed(records[3])) == Followed(7, 9)
    assert evaluation(records).findings == ["no checkpoint of it was read: nothing is proven"]
    assert evaluation(records[:7], signed(records[6]), signed(records[8])) == Followed(
        7, 7, notes=["position 9 is signed, and its record has not come yet"]
    )
    assert evaluation([*records, *records[2:5]], signed(records[8])) == Followed(9, 9)  # sent twice by a killed relay


ALTERED: dict[str, Callable[[list[Record]], object]] = {
    "a public entry": lambda r: r.__setitem__(5, r[5]._replace(value=b'{"id":"another"}')),
    "the hash of an entry that is not public": lambda r: r.__setitem__(
        4, r[4]._replace(headers=r[7].headers[:7] + r[4].headers[7:])
    ),
    "one is missing": lambda r: r.pop(4),
    "another chain from the first on": lambda r: r.__setitem__(slice(0, 6), sent(6)),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_whatever_was_altered_is_found(alter: Callable[[list[Record]], object]) -> None:
    records = sent(9)
    checkpoint = signed(records[8])
    alter(records)

    assert evaluation(records, checkpoint).findings


def test_what_another_service_writes_in_its_name_is_told_from_the_genuine_record_of_the_position() -> None:
    genuine = sent(9)
    headers = {**dict(sent(6)[5].headers), "ce_source": b"/evaluation"}
    forged = genuine[5]._replace(value=b"{}", headers=tuple(headers.items()))

    found = evaluation([*genuine[:6], forged, *genuine[6:]], signed(genuine[8]))

    assert found.proven == 9
    assert found.findings == ["position 6: a record that leads to no checkpoint, forged or of a lost time"]


@pytest.mark.parametrize("position", [1, 6, 9])
def test_who_repeats_a_hash_beside_another_entry_hides_nothing(position: int) -> None:
    """Sixteen of them, so that the genuine one is the first of its position by chance alone."""
    genuine = sent(9)
    forged = [
        received(SENDER.whole(TOPIC, position, a_row(3), bytes.fromhex(signed(genuine[position - 1]).hash)))
        for _ in range(16)
    ]

    found = evaluation([*forged, *genuine], signed(genuine[8]))

    assert found.proven == 9
    assert found.findings == [f"position {position}: a record that leads to no checkpoint, forged or of a lost time"]


@pytest.mark.parametrize("missing", [0, 4], ids=["the first", "one between"])
def test_what_does_not_lead_to_the_first_position_is_not_proven(missing: int) -> None:
    records = sent(9)
    del records[missing]

    found = evaluation(records, signed(records[-1]))

    assert found.proven == 0
    assert found.findings == [f"position {missing + 2}: what came before it is missing, or was altered"]


def test_a_position_that_a_restored_service_gave_again_is_proven_in_both_times() -> None:
    before = sent(6)
    row, digest = a_row(6), bytes.fromhex(signed(before[4]).hash)
    again = received(SENDER.whole(TOPIC, 6, row, chain(digest, 6, row["entry"])))

    assert evaluation([*before, again], signed(before[5]), signed(again)) == Followed(6, 6)
    assert evaluation([*before, again], signed(again)).findings


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("ce_source", b"/nobody"),),
        ((HASH, b"xyz"),),
        (("ce_position", None),),
        (("ce_position", b"9" * 4000),),
        "value",
    ],
)
def test_a_record_of_any_form_is_named_and_ends_nothing(headers: Any) -> None:
    records = sent(3)
    odd = (
        records[0]._replace(value=b"{}")
        if headers == "value"
        else records[0]._replace(headers=tuple((dict(records[0].headers) | dict(headers)).items()) if headers else ())
    )

    found = follow([*records, odd], [signed(records[2])])

    assert found["evaluation"] == Followed(3, 3)
    assert len(found[""].findings) == 1


async def test_a_checkpoint_counts_on_the_topic_of_its_service_alone(world: World) -> None:
    await lay_on_postgres(world.settings, world.admin_url, world.roles_of)
    own, other = (PostgresBus(world.settings.url(name)) for name in ("evaluation", "registry"))
    line = signed(sent(3)[2]).signed(KEY)

    def said(topic: str) -> list[Message]:
        return [Message(checkpoints_of(topic), b"evaluation", line, ())]

    await (await (await own.publisher("test")).send(said("evaluation")))
    await (await (await other.publisher("test")).send(said("registry")))
    with pytest.raises(BusUnavailable, match="no right to write"):
        await (await (await other.publisher("test")).send(said("evaluation")))

    found, bad = await read_topics(own, "goufu", KEY.public_key())

    assert [each.position for each in found] == [3]
    assert [why.partition(": ")[2] for why in bad] == ["it speaks of evaluation"]
    await own.close()
    await other.close()
